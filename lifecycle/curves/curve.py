"""The investment curve of one feature: what went in and came back by week or month, and what that amounts to."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from features.calendar import start_of, starts_between
from lifecycle.curves.forecast import Forecast, forecast
from lifecycle.curves.ledger import NOTHING, Day, Days, total, without_returns
from lifecycle.curves.marks import Band, Exposure, Mark
from lifecycle.curves.upkeep import unknown_months

CENT: Final = Decimal("0.01")
MILLI: Final = Decimal("0.001")
FACTOR: Final = Decimal("0.0001")
RETURN_MAP: Final = ("days_to_first_return", "days_to_break_even", "days_to_break_even_after_release")
"""The times of HP's Return Map (House and Price, 1991), in days."""


@dataclass(frozen=True, slots=True)
class Point:
    """One week or month from `start` on: what went in and came back in it, and the totals up to its end.

    Investment is in the curve's `unit`, returns are money. `invested` is None in a stretch without entries of a
    shipped feature's unknown month (unknown, never zero); the totals go on without it. `returned` and
    `returned_total` are None while no return is recorded at all. `undecided` is the part of `invested` that was spent
    while a gate was waiting for its answer. `*_days` are person-days that carry no money; they are never part of a
    sum of money.
    """

    start: date
    invested: Decimal | None
    invested_total: Decimal
    returned: Decimal | None
    returned_total: Decimal | None
    undecided: Decimal
    invested_days: Decimal
    invested_days_total: Decimal
    undecided_days: Decimal
    returned_low: Decimal | None = None
    returned_high: Decimal | None = None

    @property
    def known(self) -> bool:
        """Whether the stretch is accounted for."""
        return self.invested is not None

    def as_json(self) -> dict[str, Any]:
        """The point as the API gives it: days as ISO text, amounts as decimal text, unknown as null."""
        names = [name for name in self.__slots__ if name != "start"]
        return {
            "start": self.start.isoformat(),
            **{name: _text(getattr(self, name)) for name in names},
            "known": self.known,
        }


@dataclass(frozen=True, slots=True)
class Curve:
    """What one feature (with its tweaks) cost and earned.

    `unit` is that of investment: `money` (in `currency`), or `days` when nothing carries money (person-days); returns
    are always money. `shaded_area` is all investment up to and on the day of release to all, or so far while there is
    none. Nothing is earned before release: what was recorded as earned earlier stands in `early_returns` and counts
    nowhere else. `priced`: returns and the whole investment are known in money; without it `break_even_on` and
    `return_factor` are None. `unknown_months` are first days of months of a shipped feature without any entry.
    """

    interval: str
    unit: str
    currency: str
    as_of: date
    points: tuple[Point, ...] = ()
    bands: tuple[Band, ...] = ()
    decisions: tuple[Mark, ...] = ()
    exposure: tuple[Exposure, ...] = ()
    released_on: date | None = None
    shaded_area: Decimal = NOTHING
    shaded_days: Decimal = NOTHING
    first_return_on: date | None = None
    break_even_on: date | None = None
    return_factor: Decimal | None = None
    priced: bool = False
    unknown_months: tuple[date, ...] = ()
    invested_total: Decimal = NOTHING
    invested_days_total: Decimal = NOTHING
    returned_total: Decimal | None = None
    undecided_total: Decimal = NOTHING
    early_returns: Decimal = NOTHING
    forecast: Forecast | None = None

    @property
    def days_to_first_return(self) -> int | None:
        """From the release to the first return."""
        return _days(self.released_on, self.first_return_on)

    @property
    def days_to_break_even(self) -> int | None:
        """From the first investment to break-even: House and Price's break-even time."""
        began = next((point.start for point in self.points if point.invested), None)
        return _days(began, self.break_even_on)

    @property
    def days_to_break_even_after_release(self) -> int | None:
        """From the release to break-even."""
        return _days(self.released_on, self.break_even_on)

    def as_json(self) -> dict[str, Any]:
        """The curve as the API gives it: days as ISO text, amounts as decimal text."""
        plain = ("interval", "unit", "currency", "priced")
        parts = {"points", "bands", "decisions", "exposure", "forecast"}
        texts = [name for name in self.__slots__ if name not in {*plain, *parts}]
        return {
            **{name: getattr(self, name) for name in plain},
            **{name: _text(getattr(self, name)) for name in texts},
            **{
                name: [part.as_json() for part in getattr(self, name)]
                for name in ("points", "bands", "decisions", "exposure")
            },
            **{name: getattr(self, name) for name in RETURN_MAP},
            "forecast": self.forecast.as_json() if self.forecast else None,
        }


