"""From the investment curve of the arithmetic room to the chart of it."""

from __future__ import annotations

from collections.abc import Callable

from lifecycle.charts.curve_data import Ahead, CurveBand, CurveChart, CurvePoint, ExposureStep
from lifecycle.charts.diamonds import DecisionMark
from lifecycle.charts.formats import percentage
from lifecycle.curves.curve import Curve
from lifecycle.curves.marks import Mark
from lifecycle.design.tokens import phase_label


def curve_chart(curve: Curve, href: Callable[[Mark], str] = lambda _: "") -> CurveChart:
    """The chart of ``curve``; ``href`` gives the page of a decision (empty: the mark is no link)."""
    return CurveChart(
        points=tuple(
            CurvePoint(
                point.start, point.invested, point.invested_total, point.returned, point.returned_total,
                point.undecided, point.returned_low, point.returned_high,
            )
            for point in curve.points
        ),
        bands=tuple(CurveBand(band.phase, band.iteration, band.start, band.end) for band in curve.bands),
        decisions=tuple(DecisionMark(mark.on, mark.outcome, _label(mark), href(mark)) for mark in curve.decisions),
        exposure=tuple(ExposureStep(step.on, float(step.percent)) for step in curve.exposure),
        released_on=curve.released_on,
        first_return_on=curve.first_return_on,
        break_even_on=curve.break_even_on,
        shaded_area=curve.shaded_area,
        currency=curve.currency,
        unit=curve.unit,
        priced=curve.priced,
        unknown_months=curve.unknown_months,
        interval=curve.interval,
        as_of=curve.as_of,
        ahead=_ahead(curve),
    )  # fmt: skip


def _ahead(curve: Curve) -> Ahead | None:
    """What is drawn dashed: nothing where break-even is behind, for then the line only goes on."""
    if curve.forecast is None:
        return None
    return Ahead(curve.forecast.until, curve.forecast.net)


def _label(mark: Mark) -> str:
    """Where the decision was made: ``Ship It at 25%``."""
    place = phase_label(mark.phase) + (f" at {percentage(mark.step_percent)}" if mark.step_percent is not None else "")
    return f"{place} (imported)" if mark.imported else place
