"""How old evidence is when it is read: what the clock and the catalogue say that was not so at the weighing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypotheses.enums import GuardrailStatus, Readiness, Reason, Verdict
from hypotheses.models import Metric
from hypotheses.queries.evidence_view import EvidenceView, Part
from hypotheses.statistics.explanation import in_days
from hypotheses.statistics.trust import longest_silence, stale_because

DAY = timedelta(days=1)
STALE = {"verdict": str(Verdict.INVALID), "reason": str(Reason.STALE)}
"""What a success metric comes to in evidence that may no longer be read."""

MINIMUM_DAYS = 7.0
"""The minimum run where a caller knows no step: a full week, so that each weekday is in."""


@dataclass(frozen=True, slots=True)
class Catalogued:
    """What the catalogue says of a metric now. interval: between pulls, 0 where nothing pulls it; delay: before each
    pull. redefined: who changed its definition last and when, as a clause; empty when nobody asked, or nobody did.
    """

    id: int
    name: str
    definition: str
    interval: timedelta
    delay: timedelta
    redefined: str = ""


def catalogued(metric: Metric) -> Catalogued:
    """The metric's row (with its schedule) as it bears on freshness."""
    schedule = getattr(metric, "schedule", None)
    pulled = schedule if schedule is not None and schedule.enabled else None
    return Catalogued(
        id=metric.pk,
        name=metric.name,
        definition=metric.definition_hash,
        interval=timedelta(seconds=pulled.every_seconds if pulled else 0),
        delay=timedelta(seconds=pulled.delay_seconds if pulled else 0),
    )


def stale_now(*, basis: Part, metrics: Mapping[str, Catalogued], moment: datetime) -> str:
    """Why evidence of a running trial is stale at this moment, or "": per metric, its data end too long ago (48 hours
    or two pull intervals, beyond the pull's own delay), or its definition is another one now.
    """
    for key, watermark in basis.get("watermarks", {}).items():
        metric = metrics.get(key)
        if metric is None:
            continue
        why = stale_because(
            watermark=datetime.fromisoformat(watermark),
            now=moment - metric.delay,
            pull_interval=metric.interval,
            definition_changed=_is_redefined(basis, key, metric),
        )
        if why:
            by = f" ({metric.redefined})" if metric.redefined and _is_redefined(basis, key, metric) else ""
            return f"{metric.name}: {why}{by}"
    return ""


def stale_from(*, basis: Part, metrics: Mapping[str, Catalogued]) -> datetime | None:
    """From when on `stale_now` finds such evidence stale, if nothing else arrives; None when it follows no metric."""
    ends = []
    for key, watermark in basis.get("watermarks", {}).items():
        if (metric := metrics.get(key)) is None:
            continue
        until = datetime.fromisoformat(watermark)
        if not _is_redefined(basis, key, metric):
            until += metric.delay + longest_silence(metric.interval)
        ends.append(until)
    return min(ends, default=None)


def _is_redefined(basis: Part, key: str, metric: Catalogued) -> bool:
    defined = basis.get("definitions", {}).get(key, "")
    return bool(defined and metric.definition and defined != metric.definition)


def redefined(*, basis: Part, metrics: Mapping[str, Catalogued]) -> set[str]:
    """The metrics (keys) whose definition changed under this evidence: between its results, or since the newest."""
    return {
        key
        for key, metric in metrics.items()
        if _is_redefined(basis, key, metric) or _changed_within(basis, key, metric.id)
    }


def _changed_within(basis: Part, key: str, metric_id: int) -> bool:
    newest = basis.get("definitions", {}).get(key, "")
    first = basis.get("first_definitions", {}).get(str(metric_id), "")
    return bool(newest and first and newest != first)


def with_redefinitions(view: EvidenceView, *, basis: Part, metrics: Mapping[str, Catalogued]) -> EvidenceView:
    """The view of evidence that was weighed as stale, with who changed the definition between its results."""
    sentences = [
        f"{metric.name}: {metric.redefined}."
        for key, metric in metrics.items()
        if metric.redefined and _changed_within(basis, key, metric.id)
    ]
    if not sentences or view.reason != Reason.STALE:
        return view
    return replace(view, explanation=" ".join([view.explanation, *sentences]))


def with_staleness(view: EvidenceView, why: str) -> EvidenceView:
    """The view of evidence that may no longer be read, with what to do about it."""
    sentence = f"Not to be read: {why}."
    checks = tuple(
        {**check, "ok": False, "detail": sentence} if check["code"] == Reason.STALE else check for check in view.checks
    )
    return replace(
        view,
        successes=tuple({**row, **STALE} for row in view.successes),
        primary={**view.primary, **STALE} if view.primary and view.successes else view.primary,
        guardrails=tuple({**row, "status": str(GuardrailStatus.UNKNOWN)} for row in view.guardrails),
        verdict=Verdict.INVALID,
        reason=str(Reason.STALE),
        state=Readiness.TOO_EARLY,
        days_left=None,
        is_stale=True,
        checks=checks,
        explanation=f"{sentence} Mend the source, or end the trial if it is over. Before: {view.stored_verdict}.",
    )


def waits_for_minimum(verdict: str) -> bool:
    """Whether a verdict has to serve the minimum run: harm and distrust are told at once."""
    return verdict not in {Verdict.HARMFUL, Verdict.INVALID, Verdict.MISSING}


def with_minimum_run(view: EvidenceView, minimum_days: float) -> EvidenceView:
    """The view as the step's minimum run lets it be read: too early until it is served, unless harm was found."""
    left = minimum_days - view.run_days if view.run_days is not None else 0.0
    if left <= 0 or not waits_for_minimum(view.verdict):
        return view
    sentence = f"Too early to decide: the minimum run has {in_days(left)} left."
    return replace(
        view,
        state=Readiness.TOO_EARLY,
        days_left=max(left, view.days_left or 0.0),
        explanation=f"{view.explanation} {sentence}",
    )
