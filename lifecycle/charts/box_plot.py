"""How long something takes, row by row: the range as a line, the middle half as a box, the median as a stroke."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from lifecycle.charts import formats
from lifecycle.charts.canvas import Box, Canvas
from lifecycle.charts.scales import Linear, number
from lifecycle.charts.style import TEXT
from lifecycle.charts.table import Column, Row, Table
from lifecycle.charts.textwidth import text_width
from lifecycle.charts.ticks import nice_ticks
from lifecycle.design.tokens import PHASES

Number = Decimal | float | int

WIDTHS = (560, 420, 300)
"""The widths it is drawn for: a card on a desk, half a card, a phone."""

_ROW = 48.0
_BOX = 16.0
_FOOT = 26.0
_HUES = frozenset(phase.slug for phase in PHASES)


@dataclass(frozen=True)
class Boxed:
    """One row of ``count`` values: the ends, the quartiles and the median; None throughout where there is none."""

    name: str
    count: int = 0
    low: Number | None = None
    lower: Number | None = None
    median: Number | None = None
    upper: Number | None = None
    high: Number | None = None
    note: str = ""
    phase: str = ""


@dataclass(frozen=True)
class BoxChart:
    """Rows from top to bottom over one axis of days."""

    title: str = "Days in each phase"
    rows: tuple[Boxed, ...] = ()
    head: str = "Phase"

    @property
    def known(self) -> tuple[Boxed, ...]:
        """The rows that have values."""
        return tuple(row for row in self.rows if row.median is not None)


def sentence(chart: BoxChart) -> str:
    """Which row takes longest."""
    if not chart.known:
        return "Nothing has come to an end yet, so there is no time to tell."
    told = (f"{row.name} {_days(row.median)}" for row in chart.known)
    return f"Half of all take at most: {', '.join(told)}."


def table(chart: BoxChart) -> Table:
    """One row a row."""
    heads = ("Ended", "Shortest", "Lower quarter", "Median", "Upper quarter", "Longest")
    columns = (Column(chart.head, numeric=False), *map(Column, heads), Column("Note", numeric=False))
    return Table(f"{chart.title}, in days", columns, tuple(_cells(row) for row in chart.rows))


def draw(chart: BoxChart, *, width: int = 560, uid: str = "boxes", theme: str | None = None) -> str:
    """The rows as SVG, ``width`` pixels of view box wide; with a ``theme`` it stands alone."""
    if not chart.known:
        return _notice(chart, width, uid, theme)
    bottom = _ROW * len(chart.rows) + 4
    canvas = Canvas(width, bottom + _FOOT, uid)
    ticks = nice_ticks(0, max(number(row.high) for row in chart.known) or 1.0, 4 if width < 500 else 6)
    x = Linear(0, ticks[-1], 2, width - text_width(_days(ticks[-1]), size=12) / 2 - 4)
    for tick in ticks:
        canvas.line((x(tick), 22), (x(tick), bottom), "grid" if tick else "base")
        words = _days(tick) if tick == ticks[-1] else formats.compact(tick)
        canvas.label(words, "t-axis", (x(tick), bottom + 17, "middle" if tick else "start"))
    for place, row in enumerate(chart.rows):
        _row(canvas, row, x, _ROW * place)
    return canvas.svg(title=chart.title, desc=sentence(chart), theme=theme)


def _row(canvas: Canvas, row: Boxed, x: Linear, top: float) -> None:
    tone = row.phase in _HUES
    size, bold = TEXT["t-phase"]
    canvas.text(row.name, f"t-phase x-{row.phase} halo" if tone else "t-strong halo", (0, top + 14, "start"))
    told = row.note if row.median is None else f"{row.count} ended" + (f", {row.note}" if row.note else "")
    at = text_width(row.name, size=size, bold=bold) + 10
    canvas.label(told, "t-note halo", (at, top + 14, "start"))
    middle = top + 22 + _BOX / 2
    if row.median is None:
        return
    low, lower, median, upper, high = (x(number(v)) for v in (row.low, row.lower, row.median, row.upper, row.high))
    canvas.line((low, middle), (high, middle), "mark")
    for end in (low, high):
        canvas.line((end, middle - 4), (end, middle + 4), "mark")
    label = f"{row.name}: half of {row.count} take at most {_days(row.median)}, the middle half {_range(row)}"
    box = Box(lower, middle - _BOX / 2, max(upper, lower + 2), middle + _BOX / 2)
    canvas.rect(box, "paper")
    canvas.reached(box, f"f-{row.phase}" if tone else "box", label, radius=2)
    canvas.line((median, middle - _BOX / 2 - 3), (median, middle + _BOX / 2 + 3), "ink")
    end = max(high, box.right) + 7
    canvas.label(_days(row.median), "t-strong halo", (end, middle + 4, "start"), (low - 7, middle + 4, "end"))


def _cells(row: Boxed) -> Row:
    values = (row.low, row.lower, row.median, row.upper, row.high)
    cells = ("" if value is None else formats.compact(value) for value in values)
    return Row((row.name, formats.count(row.count), *cells, row.note))


def _range(row: Boxed) -> str:
    return f"{formats.compact(row.lower)} to {_days(row.upper)}"


def _days(value: Number | None) -> str:
    text = formats.compact(value)
    return f"{text} day{'' if text == '1' else 's'}"


def _notice(chart: BoxChart, width: int, uid: str, theme: str | None) -> str:
    canvas = Canvas(width, 110, uid)
    canvas.text("Nothing has ended yet", "t-big halo", (width / 2, 60, "middle"))
    return canvas.svg(title=chart.title, desc=sentence(chart), theme=theme)
