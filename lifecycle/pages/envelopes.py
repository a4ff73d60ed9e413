"""A squad's envelopes: what one stint of each phase may spend, beside what is usual, and what is over now."""

from decimal import Decimal
from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from features.actions.enveloping import set_envelope
from features.actions.rate_card import may_keep_rates
from features.enums import Phase
from features.errors import Refusal
from features.models import Squad
from features.queries.envelopes import Overrun, PhaseEnvelope, envelope_changes, envelopes_of, overruns_of
from lifecycle.charts import formats
from lifecycle.design.tokens import phase_label
from lifecycle.pages.fields import LongText
from lifecycle.pages.refusals import show_refusal
from lifecycle.pages.week import squad_called

NONE: Final = "no envelope"


class EnvelopeForm(forms.Form):
    """What one stint of a phase may spend, in money or in person-days; neither takes the envelope away."""

    phase = forms.ChoiceField(label="Phase", choices=[(str(phase), phase_label(phase)) for phase in Phase])
    amount = forms.DecimalField(label=f"Money, {settings.CURRENCY}", required=False, help_text="Or person-days.")
    days = forms.DecimalField(
        label="Person-days", required=False, help_text="Both left empty: the envelope is taken away."
    )
    note = LongText(label="Why", required=False)


@require_http_methods(["GET", "HEAD", "POST"])
def envelopes_page(request: HttpRequest, slug: str) -> HttpResponse:
    """`/squads/<slug>/envelopes/`: the five phases, and the form that says another; `?phase=` fills it."""
    squad = squad_called(slug)
    person = request.user
    assert isinstance(person, User)  # noqa: S101 (LoginRequiredMiddleware lets nobody else in)
    rows = envelopes_of(squad=squad)
    if request.method != "POST":
        return _show(request, squad, rows, EnvelopeForm(initial=_standing(request.GET.get("phase", ""), rows)))
    form = EnvelopeForm(request.POST)
    if not form.is_valid():
        return _show(request, squad, rows, form, status=400)
    try:
        done = set_envelope(squad=squad, by=person, now=timezone.now(), **form.cleaned_data)
    except Refusal as refusal:
        show_refusal(form, refusal)
        return _show(request, squad, rows, form, status=refusal.status)
    phase = phase_label(form.cleaned_data["phase"])
    said = _said(done.amount, done.days) if done else NONE
    messages.success(request, f"Saved. Stints of {phase} that begin from now on: {said}.")
    return redirect(reverse("squad-envelopes", args=[squad.slug]))


def _standing(asked: str, rows: list[PhaseEnvelope]) -> dict[str, Any]:
    """What the form begins with: the phase that is asked for, as it stands."""
    row = next((row for row in rows if row.phase == asked), None)
    return {"phase": row.phase, "amount": row.amount, "days": row.days} if row else {}


def _show(
    request: HttpRequest, squad: Squad, rows: list[PhaseEnvelope], form: EnvelopeForm, *, status: int = 200
) -> HttpResponse:
    person = request.user
    assert isinstance(person, User)  # noqa: S101 (as above)
    changes = envelope_changes(squad=squad)
    context = {
        "squad": squad,
        "rows": [(row, phase_label(row.phase), _said(row.amount, row.days), _above(row)) for row in rows],
        "none_yet": not any(row.since for row in rows),
        "overruns": [(one, *_overrun(one)) for one in overruns_of(squad=squad)],
        "changes": [(one, _said(*one.before), _said(*one.after)) for one in changes],
        "form": form,
        "keeps": may_keep_rates(person, squad),
        "crumbs": [
            ("Board", "/"),
            (squad.name, f"/?squad={squad.slug}"),
            ("Week", reverse("week", args=[squad.slug])),
        ],
    }
    return render(request, "lifecycle/envelopes.html", context, status=status)


def _said(amount: Decimal | None, days: Decimal | None) -> str:
    if amount is not None:
        return formats.money(amount, settings.CURRENCY)
    return formats.person_days(days) if days is not None else NONE


def _above(row: PhaseEnvelope) -> bool:
    """Whether the usual stint costs more than the envelope holds: half of them would fall due by it."""
    return row.amount is not None and row.usual.median is not None and row.usual.median > row.amount


def _overrun(one: Overrun) -> tuple[str, str, str]:
    """Budget, spent, and how far it is over, in words."""
    if one.in_days:
        return tuple(formats.person_days(value) for value in (one.budget, one.spent, one.over))  # type: ignore[return-value]
    return tuple(formats.money(value, settings.CURRENCY) for value in (one.budget, one.spent, one.over))  # type: ignore[return-value]
