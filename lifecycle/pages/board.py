"""The board: five columns, one for each phase, most urgent first."""

from datetime import date
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from features.errors import BadInput
from hypotheses.enums import Readiness
from lifecycle.charts.bar import Budget
from lifecycle.charts.sparkline import Spark
from lifecycle.pages.units import shown_unit
from lifecycle.pages.week import places
from lifecycle.queries.board import Board, board
from lifecycle.queries.cards import Card

PER_COLUMN: Final = 40
LEAST_POINTS: Final = 2
EVERY: Final = 100_000
FILTERS: Final = ("squad", "tribe", "search", "gate_state")


@require_safe
def board_page(request: HttpRequest) -> HttpResponse:
    """`/`: filters in the URL (`squad`, `tribe`, `search`, `gate_state`), `?all=1` shows every card of long columns."""
    asked = {name: request.GET.get(name, "").strip() for name in FILTERS}
    now = timezone.now()
    try:
        shown = board(now=now, per_column=EVERY if request.GET.get("all") else PER_COLUMN, **asked)
        problem = ""
    except BadInput as refusal:
        shown, problem = board(now=now, per_column=PER_COLUMN), refusal.detail
    context = {
        "board": shown,
        "columns": [(column, [_dressed(card) for card in column.cards]) for column in shown.columns],
        "removing": [_dressed(card) for card in shown.removing],
        "gone": shown.gone,
        "asked": asked,
        "narrowed": any(asked.values()),
        "problem": problem,
        "places": places(),
        "today": timezone.localdate(now),
        "everything": _everything(request),
        "empty": _is_empty(shown),
    }
    return render(request, "lifecycle/board.html", context)


def _dressed(card: Card) -> dict[str, object]:
    """A card with its two small drawings. A value that is too early to decide on is not shown, nor how it moved; one of
    an earlier stint was decided on, and is shown as what it was then.
    """
    purse, reading = card.purse, card.reading
    in_days = purse.budget_days is not None
    budget = Budget(
        spent=purse.spent_days if in_days else purse.spent,
        budget=purse.budget_days if in_days else purse.budget,
        phase=card.phase,
        unit="days" if in_days else "money",
        currency=settings.CURRENCY,
    )
    known = reading is not None and reading.estimate is not None
    current = reading is not None and reading.current
    hidden = known and current and card.state == Readiness.TOO_EARLY
    return {
        "card": card,
        "budget": budget if budget.budget else None,
        "in_days": in_days,
        "unit": shown_unit(reading.kind, reading.unit) if reading else "",
        "hidden": hidden,
        "was": known and not current,
        "shows_interval": known and not hidden and reading is not None and reading.low is not None,
        "spark": None if hidden else _spark(card),
        "gate_day": _gate_day(card),
    }


def _spark(card: Card) -> Spark | None:
    """How the metric moved; one value is no movement."""
    reading = card.reading
    if reading is None or len([value for value in reading.spark if value is not None]) < LEAST_POINTS:
        return None
    return Spark(values=reading.spark, phase=card.phase, label=f"{reading.metric_name} over time")


def _gate_day(card: Card) -> date | None:
    """The day that the gate fell due, or the one it will be due at the latest."""
    if card.gate is None:
        return None
    return timezone.localdate(card.gate.due_at) if card.gate.due_at else card.gate.due_on


def _everything(request: HttpRequest) -> str:
    """The query of the same page with every card."""
    asked = request.GET.copy()
    asked["all"] = "1"
    return asked.urlencode()


def _is_empty(shown: Board) -> bool:
    return not (shown.count or shown.removing or shown.gone_count)
