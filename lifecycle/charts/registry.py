"""The rack of charts: the one place where a chart is opened by name.

A new chart is its file, one line here, and its test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import Any

from lifecycle.charts import (
    bar,
    bars,
    beta_finding,
    box_plot,
    curve_story,
    dot_strip,
    evidence_over_time,
    histogram,
    investment_curve,
    ladder,
    promise_and_delivery,
    score_bar,
    sparkline,
    stacked_area,
    value_and_upkeep,
)
from lifecycle.charts.table import Table


@dataclass(frozen=True)
class Chart:
    """How a chart is drawn (``draw(data, width=, uid=, theme=)``), for which widths, and what it is in words."""

    draw: Callable[..., str]
    sentence: Callable[[Any], str]
    widths: tuple[int, ...]
    table: Callable[[Any], Table] | None = None

    @property
    def cuts(self) -> tuple[int, ...]:
        """Between each two widths, the width of the place from which the wider drawing is shown, in pixels."""
        return tuple(round(sqrt(wide * narrow)) for wide, narrow in pairwise(self.widths))

    def fitting(self, room: float) -> int:
        """The width of the drawing that is shown in a place ``room`` pixels wide."""
        fit = (width for width, cut in zip(self.widths, self.cuts, strict=False) if room >= cut)
        return next(fit, self.widths[-1])


CHARTS: dict[str, Chart] = {
    "investment_curve": Chart(investment_curve.draw, curve_story.sentence, investment_curve.WIDTHS, curve_story.table),
    "evidence_over_time": Chart(
        evidence_over_time.draw, evidence_over_time.sentence, evidence_over_time.WIDTHS, evidence_over_time.table
    ),
    "ladder": Chart(ladder.draw, ladder.sentence, ladder.WIDTHS, ladder.table),
    "beta_finding": Chart(beta_finding.draw, beta_finding.sentence, beta_finding.WIDTHS, beta_finding.table),
    "promise_and_delivery": Chart(
        promise_and_delivery.draw,
        promise_and_delivery.sentence,
        promise_and_delivery.WIDTHS,
        promise_and_delivery.table,
    ),
    "stacked_area": Chart(stacked_area.draw, stacked_area.sentence, stacked_area.WIDTHS, stacked_area.table),
    "histogram": Chart(histogram.draw, histogram.sentence, histogram.WIDTHS, histogram.table),
    "bars": Chart(bars.draw, bars.sentence, bars.WIDTHS, bars.table),
    "box_plot": Chart(box_plot.draw, box_plot.sentence, box_plot.WIDTHS, box_plot.table),
    "value_and_upkeep": Chart(
        value_and_upkeep.draw, value_and_upkeep.sentence, value_and_upkeep.WIDTHS, value_and_upkeep.table
    ),
    "sparkline": Chart(sparkline.draw, sparkline.sentence, sparkline.WIDTHS),
    "dot_strip": Chart(dot_strip.draw, dot_strip.sentence, dot_strip.WIDTHS, dot_strip.table),
    "score_bar": Chart(score_bar.draw, score_bar.sentence, score_bar.WIDTHS),
    "bar": Chart(bar.draw, bar.sentence, bar.WIDTHS),
}


def width_rules() -> str:
    """Style rules that show, of the drawings of a figure, the one made for the room there is.

    A drawing is never blown up to more than a third over its own size.
    """
    plugs = CHARTS.values()
    cuts = sorted({cut for plug in plugs for cut in plug.cuts})
    widths = sorted({width for plug in plugs for width in plug.widths})
    sizes = "".join(f".w-{width}{{max-inline-size:{width * 4 // 3}px}}" for width in widths)
    shown = "".join(
        f"@container figure (width<{cut}px){{.from-{cut}{{display:none}}}}"
        f"@container figure (width>={cut}px){{.to-{cut}{{display:none}}}}"
        for cut in cuts
    )
    return sizes + shown


def chart(name: str) -> Chart:
    """The chart called ``name``. Raises LookupError that lists the names there are."""
    try:
        return CHARTS[name]
    except KeyError:
        raise LookupError(f"There is no chart {name!r}. There are: {', '.join(sorted(CHARTS))}.") from None
