"""The cost of learning: how long each percentage takes to decide, and what waiting for it is expected to cost.

To expose more people ends the trial sooner and hurts more of them if the change is bad (Kevin Goldsmith's New Zealand
cohort: try where a mistake costs little). Both follow from what is known so far.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, pi, sqrt

from hypotheses.statistics.bounds import require_finite, require_positive
from hypotheses.statistics.case import ALPHA
from hypotheses.statistics.normal import below
from hypotheses.statistics.planning import Accrual, days_to_decision


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
    unit_variance: float,
    units_per_day: float,
    mei: float,
    alpha: float = ALPHA,
    units_left: float | None = None,
) -> tuple[Candidate, ...]:
    """What each percentage would take and cost.

    estimate, low: the effect so far and the lower end of its interval, in the good direction and the metric's unit.
    variance: of the estimate, > 0. unit_variance: of the metric between units. units_per_day: in all arms together.
    units_left: of a plan, which decides when they are in, at whatever percentage; None where there is no plan.
    Expected loss of a treated unit: E[max(0, −θ)] for θ ~ N(estimate, variance), that is σφ(e/σ) − eΦ(−e/σ).
    Raises ValueError for numbers that cannot be.
    """
    for number, what in ((estimate, "the estimate"), (low, "the lower end")):
        require_finite(number, what)
    require_positive(variance, "the variance of the estimate")
    a_unit = loss_of_a_unit(estimate=estimate, variance=variance)
    worst = max(0.0, -low)
    found = []
    for percent in percents:
        accrual = Accrual(units_per_day, percent / 100)
        days = (
            days_to_decision(mei=mei, unit_variance=unit_variance, accrual=accrual, alpha=alpha, variance=variance)
            if units_left is None
            else units_left / units_per_day
        )
        exposed = units_per_day * percent / 100 * days
        found.append(Candidate(percent, days, exposed, a_unit * exposed, worst * exposed))
    return tuple(found)


def loss_of_a_unit(*, estimate: float, variance: float) -> float:
    """E[max(0, −θ)] for θ ~ N(estimate, variance)."""
    spread = sqrt(variance)
    z = estimate / spread
    return max(0.0, spread * exp(-z * z / 2) / sqrt(2 * pi) - estimate * below(-z))
