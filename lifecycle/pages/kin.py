"""The card of a feature's kin, and saying that its lessons were read."""

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from features.errors import Refusal
from lifecycle.actions.lessons import acknowledge_kin
from lifecycle.pages.feature_acts import feature_called


@require_POST
def kin_read_page(request: HttpRequest, key: str) -> HttpResponse:
    """Acknowledge the lessons of the kin, for the squad; back to the feature."""
    feature, person = feature_called(key), request.user
    assert isinstance(person, User)  # noqa: S101 (LoginRequiredMiddleware lets nobody else in)
    try:
        reading = acknowledge_kin(feature=feature, by=person, now=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.detail)
    else:
        many = len(reading.lessons)
        messages.success(request, f"Noted: {many} lesson{'s' if many > 1 else ''} of its kin were read.")
    return redirect("feature", feature.key)
