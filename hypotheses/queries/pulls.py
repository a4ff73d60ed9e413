"""How the pulls are doing, by metric and by source, and what is late or dead: read from the ledger, not the broker."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Min, OuterRef, QuerySet, Subquery

from hypotheses.enums import PullState
from hypotheses.models import Clock, Metric, Pull, Schedule, Source
from hypotheses.queries.clock import Word

WAITING: Final = (PullState.DUE, PullState.FAILED)
LATE_AFTER: Final = timedelta(minutes=15)
"""A pull that has waited this long past its time is late: the workers or the source do not keep up."""


@dataclass(frozen=True, slots=True)
class PullFact:
    """One pull as people see it. `next_attempt_at`: while it waits.

    `error`: a sentence, or why it was left out; of one that succeeded, which of its rows were not landed.
    """

    id: int
    metric: str
    source: str
    state: str
    window_start: datetime
    window_end: datetime
    pass_number: int
    attempts: int
    next_attempt_at: datetime | None
    error: str
    started_at: datetime | None
    finished_at: datetime | None
    seconds: float | None
    rows: int | None
    bytes: int | None


@dataclass(frozen=True, slots=True)
class Freshness:
    """How fresh a metric is: when it was read and up to which moment, how its latest pull ended, when the next is due.

    All None or empty for a metric that was never pulled. `age` is the time since `data_until`.
    """

    metric: str
    data_until: datetime | None
    read_at: datetime | None
    age: timedelta | None
    last_state: str
    error: str
    next_at: datetime | None
    every: timedelta | None

    @property
    def succeeded(self) -> bool:
        """Whether its last finished pull succeeded."""
        return self.last_state == PullState.SUCCEEDED


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Whether the pulls are alive: seconds since the last tick (None: never) and since the oldest due time; counts."""

    tick_age_seconds: float | None
    oldest_due_seconds: float
    due: int
    running: int
    dead: int
    resting_sources: int


@dataclass(frozen=True, slots=True)
class Attention:
    """What needs a person: dead pulls, and pulls that are late; the newest windows first."""

    dead: tuple[PullFact, ...]
    late: tuple[PullFact, ...]


def pulls(*, metric: Metric | None = None, source: Source | None = None) -> QuerySet[Pull]:
    """The pulls of a metric, of a source, or all, the latest windows first, with what `pull_fact` needs."""
    found = Pull.objects.select_related("schedule__metric", "source")
    if metric is not None:
        found = found.filter(schedule__metric=metric)
    if source is not None:
        found = found.filter(source=source)
    return found


def latest_pulls(
    *, metric: Metric | None = None, source: Source | None = None, limit: int = 50
) -> tuple[PullFact, ...]:
    """The latest pulls as facts, newest windows first."""
    return tuple(pull_fact(pull) for pull in pulls(metric=metric, source=source)[:limit])


def pull_fact(pull: Pull) -> PullFact:
    """A row of the ledger as people see it."""
    return PullFact(
        id=pull.pk,
        metric=pull.schedule.metric.key,
        source=pull.source.key,
        state=pull.state,
        window_start=pull.window_start,
        window_end=pull.window_end,
        pass_number=pull.pass_number,
        attempts=pull.attempts,
        next_attempt_at=pull.due_at if pull.state in WAITING else None,
        error=pull.error,
        started_at=pull.started_at,
        finished_at=pull.finished_at,
        seconds=pull.fetch_seconds,
        rows=pull.rows,
        bytes=pull.bytes,
    )


def freshness(*, metrics: Collection[Metric], now: datetime) -> dict[str, Freshness]:
    """How fresh these metrics are, by key, in two queries however many there are."""
    of_schedule = Pull.objects.filter(schedule=OuterRef("pk")).values("pk")
    schedules = Schedule.objects.filter(metric__in=metrics).annotate(
        last=Subquery(of_schedule.filter(finished_at__isnull=False).order_by("-finished_at")[:1]),
        read=Subquery(of_schedule.filter(state=PullState.SUCCEEDED).order_by("-window_start", "-pass_number")[:1]),
        waits=Subquery(
            of_schedule.filter(state__in=[Word(state) for state in WAITING]).order_by("due_at").values("due_at")[:1]
        ),
    )
    by_metric = {schedule.metric_id: schedule for schedule in schedules}
    found = Pull.objects.in_bulk({pk for one in by_metric.values() for pk in (one.last, one.read) if pk})
    return {metric.key: _freshness(metric, by_metric.get(metric.pk), found, now) for metric in metrics}


def _freshness(metric: Metric, schedule: Any, found: Mapping[int, Pull], now: datetime) -> Freshness:
    if schedule is None:
        return Freshness(metric.key, None, None, None, "", "", None, None)
    every = timedelta(seconds=schedule.every_seconds)
    planned = schedule.cursor + every + timedelta(seconds=schedule.delay_seconds) if schedule.enabled else None
    last, read = found.get(schedule.last), found.get(schedule.read)
    return Freshness(
        metric=metric.key,
        data_until=read.window_end if read else None,
        read_at=read.finished_at if read else None,
        age=now - read.window_end if read else None,
        last_state=last.state if last else "",
        error=last.error if last else "",
        next_at=schedule.waits or planned,
        every=every,
    )


def needing_attention(*, now: datetime, limit: int = 100) -> Attention:
    """All that is dead, and all that should have been read a while ago."""
    dead = pulls().filter(state=PullState.DEAD)[:limit]
    waiting = pulls().filter(state__in=[Word(state) for state in WAITING], window_end__lt=now)
    late = waiting.filter(due_at__lt=now - LATE_AFTER) | waiting.filter(
        state=PullState.FAILED, due_at__lt=now, attempts__gt=1
    )
    return Attention(tuple(map(pull_fact, dead)), tuple(map(pull_fact, late.order_by("due_at", "id")[:limit])))


def heartbeat(*, now: datetime) -> Heartbeat:
    """The figures for health checks and metrics; `now` is the database's time."""
    ticked = Clock.objects.filter(name="tick").values_list("at", flat=True).first()
    due = Pull.objects.filter(state__in=[Word(state) for state in WAITING], due_at__lte=now)
    oldest = due.aggregate(oldest=Min("due_at"))["oldest"]
    return Heartbeat(
        tick_age_seconds=(now - ticked).total_seconds() if ticked else None,
        oldest_due_seconds=(now - oldest).total_seconds() if oldest else 0.0,
        due=due.count(),
        running=Pull.objects.filter(state=Word(PullState.RUNNING)).count(),
        dead=Pull.objects.filter(state=Word(PullState.DEAD)).count(),
        resting_sources=Source.objects.filter(breaker_until__gt=now).count(),
    )
