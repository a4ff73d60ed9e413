"""Amounts beside each other as horizontal bars, each with its name, its value and a note."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from lifecycle.charts import formats
from lifecycle.charts.canvas import Box, Canvas
from lifecycle.charts.scales import Linear, number
from lifecycle.charts.style import TEXT
from lifecycle.charts.table import Column, Row, Table
from lifecycle.charts.textwidth import shorten, text_width
from lifecycle.design.tokens import PHASES

Number = Decimal | float | int

WIDTHS = (560, 420, 300)
"""The widths it is drawn for: a card on a desk, half a card, a phone."""

_ROW = 46.0
_BAR = 16.0
_HUES = frozenset(phase.slug for phase in PHASES)


@dataclass(frozen=True)
class NamedBar:
    """One bar: its name, its value, a note beside it, and the phase whose colour it has."""

    name: str
    value: Number
    note: str = ""
    phase: str = ""


@dataclass(frozen=True)
class BarsChart:
    """Bars from top to bottom, in ``unit`` ``money`` or ``days``. ``says`` is the sentence that they come to."""

    title: str = "Cost by phase"
    bars: tuple[NamedBar, ...] = ()
    says: str = ""
    head: str = "Phase"
    amount: str = "Cost"
    unit: str = "money"
    currency: str = "GBP"


def sentence(chart: BarsChart) -> str:
    """What the bars come to."""
    if chart.says or not chart.bars:
        return chart.says or "There is nothing to compare yet."
    most = max(chart.bars, key=lambda bar: number(bar.value))
    return f"{most.name} stands for most, with {_say(chart, most.value)}."


def table(chart: BarsChart) -> Table:
    """One row a bar."""
    columns = (Column(chart.head, numeric=False), Column(chart.amount), Column("Note", numeric=False))
    return Table(chart.title, columns, tuple(Row((bar.name, _say(chart, bar.value), bar.note)) for bar in chart.bars))


def draw(chart: BarsChart, *, width: int = 560, uid: str = "bars", theme: str | None = None) -> str:
    """The bars as SVG, ``width`` pixels of view box wide; with a ``theme`` it stands alone."""
    if not chart.bars:
        return _notice(chart, width, uid, theme)
    canvas = Canvas(width, _ROW * len(chart.bars), uid)
    most = max((number(bar.value) for bar in chart.bars), default=0.0)
    widest = max(text_width(_say(chart, bar.value), size=12, bold=True) for bar in chart.bars)
    x = Linear(0, most or 1.0, 0, width - widest - 10)
    for place, bar in enumerate(chart.bars):
        _row(canvas, chart, bar, x, _ROW * place)
    return canvas.svg(title=chart.title, desc=sentence(chart), theme=theme)


def _row(canvas: Canvas, chart: BarsChart, bar: NamedBar, x: Linear, top: float) -> None:
    size, bold = TEXT["t-phase"]
    tone = bar.phase in _HUES
    note_width = text_width(bar.note, size=12) + 12 if bar.note else 0.0
    name = shorten(bar.name, room=max(canvas.width - note_width, canvas.width / 2), size=size, bold=bold)
    canvas.text(name, f"t-phase x-{bar.phase}" if tone else "t-strong", (0, top + 12, "start"))
    room = canvas.width - text_width(name, size=size, bold=bold) - 10
    note = shorten(bar.note, room=room, size=12)
    if note:
        canvas.text(note, "t-note", (text_width(name, size=size, bold=bold) + 10, top + 12, "start"))
    middle = top + 19 + _BAR / 2
    end = x(max(number(bar.value), 0.0))
    told = f"{bar.name}: {_say(chart, bar.value)}" + (f", {bar.note}" if bar.note else "")
    if end > 0:
        box = Box(0, top + 19, max(end, 2.0), top + 19 + _BAR)
        canvas.reached(box, f"f-{bar.phase}" if tone else "plain", told, radius=3)
    canvas.text(_say(chart, bar.value), "t-strong", (end + (8 if end > 0 else 0), middle + 4, "start"))


def _say(chart: BarsChart, value: Number) -> str:
    return formats.amount(value, unit=chart.unit, currency=chart.currency)


def _notice(chart: BarsChart, width: int, uid: str, theme: str | None) -> str:
    canvas = Canvas(width, 110, uid)
    canvas.text("Nothing to compare yet", "t-big halo", (width / 2, 60, "middle"))
    return canvas.svg(title=chart.title, desc=sentence(chart), theme=theme)
