"""The investment curve in words: its story in a sentence or two, and its numbers as a table."""

from __future__ import annotations

from datetime import date

from features.calendar import next_start
from lifecycle.charts import formats
from lifecycle.charts.curve_data import CurveChart
from lifecycle.charts.scales import number
from lifecycle.charts.table import Column, Row, Table
from lifecycle.design.tokens import phase_label


def sentence(chart: CurveChart) -> str:
    """The story of the curve in one to three sentences of plain text."""
    spent = _total(chart)
    if not chart.points or spent == 0:
        return "Nothing has been invested yet."
    parts = [_before_release(chart, spent), _returned(chart), _undecided(chart), _unknown(chart)]
    return " ".join(part for part in parts if part)


def table(chart: CurveChart) -> Table:
    """One row a week or month. Columns of what is not known or never happened are left out."""
    undecided = any(number(point.undecided) for point in chart.points)
    columns = [Column(chart.interval.capitalize() + " of", numeric=False), Column("Phase", numeric=False)]
    columns += [Column("Invested"), Column("In total")]
    columns += [Column("Returned"), Column("Net position")] if chart.priced else []
    columns += [Column("Undecided")] if undecided else []
    return Table("Investment over time", tuple(columns), _rows(chart, undecided=undecided))


def phase_on(chart: CurveChart, day: date) -> str:
    """The phase (and its iteration from the second on) that holds on ``day``; empty outside every stint."""
    for band in reversed(chart.bands):
        if band.start <= day and (band.end is None or day < band.end):
            return phase_label(band.phase) + (f" {band.iteration}" if band.iteration > 1 else "")
    return ""


def is_killed(chart: CurveChart) -> bool:
    """Whether the last decision was to kill."""
    return bool(chart.decisions) and max(chart.decisions, key=lambda one: one.on).outcome == "kill"


def say(chart: CurveChart, value: object) -> str:
    """An amount of the chart in its short form."""
    return formats.amount(number(value), unit=chart.unit, currency=chart.currency)


def _total(chart: CurveChart) -> float:
    return number(chart.points[-1].invested_total) if chart.points else 0.0


def _before_release(chart: CurveChart, spent: float) -> str:
    if chart.released_on:
        text = f"{say(chart, chart.shaded_area)} went in before release to all on {formats.day(chart.released_on)}"
        return f"{text}; {say(chart, spent)} in total."
    if is_killed(chart):
        killed = max(chart.decisions, key=lambda one: one.on)
        return f"{say(chart, spent)} went in; it was killed on {formats.day(killed.on)}, before release to all."
    return f"{say(chart, spent)} has gone in, all of it before release to all customers."


def _returned(chart: CurveChart) -> str:
    if not chart.priced:
        return "What it returns is not priced, so its net position is not known." if chart.released_on else ""
    net = chart.points[-1].net
    ahead = f"{say(chart, abs(net))} {'ahead' if net >= 0 else 'behind'}"
    if chart.break_even_on:
        return f"It broke even on {formats.day(chart.break_even_on)} and is now {ahead}."
    if chart.first_return_on:
        return f"It has earned since {formats.day(chart.first_return_on)} and is still {ahead}."
    return "It has returned nothing yet."


def _undecided(chart: CurveChart) -> str:
    waiting = sum(number(point.undecided) for point in chart.points)
    return f"{say(chart, waiting)} was spent while a gate waited for its decision." if waiting else ""


def _unknown(chart: CurveChart) -> str:
    months = len(chart.unknown_months)
    return f"Maintenance is not known for {formats.plural(months, 'month')}." if months else ""


def _rows(chart: CurveChart, *, undecided: bool) -> tuple[Row, ...]:
    rows = []
    for point in chart.points:
        cells = [formats.day_short(point.start), phase_on(chart, point.start)]
        spent = formats.NOT_KNOWN if point.invested is None else say(chart, point.invested)
        cells += [spent, say(chart, point.invested_total)]
        if chart.priced:
            known = formats.NOT_KNOWN if point.returned is None else say(chart, point.returned)
            cells += [known, say(chart, point.net)]
        if undecided:
            cells.append(say(chart, point.undecided))
        rows.append(Row(tuple(cells), point.start, next_start(point.start, chart.interval)))
    return tuple(rows)
