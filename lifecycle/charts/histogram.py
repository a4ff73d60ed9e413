"""How many features cost how much: bars over round edges, with the median as a line."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from lifecycle.charts import formats
from lifecycle.charts.canvas import Box, Canvas
from lifecycle.charts.scales import Linear, number
from lifecycle.charts.table import Column, Row, Table
from lifecycle.charts.textwidth import text_width

Number = Decimal | float | int

WIDTHS = (560, 420, 300)
"""The widths it is drawn for: a card on a desk, half a card, a phone."""

_HEAD, _PLOT, _FOOT = 42.0, 150.0, 42.0


@dataclass(frozen=True)
class HistogramBar:
    """How many lie from ``low`` up to ``high``."""

    low: Number
    high: Number
    count: int


@dataclass(frozen=True)
class HistogramChart:
    """Bars that touch each other, in ``unit`` ``money`` or ``days``. ``what`` is counted: ``feature``."""

    title: str = "Spend before return"
    bars: tuple[HistogramBar, ...] = ()
    median: Number | None = None
    lower: Number | None = None
    upper: Number | None = None
    what: str = "feature"
    unit: str = "money"
    currency: str = "GBP"

    @property
    def count(self) -> int:
        """How many there are in all."""
        return sum(bar.count for bar in self.bars)


def sentence(chart: HistogramChart) -> str:
    """The middle, and where half of them lie."""
    if not chart.count or chart.median is None:
        return f"There is no {chart.what} to count yet."
    middle = _say(chart, chart.median)
    if chart.count == 1:
        return f"One {chart.what}: {middle}."
    text = f"Half of {chart.count} {chart.what}s cost {middle} or less"
    if chart.lower is not None and chart.upper is not None and chart.count > 3:
        text += f"; the middle half lies between {_say(chart, chart.lower)} and {_say(chart, chart.upper)}"
    return f"{text}."


def table(chart: HistogramChart) -> Table:
    """One row a bar."""
    columns = (Column("From"), Column("Up to"), Column(f"{chart.what.capitalize()}s"))
    rows = (Row((_say(chart, bar.low), _say(chart, bar.high), formats.count(bar.count))) for bar in chart.bars)
    return Table(chart.title, columns, tuple(rows))


def draw(chart: HistogramChart, *, width: int = 560, uid: str = "histogram", theme: str | None = None) -> str:
    """The bars as SVG, ``width`` pixels of view box wide; with a ``theme`` it stands alone."""
    if not chart.count:
        return _notice(chart, width, uid, theme)
    canvas = Canvas(width, _HEAD + _PLOT + _FOOT, uid)
    low, high = number(chart.bars[0].low), number(chart.bars[-1].high)
    ends = (text_width(_say(chart, end), size=12) / 2 + 2 for end in (low, high))
    x = Linear(low, high, next(ends), width - next(ends))
    y = Linear(0, max(bar.count for bar in chart.bars), _HEAD + _PLOT, _HEAD)
    canvas.text(f"{chart.what.capitalize()}s", "t-axis", (0, 10, "start"))
    for bar in chart.bars:
        _bar(canvas, chart, bar, x, y)
    canvas.line((x.start, y.start), (x.end, y.start), "base")
    _ticks(canvas, chart, x, y.start)
    if chart.median is not None:
        at = x(number(chart.median))
        canvas.line((at, _HEAD - 16), (at, y.start), "dash")
        words = f"median {_say(chart, chart.median)}"
        spots = ((at + 5, _HEAD - 20, "start"), (at - 5, _HEAD - 20, "end"), (width, _HEAD - 20, "end"))
        canvas.label(words, "t-strong halo", *spots)
    return canvas.svg(title=chart.title, desc=sentence(chart), theme=theme)


def _bar(canvas: Canvas, chart: HistogramChart, bar: HistogramBar, x: Linear, y: Linear) -> None:
    if not bar.count:
        return
    left, right, top = x(number(bar.low)), x(number(bar.high)), y(bar.count)
    told = f"{formats.plural(bar.count, chart.what)} from {_say(chart, bar.low)} up to {_say(chart, bar.high)}"
    canvas.reached(Box(left + 1, top, right - 1, y.start), "box", told, radius=2)
    if y.start - top > 18:
        canvas.text(str(bar.count), "t-note", ((left + right) / 2, top + 15, "middle"))


def _ticks(canvas: Canvas, chart: HistogramChart, x: Linear, base: float) -> None:
    edges = [chart.bars[0].low, *(bar.high for bar in chart.bars)]
    for edge in (edges[0], edges[-1], *edges[1:-1]):
        at = x(number(edge))
        if canvas.label(_say(chart, edge), "t-axis", (at, base + 19, "middle")):
            canvas.line((at, base), (at, base + 4), "base")


def _say(chart: HistogramChart, value: Number) -> str:
    return formats.amount(value, unit=chart.unit, currency=chart.currency)


def _notice(chart: HistogramChart, width: int, uid: str, theme: str | None) -> str:
    canvas = Canvas(width, 110, uid)
    canvas.text("Nothing to count yet", "t-big halo", (width / 2, 60, "middle"))
    return canvas.svg(title=chart.title, desc=sentence(chart), theme=theme)
