"""Ratio metrics (orders per session): a ratio of two means, and how sure it is by the delta method."""

from hypotheses.statistics.arms import ArmStats, PairedStats


def ratio_arm(arm: PairedStats) -> ArmStats:
    """The ratio mean_y / mean_x as a mean with the variance of one unit's contribution, ready for `effect.combine`.

    Delta method (Deng, Knoblich & Lu 2018): var = (var_y − 2 R cov_xy + R² var_x) / mean_x², R = mean_y / mean_x.
    Raises ValueError when mean_x is 0: nothing was counted under the line.
    """
    if not arm.n:
        return ArmStats(0, 0.0, 0.0)
    if not arm.mean_x:
        raise ValueError("The denominator's mean is 0, so there is no ratio.")
    ratio = arm.mean_y / arm.mean_x
    spread = arm.var_y - 2 * ratio * arm.cov_xy + ratio * ratio * arm.var_x
    return ArmStats(arm.n, ratio, max(0.0, spread) / arm.mean_x / arm.mean_x)
