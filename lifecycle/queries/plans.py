"""What a feature's ladder can find out, and in how many days: from the squad's own traffic, or from what is assumed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from math import isfinite
from typing import Any, Final

from django.db.models import Q

from features.enums import Phase
from features.models import Feature
from hypotheses.enums import MetricKind
from hypotheses.models import Hypothesis
from hypotheses.queries.checking import Complaints
from hypotheses.queries.hypotheses import current_hypothesis
from hypotheses.queries.traffic import Seen, absolute_minimum, seen_traffic
from hypotheses.statistics.case import ALPHA
from hypotheses.statistics.planner import Asked, Plan, Traffic, plan, suggested
from lifecycle.enums import Level
from lifecycle.gates.registry import RULES
from lifecycle.models import StricterRule
from lifecycle.phases import place_of
from lifecycle.queries.ladders import is_last, ladder_of

VALIDATED: Final = next(rule for rule in RULES if rule.code == "validated")
BOUNDS: Final[Mapping[str, tuple[float, float]]] = {
    "units_per_day": (1e-9, 1e12),
    "base": (1, 1e15),
    "baseline": (1e-12, 1e18),
    "unit_variance": (1e-12, 1e18),
    "minimum_effect": (1e-12, 1e12),
}
"""What may be assumed, and from what stored numbers anything can be planned: least and most."""
ASSUMED: Final = tuple(BOUNDS)
LARGEST_STEP: Final = 99.5
"""A step above it compares with next to nobody."""
MOST: Final = 1e15
"""More units, or days, than anybody has: a plan that comes to so many says nothing."""


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
            "planned_units": self.hypothesis.planned_units if self.hypothesis else None,
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
                    "proves": step.proves,
                    "days": step.days,
                }
                for step in (found.steps if found else ())
            ],
            "suggested_percents": list(self.suggestion),
        }


def plan_of(*, feature: Feature, assumed: Mapping[str, float] | None = None) -> PlanView:
    """The plan of a feature's ladder under its current hypothesis. assumed: numbers within `BOUNDS` that go before what
    trials have shown; `base` is how many units there are at all. Raises BadInput for a number outside them.
    """
    given = dict(assumed or {})
    hypothesis = current_hypothesis(feature=feature)
    metric = hypothesis.metric if hypothesis else None
    _require_bounds(given, is_share=metric is not None and metric.kind == MetricKind.PROPORTION)
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
    if problem := _missing(numbers, hypothesis, metric.kind) or _beyond(numbers):
        return PlanView(hypothesis, seen, given, _finite(numbers), problem=problem)
    return _planned(feature, PlanView(hypothesis, seen, given, numbers))


def _planned(feature: Feature, view: PlanView) -> PlanView:
    """The view with its plan; numbers that lead beyond all measure are a problem."""
    numbers, mei = view.numbers, view.numbers.minimum_effect or 0.0
    declared = view.hypothesis.planned_units if view.hypothesis else None
    traffic = Traffic(numbers.units_per_day or 0.0, numbers.unit_variance or 0.0, numbers.base, declared)
    # further success metrics take their share of α from the primary, which then needs longer
    alpha = ALPHA / (1 + (view.hypothesis.success_metrics.count() if view.hypothesis else 0))
    asked = _asked(feature)
    climbed = [each for each in asked if each.percent <= LARGEST_STEP]
    found = plan(ladder=climbed, traffic=traffic, mei=mei, alpha=alpha)
    told = [found.units_needed, found.days]
    for each in found.steps:
        told += [each.harm_days, each.decision_days, each.detectable]
    if any(number is not None and not number <= MOST for number in told):
        problem = "With these numbers nobody could ever tell: say a larger minimum effect, or more units a day, below."
        return replace(view, problem=problem)
    if alone := [each.percent for each in asked if each.percent > LARGEST_STEP]:
        warning = f"At {alone[-1]:g} % nobody is left to compare with, so nothing is decided: end the ladder lower."
        found = replace(found, days=None, warning=warning)
    return replace(view, plan=found, suggestion=suggested(traffic=traffic, mei=mei, alpha=alpha))


def _asked(feature: Feature) -> list[Asked]:
    """The steps of the feature's ladder, and which of their gates refuse what is not validated."""
    ladder, squad = ladder_of(feature=feature), feature.squad
    own = StricterRule.objects.filter(Q(squad=squad) | Q(tribe=squad.tribe_id), rule=VALIDATED.code).exists()
    steps = []
    for rung in ladder.rungs:
        last = is_last(ladder, rung.percent)
        level = VALIDATED.levels.get(place_of(phase=Phase.SHIP_IT, step_percent=rung.percent, last_step=last))
        proves = level is Level.MUST or (level is not None and own)
        steps.append(Asked(float(rung.percent), float(rung.minimum_days), proves, float(rung.course_days)))
    return steps


def _require_bounds(given: Mapping[str, float], *, is_share: bool) -> None:
    """Each number that is given within its bounds, and the baseline of a rate a share."""
    complaints = Complaints()
    for name, number in given.items():
        least, most = BOUNDS[name]
        if not least <= number <= most:
            complaints.add(name, f"Give a number above 0, from {least:g} to {most:g}.", code="out_of_range")
        elif name == "baseline" and is_share and not number < 1:
            detail = "The baseline of a rate is a share between 0 and 1: write 0.12 for 12 %."
            complaints.add(name, detail, code="out_of_range")
    complaints.refuse("The plan cannot be made")


def _variance(kind: str, stated: float | None, seen: Seen | None, baseline: float | None) -> float | None:
    """Of a proportion the baseline tells it; of anything else a trial has to have shown it."""
    if kind == MetricKind.PROPORTION and baseline is not None and 0 < baseline < 1 and (stated or seen is None):
        return baseline * (1 - baseline)
    return seen.unit_variance if seen else None


def _missing(numbers: Numbers, hypothesis: Hypothesis, kind: str) -> str:
    """What has to be said first, and where; "" when nothing is missing. No trial shows the minimum effect."""
    unseen, mend = [], []
    if numbers.units_per_day is None:
        unseen.append("how many units come by each day")
        mend.append("say the new units a day below")
    if numbers.unit_variance is None:
        unseen.append("how much they vary")
        mend.append("give the baseline below" if kind == MetricKind.PROPORTION else "say the variance below")
    parts = []
    if unseen:
        parts.append(f"No trial of this metric has shown {' and '.join(unseen)} yet: {', and '.join(mend)}.")
    if numbers.minimum_effect is None and hypothesis.minimum_effect is None:
        parts.append("The minimum effect is not stated: state it in the hypothesis, or below.")
    elif numbers.minimum_effect is None:
        parts.append("The minimum effect is a share of a baseline that is not known: give the baseline below.")
    return " ".join(parts)


def _beyond(numbers: Numbers) -> str:
    """Which stored number is so small or large that nothing can be planned with it; "" when none is."""
    for name, number in asdict(numbers).items():
        least, most = BOUNDS[name]
        if number is not None and not least <= number <= most:
            words = f"The {name.replace('_', ' ')} that is known, {number:g}, is"
            return f"{words} not from {least:g} to {most:g}, so nothing can be planned with it: say another below."
    return ""


def _finite(numbers: Numbers) -> Numbers:
    """Without what no JSON can hold."""
    return Numbers(**{name: n if n is not None and isfinite(n) else None for name, n in asdict(numbers).items()})
