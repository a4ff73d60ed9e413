"""Invented portfolios for the style guide, in the states that are hard to draw."""

from datetime import date
from math import sin
from typing import Any

from lifecycle.charts.bars import BarsChart, NamedBar
from lifecycle.charts.box_plot import BoxChart, Boxed
from lifecycle.charts.histogram import HistogramBar, HistogramChart
from lifecycle.charts.stacked_area import Layer, StackChart, gathered
from lifecycle.design.tokens import PHASES


def stacks() -> list[tuple[str, StackChart]]:
    """Two years by phase, twelve squads, one month, in days, and nothing."""
    months = tuple(date(2025 + index // 12, index % 12 + 1, 1) for index in range(24))
    phases = tuple(Layer(one.label, _wave(place, 24), one.slug) for place, one in enumerate(PHASES))
    squads = gathered([Layer(f"Squad {chr(65 + place)}", _wave(place, 24)) for place in range(12)])
    return [
        ("by-phase", StackChart(months, phases)),
        ("twelve-squads", StackChart(months, squads)),
        ("one-month", StackChart(months[:1], tuple(Layer(one.name, one.values[:1], one.phase) for one in phases[:2]))),
        ("in-days", StackChart(months[:6], tuple(Layer(x.name, x.values[:6], x.phase) for x in phases), unit="days")),
        ("no-stack", StackChart()),
    ]


def _wave(place: int, count: int) -> tuple[float, ...]:
    rising = place * 900
    return tuple(max(0.0, 30_000 - place * 2_000 + 14_000 * sin(n / 3 + place) + rising * n / 4) for n in range(count))


def histograms() -> list[tuple[str, HistogramChart]]:
    """Many features, one, none."""
    counts = (1, 4, 7, 5, 2, 0, 0, 1)
    bars = tuple(HistogramBar(place * 50_000, (place + 1) * 50_000, count) for place, count in enumerate(counts))
    return [
        ("many", HistogramChart(bars=bars, median=132_000, lower=96_000, upper=181_000)),
        ("one", HistogramChart(bars=(HistogramBar(0, 100, 1),), median=40, unit="days")),
        ("none", HistogramChart()),
    ]


def bars() -> list[tuple[str, BarsChart]]:
    """Deaths by phase, and none."""
    costs = (8_400, 182_000, 96_500, 0, 41_000)
    rows = tuple(
        NamedBar(one.label, cost, f"{place + 1} killed", one.slug)
        for place, (one, cost) in enumerate(zip(PHASES, costs, strict=True))
    )
    return [("by-phase", BarsChart("Cost of failure", rows)), ("none", BarsChart())]


def boxes() -> list[tuple[str, BoxChart]]:
    """Time in phase, and nothing that ended."""
    days = ((6, 12, 14, 17, 40), (14, 28, 39, 56, 120), (25, 60, 88, 110, 170), (31, 80, 92, 120, 260))
    rows = [Boxed(PHASES[place].label, 12 - place, *of, "2 go on", PHASES[place].slug) for place, of in enumerate(days)]
    return [
        ("by-phase", BoxChart(rows=(*rows, Boxed("Maintain It", note="6 go on", phase="maintain_it")))),
        ("none", BoxChart()),
    ]


def all_of_them() -> list[tuple[str, Any]]:
    """Every sample with the kind of its chart."""
    kinds: list[tuple[str, list[tuple[str, Any]]]] = [
        ("stack", [*stacks()]),
        ("histogram", [*histograms()]),
        ("bars", [*bars()]),
        ("boxes", [*boxes()]),
    ]
    return [(kind, data) for kind, found in kinds for _, data in found]
