"""The effect and its interval as the data came in, against zero and the minimum effect, up to the verdict.

Points that were too early to decide on are hollow and grey. While the latest of them is still too early, their
values are not drawn at all (nor are they in the markup) unless the chart is told that somebody unfolded them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from lifecycle.charts.canvas import Box, Canvas
from lifecycle.charts.diamonds import DecisionMark, arrange, draw_diamonds, lanes_used
from lifecycle.charts.formats import day, day_short, effect, interval
from lifecycle.charts.paths import between, line, short
from lifecycle.charts.scales import Days, Linear, number
from lifecycle.charts.table import Column, Row, Table
from lifecycle.charts.textwidth import text_width
from lifecycle.charts.ticks import day_ticks, nice_ticks
from lifecycle.design.tokens import VERDICTS

Amount = Decimal | float | int

TITLE = "Evidence over time"
WIDTHS = (620, 420, 300)
"""The widths it is drawn for: a card on a desk, half a card, a phone."""

_LANE = 20.0
_PLOT = 190.0
_PAST = 1.5
"""How many times the height of what is known now the past may take, above and below it."""
_TONES = {"validated": "good", "refuted": "bad", "harmful": "bad"}


@dataclass(frozen=True)
class EvidencePoint:
    """What was known as of a day: estimate and interval in the chart's unit; None where there was no evidence."""

    as_of: date
    estimate: Amount | None
    low: Amount | None = None
    high: Amount | None = None
    too_early: bool = False


@dataclass(frozen=True)
class StageChange:
    """From ``on`` another exposure (or another stage) began; ``label`` is short, such as ``25%``."""

    on: date
    label: str


@dataclass(frozen=True)
class EvidenceChart:
    """Evidence as it grew. ``unit`` is the metric's (``share`` reads as percentage points, ``scale`` relative as %).

    ``minimum_effect`` is positive and read in the direction that is ``better`` (``up`` or ``down``). ``days_left``
    tells when a decision can be expected. ``unfolded`` shows values that are still too early to decide on.
    """

    points: tuple[EvidencePoint, ...] = ()
    metric: str = ""
    unit: str = "share"
    scale: str = "absolute"
    minimum_effect: Amount | None = None
    better: str = "up"
    stages: tuple[StageChange, ...] = ()
    decisions: tuple[DecisionMark, ...] = ()
    verdict: str = "missing"
    days_left: int | None = None
    unfolded: bool = False


def folded(chart: EvidenceChart) -> bool:
    """Whether the values are kept back: the latest is too early to decide on and nobody unfolded it."""
    return bool(chart.points) and chart.points[-1].too_early and not chart.unfolded


def sentence(chart: EvidenceChart) -> str:
    """What the data say now, in a sentence or two of plain text."""
    known = [point for point in chart.points if point.estimate is not None]
    if not known:
        return "There is no evidence yet."
    if folded(chart):
        wait = f", about {_days(chart.days_left)} left" if chart.days_left is not None else ""
        return f"It is too early to decide{wait}. The number is folded away so that nobody decides on it."
    last = known[-1]
    name = _verdict_name(chart.verdict)
    text = f"{effect(last.estimate, unit=chart.unit, scale=chart.scale)} on {chart.metric or 'the metric'}"
    if last.low is not None and last.high is not None:
        text += f", interval {interval(last.low, last.high, unit=chart.unit, scale=chart.scale)}"
    return f"{text}: {name.lower()} as of {day(last.as_of)}."


def table(chart: EvidenceChart) -> Table:
    """One row a day of evidence; values that are folded away are not in it."""
    columns = (Column("As of", numeric=False), Column("Effect"), Column("Interval"), Column("", numeric=False))
    rows = []
    for point in chart.points if not folded(chart) else ():
        cells = (
            day_short(point.as_of),
            effect(point.estimate, unit=chart.unit, scale=chart.scale),
            interval(point.low, point.high, unit=chart.unit, scale=chart.scale),
            "too early" if point.too_early else "",
        )
        rows.append(Row(cells, point.as_of, point.as_of + timedelta(days=1)))
    return Table(TITLE, columns, tuple(rows))


