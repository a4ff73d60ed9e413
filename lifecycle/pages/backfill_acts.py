"""What a person does about a metric's past: have it read once more, stop that, go on with it."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from features.errors import Refusal
from hypotheses.actions.backfilling import resume_backfill, start_backfill, stop_backfill
from hypotheses.doorbell import ring
from hypotheses.enums import BackfillState
from hypotheses.models import Backfill, Metric
from lifecycle.pages.backfill_card import BackfillForm, backfill_card
from lifecycle.pages.metric import metric_at, metric_shown
from lifecycle.pages.refusals import show_refusal


@require_http_methods(["GET", "HEAD", "POST"])
def backfill_page(request: HttpRequest, key: str) -> HttpResponse:
    """Start it (POST); or its card alone, which an open page asks for while it runs."""
    metric = metric_at(key)
    if request.method == "POST":
        return _start(request, metric)
    card = backfill_card(metric=metric, person=request.user, now=timezone.now())
    return render(request, "lifecycle/_backfill.html", {"metric": metric, **card})


def _start(request: HttpRequest, metric: Metric) -> HttpResponse:
    form = BackfillForm(request.POST)
    if form.is_valid():
        try:
            start_backfill(
                metric=metric,
                since=form.since_moment,
                until=form.until_moment,
                by=_person(request),
                now=timezone.now(),
            )
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            transaction.on_commit(ring)
            return redirect("metric", metric.key)
    return metric_shown(request, metric, form=form)


@require_POST
def stop_page(request: HttpRequest, backfill_id: int) -> HttpResponse:
    """Let it rest: what waits is held."""
    return _done(request, backfill_id, stop_backfill)


@require_POST
def resume_page(request: HttpRequest, backfill_id: int) -> HttpResponse:
    """Go on where it was stopped."""
    return _done(request, backfill_id, resume_backfill)


def _done(request: HttpRequest, backfill_id: int, act: Callable[..., Backfill]) -> HttpResponse:
    backfill = Backfill.objects.select_related("schedule__metric").filter(pk=backfill_id).first()
    if backfill is None:
        raise Http404(f"There is no backfill {backfill_id}.")
    try:
        if act(backfill=backfill, by=_person(request), now=timezone.now()).state == BackfillState.RUNNING:
            transaction.on_commit(ring)
    except Refusal as refusal:
        messages.error(request, refusal.detail)
    return redirect("metric", backfill.schedule.metric.key)


def _person(request: HttpRequest) -> User:
    person = request.user
    assert isinstance(person, User)  # noqa: S101 (LoginRequiredMiddleware lets nobody else in)
    return person
