"""What lies ahead on the investment curve: the net position at the present rates, dashed."""

from __future__ import annotations

from lifecycle.charts.curve_sheet import Sheet
from lifecycle.charts.paths import line
from lifecycle.charts.scales import Linear, number

Point = tuple[float, float]


def draw_ahead(sheet: Sheet, y: Linear, last: Point) -> None:
    """A dashed line from where the facts end to what the present rates would make of it."""
    ahead = sheet.chart.ahead
    if ahead is None:
        return
    end = (min(sheet.x(ahead.until), sheet.right), y(number(ahead.net)))
    sheet.canvas.path(line([last, end]), "dash")
    sheet.canvas.label("at this rate", "t-note halo", (end[0], end[1] - 7, "end"), (end[0], end[1] + 15, "end"))
