"""Promise against delivery: what was promised at gates, held against what was measured after full release."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from hypotheses.statistics.bounds import require_finite, require_level
from hypotheses.statistics.normal import quantile
from hypotheses.statistics.student import reach

Ends = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Pair:
    """One promise with its interval, and what was delivered: in the good direction and in one unit for all pairs.

    Effects on different metrics share a unit when each is divided by its own minimum effect.
    """

    promised: float
    low: float
    high: float
    delivered: float

    @property
    def difference(self) -> float:
        """Delivered − promised: below 0, too much was promised."""
        return self.delivered - self.promised

    @property
    def within(self) -> bool:
        """Whether the promised interval contains what was delivered."""
        return self.low <= self.delivered <= self.high


@dataclass(frozen=True, slots=True)
class Calibration:
    """How promises came out, over `count` pairs; intervals at 1 − α.

    bias: the mean of delivered − promised. shrinkage: the slope of the line through the origin, which is the part of
    the promised effect that arrived; None where nothing but zeros was promised. covered: how many promised intervals
    contain what was delivered. With no pair all is None; with one pair, bias and shrinkage have no interval.
    """

    count: int = 0
    bias: float | None = None
    bias_interval: Ends | None = None
    shrinkage: float | None = None
    shrinkage_interval: Ends | None = None
    covered: int = 0
    coverage: float | None = None
    coverage_interval: Ends | None = None


def calibration(pairs: Sequence[Pair], *, alpha: float = 0.10) -> Calibration:
    """Bias, shrinkage and coverage of promises. Raises ValueError for numbers that are not finite.

    The intervals of bias and shrinkage are Student's, so pairs have to be independent: one for each feature. That of
    the coverage is Wilson's (1927), which stays within 0-1 and says something at 0 of n and n of n too.
    """
    require_level(alpha, "alpha")
    for pair in pairs:
        for number in (pair.promised, pair.low, pair.high, pair.delivered):
            require_finite(number, "an effect")
    if not pairs:
        return Calibration()
    bias, bias_interval = _bias(pairs, alpha)
    shrinkage, shrinkage_interval = _shrinkage(pairs, alpha)
    covered = sum(pair.within for pair in pairs)
    return Calibration(
        count=len(pairs),
        bias=bias,
        bias_interval=bias_interval,
        shrinkage=shrinkage,
        shrinkage_interval=shrinkage_interval,
        covered=covered,
        coverage=covered / len(pairs),
        coverage_interval=wilson(covered, len(pairs), alpha),
    )


def _bias(pairs: Sequence[Pair], alpha: float) -> tuple[float, Ends | None]:
    n = len(pairs)
    mean = sum(pair.difference for pair in pairs) / n
    if n == 1:
        return mean, None
    spread = sum((pair.difference - mean) ** 2 for pair in pairs) / (n - 1)
    return mean, _around(mean, spread / n, n - 1, alpha)


def _shrinkage(pairs: Sequence[Pair], alpha: float) -> tuple[float | None, Ends | None]:
    """By least squares delivered = b · promised: b = Σ p d / Σ p², its variance Σ (d − b p)² / (n − 1) / Σ p²."""
    n, squares = len(pairs), sum(pair.promised**2 for pair in pairs)
    if not squares:
        return None, None
    slope = sum(pair.promised * pair.delivered for pair in pairs) / squares
    if n == 1:
        return slope, None
    rest = sum((pair.delivered - slope * pair.promised) ** 2 for pair in pairs) / (n - 1)
    return slope, _around(slope, rest / squares, n - 1, alpha)


def _around(middle: float, variance: float, freedom: int, alpha: float) -> Ends:
    half = reach(alpha, freedom) * sqrt(variance)
    return middle - half, middle + half


def wilson(successes: int, n: int, alpha: float) -> Ends:
    """The 1 − α score interval of a share, n ≥ 1."""
    z = -quantile(alpha / 2)
    share, weight = successes / n, z * z / n
    middle = (share + weight / 2) / (1 + weight)
    half = sqrt(share * (1 - share) * weight + weight * weight / 4) / (1 + weight)
    return max(middle - half, 0.0), min(middle + half, 1.0)
