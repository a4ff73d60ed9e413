"""What a person does about evidence on a page: look although it is too early, clear a mark with a reason."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.views.decorators.http import require_POST

from features.errors import Refusal
from hypotheses.actions.qualifying import clear_mark, unfold
from hypotheses.queries.unfolded import Look, has_looked
from lifecycle.pages.feature_acts import feature_called
from lifecycle.pages.going_back import page_before
from lifecycle.queries.evidence import minimum_days_of


@require_POST
def unfold_page(request: HttpRequest, key: str) -> HttpResponse:
    """Show the numbers that are folded away; that somebody looked is kept."""
    feature = feature_called(key)
    unfold(feature=feature, by=_person(request), now=timezone.now(), minimum_days=minimum_days_of(feature))
    return redirect(page_before(request, otherwise=resolve_url("feature", key)))


@require_POST
def clear_page(request: HttpRequest, key: str) -> HttpResponse:
    """Clear a mark with the reason that was typed."""
    code, reason = request.POST.get("code", ""), request.POST.get("reason", "")
    try:
        clear_mark(feature=feature_called(key), code=code, reason=reason, by=_person(request), now=timezone.now())
        messages.success(request, "The mark is cleared; your name and reason stand beside it.")
    except Refusal as refusal:
        messages.error(request, refusal.detail)
    return redirect(page_before(request, otherwise=resolve_url("feature", key)))


def is_unfolded(request: HttpRequest, *, looks: Iterable[Look], body: Mapping[str, Any]) -> bool:
    """Whether the one who asks has looked at these very numbers before."""
    as_of = body.get("as_of")
    return bool(as_of) and has_looked(looks, person=_person(request), as_of=datetime.fromisoformat(str(as_of)))


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 (LoginRequiredMiddleware lets nobody else in)
    return request.user
