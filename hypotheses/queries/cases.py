"""From stored results to a case that the engine weighs: one treatment against control, all stages of the stint."""

from collections.abc import Iterator
from datetime import timedelta

from hypotheses.enums import Direction, MetricKind
from hypotheses.queries.carrying import counted_twice
from hypotheses.queries.overlaps import contaminated
from hypotheses.queries.snapshots import Look, Snapshot, apart, complete
from hypotheses.queries.weighable import (
    ArmFact,
    GuardrailFact,
    MetricFact,
    Reading,
    StageFact,
    SuccessFact,
    Weighable,
    Yardstick,
)
from hypotheses.statistics.arms import ArmStats, PairedStats
from hypotheses.statistics.case import ALPHA, Guardrail, Success, TrialCase
from hypotheses.statistics.corrections import spotify_corrections
from hypotheses.statistics.cuped import adjust
from hypotheses.statistics.effect import Stage
from hypotheses.statistics.planned import Plan
from hypotheses.statistics.planning import POWER, Accrual
from hypotheses.statistics.ratio import ratio_arm
from hypotheses.statistics.trust import OLDEST, stale_because

DAY = timedelta(days=1)
NOBODY = ArmStats(0, 0.0, 0.0)

Comparison = tuple[StageFact, ArmFact, ArmFact, Snapshot]
"""A stage, its control and its treatment, and the snapshot of one metric."""


def treatments(*, facts: Weighable, look: Look) -> list[str]:
    """The names of the treatments that are compared, over all trials with results, in the order of registration.

    What has one name is one treatment, in whichever trial and at whichever place; what has two is never pooled.
    """
    shown = {stage for stage, _ in look.chosen}
    found = (arm.name for stage in facts.stages if stage.pk in shown for arm in stage.treatments)
    return list(dict.fromkeys(found)) or [""]


def comparisons(facts: Weighable, look: Look, metric: MetricFact, name: str) -> Iterator[Comparison]:
    """The stages that have the treatment of this name and results of the metric."""
    for stage in facts.stages:
        snapshot = look.chosen.get((stage.pk, metric.pk))
        treatment = next((arm for arm in stage.treatments if arm.name == name), None)
        if snapshot and stage.control and treatment:
            yield stage, stage.control, treatment, snapshot


def case_at(*, facts: Weighable, yardstick: Yardstick, look: Look, treatment: str) -> TrialCase:
    """The case of one treatment (by its name) against control at one moment.

    Several treatments share α among them, and so do several success metrics; guardrails keep the treatment's α whole.
    The yardstick has a metric and no problem.
    Raises ValueError for numbers of the primary that cannot be compared; those of another metric leave it unknown.
    """
    metric = yardstick.metric
    if metric is None:
        raise ValueError("The hypothesis names no metric.")
    compared = list(comparisons(facts, look, metric, treatment))
    alpha = ALPHA / len(treatments(facts=facts, look=look))
    shares = spotify_corrections(
        success_metrics=1 + len(yardstick.successes), guardrails=len(yardstick.guardrails), alpha=alpha, power=POWER
    )
    return TrialCase(
        stages=tuple(stratum(metric, *row, split=True) for row in compared),
        mei=yardstick.minimum_effect,
        direction=Direction.of(yardstick.direction),
        alpha=shares.alpha_success,
        guardrail_alpha=shares.alpha_guardrail,
        guardrails=tuple(_guardrail(facts, look, guardrail, treatment) for guardrail in yardstick.guardrails),
        stale=distrust(facts=facts, yardstick=yardstick, look=look),
        contaminated=contaminated(look.overlaps, treatment=treatment, units=_units(compared)),
        counted_twice=counted_twice(facts=facts, metric=metric, look=look),
        n_multi_arm=sum(_several(snapshot) for *_, snapshot in compared),
        accrual=accrual(facts, look, compared),
        plan=plan_of(yardstick, look, compared, treatment),
        successes=tuple(_success(facts, look, success, treatment) for success in yardstick.successes),
    )


