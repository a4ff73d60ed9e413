"""The panels of the investment curve, each drawn between a top and a bottom given in pixels."""

from __future__ import annotations

from datetime import date

from features.calendar import next_start
from lifecycle.charts.canvas import Box
from lifecycle.charts.curve_ahead import draw_ahead
from lifecycle.charts.curve_data import CurveChart, spike_ceiling
from lifecycle.charts.curve_sheet import Sheet
from lifecycle.charts.curve_story import is_killed, say
from lifecycle.charts.diamonds import diamond
from lifecycle.charts.formats import compact, day_short, month, percentage
from lifecycle.charts.legend import Entry
from lifecycle.charts.paths import between, closed, line, short, smooth, steps
from lifecycle.charts.ribbon import gradient
from lifecycle.charts.scales import Linear, extent, number
from lifecycle.charts.style import TEXT
from lifecycle.charts.textwidth import text_width
from lifecycle.charts.ticks import day_ticks, nice_ticks

_STEPS_FROM = 13.0
"""From this many pixels a point on, the area is drawn in steps: few points make no curve."""


def definitions(sheet: Sheet) -> str:
    """Patterns, the colours by phase, and what is cut where."""
    uid, left, right = sheet.ref, sheet.left, sheet.right
    fill = gradient(sheet.parts, uid=uid("fill"), prefix="gf", left=left, right=right)
    solid = gradient(sheet.parts, uid=uid("solid"), prefix="g", left=left, right=right)
    return (
        f"<defs>{fill}{solid}"
        f'<pattern id="{uid("hatch")}" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><path class="hatch-line" d="M0,0V6"/></pattern>'
        f'<pattern id="{uid("dots")}" width="5" height="5" patternUnits="userSpaceOnUse">'
        '<circle class="hatch-dot" cx="1.5" cy="1.5" r="1.1"/></pattern>'
        f'<clipPath id="{uid("shade")}"><path d="M{short(left)},0H{short(sheet.released())}V2000H{short(left)}Z"/>'
        "</clipPath></defs>"
    )


def spent(chart: CurveChart) -> bool:
    """Whether anything was invested at all."""
    return any(number(point.invested) for point in chart.points)


def hairlines(sheet: Sheet, *, top: float, lane: float, bottom: float) -> None:
    """A thin line down from every decision."""
    for mark in sheet.placed:
        sheet.canvas.line((mark.x, top + lane * (mark.lane + 0.5)), (mark.x, bottom), "base")


def investment(sheet: Sheet, top: float, bottom: float) -> Linear:
    """Investment as an area, the return over it; answers with the scale they share."""
    chart, canvas = sheet.chart, sheet.canvas
    invested = [number(point.invested) for point in chart.points]
    returns = [number(point.returned_high or point.returned) for point in chart.points] if chart.priced else []
    ceiling = spike_ceiling([*invested, *returns])
    largest = ceiling or max([*invested, *returns, 0.0])
    ticks = nice_ticks(0, largest, 3 if sheet.narrow else 4) if largest else [0.0]
    y = Linear(0, ticks[-1] or 1.0, bottom, top)
    _value_axis(sheet, y, ticks, name=f"Invested a {chart.interval}")
    if not largest:
        canvas.label("Nothing invested yet", "t-note", ((sheet.left + sheet.right) / 2, (top + bottom) / 2, "middle"))
    if spent(chart):
        _area(sheet, y, [min(value, ticks[-1]) for value in invested])
        _undecided(sheet, y, ticks[-1])
    _unknown_months(sheet, bottom)
    canvas.line((sheet.left, bottom), (sheet.right, bottom), "base")
    if chart.priced:
        _return_line(sheet, y, ticks[-1])
    _spikes(sheet, y, invested, ticks[-1])
    return y


