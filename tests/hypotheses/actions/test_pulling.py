"""One pull from its claim to its end: landed once, failed with a sentence, or taken over and then silent."""

import threading
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from features.models import Stint
from hypotheses.actions import pulling
from hypotheses.actions.claiming import MOST_ATTEMPTS, claim_next, claimable, free_expired, give_back
from hypotheses.actions.landing import Landed, land_results
from hypotheses.actions.mending import retry_pull
from hypotheses.actions.metric import create_metric, edit_metric
from hypotheses.actions.pulling import carry_out, drain, fail, finish, read
from hypotheses.actions.source import create_source
from hypotheses.models import Pull, Result, Source, UseReading
from hypotheses.queries.clock import database_now
from hypotheses.queries.pulls import pull_fact
from hypotheses.sources.base import PassingSourceError, PermanentSourceError, Row
from tests.hypotheses.actions.conftest import DAY, day_rows, write

NEXT_DAY = DAY + timedelta(days=1)


def test_a_due_pull_is_read_and_its_results_are_landed(due, trial, warehouse):
    pull = due()
    write(warehouse, *day_rows(NEXT_DAY, n=120, mean=0.25, var=0.19))
    assert drain(worker="w").succeeded == 1
    pull.refresh_from_db()
    assert (pull.state, pull.rows, pull.attempts, pull.error) == ("succeeded", 2, 1, "")
    assert pull.lease_token is None
    assert pull.finished_at is not None
    assert pull.bytes > 0
    assert {(r.arm.name, r.n, r.mean, r.var, r.pull_id) for r in Result.objects.all()} == {
        ("control", 120, 0.25, 0.19, pull.pk),
        ("treatment", 120, 0.25, 0.19, pull.pk),
    }


def test_a_pull_that_no_row_came_for_says_so(due, trial, warehouse):
    pull = due()
    write(warehouse, *day_rows(NEXT_DAY + timedelta(days=5)))
    assert drain(worker="w").succeeded == 1
    pull.refresh_from_db()
    assert (pull.state, pull.rows, pull.error) == ("succeeded", 0, "No row of this window came.")
    assert pull_fact(pull).error == pull.error


def test_a_pull_brings_how_much_features_are_used_beside_its_results(due, trial, warehouse):
    pull, key = due(), trial.feature.key
    write(
        warehouse,
        *[line.replace(trial.key, of, 1) for of in (f"use:{key}", "use:gone") for line in day_rows(NEXT_DAY)[:1]],
    )
    assert drain(worker="w").succeeded == 1
    pull.refresh_from_db()
    used = UseReading.objects.get()
    assert (used.feature, used.metric, used.pull) == (trial.feature, pull.schedule.metric, pull)
    assert (used.n, used.value) == (100, 0.5)
    assert "use:gone" in pull.error, "what is none of ours is named"
    assert not Result.objects.exists()


def test_reading_the_same_window_again_writes_nothing(due, trial, warehouse):
    write(warehouse, *day_rows(NEXT_DAY))
    due()
    due(pass_number=1)
    assert drain(worker="w").succeeded == 2
    assert Result.objects.count() == 2
    assert trial.stages.get().landed == 1


def test_a_restated_value_is_a_revision_and_the_earlier_one_stays(due, trial, warehouse):
    write(warehouse, *day_rows(NEXT_DAY, mean=0.5))
    due()
    drain(worker="w")
    write(warehouse, *day_rows(NEXT_DAY, mean=0.6, var=0.24))
    due(pass_number=1)
    drain(worker="w")
    rows = Result.objects.filter(arm__name="control").order_by("revision")
    assert [(row.revision, row.mean, row.superseded_at is None) for row in rows] == [(1, 0.5, False), (2, 0.6, True)]


def test_a_source_may_name_new_stages_and_earlier_moments(due, trial, warehouse):
    lines = [line + ",5" for day in (1, 2) for line in day_rows(DAY + timedelta(days=day))]
    warehouse.write_text("\n".join(["metric,trial,arm,as_of,n,mean,var,stage", *lines]) + "\n")
    due(day=1)
    assert drain(worker="w").succeeded == 1
    assert list(trial.stages.values_list("label", "started_at")) == [
        ("1", DAY - timedelta(days=1)),
        ("5", DAY + timedelta(days=2)),
    ]
    due(day=0)
    assert drain(worker="w").succeeded == 1
    assert set(Result.objects.values_list("as_of", "stage__label")) == {(NEXT_DAY, "5"), (DAY + timedelta(days=2), "5")}


