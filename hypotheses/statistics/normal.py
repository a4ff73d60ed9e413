"""The standard normal distribution, precise in its far tails, where the standard library's `cdf` has no digits left."""

from math import erfc, inf, log, pi, sqrt
from statistics import NormalDist

SQRT_HALF = sqrt(0.5)
STANDARD = NormalDist()


def above(z: float) -> float:
    """P(Z ≥ z)."""
    return 0.5 * erfc(z * SQRT_HALF)


def below(z: float) -> float:
    """P(Z ≤ z)."""
    return 0.5 * erfc(-z * SQRT_HALF)


def two_sided(z: float) -> float:
    """P(|Z| ≥ |z|)."""
    return erfc(abs(z) * SQRT_HALF)


def quantile(probability: float) -> float:
    """The z with P(Z ≤ z) = probability, which lies between 0 and 1, both excluded."""
    return STANDARD.inv_cdf(probability)


def log_above(z: float) -> float:
    """Logarithm of P(Z ≥ z), also where the probability itself is no float any more (Abramowitz & Stegun 26.2.12)."""
    if z < 30:
        return log(above(z))
    square = z * z
    return -square / 2 - log(z * sqrt(2 * pi)) - 1 / square + 2.5 / (square * square)


def height_above(log_probability: float) -> float:
    """The z with ln P(Z ≥ z) = log_probability < ln ½, by bisection; serves where the probability underflows."""
    if log_probability == -inf:
        return inf
    low, high = 0.0, sqrt(-2 * log_probability)
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if log_above(middle) > log_probability else (low, middle)
    return high