def bracket(sheet: Sheet, *, baseline: float) -> None:
    """The shaded area as a measured stretch: how much went in before release to all."""
    if not spent(sheet.chart):
        return
    chart, canvas = sheet.chart, sheet.canvas
    left, right, y = sheet.left, sheet.released(), baseline - 4
    text = f"{say(chart, chart.shaded_area)} {_bracket_words(sheet)}"
    size, bold = TEXT["t-strong"]
    width = text_width(text, size=size, bold=bold)
    middle = (left + right) / 2
    inside = width + 28 <= right - left
    gap = (middle - width / 2 - 6, middle + width / 2 + 6) if inside else (right, right)
    canvas.path(
        f"M{short(left)},{short(y - 4)}v8m0,-4H{short(gap[0])}M{short(gap[1])},{short(y)}H{short(right)}"
        + ("m0,-4v8" if chart.released_on else ""),
        "mark n",
    )
    spots = ((middle, baseline, "middle"),) if inside else ((right + 7, baseline, "start"), (right, baseline, "end"))
    canvas.label(text, "t-strong halo", *spots)


def _bracket_words(sheet: Sheet) -> str:
    if is_killed(sheet.chart) and not sheet.chart.released_on:
        return "and never released"
    words = "before release" if sheet.narrow else "before release to all"
    return words if sheet.chart.released_on else f"{words}, so far"


def flags(sheet: Sheet, *, baseline: float, bottom: float) -> None:
    """Dotted lines with their day: the first return, and release to all."""
    chart, canvas = sheet.chart, sheet.canvas
    named = (("First return", chart.first_return_on), ("Released to all", chart.released_on))
    marks = [(name, on, sheet.x(on)) for name, on in named if on and chart.points]
    for _, _, x in marks:
        canvas.line((x, baseline - 10), (x, bottom), "dots")
        canvas.take(Box(x - 1, baseline - 10, x + 1, baseline + 2))
    for name, on, x in marks:
        words = f"{name} {day_short(on)}"
        spots = ((x + 5, baseline, "start"), (x - 5, baseline, "end"))
        _ = canvas.label(words, "t-note halo", *spots) or canvas.label(name, "t-note halo", *spots)


def end_labels(sheet: Sheet, y: Linear, panel: tuple[float, float]) -> None:
    """The names of the two lines at their right end, kept apart; on a phone the legend names them."""
    points = sheet.chart.points
    if sheet.narrow or not points:
        return
    x = sheet.edges[-1] + 8
    names = [("Invested", number(points[-1].invested), "t-note")]
    if sheet.chart.priced and points[-1].returned is not None:
        names.insert(0, ("Return", number(points[-1].returned), "t-strong"))
    for name, value, cls in names:
        height = max(y(value), panel[0]) + 4
        spots = [(x, height + shift, "start") for shift in (0.0, 13.0, -13.0, 26.0, -26.0)]
        sheet.canvas.label(name, cls, *(spot for spot in spots if spot[1] <= panel[1] + 4))


def net_position(sheet: Sheet, top: float, bottom: float) -> None:
    """Returned minus invested so far; where the return is not priced, what went in so far instead."""
    chart = sheet.chart
    if not chart.points:
        return
    if chart.priced:
        _net(sheet, top, bottom)
        return
    totals = [number(point.invested_total) for point in chart.points]
    ticks = nice_ticks(0, max(totals) or 1.0, 2)
    y = Linear(0, ticks[-1], bottom, top)
    name = "Invested in total" if sheet.narrow else "Invested in total (return is unpriced, so no net position)"
    _value_axis(sheet, y, ticks, name=name)
    sheet.canvas.line((sheet.left, bottom), (sheet.right, bottom), "base")
    outline = smooth(_running(sheet, y, totals))
    sheet.canvas.path(closed(outline, sheet.edges[-1], sheet.edges[0], bottom), "soft")
    sheet.canvas.path(outline, "thin")
    _end_value(sheet, y(totals[-1]), say(chart, totals[-1]))