def test_a_late_first_pass_does_not_overwrite_a_restatement(due, trial, warehouse):
    write(warehouse, *day_rows(NEXT_DAY, mean=0.5))
    first = due()
    claim = claim_next(worker="slow")
    slow = read(claim)
    write(warehouse, *day_rows(NEXT_DAY, mean=0.6, var=0.24))
    due(pass_number=1)
    assert drain(worker="w").succeeded == 1
    assert finish(claim, reading=slow, seconds=1) == Landed(late=2)
    first.refresh_from_db()
    assert first.state == "succeeded"
    assert first.error == "2 of 2 rows came late: a reading that began after this one says otherwise, and stands."
    assert standing_means() == {0.6}


def test_a_late_pull_does_not_overwrite_a_later_reading_of_another_window(due, trial, warehouse):
    write(warehouse, *day_rows(NEXT_DAY, mean=0.5))
    due()
    claim = claim_next(worker="slow")
    slow = read(claim)
    due(day=1)
    newer = claim_next(worker="w")
    rows = tuple(replace(row, mean=0.6, var=0.24) for row in slow.rows)
    assert finish(newer, reading=replace(slow, rows=rows), seconds=1).new == 2
    assert finish(claim, reading=slow, seconds=1) == Landed(late=2)
    assert standing_means() == {0.6}


def test_a_late_pull_does_not_overwrite_what_was_pushed_meanwhile(due, trial, warehouse):
    write(warehouse, *day_rows(NEXT_DAY, mean=0.5))
    due()
    claim = claim_next(worker="slow")
    slow = read(claim)
    given = {"trial": "reorder-1", "metric": "reorder-rate", "as_of": NEXT_DAY, "n": 100, "mean": 0.6}
    land_results(rows=[Row(arm="control", **given)], now=database_now())
    assert finish(claim, reading=slow, seconds=1) == Landed(new=1, late=1)
    assert Result.objects.get(arm__name="control").mean == 0.6
    due(pass_number=1)
    assert drain(worker="w").succeeded == 1
    assert standing_means() == {0.5}, "this one began after the push"


def test_of_two_that_read_at_once_the_one_that_began_later_stands(due, trial, warehouse):
    write(warehouse, *day_rows(NEXT_DAY, mean=0.5))
    due()
    earlier = claim_next(worker="a")
    first = read(earlier)
    due(pass_number=1)
    later = claim_next(worker="b")
    write(warehouse, *day_rows(NEXT_DAY, mean=0.6, var=0.24))
    second = read(later)
    assert finish(earlier, reading=first, seconds=1).new == 2
    assert finish(later, reading=second, seconds=1).revised == 2
    assert standing_means() == {0.6}


def test_a_first_pass_that_is_tried_again_after_a_restatement_has_read_later(due, trial, warehouse):
    first = due(state="dead")
    write(warehouse, *day_rows(NEXT_DAY, mean=0.5))
    due(pass_number=1)
    drain(worker="w")
    write(warehouse, *day_rows(NEXT_DAY, mean=0.6, var=0.24))
    retry_pull(pull=first, by=None, now=timezone.now())
    assert drain(worker="w").succeeded == 1
    assert standing_means() == {0.6}


def standing_means() -> set[float]:
    return set(Result.objects.filter(superseded_at=None).values_list("mean", flat=True))


