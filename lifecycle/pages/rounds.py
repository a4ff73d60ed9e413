"""One round of scoring: poker by radio buttons while it is hidden, and what was played once it is revealed."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from features.errors import Missing, Refusal
from features.models import Feature
from lifecycle.actions.scoring import open_round, play, reveal
from lifecycle.charts import formats
from lifecycle.charts.dot_strip import Strip, StripChart
from lifecycle.models import Round
from lifecycle.pages.backlog import bar_of, points
from lifecycle.pages.feature_acts import feature_called
from lifecycle.pages.fields import LongText
from lifecycle.pages.refusals import show_refusal
from lifecycle.poker import SCALE
from lifecycle.queries.goals import goals_on
from lifecycle.queries.rounds import RoundView, is_thinking, round_at, round_seen, rounds_of
from lifecycle.queries.scorecard import parts_of

CANNOT_SAY = "none"
CARDS = [*((str(card), str(card)) for card in SCALE), (CANNOT_SAY, "cannot say")]


class HandForm(forms.Form):
    """One card for each goal; what was put down before is chosen already."""

    def __init__(self, *args: Any, view: RoundView, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for goal in view.goals:
            self.fields[goal.key] = forms.ChoiceField(
                label=goal.name,
                choices=CARDS,
                widget=forms.RadioSelect(attrs={"class": "card-radio"}),
                initial=_card(goal.own) if goal.played else None,
                error_messages={"required": "Choose a card, or “cannot say”."},
            )

    def plays(self) -> dict[str, int | None]:
        """By goal, the points."""
        return {key: None if card == CANNOT_SAY else int(card) for key, card in self.cleaned_data.items()}


class RevealForm(forms.Form):
    """Why it is revealed before all have played."""

    reason = LongText(label="Why now", help_text="It stays on record.")


class OpenForm(forms.Form):
    """What was talked about since the last round."""

    why = LongText(label="What was talked about", required=False)


@require_http_methods(["GET", "HEAD", "POST"])
def round_page(request: HttpRequest, pk: int) -> HttpResponse:
    """`/rounds/<id>/`: the round, and putting down one's cards."""
    view = _view(request, pk)
    if request.method != "POST":
        return _show(request, view)
    form = HandForm(request.POST, view=view)
    if not form.is_valid():
        return _show(request, view, hand=form, status=400)
    try:
        play(round_id=pk, plays=form.plays(), by=_person(request), now=timezone.now())
    except Refusal as refusal:
        show_refusal(form, refusal)
        return _show(request, _view(request, pk), hand=form, status=refusal.status)
    after = _view(request, pk)
    waits = after.asked - after.played
    said = "Revealed: yours was the last." if after.revealed else f"Your cards are down. {_waiting(waits)}"
    messages.success(request, said)
    return redirect("round", pk)


