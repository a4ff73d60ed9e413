"""A prototype test: what k successes of n tell about the rate, as the curve of a Beta distribution against a target.

The curve is the posterior Beta(1 + k, 1 + n − k) of a flat prior. The probability that the rate reaches the
target is computed by the evidence engine and handed in; this file only draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, lgamma, log

from lifecycle.charts.canvas import Canvas
from lifecycle.charts.formats import percent
from lifecycle.charts.paths import Point, closed, line, short
from lifecycle.charts.scales import Linear
from lifecycle.charts.table import Column, Row, Table

TITLE = "Prototype test"
WIDTHS = (480, 300)
_STEPS = 120
_TONES = {"validated": "above", "refuted": "below"}


@dataclass(frozen=True)
class BetaChart:
    """``successes`` of ``trials`` against a ``target`` rate (0 to 1); ``probability`` that the rate reaches it."""

    successes: int
    trials: int
    target: float
    probability: float | None = None
    verdict: str = "inconclusive"


def sentence(chart: BetaChart) -> str:
    """``8 of 10 succeeded; 97% sure that at least 50% would.``"""
    if chart.trials <= 0:
        return "Nobody has tried it yet."
    text = f"{chart.successes} of {chart.trials} succeeded"
    if chart.probability is None:
        return f"{text}."
    return f"{text}; the chance that at least {percent(chart.target)} would is {_chance(chart.probability)}."


def table(chart: BetaChart) -> Table:
    """The numbers of the test in one row."""
    known = chart.probability is not None
    cells = (
        str(chart.successes),
        str(chart.trials),
        percent(chart.target),
        _chance(chart.probability) if known else "",
    )
    return Table(TITLE, (Column("Succeeded"), Column("Tried"), Column("Target"), Column("Chance")), (Row(cells),))


def density(successes: int, trials: int, rate: float) -> float:
    """Density of Beta(1 + successes, 1 + trials − successes) at ``rate``."""
    a, b = 1 + successes, 1 + trials - successes
    if rate in (0.0, 1.0):
        flat = a if rate else b
        return float(a + b - 1) if flat == a + b - 1 else 0.0
    constant = lgamma(a + b) - lgamma(a) - lgamma(b)
    return exp(constant + (a - 1) * log(rate) + (b - 1) * log(1 - rate))


def draw(chart: BetaChart, *, width: int = 480, uid: str = "beta", theme: str | None = None) -> str:
    """The curve over 0 to 100 %, the part that reaches the target filled, the target as a dashed line."""
    canvas = Canvas(width, 150, uid)
    top, base = 26.0, 122.0
    x = Linear(0, 1, 12, width - 14)
    _ground(canvas, x, base)
    if chart.trials > 0:
        _curve(canvas, chart, x, (top, base))
        _observed(canvas, chart, x, base)
    at = x(chart.target)
    canvas.line((at, 14), (at, base), "dash")
    words = f"Target {percent(chart.target)}"
    canvas.label(words, "t-strong halo", (at + 6, 20, "start"), (at - 6, 20, "end"), (at, 10, "middle"))
    return canvas.svg(title=TITLE, desc=sentence(chart), theme=theme)


def _ground(canvas: Canvas, x: Linear, base: float) -> None:
    canvas.line((x.start, base), (x.end, base), "base")
    for share, shift, anchor in (
        (0, -2, "start"),
        (0.25, 0, "middle"),
        (0.5, 0, "middle"),
        (0.75, 0, "middle"),
        (1, 2, "end"),
    ):
        canvas.text(percent(share), "t-axis", (x(share) + shift, base + 18, anchor))


def _curve(canvas: Canvas, chart: BetaChart, x: Linear, span: tuple[float, float]) -> None:
    rates = [index / _STEPS for index in range(_STEPS + 1)]
    heights = [density(chart.successes, chart.trials, rate) for rate in rates]
    y = Linear(0, max(heights), span[1], span[0])
    points: list[Point] = [(x(rate), y(height)) for rate, height in zip(rates, heights, strict=True)]
    cut = (x(chart.target), y(density(chart.successes, chart.trials, chart.target)))
    reached = [cut, *(point for point in points if point[0] > cut[0])]
    canvas.path(closed(line(points), x.end, x.start, span[1]), "faint")
    tone = _TONES.get(chart.verdict, "soft")
    canvas.path(closed(line(reached), x.end, cut[0], span[1]), tone)
    canvas.path(line(points), "ink")


def _observed(canvas: Canvas, chart: BetaChart, x: Linear, base: float) -> None:
    """A triangle under the axis where the observed rate stands."""
    at = x(chart.successes / chart.trials)
    canvas.path(f"M{short(at)},{short(base + 1)}l5,7h-10z", "dot")


def _chance(probability: float | None) -> str:
    """A probability in percent that never claims certainty."""
    if probability is None:
        return ""
    if probability > 0.995:  # would round to 100
        return "over 99%"
    return "under 1%" if probability < 0.005 else percent(probability, 0)  # would round to 0
