"""What the benchmark of the pulls has done in processes of its own, over the database that `DATABASE_URL` names.

`python -m tests.benchmarks.pulls_scene fill 10000`, `claim 10`, `pull 10`, `land 20000`: each prints one line of JSON.
"""

import json
import os
import sqlite3
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

SOURCES, METRICS = 20, 60
MINUTE = timedelta(minutes=1)
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
TRIALS, ARMS = 50, ("control", "new")
QUERY = "SELECT trial, arm, :window_end AS as_of, n, mean, var FROM answers"
PULLS = """
INSERT INTO pull (schedule_id, source_id, window_start, window_end, pass_number, state, due_at, leased_by, attempts,
                  lost_leases, error)
SELECT schedule.id, metric.source_id,
       %(epoch)s + made.i * interval '1 minute', %(epoch)s + (made.i + 1) * interval '1 minute',
       0, 'due', %(epoch)s + (made.i + 1) * interval '1 minute', '', 0, 0, ''
FROM schedule JOIN metric ON metric.id = schedule.metric_id, generate_series(0, %(count)s - 1) AS made(i)
"""


def fill(count: int) -> dict:
    """So many due pulls of 60 metrics of 20 sources, each with one small table to read."""
    from django.db import connection

    _people_and_trials()
    _warehouse(start=datetime.now(UTC))
    with connection.cursor() as cursor:
        cursor.execute(PULLS, {"epoch": EPOCH, "count": count // METRICS})
        cursor.execute("VACUUM ANALYZE pull")
        cursor.execute("SELECT count(*) FROM pull")
        return {"due": cursor.fetchone()[0]}


def _people_and_trials() -> None:
    from features.enums import Phase
    from features.models import Feature, Squad, Stint, Tribe
    from hypotheses.actions.trial import register_trial

    squad = Squad.objects.create(slug="s", name="S", tribe=Tribe.objects.create(slug="t", name="T"))
    arms = [{"name": ARMS[0], "role": "control", "share": 1}, {"name": ARMS[1], "role": "treatment", "share": 1}]
    for number in range(TRIALS):
        feature = Feature.objects.create(key=f"f-{number}", name="F", squad=squad, created_at=EPOCH)
        Stint.objects.create(feature=feature, number=1, phase=Phase.THINK_IT, started_at=EPOCH)
        register_trial(key=f"t-{number}", feature=feature, arms=arms, by=None, now=EPOCH, started_at=EPOCH)


def trials(_: int) -> dict:
    """Trials to land results for, and a few windows that are due."""
    _people_and_trials()
    _warehouse(start=datetime.now(UTC) - timedelta(minutes=5))
    return {"planned": _planned()}


def backlog(_: int) -> dict:
    """More windows than a run of minutes can read."""
    _people_and_trials()
    _warehouse(start=datetime.now(UTC) - timedelta(days=10))
    return {"planned": _planned()}


def _planned() -> int:
    from hypotheses.actions.planning import plan

    return plan(now=datetime.now(UTC))


def count(_: int) -> dict:
    """How many pulls have succeeded."""
    from hypotheses.models import Pull

    return {"succeeded": Pull.objects.filter(state="succeeded").count()}


def _warehouse(*, start: datetime) -> None:
    from hypotheses.actions.metric import create_metric
    from hypotheses.actions.source import create_source

    path = Path(os.environ["VAR"]) / "warehouse.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE answers (trial, arm, n, mean, var)")
        db.executemany("INSERT INTO answers VALUES ('t-0', ?, 100, 1.5, 2.0)", [(arm,) for arm in ARMS])
    sources = [
        create_source(key=f"w-{number}", name="W", kind="sql", config={"url": f"sqlite:///{path}"}, by=None, now=EPOCH,
                      max_concurrency=8)
        for number in range(SOURCES)
    ]  # fmt: skip
    for number in range(METRICS):
        create_metric(key=f"m-{number}", kind="mean", source=sources[number % SOURCES], query=QUERY, by=None, now=EPOCH,
                      schedule={"every_seconds": 60, "start": start})  # fmt: skip


def claim(seconds: float) -> dict:
    """Claims alone: each is given up again at once, which is not counted."""
    from hypotheses.actions.claiming import claim_next
    from hypotheses.models import Pull

    spent, count, ends = 0.0, 0, time.monotonic() + seconds
    while time.monotonic() < ends:
        began = time.perf_counter()
        held = claim_next(worker=f"bench-{os.getpid()}")
        spent += time.perf_counter() - began
        if held is not None:
            count += 1
            Pull.objects.filter(pk=held.pull.pk).update(state="succeeded", lease_token=None, lease_until=None)
    return {"count": count, "seconds": spent}


def pull(seconds: float) -> dict:
    """Whole pulls: claimed, read, landed."""
    from hypotheses.actions.pulling import drain

    began = time.monotonic()
    done = drain(worker=f"bench-{os.getpid()}", seconds=seconds)
    assert not done.failed, done
    return {"count": done.succeeded, "seconds": time.monotonic() - began}


def land(count: int) -> dict:
    """What a result costs beyond the source's own time: new, the same again, restated; beside COPY and row by row."""
    from django.db import connection

    from hypotheses.actions import pulling
    from hypotheses.actions.claiming import claim_next
    from hypotheses.models import Metric, Result
    from hypotheses.sources.base import Reading, Row

    moments = [EPOCH + MINUTE * place for place in range(count // (TRIALS * len(ARMS)))]
    found = {}
    for what, mean in (("new", 1.5), ("unchanged", 1.5), ("restated", 1.75)):
        rows = tuple(
            Row(trial=f"t-{trial}", metric="m-0", arm=arm, as_of=moment, n=1000, mean=mean, var=2.0, n_assigned=1010)
            for moment in moments for trial in range(TRIALS) for arm in ARMS
        )  # fmt: skip
        held = claim_next(worker="bench", metric=Metric.objects.get(key="m-0"))
        began = time.perf_counter()
        pulling.finish(held, reading=Reading(rows, 0), seconds=0.1)
        found[what] = (time.perf_counter() - began) / len(rows) * 1e6
    found["one by one"] = _one_by_one(list(Result.objects.filter(superseded_at=None)[:300]))
    if connection.vendor == "postgresql":
        found["COPY"] = _plain_copy(count)
    return found


def _one_by_one(stored: list) -> float:
    """What a pull without a landing of its own would do: look each row up, write it or change it."""
    from hypotheses.models import Result

    began = time.perf_counter()
    for result in stored:
        known = {"stage_id": result.stage_id, "metric_id": result.metric_id, "arm_id": result.arm_id}
        said = {"n": 7, "mean": result.mean, "var": result.var, "recorded_at": result.recorded_at}
        Result.objects.update_or_create(**known, as_of=result.as_of - timedelta(days=9), defaults=said)
    return (time.perf_counter() - began) / len(stored) * 1e6


def _plain_copy(count: int) -> float:
    """The same rows by COPY alone into an empty table with the same indexes; nothing is referred to from it."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE bare (LIKE result INCLUDING ALL)")
        cursor.execute("SELECT * FROM result WHERE superseded_at IS NULL LIMIT %s", [count])
        rows = cursor.fetchall()
        began = time.perf_counter()
        with cursor.cursor.copy("COPY bare FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return (time.perf_counter() - began) / len(rows) * 1e6


def main() -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    acts = {act.__name__: act for act in (fill, trials, backlog, count, claim, pull, land)}
    act, amount = acts[sys.argv[1]], float(sys.argv[2])
    print(json.dumps(act(int(amount) if amount.is_integer() else amount)))


if __name__ == "__main__":
    main()
