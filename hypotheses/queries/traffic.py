"""How many units come by and how much they vary, as the latest trial of a metric has shown."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from features.models import Feature
from hypotheses.enums import ArmRole, MetricKind
from hypotheses.models import Hypothesis, Metric, Result, Stage
from hypotheses.queries.snapshots import TOLERANCE

LOOKED_AT = 5
LEAST_DAYS = 1
"""A stage that has run for less tells little of a day."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a trial has shown. units_per_day: new units in all its arms; unit_variance, baseline: of the control arm."""

    trial: str
    as_of: datetime
    units_per_day: float
    unit_variance: float
    baseline: float


def seen_traffic(*, metric: Metric, feature: Feature) -> Seen | None:
    """By the latest stage with results of the metric: of the feature itself, else of its squad, else of anybody."""
    stages = Stage.objects.filter(trial__hypothesis__metric=metric, landed__gt=0).select_related("trial")
    own = Q(trial__feature=feature), Q(trial__feature__squad=feature.squad), Q()
    for whose in own:
        for stage in stages.filter(whose).order_by("-started_at", "-pk")[:LOOKED_AT]:
            if found := _shown(stage, metric):
                return found
    return None


def _shown(stage: Stage, metric: Metric) -> Seen | None:
    """What a stage shows, read when all its compared arms were there; after its end nobody new came."""
    arms = _side_by_side(stage, metric)
    control = next((row for row in arms if row.arm.role == ArmRole.CONTROL), None)
    if control is None or control.var <= 0 or metric.kind == MetricKind.RATIO:
        return None
    as_of = max(row.as_of for row in arms)
    days = (min(as_of, stage.ended_at or as_of) - stage.started_at) / timedelta(days=1)
    if days < LEAST_DAYS:
        return None
    return Seen(stage.trial.key, as_of, sum(row.n for row in arms) / days, control.var, control.mean)


def _side_by_side(stage: Stage, metric: Metric) -> list[Result]:
    """The latest result of each arm that goes together with those of the others: sources write one arm after another.

    Empty until control and every treatment have one.
    """
    rows = Result.objects.filter(stage=stage, metric=metric, superseded_at__isnull=True, n__gt=1)
    found = list(rows.select_related("arm").order_by("as_of", "pk"))
    latest = {row.arm_id: row.as_of for row in found if row.arm.role != ArmRole.HOLDBACK}
    if len(latest) < stage.trial.arms.exclude(role=ArmRole.HOLDBACK).count() or not latest:
        return []
    moment = min(latest.values())
    return list({row.arm_id: row for row in found if abs(row.as_of - moment) <= TOLERANCE}.values())


def absolute_minimum(*, hypothesis: Hypothesis, baseline: float | None) -> float | None:
    """The minimum effect in the metric's unit, before it is fixed; None where a relative one has no baseline."""
    if hypothesis.minimum_effect_absolute is not None:
        return hypothesis.minimum_effect_absolute
    if hypothesis.minimum_effect is None:
        return None
    if hypothesis.effect_scale == "absolute":
        return hypothesis.minimum_effect
    return hypothesis.minimum_effect * abs(baseline) if baseline else None
