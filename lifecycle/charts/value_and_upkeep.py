"""What shipped features return against what keeping them costs: below the diagonal, one costs more than it returns.

Both axes are logarithmic and in money a quarter. A logarithm has no place for what is not known, and none for nothing:
such features stand in lanes beside the axes, told apart, and never at zero. Form says the answer (circle, triangle,
cross), so that no colour has to; faded is what is suggested and not decided.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from itertools import groupby
from math import ceil, floor, log10

from lifecycle.charts.canvas import Canvas
from lifecycle.charts.formats import count, money_short, plural
from lifecycle.charts.legend import LINE, Entry, draw_legend, lines_needed
from lifecycle.charts.paths import short
from lifecycle.charts.scales import Linear
from lifecycle.charts.table import Column, Row, Table
from lifecycle.charts.textwidth import text_width

TITLE = "Value against upkeep"
WIDTHS = (980, 560, 330)
WORDS = {"advance": "Keep", "iterate": "Tweak", "kill": "Kill"}
"""The three answers of a review, in the order of the legend."""

_LANE = 24.0
_FOOT = 44.0
_NAMED = 60
"""Up to so many marks say their name and can be reached by keyboard; more are drawn as one path for each form."""
_FORMS = {
    "advance": "m-4.5,0a4.5,4.5 0 1 0 9,0a4.5,4.5 0 1 0-9,0",
    "iterate": "m0-4.5l4.5,8h-9z",
    "kill": "m-4-4l8,8m0-8l-8,8",
}
_SMALL = {"advance": "m-3,0a3,3 0 1 0 6,0a3,3 0 1 0-6,0", "iterate": "m0-3l3,5.5h-6z", "kill": "m-3-3l6,6m0-6l-6,6"}
_AIR = 1.6
"""The domain reaches past the outermost marks by this factor."""
_UNKNOWN, _NOTHING = "not known", "0 or less"


@dataclass(frozen=True)
class Weighed:
    """One feature: its value and its upkeep a quarter (None: not known), its answer, and whether that is decided."""

    name: str
    value: float | None
    upkeep: float | None
    answer: str
    decided: bool = False

    @property
    def costs_more(self) -> bool | None:
        """Whether it costs more than it returns; None where that cannot be told."""
        return None if self.value is None or self.upkeep is None else self.value < self.upkeep


@dataclass(frozen=True)
class WorthChart:
    """The features of a review, and the currency of their numbers."""

    points: tuple[Weighed, ...] = ()
    currency: str = "EUR"


@dataclass(frozen=True)
class _Axis:
    """A logarithmic scale with its lanes: where a number stands, known or not."""

    scale: Linear
    lanes: dict[str, float]

    def __call__(self, value: float | None) -> float:
        lane = _lane(value)
        return self.lanes[lane] if lane else self.scale(log10(value or 1))

    @property
    def ticks(self) -> list[float]:
        """Powers of ten; with 2 and 5 times these where there are few."""
        first, last = floor(self.scale.low), ceil(self.scale.high)
        steps = (1, 2, 5) if self.scale.high - self.scale.low < 2.2 else (1,)
        found = [step * 10.0**power for power in range(first, last + 1) for step in steps]
        return [tick for tick in found if self.scale.low <= log10(tick) <= self.scale.high]


def sentence(chart: WorthChart) -> str:
    """How many cost more than they return, how many earn their keep, and of how many that is not known."""
    if not chart.points:
        return "No feature stands in this review."
    told = [one.costs_more for one in chart.points]
    more, less, unknown = told.count(True), told.count(False), told.count(None)
    parts = []
    if more:
        said = "costs more than it returns" if more == 1 else "cost more than they return"
        parts.append(f"{count(more)} {said}")
    if less:
        parts.append(f"{count(less)} {'earns its' if less == 1 else 'earn their'} keep")
    if unknown:
        parts.append(f"of {count(unknown)} the value or the upkeep is not known")
    return f"{plural(len(told), 'shipped feature')}: {', '.join(parts)}."


def table(chart: WorthChart) -> Table:
    """One row a feature; of more than can be read at once, one row an answer. Worst first, as they are given."""
    head = (Column("Feature", numeric=False), Column("Value a quarter"), Column("Upkeep a quarter"))
    if len(chart.points) > _NAMED:
        return _sums(chart)
    columns = (*head, Column("Answer", numeric=False))
    rows = (_cells(one, chart.currency) for one in chart.points)
    return Table(f"{TITLE}, a quarter", columns, tuple(Row(cells) for cells in rows))


def _cells(one: Weighed, currency: str) -> tuple[str, ...]:
    return (one.name, money_short(one.value, currency), money_short(one.upkeep, currency), _answer(one))


def _sums(chart: WorthChart) -> Table:
    columns = (
        Column("Answer", numeric=False),
        Column("Features"),
        Column("Cost more than they return"),
        Column("Earn their keep"),
        Column("Not known"),
    )
    rows = []
    for answer, word in WORDS.items():
        for decided in (True, False):
            told = [one.costs_more for one in chart.points if (one.answer, one.decided) == (answer, decided)]
            if told:
                name = word if decided else f"{word}, suggested"
                rows.append(Row((name, *(count(n) for n in (len(told), *map(told.count, (True, False, None)))))))
    return Table(f"{TITLE}, by answer", columns, tuple(rows))


def draw(chart: WorthChart, *, width: int = 980, uid: str = "worth", theme: str | None = None) -> str:
    """The chart as SVG, ``width`` pixels of view box wide; with a ``theme`` it stands alone."""
    if not chart.points:
        return _notice(width, uid, theme)
    entries = _legend(chart)
    head = LINE * lines_needed(entries, width) + 26
    x, y = _axes(chart, width, head)
    canvas = Canvas(width, y.scale.start + _depth(y) + _FOOT, uid)
    draw_legend(canvas, entries, left=0, top=0, width=width)
    canvas.text("Value a quarter", "t-note", (0, head - 12, "start"))
    _below(canvas, x.scale, y.scale)
    _grid(canvas, x, y, chart.currency)
    _marks(canvas, chart, x, y)
    return canvas.svg(title=TITLE, desc=sentence(chart), theme=theme)


def _axes(chart: WorthChart, width: float, head: float) -> tuple[_Axis, _Axis]:
    values, costs = [one.value for one in chart.points], [one.upkeep for one in chart.points]
    high = min(max(width * 0.4, 220.0), 380.0)
    y = _axis(values, head + high, head, down=True)
    names = (*(money_short(tick, chart.currency) for tick in y.ticks), *y.lanes)
    left = max((text_width(name, size=12) for name in names), default=0) + 12
    return _axis(costs, left, width - 8, down=False), y


def _axis(values: Iterable[float | None], start: float, end: float, *, down: bool) -> _Axis:
    """The lanes that are needed lie before the axis: left of the one, under the other."""
    given = list(values)
    needed = [lane for lane in (_NOTHING, _UNKNOWN) if lane in {_lane(value) for value in given}]
    known = [value for value in given if value is not None and value > 0] or [10.0, 1000.0]
    low, high = log10(min(known) / _AIR), log10(max(known) * _AIR)
    sign = 1 if down else -1
    first = start if down else start + _LANE * len(needed)
    lanes = {lane: first + sign * _LANE * (place + 0.5) for place, lane in enumerate(needed)}
    return _Axis(Linear(low, high, first, end), lanes)


def _lane(value: float | None) -> str:
    if value is None:
        return _UNKNOWN
    return "" if value > 0 else _NOTHING


def _depth(axis: _Axis) -> float:
    return _LANE * len(axis.lanes)


def _below(canvas: Canvas, x: Linear, y: Linear) -> None:
    """Break-even, where it crosses the drawing, and the ground below it."""
    low, high = max(x.low, y.low), min(x.high, y.high)
    ground = [(x.end, y.start), (x.start, y.start)]
    if low < high:
        start, end = (x(low), y(low)), (x(high), y(high))
        over = [(x.end, y.end)] if y.high < x.high else []
        under = [(x.start, y(low))] if y.low < x.low else []
        ground = [*under, start, end, *over, (x.end, y.start), *([] if y.low > x.low else [(x.start, y.start)])]
    elif y.low >= x.high:
        return
    canvas.path("M" + "L".join(f"{short(a)},{short(b)}" for a, b in ground) + "Z", "below")
    if low < high:
        canvas.line(start, end, "dash")


def _grid(canvas: Canvas, x: _Axis, y: _Axis, currency: str) -> None:
    left, bottom = x.scale.start - _depth(x), y.scale.start + _depth(y)
    for tick in y.ticks:
        canvas.line((left, y(tick)), (x.scale.end, y(tick)), "grid")
        canvas.text(money_short(tick, currency), "t-axis", (left - 8, y(tick) + 4, "end"))
    for tick in x.ticks:
        canvas.line((x(tick), y.scale.end), (x(tick), bottom), "grid")
    for place in (x.scale.start, left):
        canvas.line((place, y.scale.end), (place, bottom), "base")
    for place in (y.scale.start, bottom):
        canvas.line((left, place), (x.scale.end, place), "base")
    for lane, place in y.lanes.items():
        canvas.text(lane, "t-axis", (left - 8, place + 4, "end"))
    if x.lanes:
        canvas.label(", ".join(x.lanes), "t-axis", (left, bottom + 16, "start"))
    for tick in x.ticks:
        canvas.label(money_short(tick, currency), "t-axis", (x(tick), bottom + 16, "middle"))
    canvas.text("Upkeep a quarter", "t-note", (x.scale.end, bottom + 36, "end"))
    canvas.label("costs more than it returns", "t-note halo", (x.scale.end - 8, y.scale.start - 9, "end"))


def _marks(canvas: Canvas, chart: WorthChart, x: _Axis, y: _Axis) -> None:
    """Suggested ones first, kills last: what matters most lies on top."""
    order = {answer: place for place, answer in enumerate(WORDS)}
    ranked = sorted(chart.points, key=lambda one: (one.decided, order[one.answer]))
    for (decided, answer), group in groupby(ranked, key=lambda one: (one.decided, one.answer)):
        cls = f"m-{answer}" + ("" if decided else " m-faded")
        if len(ranked) > _NAMED:
            canvas.path("".join(_place(one, x, y, _SMALL) for one in group), cls)
            continue
        for one in group:
            told = f"{', '.join(_cells(one, chart.currency)[:2])} against {money_short(one.upkeep, chart.currency)}"
            canvas.raw(_reached(f"{told}: {_answer(one)}", _place(one, x, y, _FORMS), cls))


def _place(one: Weighed, x: _Axis, y: _Axis, forms: dict[str, str]) -> str:
    return f"M{x(one.upkeep):.1f},{y(one.value):.1f}{forms[one.answer]}"


def _reached(told: str, d: str, cls: str) -> str:
    said = escape(told)
    return (
        f'<g role="img" tabindex="0" aria-label="{said}"><title>{said}</title>'
        f'<path class="hit" d="{d}"/><path class="{cls}" d="{d}"/></g>'
    )


def _answer(one: Weighed) -> str:
    return WORDS[one.answer] if one.decided else f"{WORDS[one.answer]}, suggested"


def _legend(chart: WorthChart) -> tuple[Entry, ...]:
    marks = [Entry(word, f'<path class="m-{answer}" d="M0,0{_FORMS[answer]}"/>') for answer, word in WORDS.items()]
    if any(not one.decided for one in chart.points):
        faded = f'<path class="m-advance m-faded" d="M0,0{_FORMS["advance"]}"/>'
        marks.append(Entry("faded: suggested", faded))
    return (*marks, Entry("break-even", '<path class="dash" d="M-7,5L7,-5"/>'))


def _notice(width: int, uid: str, theme: str | None) -> str:
    canvas = Canvas(width, 110, uid)
    canvas.text("Nothing to weigh", "t-big halo", (width / 2, 50, "middle"))
    canvas.text("No feature stands in this review.", "t-note halo", (width / 2, 74, "middle"))
    return canvas.svg(title=TITLE, desc=sentence(WorthChart()), theme=theme)
