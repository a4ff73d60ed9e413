"""What was invested over time, stacked by phase, squad, tribe or category; and one period held against another."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Sum

from features.enums import Category, Phase
from features.errors import wrong
from features.models import MonthCost
from lifecycle.queries.portfolio.amounts import SUMS, Amount, total
from lifecycle.queries.portfolio.scope import Period, Scope, start_within

BY: Final[Mapping[str, tuple[str, str]]] = {
    "phase": ("phase", "phase"),
    "squad": ("squad__slug", "squad__name"),
    "tribe": ("squad__tribe__slug", "squad__tribe__name"),
    "category": ("category", "category"),
}
"""What investment is stacked by, with the columns of its key and its name."""
INTERVALS: Final = ("month", "quarter")
NONE: Final = Amount()
OUTSIDE: Final = "Outside of any phase"
_WORDS: Final = {"": OUTSIDE, **{str(word): word.label for word in (*Phase, *Category)}}
_ORDER: Final = {str(word): place for words in (Phase, Category) for place, word in enumerate(words)}


@dataclass(frozen=True, slots=True)
class Series:
    """One layer: its key, its name, and what was spent in each month or quarter of the stack."""

    key: str
    name: str
    amounts: tuple[Amount, ...]

    @property
    def total(self) -> Amount:
        """What was spent in all."""
        return total(self.amounts)


@dataclass(frozen=True, slots=True)
class Stack:
    """Investment over a period. `starts` are the first days of its months or quarters; a quarter that the period cuts
    holds the months inside only. Layers by phase and category stand in their order, squads and tribes largest first.
    """

    by: str
    interval: str
    period: Period
    starts: tuple[date, ...]
    series: tuple[Series, ...]

    @property
    def total(self) -> Amount:
        """What was spent in all."""
        return total(one.total for one in self.series)

    @property
    def unit(self) -> str:
        """`money` as soon as any is there, else `days`."""
        return self.total.unit

    @property
    def totals(self) -> tuple[Amount, ...]:
        """What was spent in each month or quarter."""
        columns = zip(*(one.amounts for one in self.series), strict=True)
        return tuple(total(column) for column in columns) or (Amount(),) * len(self.starts)


@dataclass(frozen=True, slots=True)
class Compared:
    """One layer in two periods."""

    key: str
    name: str
    now: Amount
    before: Amount

    @property
    def difference(self) -> Amount:
        """How much more was spent now."""
        return self.now - self.before


@dataclass(frozen=True, slots=True)
class Comparison:
    """One period held against another, layer by layer and in all."""

    period: Period
    before: Period
    layers: tuple[Compared, ...]
    whole: Compared


def invested(*, period: Period, by: str = "phase", interval: str = "month", scope: Scope | None = None) -> Stack:
    """What was invested in each month or quarter of a period. One query, whatever the number of entries.

    A feature that changes hands takes its past with it: a squad's money is what its features of today cost.

    Raises:
        BadInput: another `by` or `interval`.
    """
    _require(by, interval)
    starts = {month: start_within(month, interval) for month in period.months}
    places = {start: place for place, start in enumerate(dict.fromkeys(starts.values()))}
    columns = {month: places[start] for month, start in starts.items()}
    found: dict[str, list[Amount]] = {}
    names: dict[str, str] = {}
    for key, name, month, amount in _rows(period, by, scope or Scope()):
        if key not in found:
            names[key] = _WORDS.get(name, name) if by in {"phase", "category"} else name
            found[key] = [NONE] * len(places)
        amounts, place = found[key], columns[month]
        amounts[place] = amount if amounts[place] is NONE else amounts[place] + amount
    layers = [Series(key, names[key], tuple(amounts)) for key, amounts in found.items()]
    shown = [layer for layer in layers if layer.total.entries]
    return Stack(by, interval, period, tuple(places), tuple(_in_order(shown, by)))


def compared(now: Stack, before: Stack) -> Comparison:
    """Two periods side by side, in the order of the first; what only the second has comes last."""
    earlier = {one.key: one for one in before.series}
    layers = [Compared(one.key, one.name, one.total, _total(earlier.pop(one.key, None))) for one in now.series]
    layers += [Compared(one.key, one.name, Amount(), one.total) for one in earlier.values()]
    whole = Compared("", "All", now.total, before.total)
    return Comparison(now.period, before.period, tuple(layers), whole)


def _require(by: str, interval: str) -> None:
    if by not in BY:
        raise wrong("by", f"It is stacked by one of {', '.join(BY)}.", code="invalid_choice")
    if interval not in INTERVALS:
        raise wrong("interval", "The interval is month or quarter.", code="invalid_choice")


def _rows(period: Period, by: str, scope: Scope) -> Iterator[tuple[str, str, date, Amount]]:
    """Key, name, month and what was spent."""
    key, name = BY[by]
    rows = MonthCost.objects.filter(scope.of("squad"), month__range=(period.first, period.last)).order_by()
    grouped = rows.values_list(*dict.fromkeys((key, name)), "month").annotate(*(Sum(column) for column in SUMS))
    for *names, month, money, days, worked, entries, unpriced in grouped:
        yield names[0], names[-1], month, Amount(money, days, worked, entries, unpriced)


def _in_order(layers: Iterable[Series], by: str) -> list[Series]:
    if by in {"phase", "category"}:
        return sorted(layers, key=lambda one: _ORDER.get(one.key, len(_ORDER)))
    return sorted(layers, key=lambda one: (-one.total.money, -one.total.days, one.key))


def _total(layer: Series | None) -> Amount:
    return layer.total if layer else Amount()
