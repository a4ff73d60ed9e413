"""The goals of the house: what each weighs today, who answers for it, and what it weighed before."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from features.errors import Refusal
from lifecycle.actions.aiming import change_goal, set_goal
from lifecycle.models.scorecard import MOST_WEIGHT
from lifecycle.pages.feature_forms import PersonField
from lifecycle.pages.fields import LongText
from lifecycle.pages.refusals import show_refusal
from lifecycle.queries.goals import GoalNow, goals_on, may_set_goals


class GoalForm(forms.Form):
    """A goal, or what changes of one."""

    name = forms.CharField(label="Goal", max_length=80)
    why = LongText(label="Why the house is after it", help_text="Squads score by this sentence.")
    weight = forms.IntegerField(
        label="Weight", min_value=1, max_value=MOST_WEIGHT, help_text="What counts is its part of all weights."
    )
    from_on = forms.DateField(
        label="From",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Today where it is left empty. Rounds that are open keep their weights.",
    )
    owner = PersonField(label="Owner", queryset=User.objects.none(), required=False, empty_label="Nobody")
    ended_on = forms.DateField(
        label="Ends",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="From this day on it is not asked for.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = User.objects.filter(is_active=True).order_by("first_name", "username")  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
def goals_page(request: HttpRequest) -> HttpResponse:
    """`/goals/`: all of them, and the form that sets one."""
    if request.method != "POST":
        return _show(request, GoalForm())
    form = GoalForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=400)
    try:
        goal = set_goal(by=_person(request), now=timezone.now(), **form.cleaned_data)
    except Refusal as refusal:
        show_refusal(form, refusal)
        return _show(request, form, status=refusal.status)
    messages.success(request, f"“{goal.name}” is a goal of the house.")
    return redirect("goals")


@require_http_methods(["GET", "HEAD", "POST"])
def goal_page(request: HttpRequest, key: str) -> HttpResponse:
    """`/goals/<key>/`: change one."""
    now = timezone.now()
    found = next((one for one in goals_on(timezone.localdate(now)) if one.goal.key == key), None)
    if found is None:
        raise Http404(f"There is no goal “{key}”.")
    if request.method != "POST":
        return _show(request, GoalForm(initial=_standing(found)), changing=found)
    form = GoalForm(request.POST)
    if not form.is_valid():
        return _show(request, form, changing=found, status=400)
    try:
        change_goal(key=key, by=_person(request), now=now, changes=form.cleaned_data)
    except Refusal as refusal:
        show_refusal(form, refusal)
        return _show(request, form, changing=found, status=refusal.status)
    messages.success(request, f"Saved: {form.cleaned_data['name']}.")
    return redirect("goals")


def _standing(found: GoalNow) -> dict[str, Any]:
    goal = found.goal
    weight = found.weight or (found.weights[0].weight if found.weights else None)
    return {"name": goal.name, "why": goal.why, "owner": goal.owner_id, "ended_on": goal.ended_on, "weight": weight}


def _person(request: HttpRequest) -> User:
    person = request.user
    assert isinstance(person, User)  # noqa: S101 (LoginRequiredMiddleware lets nobody else in)
    return person


def _show(request: HttpRequest, form: GoalForm, *, changing: GoalNow | None = None, status: int = 200) -> HttpResponse:
    today = timezone.localdate()
    crumbs = [("Backlog", reverse("backlog"))] + ([("Goals", reverse("goals"))] if changing else [])
    context = {
        "goals": goals_on(today),
        "changing": changing,
        "form": form,
        "may": may_set_goals(request.user),
        "today": today,
        "crumbs": crumbs,
    }
    return render(request, "lifecycle/goals.html", context, status=status)
