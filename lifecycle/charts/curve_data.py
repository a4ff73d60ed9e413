"""What the investment curve is drawn from, and the arithmetic on it that needs no pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from features.calendar import next_start
from lifecycle.charts.diamonds import DecisionMark
from lifecycle.charts.scales import number

Amount = Decimal | float | int


@dataclass(frozen=True)
class CurvePoint:
    """One week or month: its first day, what went in and came back in it, and the totals up to its end.

    ``invested`` is None where it is not known. ``undecided`` is the part of it that was spent while a gate was due.
    ``returned`` is None where it is not known; ``returned_low`` and ``returned_high`` bound it where it was measured.
    All in the chart's unit.
    """

    start: date
    invested: Amount | None
    invested_total: Amount
    returned: Amount | None = None
    returned_total: Amount | None = None
    undecided: Amount = 0
    returned_low: Amount | None = None
    returned_high: Amount | None = None

    @property
    def net(self) -> float:
        """Returned up to here minus invested up to here."""
        return number(self.returned_total) - number(self.invested_total)


@dataclass(frozen=True)
class CurveBand:
    """A stint: its phase, its iteration (from 1), its first day, and the day after its last (None while it runs)."""

    phase: str
    iteration: int
    start: date
    end: date | None = None


@dataclass(frozen=True)
class ExposureStep:
    """From ``on`` the feature reaches ``percent`` (0 to 100) of its users."""

    on: date
    percent: float


@dataclass(frozen=True)
class Ahead:
    """The net position that the present rates would reach by a day."""

    until: date
    net: Amount


@dataclass(frozen=True)
class CurveChart:
    """Everything the investment curve shows, ``ahead`` dashed. ``unit`` is ``money`` or ``days`` (person-days).

    ``priced`` tells whether returns are known in the same unit; without it no net position is drawn.
    ``shaded_area`` is the investment up to release to all customers (so far, while ``released_on`` is None).
    ``unknown_months`` are first days of months without a maintenance entry. ``as_of`` ends the time axis.
    """

    points: tuple[CurvePoint, ...] = ()
    bands: tuple[CurveBand, ...] = ()
    decisions: tuple[DecisionMark, ...] = ()
    exposure: tuple[ExposureStep, ...] = ()
    released_on: date | None = None
    first_return_on: date | None = None
    break_even_on: date | None = None
    shaded_area: Amount = 0
    currency: str = "GBP"
    unit: str = "money"
    priced: bool = False
    unknown_months: tuple[date, ...] = ()
    interval: str = "week"
    as_of: date | None = None
    ahead: Ahead | None = None


def span(chart: CurveChart) -> tuple[date, date] | None:
    """First day and day after the last of everything the chart shows; None when it shows nothing."""
    days = [point.start for point in chart.points]
    days += [next_start(point.start, chart.interval) for point in chart.points[-1:]]
    days += [band.start for band in chart.bands] + [band.end for band in chart.bands if band.end]
    days += [decision.on for decision in chart.decisions] + [step.on for step in chart.exposure]
    if not days:
        return None
    if chart.as_of:
        days.append(chart.as_of)
    first, last = min(days), max(days)
    return first, max(last, first + timedelta(days=7))


def by_month(chart: CurveChart) -> CurveChart:
    """The same chart with its weeks added up into calendar months (a week counts where it starts)."""
    months: dict[date, list[CurvePoint]] = {}
    for point in chart.points:
        months.setdefault(point.start.replace(day=1), []).append(point)
    points = tuple(_month(start, weeks) for start, weeks in months.items())
    return replace(chart, points=points, interval="month")


def spike_ceiling(values: Sequence[float]) -> float | None:
    """Where to cut the axis when a few values tower so far over the rest that the rest could not be read.

    None when nothing has to be cut. The rule: the largest is over five times the 95th percentile of those above
    zero, and there are at least eight of them.
    """
    positive = sorted(value for value in values if value > 0)
    if len(positive) < 8:
        return None
    usual = positive[int((len(positive) - 1) * 0.95)]
    return usual * 1.5 if positive[-1] > 5 * usual else None


def _month(start: date, weeks: list[CurvePoint]) -> CurvePoint:
    last = weeks[-1]
    known = [week for week in weeks if week.returned is not None]
    measured = [week for week in known if week.returned_low is not None and week.returned_high is not None]
    bounded = bool(measured) and len(measured) == len(known)
    return CurvePoint(
        start=start,
        invested=sum(number(week.invested) for week in weeks),
        invested_total=last.invested_total,
        returned=sum(number(week.returned) for week in known) if known else None,
        returned_total=last.returned_total,
        undecided=sum(number(week.undecided) for week in weeks),
        returned_low=sum(number(week.returned_low) for week in measured) if bounded else None,
        returned_high=sum(number(week.returned_high) for week in measured) if bounded else None,
    )
