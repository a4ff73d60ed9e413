"""What went in and what came back, added up by day so that neither order nor splitting of entries matters."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final

NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Spend:
    """One entry of investment on one day: money (in the house's currency), person-days, or both.

    Days that carry money count as that money; days without it are added up apart, as days. `undecided`: spent while
    the gate of its stint was waiting for its answer.
    """

    on: date
    amount: Decimal | None = None
    days: Decimal | None = None
    undecided: bool = False


@dataclass(frozen=True, slots=True)
class Earning:
    """What came back on one day, in the house's currency; `low` and `high` bound a measured return."""

    on: date
    amount: Decimal
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """The sums of one day, or of a cell of days (`features.calendar`).

    `days` are person-days that carry no money. `entries` tells a day without any entry of investment from one whose
    entries are zero, and `unpriced` how many of them carry no money; `returns` counts entries of return, `bounded`
    those with an interval. `gained` is the sum of the returns above zero: the most that may have come in by any day.
    """

    money: Decimal = NOTHING
    days: Decimal = NOTHING
    undecided: Decimal = NOTHING
    undecided_days: Decimal = NOTHING
    returned: Decimal = NOTHING
    low: Decimal = NOTHING
    high: Decimal = NOTHING
    gained: Decimal = NOTHING
    entries: int = 0
    unpriced: int = 0
    returns: int = 0
    bounded: int = 0

    def __add__(self, other: "Day") -> "Day":
        """The sums of both."""
        return Day(
            self.money + other.money,
            self.days + other.days,
            self.undecided + other.undecided,
            self.undecided_days + other.undecided_days,
            self.returned + other.returned,
            self.low + other.low,
            self.high + other.high,
            self.gained + other.gained,
            self.entries + other.entries,
            self.unpriced + other.unpriced,
            self.returns + other.returns,
            self.bounded + other.bounded,
        )


_ALL: Final = attrgetter(*Day.__slots__)

Days = dict[date, Day]
"""Sums by day, oldest first. A cell stands under its first day."""


def by_day(spends: Iterable[Spend], earnings: Iterable[Earning]) -> Days:
    """The sums of each day on which anything is recorded, oldest day first."""
    days: Days = {}
    for spend in spends:
        days[spend.on] = days.get(spend.on, Day()) + _spent(spend)
    for earning in earnings:
        days[earning.on] = days.get(earning.on, Day()) + _earned(earning)
    return dict(sorted(days.items()))


def total(days: Iterable[Day]) -> Day:
    """The sums of several days."""
    columns: Iterable[Any] = zip(*map(_ALL, days), strict=True)
    sums: Iterable[Any] = map(sum, columns)
    return Day(*sums)


def without_returns(day: Day) -> Day:
    """The same day with nothing earned: what holds before the release."""
    if not day.returns:
        return day
    return replace(day, returned=NOTHING, low=NOTHING, high=NOTHING, gained=NOTHING, returns=0, bounded=0)


def _spent(spend: Spend) -> Day:
    money = spend.amount or NOTHING
    days = NOTHING if spend.amount is not None else spend.days or NOTHING
    held = (money, days) if spend.undecided else (NOTHING, NOTHING)
    return Day(money, days, *held, entries=1, unpriced=int(spend.amount is None))


def _earned(earning: Earning) -> Day:
    low = earning.amount if earning.low is None else earning.low
    high = earning.amount if earning.high is None else earning.high
    gained = max(earning.amount, NOTHING)
    bounded = int(earning.low is not None)
    return Day(returned=earning.amount, low=low, high=high, gained=gained, returns=1, bounded=bounded)