@dataclass(frozen=True, slots=True)
class Life:
    """What a curve is drawn from: what went in and came back, and the course of the feature that it is laid on.

    `days` may hold whole cells under their first day, but for the cell of the release, which has to be told by day.
    `closer` then gives the days of a cell, where a figure is exact to the day.
    """

    as_of: date
    days: Days = field(default_factory=dict)
    bands: tuple[Band, ...] = ()
    decisions: tuple[Mark, ...] = ()
    exposure: tuple[Exposure, ...] = ()
    released_on: date | None = None
    ended_on: date | None = None
    currency: str = "EUR"
    closer: Callable[[date], Days] = field(default=lambda _: {}, repr=False)
    early: Decimal = field(init=False)
    all: Day = field(init=False)

    def __post_init__(self) -> None:
        early = [day for day in self.days if self._is_early(day)]
        object.__setattr__(self, "early", sum((self.days[day].returned for day in early), start=NOTHING))
        counting = self.days | {day: without_returns(self.days[day]) for day in early}
        object.__setattr__(self, "days", counting)
        object.__setattr__(self, "all", total(counting.values()))

    @property
    def unit(self) -> str:
        """Money as soon as one entry carries it."""
        return "days" if self.all.entries and self.all.unpriced == self.all.entries else "money"

    @property
    def earns(self) -> bool:
        """Whether any return counts."""
        return self.all.returns > 0

    @property
    def priced(self) -> bool:
        """Whether returns and the whole investment are known in money."""
        return self.earns and not self.all.unpriced

    def by_day(self, day: date) -> Days:
        """The days of the cell that stands under a day, oldest first; a day that stands for itself gives itself."""
        found = self.closer(day) or {day: self.days[day]}
        return {on: without_returns(sums) if self._is_early(on) else sums for on, sums in found.items()}

    def _is_early(self, day: date) -> bool:
        return self.released_on is None or day < self.released_on


def draw(life: Life, *, interval: str = "week") -> Curve:
    """The curve of a life, by week or month. The same for any order of the entries and any splitting of them."""
    sums, shaded = life.all, total(_up_to(life.days, life.released_on))
    unknown = unknown_months(
        released_on=life.released_on,
        entry_days=[day for day, sums in life.days.items() if sums.entries],
        until=life.as_of,
        ended_on=life.ended_on,
    )
    money = life.unit == "money"
    return Curve(
        interval=interval,
        unit=life.unit,
        currency=life.currency,
        as_of=life.as_of,
        points=_points(life, interval, frozenset(unknown)),
        bands=life.bands,
        decisions=life.decisions,
        exposure=life.exposure,
        released_on=life.released_on,
        shaded_area=_in_unit(shaded.money, shaded.days, money=money),
        shaded_days=shaded.days.quantize(MILLI),
        first_return_on=first_return_on(life),
        break_even_on=break_even_on(life) if life.priced else None,
        return_factor=(sums.returned / sums.money).quantize(FACTOR) if life.priced and sums.money else None,
        priced=life.priced,
        unknown_months=unknown,
        invested_total=_in_unit(sums.money, sums.days, money=money),
        invested_days_total=sums.days.quantize(MILLI),
        returned_total=sums.returned.quantize(CENT) if life.earns else None,
        undecided_total=_in_unit(sums.undecided, sums.undecided_days, money=money),
        early_returns=life.early.quantize(CENT),
        forecast=_forecast(life),
    )


