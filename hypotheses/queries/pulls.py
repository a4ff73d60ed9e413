"""How the pulls are doing, by metric and by source, and what is late or dead: read from the ledger, not the broker."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery

from hypotheses.enums import PullState
from hypotheses.models import Clock, Metric, Pull, Schedule, Source
from hypotheses.queries.clock import Word

WAITING: Final = (PullState.DUE, PullState.FAILED)
LATE_AFTER: Final = timedelta(minutes=15)
"""A pull that has waited this long past its time is late: the workers or the source do not keep up."""
STILL_AFTER: Final = timedelta(seconds=60)
"""Without a tick for this long the clock stands still; it ticks every five seconds."""


@dataclass(frozen=True, slots=True)
class PullFact:
    """One pull as people see it. `next_attempt_at`: while it waits.

    `error`: a sentence, or why it was left out; of one that succeeded, which of its rows were not landed.
    """

    id: int
    metric: str
    metric_name: str
    source: str
    source_name: str
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
class Waiting:
    """How many pulls of one source are dead and late."""

    source: str
    name: str
    dead: int
    late: int


@dataclass(frozen=True, slots=True)
class Attention:
    """What needs a person: dead pulls, the newest windows first, and late ones, the longest waiting first.

    Both lists end at a limit; `sources` counts all there are, also those of other sources than the one asked for.
    """

    dead: tuple[PullFact, ...]
    late: tuple[PullFact, ...]
    sources: tuple[Waiting, ...]

    def count(self, source: str = "") -> tuple[int, int]:
        """How many are dead and late, of one source or of all."""
        found = [each for each in self.sources if source in ("", each.source)]
        return sum(each.dead for each in found), sum(each.late for each in found)


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


def latest_by_source(*, each: int, dead: int = 50) -> dict[int, list[Pull]]:
    """The latest pulls of every source by its id, newest windows first, and of those that gave up some more.

    Three queries, each by an index: what they cost grows with the sources, not with the ledger.
    """
    of_source = Pull.objects.filter(source=OuterRef("pk")).order_by("-window_end", "-pk").values("pk")
    places = {f"latest_{place}": Subquery(of_source[place : place + 1]) for place in range(each)}
    ids = {pk for row in Source.objects.order_by().values_list(*places.values()) for pk in row if pk}
    gave_up = Pull.objects.filter(is_dead()).order_by("-window_end", "-pk").values_list("pk", flat=True)[:dead]
    found: dict[int, list[Pull]] = {}
    for pull in pulls().filter(pk__in=ids | set(gave_up)):
        found.setdefault(pull.source_id, []).append(pull)
    return found


def pull_fact(pull: Pull) -> PullFact:
    """A row of the ledger as people see it."""
    return PullFact(
        id=pull.pk,
        metric=pull.schedule.metric.key,
        metric_name=pull.schedule.metric.name,
        source=pull.source.key,
        source_name=pull.source.name,
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


def is_late(*, now: datetime) -> Q:
    """Pulls that should have been read a while ago, or were tried and are to be tried again."""
    waiting = Q(state__in=[Word(state) for state in WAITING], window_end__lt=now)
    return waiting & (Q(due_at__lt=now - LATE_AFTER) | Q(state=PullState.FAILED, due_at__lt=now, attempts__gt=1))


def is_dead() -> Q:
    """Pulls that gave up; the word stands in the statement, so that the partial index serves it."""
    return Q(state=Word(PullState.DEAD))


def has_waiting(*, now: datetime) -> Q:
    """Metrics of which a pull is late or dead; each word is served by its own partial index."""
    dead, late = (Pull.objects.filter(asked).order_by().values("schedule") for asked in (is_dead(), is_late(now=now)))
    return Q(schedule__in=dead) | Q(schedule__in=late)


def needing_attention(*, now: datetime, source: str = "", limit: int = 100) -> Attention:
    """All that is dead, and all that should have been read a while ago; of one source (a key) or of all. Four
    queries.
    """
    asked = Q(source__key=source) if source else Q()
    dead = pulls().filter(is_dead(), asked)[:limit]
    late = pulls().filter(is_late(now=now), asked).order_by("due_at", "id")[:limit]
    return Attention(tuple(map(pull_fact, dead)), tuple(map(pull_fact, late)), _waiting(now))


def _waiting(now: datetime) -> tuple[Waiting, ...]:
    """By source, the most first. Two statements, so that each is served by its own partial index."""
    names: dict[str, str] = {}
    counts: list[dict[str, int]] = []
    for asked in (is_dead(), is_late(now=now)):
        rows = Pull.objects.filter(asked).order_by().values_list("source__key", "source__name").annotate(n=Count("pk"))
        found = list(rows)
        names |= {key: name for key, name, _ in found}
        counts.append({key: count for key, _, count in found})
    dead, late = counts
    waiting = (Waiting(key, name, dead.get(key, 0), late.get(key, 0)) for key, name in names.items())
    return tuple(sorted(waiting, key=lambda each: (-each.dead - each.late, each.name)))


def count_waiting(*, now: datetime) -> int:
    """How many pulls need a person."""
    return Pull.objects.filter(is_dead()).count() + Pull.objects.filter(is_late(now=now)).count()


def tick_age(*, now: datetime) -> timedelta | None:
    """How long ago the clock ticked, None when it never did; `now` is the database's time."""
    ticked = Clock.objects.filter(name="tick").values_list("at", flat=True).first()
    return now - ticked if ticked else None


def heartbeat(*, now: datetime) -> Heartbeat:
    """The figures for health checks and metrics; `now` is the database's time."""
    age = tick_age(now=now)
    due = Pull.objects.filter(state__in=[Word(state) for state in WAITING], due_at__lte=now)
    oldest = due.aggregate(oldest=Min("due_at"))["oldest"]
    return Heartbeat(
        tick_age_seconds=age.total_seconds() if age is not None else None,
        oldest_due_seconds=(now - oldest).total_seconds() if oldest else 0.0,
        due=due.count(),
        running=Pull.objects.filter(state=Word(PullState.RUNNING)).count(),
        dead=Pull.objects.filter(is_dead()).count(),
        resting_sources=Source.objects.filter(breaker_until__gt=now).count(),
    )
