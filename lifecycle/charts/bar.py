"""What was spent of a budget, as a bar: in the phase's colour up to the budget, hatched red beyond it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from lifecycle.charts.canvas import Box, Canvas
from lifecycle.charts.formats import amount
from lifecycle.charts.scales import number

Amount = Decimal | float | int

WIDTHS = (240,)
HEIGHT = 10.0
_STRETCH = 'preserveAspectRatio="none"'
_TOP, _BOTTOM, _ROUND = 2.0, 8.0, 3.0


@dataclass(frozen=True)
class Budget:
    """Spent of ``budget`` (None: none was set), in ``unit`` ``money`` (of ``currency``) or ``days``."""

    spent: Amount
    budget: Amount | None
    phase: str = ""
    unit: str = "money"
    currency: str = "GBP"


def over(chart: Budget) -> float:
    """How much more than the budget was spent; 0 within it or without one."""
    return max(number(chart.spent) - number(chart.budget), 0.0) if chart.budget is not None else 0.0


def sentence(chart: Budget) -> str:
    """``£14k of £27k budget`` and by how much it is over."""
    spent = amount(chart.spent, unit=chart.unit, currency=chart.currency)
    if chart.budget is None:
        return f"{spent}, no budget set"
    text = f"{spent} of {amount(chart.budget, unit=chart.unit, currency=chart.currency)} budget"
    beyond = over(chart)
    return f"{text}, {amount(beyond, unit=chart.unit, currency=chart.currency)} over" if beyond else text


def draw(chart: Budget, *, width: int = 240, uid: str = "budget", theme: str | None = None) -> str:
    """The bar as SVG. Over the budget, the bar is the spending and a mark shows where the budget ended."""
    canvas = Canvas(width, HEIGHT, uid)
    spent, budget = max(number(chart.spent), 0.0), number(chart.budget)
    canvas.rect(Box(0, _TOP, width, _BOTTOM), "track", radius=_ROUND)
    whole = max(spent, budget)
    if chart.budget is None or whole <= 0:
        return canvas.small_svg(label=sentence(chart), theme=theme, more=_STRETCH)
    inside = width * min(spent, budget) / whole
    tone = f"f-{chart.phase}" if chart.phase else "dot"
    if over(chart):
        canvas.rect(Box(0, _TOP, width, _BOTTOM), "bad", radius=_ROUND)
    if inside > 0:
        canvas.rect(Box(0, _TOP, max(inside, 2 * _ROUND), _BOTTOM), tone, radius=_ROUND)
    if over(chart):
        canvas.rect(Box(inside - 2.5, 0, inside + 2.5, HEIGHT), "paper")
        canvas.rect(Box(inside - 1, 0, inside + 1, HEIGHT), "dot")
    return canvas.small_svg(label=sentence(chart), theme=theme, more=_STRETCH)
