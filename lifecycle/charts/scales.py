"""From values to pixels: linear scales for amounts and for days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from math import isfinite


@dataclass(frozen=True)
class Linear:
    """A straight line from the domain ``low`` to ``high`` onto the pixels ``start`` to ``end``.

    A domain of no extent maps everything to the middle, so one single value still has a place.
    """

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The pixel of ``value``; values outside the domain go on along the line."""
        if self.high == self.low:
            return (self.start + self.end) / 2
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


@dataclass(frozen=True)
class Days:
    """A linear scale over days: ``first`` stands on the pixel ``start``, ``last`` on ``end``."""

    first: date
    last: date
    start: float
    end: float

    def __call__(self, day: date) -> float:
        """The pixel of the start of ``day``."""
        return self.ordinal(day.toordinal())

    def ordinal(self, number: float) -> float:
        """The pixel of a proleptic day number, which may have a fraction (the middle of a week)."""
        first, last = self.first.toordinal(), self.last.toordinal()
        if first == last:
            return (self.start + self.end) / 2
        return self.start + (number - first) / (last - first) * (self.end - self.start)


def number(value: object) -> float:
    """A float out of a Decimal, int, float or None; what is not a finite number counts as 0."""
    try:
        result = float(value)  # type: ignore[arg-type]  # any number type is welcome; the rest is caught
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return result if isfinite(result) else 0.0


def extent(values: Iterable[float], *, always: float = 0.0) -> tuple[float, float]:
    """Smallest and largest of ``values`` together with ``always``."""
    everything = [always, *values]
    return min(everything), max(everything)
