"""Invented data for the style guide: the same every time, and every state worth looking at."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from math import pi, sin

from lifecycle.charts.bar import Budget
from lifecycle.charts.beta_finding import BetaChart
from lifecycle.charts.curve_data import CurveBand, CurveChart, CurvePoint, ExposureStep
from lifecycle.charts.diamonds import DecisionMark
from lifecycle.charts.evidence_over_time import EvidenceChart, EvidencePoint, StageChange
from lifecycle.charts.ladder import LadderChart, Rung
from lifecycle.charts.scales import number
from lifecycle.charts.sparkline import Spark

_PHASES = ("think_it", "build_it", "ship_it", "tweak_it", "maintain_it")
_BASES = (4.0, 15.0, 12.5, 8.0, 2.4)
_STARTS = (0.0, 0.1, 0.33, 0.53, 0.78, 1.0)


def _wobble(index: int) -> float:
    """Something like chance, the same every time, between −1 and 1."""
    return sin(index * 12.9898) * 0.6 + sin(index * 78.233 + 1) * 0.4


def curve(weeks: int = 103, *, priced: bool = True, scale: float = 1000, spike: int | None = None) -> CurveChart:
    """A whole life in ``weeks`` weeks: two tries of Think It and Build It, a ladder, a release, a tweak, upkeep."""
    first = date(2024, 12, 2)
    days = [first + timedelta(weeks=index) for index in range(weeks + 1)]
    cuts = [int(weeks * share) for share in _STARTS]
    points, total, back = [], 0.0, 0.0
    for index in range(weeks):
        phase = max(place for place in range(5) if cuts[place] <= index)
        base = _BASES[phase]
        if phase == 1:
            base = 8 + 12 * sin(pi * (index - cuts[1]) / max(cuts[2] - cuts[1], 1))
        spent = base * scale * (1 + 0.1 * _wobble(index)) * (30 if index == spike else 1)
        earned = _earned(index, phase, cuts[2], weeks) * scale if priced else 0.0
        total, back = total + spent, back + earned
        bounds = (round(earned * 0.72), round(earned * 1.28)) if earned else (None, None)
        waited = spent * 0.6 if cuts[2] - 4 <= index < cuts[2] else 0
        points.append(
            CurvePoint(days[index], round(spent), round(total), round(earned) if priced else None, round(back),
                       round(waited), *bounds)
        )  # fmt: skip
    release = days[cuts[3]]
    return CurveChart(
        points=tuple(points),
        bands=_bands(days, cuts),
        decisions=_decisions(days, cuts),
        exposure=(*_exposure(days, cuts), ExposureStep(release, 100)),
        released_on=release,
        first_return_on=next((point.start for point in points if point.returned), None),
        break_even_on=next((point.start for point in points if point.start > release and point.net > 0), None),
        shaded_area=sum(number(point.invested) for point in points if point.start < release),
        priced=priced,
        unknown_months=(points[max(len(points) - 6, 0)].start.replace(day=1),),
    )


def _earned(index: int, phase: int, shipped: int, weeks: int) -> float:
    if index < shipped + 4:
        return 0.0
    height = 20 if phase > 2 else 4  # noqa: PLR2004  # from Tweak It on everybody has it
    return (2.5 + height * min(1, (index - shipped) / (weeks * 0.35))) * (1 + 0.08 * _wobble(index + 7))


def _bands(days: list[date], cuts: list[int]) -> tuple[CurveBand, ...]:
    bands: list[CurveBand] = []
    for place, phase in enumerate(_PHASES):
        start, end = days[cuts[place]], days[cuts[place + 1]]
        if place < 2:  # noqa: PLR2004  # the first two phases took two tries
            middle = days[(cuts[place] + cuts[place + 1]) // 2 + 1]
            bands += [CurveBand(phase, 1, start, middle), CurveBand(phase, 2, middle, end)]
        else:
            bands.append(CurveBand(phase, 1, start, None if phase == "maintain_it" else end))
    return tuple(bands)


def _decisions(days: list[date], cuts: list[int]) -> tuple[DecisionMark, ...]:
    middles = [days[(cuts[place] + cuts[place + 1]) // 2 + 1] for place in range(2)]
    marks = [DecisionMark(on, "iterate", "questions the MVP", "#charts") for on in middles]
    marks += [DecisionMark(days[cut], "advance", "to the next phase", "#charts") for cut in cuts[1:5]]
    steps = _exposure(days, cuts)[1:]
    marks += [DecisionMark(step.on, "advance", f"to {step.percent:g}%", "#charts") for step in steps]
    marks[-3] = replace(marks[-3], outcome="iterate", label="at the same percentage")
    return tuple(marks)


def _exposure(days: list[date], cuts: list[int]) -> tuple[ExposureStep, ...]:
    width = (cuts[3] - cuts[2]) / 6
    return tuple(
        ExposureStep(days[int(cuts[2] + width * place)], percent)
        for place, percent in enumerate((1, 5, 10, 25, 50, 99))
    )


def curves() -> list[tuple[str, CurveChart]]:
    """The curve in the states that are hard to draw."""
    start = date(2026, 11, 2)
    weeks = [start + timedelta(weeks=index) for index in range(9)]
    one = CurveChart((CurvePoint(start, 4200, 4200),), (CurveBand("think_it", 1, start),), shaded_area=4200)
    spends = [9.0, 10, 11, 12, 12, 13, 14, 15, 16]
    killed = CurveChart(
        tuple(CurvePoint(day, spends[index], sum(spends[: index + 1])) for index, day in enumerate(weeks)),
        (CurveBand("think_it", 1, start, weeks[6]), CurveBand("build_it", 1, weeks[6], weeks[8] + timedelta(7))),
        (DecisionMark(weeks[6], "advance"), DecisionMark(weeks[8] + timedelta(7), "kill", "nobody wanted it")),
        shaded_area=sum(spends),
        unit="days",
    )
    zero = CurveChart(tuple(CurvePoint(day, 0, 0) for day in weeks), (CurveBand("think_it", 1, start),))
    return [
        ("unpriced", curve(60, priced=False)),
        ("spike", curve(80, spike=30)),
        ("eight-years", curve(416, scale=20_000)),
        ("one-week", one),
        ("killed-in-days", killed),
        ("zero", zero),
        ("empty", CurveChart()),
    ]


def evidence(days: int = 42, *, early: int = 10) -> EvidenceChart:
    """An effect that settles above its minimum over two steps of the ladder."""
    start = date(2026, 9, 7)
    points = []
    for index in range(0, days, 2):
        half = 0.028 / (index + 2) ** 0.6
        middle = 0.0071 + 0.9 * half * _wobble(index) * 0.5
        points.append(EvidencePoint(start + timedelta(index), middle, middle - half, middle + half, index < early))
    return EvidenceChart(
        points=tuple(points),
        metric="reorder rate",
        minimum_effect=0.005,
        stages=(StageChange(start, "10%"), StageChange(start + timedelta(20), "25%")),
        decisions=(DecisionMark(start + timedelta(20), "advance", "to 25%", "#charts"),),
        verdict="validated",
    )


def evidences() -> list[tuple[str, EvidenceChart]]:
    """Evidence that is early, alone, absent, long, and of a metric where down is better."""
    whole = evidence()
    slow = tuple(
        EvidencePoint(point.as_of, -4000 * (point.estimate or 0), -4000 * (point.high or 0), -4000 * (point.low or 0))
        for point in whole.points
    )
    return [
        ("too-early", replace(whole, points=whole.points[:4], days_left=6, verdict="inconclusive")),
        ("unfolded", replace(whole, points=whole.points[:4], days_left=6, verdict="inconclusive", unfolded=True)),
        ("one-point", replace(whole, points=whole.points[-1:], stages=(), decisions=())),
        ("down-is-better", EvidenceChart(slow, "latency", "ms", "absolute", 20, "down", verdict="validated")),
        ("a-year", evidence(365, early=20)),
        ("nothing", EvidenceChart()),
    ]


def ladder() -> LadderChart:
    """Half way up, with a loop at 25 % and the exposure lowered."""
    days = [date(2026, 8, 3) + timedelta(weeks=2 * index) for index in range(4)]
    done = [Rung(percent, "done", days[index]) for index, percent in enumerate((1, 5, 10))]
    ahead = [Rung(50, "ahead"), Rung(99, "ahead")]
    return LadderChart((*done, Rung(25, "current", days[3], 2), *ahead), holdback_percent=1, actual_percent=10)


def betas() -> list[tuple[str, BetaChart]]:
    """Prototype tests that came out well, badly, and not at all."""
    return [
        ("8 of 10", BetaChart(8, 10, 0.5, 0.967, "validated")),
        ("1 of 9", BetaChart(1, 9, 0.5, 0.0107, "refuted")),
        ("nobody yet", BetaChart(0, 0, 0.6)),
    ]


def small() -> list[tuple[Budget, Spark]]:
    """Bars and sparklines."""
    rising = tuple(0.01 * index + 0.02 * _wobble(index) for index in range(14))
    return [
        (Budget(14_000, 27_000, "think_it"), Spark(rising, "think_it", "Effect, last 14 pulls: rising")),
        (Budget(182_000, 305_000, "ship_it"), Spark((*rising[:5], None, *rising[6:]), "ship_it", "With a gap")),
        (Budget(568_000, 546_000, "maintain_it"), Spark((0.02,), "maintain_it", "One value")),
        (Budget(12.5, None, "build_it", "days"), Spark((), "build_it")),
    ]
