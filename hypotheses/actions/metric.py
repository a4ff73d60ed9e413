"""Making and changing metrics of the catalogue, and when they are pulled."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from features.actions.recording import record
from features.actions.squad import require_version
from hypotheses.actions.claiming import NOT_PULLED
from hypotheses.actions.planning import first_window
from hypotheses.actions.source import checked_key, key_taken
from hypotheses.actions.standing import restate_standings_on
from hypotheses.enums import BackfillState, Better, MetricKind, PullState, SourceKind
from hypotheses.models import Metric, Pull, Schedule
from hypotheses.queries.catalogue import require_catalogue_writer, require_metric_keeper, require_no_evidence
from hypotheses.queries.checking import Complaints
from hypotheses.queries.clock import DatabaseTime
from hypotheses.queries.plug import is_pulled

CHANGEABLE: Final = (
    "name", "kind", "unit", "better", "description", "owner", "source", "query", "baseline", "schedule",
)  # fmt: skip
MEANING: Final = ("kind", "better")
SCHEDULED: Final = ("every_seconds", "delay_seconds", "restate_after", "start", "enabled")
DAY: Final = 86_400
MOST_PASSES: Final = 5
MOST_MISSED: Final = 100_000


@transaction.atomic
def create_metric(*, key: str, by: User | None, now: datetime, **fields: Any) -> Metric:
    """Add a metric to the catalogue; its owner is who adds it, unless another is named.

    fields: name, kind (proportion, mean, ratio, value), unit, better (up, down), description, owner (a person), source
    (a row), query, baseline, and schedule: `{every_seconds, delay_seconds, restate_after, start, enabled}`. A metric
    with a source that is pulled always has a schedule: by default each day at midnight UTC, from now on. `start` begins
    it earlier, and all windows since then are read.

    Raises:
        BadInput: with every wrong field. Forbidden: in no squad. Conflict: `key_taken`.
    """
    require_catalogue_writer(by)
    complaints = Complaints()
    metric = Metric(key=checked_key(key, complaints), name=key, owner=by, created_at=now)
    if "kind" not in fields:
        complaints.add("kind", "Say what one unit contributes: proportion, mean, ratio or value.", code="required")
    _apply(metric, fields, complaints)
    schedule = _schedule(Schedule(cursor=now), fields.get("schedule"), complaints, now=now, fresh=True)
    complaints.refuse("The metric was not added")
    if Metric.objects.filter(key=metric.key).exists():
        raise key_taken("metric", metric.key)
    metric.definition_hash = definition_hash(metric)
    metric.save(force_insert=True)
    if is_pulled(metric):
        schedule.metric = metric
        schedule.save(force_insert=True)
    record(act="metric.added", subject=f"metric:{metric.key}", by=by, now=now, body=_told(metric, (*fields, "kind")))
    return metric


@transaction.atomic
def edit_metric(
    *, metric: Metric, by: User | None, now: datetime, version: int | None = None, **changes: Any
) -> Metric:
    """Change a metric; what is not given stays. See `create_metric` for the fields; the key never changes.

    When kind, query or source change, so does the definition, and the evidence that was weighed under the earlier one
    says so. Pulls that wait follow the metric to its new source; without one that is pulled they are left out.

    Raises:
        BadInput: with every wrong field. Forbidden: not its keeper. LostRace: it has changed since `version`.
        Conflict: `metric_in_use`, another kind or direction under results or locked hypotheses.
    """
    metric = Metric.objects.select_for_update(of=("self",)).select_related("source", "owner").get(pk=metric.pk)
    require_metric_keeper(by, metric)
    require_version(metric.version, version)
    complaints = Complaints()
    meant = {name: getattr(metric, name) for name in MEANING}
    before = _told(metric, tuple(changes))
    _apply(metric, changes, complaints)
    stands = Schedule.objects.select_for_update(of=("self",)).filter(metric=metric).first()
    schedule = _schedule(
        stands or Schedule(cursor=now), changes.get("schedule"), complaints, now=now, fresh=stands is None
    )
    complaints.refuse("The metric was not changed")
    if any(getattr(metric, name) != value for name, value in meant.items()):
        require_no_evidence(metric)
    metric.definition_hash = definition_hash(metric)
    metric.version += 1
    metric.save()
    _keep_schedule(metric, schedule)
    restate_standings_on(metric=metric, now=now)
    body = {"before": before, "after": _told(metric, tuple(changes))}
    record(act="metric.changed", subject=f"metric:{metric.key}", by=by, now=now, body=body)
    return metric


def definition_hash(metric: Metric) -> str:
    """What the numbers mean: SHA-256 in hex over kind, query and source. Results carry the one they came under."""
    content = [metric.kind, metric.query.strip(), metric.source.key if metric.source else None]
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


def _apply(metric: Metric, fields: Mapping[str, Any], complaints: Complaints) -> None:
    complaints.unknown(fields, CHANGEABLE)
    for name, most in (("name", 160), ("unit", 40), ("description", None), ("query", None)):
        if name in fields:
            setattr(metric, name, complaints.text(fields[name], name, most=most))
    metric.name = metric.name or metric.key
    for name, words in (("kind", MetricKind), ("better", Better)):
        if name in fields:
            setattr(metric, name, complaints.word(fields[name], name, words))
    if "baseline" in fields:
        metric.baseline = complaints.number(fields["baseline"], "baseline")
    for name in ("owner", "source"):
        if name in fields:
            setattr(metric, name, fields[name])
    if metric.source and metric.source.kind == SourceKind.SQL and not metric.query:
        complaints.add("query", "Write the SELECT that the source is asked.", code="required")


def _schedule(schedule: Schedule, given: Any, complaints: Complaints, *, now: datetime, fresh: bool) -> Schedule:
    """The schedule with what is given; a fresh one begins with the window that is open now."""
    fields = complaints.mapping(given or {}, "schedule")
    complaints.unknown(fields, SCHEDULED, prefix="schedule.")
    schedule.every_seconds = _seconds(fields, "every_seconds", schedule.every_seconds, complaints, least=1)
    schedule.delay_seconds = _seconds(fields, "delay_seconds", schedule.delay_seconds, complaints, least=0)
    schedule.restate_after = _passes(fields.get("restate_after", schedule.restate_after), schedule, complaints)
    schedule.enabled = bool(fields.get("enabled", schedule.enabled))
    start = fields.get("start")
    if start is not None:
        schedule.cursor = _start(start, schedule, complaints, now=now)
    elif fresh:
        schedule.cursor = first_window(now=now, every_seconds=schedule.every_seconds)
    return schedule


def _seconds(fields: Mapping[str, Any], name: str, stands: int, complaints: Complaints, *, least: int) -> int:
    value = complaints.count(fields.get(name, stands), f"schedule.{name}")
    if value is not None and value < least:
        complaints.add(f"schedule.{name}", f"This must be at least {least} second.", code="out_of_range")
    return max(least, value or 0)


def _passes(value: Any, schedule: Schedule, complaints: Complaints) -> list[int]:
    given = value if isinstance(value, list | tuple) else [None]
    numbers = [number for number in given if isinstance(number, int) and not isinstance(number, bool)]
    if len(numbers) != len(given) or len(numbers) > MOST_PASSES or numbers != sorted({*numbers}):
        detail = f"This must be a rising list of at most {MOST_PASSES} numbers of seconds, for example [3600, 86400]."
        complaints.add("schedule.restate_after", detail)
        return []
    if numbers and numbers[0] <= schedule.delay_seconds:
        complaints.add("schedule.restate_after", "A window is read again later than it is read first (delay_seconds).")
    return numbers


def _start(value: Any, schedule: Schedule, complaints: Complaints, *, now: datetime) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        complaints.add("schedule.start", "This must be a time with its offset, for example 2026-03-02T00:00:00+00:00.")
        return now
    missed: int = (now - value) // timedelta(seconds=schedule.every_seconds)
    if missed > MOST_MISSED:
        complaints.add("schedule.start", f"These would be {missed:,} windows; at most {MOST_MISSED:,} are read.")
    return value


def _keep_schedule(metric: Metric, schedule: Schedule) -> None:
    schedule.metric = metric
    if is_pulled(metric):
        schedule.save()
        _waiting(schedule).update(source=metric.source)
    elif schedule.pk:
        schedule.enabled = False
        schedule.save()
        ended = {"state": BackfillState.DONE, "finished_at": DatabaseTime(), "stopped_at": None, "stopped_by": None}
        schedule.backfills.exclude(state=BackfillState.DONE).update(**ended)
        _waiting(schedule).update(
            state=PullState.SKIPPED,
            error=NOT_PULLED,
            finished_at=DatabaseTime(),
        )


def _waiting(schedule: Schedule) -> QuerySet[Pull]:
    return Pull.objects.filter(
        schedule=schedule, state__in=[PullState.DUE, PullState.FAILED, PullState.DEAD, PullState.HELD]
    )


def _told(metric: Metric, names: tuple[str, ...]) -> dict[str, Any]:
    """What the audit keeps: rows by their names."""
    told: dict[str, Any] = {name: getattr(metric, name) for name in names if name in CHANGEABLE and name != "schedule"}
    if "owner" in told:
        told["owner"] = metric.owner.get_username() if metric.owner else None
    if "source" in told:
        told["source"] = metric.source.key if metric.source else None
    return told
