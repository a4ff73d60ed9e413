"""The gate page: what is asked, what is recommended and why, and the three buttons."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from features.errors import Conflict, Refusal
from features.models import Feature
from features.queries.people import may_act_for
from hypotheses.queries.course import course_of
from hypotheses.queries.hypotheses import hypothesis_in_force
from hypotheses.queries.unfolded import looks_at
from lifecycle.actions.calling import call_gate
from lifecycle.actions.consenting import alone_or_ask, consent
from lifecycle.actions.deciding import decide
from lifecycle.charts.formats import percentage
from lifecycle.enums import GateState, Level, Outcome
from lifecycle.models import Decision, Gate
from lifecycle.pages.evidence_acts import is_unfolded
from lifecycle.pages.evidence_card import evidence_card
from lifecycle.pages.gate_forms import NAMES, ConsentForm, DecisionForm, ReasonForm
from lifecycle.pages.gate_words import CAUSES, CHECKS, QUESTIONS, RULES, Choice, choices, question
from lifecycle.pages.learning_rows import learning_rows
from lifecycle.pages.refusals import show_refusal
from lifecycle.pages.review_card import review_of_gate
from lifecycle.queries.decisions import was_exposed
from lifecycle.queries.gates import GateView, gate_view
from lifecycle.queries.ladders import ladder_of
from lifecycle.queries.retracing import retraced


@dataclass(slots=True)
class Typed:
    """What somebody typed and why it was refused, to be shown again."""

    decision: DecisionForm | None = None
    call: ReasonForm | None = None
    consent: ConsentForm | None = None
    outcome: str = ""
    status: int = 200

    @property
    def form(self) -> DecisionForm | ReasonForm | ConsentForm | None:
        """What was sent, whichever of the three it was."""
        return self.decision or self.call or self.consent


@require_http_methods(["GET", "HEAD", "POST"])
def gate_page(request: HttpRequest, gate_id: int) -> HttpResponse:
    """`/gates/<id>/`: shows a gate; a POST with `outcome` answers it."""
    gate = _gate(gate_id)
    if request.method != "POST":
        return _show(request, gate, Typed())
    outcome = request.POST.get("outcome", "")
    form = _decision_form(gate, _person(request), data=request.POST)
    if outcome not in set(Outcome):
        form.add_error(None, "Choose one of the three answers.")
        return _show(request, gate, Typed(decision=form, status=400))
    if not form.is_valid():
        return _show(request, gate, Typed(decision=form, outcome=outcome, status=400))
    try:
        decision = decide(gate_id=gate.pk, by=_person(request), now=timezone.now(), **form.answer(outcome))
    except Refusal as refusal:
        show_refusal(form, refusal, names=NAMES)
        status = refusal.status
        return _show(request, _gate(gate_id), Typed(decision=form, outcome=outcome, status=status))
    messages.success(request, _decided(decision))
    return redirect("feature", decision.feature.key)


@require_POST
def call_page(request: HttpRequest, gate_id: int) -> HttpResponse:
    """Ask for the decision now, with a reason."""
    gate, form = _gate(gate_id), ReasonForm(request.POST)
    if not form.is_valid():
        return _show(request, gate, Typed(call=form, status=400))
    try:
        call_gate(gate_id=gate.pk, by=_person(request), now=timezone.now(), reason=form.cleaned_data["reason"])
    except Refusal as refusal:
        show_refusal(form, refusal)
        return _show(request, _gate(gate_id), Typed(call=form, status=refusal.status))
    messages.success(request, "The gate is due: it can be decided now.")
    return redirect("gate", gate.pk)


@require_POST
def consent_page(request: HttpRequest, gate_id: int) -> HttpResponse:
    """Consent, as the second person, that the rules named in `rules` are overridden."""
    gate, form = _gate(gate_id), ConsentForm(request.POST)
    if not form.is_valid():
        return _show(request, gate, Typed(consent=form, status=400))
    rules = request.POST.getlist("rules")
    reason = form.cleaned_data["reason"]
    try:
        consent(gate_id=gate.pk, by=_person(request), now=timezone.now(), rules=rules, reason=reason)
    except Refusal as refusal:
        show_refusal(form, refusal)
        return _show(request, _gate(gate_id), Typed(consent=form, status=refusal.status))
    messages.success(request, "Your consent stands. Somebody else decides now, and names it.")
    return redirect("gate", gate.pk)


def _gate(gate_id: int) -> Gate:
    rows = Gate.objects.select_related("feature__squad__tribe", "feature__owner", "feature__parent", "stint")
    gate = rows.filter(pk=gate_id).first()
    if gate is None:
        raise Http404(f"There is no gate {gate_id}.")
    return gate


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 (LoginRequiredMiddleware lets nobody else in)
    return request.user


def _choices(gate: Gate, advised: str | None = None) -> tuple[Choice, ...]:
    stint, feature = gate.stint, gate.feature
    exposed = was_exposed(feature=feature)
    ladder = ladder_of(feature=feature)
    return choices(
        feature=feature, phase=stint.phase, step=stint.step_percent, ladder=ladder, exposed=exposed, advised=advised
    )


def _decision_form(gate: Gate, person: User, data: Mapping[str, Any] | None = None) -> DecisionForm:
    given = gate.consents.exclude(by=person).select_related("by").order_by("-pk")
    named = [(str(one.pk), f"{one.by.get_full_name() or one.by.get_username()}: {one.reason}"[:120]) for one in given]
    return DecisionForm(data, choices=_choices(gate) if gate.state != GateState.DECIDED else (), consents=named)


def _show(request: HttpRequest, gate: Gate, typed: Typed) -> HttpResponse:
    now, person = timezone.now(), _person(request)
    view = gate_view(gate=gate, now=now, person=person)
    if typed.form is not None and view.state == GateState.DECIDED:
        typed.status = Conflict.status  # whatever else is wrong with it: somebody was first
    feature, stint, ladder = gate.feature, gate.stint, ladder_of(feature=gate.feature)
    hypothesis = hypothesis_in_force(stint=stint)
    course = course_of(feature=feature, stint=stint, until=gate.decided_at)
    unmet = [rule for rule in view.rules if rule["level"] == Level.MUST and not rule["met"]]
    decided = view.state == GateState.DECIDED
    looks = looks_at(stint_id=stint.pk)
    context = {
        "gate": gate,
        "view": view,
        "feature": feature,
        "question": question(feature=feature, phase=view.phase, step=view.step, ladder=ladder),
        "crumbs": [("Board", "/"), (feature.name, f"/features/{feature.key}/")],
        "advice": view.recommendation,
        "advice_title": _advice_title(view),
        "evidence": evidence_card(
            body=view.evidence,
            course=course,
            direction=hypothesis.direction if hypothesis else "up",
            unfolded=decided or is_unfolded(request, looks=looks, body=view.evidence),
        ),
        "looks": looks,
        "learning": learning_rows(view.cost_of_learning),
        "at_step": f"{float(view.step):g}%" if view.step is not None else "",
        "rules": [{**rule, "name": RULES.get(rule["code"], rule["code"])} for rule in view.rules],
        "met": sum(rule["met"] for rule in view.rules),
        "criteria": view.decision.criteria if view.decision else (),
        "criteria_met": sum(one["met"] is True for one in view.decision.criteria) if view.decision else 0,
        "unmet": unmet,
        "unmet_names": [RULES.get(rule["code"], rule["code"]) for rule in unmet],
        "causes": [(CAUSES.get(cause.cause, cause.cause), cause) for cause in view.due_because],
        "checks": CHECKS,
        "questions": QUESTIONS,
        "people": _names({*view.deciders, *_said_by(view)}),
        "budget_left": _left(view),
        "in_review": review_of_gate(gate),
        "local_maximum": next((rule for rule in view.rules if rule["code"] == "local_maximum" and rule["met"]), None),
        "today": timezone.localdate(now),
        "choices": () if decided else _choices(gate, view.recommendation.get("outcome")),
        "form": typed.decision or (None if decided else _decision_form(gate, person)),
        "typed": typed,
        "call_form": typed.call or ReasonForm(auto_id="call_%s"),
        "consent_form": typed.consent or ConsentForm(auto_id="consent_%s"),
        "own_consents": [one for one in view.consents if one["by"] == person.get_username()],
        "alone": alone_or_ask(),
        "may_call": may_act_for(person, feature.squad),
        "may": not decided and may_act_for(person, feature.squad),
        "next_gate": _next_gate(feature) if decided else None,
        "retraced": retraced(gate.decision) if decided and request.GET.get("retrace") else None,
    }
    return render(request, "lifecycle/gate.html", context, status=typed.status)


def _advice_title(view: GateView) -> str:
    outcome = view.recommendation.get("outcome")
    return Outcome(outcome).label if outcome else "Wait"


def _said_by(view: GateView) -> Iterable[str]:
    """The usernames that stand on the page beside the deciders."""
    yield from (cause.by for cause in view.due_because if cause.by)
    yield from (one["by"] for one in view.consents)
    if view.decision and view.decision.by:
        yield view.decision.by


def _names(usernames: Iterable[str]) -> dict[str, str]:
    """How people are called, by username: one query."""
    people = User.objects.filter(username__in=set(usernames)).order_by("first_name", "username")
    return {person.get_username(): person.get_full_name() or person.get_username() for person in people}


def _left(view: GateView) -> Any:
    """What is left of the budget, in its own unit; None without one."""
    if view.budget.amount is not None:
        return view.budget.amount - view.spent.amount
    return view.budget.days - view.spent.days if view.budget.days is not None else None


def _next_gate(feature: Feature) -> Gate | None:
    return Gate.objects.filter(feature=feature).exclude(state=GateState.DECIDED).first()


def _decided(decision: Decision) -> str:
    """What has just happened, for the message on the feature's page."""
    feature = Feature.objects.get(pk=decision.feature_id)
    word = {"iterate": "Iterated", "kill": "Killed", "advance": "Advanced"}[decision.outcome]
    where = feature.get_phase_display()
    if feature.status != "active":
        where = f"it is “{feature.get_status_display().lower()}” now"
        return f"{word}: {feature.name}, {where}."
    at = f" at {percentage(feature.step_percent)}" if feature.step_percent is not None else ""
    return f"{word}: {feature.name} is in {where}{at} now."
