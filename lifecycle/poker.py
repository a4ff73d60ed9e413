"""The arithmetic of scoring by poker: the scale, what points come to for one goal, and what goals come to together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from statistics import quantiles
from typing import Final

SCALE: Final = (0, 1, 2, 3, 5, 8)
"""The cards. 0: it does nothing for this goal; 8: nothing we know of does more."""
MOST: Final = SCALE[-1]
FAR: Final = 3
"""Points that lie so many cards apart, or more, are talked about."""
HUNDREDTH: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Tally:
    """What was played for one goal: how many gave points, the ends, the quartiles and the median, in points."""

    count: int
    lowest: int
    low: Decimal
    median: Decimal
    high: Decimal
    highest: int

    @property
    def far_apart(self) -> bool:
        """Whether opinions differ so much that the median hides a question."""
        return far_apart(self.lowest, self.highest)


@dataclass(frozen=True, slots=True)
class Score:
    """The weighted mean of the goals' medians, in points (0-8), with that of their lower and upper quartiles.

    `known`: the part of all weights, 0 to 1, that goals with points have; the others are left out, not taken for 0.
    """

    value: Decimal
    low: Decimal
    high: Decimal
    known: Decimal


def far_apart(lowest: int, highest: int) -> bool:
    """Whether two points lie `FAR` cards apart, or more."""
    return SCALE.index(highest) - SCALE.index(lowest) >= FAR


def tally(points: Sequence[int]) -> Tally | None:
    """What the points of one goal come to; None without any. Quartiles are inclusive: they never pass the ends.

    Raises:
        ValueError: a number that is no card.
    """
    if strange := [point for point in points if point not in SCALE]:
        raise ValueError(f"There is no card {strange[0]}.")
    if not points:
        return None
    low, middle, high = quantiles(points, n=4, method="inclusive") if len(points) > 1 else [float(points[0])] * 3
    return Tally(len(points), min(points), _points(low), _points(middle), _points(high), max(points))


def score_of(parts: Iterable[tuple[int, Decimal | None, Decimal | None, Decimal | None]]) -> Score | None:
    """Of each goal: its weight, and the median and quartiles of its points (None where nobody could say).

    None where no goal has points.
    """
    asked = list(parts)
    told = [(weight, mid, low, high) for weight, mid, low, high in asked if mid is not None]
    whole, known = sum(weight for weight, *_ in asked), sum(weight for weight, *_ in told)
    if not known:
        return None
    value, low, high = (
        _points(sum((row[0] * (row[place] or Decimal(0)) for row in told), Decimal(0)) / known) for place in (1, 2, 3)
    )
    return Score(value, low, high, _points(Decimal(known) / whole))


def contribution(*, weight: int, whole: int, median: Decimal | None) -> Decimal:
    """What one goal adds to the score: its part of the known weights, times its median."""
    return _points(weight * median / whole) if median is not None and whole else Decimal("0.00")


def _points(value: Decimal | float) -> Decimal:
    return Decimal(value).quantize(HUNDREDTH, ROUND_HALF_UP)
