"""Small samples in Think It: k of n people succeeded with a prototype. Is the success rate at least the target?"""

from math import exp, fsum, lgamma, log, log1p, pi, sqrt

from hypotheses.enums import Verdict
from hypotheses.statistics.bounds import require_count, require_positive

VALIDATES_FROM, REFUTES_TO = 0.95, 0.05
"""The posterior probabilities of reaching the target from which, and up to which, a finding decides."""

TINY = 1e-300
STEPS = 1_000_000


def probability_at_least(*, successes: int, units: int, target: float, prior: tuple[float, float] = (1, 1)) -> float:
    """P(rate ≥ target) after `successes` of `units`, from a Beta prior; Beta(1, 1) takes every rate as equally likely.

    target: a share, 0 to 1. Raises ValueError for more successes than units, a target outside 0-1, a prior not above 0.
    """
    require_count(units, "the number of units")
    require_count(successes, "the number of successes")
    if successes > units:
        raise ValueError(f"There are {successes} successes of {units}; nobody succeeds more than once.")
    if not 0 <= target <= 1:
        raise ValueError(f"The target rate is a share between 0 and 1, not {target!r}.")
    for mass in prior:
        require_positive(mass, "a prior's parameter")
    failures = units - successes
    return incomplete_beta(1 - target, target, prior[1] + failures, prior[0] + successes)


def finding_verdict(*, successes: int, units: int, target: float, prior: tuple[float, float] = (1, 1)) -> Verdict:
    """The Beta rule: P(rate ≥ target) ≥ .95 validated, ≤ .05 refuted, else inconclusive. Arguments as above."""
    return judged(probability_at_least(successes=successes, units=units, target=target, prior=prior))


def judged(probability: float) -> Verdict:
    """What the posterior probability of reaching the target decides."""
    if probability >= VALIDATES_FROM:
        return Verdict.VALIDATED
    return Verdict.REFUTED if probability <= REFUTES_TO else Verdict.INCONCLUSIVE


def incomplete_beta(x: float, y: float, a: float, b: float) -> float:
    """The regularized incomplete beta function I_x(a, b), with y = 1 − x; precise also where it is tiny.

    Lentz's continued fraction (Abramowitz & Stegun 26.5.8) on the side where it converges fast.
    """
    if x <= 0 or y <= 0:
        return 0.0 if x <= 0 else 1.0
    if x <= (a + 1) / (a + b + 2):
        return beta_density(x, y, a, b) / a * continued_fraction(x, a, b)
    return 1 - beta_density(y, x, b, a) / b * continued_fraction(y, b, a)


def beta_density(x: float, y: float, a: float, b: float) -> float:
    """x^a y^b / B(a, b), by Loader's saddle point (2000): no cancellation of large logarithms at large a and b."""
    n = a + b
    exponent = fsum((stirling_rest(n), -stirling_rest(a), -stirling_rest(b), -deviance(a, n * x), -deviance(b, n * y)))
    return sqrt(a / n * b / (2 * pi)) * exp(exponent)


def deviance(count: float, expected: float) -> float:
    """Loader's deviance, count · ln(count / expected) + expected − count."""
    excess = (count - expected) / expected
    return expected * ((1 + excess) * log1p(excess) - excess)


def stirling_rest(z: float) -> float:
    """What Stirling's formula leaves out: ln Γ(z) − (z − ½) ln z + z − ½ ln 2π."""
    if z < 16:
        return lgamma(z) - (z - 0.5) * log(z) + z - 0.5 * log(2 * pi)
    square = z * z
    return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square) / z


def continued_fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of I_x(a, b), by Lentz's method; needs about √max(a, b) steps."""
    c, d = 1.0, reciprocal(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d, c = reciprocal(1 + even * d), away_from_zero(1 + even / c)
        value *= c * d
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d, c = reciprocal(1 + odd * d), away_from_zero(1 + odd / c)
        value *= c * d
        if abs(c * d - 1) < 1e-15:
            return value
    raise ValueError("There are too many units for the Beta rule; register a trial instead.")


def away_from_zero(number: float) -> float:
    """The number, or a tiny one in its place when it vanishes (Lentz)."""
    return number if abs(number) > TINY else TINY


def reciprocal(number: float) -> float:
    """1 / number, kept finite."""
    return 1 / away_from_zero(number)
