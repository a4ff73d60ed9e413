"""Features with something to believe and something to weigh, for the stories of hypotheses, trials and evidence."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from features.actions.stint import close_stint, open_stint
from features.enums import Phase
from features.models import Feature, Squad, Stint
from hypotheses.actions.hypothesis import write_hypothesis
from hypotheses.actions.landing import land_results
from hypotheses.actions.trial import register_trial
from hypotheses.models import Evidence, Metric, Trial
from hypotheses.sources.base import Row

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
TWO_ARMS = ({"name": "control", "role": "control", "share": 0.5}, {"name": "new", "role": "treatment", "share": 0.5})
_count = itertools.count(1)


def feature_in(squad: Squad, phase: Phase = Phase.SHIP_IT, *, step: int | None = 25, **stint) -> Feature:
    """An active feature in its first stint, which began at START."""
    feature = Feature.objects.create(
        key=f"one-tap-reorder-{next(_count)}", name="One-tap reorder", squad=squad, phase=phase, created_at=START
    )
    step_percent = Decimal(step) if phase == Phase.SHIP_IT and step is not None else None
    open_stint(feature=feature, phase=phase, now=START, by=None, step_percent=step_percent, **stint)
    return feature


def stint_of(feature: Feature) -> Stint:
    return feature.stints.select_related("feature").get(ended_at__isnull=True)


def next_stint(feature: Feature, *, now: datetime, step: int | None = 25) -> Stint:
    """What a decision to iterate does to the stints."""
    close_stint(stint=stint_of(feature), now=now)
    step_percent = Decimal(step) if step is not None else None
    phase = Phase.SHIP_IT if step is not None else Phase.THINK_IT
    return open_stint(feature=feature, phase=phase, now=now, by=None, iteration=2, step_percent=step_percent)


def metric_called(key: str, **fields) -> Metric:
    values = {"name": key.replace("-", " ").capitalize(), "kind": "proportion", "created_at": START, **fields}
    return Metric.objects.get_or_create(key=key, defaults=values)[0]


def believing(feature: Feature, **fields):
    """The hypothesis that reorders go up by at least half a point, and baskets shrink by half a euro at most."""
    metric_called("reorder-rate")
    metric_called("basket-value", kind="mean", unit="EUR")
    stated = {
        "change": "one tap to order again",
        "audience": "returning customers",
        "reason": "they order the same things",
        "metric": "reorder-rate",
        "direction": "up",
        "minimum_effect": 0.005,
        "guardrails": [{"metric": "basket-value", "margin": 0.5}],
        **fields,
    }
    return write_hypothesis(feature=feature, by=None, now=START, **stated)


def trial_of(feature: Feature, key: str = "", **fields) -> Trial:
    fields = {"arms": TWO_ARMS, "started_at": START, "now": START, "by": None, **fields}
    return register_trial(key=key or f"{feature.key}-trial", feature=feature, **fields)


def rows(trial: Trial, *, at: datetime, metric: str = "reorder-rate", stage: str | None = None, **arms) -> list[Row]:
    """One snapshot: each arm as (n, mean), (n, mean, var) or a dict of fields. The variance is that of shares."""
    made = []
    for arm, given in arms.items():
        fields = given if isinstance(given, dict) else dict(zip(("n", "mean", "var"), given, strict=False))
        fields.setdefault("var", fields["mean"] * (1 - fields["mean"]))
        made.append(
            Row(trial=trial.key, metric=metric, arm=arm, as_of=at, stage=stage, opens_stage=bool(stage), **fields)
        )
    return made


def land(trial: Trial, *, at: datetime, now: datetime | None = None, **more):
    return land_results(rows=rows(trial, at=at, **more), now=now or at)


def current(feature: Feature) -> list[Evidence]:
    return list(Evidence.objects.filter(feature=feature, superseded_at__isnull=True).order_by("as_of"))
