"""What all panels of the investment curve share: the chart, the canvas, the time scale and small measures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from features.calendar import next_start
from lifecycle.charts.canvas import Canvas
from lifecycle.charts.curve_data import CurveChart
from lifecycle.charts.diamonds import Placed
from lifecycle.charts.ribbon import Stretch
from lifecycle.charts.scales import Days


@dataclass(frozen=True)
class Sheet:
    """A chart about to be drawn. ``narrow`` is a drawing for a phone; ``now`` is the pixel where its facts end."""

    chart: CurveChart
    canvas: Canvas
    x: Days
    narrow: bool
    now: float
    parts: tuple[Stretch, ...]
    placed: tuple[Placed, ...]

    @property
    def left(self) -> float:
        """Left edge of the plot."""
        return self.x.start

    @property
    def right(self) -> float:
        """Right edge of the plot."""
        return self.x.end

    def ref(self, name: str) -> str:
        """An id of this drawing's own."""
        return f"{self.canvas.uid}-{name}"

    @cached_property
    def edges(self) -> list[float]:
        """The pixels between the points: one more than there are points."""
        points = self.chart.points
        if not points:
            return []
        return [self.x(point.start) for point in points] + [self.x(next_start(points[-1].start, self.chart.interval))]

    @cached_property
    def middles(self) -> list[float]:
        """The pixel in the middle of each point's week or month."""
        edges = self.edges
        return [(left + right) / 2 for left, right in pairwise(edges)]

    def released(self) -> float:
        """The pixel up to which nothing was released to all."""
        return self.x(self.chart.released_on) if self.chart.released_on else self.now
