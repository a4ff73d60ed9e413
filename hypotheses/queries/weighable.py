"""All that is needed to weigh one stint, loaded once: a fixed number of queries, however many snapshots there are."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from features.models import Stint
from hypotheses.enums import ArmRole, Better
from hypotheses.models import Arm, Guardrail, Hypothesis, Metric, Result, Stage, SuccessMetric
from hypotheses.queries.hypotheses import hypothesis_in_force
from hypotheses.queries.overlaps import OverlapFact, overlaps_of


@dataclass(frozen=True, slots=True)
class MetricFact:
    """A metric as the weighing needs it. `unit` is `share` for a proportion that states none."""

    pk: int
    key: str
    name: str
    kind: str
    unit: str
    better: Better


@dataclass(frozen=True, slots=True)
class SuccessFact:
    """A further success metric: which way it is to go, and by how much at least, in its unit."""

    metric: MetricFact
    direction: Better
    minimum_effect: float


@dataclass(frozen=True, slots=True)
class GuardrailFact:
    """A guardrail: the harm that is accepted (`margin`, its unit), and its own minimum effect (0: none is stated)."""

    metric: MetricFact
    margin: float
    minimum_effect: float


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What a stint is judged by: the hypothesis in force, its minimum effect absolute.

    `problem` is a sentence when nothing can be judged by it (a part is missing, or a relative effect has no baseline);
    `minimum_effect` is then 0 and `metric` may be None. `planned_units`: None where there is no plan.
    `successes`: the success metrics besides the primary `metric`.
    """

    hypothesis_id: int
    version: int
    metric: MetricFact | None
    direction: Better
    minimum_effect: float
    guardrails: tuple[GuardrailFact, ...]
    problem: str
    planned_units: int | None = None
    successes: tuple[SuccessFact, ...] = ()

    @property
    def metrics(self) -> tuple[MetricFact, ...]:
        """The primary metric (where there is one), those of the guardrails and the further success metrics."""
        primary = (self.metric,) if self.metric else ()
        return (*primary, *(each.metric for each in self.guardrails), *(each.metric for each in self.successes))


@dataclass(frozen=True, slots=True)
class ArmFact:
    """One arm and the share of the units that the design of its stage gives it."""

    pk: int
    name: str
    role: str
    share: float


@dataclass(frozen=True, slots=True)
class StageFact:
    """A stage with its trial's arms. `landed` and `weighed` are the counts at the time of reading."""

    pk: int
    trial: str
    population: str
    label: str
    percent: float | None
    started_at: datetime
    ended_at: datetime | None
    arms: tuple[ArmFact, ...]
    landed: int
    weighed: int

    @property
    def control(self) -> ArmFact | None:
        """What everything is compared with."""
        return next((arm for arm in self.arms if arm.role == ArmRole.CONTROL), None)

    @property
    def treatments(self) -> tuple[ArmFact, ...]:
        """The treatments in the order in which they were registered."""
        return tuple(arm for arm in self.arms if arm.role == ArmRole.TREATMENT)

    @property
    def compared(self) -> tuple[ArmFact, ...]:
        """Control and the treatments: without one of them, nothing is compared."""
        return tuple(arm for arm in self.arms if arm.role != ArmRole.HOLDBACK)

    def open_at(self, moment: datetime) -> bool:
        """Whether it had not ended at this time."""
        return self.ended_at is None or self.ended_at > moment


@dataclass(frozen=True, slots=True)
class Reading:
    """One stored result, as the arithmetic needs it (the fields are those of `Result`)."""

    pk: int
    stage_id: int
    metric_id: int
    arm_id: int
    as_of: datetime
    n: int
    mean: float
    var: float
    mean_x: float | None
    var_x: float | None
    cov_xy: float | None
    n_assigned: int | None
    n_multi_arm: int | None
    design_weight: float | None
    definition_hash: str


