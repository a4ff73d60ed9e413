"""Decisions on a time axis: a diamond with a chevron (advance), a loop (iterate) or a cross (kill).

Decisions close together step down into a second lane; where even that is full they become one mark with
their number, so nothing is ever drawn on top of something else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from lifecycle.charts.canvas import Canvas
from lifecycle.charts.formats import day
from lifecycle.charts.paths import short

HALF = 9.0
"""Half the diagonal of a diamond, in pixels."""

GLYPHS: dict[str, str] = {
    "advance": "M-1.5,-3.2L1.7,0L-1.5,3.2",
    "iterate": "M-3.1,-.6A3.2,3.2 0 1 1 -2.3,2.3M-3.4,-3.2V-.5H-.7",
    "kill": "M-2.5,-2.5L2.5,2.5M2.5,-2.5L-2.5,2.5",
}
_DIAMOND = "M0,-9L9,0L0,9L-9,0Z"
_NAMES = {"advance": "Advance", "iterate": "Iterate", "kill": "Kill"}


@dataclass(frozen=True)
class DecisionMark:
    """A decision on its day: the outcome (``advance``, ``iterate``, ``kill``), a short label and its page."""

    on: date
    outcome: str
    label: str = ""
    href: str = ""

    @property
    def sentence(self) -> str:
        """``Advance on 3 February 2025: Build It to Ship It``."""
        name = _NAMES.get(self.outcome, self.outcome.capitalize())
        return f"{name} on {day(self.on)}" + (f": {self.label}" if self.label else "")


@dataclass(frozen=True)
class Placed:
    """Decisions that share one mark, its x and its lane (0 on top)."""

    x: float
    lane: int
    decisions: tuple[DecisionMark, ...]


def diamond(outcome: str) -> str:
    """The mark alone, centred on 0,0, as SVG. An unknown outcome has no glyph."""
    known = outcome if outcome in GLYPHS else ""
    glyph = f'<path class="glyph" d="{GLYPHS[known]}"/>' if known else ""
    return f'<path class="d-{known or "advance"}" d="{_DIAMOND}"/>{glyph}'


def arrange(
    decisions: Iterable[DecisionMark],
    x: Callable[[date], float],
    *,
    lanes: int = 2,
    room: float = 2 * HALF + 1,
) -> list[Placed]:
    """Gives each decision a lane in which it touches no other; those without a free lane join the nearest mark."""
    placed: list[Placed] = []
    for decision in sorted(decisions, key=lambda one: one.on):
        here = x(decision.on)
        free = [lane for lane in range(lanes) if _clear(placed, here, lane, room)]
        if free:
            placed.append(Placed(here, free[0], (decision,)))
            continue
        near = min(range(len(placed)), key=lambda index: abs(placed[index].x - here))
        mark = placed[near]
        placed[near] = Placed(mark.x, mark.lane, (*mark.decisions, decision))
    return placed


def draw_diamonds(canvas: Canvas, placed: Sequence[Placed], *, top: float, lane_height: float) -> None:
    """Draws the marks; each is a link to its decision where there is one, and can be reached by keyboard."""
    for mark in placed:
        y = top + lane_height * (mark.lane + 0.5)
        body = diamond(mark.decisions[0].outcome) if len(mark.decisions) == 1 else _cluster(mark)
        canvas.raw(_wrapped(mark, f'<g transform="translate({short(mark.x)},{short(y)})">{body}</g>'))


def lanes_used(placed: Sequence[Placed]) -> int:
    """How many lanes the marks need (at least one)."""
    return max((mark.lane for mark in placed), default=0) + 1


def _clear(placed: Sequence[Placed], x: float, lane: int, room: float) -> bool:
    return all(mark.lane != lane or abs(mark.x - x) >= room for mark in placed)


def _cluster(mark: Placed) -> str:
    return (
        '<circle class="cluster" r="8.5"/>'
        f'<text class="t-count" y="3.6" text-anchor="middle">{len(mark.decisions)}</text>'
    )


def _wrapped(mark: Placed, body: str) -> str:
    words = escape("; ".join(decision.sentence for decision in mark.decisions))
    title = f"<title>{words}</title>"
    href = mark.decisions[-1].href
    if href.startswith(("/", "#", "https://", "http://")):
        return f'<a href="{escape(href)}" aria-label="{words}">{title}{body}</a>'
    return f'<g role="img" aria-label="{words}">{title}{body}</g>'