def _forecast(life: Life) -> Forecast | None:
    """Only where returns and costs are money, for what is released and still there."""
    if not life.priced or life.released_on is None or life.ended_on is not None:
        return None
    return forecast(days=life.days, released_on=life.released_on, as_of=life.as_of)


def _days(first: date | None, last: date | None) -> int | None:
    return (last - first).days if first is not None and last is not None else None


def first_return_on(life: Life) -> date | None:
    """The first day that brought more than nothing."""
    for day, sums in life.days.items():
        if sums.gained > 0:
            found = next((near for near, one in life.by_day(day).items() if one.returned > 0), None)
            if found is not None:
                return found
    return None


def break_even_on(life: Life) -> date | None:
    """The first day at whose end all that came back reaches all that went in, after it has been less.

    Only cells in which it can lie are looked at by day: those that gain enough to reach it from below, or that may fall
    below and rise again. All others are added as they are, however many there are.
    """
    below, net = False, NOTHING
    for start, sums in life.days.items():
        highest, lowest = net + sums.gained, net + sums.returned - sums.gained - sums.money
        if not sums.gained or highest < 0 or not (below or lowest < 0):
            net += sums.returned - sums.money
            below = below or net < 0
            continue
        for day, one in life.by_day(start).items():
            net += one.returned - one.money
            if net < 0:
                below = True
            elif below:
                return day
    return None


def _points(life: Life, interval: str, unknown: frozenset[date]) -> tuple[Point, ...]:
    first, last = _span(life)
    if first is None:
        return ()
    stretches: Days = {}
    for day, sums in life.days.items():
        start = start_of(day, interval)
        stretches[start] = stretches.get(start, Day()) + sums
    points, so_far = [], Day()
    for start in starts_between(first, last, interval):
        here = stretches.get(start, Day())
        so_far += here
        silent = not here.entries and start_of(start, "month") in unknown
        points.append(_point(life, start, (here, so_far), silent=silent))
    return tuple(points)


def _point(life: Life, start: date, sums: tuple[Day, Day], *, silent: bool) -> Point:
    here, so_far = sums
    money = life.unit == "money"
    bounded = life.all.bounded > 0
    return Point(
        start=start,
        invested=None if silent else _in_unit(here.money, here.days, money=money),
        invested_total=_in_unit(so_far.money, so_far.days, money=money),
        returned=here.returned.quantize(CENT) if life.earns else None,
        returned_total=so_far.returned.quantize(CENT) if life.earns else None,
        undecided=_in_unit(here.undecided, here.undecided_days, money=money),
        invested_days=here.days.quantize(MILLI),
        invested_days_total=so_far.days.quantize(MILLI),
        undecided_days=here.undecided_days.quantize(MILLI),
        returned_low=here.low.quantize(CENT) if bounded else None,
        returned_high=here.high.quantize(CENT) if bounded else None,
    )


def _span(life: Life) -> tuple[date | None, date]:
    """The first day of anything, and the last: the day of looking or of the end, or the last entry if that is later."""
    begun = [*life.days, *(band.start for band in life.bands), *(mark.on for mark in life.decisions)]
    last = min(life.as_of, life.ended_on or life.as_of)
    return (min(begun) if begun else None), max([last, *life.days])


def _up_to(days: Days, released_on: date | None) -> Iterable[Day]:
    return [sums for day, sums in days.items() if released_on is None or day <= released_on]


def _in_unit(amount: Decimal, days: Decimal, *, money: bool) -> Decimal:
    return amount.quantize(CENT) if money else days.quantize(MILLI)


def _text(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return [_text(one) for one in value] if isinstance(value, tuple) else value
