"""The cards of a round, goal by goal: a dot for each person, the middle half as a band, the median as a stroke."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from lifecycle.charts.canvas import Box, Canvas
from lifecycle.charts.formats import compact
from lifecycle.charts.scales import Linear
from lifecycle.charts.style import TEXT
from lifecycle.charts.table import Column, Row, Table
from lifecycle.charts.textwidth import text_width

WIDTHS = (560, 420, 300)
"""The widths it is drawn for: a card on a desk, half a card, a phone."""

_HEAD, _FOOT, _RADIUS, _STEP = 22.0, 24.0, 5.0, 11.5
_TALLEST = 6
"""Of more equal cards than these, the dots stand closer."""


@dataclass(frozen=True)
class Strip:
    """One goal: who played what (None is “cannot say”), the median and the middle half; None without any points."""

    name: str
    cards: tuple[tuple[str, int | None], ...] = ()
    low: float | None = None
    median: float | None = None
    high: float | None = None
    note: str = ""
    apart: bool = False


@dataclass(frozen=True)
class StripChart:
    """Goals from top to bottom over one scale of points."""

    rows: tuple[Strip, ...] = ()
    scale: tuple[int, ...] = (0, 1, 2, 3, 5, 8)
    title: str = "What was played"


def sentence(chart: StripChart) -> str:
    """The median of each goal, and where opinions lie far apart."""
    if not chart.rows:
        return "Nothing was played."
    told = (f"{row.name} {_points(row.median)}" for row in chart.rows)
    text = f"In the middle of the cards: {', '.join(told)}."
    apart = [row.name for row in chart.rows if row.apart]
    return f"{text} Far apart on {' and '.join(apart)}." if apart else text


def table(chart: StripChart) -> Table:
    """One row a card, goal by goal."""
    columns = (Column("Goal", numeric=False), Column("Who", numeric=False), Column("Points"))
    rows = tuple(
        Row((row.name, name, "cannot say" if points is None else str(points)))
        for row in chart.rows
        for name, points in row.cards
    )
    return Table(chart.title, columns, rows)


def draw(chart: StripChart, *, width: int = 560, uid: str = "strip", theme: str | None = None) -> str:
    """The strips as SVG, ``width`` pixels of view box wide; with a ``theme`` it stands alone."""
    canvas = Canvas(width, sum(_height(row) for row in chart.rows) + _FOOT, uid)
    x = Linear(0, chart.scale[-1], 10, width - 10)
    top = 0.0
    for row in chart.rows:
        _strip(canvas, row, scale=chart.scale, x=x, top=top)
        top += _height(row)
    for card in chart.scale:
        canvas.text(str(card), "t-axis", (x(card), top + 16, "middle"))
    return canvas.svg(title=chart.title, desc=sentence(chart), theme=theme)


def _height(row: Strip) -> float:
    most = max(Counter(points for _, points in row.cards if points is not None).values(), default=1)
    return _HEAD + min(most, _TALLEST) * _STEP + 20


def _strip(canvas: Canvas, row: Strip, *, scale: tuple[int, ...], x: Linear, top: float) -> None:
    base = top + _height(row) - 10
    size, bold = TEXT["t-strong"]
    canvas.text(row.name, "t-strong", (0, top + 14, "start"))
    told = "Talk about it: far apart" if row.apart else row.note
    canvas.label(told, "t-strong" if row.apart else "t-note", (canvas.width, top + 14, "end"),
                 (text_width(row.name, size=size, bold=bold) + 10, top + 14, "start"))  # fmt: skip
    for card in scale:
        canvas.line((x(card), base - 3), (x(card), base + 3), "mark")
    canvas.line((x.start, base), (x.end, base), "base")
    if row.low is not None and row.high is not None and row.median is not None:
        canvas.rect(Box(x(row.low) - 7, top + _HEAD, x(row.high) + 7, base), "soft", radius=4)
        canvas.line((x(row.median), top + _HEAD), (x(row.median), base), "s-think_it")
    _dots(canvas, row, x, base)


def _dots(canvas: Canvas, row: Strip, x: Linear, base: float) -> None:
    counts = Counter(points for _, points in row.cards if points is not None)
    placed: Counter[int] = Counter()
    for name, points in row.cards:
        if points is None:
            continue
        step = _STEP * min(1, _TALLEST / counts[points])
        middle = base - _RADIUS - 2 - step * placed[points]
        canvas.point(x(points), middle, _RADIUS, "dot", f"{row.name}: {name} {points}")
        placed[points] += 1


def _points(value: float | None) -> str:
    return "not known" if value is None else compact(value)
