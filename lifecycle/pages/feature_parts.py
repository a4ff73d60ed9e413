"""The parts of the feature page: its five numbers, its ladder, its history and the next step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from features.enums import Phase, Status
from features.models import Feature, Stint
from hypotheses.enums import Readiness, Verdict
from hypotheses.models import Hypothesis, Metric
from hypotheses.queries.course import Course
from lifecycle.charts import formats
from lifecycle.charts.ladder import LadderChart, Rung
from lifecycle.curves.curve import Curve
from lifecycle.design.tokens import phase_label
from lifecycle.enums import GateState
from lifecycle.gates.facts import LadderFacts, SpendFacts
from lifecycle.models import Decision, Gate
from lifecycle.pages.units import shown_unit
from lifecycle.queries.decisions import criteria_unmet

DAYS_A_WEEK: Final = 7
AFTER_SHIP: Final = frozenset({Phase.TWEAK_IT, Phase.MAINTAIN_IT})


@dataclass(frozen=True, slots=True)
class NextStep:
    """The one prominent button: its words, a note, and where it goes."""

    words: str
    note: str
    href: str


@dataclass(frozen=True, slots=True)
class Past:
    """One decision in the gate history: where it led, and what had been invested by then in its stint.

    `unmet`: the criteria of an imported assessment that were not met.
    """

    decision: Decision
    place: str
    by: str
    spent: str
    unmet: str = ""


def next_step(
    *, feature: Feature, gate: Gate | None, hypothesis: Hypothesis | None, may_decide: bool, today: date
) -> NextStep | None:
    """What has to happen next. None where nothing has: the feature is gone."""
    if feature.status == Status.REMOVING:
        return NextStep("Take it out", "removal steps", "#removal")
    if gate is None:
        return NextStep("Take it up again", "", f"{reverse('feature-new')}?succeeds={feature.key}")
    href = reverse("gate", args=[gate.pk])
    if gate.state == GateState.DUE:
        late = (today - timezone.localdate(gate.due_at)).days if gate.due_at else 0
        note = formats.days_away(-late) if late else "due today"
        return NextStep("Decide at the gate" if may_decide else "See the gate", note, href)
    if hypothesis is None and feature.phase == Phase.THINK_IT:
        return NextStep("Write the hypothesis", "before the data", reverse("feature-hypothesis", args=[feature.key]))
    left = (gate.due_on - today).days if gate.due_on else None
    return NextStep("Open gate", formats.days_away(max(left, 0)) if left is not None else "", href)


def tiles(*, feature: Feature, curve: Curve, body: dict[str, Any], metric: Metric | None) -> list[dict[str, Any]]:
    """The five numbers: invested, before release, returned, break-even, the effect. What is not known says so."""
    return [_invested(curve), _shaded(feature, curve), _returned(curve), _break_even(curve), _effect(body, metric)]


def _amount(value: Decimal, curve: Curve) -> str:
    return formats.amount(value, unit=curve.unit, currency=curve.currency)


def _invested(curve: Curve) -> dict[str, Any]:
    note = ""
    if curve.unit == "money" and curve.invested_days_total:
        note = f"and {formats.person_days_short(curve.invested_days_total)} without a rate"
    if curve.undecided_total:
        note = f"{_amount(curve.undecided_total, curve)} of it undecided"
    return {"label": "Invested to date", "value": _amount(curve.invested_total, curve), "note": note}


def _shaded(feature: Feature, curve: Curve) -> dict[str, Any]:
    until = feature.released_on or feature.ended_on or curve.as_of
    weeks = max((until - timezone.localdate(feature.created_at)).days // DAYS_A_WEEK, 0)
    note = formats.plural(weeks, "week") + ("" if feature.released_on else ", not released yet")
    return {"label": "Before release to all", "value": _amount(curve.shaded_area, curve), "note": note}


def _returned(curve: Curve) -> dict[str, Any]:
    if curve.returned_total is None:
        return {"label": "Returned to date", "value": None, "note": "no return is recorded"}
    note = ""
    if curve.priced and curve.unit == "money":
        note = f"{formats.money_short(curve.returned_total - curve.invested_total, curve.currency)} net"
    return {
        "label": "Returned to date",
        "value": formats.money_short(curve.returned_total, curve.currency),
        "note": note,
    }


def _break_even(curve: Curve) -> dict[str, Any]:
    if curve.break_even_on is not None:
        factor = f"×{curve.return_factor:.2f} so far" if curve.return_factor is not None else ""
        return {"label": "Break-even", "value": formats.day_short(curve.break_even_on), "note": factor}
    if not curve.priced:
        return {"label": "Break-even", "value": None, "note": "returns or costs are not priced"}
    ahead = curve.forecast.break_even_on if curve.forecast else None
    note = f"about {formats.day_short(ahead)} at this rate" if ahead else ""
    return {"label": "Break-even", "value": "Not yet", "note": note}


def _effect(body: dict[str, Any], metric: Metric | None) -> dict[str, Any]:
    primary = body.get("primary")
    label = f"Effect on {metric.name[:1].lower()}{metric.name[1:]}" if metric else "Effect"
    if not primary or primary.get("estimate") is None or body.get("verdict") == Verdict.MISSING:
        return {"label": label, "value": None, "note": "no trial has told yet"}
    if body.get("verdict") == Verdict.INVALID:
        return {"label": label, "value": None, "note": "the evidence cannot be trusted"}
    if body.get("state") == Readiness.TOO_EARLY:
        return {"label": label, "value": "Too early", "note": "the number is folded away"}
    unit = shown_unit(metric.kind, metric.unit) if metric else primary.get("unit") or ""
    low, high = primary.get("interval") or (None, None)
    note = f"interval {formats.interval(low, high, unit=unit)}"
    return {"label": label, "value": formats.effect(primary["estimate"], unit=unit), "note": note}


def ladder_chart(*, feature: Feature, ladder: LadderFacts, stints: Sequence[Stint]) -> LadderChart:
    """The ladder with the day on which each step was reached, and how many iterations it took."""
    reached: dict[Decimal, list[Stint]] = {}
    for stint in stints:
        if stint.step_percent is not None:
            reached.setdefault(stint.step_percent, []).append(stint)
    released = feature.released_on is not None or feature.phase in AFTER_SHIP
    rungs = tuple(
        Rung(
            percent=float(rung.percent),
            status=_status(rung.percent, feature, released=released, reached=rung.percent in reached),
            on=timezone.localdate(reached[rung.percent][0].started_at) if rung.percent in reached else None,
            iterations=max(len(reached.get(rung.percent, ())), 1),
            note=rung.purpose,
        )
        for rung in ladder.rungs
    )
    return LadderChart(rungs, float(ladder.holdback_percent), float(feature.exposure_percent))


def _status(percent: Decimal, feature: Feature, *, released: bool, reached: bool) -> str:
    if percent == feature.step_percent and feature.status == Status.ACTIVE:
        return "current"
    return "done" if reached or released else "ahead"


def past(decisions: Sequence[Decision]) -> list[Past]:
    """The gate history, newest first."""
    return [
        Past(
            decision, place_of_decision(decision), _by(decision), _spent(decision), ", ".join(criteria_unmet(decision))
        )
        for decision in decisions
    ]


def place_of_decision(decision: Decision) -> str:
    """``Build It → Ship It at 1%``; where nothing moved, the place alone."""
    here = phase_label(decision.phase)
    at = f" at {formats.percentage(decision.step_percent)}" if decision.step_percent is not None else ""
    moved, step = decision.moved_to.get("phase"), decision.moved_to.get("step")
    there = phase_label(moved) if moved and moved != decision.phase else ""
    to = f" at {formats.percentage(Decimal(str(step)))}" if step else ""
    if decision.outcome == "kill" or (not there and to == at):
        return f"{here}{at}"
    return f"{here}{at} → {there}{to}" if there else f"{here}{at} → {formats.percentage(Decimal(str(step)))}"


def _by(decision: Decision) -> str:
    if decision.by is not None:
        return decision.by.get_full_name() or decision.by.get_username()
    return f"policy “{decision.policy}”" if decision.policy else "imported"


def _spent(decision: Decision) -> str:
    if decision.invested:
        return f"{formats.money_short(decision.invested, settings.CURRENCY)} in its stint"
    return f"{formats.person_days_short(decision.invested_days)} in its stint" if decision.invested_days else ""


def same_yardstick(course: Course, *, versions: Sequence[Hypothesis], stints: Sequence[Stint]) -> Course:
    """The points since the hypothesis is about its present metric: two metrics are never one line.

    `versions`: newest first.
    """
    if not versions:
        return course
    metric, first = versions[0].metric_id, versions[0].stint_id
    for version in versions:
        if version.metric_id != metric:
            break
        first = version.stint_id
    numbers = {stint.pk: stint.number for stint in stints}
    since = numbers.get(first, 0)
    kept = tuple(point for point in course.points if numbers.get(point.stint, 0) >= since)
    start = min((point.as_of for point in kept), default=None)
    began = [stint.started_at for stint in stints if stint.number == since]
    return Course(kept, tuple(stage for stage in course.stages if start is None or stage.at >= began[0]))


def undecided(spend: SpendFacts) -> str:
    """What is spent while the gate waits, in words; empty without any."""
    parts = []
    if spend.amount:
        parts.append(formats.money(spend.amount, settings.CURRENCY))
    if spend.unpriced:
        parts.append(formats.person_days(spend.unpriced))
    return " and ".join(parts)
