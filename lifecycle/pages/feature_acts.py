"""The small forms of a feature: each shows itself, does one act, and keeps what was typed when it is refused."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from features.actions.investment import InvestmentRow, record_investments
from features.actions.replying import form_sent
from features.enums import Category
from features.errors import LostRace, Refusal
from features.models import Feature
from features.queries.people import may_act_for
from hypotheses.actions.finding import add_finding
from hypotheses.queries.hypotheses import current_hypothesis
from lifecycle.actions.registering import register_feature
from lifecycle.actions.removing import confirm_removal_step, plan_removal
from lifecycle.actions.revising import revise_hypothesis
from lifecycle.actions.rolling_out import lower_exposure, restore_exposure
from lifecycle.charts.formats import percentage
from lifecycle.enums import GateState
from lifecycle.models import Gate, Lesson, Removal
from lifecycle.pages.feature_forms import (
    ExposureForm,
    FeatureForm,
    FindingForm,
    HypothesisForm,
    InvestmentForm,
    RemovalForm,
    RemovedForm,
    RevisionForm,
)
from lifecycle.pages.refusals import show_refusal
from lifecycle.pages.sent_once import OnceForm, send_once

Data = Mapping[str, Any] | None
LEARNT: Final = 5
"""So many lessons of the feature that is taken up again are shown where its successor is registered."""


@dataclass(frozen=True, slots=True)
class Act:
    """One form: its title, what it is for, the word on its button, how it is made and what it does.

    `does` gives the sentence that is said afterwards. `names` maps the action's field names to the form's.
    """

    title: str
    lead: str
    button: str
    form: Callable[[Feature, Data], forms.Form]
    does: Callable[[Feature, Any, User, datetime], str]
    names: dict[str, str] = field(default_factory=dict)


def act_page(request: HttpRequest, key: str, act: str) -> HttpResponse:
    """`/features/<key>/<act>/`: one of `ACTS`."""
    feature, chosen = feature_called(key), ACTS[act]
    person = request.user
    assert isinstance(person, User)  # noqa: S101 (LoginRequiredMiddleware lets nobody else in)
    if request.method != "POST":
        form = chosen.form(feature, None)
        return _show(request, feature, chosen, form, status=200 if may_act_for(person, feature.squad) else 403)
    form = chosen.form(feature, request.POST)
    if not form.is_valid():
        return _show(request, feature, chosen, form, status=400)
    try:
        return _carry_out(request, feature, chosen, form, person)
    except Refusal as refusal:
        names = dict(chosen.names)
        if isinstance(form, HypothesisForm):
            names |= form.row_names()
        show_refusal(form, refusal, names=names)
        return _show(request, feature, chosen, form, status=refusal.status)


def _carry_out(request: HttpRequest, feature: Feature, act: Act, form: forms.Form, person: User) -> HttpResponse:
    now, address = timezone.now(), reverse("feature", args=[feature.key])
    if isinstance(form, OnceForm):
        return send_once(request, form, by=person, now=now, act=lambda: (address, act.does(feature, form, person, now)))
    messages.success(request, act.does(feature, form, person, now))
    return redirect(address)


@require_POST
def removed_page(request: HttpRequest, key: str) -> HttpResponse:
    """Confirm one part of the removal's work; what is refused is shown again with the note that was typed."""
    feature, form, person = feature_called(key), RemovedForm(request.POST), request.user
    assert isinstance(person, User)  # noqa: S101 (as above)
    if not form.is_valid():
        return _show(request, feature, REMOVED, form, status=400)
    try:
        confirm_removal_step(feature=feature, by=person, now=timezone.now(), **form.cleaned_data)
    except Refusal as refusal:
        show_refusal(form, refusal, names=REMOVED.names)
        return _show(request, feature, REMOVED, form, status=refusal.status)
    messages.success(request, "Confirmed.")
    return redirect("feature", feature.key)


def new_feature_page(request: HttpRequest) -> HttpResponse:
    """`/features/new/`: registers a feature; `?succeeds=key` takes up one that has ended."""
    person = request.user
    assert isinstance(person, User)  # noqa: S101 (as above)
    before = Feature.objects.filter(key=request.GET.get("succeeds", "")).first()
    form = FeatureForm(
        request.POST if request.method == "POST" else None,
        person=person,
        before=current_hypothesis(feature=before) if before else None,
        initial={"summary": before.summary, "squad": before.squad_id} if before else {"owner": person.get_username()},
    )
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                return _register(request, form, before, person)
            except Refusal as refusal:
                names = {name: name for name in form.fields} | form.row_names()
                show_refusal(form, refusal, names={f"hypothesis.{name}": field for name, field in names.items()})
                status = refusal.status
    learnt = list(Lesson.objects.filter(feature=before).order_by("-pk")[:LEARNT]) if before else []
    context = {"form": form, "before": before, "learnt": learnt, "crumbs": [("Board", "/")]}
    return render(request, "lifecycle/feature_new.html", context, status=status)


def _register(request: HttpRequest, form: FeatureForm, before: Feature | None, person: User) -> HttpResponse:
    now = timezone.now()

    def act() -> tuple[str, str]:
        feature = register_feature(by=person, now=now, succeeds=before, **form.registration())
        return reverse("feature", args=[feature.key]), f"{feature.name} is in Think It. Its first gate stands."

    return send_once(request, form, by=person, now=now, act=act)


