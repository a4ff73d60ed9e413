"""The tick: which windows have closed, which leases have run out, and how many workers are to be rung."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import DurationField, ExpressionWrapper, F, IntegerField, Value

from hypotheses.actions.backfilling import feed
from hypotheses.actions.claiming import claimable, free_expired
from hypotheses.models import Clock, Metric, Pull, Schedule
from hypotheses.queries.clock import DatabaseTime

TICK: Final = "tick"
LEAST_APART: Final = timedelta(seconds=2.5)
PLANNED_AT_ONCE: Final = 1_000
PLANNED_FOR_ONE: Final = 200
MOST_DOORBELLS: Final = 4
LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Ticked:
    """What a tick did; `acted` is False when another one had just been."""

    acted: bool
    planned: int = 0
    freed: int = 0
    doorbells: int = 0


def tick(*, now: datetime, least_apart: timedelta = LEAST_APART) -> Ticked:
    """Plan what has closed, free what was lost, say how many workers to ring. However many clocks run, one tick acts.

    now: the database's time. The caller rings, after this has been committed.
    """
    if not _ours(least_apart):
        return Ticked(acted=False)
    planned = plan(now=now) + feed()
    freed = free_expired()
    waiting = Pull.objects.filter(claimable())[:MOST_DOORBELLS].count()
    return Ticked(acted=True, planned=planned, freed=freed, doorbells=waiting)


def _ours(least_apart: timedelta) -> bool:
    """One row in the database: whoever moves it acts."""
    rows = Clock.objects.filter(name=TICK, at__lt=DatabaseTime(-least_apart))
    if rows.update(at=DatabaseTime()):
        return True
    if Clock.objects.filter(name=TICK).exists():
        return False
    Clock.objects.bulk_create([Clock(name=TICK, at=LONG_AGO)], ignore_conflicts=True)
    return bool(rows.update(at=DatabaseTime()))


def plan(*, now: datetime, metric: Metric | None = None) -> int:
    """Write a pull for each window that has closed and is not planned yet, oldest schedules first; gives their number.

    After downtime these are all windows that were missed. A call writes at most `PLANNED_AT_ONCE` windows, and of one
    schedule at most `PLANNED_FOR_ONE`; the next tick goes on. Planners at once share the work: each window comes once.
    """
    seconds = ExpressionWrapper(F("every_seconds"), output_field=IntegerField())
    width = ExpressionWrapper(seconds * Value(timedelta(seconds=1)), output_field=DurationField())
    closed = Schedule.objects.filter(enabled=True, metric__source__isnull=False).annotate(close=F("cursor") + width)
    closed = closed.filter(close__lte=now).order_by("cursor", "pk")
    if metric is not None:
        closed = closed.filter(metric=metric)
    planned = 0
    for pk in closed.values_list("pk", flat=True)[:PLANNED_AT_ONCE]:
        if planned >= PLANNED_AT_ONCE:
            break
        planned += _plan_one(pk, now)
    return planned


@transaction.atomic
def _plan_one(pk: int, now: datetime) -> int:
    """The closed windows of one schedule; its cursor moves in the same transaction."""
    locked = Schedule.objects.select_for_update(skip_locked=True, of=("self",)).select_related("metric")
    schedule = locked.filter(pk=pk).first()
    if schedule is None:
        return 0  # another planner has it
    width = timedelta(seconds=schedule.every_seconds)
    count = min(PLANNED_FOR_ONE, (now - schedule.cursor) // width)
    starts = [schedule.cursor + width * place for place in range(count)]
    pulls = [pull for start in starts for pull in _passes(schedule, start, start + width)]
    Pull.objects.bulk_create(pulls, batch_size=500, ignore_conflicts=True)
    Schedule.objects.filter(pk=pk).update(cursor=schedule.cursor + width * count)
    return count


def _passes(schedule: Schedule, start: datetime, end: datetime) -> list[Pull]:
    """One pull when the window has closed, and one for each restatement later on."""
    waits = [schedule.delay_seconds, *schedule.restate_after]
    source = schedule.metric.source_id
    assert source is not None, "only schedules with a source are planned"  # noqa: S101
    return [
        Pull(
            schedule=schedule,
            source_id=source,
            window_start=start,
            window_end=end,
            pass_number=number,
            due_at=end + timedelta(seconds=wait),
        )
        for number, wait in enumerate(waits)
    ]


def first_window(*, now: datetime, every_seconds: int) -> datetime:
    """The start of the window that is open now, on the grid from 1970-01-01 UTC on: days begin at midnight UTC."""
    seconds = int(now.timestamp()) // every_seconds * every_seconds
    return datetime.fromtimestamp(seconds, tz=UTC)
