"""One source: where it points, whether it answers, the metrics that it feeds, its pulls; and a try of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from hypotheses.actions.pulling import BREAKER_AFTER
from hypotheses.enums import PullState, SourceKind
from hypotheses.models import Pull, Source
from hypotheses.queries.catalogue import may_keep_source, may_write_catalogue
from hypotheses.queries.pointing import points_to
from hypotheses.queries.probe import Probe, try_source
from hypotheses.queries.pulls import freshness, is_dead, pulls
from lifecycle.charts import formats
from lifecycle.pages.metric_rows import MetricRow, metric_row
from lifecycle.pages.pull_rows import kind_words, pull_row

LAST: Final = 50


@require_safe
def source_page(request: HttpRequest, key: str) -> HttpResponse:
    """`/pulls/sources/{key}/`; `?state=dead` shows the pulls of one state only."""
    return _page(request, _source(key))


@require_POST
def try_page(request: HttpRequest, key: str) -> HttpResponse:
    """The same page with how reaching the source went; nothing is recorded."""
    source = _source(key)
    if not may_keep_source(_person(request), source):
        messages.error(request, f"The owner of {source.name}, squad leads, tribe leaders and administrators try it.")
        return redirect("source", key)
    return _page(request, source, tried=try_source(source=source))


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 (LoginRequiredMiddleware lets nobody else in)
    return request.user


def _source(key: str) -> Source:
    source = Source.objects.select_related("owner").filter(key=key).first()
    if source is None:
        raise Http404(f"There is no source “{key}”.")
    return source


def _page(request: HttpRequest, source: Source, *, tried: Probe | None = None) -> HttpResponse:
    now, person, state = timezone.now(), _person(request), _state(request)
    rows = pulls(source=source).filter(**{"state": state} if state else {})[:LAST]
    metrics = _metrics(source, now)
    dead = Pull.objects.filter(is_dead(), source=source).count()
    here = reverse("source", args=[source.key])
    context = {
        "source": source,
        "kind": kind_words(source),
        "where": points_to(source),
        "pushed": source.kind == SourceKind.PUSH,
        "tiles": _tiles(source, metrics, dead, now),
        "metrics": metrics,
        "pulls": [pull_row(pull, now) for pull in rows],
        "last": LAST,
        "dead": dead,
        "state": state.label.lower() if state else "",
        "states": [("All", here, state is None)]
        + [(one.label, f"{here}?state={one}#pulls", one is state) for one in PullState],
        "back": f"{here}?state={state}#pulls" if state else here,
        "may": may_write_catalogue(person),
        "keeps": may_keep_source(person, source),
        "tried": tried,
        "crumbs": [("Pulls", reverse("pulls"))],
    }
    return render(request, "lifecycle/source.html", context)


def _state(request: HttpRequest) -> PullState | None:
    """The state that is asked for; a word that is none shows them all."""
    asked = request.GET.get("state", "")
    return PullState(asked) if asked in set(PullState) else None


def _metrics(source: Source, now: datetime) -> list[MetricRow]:
    """Three queries, however many metrics there are."""
    metrics = list(source.metrics.order_by("name", "key"))
    fresh = freshness(metrics=metrics, now=now)
    return [metric_row(metric, fresh[metric.key], now) for metric in metrics]


def _tiles(source: Source, metrics: Sequence[MetricRow], dead: int, now: datetime) -> list[dict[str, Any]]:
    troubled = sum(bool(row.error) for row in metrics)
    return [
        _readiness(source, now),
        {
            "label": "Gave up",
            "value": formats.count(dead),
            "tone": "bad" if dead else "",
            "note": "wait for a person" if dead else "no pull waits for a person",
        },
        {
            "label": "Metrics",
            "value": formats.count(len(metrics)),
            "note": f"the last pull of {formats.count(troubled)} failed" if troubled else "",
        },
        {"label": "At once", "value": formats.count(source.max_concurrency), "note": "pulls at the same time, at most"},
    ]


def _readiness(source: Source, now: datetime) -> dict[str, Any]:
    """The circuit breaker in plain words."""
    tile: dict[str, Any] = {"label": "Circuit breaker", "value": "Lets pulls through", "note": "no failure in a row"}
    if source.breaker_until and source.breaker_until > now:
        until = f"{timezone.localtime(source.breaker_until):%H:%M:%S}"
        return tile | {"value": "Rests", "tone": "warn", "note": f"until {until}, then one pull is let through"}
    if source.breaker_until:
        return tile | {"value": "Tries one pull", "tone": "warn", "note": "its success lets the others through"}
    if source.fail_streak:
        failures = formats.plural(source.fail_streak, "failure")
        return tile | {"note": f"{failures} in a row; after {BREAKER_AFTER} it rests"}
    return tile
