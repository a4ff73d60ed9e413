"""How features move: days in each phase, how many enter and leave it, and how its gates are answered."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, Q
from django.utils import timezone

from features.enums import Phase, Status
from features.models import Feature, Stint
from lifecycle.curves.spread import Spread, spread
from lifecycle.enums import Outcome
from lifecycle.models import Decision
from lifecycle.queries.portfolio.scope import Period, Scope, start_within

SECONDS_A_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class TimeInPhase:
    """Days in one phase, of visits that ended in the period: from coming in to leaving, all iterations and steps.

    `stints` are the single stays that ended in it. `running` visits have not ended, and count in neither.
    """

    phase: str
    visits: Spread | None
    stints: Spread | None
    running: int


@dataclass(frozen=True, slots=True)
class Flow:
    """One quarter: how many features came into each phase, and how many left it (phases in their order).

    `ended` were gone for good, `landed` became part of their parents.
    """

    quarter: date
    entered: tuple[int, ...]
    left: tuple[int, ...]
    ended: int
    landed: int


@dataclass(frozen=True, slots=True)
class Answers:
    """How the gates of one phase were answered; `imported` of them stood in a history that was imported."""

    phase: str
    iterate: int
    kill: int
    advance: int
    imported: int

    @property
    def count(self) -> int:
        """How many decisions there were."""
        return self.iterate + self.kill + self.advance

    def rate(self, outcome: str) -> Decimal | None:
        """The share of one answer; None where nothing was decided."""
        return Decimal(getattr(self, outcome)) / self.count if self.count else None


@dataclass(frozen=True, slots=True)
class Pace:
    """How features moved in a period."""

    times: tuple[TimeInPhase, ...]
    flows: tuple[Flow, ...]
    answers: tuple[Answers, ...]


@dataclass(slots=True)
class _Visit:
    """One uninterrupted time in one phase."""

    phase: str
    began: datetime
    ended: datetime | None


def pace(*, period: Period, scope: Scope | None = None) -> Pace:
    """Time in phase, flow and answers of a period; tweaks count like features. Four queries."""
    narrowed = scope or Scope()
    stays = list(_stays(period, narrowed))
    visits = list(_visits(stays))
    ends = list(_ends(period, narrowed))
    times = _times(visits, stays, period, _running(narrowed))
    return Pace(times, _flows(visits, ends, period), answers(period=period, scope=narrowed))


def answers(*, period: Period | None = None, scope: Scope | None = None) -> tuple[Answers, ...]:
    """How the gates of each phase were answered in a period (None: of all time). One query."""
    rows = Decision.objects.filter((scope or Scope()).of("feature__squad"))
    if period is not None:
        begins, over = period.moments
        rows = rows.filter(at__gte=begins, at__lt=over)
    counts = {str(outcome): Count("pk", filter=Q(outcome=outcome)) for outcome in Outcome}
    told = Count("pk", filter=Q(imported=True))
    found: dict[str, Any] = {row["phase"]: row for row in rows.order_by().values("phase").annotate(**counts, told=told)}
    return tuple(_answers(str(phase), found.get(phase, {})) for phase in Phase)


def _answers(phase: str, row: Mapping[str, Any]) -> Answers:
    iterate, kill, advance, told = (row.get(name, 0) for name in (*map(str, Outcome), "told"))
    return Answers(phase, iterate, kill, advance, told)


_Stay = tuple[int, str, datetime, datetime | None]


def _stays(period: Period, scope: Scope) -> Iterable[_Stay]:
    """The stays of features that moved in the period, by feature, in their order."""
    begins, over = period.moments
    moved = Stint.objects.filter(
        Q(ended_at__gte=begins, ended_at__lt=over) | Q(started_at__gte=begins, started_at__lt=over)
    )
    rows = Stint.objects.filter(scope.of("feature__squad"), feature__in=moved.values("feature"))
    return rows.order_by("feature_id", "number").values_list("feature_id", "phase", "started_at", "ended_at")


def _visits(stays: Iterable[_Stay]) -> Iterator[_Visit]:
    feature, visit = 0, None
    for of, phase, began, ended in stays:
        if visit is not None and of == feature and visit.phase == phase:
            visit.ended = ended
            continue
        if visit is not None:
            yield visit
        feature, visit = of, _Visit(phase, began, ended)
    if visit is not None:
        yield visit


def _ends(period: Period, scope: Scope) -> Iterable[Any]:
    rows = Feature.objects.filter(scope.of("squad"), ended_on__range=(period.first, period.last))
    return rows.order_by().values_list("status", "ended_on")


def _running(scope: Scope) -> Counter[str]:
    rows = Feature.objects.filter(scope.of("squad"), status=Status.ACTIVE).order_by()
    return Counter(dict(rows.values_list("phase").annotate(many=Count("pk"))))


def _times(
    visits: list[_Visit], stays: list[_Stay], period: Period, running: Mapping[str, int]
) -> tuple[TimeInPhase, ...]:
    begins, over = period.moments
    whole: dict[str, list[Decimal]] = {str(phase): [] for phase in Phase}
    single: dict[str, list[Decimal]] = {str(phase): [] for phase in Phase}
    for visit in visits:
        if visit.ended and begins <= visit.ended < over:
            whole[visit.phase].append(_days(visit.began, visit.ended))
    for _, phase, start, end in stays:
        if end and begins <= end < over:
            single[phase].append(_days(start, end))
    return tuple(
        TimeInPhase(phase, spread(values), spread(single[phase]), running.get(phase, 0))
        for phase, values in whole.items()
    )


def _flows(visits: list[_Visit], ends: list[tuple[str, date]], period: Period) -> tuple[Flow, ...]:
    quarters = list(dict.fromkeys(start_within(month, "quarter") for month in period.months))
    entered = {quarter: dict.fromkeys(map(str, Phase), 0) for quarter in quarters}
    left = {quarter: dict.fromkeys(map(str, Phase), 0) for quarter in quarters}
    begins, over = period.moments
    for visit in visits:
        for counts, at in ((entered, visit.began), (left, visit.ended)):
            if at is not None and begins <= at < over:
                counts[start_within(timezone.localdate(at), "quarter")][visit.phase] += 1
    gone = [(status, start_within(on, "quarter")) for status, on in ends]
    return tuple(
        Flow(
            quarter,
            tuple(entered[quarter].values()),
            tuple(left[quarter].values()),
            ended=gone.count((Status.ENDED, quarter)),
            landed=gone.count((Status.LANDED, quarter)),
        )
        for quarter in quarters
    )


def _days(start: datetime, end: datetime) -> Decimal:
    return Decimal(round((end - start).total_seconds() / SECONDS_A_DAY * 10)).scaleb(-1)
