"""What was promised at gates against what was measured after release: on the diagonal, a promise was kept.

Both axes are in minimum effects and have one scale, so that the diagonal is one. A feature whose promised interval
contains what it delivered is a filled dot, any other a ring; each carries both intervals as whiskers.
"""

from __future__ import annotations

from dataclasses import dataclass

from lifecycle.charts.canvas import Canvas
from lifecycle.charts.formats import signed_number
from lifecycle.charts.legend import LINE, Entry, draw_legend, lines_needed
from lifecycle.charts.paths import short
from lifecycle.charts.scales import Linear
from lifecycle.charts.table import Column, Row, Table
from lifecycle.charts.textwidth import text_width
from lifecycle.charts.ticks import nice_ticks

TITLE = "Promised against delivered"
WIDTHS = (560, 420, 300)
"""The widths it is drawn for: a card on a desk, half a card, a phone."""

_FOOT = 44.0
_NAMED = 12
"""Up to so many points have their name beside them where it fits; from more on it is told on the point alone."""
_REACHED = 60
"""Up to so many points can each be reached by keyboard; of more the table is the better way."""
_WHISKED = 30


@dataclass(frozen=True)
class Kept:
    """One feature: promised with its interval, delivered with its own; in minimum effects, above 0 is good."""

    name: str
    promised: float
    low: float
    high: float
    delivered: float
    delivered_low: float
    delivered_high: float

    @property
    def within(self) -> bool:
        """Whether the promised interval contains what was delivered."""
        return self.low <= self.delivered <= self.high


@dataclass(frozen=True)
class PromiseChart:
    """The features that were measured after their release. ``bias`` and its interval: delivered − promised."""

    points: tuple[Kept, ...] = ()
    bias: float | None = None
    bias_interval: tuple[float, float] | None = None


def sentence(chart: PromiseChart) -> str:
    """What the points say together, in a sentence or two of plain text."""
    count = len(chart.points)
    if not count or chart.bias is None:
        return "No released feature with a promise has been measured since its release."
    if count == 1:
        only = chart.points[0]
        return (
            f"One feature was measured after its release: {only.name} promised {_effects(only.promised)} "
            f"and delivered {_number(only.delivered)}. That says little about the next."
        )
    kept = sum(point.within for point in chart.points)
    told = f"{count} features delivered {_effects(abs(chart.bias))} {_less(chart.bias)} than promised on average"
    if chart.bias_interval is not None:
        told += f", interval {_signed(chart.bias_interval[0])} to {_signed(chart.bias_interval[1])}"
    return f"{told}. {kept} of {count} promised intervals contain what was delivered."


def table(chart: PromiseChart) -> Table:
    """One row a feature, those that fell furthest short first."""
    columns = (
        Column("Feature", numeric=False),
        Column("Promised"),
        Column("Interval"),
        Column("Delivered"),
        Column("Interval"),
        Column("Difference"),
        Column("Within what was promised", numeric=False),
    )
    rows = sorted(chart.points, key=lambda one: one.delivered - one.promised)
    return Table(f"{TITLE}, in minimum effects", columns, tuple(_row(one) for one in rows))


def draw(chart: PromiseChart, *, width: int = 560, uid: str = "promises", theme: str | None = None) -> str:
    """The chart as SVG, ``width`` pixels of view box wide; with a ``theme`` it stands alone."""
    if not chart.points:
        return _notice(width, uid, theme)
    entries = _legend()
    head = LINE * lines_needed(entries, width)
    low, high = _domain(chart)
    left = max(text_width(_number(tick), size=12) for tick in nice_ticks(low, high, 5)) + 14
    side = min(width - left - 14, 430.0)
    x = Linear(low, high, left, left + side)
    y = Linear(low, high, head + 26 + side, head + 26)
    canvas = Canvas(width, y.start + _FOOT, uid)
    draw_legend(canvas, entries, left=0, top=0, width=width)
    canvas.text("Delivered", "t-note", (0, head + 14, "start"))
    _axes(canvas, x, y)
    canvas.line((x.start, y.start), (x.end, y.end), "dash")
    _whiskers(canvas, chart, x, y)
    _points(canvas, chart, x, y)
    return canvas.svg(title=TITLE, desc=sentence(chart), theme=theme)


def _domain(chart: PromiseChart) -> tuple[float, float]:
    """Covers zero and all that was promised and delivered; intervals that reach further are cut."""
    values = [0.0, 1.0, *(value for one in chart.points for value in (one.promised, one.delivered))]
    low, high = min(values), max(values)
    room = (high - low) * 0.1
    return (low - room if low < 0 else low), high + room