def exposure(sheet: Sheet, top: float, bottom: float) -> None:
    """How many percent of the users were reached, as steps."""
    chart, canvas = sheet.chart, sheet.canvas
    canvas.label("Exposure", "t-axis", (sheet.left, top - 10, "start"))
    ordered = sorted(chart.exposure, key=lambda step: step.on)
    y = Linear(0, 100, bottom, top)
    edges = [max(sheet.x(step.on), sheet.left) for step in ordered] + [max(sheet.now, sheet.left)]
    heights = [min(y(step.percent), bottom - (1.5 if step.percent else 0)) for step in ordered]
    outline = f"M{short(edges[0])},{short(bottom)}" + steps(edges, heights).replace("M", "L", 1)
    canvas.path(closed(outline, edges[-1], edges[0], bottom), "soft")
    canvas.path(outline, "thin")
    last = len(ordered) - 1
    for index in sorted(range(len(ordered)), key=lambda one: (one != last, one)):
        above, corner = heights[index] - 5, heights[index] + 5
        spots = [(edges[index] - 4, min(corner, bottom - 2), "end"), (edges[index] + 4, above, "start")]
        words = percentage(ordered[index].percent)
        fits = edges[index] + 8 + text_width(words, size=12) <= edges[index + 1]
        canvas.label(words, "t-note halo", *(spots[::-1] if fits else spots))


def time_axis(sheet: Sheet, y: float) -> None:
    """Days below everything, with the year at the first mark and wherever it changes."""
    canvas = sheet.canvas
    canvas.line((sheet.left, y), (sheet.right, y), "base")
    for tick in day_ticks(sheet.x.first, sheet.x.last, 4 if sheet.narrow else 9):
        x = sheet.x(tick.day)
        anchor = "start" if x - sheet.left < 4 else "middle"
        if canvas.label(tick.label, "t-axis", (x, y + 18, anchor)):
            canvas.line((x, y), (x, y + 4), "base")


def legend(sheet: Sheet) -> list[Entry]:
    """Only what the drawing really shows."""
    chart, uid = sheet.chart, sheet.ref
    square = '<rect class="{0}" x="-7" y="-6" width="14" height="12" rx="2"{1}/>'
    entries = []
    if spent(chart):
        hatch = square.format("over", f' fill="url(#{uid("hatch")})"')
        entries.append(Entry("Before release to all", square.format("track", "") + hatch))
    if any(number(point.undecided) for point in chart.points):
        dots = square.format("over", f' fill="url(#{uid("dots")})"')
        entries.append(Entry("Spent undecided", square.format("track", "") + dots))
    if chart.priced and any(point.returned for point in chart.points):
        bounded = any(point.returned_low is not None for point in chart.points)
        soft = '<rect class="soft" x="-7" y="-5" width="14" height="10"/>' if bounded else ""
        name = "Return, with its interval" if bounded else "Return"
        entries.append(Entry(name, soft + '<path class="ink" d="M-7,0H7"/>'))
    if chart.unknown_months:
        entries.append(Entry("Maintenance not known", square.format("unknown", "")))
    seen = {decision.outcome for decision in chart.decisions}
    answers = (outcome for outcome in ("advance", "iterate", "kill") if outcome in seen)
    entries += [Entry(one.capitalize(), f'<g transform="scale(.85)">{diamond(one)}</g>') for one in answers]
    return entries


def _value_axis(sheet: Sheet, y: Linear, ticks: list[float], *, name: str) -> None:
    canvas, chart = sheet.canvas, sheet.chart
    canvas.label(name, "t-axis", (sheet.left, y.end - 10, "start"), (sheet.left, y.end + 12, "start"))
    for tick in ticks:
        if tick:
            canvas.line((sheet.left, y(tick)), (sheet.right, y(tick)), "grid")
        text = compact(tick) if chart.unit == "days" else say(chart, tick)
        canvas.label(text, "t-axis", (sheet.left - 7, y(tick) + 4, "end"))


