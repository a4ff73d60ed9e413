"""A squad's rate card: who is there, what a day of theirs costs, from when on."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from features.actions.rate_card import Noted, may_keep_rates, set_role
from features.errors import Refusal
from features.models import Squad
from features.queries.allocations import week_of
from features.queries.rate_card import rate_card
from lifecycle.charts import formats
from lifecycle.pages.going_back import page_before
from lifecycle.pages.refusals import show_refusal
from lifecycle.pages.week import squad_called
from lifecycle.pages.week_forms import RoleForm


@require_http_methods(["GET", "HEAD", "POST"])
def rates_page(request: HttpRequest, slug: str) -> HttpResponse:
    """`/squads/<slug>/rates/`: the rate card, and the form that adds to it."""
    squad, now = squad_called(slug), timezone.now()
    person = request.user
    assert isinstance(person, User)  # noqa: S101 (LoginRequiredMiddleware lets nobody else in)
    if request.method != "POST":
        monday = week_of(timezone.localdate(now))
        return _show(request, squad, RoleForm(initial={"from_on": monday, "currency": settings.CURRENCY}))
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _show(request, squad, form, status=400)
    try:
        done = set_role(squad=squad, by=person, now=now, **form.cleaned_data)
    except Refusal as refusal:
        show_refusal(form, refusal)
        return _show(request, squad, form, status=refusal.status)
    messages.success(request, _said(done))
    return redirect(page_before(request, otherwise=reverse("squad-rates", args=[squad.slug])))


def _said(done: Sequence[Noted]) -> str:
    if not any(noted.changed for noted in done):
        return "Nothing has changed: it stands so already."
    weeks = max(noted.rebooked for noted in done)
    if not weeks:
        return f"Saved, from {formats.day(done[0].row.from_on)} on."
    again = "1 booked week is" if weeks == 1 else f"{weeks:,} booked weeks are"
    return f"Saved, from {formats.day(done[0].row.from_on)} on. {again} booked again within a minute, as revisions."


def _show(request: HttpRequest, squad: Squad, form: RoleForm, *, status: int = 200) -> HttpResponse:
    person = request.user
    assert isinstance(person, User)  # noqa: S101 (as above)
    today = timezone.localdate()
    context: dict[str, Any] = {
        "squad": squad,
        "card": rate_card(squad=squad, day=today),
        "role_form": form,
        "today": today,
        "keeps": may_keep_rates(person, squad),
        "crumbs": [
            ("Board", "/"),
            (squad.name, f"/?squad={squad.slug}"),
            ("Week", reverse("week", args=[squad.slug])),
        ],
    }
    return render(request, "lifecycle/rates.html", context, status=status)
