"""Treatment minus control, stage by stage, and how the stages are put together without pooling their units."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, sqrt

from hypotheses.statistics.arms import ArmStats
from hypotheses.statistics.sample_ratio import require_split


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of constant allocation; a unit belongs to the stage of its first exposure.

    control, treatment: the metric's statistics of the two arms that are compared.
    assigned, weights: units assigned to every arm of the trial (in one order, any number of arms) and the share that
    the design gave each; weights need not add up to 1. Both empty when assignments are not known.
    Raises ValueError when they do not fit together.
    """

    control: ArmStats
    treatment: ArmStats
    assigned: tuple[float, ...] = ()
    weights: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.assigned or self.weights:
            require_split(self.assigned, self.weights)


@dataclass(frozen=True, slots=True)
class Effect:
    """Treatment − control over all stages, in the metric's unit, with its variance and the units it stands on.

    `control_mean` is weighted like the estimate, so that `estimate / control_mean` compares like with like. `weight`
    is Σ w, the units that the comparison is worth; `variance × weight` is therefore the variance between single units.
    """

    estimate: float
    variance: float
    control_mean: float
    n_control: float
    n_treatment: float
    weight: float

    @property
    def standard_error(self) -> float:
        """√variance."""
        return sqrt(self.variance)


def guarded_variance(n_c: float, var_c: float, n_t: float, var_t: float, difference: float) -> float:
    """Variance of one stage's difference: the larger of Welch's and the pooled one that includes the between-arm part.

    A small arm that has seen few events underestimates its own variance, and Welch believes it: a 1 % arm then raises a
    false alarm of harm in 37-82 % of null trials. The pooled total variance is exact when there is no effect, so taking
    the larger of the two keeps the alarm honest at any split. n_c, n_t ≥ 1.
    """
    welch = var_c / n_c + var_t / n_t
    total = n_c + n_t
    within = (n_c - 1) * var_c + (n_t - 1) * var_t
    between = n_c * (n_t / total) * difference * difference
    pooled = (within + between) / (total - 1) * (1 / n_c + 1 / n_t)
    return max(pooled, welch)


def combine(stages: Sequence[Stage]) -> Effect | None:
    """The effect over all stages: d = Σ w d_s / Σ w, V = Σ w² V_s / (Σ w)², with w = n_c n_t / (n_c + n_t).

    Units are never pooled across stages: with a trend in time and a changing split, the pooled difference is the trend.
    The weights use counts only, so that a variance that happens to come out small cannot buy a stage a louder voice.
    A stage in which an arm has no unit compares nothing and is skipped; None when that is true of all.
    Raises ValueError when the numbers are too large for a finite variance.
    """
    weight = estimate = variance = control_mean = n_control = n_treatment = 0.0
    for stage in stages:
        control, treatment = stage.control, stage.treatment
        n_c, n_t = control.n, treatment.n
        if not (n_c and n_t):
            continue
        difference = treatment.mean - control.mean
        w = n_c * (n_t / (n_c + n_t))
        weight += w
        estimate += w * difference
        control_mean += w * control.mean
        variance += w * w * guarded_variance(n_c, control.var, n_t, treatment.var, difference)
        n_control += n_c
        n_treatment += n_t
    if not weight:
        return None
    estimate, variance = estimate / weight, variance / weight / weight
    if not (isfinite(estimate) and isfinite(variance)):
        raise ValueError("The means or variances are too large to compare.")
    return Effect(estimate, variance, control_mean / weight, n_control, n_treatment, weight)
