"""How much information a decision needs, and how many days away that is."""

from dataclasses import dataclass
from functools import lru_cache
from math import log, sqrt

from hypotheses.statistics.bounds import require_level, require_positive, require_variance
from hypotheses.statistics.normal import quantile
from hypotheses.statistics.sequence import half_width

POWER = 0.8
"""The chance, at the planned information, of having decided when the truth is the minimum effect."""

GROSS = 4
"""Gross harm is looked for with τ = GROSS × the minimum effect, which finds it 16 times sooner than harm of one MEI."""


@dataclass(frozen=True, slots=True)
class Accrual:
    """How fast a trial learns from here on.

    units_per_day: matured units a day in the two compared arms together, > 0. treated_share: treatment's part of
    them, in (0, 1). plan_days: days left in the plan; None when it has no end.
    """

    units_per_day: float
    treated_share: float
    plan_days: float | None = None

    def __post_init__(self) -> None:
        require_positive(self.units_per_day, "the number of units per day")
        require_level(self.treated_share, "the treated share")
        if self.plan_days is not None:
            require_variance(self.plan_days, "the number of days left in the plan")


@lru_cache(maxsize=256)
def required_ratio(alpha: float, power: float = POWER) -> float:
    """r* = τ²/V at which the always-valid interval excludes 0 with the given power when the truth is τ.

    Solves √r − z_power = √((1+r)/r · ln((1+r)/α²)) by bisection to the last bit: the left side grows in r, and there
    the right side is below it for good. α 0.10 and power 0.8 give 13.22. Raises ValueError for levels outside (0, 1).
    """
    require_level(alpha, "alpha")
    require_level(power, "the power")
    z = quantile(power)

    def short(r: float) -> bool:
        return sqrt(r) - z < sqrt((1 + r) / r * log((1 + r) / (alpha * alpha)))

    high = 1.0
    while short(high):
        high *= 2
    low = high / 2 if high > 1 else 0.0
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if short(middle) else (low, middle)
    return high


def fixed_ratio(alpha: float, power: float = POWER) -> float:
    """(z_{1−α/2} + z_power)²: the same for a classical test with one planned look."""
    require_level(alpha, "alpha")
    require_level(power, "the power")
    z = quantile(power) - quantile(alpha / 2)
    return z * z


def fixed_sample_size(*, baseline: float, mei: float, alpha: float, power: float = POWER) -> float:
    """Units per arm that a classical test of a proportion needs, at 50/50, variance taken at the baseline."""
    require_level(baseline, "the baseline")
    require_positive(mei, "the minimum effect")
    return 2 * baseline * (1 - baseline) * fixed_ratio(alpha, power) / (mei * mei)


def days_to_decision(
    *,
    mei: float,
    unit_variance: float,
    accrual: Accrual,
    alpha: float,
    power: float = POWER,
    variance: float | None = None,
) -> float:
    """Days until the information (1 / variance of the estimate) reaches r*/MEI²; 0 when it is there.

    Information grows by units · q(1−q) / unit_variance a day, q being the treated share: a 1 % step learns 25 times
    slower than 50/50. variance: of the estimate now, None before the first unit. unit_variance: of the metric between
    units, > 0.
    """
    require_positive(mei, "the minimum effect")
    require_positive(unit_variance, "the unit variance")
    if variance is not None:
        require_positive(variance, "the variance of the estimate")
    missing = required_ratio(alpha, power) / (mei * mei) - (1 / variance if variance is not None else 0.0)
    share = accrual.treated_share
    return max(0.0, missing) * unit_variance / (accrual.units_per_day * share * (1 - share))


def days_to_settle(
    *, distance: float, tau: float, alpha: float, variance: float, unit_variance: float, accrual: Accrual
) -> float:
    """Days until the interval's half-width is down to a distance, the estimate staying where it is; 0 when it is there.

    For a trial that has its planned information and still lies between two answers. distance, tau: > 0, in the metric's
    unit. variance: of the estimate now.
    """
    needed = variance_to_settle(distance=distance, tau=tau, alpha=alpha, variance=variance)
    share = accrual.treated_share
    return (1 / needed - 1 / variance) * unit_variance / (accrual.units_per_day * share * (1 - share))


def variance_to_settle(*, distance: float, tau: float, alpha: float, variance: float) -> float:
    """The variance at which the half-width is down to a distance; the present one where it is there already.

    Half-width grows with the variance, so it is found by bisection. Arguments as in `days_to_settle`.
    """
    require_positive(distance, "the distance")
    if half_width(variance, tau, alpha) <= distance:
        return variance
    low, high = variance * 1e-12, variance
    while high / low > 1 + 1e-9:
        middle = sqrt(low * high)
        low, high = (middle, high) if half_width(middle, tau, alpha) <= distance else (low, middle)
    return low


def days_to_gross_harm(
    *,
    mei: float,
    unit_variance: float,
    accrual: Accrual,
    alpha: float,
    power: float = POWER,
    variance: float | None = None,
) -> float:
    """Days until harm of 4 × MEI would be found: with a sixteenth of the information. Arguments as above."""
    return days_to_decision(
        mei=GROSS * mei,
        unit_variance=unit_variance,
        accrual=accrual,
        alpha=alpha,
        power=power,
        variance=variance,
    )
