"""Student's t: how far the mean of a few numbers may lie from the truth, when their spread is only known from them."""

from math import inf

from hypotheses.statistics.beta import incomplete_beta
from hypotheses.statistics.bounds import require_level, require_positive


def outside(t: float, freedom: float) -> float:
    """P(|T| ≥ |t|) with so many degrees of freedom: I_x(ν/2, ½) at x = ν / (ν + t²)."""
    whole = freedom + t * t
    return incomplete_beta(freedom / whole, t * t / whole, freedom / 2, 0.5)


def reach(alpha: float, freedom: float) -> float:
    """The t with P(|T| ≥ t) = alpha, by bisection. Raises ValueError for a level outside 0-1, or no freedom."""
    require_level(alpha, "alpha")
    require_positive(freedom, "the degrees of freedom")
    low, high = 0.0, 1.0
    while outside(high, freedom) > alpha:
        low, high = high, high * 2
        if high == inf:
            raise ValueError("The level is too small for a float.")
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if outside(middle, freedom) > alpha else (low, middle)
    return high
