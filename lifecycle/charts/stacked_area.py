"""What was invested over time, layer upon layer: steps by month or quarter.

Layers differ by hue, by pattern and by their place, and carry their names where there is room; so nothing is told by
colour alone. Of many layers the largest are drawn, and the rest as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from features.calendar import next_start
from lifecycle.charts import formats
from lifecycle.charts.canvas import Canvas
from lifecycle.charts.legend import LINE, Entry, draw_legend, lines_needed
from lifecycle.charts.paths import short
from lifecycle.charts.scales import Days, Linear, number
from lifecycle.charts.style import TEXT
from lifecycle.charts.table import Column, Row, Table
from lifecycle.charts.textwidth import shorten, text_width
from lifecycle.charts.ticks import day_ticks, nice_ticks
from lifecycle.design.tokens import PHASES

Number = Decimal | float | int

TITLE = "Invested over time"
WIDTHS = (1040, 640, 300)
"""The widths it is drawn for: desk, tablet, phone."""
MOST = 8
"""So many layers are told apart; from more on, the smallest are one."""

_PLOT = 240.0
_LEAST = 3
"""So many columns there is room for at least, so that a first month looks like a beginning."""
_HUES = tuple(phase.slug for phase in PHASES)
_PATTERNS = ("", "rise", "dots", "fall", "lines")
NO_HUE = "none"
"""The phase of a layer that stands outside of all phases: it is grey."""
_NAME_FROM = 13.0
"""From this height on a layer carries its name at its right end."""


@dataclass(frozen=True)
class Layer:
    """One layer: its name, its amounts oldest first, and the phase whose colour it has (else one is given to it).

    ``rest`` stands for all that have no layer of their own.
    """

    name: str
    values: tuple[Number, ...]
    phase: str = ""
    rest: bool = False


@dataclass(frozen=True)
class StackChart:
    """Layers from the bottom up over the first days of months or quarters, in ``unit`` ``money`` or ``days``."""

    starts: tuple[date, ...] = ()
    layers: tuple[Layer, ...] = ()
    interval: str = "month"
    unit: str = "money"
    currency: str = "GBP"


def gathered(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """At most so many layers as can be told apart: of more, the last ones as “others”."""
    if len(layers) <= MOST:
        return tuple(layers)
    rest = layers[MOST - 1 :]
    sums = tuple(sum(map(number, column)) for column in zip(*(one.values for one in rest), strict=True))
    return (*layers[: MOST - 1], Layer(f"{len(rest)} others", sums, rest=True))


def sentence(chart: StackChart) -> str:
    """How much it is, when it was most, and what the largest layer is."""
    totals = _totals(chart)
    whole = sum(totals)
    if not whole:
        return "Nothing was invested in this period."
    text = f"{_say(chart, whole)} was invested"
    if len(totals) > 1:
        top = max(range(len(totals)), key=lambda place: totals[place])
        text += f", most of it in {_when(chart, chart.starts[top])} ({_say(chart, totals[top])})"
    if len(chart.layers) > 1:
        largest = max((one for one in chart.layers if not one.rest), key=_sum)
        share = _sum(largest) / whole
        text += f". The largest part is {largest.name} with {formats.percent(share, 0)}"
    return f"{text}."


def table(chart: StackChart) -> Table:
    """One row a month or quarter, one column a layer, and the sum."""
    head = Column(chart.interval.capitalize(), numeric=False)
    columns = (head, *(Column(one.name) for one in chart.layers), Column("In all"))
    totals, rows = _totals(chart), []
    for place, start in enumerate(chart.starts):
        cells = [_say(chart, one.values[place]) for one in chart.layers]
        until = _next(chart, start)
        rows.append(Row((_when(chart, start), *cells, _say(chart, totals[place])), start, until))
    return Table(TITLE, columns, tuple(rows) if chart.layers else ())


def draw(chart: StackChart, *, width: int = 1040, uid: str = "stack", theme: str | None = None) -> str:
    """The stack as SVG, ``width`` pixels of view box wide; with a ``theme`` it stands alone."""
    totals = _totals(chart)
    if not sum(totals):
        return _notice(width, uid, theme)
    narrow = width < 500
    ticks = nice_ticks(0, max(totals), 3 if narrow else 4)
    left = max(text_width(_say(chart, tick), size=12) for tick in ticks) + 10
    right = 8.0 if narrow else 112.0
    entries = [Entry(one.name, _swatch(uid, *_dress(one, place))) for place, one in enumerate(chart.layers)]
    lines = lines_needed(entries, width)
    canvas = Canvas(width, 20 + _PLOT + 30 + lines * LINE + 4, uid)
    x = Days(chart.starts[0], _last(chart), left, width - right)
    y = Linear(0, ticks[-1], 20 + _PLOT, 20)
    canvas.raw(_patterns(uid))
    _axes(canvas, chart, x, y, ticks)
    _layers(canvas, chart, x, y)
    draw_legend(canvas, entries, left=0, top=20 + _PLOT + 30, width=width)
    reader = f'data-x="{x.start:g} {x.end:g}" data-y="{y.end:g} {y.start:g}" data-from="{x.first}" data-to="{x.last}"'
    return canvas.svg(title=TITLE, desc=sentence(chart), theme=theme, more=reader)


def _axes(canvas: Canvas, chart: StackChart, x: Days, y: Linear, ticks: list[float]) -> None:
    canvas.text(f"Invested a {chart.interval}", "t-axis", (0, 10, "start"))
    for tick in ticks:
        canvas.line((x.start, y(tick)), (x.end, y(tick)), "grid" if tick else "base")
        canvas.text(_say(chart, tick), "t-axis", (x.start - 8, y(tick) + 4, "end"))
    for mark in day_ticks(x.first, x.last, 4 if canvas.width < 500 else 9):
        at = x(mark.day)
        if canvas.label(mark.label, "t-axis", (at, y.start + 19, "start" if at - x.start < 4 else "middle")):
            canvas.line((at, y.start), (at, y.start + 4), "base")


def _layers(canvas: Canvas, chart: StackChart, x: Days, y: Linear) -> None:
    edges = [x(start) for start in chart.starts] + [x(_next(chart, chart.starts[-1]))]
    below = [0.0] * len(chart.starts)
    names = []
    for place, layer in enumerate(chart.layers):
        above = [base + max(number(value), 0.0) for base, value in zip(below, layer.values, strict=True)]
        if above != below:
            hue, pattern = _dress(layer, place)
            outline = _area(edges, [y(value) for value in above], [y(value) for value in below])
            canvas.path(outline, f"{hue} layer")
            if pattern:
                canvas.raw(f'<path d="{outline}" fill="url(#{canvas.uid}-{pattern})"/>')
            names.append((layer, y(above[-1]), y(below[-1])))
        below = above
    for layer, top, bottom in names:
        if canvas.width >= 500 and bottom - top >= _NAME_FROM:
            size, bold = TEXT["t-note"]
            words = shorten(layer.name, room=canvas.width - edges[-1] - 10, size=size, bold=bold)
            canvas.label(words, "t-note", (edges[-1] + 8, (top + bottom) / 2 + 4, "start"))


def _area(edges: Sequence[float], upper: Sequence[float], lower: Sequence[float]) -> str:
    """Steps along the top, and back along the bottom."""
    parts = [f"M{short(edges[0])},{short(upper[0])}"]
    for place, height in enumerate(upper):
        parts.append(f"{f'V{short(height)}' if place else ''}H{short(edges[place + 1])}")
    parts += [f"V{short(lower[place])}H{short(edges[place])}" for place in range(len(lower) - 1, -1, -1)]
    return "".join(parts) + "Z"


def _dress(layer: Layer, place: int) -> tuple[str, str]:
    """Class and pattern of a layer: a phase always wears its own; others by their place, none like another."""
    if layer.phase == NO_HUE:
        return "plain", "fall"
    if layer.phase in _HUES:
        return f"f-{layer.phase}", _PATTERNS[_HUES.index(layer.phase)]
    turn, hue = divmod(place, len(_HUES))
    return f"f-{_HUES[hue]}", _PATTERNS[(hue + turn) % len(_PATTERNS)]


def _patterns(uid: str) -> str:
    stripe = (
        '<pattern id="{0}-{1}" width="7" height="7" patternUnits="userSpaceOnUse"{2}>'
        '<path class="lace" d="M0,3.5H7"/></pattern>'
    )
    turned = ' patternTransform="rotate({0})"'
    stripes = (("rise", turned.format(-45)), ("fall", turned.format(45)), ("lines", ""))
    return (
        "<defs>"
        + "".join(stripe.format(uid, name, turn) for name, turn in stripes)
        + f'<pattern id="{uid}-dots" width="7" height="7" patternUnits="userSpaceOnUse">'
        '<circle class="lace-dot" cx="3.5" cy="3.5" r="1.4"/></pattern></defs>'
    )


def _swatch(uid: str, hue: str, pattern: str) -> str:
    square = '<rect{0} x="-7" y="-6" width="14" height="12" rx="2"{1}/>'
    over = square.format("", f' fill="url(#{uid}-{pattern})"') if pattern else ""
    return square.format(f' class="{hue}"', "") + over


def _sum(layer: Layer) -> float:
    return sum(map(number, layer.values))


def _totals(chart: StackChart) -> list[float]:
    return [sum(number(one.values[place]) for one in chart.layers) for place in range(len(chart.starts))]


def _next(chart: StackChart, start: date) -> date:
    for _ in range(3 if chart.interval == "quarter" else 1):
        start = next_start(start, "month")
    return start


def _last(chart: StackChart) -> date:
    """Where the time axis ends: after the last column, or where a third one would."""
    last = chart.starts[-1]
    for _ in range(max(1, _LEAST + 1 - len(chart.starts))):
        last = _next(chart, last)
    return last


def _when(chart: StackChart, start: date) -> str:
    return formats.month(start) if chart.interval == "month" else f"Q{(start.month + 2) // 3} {start.year}"


def _say(chart: StackChart, value: Number) -> str:
    return formats.amount(value, unit=chart.unit, currency=chart.currency)


def _notice(width: int, uid: str, theme: str | None) -> str:
    canvas = Canvas(width, 110, uid)
    canvas.text("Nothing invested yet", "t-big halo", (width / 2, 50, "middle"))
    canvas.text("Entries of investment are added up here.", "t-note halo", (width / 2, 74, "middle"))
    return canvas.svg(title=TITLE, desc=sentence(StackChart()), theme=theme)
