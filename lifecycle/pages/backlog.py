"""The order of what is in Think It, and what waits for cards."""

from typing import Any, Final

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from lifecycle.charts import formats
from lifecycle.charts.score_bar import Adds, ScoreBar
from lifecycle.pages.week import places
from lifecycle.queries.goals import may_set_goals
from lifecycle.queries.rounds import squads_led, waiting_rounds
from lifecycle.queries.scorecard import Backlog, Part, Scored, backlog

LISTED: Final = 100
"""So many without a score are listed; the others are counted."""


@require_safe
def backlog_page(request: HttpRequest) -> HttpResponse:
    """`/backlog/`; `?squad=` and `?tribe=` (slugs) narrow it."""
    person, now = request.user, timezone.now()
    assert isinstance(person, User)  # noqa: S101 (LoginRequiredMiddleware lets nobody else in)
    squad, tribe = (request.GET.get(name, "").replace("\x00", "") for name in ("squad", "tribe"))
    found = backlog(now=now, squad=squad, tribe=tribe)
    opens = squads_led(person)
    context = {
        "backlog": found,
        "sentence": _sentence(found),
        "rows": [_row(row) for row in found.ordered],
        "unscored": [(row, row.waiting is None and row.feature.squad_id in opens) for row in found.unscored[:LISTED]],
        "more": max(len(found.unscored) - LISTED, 0),
        "mine": waiting_rounds(person=person),
        "may_set_goals": may_set_goals(person),
        "places": places(),
        "squad": squad,
        "tribe": tribe,
    }
    return render(request, "lifecycle/backlog.html", context)


def _sentence(found: Backlog) -> str:
    if not found.ordered:
        return "Nothing in Think It has a score yet."
    first = found.ordered[0]
    told = f"{first.feature.name} comes first, with {points(first.score)} of 8 points"
    if len(found.ordered) > 1:
        told += f", of {len(found.ordered)} that are scored"
    rest = len(found.unscored)
    return (
        f"{told}. {formats.plural(rest, 'feature')} {'has' if rest == 1 else 'have'} no score." if rest else f"{told}."
    )


def _row(row: Scored) -> dict[str, Any]:
    low, high = (row.round.score_low, row.round.score_high) if row.round else (None, None)
    return {
        "row": row,
        "score": points(row.score),
        "middle": f"{points(low)} to {points(high)}",
        "bar": bar_of(row.parts),
        "adds": " + ".join(f"{part.name} {points(part.adds)}" for part in row.parts if part.adds is not None),
        "unknown": ", ".join(part.name for part in row.parts if part.adds is None),
        "apart": ", ".join(part.name for part in row.apart),
        "today": points(row.today) if row.outdated and row.today is not None else "",
    }


def bar_of(parts: tuple[Part, ...]) -> ScoreBar:
    """The small picture of what each goal adds."""
    return ScoreBar(
        tuple(Adds(part.name, part.share, None if part.median is None else float(part.median)) for part in parts)
    )


def points(value: Any) -> str:
    """Points as they are read, with one decimal; what is not known says so."""
    return formats.NOT_KNOWN if value is None else f"{float(value):.1f}"
