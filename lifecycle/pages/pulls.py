"""How the data arrive: the sources, their last pulls, and what needs a person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib.auth.models import User
from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from hypotheses.enums import PullState
from hypotheses.models import Pull, Source
from hypotheses.queries.catalogue import may_write_catalogue
from hypotheses.queries.clock import database_now
from hypotheses.queries.pulls import count_waiting
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
    """`/pulls/`: seven queries, however many sources there are."""
    now, moment = timezone.now(), database_now()
    sources = Source.objects.annotate(
        fed=Count("metrics", distinct=True),
        dead=Count("pulls", filter=Q(pulls__state=PullState.DEAD), distinct=True),
    ).order_by("-dead", "name")
    place = Window(RowNumber(), partition_by=F("source"), order_by=(F("window_end").desc(), F("pk").desc()))
    latest = Pull.objects.annotate(place=place).filter(Q(place__lte=LAST) | Q(state=PullState.DEAD, place__lte=50))
    found: dict[int, list[PullRow]] = {}
    for pull in latest.select_related("schedule__metric", "source").order_by("-window_end", "-pk"):
        found.setdefault(pull.source_id, []).append(pull_row(pull, now))
    rows = [_source(source, found.get(source.pk, []), now) for source in sources]
    context = {
        "rows": rows,
        "dead": sum(row.dead for row in rows),
        "waiting": count_waiting(now=moment),
        "clock": clock_words(moment),
        "may": isinstance(request.user, User) and may_write_catalogue(request.user),
    }
    return render(request, "lifecycle/pulls.html", context)


def _source(source: Source, pulls: list[PullRow], now: datetime) -> SourceRow:
    rests = source.breaker_until if source.breaker_until and source.breaker_until > now else None
    return SourceRow(
        source, kind_words(source), getattr(source, "fed", 0), getattr(source, "dead", 0), rests, tuple(pulls)
    )