def _outline(sheet: Sheet, y: Linear, values: list[float]) -> str:
    """The top edge over all points: steps while they are few, a monotone curve through their middles when many."""
    edges, heights = sheet.edges, [y(value) for value in values]
    if (edges[-1] - edges[0]) / len(values) >= _STEPS_FROM:
        return steps(edges, heights)
    middles = sheet.middles
    points = list(zip(middles, heights, strict=True))
    return smooth([(edges[0], heights[0]), *points, (edges[-1], heights[-1])])


def _area(sheet: Sheet, y: Linear, values: list[float]) -> None:
    canvas, edges, base, uid = sheet.canvas, sheet.edges, y.start, sheet.ref
    outline = _outline(sheet, y, values)
    tail = f"V{short(base)}"
    d = f"M{short(edges[0])},{short(base)}" + outline.replace("M", "L", 1) + tail
    canvas.raw(f'<defs><path id="{uid("area")}" d="{d}"/><clipPath id="{uid("cut")}"><use href="#{uid("area")}"/>')
    canvas.raw("</clipPath></defs>")
    canvas.raw(
        f'<use href="#{uid("area")}" fill="url(#{uid("fill")})" stroke="url(#{uid("solid")})" stroke-width="1.5" '
        'stroke-linejoin="round"/>'
        f'<use href="#{uid("area")}" fill="url(#{uid("hatch")})" clip-path="url(#{uid("shade")})"/>'
    )


def _undecided(sheet: Sheet, y: Linear, ceiling: float) -> None:
    """What was spent while a gate was due, as dots on a paler ground from the base line up."""
    edges, columns = sheet.edges, ""
    for index, point in enumerate(sheet.chart.points):
        value = min(number(point.undecided), ceiling)
        if value > 0:
            left, right = short(edges[index]), short(edges[index + 1])
            columns += f"M{left},{short(y.start)}V{short(y(value))}H{right}V{short(y.start)}Z"
    if columns:
        cut = f'clip-path="url(#{sheet.ref("cut")})"'
        sheet.canvas.path(columns, "paper", f'fill-opacity=".62" {cut}')
        sheet.canvas.raw(f'<path d="{columns}" fill="url(#{sheet.ref("dots")})" {cut}/>')


def _unknown_months(sheet: Sheet, base: float) -> None:
    for start in sheet.chart.unknown_months:
        left = max(sheet.x(start), sheet.left)
        right = min(sheet.x(next_start(start.replace(day=1), "month")), sheet.right)
        if right - left < 2:
            continue
        title = f"Maintenance in {month(start)} is not known: no entry, which is not zero"
        sheet.canvas.rect(Box(left + 1, base - 18, right - 1, base - 1), "unknown", radius=3, title=title)
        sheet.canvas.label("?", "t-strong", ((left + right) / 2, base - 5, "middle"))


def _return_line(sheet: Sheet, y: Linear, ceiling: float) -> None:
    middles, points = sheet.middles, sheet.chart.points
    first = next((index for index, point in enumerate(points) if number(point.returned)), len(points))
    known = [
        (x, point)
        for index, (x, point) in enumerate(zip(middles, points, strict=True))
        if point.returned is not None and index >= first - 1
    ]
    upper = [(x, y(min(number(point.returned_high), ceiling))) for x, point in known if point.returned_high is not None]
    lower = [(x, y(max(number(point.returned_low), 0))) for x, point in known if point.returned_low is not None]
    if upper and len(upper) == len(lower):
        sheet.canvas.path(between(upper, lower), "soft")
    path = [(x, y(min(number(point.returned), ceiling))) for x, point in known]
    sheet.canvas.path(smooth(path), "ink")
    if len(path) == 1:
        sheet.canvas.circle(*path[0], 3.5, "dot")