READING_FIELDS = tuple(Reading.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Weighable:
    """One stint with its stages and its yardstick (None when the feature has no hypothesis). ended_at: None while it
    runs.
    """

    feature: str
    feature_id: int
    stint_id: int
    phase: str
    step: str | None
    started_at: datetime
    time_box_days: int | None
    stages: tuple[StageFact, ...]
    yardstick: Yardstick | None
    overlaps: tuple[OverlapFact, ...] = ()
    ended_at: datetime | None = None

    @property
    def successions(self) -> Iterator[tuple[StageFact, StageFact]]:
        """Each stage that follows another of its trial, with the one before it."""
        last: dict[str, StageFact] = {}
        for stage in self.stages:
            if stage.trial in last:
                yield last[stage.trial], stage
            last[stage.trial] = stage


def weighable(*, stint: Stint) -> Weighable:
    """The stint as it stands now. Eight queries."""
    stages = list(stint.stages.select_related("trial").order_by("started_at", "pk"))
    trials = {stage.trial_id for stage in stages}
    return Weighable(
        feature=stint.feature.key,
        feature_id=stint.feature_id,
        stint_id=stint.pk,
        phase=stint.phase,
        step=step_of(stint),
        started_at=stint.started_at,
        time_box_days=stint.time_box_days,
        stages=_stages(stages),
        yardstick=yardstick_of(hypothesis_in_force(stint=stint)),
        overlaps=overlaps_of(trials=trials),
        ended_at=stint.ended_at,
    )


def step_of(stint: Stint) -> str | None:
    """The step of the ladder in words: `25`, `0.5`; None outside Ship It."""
    return f"{stint.step_percent.normalize():f}" if stint.step_percent is not None else None


def readings(*, facts: Weighable) -> list[Reading]:
    """The current results of the stint's stages for the metrics of its yardstick, oldest first. One query.

    Where the hypothesis names no metric, the results of all metrics: they are evidence that cannot be judged.
    """
    rows = Result.objects.filter(stage__in=[stage.pk for stage in facts.stages], superseded_at__isnull=True)
    if facts.yardstick is not None and facts.yardstick.metric is not None:
        rows = rows.filter(metric__in=[metric.pk for metric in facts.yardstick.metrics])
    return _read(rows)


def readings_by_id(ids: Iterable[int]) -> list[Reading]:
    """Results by id, also those that were superseded since: what a weighing once read."""
    return _read(Result.objects.filter(pk__in=list(ids)))


def _read(rows: QuerySet[Result]) -> list[Reading]:
    return [Reading(*row) for row in rows.order_by("as_of", "pk").values_list(*READING_FIELDS)]


def yardstick_of(hypothesis: Hypothesis | None) -> Yardstick | None:
    """What a version of a hypothesis measures by, with its guardrails and further success metrics. Two queries."""
    if hypothesis is None:
        return None
    guardrails = hypothesis.guardrails.select_related("metric").order_by("pk")
    successes = hypothesis.success_metrics.select_related("metric").order_by("pk")
    problem = _problem(hypothesis)
    return Yardstick(
        hypothesis_id=hypothesis.pk,
        version=hypothesis.version,
        metric=metric_fact(hypothesis.metric) if hypothesis.metric else None,
        direction=Better(hypothesis.direction or Better.UP),
        minimum_effect=hypothesis.minimum_effect_absolute or 0.0,
        guardrails=tuple(_guardrail_fact(guardrail) for guardrail in guardrails),
        problem=problem,
        planned_units=hypothesis.planned_units,
        successes=tuple(_success_fact(success) for success in successes),
    )


def _problem(hypothesis: Hypothesis) -> str:
    missing = [
        word
        for word, value in (
            ("metric", hypothesis.metric_id),
            ("direction", hypothesis.direction),
            ("minimum effect", hypothesis.minimum_effect),
        )
        if not value
    ]
    if missing:
        return f"the hypothesis does not state its {' and '.join(missing)}"
    if hypothesis.minimum_effect_absolute is None:
        return "the minimum effect is a share of the baseline, and the baseline is 0 or unknown; state it as absolute"
    return ""


def metric_fact(metric: Metric) -> MetricFact:
    """The metric's row as a fact."""
    unit = metric.unit or ("share" if metric.kind == "proportion" else "")
    return MetricFact(metric.pk, metric.key, metric.name, metric.kind, unit, Better(metric.better))


def _guardrail_fact(guardrail: Guardrail) -> GuardrailFact:
    return GuardrailFact(metric_fact(guardrail.metric), guardrail.margin, guardrail.minimum_effect or 0.0)


def _success_fact(success: SuccessMetric) -> SuccessFact:
    return SuccessFact(metric_fact(success.metric), Better(success.direction), success.minimum_effect)


def _stages(stages: list[Stage]) -> tuple[StageFact, ...]:
    arms: dict[int, list[Arm]] = {}
    for arm in Arm.objects.filter(trial__in={stage.trial_id for stage in stages}).order_by("pk"):
        arms.setdefault(arm.trial_id, []).append(arm)
    return tuple(_stage_fact(stage, arms.get(stage.trial_id, [])) for stage in stages)


def _stage_fact(stage: Stage, arms: list[Arm]) -> StageFact:
    ends = [end for end in (stage.ended_at, stage.trial.ended_at) if end is not None]
    return StageFact(
        pk=stage.pk,
        trial=stage.trial.key,
        population=stage.trial.population,
        label=stage.label,
        percent=float(stage.percent) if stage.percent is not None else None,
        started_at=stage.started_at,
        ended_at=min(ends) if ends else None,
        arms=tuple(ArmFact(arm.pk, arm.name, arm.role, float(stage.shares.get(arm.name, arm.share))) for arm in arms),
        landed=stage.landed,
        weighed=stage.weighed,
    )
