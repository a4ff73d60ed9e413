"""The catalogue: every metric with its source, its owner, how fresh it is, and who decides on it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from hypotheses.models import Metric, Source
from hypotheses.queries.catalogue import counts_using, is_unused
from hypotheses.queries.clock import database_now
from hypotheses.queries.plug import is_pulled
from hypotheses.queries.pulls import freshness, has_waiting
from lifecycle.pages.metric_rows import MetricRow, metric_row

PER_PAGE: Final = 100
NARROWS: Final = ("search", "source", "owner")
SHOWS: Final = ("late", "unused")


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """One metric, whether anything pulls it, and how many active features look at it."""

    row: MetricRow
    pulled: bool
    used: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for: words, a source (key), an owner (username), and which of those that fit."""

    search: str
    source: str
    owner: str
    shows: str

    def address(self, shows: str, page: int = 1) -> str:
        """The same question about others of those that fit, or another page of them."""
        asked = {name: value for name in NARROWS if (value := getattr(self, name))}
        more = ({shows: "1"} if shows else {}) | ({"page": page} if page > 1 else {})
        return f"{reverse('catalogue')}?{urlencode(asked | more)}".removesuffix("?")


@require_safe
def catalogue_page(request: HttpRequest) -> HttpResponse:
    """`/pulls/metrics/`: `?search=`, `?source=`, `?owner=`, `?unused=1`, `?late=1`, `?page=`. The same number of
    queries, however many metrics there are.
    """
    asked, now = _asked(request), database_now()
    fitting = _fitting(asked)
    late, unused = has_waiting(now=now), is_unused()
    counts = fitting.aggregate(
        all=Count("pk"), late=Count("pk", filter=late, distinct=True), unused=Count("pk", filter=unused)
    )
    shown = fitting.filter({"late": late, "unused": unused}.get(asked.shows, Q()))
    page = Paginator(shown.order_by(Lower("name"), "key"), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "rows": _rows(list(page.object_list), now),
        "page": page,
        "before": asked.address(asked.shows, page.number - 1),
        "after": asked.address(asked.shows, page.number + 1),
        "counts": counts,
        "asked": asked,
        "narrowed": any((asked.search, asked.source, asked.owner)),
        "toggles": [
            (words, counts[name or "all"], asked.address(name), asked.shows == name)
            for words, name in (("All", ""), ("Late or dead", "late"), ("Nobody decides on it", "unused"))
        ],
        "sources": list(Source.objects.order_by(Lower("name"), "key")),
        "owners": list(User.objects.filter(pk__in=Metric.objects.values("owner")).order_by("first_name", "username")),
        "adds": isinstance(request.user, User) and request.user.has_perm("hypotheses.add_metric"),
        "crumbs": [("Pulls", reverse("pulls"))],
    }
    return render(request, "lifecycle/catalogue.html", context)


def _asked(request: HttpRequest) -> Asked:
    found = {name: request.GET.get(name, "").replace("\x00", "").strip() for name in NARROWS}
    return Asked(**found, shows=next((name for name in SHOWS if request.GET.get(name) == "1"), ""))


def _fitting(asked: Asked) -> QuerySet[Metric]:
    found = Metric.objects.select_related("source", "owner")
    if asked.search:
        found = found.filter(Q(name__icontains=asked.search) | Q(key__icontains=asked.search))
    if asked.source:
        found = found.filter(source__key=asked.source)
    if asked.owner:
        found = found.filter(owner__username=asked.owner)
    return found


def _rows(metrics: list[Metric], now: datetime) -> list[CatalogueRow]:
    """Four queries for a whole page."""
    fresh, used = freshness(metrics=metrics, now=now), counts_using(metrics=metrics)
    return [
        CatalogueRow(metric_row(metric, fresh[metric.key], now), is_pulled(metric), used[metric.pk])
        for metric in metrics
    ]
