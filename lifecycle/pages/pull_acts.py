"""What a person does about pulls: try again, leave one out, read now. Each goes back to the page it was asked on."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.views.decorators.http import require_POST

from features.errors import Refusal
from hypotheses.actions.mending import pull_now, retry_dead, retry_pull, skip_pull
from hypotheses.doorbell import ring
from hypotheses.models import Metric, Pull, Source
from hypotheses.queries.catalogue import may_write_catalogue
from lifecycle.charts import formats
from lifecycle.pages.going_back import page_before

SOON = "a worker takes it up within a minute."


@require_POST
def retry_page(request: HttpRequest, pull_id: int) -> HttpResponse:
    """Try a failed or dead pull again, now."""
    pull = _pull(pull_id)

    def act(person: User) -> str:
        retry_pull(pull=pull, by=person, now=timezone.now())
        transaction.on_commit(lambda: ring(first=pull.pk))
        return f"It is due again; {SOON}"

    return _done(request, act)


@require_POST
def skip_page(request: HttpRequest, pull_id: int) -> HttpResponse:
    """Leave a window out for good, with the reason that was typed."""
    pull = _pull(pull_id)

    def act(person: User) -> str:
        skip_pull(pull=pull, by=person, now=timezone.now(), reason=request.POST.get("reason", ""))
        return "The window is left out; the reason stands beside it."

    return _done(request, act)


@require_POST
def pull_now_page(request: HttpRequest, key: str) -> HttpResponse:
    """Read a metric now: its last closed window once more, and what has come since."""
    metric = Metric.objects.filter(key=key).first()
    if metric is None:
        raise Http404(f"There is no metric “{key}”.")

    def act(person: User) -> str:
        pull = pull_now(metric=metric, by=person, now=timezone.now())
        transaction.on_commit(lambda: ring(first=pull.pk))
        return f"It is due now; {SOON}"

    return _done(request, act)


@require_POST
def retry_dead_page(request: HttpRequest, key: str) -> HttpResponse:
    """Try all dead pulls of a source again: for when it has been mended."""
    source = Source.objects.filter(key=key).first()
    if source is None:
        raise Http404(f"There is no source “{key}”.")

    def act(person: User) -> str:
        count = retry_dead(source=source, by=person, now=timezone.now())
        transaction.on_commit(ring)
        if not count:
            return "No pull of this source has given up."
        return f"{formats.plural(count, 'pull')} {'is' if count == 1 else 'are'} due again; workers take them up now."

    return _done(request, act)


def _pull(pull_id: int) -> Pull:
    pull = Pull.objects.filter(pk=pull_id).first()
    if pull is None:
        raise Http404(f"There is no pull {pull_id}.")
    return pull


def _done(request: HttpRequest, act: Callable[[User], str]) -> HttpResponse:
    """Carry it out, say how that went, and go back."""
    person = request.user
    assert isinstance(person, User)  # noqa: S101 (LoginRequiredMiddleware lets nobody else in)
    if not may_write_catalogue(person):
        messages.error(request, "Members of squads, tribe leaders and administrators see to pulls.")
        return redirect(page_before(request, otherwise=resolve_url("pulls")))
    try:
        messages.success(request, act(person))
    except Refusal as refusal:
        messages.error(request, refusal.detail)
    return redirect(page_before(request, otherwise=resolve_url("pulls")))
