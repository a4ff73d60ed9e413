"""A legend that flows into lines like words do, inside the drawing, so that it travels with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lifecycle.charts.canvas import Canvas
from lifecycle.charts.paths import short
from lifecycle.charts.style import TEXT
from lifecycle.charts.textwidth import text_width

LINE = 22.0
"""Height of a line of the legend in pixels."""

_SWATCH = 18.0
_GAP = 18.0


@dataclass(frozen=True)
class Entry:
    """A name and the drawing that stands for it, in a box of 14 × 14 pixels centred on 0,0."""

    name: str
    swatch: str


def lines_needed(entries: Sequence[Entry], width: float) -> int:
    """How many lines the entries take in ``width`` pixels."""
    return len(_flow(entries, width))


def draw_legend(canvas: Canvas, entries: Sequence[Entry], *, left: float, top: float, width: float) -> None:
    """Draws the entries from ``top`` downwards."""
    for index, line in enumerate(_flow(entries, width)):
        x, middle = left, top + LINE * (index + 0.5)
        for entry in line:
            canvas.raw(f'<g transform="translate({short(x + 7)},{short(middle)})">{entry.swatch}</g>')
            canvas.text(entry.name, "t-note", (x + _SWATCH + 2, middle + 4, "start"))
            x += _width(entry)


def _width(entry: Entry) -> float:
    size, bold = TEXT["t-note"]
    return _SWATCH + 2 + text_width(entry.name, size=size, bold=bold) + _GAP


def _flow(entries: Sequence[Entry], width: float) -> list[list[Entry]]:
    lines: list[list[Entry]] = []
    used = 0.0
    for entry in entries:
        if not lines or used + _width(entry) - _GAP > width:
            lines.append([])
            used = 0.0
        lines[-1].append(entry)
        used += _width(entry)
    return lines
