"""What is known of one arm: count, mean and sample variance, never raw rows and never float sums of squares.

Sums of squares in floats cancel catastrophically (mean 1e9, variance 4 leaves no digit right), so sums are taken as
exact numbers and turned into a mean and a variance before the first rounding.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Self, TypeAlias

from hypotheses.statistics.bounds import require_count, require_finite, require_variance

Exact: TypeAlias = str | int | Decimal | Fraction
"""A number without rounding: decimal string, whole number, Decimal or Fraction ("22/7" is understood)."""

LONGEST_NUMBER = 400
"""Digits, and power of ten, up to which an exact number is accepted; beyond it no float could hold the result."""


@dataclass(frozen=True, slots=True)
class ArmStats:
    """The sufficient statistics of one metric in one arm of one stage.

    n: matured units, a whole number ≥ 0. mean: in the metric's unit. var: sample variance (ddof 1), unit squared; for
    n ≤ 1 it is 0. An arm with n = 0 says nothing: its mean and variance are 0 by convention and never read.
    Raises ValueError, with a sentence, for a count that is not whole, and for negative, infinite or undefined numbers.
    """

    n: float
    mean: float
    var: float

    def __post_init__(self) -> None:
        require_count(self.n, "the number of units")
        require_finite(self.mean, "the mean")
        require_variance(self.var, "the variance")

    @classmethod
    def from_sums(cls, *, n: int, total: Exact, squares: Exact) -> Self:
        """Turns a count, Σy and Σy² into mean and variance with exact arithmetic: one rounding, at the very end.

        Raises ValueError when a number is not exact (a float), not readable, or when Σy² < (Σy)²/n, which no data can
        give.
        """
        require_count(n, "the number of units")
        exact_total, exact_squares = exact(total, "the sum"), exact(squares, "the sum of squares")
        if n == 0:
            if exact_total or exact_squares:
                raise ValueError("There are no units, but their sum is not zero.")
            return cls(0, 0.0, 0.0)
        count = int(n)
        deviations = exact_squares - exact_total * exact_total / count
        if deviations < 0:
            raise ValueError(f"The sum of squares is smaller than the sum squared over {count} units allows.")
        if count == 1 and deviations:
            raise ValueError("One unit's sum of squares must be the square of its sum.")
        return cls(count, rounded(exact_total / count), rounded(deviations / max(count - 1, 1)))

    @classmethod
    def of_proportion(cls, *, n: float, successes: float) -> Self:
        """The statistics of k successes in n units, each unit 0 or 1."""
        require_count(n, "the number of units")
        require_count(successes, "the number of successes")
        if successes > n:
            raise ValueError(f"There are {successes} successes in {n} units; a unit succeeds at most once.")
        if n == 0:
            return cls(0, 0.0, 0.0)
        return cls(n, successes / n, successes * (n - successes) / (n * max(n - 1, 1)))


@dataclass(frozen=True, slots=True)
class PairedStats:
    """Two measures of the same units, y and x: what a ratio metric (y per x) or a covariate (x before, y after) needs.

    Variances and the covariance have ddof 1. Raises ValueError as `ArmStats`, and when |cov_xy| > √(var_x · var_y).
    """

    n: float
    mean_y: float
    var_y: float
    mean_x: float
    var_x: float
    cov_xy: float

    def __post_init__(self) -> None:
        require_count(self.n, "the number of units")
        require_finite(self.mean_y, "the mean of y")
        require_finite(self.mean_x, "the mean of x")
        require_variance(self.var_y, "the variance of y")
        require_variance(self.var_x, "the variance of x")
        require_finite(self.cov_xy, "the covariance")
        if self.cov_xy * self.cov_xy > self.var_y * self.var_x * (1 + 1e-9):
            raise ValueError("The covariance is larger than the two variances allow.")


def merge(arms: Iterable[ArmStats]) -> ArmStats:
    """The statistics of all units of all arms together (Chan, Golub & LeVeque 1979): exact, whatever the order.

    For parts of one arm within one stage only; different stages are never merged, see `effect.combine`.
    """
    n, mean, squares = 0.0, 0.0, 0.0
    for arm in arms:
        if arm.n == 0:
            continue
        total = n + arm.n
        gap = arm.mean - mean
        mean += gap * (arm.n / total)
        squares += (arm.n - 1) * arm.var + gap * gap * (n * (arm.n / total))
        n = total
    return ArmStats(n, mean, squares / (n - 1) if n > 1 else 0.0)


def merge_paired(arms: Iterable[PairedStats]) -> PairedStats:
    """`merge` for two measures at once: the covariance merges by the same rule."""
    n = mean_y = mean_x = squares_y = squares_x = products = 0.0
    for arm in arms:
        if arm.n == 0:
            continue
        total = n + arm.n
        gap_y, gap_x, share = arm.mean_y - mean_y, arm.mean_x - mean_x, n * (arm.n / total)
        mean_y += gap_y * (arm.n / total)
        mean_x += gap_x * (arm.n / total)
        squares_y += (arm.n - 1) * arm.var_y + gap_y * gap_y * share
        squares_x += (arm.n - 1) * arm.var_x + gap_x * gap_x * share
        products += (arm.n - 1) * arm.cov_xy + gap_y * gap_x * share
        n = total
    free = max(n - 1, 1.0)
    return PairedStats(n, mean_y, squares_y / free, mean_x, squares_x / free, products / free)


def exact(number: Exact, what: str) -> Fraction:
    """The number without rounding. Raises ValueError for floats (already rounded), nonsense, and endless exponents."""
    if isinstance(number, bool | float):
        raise ValueError(  # noqa: TRY004 - bad input has one kind of error here, whatever is bad about it
            f"Give {what} as a decimal string: a float has been rounded already."
        )
    if isinstance(number, int | Fraction):
        return Fraction(number)
    if isinstance(number, str) and "/" in number and len(number) <= LONGEST_NUMBER:
        return exact_fraction(number, what)
    try:
        decimal = Decimal(number) if len(str(number)) <= LONGEST_NUMBER else Decimal("NaN")
    except (InvalidOperation, TypeError, ValueError):
        decimal = Decimal("NaN")
    if not decimal.is_finite() or abs(decimal.adjusted()) > LONGEST_NUMBER:
        raise ValueError(f"{str(number)[:40]!r} is not a number that {what} can be.")
    return Fraction(decimal)


def exact_fraction(number: str, what: str) -> Fraction:
    """A fraction written as "a/b", both whole numbers."""
    try:
        return Fraction(number)
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"{number[:40]!r} is not a fraction that {what} can be.") from None


def rounded(number: Fraction) -> float:
    """The nearest float. Raises ValueError when it is beyond every float."""
    try:
        return float(number)
    except OverflowError:
        raise ValueError("The sums are too large for a mean and a variance.") from None
