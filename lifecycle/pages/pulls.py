"""How the data arrive: the sources, their last pulls, and what needs a person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib.auth.models import User
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from hypotheses.models import Metric, Pull, Source
from hypotheses.queries.catalogue import is_unused, may_write_catalogue
from hypotheses.queries.clock import database_now
from hypotheses.queries.pulls import count_waiting, is_dead, latest_by_source
from lifecycle.pages.pull_rows import PullRow, clock_words, kind_words, pull_row

LAST: Final = 6


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source: how many metrics it feeds, whether it rests, what it last brought, its last pulls."""

    source: Source
    kind: str
    metrics: int
    dead: int
    rests_until: datetime | None
    pulls: tuple[PullRow, ...]


@require_safe
def pulls_page(request: HttpRequest) -> HttpResponse:
    """`/pulls/`: nine queries, however many sources and pulls there are."""
    now, moment = timezone.now(), database_now()
    dead = dict(Pull.objects.filter(is_dead()).order_by().values_list("source").annotate(count=Count("pk")))
    found = latest_by_source(each=LAST)
    rows = [
        _source(source, [pull_row(pull, now) for pull in found.get(source.pk, [])], dead.get(source.pk, 0), now)
        for source in Source.objects.annotate(fed=Count("metrics")).order_by("name")
    ]
    rows.sort(key=lambda row: -row.dead)
    waiting, gave_up = count_waiting(now=moment), sum(dead.values())
    context = {
        "rows": rows,
        "dead": gave_up,
        "late": waiting - gave_up,
        "waiting": waiting,
        "metrics": Metric.objects.aggregate(all=Count("pk"), unused=Count("pk", filter=is_unused())),
        "clock": clock_words(moment),
        "may": isinstance(request.user, User) and may_write_catalogue(request.user),
    }
    return render(request, "lifecycle/pulls.html", context)


def _source(source: Source, pulls: list[PullRow], dead: int, now: datetime) -> SourceRow:
    rests = source.breaker_until if source.breaker_until and source.breaker_until > now else None
    return SourceRow(source, kind_words(source), getattr(source, "fed", 0), dead, rests, tuple(pulls))
