"""All that is late or dead: each pull with what went wrong, and what a person can do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from hypotheses.enums import PullState
from hypotheses.models import Source
from hypotheses.queries.catalogue import may_write_catalogue
from hypotheses.queries.clock import database_now
from hypotheses.queries.pulls import PullFact, needing_attention
from lifecycle.pages.pull_rows import PullRow, clock_words, fact_row, span_words

MOST: Final = 100


@dataclass(frozen=True, slots=True)
class LateRow:
    """A pull that waits: the row, how long past its time it is, and why as far as the ledger tells."""

    row: PullRow
    late: str
    because: str


@require_safe
def attention_page(request: HttpRequest) -> HttpResponse:
    """`/pulls/attention/`; `?source=KEY` shows what waits of one source."""
    now = database_now()
    asked = request.GET.get("source", "").replace("\x00", "")
    found = needing_attention(now=now, source=asked, limit=MOST)
    dead, late = found.count(asked)
    every_dead, every_late = found.count()
    clock = clock_words(now)
    rests = dict(Source.objects.filter(breaker_until__gt=now).values_list("key", "breaker_until"))
    here = reverse("pulls-attention")
    context = {
        "dead": [fact_row(fact, now) for fact in found.dead],
        "late": [
            LateRow(fact_row(fact, now), _lateness(fact, now), _because(fact, rests, still=clock.still))
            for fact in found.late
        ],
        "dead_count": dead,
        "late_count": late,
        "waiting": every_dead + every_late,
        "most": MOST,
        "sources": found.sources,
        "asked": asked,
        "asked_name": next((each.name for each in found.sources if each.source == asked), asked),
        "clock": clock,
        "may": isinstance(request.user, User) and may_write_catalogue(request.user),
        "back": f"{here}?{urlencode({'source': asked})}" if asked else here,
        "crumbs": [("Pulls", reverse("pulls"))],
    }
    return render(request, "lifecycle/attention.html", context)


def _lateness(fact: PullFact, now: datetime) -> str:
    return span_words(now - (fact.next_attempt_at or fact.window_end))


def _because(fact: PullFact, rests: Mapping[str, datetime | None], *, still: bool) -> str:
    """What keeps it, beside its own error."""
    if until := rests.get(fact.source):
        clock = f"{timezone.localtime(until):%H:%M}"
        return f"{fact.source_name} rests until {clock}, because it failed several times in a row."
    if still:
        return "It waits for the clock."
    if fact.state == PullState.FAILED:
        return "It is tried again by itself."
    return f"No worker has taken it up. Start one more, or let {fact.source_name} be asked by more of them at once."
