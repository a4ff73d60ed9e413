"""What a feature's ladder can find out, and in how many days: from the squad's own traffic, or from what is assumed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from features.models import Feature
from hypotheses.enums import MetricKind
from hypotheses.models import Hypothesis
from hypotheses.queries.hypotheses import current_hypothesis
from hypotheses.queries.traffic import Seen, absolute_minimum, seen_traffic
from hypotheses.statistics.planner import Plan, Traffic, plan, suggested
from lifecycle.queries.ladders import ladder_of

ASSUMED = ("units_per_day", "base", "baseline", "unit_variance", "minimum_effect")
LARGEST_STEP = 99.5
"""A step above it compares with next to nobody."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a plan is made from; None where it is not known. base: how many units there are at all."""

    units_per_day: float | None = None
    unit_variance: float | None = None
    minimum_effect: float | None = None
    base: float | None = None


@dataclass(frozen=True, slots=True)
class PlanView:
    """The plan of a feature. seen: which trial told the traffic, None where it was assumed. problem: what is missing
    before anything can be planned; "" when nothing is. suggestion: the steps that are worth climbing, in percent.
    """

    hypothesis: Hypothesis | None
    seen: Seen | None
    assumed: Mapping[str, float]
    numbers: Numbers = Numbers()
    plan: Plan | None = None
    suggestion: tuple[float, ...] = ()
    problem: str = ""

    def as_json(self) -> dict[str, Any]:
        """The public shape."""
        found = self.plan
        return {
            "from_trial": self.seen.trial if self.seen else None,
            **asdict(self.numbers),
            "units_needed": found.units_needed if found else None,
            "days": found.days if found else None,
            "warning": found.warning if found else "",
            "problem": self.problem,
            "steps": [
                {
                    "percent": step.percent,
                    "treated_per_day": step.treated_per_day,
                    "harm_days": step.harm_days,
                    "decision_days": step.decision_days,
                    "detectable": step.detectable,
                }
                for step in (found.steps if found else ())
            ],
            "suggested_percents": list(self.suggestion),
        }


def plan_of(*, feature: Feature, assumed: Mapping[str, float] | None = None) -> PlanView:
    """The plan of a feature's ladder under its current hypothesis. assumed: numbers above 0 that go before what trials
    have shown, by the names of `ASSUMED`; `base` is how many units there are at all.
    """
    given = dict(assumed or {})
    hypothesis = current_hypothesis(feature=feature)
    metric = hypothesis.metric if hypothesis else None
    if hypothesis is None or metric is None:
        return PlanView(hypothesis, None, given, problem="Write the hypothesis first: which metric, and by how much?")
    seen = seen_traffic(metric=metric, feature=feature)
    baseline = given.get("baseline") or metric.baseline or (seen.baseline if seen else None)
    numbers = Numbers(
        units_per_day=given.get("units_per_day") or (seen.units_per_day if seen else None),
        unit_variance=given.get("unit_variance") or _variance(metric.kind, given.get("baseline"), seen, baseline),
        minimum_effect=given.get("minimum_effect") or absolute_minimum(hypothesis=hypothesis, baseline=baseline),
        base=given.get("base"),
    )
    if not (numbers.units_per_day and numbers.unit_variance and numbers.minimum_effect):
        return PlanView(hypothesis, seen, given, numbers, problem=_missing(numbers))
    traffic = Traffic(numbers.units_per_day, numbers.unit_variance, numbers.base)
    mei = numbers.minimum_effect
    rungs = [(float(rung.percent), float(rung.minimum_days)) for rung in ladder_of(feature=feature).rungs]
    climbed = [rung for rung in rungs if rung[0] <= LARGEST_STEP]
    found = plan(ladder=climbed, traffic=traffic, mei=mei)
    return PlanView(hypothesis, seen, given, numbers, found, suggested(traffic=traffic, mei=mei))


def _variance(kind: str, stated: float | None, seen: Seen | None, baseline: float | None) -> float | None:
    """Of a proportion the baseline tells it; of anything else a trial has to have shown it."""
    if kind == MetricKind.PROPORTION and baseline is not None and 0 < baseline < 1 and (stated or seen is None):
        return baseline * (1 - baseline)
    return seen.unit_variance if seen else None


def _missing(numbers: Numbers) -> str:
    words = {
        "how many units come by each day": numbers.units_per_day,
        "how much they vary (of a rate, its baseline)": numbers.unit_variance,
        "the minimum effect": numbers.minimum_effect,
    }
    missing = [word for word, number in words.items() if not number]
    return f"No trial of this metric has shown {' and '.join(missing)} yet: say it below."
