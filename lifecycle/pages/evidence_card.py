"""The evidence as cards show it: what was needed against what was seen, the trust checks, and how it went over time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from hypotheses.enums import Better, GuardrailStatus, Readiness, Verdict
from hypotheses.models import Metric
from hypotheses.queries.course import Course
from hypotheses.queries.reasons import reasoning_of
from hypotheses.statistics.reasoning import Reasoning
from lifecycle.charts.beta_finding import BetaChart
from lifecycle.charts.diamonds import DecisionMark
from lifecycle.charts.evidence_over_time import EvidenceChart, EvidencePoint, StageChange
from lifecycle.charts.formats import effect, interval, percentage
from lifecycle.pages.units import shown_unit

MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line: the metric, what was needed, what was seen with its interval, and whether that is enough.

    `metric`: its key; empty for one that is in no catalogue.
    """

    metric: str
    name: str
    kind: str
    needed: str
    observed: str
    interval: str
    tone: str
    icon: str
    says: str


@dataclass(frozen=True, slots=True)
class EvidenceCard:
    """Evidence of the frozen shape (docs/reference/evidence.md), ready to show. `hidden`: too early to show values."""

    verdict: str
    reason: str
    state: str
    explanation: str
    as_of: datetime | None
    days_left: float | None
    criteria: tuple[Criterion, ...]
    checks: tuple[Mapping[str, Any], ...]
    marks: tuple[Mapping[str, Any], ...]
    findings: tuple[Mapping[str, Any], ...]
    beta: BetaChart | None
    chart: EvidenceChart | None
    hidden: bool
    reasoning: Reasoning | None


def evidence_card(
    *,
    body: Mapping[str, Any],
    course: Course,
    direction: str = "up",
    decisions: tuple[DecisionMark, ...] = (),
    unfolded: bool = False,
) -> EvidenceCard:
    """A card of one evidence body and the course that led to it. One query, for the names of the metrics.

    Args:
        body: evidence as `EvidenceView.as_json` gives it, or as a decision froze it.
        course: its points over time.
        direction: which way the hypothesis wants its metric to go.
        decisions: marks on the chart.
        unfolded: show values also while it is too early to decide on them.
    """
    metrics = _metrics(body)
    hidden = body.get("state") == Readiness.TOO_EARLY and bool(body.get("primary")) and not unfolded
    as_of = body.get("as_of")
    return EvidenceCard(
        verdict=body.get("verdict") or Verdict.MISSING.value,
        reason=body.get("reason") or "",
        state=body.get("state") or "",
        explanation=body.get("explanation") or "",
        as_of=datetime.fromisoformat(as_of) if as_of else None,
        days_left=body.get("days_left"),
        criteria=() if hidden else _criteria(body, metrics, direction),
        checks=tuple(body.get("checks") or ()),
        marks=tuple(body.get("marks") or ()),
        findings=tuple(body.get("findings") or ()),
        beta=_beta(body),
        chart=_chart(body, course, metrics, direction, decisions, unfolded=unfolded),
        hidden=hidden,
        reasoning=_reasoning(body, metrics, hidden=hidden),
    )


def _reasoning(body: Mapping[str, Any], metrics: Mapping[str, Metric], *, hidden: bool) -> Reasoning | None:
    """Why it says so. While values are hidden only distrust is explained, which reads none."""
    if hidden and body.get("verdict") not in {Verdict.INVALID, Verdict.MISSING}:
        return None
    return reasoning_of(body=body, names={part["metric"]: _named(part, metrics) for part in _parts(body) if part})


