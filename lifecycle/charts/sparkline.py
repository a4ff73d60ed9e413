"""A line without axes, the size of a word: how an effect or a use has moved, against zero or a baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from lifecycle.charts.canvas import Canvas
from lifecycle.charts.paths import line
from lifecycle.charts.scales import Linear, number

Amount = Decimal | float | int

WIDTHS = (80,)
HEIGHT = 24.0


@dataclass(frozen=True)
class Spark:
    """Values oldest first (None is a gap), the phase whose colour it has, what it shows in words, and a base line."""

    values: tuple[Amount | None, ...]
    phase: str = ""
    label: str = ""
    baseline: Amount | None = 0


def sentence(chart: Spark) -> str:
    """What the line shows, for those who do not see it."""
    return chart.label or "No values yet."


def draw(chart: Spark, *, width: int = 80, uid: str = "spark", theme: str | None = None) -> str:
    """The line as SVG; a single value is a dot, none at all a dotted rule."""
    canvas = Canvas(width, HEIGHT, uid)
    known = [number(value) for value in chart.values if value is not None]
    if not known:
        canvas.line((2, HEIGHT / 2), (width - 2, HEIGHT / 2), "dots")
        return canvas.small_svg(label=sentence(chart), theme=theme)
    extra = [] if chart.baseline is None else [number(chart.baseline)]
    y = Linear(min(known + extra), max(known + extra), HEIGHT - 4, 4)
    x = Linear(0, len(chart.values) - 1, 3, width - 5)
    if extra:
        canvas.line((2, y(extra[0])), (width - 2, y(extra[0])), "dots spark-base")
    name = chart.phase
    canvas.path(_segments(chart.values, x, y), f"s-{name} spark-line" if name else "thin")
    last = max(index for index, value in enumerate(chart.values) if value is not None)
    canvas.circle(x(last), y(number(chart.values[last])), 2.75, f"f-{name}" if name else "dot")
    return canvas.small_svg(label=sentence(chart), theme=theme)


def _segments(values: Sequence[Amount | None], x: Linear, y: Linear) -> str:
    """One path with a break at every gap."""
    runs: list[list[tuple[float, float]]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((x(index), y(number(value))))
    return "".join(line(run) for run in runs)