def _spikes(sheet: Sheet, y: Linear, values: list[float], ceiling: float) -> None:
    """Weeks that tower over the axis are torn at its top and carry their true amount."""
    middles = sheet.middles
    above = [index for index, value in enumerate(values) if value > ceiling]
    for index in sorted(above, key=lambda one: -values[one])[:6]:
        x, top = middles[index], y.end
        sheet.canvas.raw(f'<path class="tear" d="M{short(x - 8)},{short(top + 9)}l4,-4l4,4l4,-4l4,4"/>')
        words = f"{say(sheet.chart, values[index])} ↑"
        spots = ((x + 7, top + 12, "start"), (x - 7, top + 12, "end"), (x + 7, top + 27, "start"))
        sheet.canvas.label(words, "t-strong halo", *spots)


def _running(sheet: Sheet, y: Linear, totals: list[float]) -> list[tuple[float, float]]:
    """A running total from zero at the left edge to its value at the end of each point."""
    edges = sheet.edges
    return [(edges[0], y(0)), *((edge, y(total)) for edge, total in zip(edges[1:], totals, strict=True))]


def _net(sheet: Sheet, top: float, bottom: float) -> None:
    chart, canvas = sheet.chart, sheet.canvas
    nets = [point.net for point in chart.points]
    low, high = extent([*nets, *([number(chart.ahead.net)] if chart.ahead else [])])
    reach = (high - low) or 1.0
    y = Linear(low - reach * 0.16, high + reach * 0.08, bottom, top)
    _value_axis(sheet, y, [tick for tick in nice_ticks(low, high, 2) if y.low <= tick <= y.high], name="Net position")
    path = _running(sheet, y, nets)
    zero = y(0)
    outline = line(path)
    area = closed(outline, path[-1][0], path[0][0], zero)
    for cls, upper, lower in (("below", zero, bottom + 4), ("above", top - 4, zero)):
        name = sheet.ref(cls)
        canvas.raw(
            f'<clipPath id="{name}"><path d="M0,{short(upper)}H{short(canvas.width)}V{short(lower)}H0Z"/></clipPath>'
        )
        canvas.path(area, cls, f'clip-path="url(#{name})"')
    canvas.line((sheet.left, zero), (sheet.right, zero), "mark")
    canvas.path(outline, "ink")
    _end_value(sheet, path[-1][1], ("+" if nets[-1] > 0 else "") + say(chart, nets[-1]))
    draw_ahead(sheet, y, path[-1])
    _break_even(sheet, zero)
    _deepest(sheet, nets, path)


def _end_value(sheet: Sheet, height: float, words: str) -> None:
    x = sheet.edges[-1]
    beside, over, under = (x + 8, height + 4, "start"), (x - 4, height - 9, "end"), (x - 4, height + 17, "end")
    spots = (over, under, beside) if sheet.chart.ahead else (beside, over, under)  # what lies ahead begins beside it
    sheet.canvas.label(words, "t-strong halo", *spots)


def _break_even(sheet: Sheet, zero: float) -> None:
    on: date | None = sheet.chart.break_even_on
    if on is None:
        return
    x = sheet.x(on)
    words = f"Break-even {day_short(on)}"
    sheet.canvas.point(x, zero, 4.5, "ring s-good", words)
    sheet.canvas.take(Box(x - 6, zero - 6, x + 6, zero + 6))
    spots = ((x - 9, zero - 8, "end"), (x + 9, zero + 17, "start"), (x - 9, zero + 17, "end"))
    sheet.canvas.label(words, "t-strong halo", *spots)


def _deepest(sheet: Sheet, nets: list[float], path: list[tuple[float, float]]) -> None:
    depth = min(nets)
    if depth >= 0 or len(nets) < 3:
        return
    x, y = path[nets.index(depth) + 1]
    words = f"Deepest {say(sheet.chart, depth)}"
    sheet.canvas.point(x, y, 3.5, "ring", words)
    spots = ((x + 8, y + 14, "start"), (x, y - 9, "middle"), (x - 8, y + 4, "end"), (x - 4, y - 9, "end"))
    sheet.canvas.label(words, "t-note halo", *spots)