def _success(facts: Weighable, look: Look, success: SuccessFact, treatment: str) -> Success:
    """A further success metric, with all that its own results tell against them: it may validate as the primary may."""
    compared = _whole(facts, look, success.metric, treatment)
    stages, unreadable = _readable(success.metric, compared, split=True)
    return Success(
        name=success.metric.name,
        stages=stages,
        mei=success.minimum_effect,
        direction=Direction.of(success.direction),
        n_multi_arm=sum(_several(snapshot) for *_, snapshot in compared),
        counted_twice=counted_twice(facts=facts, metric=success.metric, look=look),
        unreadable=unreadable,
    )


def _guardrail(facts: Weighable, look: Look, guardrail: GuardrailFact, treatment: str) -> Guardrail:
    compared = _whole(facts, look, guardrail.metric, treatment)
    stages, unreadable = _readable(guardrail.metric, compared)
    return Guardrail(
        name=guardrail.metric.name,
        stages=stages,
        margin=guardrail.margin,
        direction=Direction.of(guardrail.metric.better),
        mei=guardrail.minimum_effect,
        unreadable=unreadable,
    )


def _readable(metric: MetricFact, rows: list[Comparison], *, split: bool = False) -> tuple[tuple[Stage, ...], str]:
    """The stages of a metric that is not the primary; where they cannot be compared none, and why."""
    try:
        return tuple(stratum(metric, *row, split=split) for row in rows), ""
    except (ValueError, ArithmeticError) as error:
        return (), str(error)


def _whole(facts: Weighable, look: Look, metric: MetricFact, treatment: str) -> list[Comparison]:
    """The comparisons of a metric that is not the primary, as far as their snapshots are complete."""
    return [row for row in comparisons(facts, look, metric, treatment) if complete(row[0], row[3])]


def plan_of(yardstick: Yardstick, look: Look, compared: list[Comparison], treatment: str) -> Plan | None:
    """What the hypothesis declared, and how much of it earlier looks took; None where it declared nothing.

    The units to come are split as the design of the latest stage says; evenly where that gives one arm nothing, which
    is the least that can be said to be in.
    """
    if yardstick.planned_units is None or not compared:
        return None
    _, control, treated, _ = compared[-1]
    both = control.share + treated.share
    share = treated.share / both if both else 0.0
    return Plan(yardstick.planned_units, share if 0 < share < 1 else 0.5, look.past.get(treatment))


def stratum(
    metric: MetricFact,
    stage: StageFact,
    control: ArmFact,
    treatment: ArmFact,
    snapshot: Snapshot,
    *,
    split: bool = False,
) -> Stage:
    """One stage of one metric; `split` adds the assigned units of all arms, for the sample ratio."""
    assigned, weights = _assigned(stage, snapshot) if split else ((), ())
    return Stage(*pair(metric, snapshot.get(control.pk), snapshot.get(treatment.pk)), assigned, weights)


def pair(metric: MetricFact, control: Reading | None, treatment: Reading | None) -> tuple[ArmStats, ArmStats]:
    """Both arms' statistics: a ratio by the delta method, a metric with a covariate adjusted for it, else as stored."""
    if metric.kind == MetricKind.RATIO:
        return _ratio(control), _ratio(treatment)
    if control and treatment and _has_covariate(control) and _has_covariate(treatment):
        adjusted = adjust(_paired(control), _paired(treatment))
        return adjusted.control, adjusted.treatment
    return _plain(control), _plain(treatment)


def arm_stats(metric: MetricFact, reading: Reading) -> ArmStats:
    """One arm as it is shown: of a ratio the ratio, else what is stored."""
    return _ratio(reading) if metric.kind == MetricKind.RATIO else _plain(reading)


def _plain(reading: Reading | None) -> ArmStats:
    return ArmStats(reading.n, reading.mean, reading.var) if reading else NOBODY


def _ratio(reading: Reading | None) -> ArmStats:
    if reading is None:
        return NOBODY
    if not _has_covariate(reading):
        raise ValueError("A ratio needs the mean and the variance of its denominator, and the covariance.")
    return ratio_arm(_paired(reading))


