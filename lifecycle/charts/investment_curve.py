"""The signature chart: what a feature cost and earned through its phases, with the decisions that moved it.

From top to bottom: the phase ribbon; decisions as diamonds; the shaded area as a measured bracket; investment
a week as an area in phase colours (hatched before release to all, dotted where it was spent undecided) with
the return and its interval over it; the net position with its deepest point and break-even; exposure as steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from lifecycle.charts import curve_panels as panels
from lifecycle.charts.canvas import Box, Canvas
from lifecycle.charts.curve_data import CurveChart, by_month, span
from lifecycle.charts.curve_sheet import Sheet
from lifecycle.charts.curve_story import say, sentence
from lifecycle.charts.diamonds import arrange, draw_diamonds, lanes_used
from lifecycle.charts.legend import LINE, draw_legend, lines_needed
from lifecycle.charts.ribbon import draw_ribbon, draw_wash, stretches
from lifecycle.charts.scales import Days, extent, number
from lifecycle.charts.textwidth import text_width

TITLE = "Investment over time"
WIDTHS = (1040, 640, 300)
"""The widths it is drawn for: desk, tablet, phone."""

_LANE = 20.0
_ROW = 18.0
_MONTHS_FROM = {300: 40, 640: 160, 1040: 300}
_LEAST_WEEKS = 8
_ROOM_AHEAD = 4
"""What lies ahead takes a fifth of the width at most."""


@dataclass(frozen=True)
class Layout:
    """Where each row of the drawing starts and ends, in pixels from the top."""

    ribbon: float
    diamonds: float
    bracket: float
    flags: float
    invest: tuple[float, float]
    net: tuple[float, float]
    exposure: tuple[float, float]
    axis: float
    legend: float
    height: float


def draw(chart: CurveChart, *, width: int = 1040, uid: str = "curve", theme: str | None = None) -> str:
    """The curve as SVG, ``width`` pixels of view box wide. ``uid`` keeps ids apart on one page.

    With a ``theme`` (``light`` or ``dark``) the drawing stands alone, with its styles resolved inside.
    """
    days = span(chart)
    if days is None:
        return _empty(width, uid, theme)
    if len(chart.points) > _MONTHS_FROM.get(width, 10_000) and chart.interval == "week":
        chart = by_month(chart)
    narrow = width < 500
    x = _axis(chart, days, width)
    placed = arrange(chart.decisions, x)
    parts = stretches(chart.bands, x, now=x(days[1]))
    sheet = Sheet(chart, Canvas(width, 0, uid), x, narrow, x(days[1]), tuple(parts), tuple(placed))
    layout = _layout(sheet, lanes=lanes_used(placed) if placed else 0)
    sheet.canvas.height = layout.height
    _draw_rows(sheet, layout)
    reader = (
        f'data-x="{x.start:g} {x.end:g}" data-y="{layout.invest[0]:g} {layout.axis:g}" '
        f'data-from="{x.first}" data-to="{x.last}"'
    )
    return sheet.canvas.svg(title=TITLE, desc=sentence(chart), theme=theme, more=reader)


def _axis(chart: CurveChart, days: tuple[date, date], width: int) -> Days:
    """The time axis: at least eight weeks long, so that a first week looks like a beginning; room for amounts left."""
    amounts = [number(point.invested) for point in chart.points] + [point.net for point in chart.points]
    widest = max((text_width(say(chart, value), size=12) for value in extent(amounts)), default=0.0)
    left = min(max(46.0, widest + 12), 84.0)
    right = 10.0 if width < 500 else 96.0 if width > 800 else 76.0
    last = max(days[1], days[0] + timedelta(weeks=_LEAST_WEEKS))
    if chart.ahead is not None:  # what has been takes most of the room
        last = max(last, min(chart.ahead.until, days[1] + (days[1] - days[0]) / _ROOM_AHEAD))
    return Days(days[0], last, left, width - right)


def _layout(sheet: Sheet, *, lanes: int) -> Layout:
    """Rows from top to bottom; a row with nothing to show takes no room."""
    narrow, chart = sheet.narrow, sheet.chart
    ribbon_end = 26.0 if chart.bands else 0.0
    bracket = ribbon_end + 8 + lanes * _LANE
    flags = bracket + (_ROW if panels.spent(chart) else 0)
    invest_top = flags + _ROW + (8 if narrow else 6)
    invest = (invest_top, invest_top + (130 if narrow else 176))
    net = (invest[1] + 36, invest[1] + 36 + (72 if narrow else 84)) if panels.spent(chart) else invest[1:] * 2
    exposure = (net[1] + 34, net[1] + 34 + (34 if narrow else 40)) if chart.exposure else (net[1], net[1])
    axis = exposure[1]
    legend = axis + 34
    lines = lines_needed(panels.legend(sheet), sheet.canvas.width - 8)
    return Layout(0, ribbon_end + 6, bracket, flags, invest, net, exposure, axis, legend, legend + lines * LINE + 2)


def _draw_rows(sheet: Sheet, layout: Layout) -> None:
    canvas = sheet.canvas
    canvas.raw(panels.definitions(sheet))
    draw_wash(canvas, sheet.parts, top=layout.diamonds, bottom=layout.axis)
    draw_ribbon(canvas, sheet.parts, top=layout.ribbon, height=24)
    panels.hairlines(sheet, top=layout.diamonds, lane=_LANE, bottom=layout.invest[1])
    scale = panels.investment(sheet, *layout.invest)
    panels.bracket(sheet, baseline=layout.bracket + 13)
    panels.flags(sheet, baseline=layout.flags + 13, bottom=layout.invest[1])
    panels.end_labels(sheet, scale, layout.invest)
    draw_diamonds(canvas, sheet.placed, top=layout.diamonds, lane_height=_LANE)
    if panels.spent(sheet.chart):
        panels.net_position(sheet, *layout.net)
    if sheet.chart.exposure:
        panels.exposure(sheet, *layout.exposure)
    panels.time_axis(sheet, layout.axis)
    draw_legend(canvas, panels.legend(sheet), left=2, top=layout.legend, width=canvas.width - 8)


def _empty(width: int, uid: str, theme: str | None) -> str:
    canvas = Canvas(width, 120, uid)
    canvas.rect(Box(0.5, 0.5, width - 0.5, 119.5), "faint", radius=10)
    canvas.text("Nothing has been invested yet", "t-strong", (width / 2, 56, "middle"))
    canvas.text("The curve starts with the first entry.", "t-note", (width / 2, 76, "middle"))
    return canvas.svg(title=TITLE, desc="Nothing has been invested yet.", theme=theme)