def test_a_worker_frozen_past_its_lease_writes_nothing_when_it_thaws(due, trial, warehouse):
    write(warehouse, *day_rows(NEXT_DAY))
    pull = due()
    frozen = claim_next(worker="frozen")
    reading = read(frozen)
    Pull.objects.filter(pk=pull.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert free_expired() == 1
    taken_over = claim_next(worker="other")
    with pytest.raises(pulling.LostLease):
        finish(frozen, reading=reading, seconds=1)
    with pytest.raises(pulling.LostLease):
        fail(frozen, error=PassingSourceError("late"), seconds=1)
    assert Result.objects.count() == 0
    pull.refresh_from_db()
    assert (pull.state, pull.lease_token, pull.lost_leases) == ("running", taken_over.token, 1)
    assert carry_out(taken_over) == "succeeded"
    assert carry_out(frozen) == "lost"
    assert Result.objects.count() == 2


def test_rows_that_make_no_sense_land_nothing_and_say_which(due, trial, warehouse):
    pull = due()
    good, bad = day_rows(NEXT_DAY)
    write(warehouse, good, bad.replace(",0.25", ",-0.25"))
    assert drain(worker="w").failed == 1
    pull.refresh_from_db()
    assert pull.state == "dead"
    assert pull.error == "Nothing was recorded. Row 2, var: -0.25 is negative. A variance is 0 or more."
    assert not Result.objects.exists()


def test_rows_of_trials_that_are_not_registered_are_left_out_and_told(due, trial, warehouse):
    pull = due()
    own = day_rows(NEXT_DAY)
    strange = [own[0].replace("reorder-1", f"else-{n}") for n in range(5)]
    write(warehouse, strange[0], own[0], *strange[1:], strange[4].replace(",100,", ",-7,"), own[1])
    assert drain(worker="w").succeeded == 1
    pull.refresh_from_db()
    assert (pull.state, pull.rows, Result.objects.count()) == ("succeeded", 8, 2)
    assert pull.error == (
        "6 of 8 rows were left out: 6 of trials that are not registered (else-0, else-1, else-2 and 2 more). "
        "Register a trial to have its rows read with the next window, or leave them out of the query."
    )
    assert pull_fact(pull).error == pull.error


def test_a_row_of_somebody_else_that_cannot_be_read_does_not_stand_in_the_way(due, trial, warehouse):
    pull = due()
    own = day_rows(NEXT_DAY)
    write(warehouse, own[0].replace("reorder-1", "else").replace(",100,", ",many,"), *own)
    assert drain(worker="w").succeeded == 1
    pull.refresh_from_db()
    assert (pull.rows, Result.objects.count()) == (3, 2)
    assert pull.error.startswith("1 of 3 rows was left out: 1 of trials that are not registered (else). ")


@pytest.mark.parametrize(
    ("trial_key", "said"), [("reorder-1", "column n: “many” is not a number"), ("", "column trial")]
)
def test_a_row_of_ours_or_of_nobody_that_cannot_be_read_fails_the_pull_whole(due, trial, warehouse, trial_key, said):
    pull = due()
    own = day_rows(NEXT_DAY)
    write(warehouse, own[0], own[1].replace("reorder-1", trial_key).replace(",100,", ",many,"))
    assert drain(worker="w").failed == 1
    pull.refresh_from_db()
    assert (pull.state, Result.objects.count()) == ("dead", 0)
    assert f"Row 2, {said}" in pull.error


def test_counts_that_fall_are_recorded_and_told(due, trial, warehouse):
    write(warehouse, *day_rows(NEXT_DAY, n=1200))
    due()
    drain(worker="w")
    later = NEXT_DAY + timedelta(days=1)
    write(warehouse, *day_rows(later, n=900, arms=["treatment"]), *day_rows(later, n=1300, arms=["control"]))
    pull = due(day=1)
    assert drain(worker="w").succeeded == 1
    pull.refresh_from_db()
    assert pull.error == (
        "Counts fell: treatment of reorder-1 from 1,200 to 900. They are cumulative within their stage, so the "
        "evidence of that moment is not read. Correct the query; or read that time again, with a backfill, if the "
        "source has restated it."
    )
    assert Result.objects.filter(n=900).exists()
    due(day=1, pass_number=1)
    drain(worker="w")
    assert not Pull.objects.get(pass_number=1).error, "what has not changed is not told again"


def test_counts_that_fall_within_one_pull_are_told_too_and_each_series_once(due, trial, warehouse):
    moments = [NEXT_DAY - timedelta(hours=hours) for hours in (9, 6, 3)]
    rows = [day_rows(moment, n=n) for moment, n in zip(moments, (500, 400, 300), strict=True)]
    write(warehouse, *(line for pair in rows for line in pair))
    pull = due()
    drain(worker="w")
    pull.refresh_from_db()
    assert "control of reorder-1 from 500 to 400, treatment of reorder-1 from 500 to 400. They" in pull.error


def test_a_pull_that_brings_nothing_of_ours_says_so(due, trial, warehouse):
    pull = due()
    write(warehouse, *[line.replace("reorder-1", "else") for line in day_rows(NEXT_DAY)])
    assert drain(worker="w").succeeded == 1
    pull.refresh_from_db()
    assert pull.error.startswith("All 2 rows were left out: 2 of trials that are not registered (else). ")


def test_a_feature_that_has_ended_takes_facts_of_its_stages_and_what_is_of_new_ones_is_left_out(due, trial, warehouse):
    Stint.objects.update(ended_at=NEXT_DAY)
    pull = due()
    own = day_rows(NEXT_DAY)
    warehouse.write_text(f"metric,trial,arm,as_of,n,mean,var,stage\n{own[0]},\n{own[0]},next\n{own[1]},\n")
    assert drain(worker="w").succeeded == 1
    pull.refresh_from_db()
    assert Result.objects.count() == 2
    assert pull.error == (
        "1 of 3 rows was left out: 1 for a new stage of a feature that has ended (reorder-1). "
        "Leave such rows out of the query."
    )


def test_an_unknown_arm_of_a_known_trial_is_a_mistake_and_its_row_is_named_as_it_came(due, trial, warehouse):
    pull = due()
    own = day_rows(NEXT_DAY)
    write(warehouse, own[0].replace("reorder-1", "else"), own[0], own[1].replace("treatment", "treatmnet"))
    assert drain(worker="w").failed == 1
    pull.refresh_from_db()
    assert pull.state == "dead"
    assert pull.error.startswith("Nothing was recorded. Row 3, arm: The trial reorder-1 has no arm “treatmnet”.")


def test_a_failed_pull_leaves_the_last_good_results(due, trial, warehouse):
    write(warehouse, *day_rows(NEXT_DAY))
    due()
    drain(worker="w")
    warehouse.write_text("not,a\nwarehouse,file,at,all\n")
    bad = due(day=1)
    drain(worker="w")
    bad.refresh_from_db()
    assert bad.state == "dead"
    assert "Line: 2" in bad.error
    assert Result.objects.filter(superseded_at=None).count() == 2


def test_a_passing_failure_waits_longer_each_time_and_is_dead_in_the_end(due, trial, warehouse, monkeypatch):
    monkeypatch.setattr(pulling.random, "uniform", lambda low, high: high)
    warehouse.unlink()
    pull = due()
    waits = []
    for _ in range(MOST_ATTEMPTS):
        Source.objects.update(breaker_until=None, fail_streak=0)
        Pull.objects.update(due_at=timezone.now())
        assert drain(worker="w").failed == 1
        pull.refresh_from_db()
        waits.append(round((pull.due_at - pull.finished_at).total_seconds()))
    assert waits[:-1] == [2, 4, 8, 16, 32, 64, 128]
    assert (pull.state, pull.attempts) == ("dead", 8)
    assert "does not exist" in pull.error
    assert drain(worker="w").pulls == 0


def test_a_plug_that_breaks_is_a_failed_pull_and_not_a_crash(due, trial, monkeypatch, caplog):
    def broken(source):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(pulling, "plug_of", broken)
    pull = due()
    assert drain(worker="w").failed == 1
    pull.refresh_from_db()
    assert pull.state == "failed"
    assert "ZeroDivisionError" in pull.error
    assert "secret detail" not in pull.error
    assert "the plug broke" in caplog.text


def test_five_failures_in_a_row_rest_the_source_and_one_probe_wakes_it(due, trial, warehouse):
    warehouse.unlink()
    for day in range(8):
        due(day=day)
    assert drain(worker="w").failed == 5
    source = Source.objects.get()
    assert source.fail_streak == 5
    assert 20 < (source.breaker_until - timezone.now()).total_seconds() < 40
    assert drain(worker="w").pulls == 0

    Source.objects.update(breaker_until=timezone.now() - timedelta(seconds=1))
    probe = claim_next(worker="a")
    assert probe is not None
    assert claim_next(worker="b") is None, "half open: one probe at a time"
    assert carry_out(probe) == "failed"
    assert Source.objects.get().breaker_until > timezone.now()

    Source.objects.update(breaker_until=timezone.now() - timedelta(seconds=1))
    Pull.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    write(warehouse, *[row for day in range(8) for row in day_rows(DAY + timedelta(days=day + 1))])
    assert drain(worker="w").succeeded == 8
    source.refresh_from_db()
    assert (source.fail_streak, source.breaker_until) == (0, None)


def test_a_bad_query_does_not_rest_the_source_for_the_others(due, trial, source, warehouse):
    other = create_metric(
        key="broken",
        kind="mean",
        source=source,
        query="SELECT nope FROM source",
        by=None,
        now=DAY,
        schedule={"start": DAY},
    )
    for day in range(6):
        due(day=day, schedule=other.schedule)
    assert drain(worker="w").failed == 6
    due(day=7)
    assert drain(worker="w").succeeded == 1


def test_old_pulls_behind_a_resting_source_do_not_block_the_next_source(due, trial, warehouse):
    for day in range(50):
        due(day=day, due_at=timezone.now() - timedelta(days=9))
    Source.objects.update(breaker_until=timezone.now() + timedelta(minutes=5))
    second = create_source(key="second", name="", kind="file", config={"path": "warehouse.csv"}, by=None, now=DAY)
    other = create_metric(key="other", kind="mean", source=second, by=None, now=DAY, schedule={"start": DAY})
    pull = due(schedule=other.schedule)
    assert claim_next(worker="w").pull == pull


def test_a_source_is_never_asked_by_more_workers_than_it_allows(due, trial):
    Source.objects.update(max_concurrency=2)
    for day in range(4):
        due(day=day)
    assert claim_next(worker="a")
    assert claim_next(worker="b")
    assert claim_next(worker="c") is None
    Pull.objects.filter(leased_by="a").update(lease_until=timezone.now() - timedelta(seconds=1))
    assert claim_next(worker="c") is not None, "a lease that has ended holds no slot"


def test_pulls_that_are_not_due_yet_are_left_alone(due):
    due(due_at=timezone.now() + timedelta(minutes=1))
    assert claim_next(worker="w") is None


def test_the_oldest_pull_goes_first_unless_one_is_asked_for(due, trial):
    due(day=1)
    oldest = due(due_at=timezone.now() - timedelta(days=1))
    asked = due(day=2)
    assert claim_next(worker="w", only=asked.pk).pull == asked
    assert claim_next(worker="w").pull == oldest


def test_what_a_killed_worker_held_is_due_again_at_once(due, trial):
    pull = due()
    claim_next(worker="up@here")
    assert give_back(worker="up@elsewhere") == 0
    assert give_back(worker="up@here") == 1
    pull.refresh_from_db()
    assert (pull.state, pull.lease_token, pull.lost_leases) == ("due", None, 1)
    assert claim_next(worker="w") is not None


def test_a_pull_that_kills_its_worker_again_and_again_is_dead(due, trial):
    pull = due(attempts=7)
    claim_next(worker="w")
    Pull.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert free_expired() == 1
    pull.refresh_from_db()
    assert (pull.state, pull.lease_token) == ("dead", None)
    assert "lost 8 times" in pull.error


def test_a_drain_ends_after_the_pull_in_hand_when_the_process_leaves(due, trial, monkeypatch):
    for day in range(3):
        due(day=day)
    leaving = threading.Event()
    monkeypatch.setattr(pulling, "LEAVING", leaving)
    monkeypatch.setattr(pulling, "carry_out", lambda claim: leaving.set() or "succeeded")
    assert drain(worker="w").pulls == 1


def test_a_changed_definition_during_the_read_does_not_relabel_what_was_read(due, trial, metric, warehouse):
    due()
    write(warehouse, *day_rows(NEXT_DAY))
    claim = claim_next(worker="w")
    type(metric).objects.update(definition_hash="changed meanwhile")
    carry_out(claim)
    assert set(Result.objects.values_list("definition_hash", flat=True)) == {metric.definition_hash}


@pytest.mark.django_db(transaction=True)
def test_racing_workers_claim_each_pull_once_and_keep_the_limit(due, trial):
    Source.objects.update(max_concurrency=3)
    for day in range(12):
        due(day=day)
    won: list[uuid.UUID] = []
    most: list[int] = []
    gate = threading.Barrier(8)

    def race() -> None:
        gate.wait()
        for _ in range(60):
            claim = claim_next(worker="racer")
            if claim is None:
                continue
            won.append(claim.pull.pk)
            most.append(Pull.objects.filter(state="running").count())
            Pull.objects.filter(pk=claim.pull.pk, lease_token=claim.token).update(
                state="succeeded", lease_token=None, lease_until=None
            )
        connections.close_all()

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == len(set(won)) == 12
    assert max(most) <= 3


@pytest.mark.django_db(transaction=True)
def test_nothing_is_in_a_transaction_while_the_source_is_asked(due, trial, monkeypatch):
    seen = []

    class Looking:
        def read(self, window, definition):
            seen.append(connection.in_atomic_block)
            raise PermanentSourceError("enough")

    monkeypatch.setattr(pulling, "plug_of", lambda source: Looking())
    due()
    drain(worker="w")
    assert seen == [False]


def test_the_claim_is_served_by_its_partial_indexes(due, trial):
    """With a million rows behind it a claim must not walk the table."""
    due()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        claims = Pull.objects.filter(claimable(), source=1).order_by("due_at", "id").values("pk")[:1]
        sql, params = claims.query.sql_with_params()
        cursor.execute(("EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN ") + sql, params)
        plan = str(cursor.fetchall())
    assert "pull_due" in plan
    assert "Seq Scan" not in plan
    assert "SCAN" not in plan
    assert "Sort" not in plan


def test_a_pull_follows_its_metric_to_another_source_when_it_comes_back(due, trial, warehouse, metric, tmp_path):
    other = create_source(key="other", name="Other", kind="file", config={"path": "other.csv"}, by=None, now=DAY)
    write(tmp_path / "other.csv", *day_rows(NEXT_DAY, n=555))
    write(warehouse, *day_rows(NEXT_DAY, n=777))
    pull = due()
    claim = claim_next(worker="w")
    edit_metric(metric=metric, by=None, now=DAY, source=other)
    fail(claim, error=PassingSourceError("away", about_source=False), seconds=1)
    Pull.objects.update(due_at=DAY)
    assert drain(worker="w").succeeded == 1
    assert set(Result.objects.values_list("n", "source")) == {(555, "other")}
    pull.refresh_from_db()
    assert pull.source == other


def test_a_pull_that_comes_back_to_a_metric_without_a_source_is_left_out(due, trial, metric):
    pull = due()
    claim = claim_next(worker="w")
    edit_metric(metric=metric, by=None, now=DAY, source=None)
    fail(claim, error=PassingSourceError("away", about_source=False), seconds=1)
    Pull.objects.update(due_at=DAY)
    assert drain(worker="w").pulls == 0
    pull.refresh_from_db()
    assert (pull.state, pull.error) == ("skipped", "The metric no longer comes from a source that is pulled.")


@pytest.mark.parametrize("said", ["NUL \x00 in it", "half a pair \ud800 in it"], ids=["NUL", "half a pair"])
def test_a_sentence_that_no_database_keeps_does_not_end_the_drain(due, monkeypatch, said):
    def refuse(_):
        raise PermanentSourceError(said)

    monkeypatch.setattr(pulling, "read", refuse)
    pulls = [due(), due(day=1)]
    assert drain(worker="w").failed == 2
    for pull in pulls:
        pull.refresh_from_db()
        assert (pull.state, "\ufffd" in pull.error) == ("dead", True)


def test_what_no_column_keeps_fails_for_good_with_what_to_do(due, monkeypatch):
    def land(claim, **_):
        raise UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed")

    monkeypatch.setattr(pulling, "finish", land)
    pull = due()
    assert drain(worker="w").failed == 1
    pull.refresh_from_db()
    assert pull.state == "dead"
    assert "Leave it out of the query, then retry." in pull.error


def test_a_slow_reading_does_not_undo_what_a_later_one_found_unchanged(due, trial, warehouse):
    write(warehouse, *day_rows(NEXT_DAY, n=100))
    due()
    drain(worker="w")
    write(warehouse, *day_rows(NEXT_DAY, n=50))
    due(pass_number=1)
    slow = claim_next(worker="slow")
    misread = read(slow)
    write(warehouse, *day_rows(NEXT_DAY, n=100))
    due(pass_number=2)
    assert drain(worker="w").succeeded == 1, "100 again: nothing is written"
    assert finish(slow, reading=misread, seconds=1).late == 2
    assert set(Result.objects.values_list("n", flat=True)) == {100}
