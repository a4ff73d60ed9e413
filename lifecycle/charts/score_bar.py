"""What each goal adds to a score: a column as wide as its weight and as high as its median; the ink is the score."""

from __future__ import annotations

from dataclasses import dataclass

from lifecycle.charts.canvas import Box, Canvas
from lifecycle.charts.formats import compact

WIDTHS = (160,)
HEIGHT = 34.0
_GAP = 3.0


@dataclass(frozen=True)
class Adds:
    """One goal: its part of all weights (0 to 1), and its median in points; None where nobody could say."""

    name: str
    share: float
    median: float | None


@dataclass(frozen=True)
class ScoreBar:
    """The goals in their order, on a scale from 0 to ``most`` points."""

    parts: tuple[Adds, ...]
    most: float = 8


def sentence(chart: ScoreBar) -> str:
    """``Reach 5 of 8 (60% of the weight), Money not known (40%)``."""
    told = (
        f"{part.name} {_points(part, chart.most)} ({round(100 * part.share)}% of the weight)" for part in chart.parts
    )
    return ", ".join(told) or "No goal was asked for"


def draw(chart: ScoreBar, *, width: int = 160, uid: str = "score", theme: str | None = None) -> str:
    """The columns as SVG; one of which nothing is known is dashed."""
    canvas = Canvas(width, HEIGHT, uid)
    room = width - _GAP * max(len(chart.parts) - 1, 0)
    left = 0.0
    for part in chart.parts:
        right = left + room * part.share
        if part.median is None:
            canvas.rect(Box(left + 0.5, 0.5, right - 0.5, HEIGHT - 0.5), "unknown", radius=2)
        else:
            canvas.rect(Box(left, 0, right, HEIGHT), "track", radius=2)
            top = HEIGHT * (1 - min(max(part.median / chart.most, 0.0), 1.0))
            canvas.rect(Box(left, min(top, HEIGHT - 2), right, HEIGHT), "f-think_it", radius=2)
        left = right + _GAP
    return canvas.small_svg(label=sentence(chart), theme=theme)


def _points(part: Adds, most: float) -> str:
    return "not known" if part.median is None else f"{compact(part.median)} of {compact(most)}"