def draw(chart: EvidenceChart, *, width: int = 620, uid: str = "evidence", theme: str | None = None) -> str:
    """The chart as SVG, ``width`` pixels of view box wide; with a ``theme`` it stands alone."""
    known = [point for point in chart.points if point.estimate is not None]
    if not known:
        return _notice(width, uid, theme, "No evidence yet", "It starts with the first pull that succeeds.")
    if folded(chart):
        wait = f"About {_days(chart.days_left)} left." if chart.days_left is not None else "The step is still running."
        return _notice(width, uid, theme, "Too early to decide", wait)
    y = _value_scale(chart, known)
    ticks = [tick for tick in nice_ticks(y.low, y.high, 4) if y.low <= tick <= y.high]
    words = [_word(chart, tick) for tick in ticks]
    left = min(max(text_width(word, size=12) for word in words) + 14, 110.0)
    x = _time_scale(chart, known, left, width - (14.0 if width < 500 else 22.0))
    placed = arrange(chart.decisions, x)
    top = 8 + _LANE * (lanes_used(placed) if placed else 0) + (18 if chart.stages else 0)
    y = Linear(y.low, y.high, top + _PLOT, top + 8)
    canvas = Canvas(width, top + _PLOT + 34, uid)
    for tick, word in zip(ticks, words, strict=True):
        canvas.line((x.start, y(tick)), (x.end, y(tick)), "grid" if tick else "mark")
        canvas.text(word, "t-axis", (left - 8, y(tick) + 4, "end"))
    _stages(canvas, chart, x, top)
    _series(canvas, known, x, y)
    draw_diamonds(canvas, placed, top=0, lane_height=_LANE)
    _target(canvas, chart, x, y)
    _last(canvas, chart, known[-1], x, y)
    _axis(canvas, x, top + _PLOT)
    more = f'data-x="{x.start:g} {x.end:g}" data-y="{top:g} {top + _PLOT:g}" data-from="{x.first}" data-to="{x.last}"'
    return canvas.svg(title=TITLE, desc=sentence(chart), theme=theme, more=more)


def _value_scale(chart: EvidenceChart, known: list[EvidencePoint]) -> Linear:
    """Covers zero, the target, what is known now, and the past as far as that leaves now to be seen.

    The first intervals of a trial are often hundreds of times as wide as the last: they are cut at the ends.
    """
    settled = [point for point in known if not point.too_early] or known
    now = [0.0, _signed_target(chart), *_ends(known[-1:])]
    span = (max(now) - min(now)) * _PAST
    past = [min(max(value, min(now) - span), max(now) + span) for value in _ends(settled)]
    low, high = min(now + past), max(now + past)
    room = (high - low) * 0.08 or 1.0
    return Linear(low - room, high + room, 1, 0)


def _ends(points: list[EvidencePoint]) -> list[float]:
    """Estimates and the ends of their intervals."""
    values = (value for point in points for value in (point.estimate, point.low, point.high))
    return [number(value) for value in values if value is not None]


def _time_scale(chart: EvidenceChart, known: list[EvidencePoint], left: float, right: float) -> Days:
    first, last = known[0].as_of, known[-1].as_of
    days = [first, *(mark.on for mark in chart.decisions), *(stage.on for stage in chart.stages)]
    lone = timedelta(days=7 if first == last else 0)
    return Days(min(days) - lone, max(last, *(mark.on for mark in chart.decisions), last) + lone, left, right)


