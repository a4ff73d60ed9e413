"""The cost of learning: how long each percentage takes to decide, and what waiting for it is expected to cost.

To expose more people ends the trial sooner and hurts more of them if the change is bad (Kevin Goldsmith's New Zealand
cohort: try where a mistake costs little). Both follow from what is known so far.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, pi, sqrt

from hypotheses.statistics.bounds import require_finite, require_level, require_positive, require_variance
from hypotheses.statistics.normal import below


@dataclass(frozen=True, slots=True)
class Candidate:
    """One percentage. days: to a decision from here. exposed: units that are treated until then. expected_loss,
    worst_loss: in the metric's unit, summed over those units: as expected from what is known, and at the bad end of the
    interval; both ≥ 0.
    """

    percent: float
    days: float
    exposed: float
    expected_loss: float
    worst_loss: float


def candidates(
    *,
    percents: Sequence[float],
    estimate: float,
    variance: float,
    low: float,
    units_per_day: float,
    days_left: float,
    treated_share: float | None,
) -> tuple[Candidate, ...]:
    """What each percentage would take and cost.

    estimate, low: the effect so far and the lower end of its interval, in the good direction and the metric's unit.
    variance: of the estimate, > 0. units_per_day: in the two compared arms together. days_left: to a decision at
    `treated_share`, as evidence tells them; information grows by q (1 − q), so another share q takes
    days_left · treated_share (1 − treated_share) / (q (1 − q)). treated_share None: under a plan, which decides when
    its units are in, at whatever percentage.
    Expected loss of a treated unit: E[max(0, −θ)] for θ ~ N(estimate, variance), that is σφ(e/σ) − eΦ(−e/σ).
    Raises ValueError for numbers that cannot be.
    """
    for number, what in ((estimate, "the estimate"), (low, "the lower end")):
        require_finite(number, what)
    require_positive(variance, "the variance of the estimate")
    require_positive(units_per_day, "the number of units per day")
    require_variance(days_left, "the number of days left")
    a_unit = loss_of_a_unit(estimate=estimate, variance=variance)
    worst = max(0.0, -low)
    found = []
    for percent in percents:
        days = days_left if treated_share is None else days_left * _slower(percent / 100, treated_share)
        exposed = units_per_day * percent / 100 * days
        found.append(Candidate(percent, days, exposed, a_unit * exposed, worst * exposed))
    return tuple(found)


def _slower(share: float, than: float) -> float:
    """How many times longer one treated share takes than another."""
    require_level(share, "a share")
    require_level(than, "the treated share")
    return than * (1 - than) / (share * (1 - share))


def loss_of_a_unit(*, estimate: float, variance: float) -> float:
    """E[max(0, −θ)] for θ ~ N(estimate, variance)."""
    spread = sqrt(variance)
    z = estimate / spread
    return max(0.0, spread * exp(-z * z / 2) / sqrt(2 * pi) - estimate * below(-z))