@require_POST
def reveal_page(request: HttpRequest, pk: int) -> HttpResponse:
    """`/rounds/<id>/reveal/`: a lead reveals it early."""
    form = RevealForm(request.POST)
    view = _view(request, pk)
    if not form.is_valid():
        return _show(request, view, early=form, status=400)
    try:
        reveal(round_id=pk, by=_person(request), now=timezone.now(), **form.cleaned_data)
    except Refusal as refusal:
        show_refusal(form, refusal)
        return _show(request, view, early=form, status=refusal.status)
    messages.success(request, "Revealed.")
    return redirect("round", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def open_round_page(request: HttpRequest, key: str) -> HttpResponse:
    """`/features/<key>/score/`: open a round, or a repeat of one."""
    feature, now = feature_called(key), timezone.now()
    form = OpenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = open_round(feature=feature, by=_person(request), now=now, **form.cleaned_data)
        except Refusal as refusal:
            show_refusal(form, refusal)
            return _show_opening(request, feature, form, now, status=refusal.status)
        messages.success(request, "Open: everybody of the squad is asked.")
        return redirect("round", made.pk)
    return _show_opening(request, feature, form, now)


def _show_opening(
    request: HttpRequest, feature: Feature, form: OpenForm, now: datetime, *, status: int = 200
) -> HttpResponse:
    rounds = rounds_of(feature)
    context = {
        "feature": feature,
        "form": form,
        "goals": [one for one in goals_on(timezone.localdate(now)) if one.weight],
        "people": list(feature.squad.people.filter(is_active=True).order_by("first_name", "username")),
        "last": rounds[0] if rounds else None,
        "thinking": is_thinking(feature),
        "crumbs": [("Backlog", reverse("backlog")), (feature.name, reverse("feature", args=[feature.key]))],
    }
    return render(request, "lifecycle/round_new.html", context, status=status)


def _view(request: HttpRequest, pk: int) -> RoundView:
    try:
        return round_seen(round_at(pk), request.user)
    except Missing as missing:
        raise Http404(missing.detail) from missing


def _person(request: HttpRequest) -> User:
    person = request.user
    assert isinstance(person, User)  # noqa: S101 (LoginRequiredMiddleware lets nobody else in)
    return person


def _show(
    request: HttpRequest,
    view: RoundView,
    *,
    hand: HandForm | None = None,
    early: RevealForm | None = None,
    status: int = 200,
) -> HttpResponse:
    feature = view.feature
    rounds = rounds_of(feature)
    form = hand or HandForm(view=view)
    context = {
        "view": view,
        "feature": feature,
        "hand": form,
        "cards": [(goal, form[goal.key]) for goal in view.goals],
        "early": early or RevealForm(),
        "left": view.asked - view.played,
        "waiting": _waiting(view.asked - view.played),
        "sentence": _sentence(view),
        "chart": strips(view),
        "bar": bar_of(parts_of(list(view.round.goals.select_related("goal")))) if view.revealed else None,
        "tiles": _tiles(view),
        "rounds": [(one, points(one.score)) for one in rounds],
        "is_last": rounds[0].pk == view.round.pk,
        "crumbs": [("Backlog", reverse("backlog")), (feature.name, reverse("feature", args=[feature.key]))],
    }
    return render(request, "lifecycle/round.html", context, status=status)


def _card(own: int | None) -> str:
    return CANNOT_SAY if own is None else str(own)


def _waiting(left: int) -> str:
    return "Everybody has played." if not left else f"The round waits for {formats.plural(left, 'more hand')}."


def _sentence(view: RoundView) -> str:
    found = view.round
    if not view.revealed:
        return f"{view.played} of {view.asked} have played. Cards stay hidden until all have."
    if found.score is None:
        return "Nobody could say anything of any goal, so there is no score."
    told = f"{view.feature.name} scores {points(found.score)} of 8"
    told += f"; the middle half of the cards lies between {points(found.score_low)} and {points(found.score_high)}."
    if view.apart:
        told += f" On {' and '.join(goal.name for goal in view.apart)} opinions lie far apart."
    return told


def _tiles(view: RoundView) -> list[dict[str, Any]]:
    found = view.round
    middle = f"middle half {points(found.score_low)} to {points(found.score_high)}" if found.score is not None else ""
    early = "revealed early" if found.reveal_reason else "everybody who was asked"
    apart = ", ".join(goal.name for goal in view.apart)
    return [
        {"label": "Score, 0 to 8", "value": points(found.score) if found.score is not None else None, "note": middle},
        {"label": "Played", "value": f"{view.played} of {view.asked}", "note": early},
        {"label": "Far apart", "value": str(len(view.apart)), "note": apart or "nothing to talk about"},
    ]


def strips(view: RoundView) -> StripChart:
    """The cards as a picture; nothing before the reveal."""
    rows = (
        Strip(
            name=goal.name,
            cards=tuple((card.name, card.points) for card in goal.cards),
            low=_float(goal.low),
            median=_float(goal.median),
            high=_float(goal.high),
            note=f"median {points(goal.median)}, {round(100 * goal.share)}% of the weight",
            apart=goal.far_apart,
        )
        for goal in view.goals
    )
    return StripChart(tuple(rows) if view.revealed else ())


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def newest_scored(rounds: list[Round]) -> Round | None:
    """The last revealed of a feature's rounds, which stand newest first."""
    return next((one for one in rounds if one.closed_at is not None), None)
