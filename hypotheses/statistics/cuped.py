"""CUPED: take out of the metric what was known of the same units before the trial (Deng, Xu, Kohavi & Walker 2013)."""

from dataclasses import dataclass

from hypotheses.statistics.arms import ArmStats, PairedStats
from hypotheses.statistics.effect import guarded_variance


@dataclass(frozen=True, slots=True)
class Adjusted:
    """Both arms after the adjustment, ready for `effect.combine`.

    `theta`: the slope taken out. `variance_reduction`: the part of Welch's variance that went away, 1 − after/before
    (None when there was none before); a trial learns faster by 1 / (1 − this).
    """

    control: ArmStats
    treatment: ArmStats
    theta: float
    variance_reduction: float | None


def adjust(control: PairedStats, treatment: PairedStats) -> Adjusted:
    """Both arms' means moved by −θ (mean_x − overall mean_x), with variance var_y − 2 θ cov_xy + θ² var_x.

    θ = covariance ÷ variance of x, both pooled within the arms, so that the treatment's effect cannot leak into it. One
    stage at a time. A covariate without variance adjusts nothing (θ = 0).
    """
    free = (max(control.n - 1, 0), max(treatment.n - 1, 0))
    spread = free[0] * control.var_x + free[1] * treatment.var_x
    theta = (free[0] * control.cov_xy + free[1] * treatment.cov_xy) / spread if spread else 0.0
    units = control.n + treatment.n
    centre = control.mean_x + (treatment.mean_x - control.mean_x) * (treatment.n / units) if units else 0.0
    arms = adjusted_arm(control, theta, centre), adjusted_arm(treatment, theta, centre)
    return Adjusted(*arms, theta, reduction((control.var_y, treatment.var_y), arms))


def adjusted_arm(arm: PairedStats, theta: float, centre: float) -> ArmStats:
    """One arm's statistics without the part that its covariate explains."""
    rest = arm.var_y - 2 * theta * arm.cov_xy + theta * theta * arm.var_x
    return ArmStats(arm.n, arm.mean_y - theta * (arm.mean_x - centre), max(0.0, rest))


def reduction(before: tuple[float, float], after: tuple[ArmStats, ArmStats]) -> float | None:
    """1 − Welch's variance after the adjustment ÷ before; None where it was 0 or an arm is empty."""
    if not (after[0].n and after[1].n):
        return None
    welch = sum(var / arm.n for var, arm in zip(before, after, strict=True))
    return 1 - sum(arm.var / arm.n for arm in after) / welch if welch else None


def difference(adjusted: Adjusted) -> tuple[float, float]:
    """The adjusted difference and its guarded variance, for one stage alone."""
    control, treatment = adjusted.control, adjusted.treatment
    gap = treatment.mean - control.mean
    return gap, guarded_variance(control.n, control.var, treatment.n, treatment.var, gap)