def _parts(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What is told of each metric: the primary, the further success metrics, the guardrails."""
    return [body.get("primary") or {}, *(body.get("successes") or ()), *(body.get("guardrails") or ())]


def _metrics(body: Mapping[str, Any]) -> dict[str, Metric]:
    keys = {part["metric"] for part in _parts(body) if part.get("metric")}
    return {metric.key: metric for metric in Metric.objects.filter(key__in=keys)} if keys else {}


def _criteria(body: Mapping[str, Any], metrics: Mapping[str, Metric], direction: str) -> tuple[Criterion, ...]:
    found = []
    if primary := body.get("primary"):
        verdict = Verdict(primary.get("verdict") or body["verdict"])
        found.append(_success(primary, verdict, metrics, direction=direction, kind="Primary metric"))
    for part in body.get("successes") or ():
        verdict = Verdict(part["verdict"])
        found.append(_success(part, verdict, metrics, direction=part["direction"], kind="Success metric"))
    found += [_guardrail(part, metrics) for part in body.get("guardrails") or ()]
    return tuple(found)


def _success(
    part: Mapping[str, Any], verdict: Verdict, metrics: Mapping[str, Metric], *, direction: str, kind: str
) -> Criterion:
    tone, icon, says = {
        Verdict.VALIDATED: ("good", "check", "Met"),
        Verdict.REFUTED: ("bad", "x", "Not met"),
        Verdict.HARMFUL: ("bad", "x", "Not met"),
    }.get(verdict, ("warn", "circle-question-mark", "Not yet clear"))
    name, unit = _named(part, metrics)
    down = direction == Better.DOWN
    least = part.get("minimum_effect")
    sign = -1 if down else 1
    needed = f"{'≤' if down else '≥'} {effect(sign * least, unit=unit)}" if least is not None else ""
    return Criterion(_key(part, metrics), name, kind, needed, *_seen(part, unit), tone, icon, says)


def _guardrail(part: Mapping[str, Any], metrics: Mapping[str, Metric]) -> Criterion:
    tone, icon, says = {
        GuardrailStatus.SAFE: ("good", "check", "Safe"),
        GuardrailStatus.HARMED: ("bad", "x", "Harmed"),
    }.get(GuardrailStatus(part["status"]), ("warn", "circle-question-mark", "Not yet clear"))
    name, unit = _named(part, metrics)
    metric, margin = metrics.get(part["metric"]), part.get("margin") or 0
    down = metric is not None and metric.better == Better.DOWN
    needed = f"{'≤' if down else '≥'} {effect(margin if down else -margin, unit=unit)}"
    return Criterion(_key(part, metrics), name, "Guardrail", needed, *_seen(part, unit), tone, icon, says)


def _named(part: Mapping[str, Any], metrics: Mapping[str, Metric]) -> tuple[str, str]:
    metric = metrics.get(part["metric"])
    if metric is None:
        return part["metric"], part.get("unit") or ""
    return metric.name, shown_unit(metric.kind, part.get("unit") or metric.unit)


def _key(part: Mapping[str, Any], metrics: Mapping[str, Metric]) -> str:
    return part["metric"] if part["metric"] in metrics else ""


def _seen(part: Mapping[str, Any], unit: str) -> tuple[str, str]:
    low, high = part.get("interval") or (None, None)
    return effect(part.get("estimate"), unit=unit), interval(low, high, unit=unit)


def _beta(body: Mapping[str, Any]) -> BetaChart | None:
    groups = body.get("findings_combined") or {}
    group = groups.get("customers") or groups.get("employees")
    if not group or body.get("primary"):
        return None
    return BetaChart(
        successes=group["successes"],
        trials=group["trials"],
        target=group["target"],
        probability=group.get("probability"),
        verdict=group["verdict"],
    )


def _chart(
    body: Mapping[str, Any],
    course: Course,
    metrics: Mapping[str, Metric],
    direction: str,
    decisions: tuple[DecisionMark, ...],
    *,
    unfolded: bool,
) -> EvidenceChart | None:
    primary = body.get("primary")
    if not primary or not any(point.estimate is not None for point in course.points):
        return None
    name, unit = _named(primary, metrics)
    early, last = body.get("state") == Readiness.TOO_EARLY, len(course.points) - 1
    left = body.get("days_left")
    return EvidenceChart(
        points=tuple(
            EvidencePoint(_day(point.as_of), point.estimate, point.low, point.high, too_early=early and at == last)
            for at, point in enumerate(course.points)
        ),
        metric=name[:1].lower() + name[1:],
        unit=unit,
        minimum_effect=primary.get("minimum_effect"),
        better=direction or "up",
        stages=tuple(StageChange(_day(stage.at), _stage(stage.label, stage.percent)) for stage in course.stages),
        decisions=decisions,
        # beside the primary's number stands what is said of it, not what another success metric comes to
        verdict=primary.get("verdict") or body.get("verdict") or "missing",
        days_left=round(left) if left is not None else None,
        unfolded=unfolded,
    )


def _stage(label: str, percent: float | None) -> str:
    return percentage(percent) if percent is not None else label


def _day(moment: datetime) -> Any:
    return timezone.localdate(moment)
