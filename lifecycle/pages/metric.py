"""One metric: what it is, who uses it, how fresh it is, what a read of it costs, its pulls; and a try of its query."""

from dataclasses import asdict
from datetime import datetime
from statistics import median
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from hypotheses.enums import PullState
from hypotheses.models import Metric
from hypotheses.queries.catalogue import features_using, may_write_catalogue
from hypotheses.queries.definitions import redefinitions
from hypotheses.queries.probe import Preview, preview
from hypotheses.queries.pulls import Freshness, freshness, pulls
from lifecycle.charts import formats
from lifecycle.pages.backfill_card import BackfillForm, backfill_card
from lifecycle.pages.price_card import PriceForm, price_card
from lifecycle.pages.pull_rows import TONES, PullRow, age_words, pull_row, span_words

LAST: Final = 20
SHOWN_COLUMNS: Final = ("trial", "arm", "stage", "as_of", "n", "mean", "var", "sum", "sum_squares", "n_assigned")


@require_safe
def metric_page(request: HttpRequest, key: str) -> HttpResponse:
    """`/pulls/metrics/{key}/`."""
    return metric_shown(request, metric_at(key))


@require_POST
def preview_page(request: HttpRequest, key: str) -> HttpResponse:
    """The same page with what the query brings now; nothing is recorded."""
    metric = metric_at(key)
    if not _may(request):
        messages.error(request, "Members of squads, tribe leaders and administrators ask sources.")
        return redirect("metric", key)
    return metric_shown(request, metric, tried=preview(metric=metric, now=timezone.now()))


def _may(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and may_write_catalogue(request.user)


def metric_at(key: str) -> Metric:
    """The metric of an address, with its source and owner."""
    metric = Metric.objects.select_related("source", "owner").filter(key=key).first()
    if metric is None:
        raise Http404(f"There is no metric “{key}”.")
    return metric


def metric_shown(
    request: HttpRequest,
    metric: Metric,
    *,
    tried: Preview | None = None,
    form: BackfillForm | None = None,
    price_form: PriceForm | None = None,
) -> HttpResponse:
    """The page of a metric; with what a try of its query brought, or with a form that was refused."""
    now = timezone.now()
    rows = [pull_row(pull, now) for pull in pulls(metric=metric)[:LAST]]
    fresh = freshness(metrics=[metric], now=now)[metric.key]
    context = {
        "metric": metric,
        "pulled": metric.source is not None and fresh.every is not None,
        "users": features_using(metric=metric),
        "redefinitions": redefinitions(metric=metric),
        "tiles": _tiles(fresh, rows, now),
        "last_error": fresh.error if not fresh.succeeded else "",
        "pulls": rows,
        "may": _may(request),
        "tried": tried,
        **_table(tried),
        **price_card(metric=metric, person=request.user, form=price_form),
        **backfill_card(metric=metric, person=request.user, now=now, form=form),
        "crumbs": [("Pulls", reverse("pulls")), ("Metrics", reverse("catalogue"))],
    }
    return render(request, "lifecycle/metric.html", context)


def _tiles(fresh: Freshness, rows: list[PullRow], now: datetime) -> list[dict[str, Any]]:
    tone = TONES[PullState(fresh.last_state)][0] if fresh.last_state else "quiet"
    read = [row.fact for row in rows if row.fact.state == PullState.SUCCEEDED and row.fact.seconds is not None]
    cost = median(fact.seconds for fact in read if fact.seconds is not None) if read else None
    brought = f"{formats.plural(round(median(fact.rows or 0 for fact in read)), 'row')}, " if read else ""
    size = filesizeformat(median(fact.bytes or 0 for fact in read)) if read else ""
    return [
        {
            "label": "Data until",
            "value": age_words(fresh.age) if fresh.age is not None else None,
            "note": f"read {age_words(now - fresh.read_at)}" if fresh.read_at else "never read yet",
        },
        {
            "label": "Last pull",
            "value": fresh.last_state.capitalize() or None,
            "tone": {"bad": "bad", "warn": "warn"}.get(tone, ""),
            "note": "",
        },
        {
            "label": "Next pull",
            "value": age_words(now - fresh.next_at) if fresh.next_at else None,
            "note": f"every {span_words(fresh.every)}" if fresh.every else "no schedule",
        },
        {
            "label": "A read costs",
            "value": f"{cost:.2f} s" if cost is not None else None,
            "note": f"{brought}{size}" if read else "known after the first",
        },
    ]


def _table(tried: Preview | None) -> dict[str, Any]:
    """The preview as a table: the columns that have a value, and a row of cells for each."""
    if tried is None or not tried.rows:
        return {}
    found = [asdict(row) for row in tried.rows]
    names = [name for name in SHOWN_COLUMNS if any(row[name] is not None for row in found)]
    return {"columns": names, "cells": [[_cell(row[name]) for name in names] for row in found]}


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    return f"{value:,}" if isinstance(value, int) else f"{value:.6g}" if isinstance(value, float) else str(value)
