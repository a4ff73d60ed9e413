"""Where an axis has its marks: round numbers, and days that people count by (Mondays, months, quarters, years)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, floor, log10
from typing import Protocol

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120)
_DAY_STEPS = (1, 2, 7, 14)


def nice_step(span: float, count: int) -> float:
    """The step of 1, 2, 2.5 or 5 times a power of ten that cuts ``span`` into at most about ``count`` parts."""
    if span <= 0:
        return 1.0
    rough = span / max(count, 1)
    power = 10.0 ** floor(log10(rough))
    factor = next(step for step in (1, 2, 2.5, 5, 10) if rough / power <= step + 1e-9)
    return float(factor * power)


def nice_ticks(low: float, high: float, count: int) -> list[float]:
    """Round numbers from the last one at or below ``low`` to the first at or above ``high``, about ``count`` steps."""
    step = nice_step(high - low, count)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [index * step for index in range(first, max(last, first + 1) + 1)]


class _Word(Protocol):
    def __call__(self, day: date, *, with_year: bool) -> str: ...


@dataclass(frozen=True)
class DayTick:
    """A mark on a time axis: the day, its word, and whether the word carries the year."""

    day: date
    label: str
    major: bool


def day_ticks(first: date, last: date, count: int) -> list[DayTick]:
    """At most about ``count`` marks between two days. The first mark and each change of year carry the year."""
    span = (last - first).days
    if span <= 0:
        return [DayTick(first, _day_word(first, with_year=True), major=True)]
    if span < 31 * max(count, 2):
        days = _by_days(first, last, count)
        if span < 75 or len(days) < 2:
            return _worded(days, _day_word)
    return _worded(_by_months(first, last, count) or [first], _month_word)


def _by_days(first: date, last: date, count: int) -> list[date]:
    span = (last - first).days
    step = next((step for step in _DAY_STEPS if span / step <= count), ceil(span / max(count, 1) / 7) * 7)
    return [first + timedelta(days=offset) for offset in range(0, span + 1, step)]


def _by_months(first: date, last: date, count: int) -> list[date]:
    months = (last.year - first.year) * 12 + last.month - first.month
    step = next((step for step in _MONTH_STEPS if months / step <= count), _MONTH_STEPS[-1])
    start = first.year * 12 + first.month - 1
    start += -start % step
    days = [date(index // 12, index % 12 + 1, 1) for index in range(start, start + months + step + 1, step)]
    return [day for day in days if first <= day <= last]


def _worded(days: list[date], word: _Word) -> list[DayTick]:
    ticks: list[DayTick] = []
    year = 0
    for day in days:
        ticks.append(DayTick(day, word(day, with_year=day.year != year), major=day.year != year))
        year = day.year
    return ticks


def _day_word(day: date, *, with_year: bool) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]}" + (f" {day.year}" if with_year else "")


def _month_word(day: date, *, with_year: bool) -> str:
    return _MONTHS[day.month - 1] + (f" {day.year}" if with_year else "")