def _axes(canvas: Canvas, x: Linear, y: Linear) -> None:
    ticks = [tick for tick in nice_ticks(x.low, x.high, 5) if x.low <= tick <= x.high]
    for tick in ticks:
        cls = "grid" if tick else "mark"
        canvas.line((x.start, y(tick)), (x.end, y(tick)), cls)
        canvas.line((x(tick), y.start), (x(tick), y.end), cls)
        canvas.text(_number(tick), "t-axis", (x.start - 8, y(tick) + 4, "end"))
        canvas.text(_number(tick), "t-axis", (x(tick), y.start + 16, "middle"))
    canvas.text("Promised, in minimum effects", "t-note", (x.end, y.start + 36, "end"))


def _whiskers(canvas: Canvas, chart: PromiseChart, x: Linear, y: Linear) -> None:
    if len(chart.points) > _WHISKED:
        return
    clip = f"{canvas.uid}-plot"
    canvas.raw(
        f'<clipPath id="{clip}"><path d="M{short(x.start)},{short(y.end)}H{short(x.end)}V{short(y.start)}'
        f'H{short(x.start)}Z"/></clipPath>'
    )
    marks = "".join(
        f"M{_pixel(x, one.low)},{short(y(one.delivered))}H{_pixel(x, one.high)}"
        f"M{short(x(one.promised))},{_pixel(y, one.delivered_low)}V{_pixel(y, one.delivered_high)}"
        for one in chart.points
    )
    canvas.path(marks, "whisk", f'clip-path="url(#{clip})"')


def _pixel(scale: Linear, value: float) -> str:
    """Where a whisker ends: what lies far outside is cut there already, so that no number grows endless."""
    wide = scale.high - scale.low
    return short(scale(min(max(value, scale.low - wide), scale.high + wide)))


def _points(canvas: Canvas, chart: PromiseChart, x: Linear, y: Linear) -> None:
    reached = len(chart.points) <= _REACHED
    for one in chart.points:
        told = f"{one.name}: promised {_number(one.promised)}, delivered {_number(one.delivered)}"
        cls = "dot" if one.within else "ring"
        (canvas.point if reached else canvas.circle)(x(one.promised), y(one.delivered), 5, cls, told)
    if len(chart.points) > _NAMED:
        return
    canvas.keep_off([(x.start, y.start), (x.end, y.end)])
    for one in sorted(chart.points, key=lambda point: point.delivered - point.promised):
        at, height = x(one.promised), y(one.delivered)
        name = one.name if len(one.name) <= 24 else f"{one.name[:23]}…"
        canvas.label(
            name,
            "t-note halo",
            (at + 9, height + 14, "start"),
            (at - 9, height - 7, "end"),
            (at - 9, height + 14, "end"),
        )


def _legend() -> tuple[Entry, ...]:
    return (
        Entry("within the promised interval", '<circle class="dot" r="5"/>'),
        Entry("outside of it", '<circle class="ring" r="5"/>'),
        Entry("as promised", '<path class="dash" d="M-7,5L7,-5"/>'),
    )


def _row(one: Kept) -> Row:
    cells = (
        one.name,
        _number(one.promised),
        f"{_number(one.low)} to {_number(one.high)}",
        _number(one.delivered),
        f"{_number(one.delivered_low)} to {_number(one.delivered_high)}",
        _signed(one.delivered - one.promised),
        "yes" if one.within else "no",
    )
    return Row(cells)


def _notice(width: int, uid: str, theme: str | None) -> str:
    canvas = Canvas(width, 110, uid)
    canvas.text("Nothing to compare yet", "t-big halo", (width / 2, 50, "middle"))
    canvas.text("It takes data of a holdback after release.", "t-note halo", (width / 2, 74, "middle"))
    return canvas.svg(title=TITLE, desc=sentence(PromiseChart()), theme=theme)


def _less(bias: float) -> str:
    return "less" if bias < 0 else "more"


def _number(value: float) -> str:
    """``4.2``, ``−0.5``."""
    return signed_number(round(value, 2)).removeprefix("+")


def _signed(value: float) -> str:
    """``+0.4``, ``−0.5``."""
    return signed_number(round(value, 2))


def _effects(value: float) -> str:
    text = _number(value)
    return f"{text} minimum effect{'' if text == '1' else 's'}"