def feature_called(key: str) -> Feature:
    """The feature with this key, with its squad, owner and kin.

    Raises:
        Http404: there is none.
    """
    rows = Feature.objects.select_related("squad__tribe", "owner", "parent", "succeeds")
    feature = rows.filter(key=key).first()
    if feature is None:
        raise Http404(f"There is no feature {key}.")
    return feature


def _show(request: HttpRequest, feature: Feature, act: Act, form: forms.Form, *, status: int) -> HttpResponse:
    context = {
        "feature": feature,
        "act": act,
        "form": form,
        "may": may_act_for(request.user, feature.squad),
        "crumbs": [("Board", "/"), (feature.name, f"/features/{feature.key}/")],
    }
    return render(request, "lifecycle/act.html", context, status=status)


def _revise(feature: Feature, form: RevisionForm, by: User, now: datetime) -> str:
    after = form.cleaned_data["base"]
    try:
        written = revise_hypothesis(feature=feature, by=by, now=now, after=after, **form.statement())
    except LostRace as lost:
        form.show_after(lost.extra["version"])
        raise
    return f"Version {written.version} of the hypothesis stands."


def _find(feature: Feature, form: FindingForm, by: User, now: datetime) -> str:
    given = {name: value for name, value in form.cleaned_data.items() if name != "token"}
    cohort = {name: given.pop(name) for name in ("market", "population")}
    add_finding(feature=feature, by=by, now=now, cohort=cohort, **given)
    return "The finding is recorded."


def _invest(feature: Feature, form: InvestmentForm, by: User, now: datetime) -> str:
    given = form.cleaned_data
    row = InvestmentRow(
        feature=feature.key,
        on=given["on"],
        category=Category(given["category"]),
        upkeep=given["upkeep"],
        amount=given["amount"],
        person_days=given["person_days"],
        note=given["note"],
        source="page",
        external_id=f"{feature.key}:{by.pk}:{given['token']}",
    )
    if not record_investments(entries=[row], by=by, now=now).new:
        raise form_sent()  # long ago: what was answered is not kept any more, the entry is
    return "The investment is recorded."


def _expose(feature: Feature, form: ExposureForm, by: User, now: datetime) -> str:
    act = restore_exposure if form.rises else lower_exposure
    given = form.cleaned_data
    change = act(feature=feature, by=by, now=now, percent=given["percent"], reason=given["reason"])
    return f"The exposure is {percentage(change.to_percent)} now."


def _exposure_form(feature: Feature, data: Data) -> ExposureForm:
    held = not Gate.objects.filter(feature=feature, state=GateState.OPEN).exists()
    return ExposureForm(data, exposure=feature.exposure_percent, ceiling=feature.ceiling_percent, held=held)


def _plan(feature: Feature, form: RemovalForm, by: User, now: datetime) -> str:
    plan_removal(feature=feature, by=by, now=now, plan=form.cleaned_data["plan"], owner=form.cleaned_data["owner"])
    return "The way out is written down."


def _removal_form(feature: Feature, data: Data) -> RemovalForm:
    removal = Removal.objects.filter(feature=feature).select_related("owner").first()
    owner = (removal.owner if removal else None) or feature.owner
    plan = removal.plan if removal else ""
    return RemovalForm(data, initial={"plan": plan, "owner": owner.get_username() if owner else None})


REMOVED: Final = Act(
    title="Confirm a part of the removal",
    lead="Exposure is zero, the code is gone, data and docs are gone: each is confirmed by who did it.",
    button="Confirm",
    form=lambda _, data: RemovedForm(data),
    does=lambda *_: "Confirmed.",
    names={"work": "__all__"},  # it is hidden: what is wrong with it is said of the whole form
)
ACTS: Final[dict[str, Act]] = {
    "hypothesis": Act(
        title="Hypothesis",
        lead="It is fixed by the first result or finding of a stint. Until then it can be revised here.",
        button="Write this version",
        form=lambda feature, data: RevisionForm(data, before=current_hypothesis(feature=feature)),
        does=_revise,
    ),
    "finding": Act(
        title="Add a finding",
        lead="Evidence without a trial: weaker, and said so. The first one fixes the hypothesis.",
        button="Record the finding",
        form=lambda _, data: FindingForm(data),
        does=_find,
        names={"cohort.population": "population", "cohort.market": "market", "cohort": "population"},
    ),
    "investment": Act(
        title="Record an investment",
        lead="What one day cost: people, material, equipment, infrastructure, opportunity.",
        button="Record it",
        form=lambda _, data: InvestmentForm(data, initial={"on": timezone.localdate()}),
        does=_invest,
        names={f"rows.0.{name}": name for name in ("on", "category", "amount", "person_days", "note")},
    ),
    "exposure": Act(
        title="Exposure",
        lead="Every member lowers it at once, also while the gate is due. It comes back up to what was decided.",
        button="Lower it now",
        form=_exposure_form,
        does=_expose,
    ),
    "removal": Act(
        title="The way out",
        lead="How it is taken out of the product again, and who owns that. Asked for before anything ships.",
        button="Write it down",
        form=_removal_form,
        does=_plan,
    ),
}
