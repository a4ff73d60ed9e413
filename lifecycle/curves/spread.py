"""How many numbers lie: their quartiles, a histogram with round edges, and the line through monthly shares."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from math import ceil, floor, log10, sqrt
from typing import Final

BINS: Final = 8
"""About so many bars a histogram has."""
FEWEST_MONTHS: Final = 6
"""Below so many months a drift is not told from chance."""
CLEAR: Final = 2.0
"""A slope is clear when it is so many of its standard errors away from zero."""


@dataclass(frozen=True, slots=True)
class Spread:
    """`count` numbers: the smallest, the quartiles with the median, the largest, and the sum."""

    count: int
    low: Decimal
    lower: Decimal
    median: Decimal
    upper: Decimal
    high: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class Bin:
    """How many numbers lie from `low` up to `high`; the upper edge belongs to the next bin, except in the last."""

    low: Decimal
    high: Decimal
    count: int


@dataclass(frozen=True, slots=True)
class Drift:
    """The straight line through monthly shares: its slope a month, and its standard error (None: too few months)."""

    months: int
    slope: float
    error: float | None

    @property
    def clear(self) -> bool:
        """Whether the slope is told from chance."""
        return self.error is not None and abs(self.slope) > CLEAR * self.error


def quantile(ordered: Sequence[Decimal], share: Decimal) -> Decimal:
    """The number below which this share lies, straight between neighbours (type 7 of Hyndman and Fan, 1996).

    `ordered` is sorted and not empty; `share` is from 0 to 1.
    """
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def spread(values: Sequence[Decimal]) -> Spread | None:
    """How the numbers lie; None without any."""
    if not values:
        return None
    ordered = sorted(values)
    lower, median, upper = (quantile(ordered, Decimal(quarter) / 4) for quarter in (1, 2, 3))
    return Spread(len(ordered), ordered[0], lower, median, upper, ordered[-1], sum(ordered, Decimal(0)))


def histogram(values: Sequence[Decimal], bins: int = BINS) -> tuple[Bin, ...]:
    """The numbers in bins of one round width (1, 2 or 5 times a power of ten), from the first to the last."""
    if not values:
        return ()
    low, high = min(values), max(values)
    width = _round_width((high - low) / bins) if high > low else _round_width(max(abs(high), Decimal(1)) / bins)
    first = floor(low / width)
    last = max(first + 1, ceil(high / width))
    counts = [0] * (last - first)
    for value in values:
        counts[min(floor(value / width) - first, len(counts) - 1)] += 1
    edges = [width * place for place in range(first, last + 1)]
    return tuple(Bin(*ends, count) for ends, count in zip(pairwise(edges), counts, strict=True))


def drift(shares: Sequence[float | None]) -> Drift | None:
    """The least-squares line through shares a month apart; months that are not known (None) keep their place.

    None below two known months.
    """
    points = [(float(place), share) for place, share in enumerate(shares) if share is not None]
    count = len(points)
    if count < 2:  # noqa: PLR2004 (a line needs two points)
        return None
    middle = sum(x for x, _ in points) / count
    mean = sum(y for _, y in points) / count
    across = sum((x - middle) ** 2 for x, _ in points)
    slope = sum((x - middle) * (y - mean) for x, y in points) / across
    if count < FEWEST_MONTHS:
        return Drift(count, slope, None)
    left = sum((y - mean - slope * (x - middle)) ** 2 for x, y in points)
    return Drift(count, slope, sqrt(left / (count - 2) / across))


def _round_width(rough: Decimal) -> Decimal:
    """The next round number at or above."""
    power = Decimal(10) ** floor(log10(rough))
    return next(power * step for step in (1, 2, 5, 10) if power * step >= rough)