def _series(canvas: Canvas, known: list[EvidencePoint], x: Days, y: Linear) -> None:
    clip = f"{canvas.uid}-plot"
    canvas.raw(
        f'<clipPath id="{clip}"><path d="M0,{short(y.end - 6)}H{short(canvas.width)}V{short(y.start)}H0Z"/></clipPath>'
    )
    cut = f'clip-path="url(#{clip})"'
    bounded = [point for point in known if point.low is not None and point.high is not None]
    early = [point for point in bounded if point.too_early]
    settled = [point for point in bounded if not point.too_early]
    joint = settled[:1] if early and settled else []
    for group, cls in (([*early, *joint], "faint"), (settled, "soft")):
        upper = [(x(point.as_of), y(number(point.high))) for point in group]
        lower = [(x(point.as_of), y(number(point.low))) for point in group]
        canvas.path(between(upper, lower), cls, cut)
    if len(known) <= max(24, (x.end - x.start) // 14):
        whiskers = "".join(
            f"M{short(x(point.as_of))},{short(y(number(point.low)))}V{short(y(number(point.high)))}"
            for point in bounded
        )
        canvas.path(whiskers, "whisk", cut)
    path = [(x(point.as_of), y(number(point.estimate))) for point in known]
    canvas.path(line(path), "ink", cut)
    canvas.keep_off(path)
    inside = [(point, spot) for point, spot in zip(known, path, strict=True) if y.end - 1 <= spot[1] <= y.start + 1]
    _dots(canvas, inside)


def _dots(canvas: Canvas, points: list[tuple[EvidencePoint, tuple[float, float]]]) -> None:
    dense = len(points) > 40  # from here on dots would hide the line
    for index, (point, (x, y)) in enumerate(points):
        if not dense or index == len(points) - 1:
            canvas.circle(x, y, 3.5, "ring" if point.too_early else "dot")


def _target(canvas: Canvas, chart: EvidenceChart, x: Days, y: Linear) -> None:
    if chart.minimum_effect is None:
        return
    height = y(_signed_target(chart))
    canvas.line((x.start, height), (x.end, height), "dash")
    words = f"Minimum effect {_word(chart, _signed_target(chart))}"
    spots = [
        (at, height + shift, anchor)
        for at, anchor in ((x.end - 2, "end"), (x.start + 6, "start"))
        for shift in (15.0, -6.0)
    ]
    _ = canvas.label(words, "t-note halo", *spots) or canvas.label(words, "t-note halo", *spots, crossing=True)


def _stages(canvas: Canvas, chart: EvidenceChart, x: Days, top: float) -> None:
    for stage in sorted(chart.stages, key=lambda one: one.on):
        at = max(x(stage.on), x.start)
        canvas.line((at, top - 14), (at, top + _PLOT), "dots")
        canvas.label(stage.label, "t-note", (at + 4, top - 4, "start"))


def _last(canvas: Canvas, chart: EvidenceChart, point: EvidencePoint, x: Days, y: Linear) -> None:
    at, height = x(point.as_of), y(number(point.estimate))
    words = f"{_verdict_name(chart.verdict)}: {_word(chart, number(point.estimate))}, {day(point.as_of)}"
    tone = _TONES.get(chart.verdict, "dot")
    canvas.point(at, height, 5.5, tone, words)
    value = _word(chart, number(point.estimate))
    canvas.take(Box(at - 5, height - 5, at + 5, height + 5))
    ends = [y(number(end)) for end in (point.high, point.low) if end is not None]
    upper, lower = min(ends, default=height), max(ends, default=height)
    spots = ((at, max(upper, y.end) - 6, "end"), (at, lower + 15, "end"), (at - 9, height - 8, "end"))
    _ = canvas.label(value, "t-strong halo", *spots) or canvas.label(value, "t-strong halo", *spots, crossing=True)


def _axis(canvas: Canvas, x: Days, y: float) -> None:
    canvas.line((x.start, y), (x.end, y), "base")
    for tick in day_ticks(x.first, x.last, 4 if canvas.width < 500 else 6):  # a phone
        at = x(tick.day)
        canvas.label(
            tick.label, "t-axis", (at, y + 18, "start" if at - x.start < 4 else "middle"), (at, y + 18, "end")
        )  # pixels


def _notice(width: int, uid: str, theme: str | None, head: str, rest: str) -> str:
    canvas = Canvas(width, 132, uid)
    canvas.raw(
        f'<pattern id="{uid}-veil" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<path class="grid" d="M0,0V7"/></pattern>'
        f'<rect x="0" y="0" width="{width}" height="132" rx="10" fill="url(#{uid}-veil)"/>'
    )
    canvas.text(head, "t-big halo", (width / 2, 62, "middle"))
    canvas.text(rest, "t-note halo", (width / 2, 84, "middle"))
    return canvas.svg(title=TITLE, desc=f"{head}. {rest}", theme=theme)


def _signed_target(chart: EvidenceChart) -> float:
    return number(chart.minimum_effect) * (-1 if chart.better == "down" else 1)


def _word(chart: EvidenceChart, value: float) -> str:
    """A value on the axis or beside it, without needless zeros."""
    return effect(value, unit=chart.unit, scale=chart.scale, trim=True)


def _days(days: int | None) -> str:
    return f"{days} day{'' if days == 1 else 's'}"


def _verdict_name(slug: str) -> str:
    return next((verdict.label for verdict in VERDICTS if verdict.slug == slug), slug.capitalize())
