"""What went in and what came back, added up by day so that neither order nor splitting of entries matters."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

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
    """The sums of one day. `entries` tells a day without any entry of investment from one whose entries are zero."""

    money: Decimal = NOTHING
    days: Decimal = NOTHING
    undecided_money: Decimal = NOTHING
    undecided_days: Decimal = NOTHING
    returned: Decimal = NOTHING
    low: Decimal = NOTHING
    high: Decimal = NOTHING
    entries: int = 0

    def __add__(self, other: "Day") -> "Day":
        """The sums of both."""
        return Day(
            self.money + other.money,
            self.days + other.days,
            self.undecided_money + other.undecided_money,
            self.undecided_days + other.undecided_days,
            self.returned + other.returned,
            self.low + other.low,
            self.high + other.high,
            self.entries + other.entries,
        )


def by_day(spends: Iterable[Spend], earnings: Iterable[Earning]) -> dict[date, Day]:
    """The sums of each day on which anything is recorded, oldest day first."""
    days: dict[date, Day] = {}
    for spend in spends:
        days[spend.on] = days.get(spend.on, Day()) + _spent(spend)
    for earning in earnings:
        days[earning.on] = days.get(earning.on, Day()) + _earned(earning)
    return dict(sorted(days.items()))


def total(days: Iterable[Day]) -> Day:
    """The sums of several days."""
    return sum(days, start=Day())


def without_returns(day: Day) -> Day:
    """The same day with nothing earned: what holds before the release."""
    return replace(day, returned=NOTHING, low=NOTHING, high=NOTHING)


def _spent(spend: Spend) -> Day:
    money = spend.amount or NOTHING
    days = NOTHING if spend.amount is not None else spend.days or NOTHING
    held = (money, days) if spend.undecided else (NOTHING, NOTHING)
    return Day(money, days, *held, entries=1)


def _earned(earning: Earning) -> Day:
    low = earning.amount if earning.low is None else earning.low
    high = earning.amount if earning.high is None else earning.high
    return Day(returned=earning.amount, low=low, high=high)
