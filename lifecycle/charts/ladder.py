"""The exposure ladder as a staircase of rungs: how far each reaches, when it was reached, and where we stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lifecycle.charts.canvas import Box, Canvas
from lifecycle.charts.formats import day_short, percentage
from lifecycle.charts.paths import short
from lifecycle.charts.table import Column, Row, Table

TITLE = "Exposure ladder"
WIDTHS = (560, 300)
_ROW = 28.0
_NAMES = {"done": "done", "current": "here now", "ahead": "ahead"}


@dataclass(frozen=True)
class Rung:
    """One step: its percent (0 to 100), ``status`` (``done``, ``current``, ``ahead``), the day it was reached,
    how many iterations it took so far, and a word of its own (a purpose).
    """

    percent: float
    status: str
    on: date | None = None
    iterations: int = 1
    note: str = ""


@dataclass(frozen=True)
class LadderChart:
    """The rungs from low to high, the share held back, and the exposure that is really on (None: not known)."""

    rungs: tuple[Rung, ...] = ()
    holdback_percent: float = 0.0
    actual_percent: float | None = None


def sentence(chart: LadderChart) -> str:
    """Where the rollout stands."""
    if not chart.rungs:
        return "No ladder is set."
    here = next((rung for rung in chart.rungs if rung.status == "current"), None)
    done = [rung for rung in chart.rungs if rung.status == "done"]
    if here:
        text = f"Now at {percentage(here.percent)}" + (f", iteration {here.iterations}" if here.iterations > 1 else "")
    else:
        text = f"Reached {percentage(done[-1].percent)}" if done else "Nobody is exposed yet"
    actual = chart.actual_percent
    if here and actual is not None and actual < here.percent:
        text += f", lowered to {percentage(actual)}"
    held = f" {percentage(chart.holdback_percent)} is held back." if chart.holdback_percent else ""
    return f"{text}.{held}"


def table(chart: LadderChart) -> Table:
    """One row a rung."""
    rows = tuple(
        Row(
            (
                percentage(rung.percent),
                _NAMES.get(rung.status, rung.status),
                day_short(rung.on) if rung.on else "",
                rung.note,
            )
        )
        for rung in chart.rungs
    )
    columns = (Column("Exposure"), Column("Status", numeric=False), Column("Since"), Column("For", numeric=False))
    return Table(TITLE, columns, rows)


def draw(chart: LadderChart, *, width: int = 560, uid: str = "ladder", theme: str | None = None) -> str:
    """One row a rung: percent, bar, day, and a check (done), a filled dot (here) or an open ring (ahead)."""
    rows = len(chart.rungs) or 1
    canvas = Canvas(width, rows * _ROW + 4, uid)
    if not chart.rungs:
        canvas.text("No ladder is set", "t-note", (0, 20, "start"))
    left, right = 46.0, width - (124.0 if width < 500 else 152.0)
    for index, rung in enumerate(chart.rungs):
        middle = _ROW * (index + 0.5)
        _rung(canvas, rung, (left, right, middle))
    _actual(canvas, chart, left, right)
    return canvas.svg(title=TITLE, desc=sentence(chart), theme=theme)


def _rung(canvas: Canvas, rung: Rung, where: tuple[float, float, float]) -> None:
    left, right, y = where
    ahead = rung.status == "ahead"
    canvas.text(percentage(rung.percent), "t-note" if ahead else "t-strong", (left - 10, y + 4, "end"))
    canvas.rect(Box(left, y - 4, right, y + 4), "track", radius=4)
    reach = left + max((right - left) * min(max(rung.percent, 0), 100) / 100, 3)
    if not ahead:
        canvas.rect(Box(left, y - 4, reach, y + 4), "f-ship_it", radius=min(4, (reach - left) / 2))
    else:
        canvas.line((reach, y - 4), (reach, y + 4), "mark")
    _mark(canvas, rung.status, right + 18, y)
    words = "Now" if rung.status == "current" else day_short(rung.on) if rung.on else ""
    loops = f" ×{rung.iterations}" if rung.iterations > 1 else ""
    canvas.text(words + loops, "t-strong" if rung.status == "current" else "t-axis", (right + 32, y + 4, "start"))


def _mark(canvas: Canvas, status: str, x: float, y: float) -> None:
    if status == "done":
        canvas.path(f"M{short(x - 4)},{short(y)}l3,3l5,-6", "s-ship_it")
    elif status == "current":
        canvas.circle(x, y, 5, "f-ship_it")
        canvas.circle(x, y, 2, "paper")
    else:
        canvas.circle(x, y, 4, "thin")


def _actual(canvas: Canvas, chart: LadderChart, left: float, right: float) -> None:
    """A mark across the current rung where the exposure was lowered below what was decided."""
    here = next((index for index, rung in enumerate(chart.rungs) if rung.status == "current"), None)
    actual = chart.actual_percent
    if here is None or actual is None or actual >= chart.rungs[here].percent:
        return
    x, y = left + (right - left) * max(actual, 0) / 100, _ROW * (here + 0.5)
    canvas.rect(Box(x - 1.5, y - 8, x + 1.5, y + 8), "bad", radius=1, title=f"Lowered to {percentage(actual)}")
