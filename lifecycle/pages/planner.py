"""The planner: what a feature's ladder can find out, in how many days, before anybody is exposed."""

from dataclasses import dataclass
from math import ceil
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from features.errors import BadInput
from features.models import Feature
from features.queries.people import may_act_for
from hypotheses.statistics.planner import Step
from lifecycle.charts import formats
from lifecycle.pages.feature_acts import feature_called
from lifecycle.pages.refusals import show_refusal
from lifecycle.pages.units import shown_unit
from lifecycle.queries.plans import ASSUMED, BOUNDS, PlanView, plan_of


def _number(name: str, label: str, help_text: str = "") -> forms.FloatField:
    least, most = BOUNDS[name]
    return forms.FloatField(label=label, required=False, min_value=least, max_value=most, help_text=help_text)


class AssumptionsForm(forms.Form):
    """What is assumed instead of what trials have shown. Left empty, the squad's own numbers are taken."""

    units_per_day = _number("units_per_day", "New units a day")
    base = _number("base", "Units in all", "Left empty: nobody runs out of them.")
    baseline = _number("baseline", "Baseline", "Of a rate, as a share: 0.12.")
    unit_variance = _number("unit_variance", "Variance between units", "Of a rate the baseline tells it.")
    minimum_effect = _number("minimum_effect", "Minimum effect", "In the metric's unit.")


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step as the table shows it."""

    percent: str
    treated: str
    harm: str
    decision: str
    detectable: str
    takes: str
    suggested: bool


@require_safe
def planner_page(request: HttpRequest, key: str) -> HttpResponse:
    """`/features/{key}/plan/`; what is assumed stands in the address, so that it can be shared."""
    feature = feature_called(key)
    form = AssumptionsForm(request.GET if any(name in request.GET for name in ASSUMED) else None)
    view = _view(feature, form)
    context = {
        "feature": feature,
        "crumbs": [("Board", "/"), (feature.name, reverse("feature", args=[feature.key]))],
        "form": form,
        "view": view,
        "steps": _steps(view),
        "numbers": _numbers(view) if view.plan else [],
        "suggestion": ", ".join(f"{percent:g}%" for percent in view.suggestion),
        "may": may_act_for(request.user, feature.squad),
    }
    return render(request, "lifecycle/planner.html", context, status=400 if form.errors else 200)


def _view(feature: Feature, form: AssumptionsForm) -> PlanView:
    """The plan by what the form assumes; what cannot be assumed is said at its field, and the plan is that without."""
    given = form.cleaned_data if form.is_bound and form.is_valid() else {}
    try:
        return plan_of(feature=feature, assumed={name: value for name, value in given.items() if value is not None})
    except BadInput as refusal:
        show_refusal(form, refusal)
        return plan_of(feature=feature)


def _numbers(view: PlanView) -> list[dict[str, Any]]:
    """What the plan was made from, as tiles."""
    numbers, found = view.numbers, view.plan
    source = f"as {view.seen.trial} has shown" if view.seen and "units_per_day" not in view.assumed else "assumed"
    return [
        {
            "label": "New units a day",
            "value": formats.count(round(numbers.units_per_day)) if numbers.units_per_day else None,
            "note": source if numbers.units_per_day else "not known yet",
        },
        {
            "label": "Has to move by",
            "value": _effect(view, numbers.minimum_effect) if numbers.minimum_effect else None,
            "note": "at least",
        },
        {
            "label": "Units needed",
            "value": formats.count(ceil(found.units_needed)) if found else None,
            "note": "in both arms, half and half",
        },
        {
            "label": "Decided in",
            "value": _days(found.days) if found and found.days is not None else None,
            "note": "all steps together"
            if found and found.days is not None
            else "this plan never decides"
            if found
            else "",
            "tone": "bad" if found and found.days is None else "",
        },
    ]


def _steps(view: PlanView) -> list[StepRow]:
    return [_row(view, step) for step in view.plan.steps] if view.plan else []


def _row(view: PlanView, step: Step) -> StepRow:
    return StepRow(
        percent=f"{step.percent:g}%",
        treated=formats.count(round(step.treated_per_day)),
        harm=_days(step.harm_days) if step.harm_days is not None else "never",
        decision=_days(step.decision_days) if step.decision_days is not None else "never",
        detectable=_effect(view, step.detectable) if step.detectable else "–",
        takes=_takes(step),
        suggested=step.percent in view.suggestion,
    )


def _takes(step: Step) -> str:
    """What the step's gate asks, and how long that takes."""
    asked = "to be validated" if step.proves else "without harm"
    return f"{_days(step.days)}, {asked}" if step.days is not None else "never validated"


def _effect(view: PlanView, size: float) -> str:
    metric = view.hypothesis.metric if view.hypothesis else None
    return formats.effect(size, unit=shown_unit(metric.kind, metric.unit) if metric else "", scale="absolute")


def _days(days: float | None) -> str:
    return formats.plural(ceil(days), "day") if days is not None else ""
