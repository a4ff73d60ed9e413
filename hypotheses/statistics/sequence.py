"""Intervals and p-values that hold whenever anyone looks, however often and however long the trial runs.

The normal-mixture confidence sequence: Robbins (1970), "Statistical methods related to the law of the iterated
logarithm"; Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (arXiv 2103.06476). It is the interval of the mixture
sequential probability ratio test (mSPRT). The mixture's width τ is the minimum effect of interest, so the hypothesis
itself is the only knob, and it is locked before the first look. With r = τ²/V:

    half-width = √V · √((1+r)/r · ln((1+r)/α²))        p = min(1, √(1+r) · exp(−z² r / (2(1+r))))
"""

from math import exp, inf, log, log1p, sqrt

from hypotheses.statistics.normal import quantile, two_sided

LN2 = log(2)


def half_width(variance: float, tau: float, alpha: float) -> float:
    """Half the width of the always-valid 1 − α interval, in the metric's unit.

    variance: of the estimate, > 0. tau: the effect it is tuned for, > 0, same unit as the estimate. 0 < alpha < 1.
    Raises ValueError when τ² and the variance differ by more than a float can hold.
    """
    r = tau * tau / variance
    if not 1e-300 < r < 1e300:
        raise ValueError("The minimum effect and the variance are too far apart to be compared.")
    return sqrt(variance * (1 + r) / r * log((1 + r) / (alpha * alpha)))


def interval(estimate: float, variance: float, tau: float, alpha: float) -> tuple[float, float]:
    """The always-valid 1 − α interval around an estimate; arguments as in `half_width`."""
    half = half_width(variance, tau, alpha)
    return estimate - half, estimate + half


def log_p(estimate: float, variance: float, tau: float) -> float:
    """Natural logarithm of the always-valid two-sided p-value, ≤ 0; exact where p itself underflows."""
    r = tau * tau / variance
    return min(0.0, 0.5 * log1p(r) - estimate * estimate / variance * r / (2 * (1 + r)))


def p_value(estimate: float, variance: float, tau: float) -> float:
    """The always-valid two-sided p-value: p ≤ α exactly when the 1 − α interval excludes 0. May underflow to 0."""
    return exp(log_p(estimate, variance, tau))


def fixed_p(estimate: float, variance: float) -> float:
    """The classical two-sided p-value of one look planned in advance. Never used for a verdict; shown beside others."""
    return two_sided(estimate / sqrt(variance))


def fixed_interval(estimate: float, variance: float, alpha: float) -> tuple[float, float]:
    """The classical 1 − α interval of one look planned in advance. Never used for a verdict."""
    half = -quantile(alpha / 2) * sqrt(variance)
    return estimate - half, estimate + half


def s_value(p: float) -> float:
    """Shannon information against the null, −log₂ p: so many heads in a row (Greenland 2019). p = 0 gives infinity."""
    if not 0 <= p <= 1:
        raise ValueError(f"A p-value lies between 0 and 1, not {p!r}.")
    return -log(p) / LN2 + 0.0 if p else inf