def _has_covariate(reading: Reading) -> bool:
    return reading.mean_x is not None and reading.var_x is not None and reading.cov_xy is not None


def _paired(reading: Reading) -> PairedStats:
    x = (reading.mean_x or 0.0, reading.var_x or 0.0, reading.cov_xy or 0.0)
    return PairedStats(reading.n, reading.mean, reading.var, *x)


def _assigned(stage: StageFact, snapshot: Snapshot) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Assigned units and design weights of the stage's arms that report; nothing when an arm does not tell its units.

    The weights are those that came with the results, when all have one, else the design's.
    """
    arms = [arm for arm in stage.arms if arm.pk in snapshot]
    rows = [snapshot[arm.pk] for arm in arms]
    assigned = tuple(float(row.n_assigned) for row in rows if row.n_assigned is not None)
    if len(assigned) < len(rows):
        return (), ()
    given = tuple(row.design_weight for row in rows if row.design_weight is not None)
    return assigned, given if len(given) == len(rows) else tuple(arm.share for arm in arms)


def _units(compared: list[Comparison]) -> dict[str, float]:
    """The units that are compared, by trial."""
    found: dict[str, float] = {}
    for stage, control, treatment, snapshot in compared:
        arms = (snapshot.get(control.pk), snapshot.get(treatment.pk))
        found[stage.trial] = found.get(stage.trial, 0.0) + sum(arm.n for arm in arms if arm)
    return found


def _several(snapshot: Snapshot) -> int:
    """Units in several arms of one stage: each arm reports the same ones, so the largest count, not the sum."""
    return max(reading.n_multi_arm or 0 for reading in snapshot.values())


def distrust(*, facts: Weighable, yardstick: Yardstick, look: Look) -> str:
    """Why the results of this moment may not be read: arms that do not go together, a count that fell, a definition
    that changed; "" when they may.

    How old they are is asked when they are read, by the clock of then (`freshness`).
    """
    for stage in facts.stages:
        snapshot = look.chosen.get((stage.pk, yardstick.metric.pk)) if yardstick.metric else None
        if snapshot and (why := apart(stage, snapshot)):
            return why
    names = {metric.pk: f" in {metric.name}" for metric in yardstick.metrics if metric is not yardstick.metric}
    arms = {arm.pk: arm.name for stage in facts.stages for arm in stage.arms}
    counts = [
        (f"{arms[arm]}{names.get(series[1], '')}", earlier[arm].n, reading.n)
        for series, snapshot in look.chosen.items()
        for arm, reading in snapshot.items()
        if (earlier := look.before.get(series, {})) and arm in earlier
    ]
    changed = any(
        reading.definition_hash not in ("", look.definitions.get(reading.metric_id, reading.definition_hash))
        for snapshot in look.chosen.values()
        for reading in snapshot.values()
    )
    return stale_because(
        watermark=look.as_of, now=look.as_of, pull_interval=OLDEST, counts=counts, definition_changed=changed
    )


def accrual(facts: Weighable, look: Look, compared: list[Comparison]) -> Accrual | None:
    """How fast the latest stage learns: its matured units over the days it has run; None when it has ended or not
    begun.

    The plan is what is left of the stint's time box.
    """
    if not compared:
        return None
    stage, control, treatment, snapshot = compared[-1]
    if not stage.open_at(look.as_of) or control.pk not in snapshot or treatment.pk not in snapshot:
        return None
    units, treated = snapshot[control.pk].n + snapshot[treatment.pk].n, snapshot[treatment.pk].n
    until = snapshot[control.pk].as_of
    days = (until - (stage.started_at if stage.started_at < until else look.run_from)) / DAY
    if days <= 0 or not 0 < treated < units:
        return None
    plan = None
    if facts.time_box_days is not None:
        plan = max(0.0, (facts.started_at + facts.time_box_days * DAY - look.as_of) / DAY)
    return Accrual(units / days, treated / units, plan)
