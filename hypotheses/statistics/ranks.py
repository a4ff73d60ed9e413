"""Whether one order tells anything of another: Spearman's rank correlation, with an honest “too few to tell”."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import atanh, sqrt, tanh
from typing import Final

from hypotheses.statistics.bounds import require_finite, require_level
from hypotheses.statistics.normal import quantile

ENOUGH: Final = 10
"""Of fewer pairs no correlation is told: its interval would reach over most of what is possible."""


@dataclass(frozen=True, slots=True)
class RankCorrelation:
    """Spearman's ρ (−1 to 1) over `count` pairs, with its 1 − α interval.

    Both are None below `ENOUGH` pairs, and where one side has the same value throughout.
    """

    count: int = 0
    rho: float | None = None
    interval: tuple[float, float] | None = None

    @property
    def tells(self) -> bool:
        """Whether the interval leaves out zero: the two orders have something to do with each other."""
        return self.interval is not None and not self.interval[0] <= 0 <= self.interval[1]


def rank_correlation(pairs: Sequence[tuple[float, float]], *, alpha: float = 0.10) -> RankCorrelation:
    """ρ is Pearson's correlation of the ranks, ties at their mean rank. Raises ValueError where a number is not finite.

    The interval is Fisher's, with the standard error √((1 + ρ²/2) / (n − 3)) of Bonett and Wright (2000). At ρ = ±1 it
    begins at the next value that n ranks can have: 1 − 12 / (n (n² − 1)).
    """
    require_level(alpha, "alpha")
    for pair in pairs:
        for number in pair:
            require_finite(number, "a value")
    count = len(pairs)
    if count < ENOUGH:
        return RankCorrelation(count)
    rho = _correlation(_ranks([one for one, _ in pairs]), _ranks([other for _, other in pairs]))
    return RankCorrelation(count, rho, None if rho is None else _interval(rho, count, alpha))


def _interval(rho: float, n: int, alpha: float) -> tuple[float, float]:
    most = 1 - 12 / (n * (n * n - 1))
    middle = atanh(max(-most, min(rho, most)))
    half = -quantile(alpha / 2) * sqrt((1 + rho * rho / 2) / (n - 3))
    low, high = tanh(middle - half), tanh(middle + half)
    return min(low, rho), max(high, rho)


def _ranks(values: Sequence[float]) -> list[float]:
    """1 for the smallest; equal values share the mean of their places."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    first = 0
    while first < len(order):
        last = first
        while last + 1 < len(order) and values[order[last + 1]] == values[order[first]]:
            last += 1
        for place in range(first, last + 1):
            ranks[order[place]] = (first + last) / 2 + 1
        first = last + 1
    return ranks


def _correlation(ones: Sequence[float], others: Sequence[float]) -> float | None:
    middle = (len(ones) + 1) / 2
    both = sum((one - middle) * (other - middle) for one, other in zip(ones, others, strict=True))
    squares = [sum((rank - middle) ** 2 for rank in ranks) for ranks in (ones, others)]
    if not all(squares):
        return None
    return max(-1.0, min(both / sqrt(squares[0] * squares[1]), 1.0))
