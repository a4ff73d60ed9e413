"""What the data say now, of one feature or of a list of them, in the same number of queries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from features.models import Feature, Stint
from hypotheses.enums import Readiness, Reason, Verdict
from hypotheses.models import Clearance, Evidence, Finding, Hypothesis, Metric, Stage, Standing, SuccessMetric
from hypotheses.queries.definitions import last_redefinitions
from hypotheses.queries.evidence_view import EvidenceView, Part
from hypotheses.queries.findings import found_out
from hypotheses.queries.freshness import (
    MINIMUM_DAYS,
    Catalogued,
    catalogued,
    redefined,
    stale_from,
    stale_now,
    with_minimum_run,
    with_redefinitions,
    with_staleness,
)
from hypotheses.queries.marks import Qualified, clearances_of, marks_of, with_clearances
from hypotheses.queries.weighable import step_of

DAY = timedelta(days=1)
UNJUDGED = "Results have arrived, but no hypothesis was written before them. Iterate, and write it first."
NOTHING = (
    "Nothing is known yet. Write the hypothesis first; then add a finding, or register a trial and send its results."
)


@dataclass(slots=True)
class Known:
    """What is stored about one stint: its latest evidence, its stages, its findings, the hypothesis in force."""

    stint: Stint
    evidence: Evidence | None = None
    stages: list[Stage] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    versions: list[Hypothesis] = field(default_factory=list)
    marks: tuple[Part, ...] = ()
    clearances: list[Clearance] = field(default_factory=list)

    @property
    def hypothesis(self) -> Hypothesis | None:
        """The version in force."""
        return self.versions[-1] if self.versions else None


def evidence_of(
    *, feature: Feature, now: datetime, as_of: datetime | None = None, minimum_days: float = MINIMUM_DAYS
) -> EvidenceView:
    """What the data say about a feature's current stint; of one that has ended, its last.

    as_of: read as it stood then: the evidence of that moment or the last before it, of whichever stint it belongs to
    (what was restated since is told as restated). minimum_days: the minimum run of the step, which the floor above
    knows.
    """
    moment = now if as_of is None else min(now, as_of)
    known = _stored_at(feature, as_of=as_of)
    if known is None:
        return _before_everything(feature)
    _complete([known], moment)
    _qualify([known], moment)
    return _view(known, metrics=_named_metrics([known], moment), moment=moment, minimum_days=minimum_days)


def verdicts_for(
    *, feature_ids: Iterable[int], now: datetime, minimum_days: float = MINIMUM_DAYS
) -> dict[int, EvidenceView]:
    """`evidence_of` for many features, by their id: eleven queries, however many they are, one more where a metric was
    defined anew, and two where something stepped up meanwhile. A feature that was in no phase yet is left out.
    """
    latest = Stint.objects.filter(feature=OuterRef("feature")).order_by("-number").values("pk")[:1]
    stints = Stint.objects.filter(feature__in=list(feature_ids)).annotate(latest=Subquery(latest))
    known = [Known(stint) for stint in stints.filter(pk=F("latest")).select_related("feature")]
    _latest_evidence(known)
    _complete(known, now)
    _qualify(known, now)
    metrics = _named_metrics(known, now)
    return {
        each.stint.feature_id: _view(each, metrics=metrics, moment=now, minimum_days=minimum_days) for each in known
    }


def standings(*, stints: Iterable[int], now: datetime) -> list[Standing]:
    """What the data say of these stints (ids), as rows for lists: unsaved, in seven queries however many there are."""
    known = [Known(stint) for stint in Stint.objects.filter(pk__in=list(stints)).select_related("feature")]
    _latest_evidence(known)
    _complete(known, now)
    metrics = _metrics(known)
    return [_standing(each, metrics=metrics, moment=now) for each in known]


def standing_verdict(now: datetime) -> Coalesce:
    """An annotation for lists of features to show and filter by: the verdict of the latest stint as it reads now.

    It is the verdict of `evidence_of`, in SQL: `invalid` once the data of a running stint are stale, `missing` where
    nothing is known.
    """
    stale = Q(standing__stale_at__lt=now, ended_at__isnull=True)
    latest = Stint.objects.filter(feature=OuterRef("pk")).order_by("-number")
    reads = Case(When(stale, then=Value(str(Verdict.INVALID))), default=F("standing__verdict"))
    return Coalesce(Subquery(latest.values(reads=reads)[:1]), Value(str(Verdict.MISSING)))


def _stored_at(feature: Feature, *, as_of: datetime | None) -> Known | None:
    """The stint that is asked about, with its evidence."""
    stints = Stint.objects.filter(feature=feature).select_related("feature").order_by("-number")
    rows = _current().filter(feature=feature).order_by("-as_of", "-stint__number")
    if as_of is None:
        stint = stints.first()
        return Known(stint, rows.filter(stint=stint).first()) if stint else None
    evidence = rows.filter(as_of__lte=as_of).select_related("stint__feature").first()
    if evidence is not None:
        return Known(evidence.stint, evidence)
    stint = stints.filter(started_at__lte=as_of).first()
    return Known(stint) if stint else None


def _current() -> QuerySet[Evidence]:
    return Evidence.objects.filter(superseded_at__isnull=True)


def _latest_evidence(known: Sequence[Known]) -> None:
    by_stint = {each.stint.pk: each for each in known}
    newest = _current().filter(stint=OuterRef("stint")).order_by("-as_of").values("pk")[:1]
    for row in _current().filter(stint__in=by_stint).annotate(newest=Subquery(newest)).filter(pk=F("newest")):
        by_stint[row.stint_id].evidence = row


def _complete(known: Sequence[Known], moment: datetime) -> None:
    """Add stages, findings and the versions of the hypothesis, in five queries for all."""
    by_stint = {each.stint.pk: each for each in known}
    by_feature: dict[int, list[Known]] = {}
    for each in known:
        by_feature.setdefault(each.stint.feature_id, []).append(each)
    for stage in Stage.objects.filter(stint__in=by_stint).select_related("trial").order_by("pk"):
        by_stint[stage.stint_id].stages.append(stage)
    for finding in Finding.objects.filter(stint__in=by_stint, at__lte=moment).order_by("at", "pk"):
        by_stint[finding.stint_id].findings.append(finding)
    versions = (
        Hypothesis.objects.filter(feature__in=by_feature)
        .select_related("stint")
        .prefetch_related("guardrails", Prefetch("success_metrics", SuccessMetric.objects.select_related("metric")))
        .order_by("version")
    )
    for version in versions:
        for each in by_feature[version.feature_id]:
            if version.stint.number <= each.stint.number:
                each.versions.append(version)


def _qualify(known: Sequence[Known], moment: datetime) -> None:
    """Add what qualifies the evidence, and what of that was cleared, in three queries for all."""
    features = {each.stint.feature_id for each in known}
    cleared = clearances_of(features=features, until=moment)
    brought = _stints_with_data(features)
    marks = marks_of([_qualified(each, brought) for each in known], cleared)
    for each in known:
        each.marks = marks[each.stint.pk]
        each.clearances = [row for row in cleared if row.stint_id == each.stint.pk]


def marks_at(*, stint: Stint, evidence: Evidence | None, own: Iterable[Part], moment: datetime) -> tuple[Part, ...]:
    """What qualified the evidence of a stint at a moment, its own marks first, with who had cleared which by then."""
    known = Known(stint, evidence)
    _complete([known], moment)
    _qualify([known], moment)
    return with_clearances((*own, *known.marks), known.clearances, stint=stint.pk)


def _stints_with_data(features: Iterable[int]) -> dict[int, list[int]]:
    """The numbers of the stints that results or findings came in, by feature (ids)."""
    landed = Stage.objects.filter(stint=OuterRef("pk"), landed__gt=0)
    found = Finding.objects.filter(stint=OuterRef("pk"))
    stints = Stint.objects.filter(Exists(landed) | Exists(found), feature__in=features)
    numbers: dict[int, list[int]] = {}
    for feature, number in stints.order_by().values_list("feature", "number"):
        numbers.setdefault(feature, []).append(number)
    return numbers


def _qualified(known: Known, brought: Mapping[int, list[int]]) -> Qualified:
    run_from = _basis(known.evidence).get("run_from") if known.evidence else None
    return Qualified(
        stint=known.stint,
        versions=known.versions,
        stages=known.stages,
        run_from=datetime.fromisoformat(run_from) if run_from else None,
        as_of=known.evidence.as_of if known.evidence else None,
        units=_units(known),
        seen=[number for number in brought.get(known.stint.feature_id, ()) if number < known.stint.number],
    )


def _units(known: Known) -> dict[str, dict[str, int]]:
    """The units by trial of each success metric (its key) that the evidence stands on; the primary's under ""."""
    if known.evidence is None:
        return {}
    primary: dict[str, int] = {}
    for stage in known.evidence.body.get("stages", ()):
        primary[stage["trial"]] = primary.get(stage["trial"], 0) + sum(arm["n"] for arm in stage["arms"])
    return {"": primary, **_basis(known.evidence).get("units", {})}


def _metrics(known: Sequence[Known]) -> dict[str, Catalogued]:
    """What the catalogue says now of the metrics that the evidence stands on. One query."""
    keys = {key for each in known if each.evidence for key in _basis(each.evidence).get("watermarks", {})}
    if not keys:
        return {}
    return {metric.key: catalogued(metric) for metric in Metric.objects.filter(key__in=keys).select_related("schedule")}


def _named_metrics(known: Sequence[Known], moment: datetime) -> dict[str, Catalogued]:
    """The same, with who changed the definition of those that were defined anew under the evidence."""
    metrics = _metrics(known)
    keys = {key for each in known if each.evidence for key in redefined(basis=_basis(each.evidence), metrics=metrics)}
    for key, change in last_redefinitions(metrics=keys, until=moment).items():
        metrics[key] = replace(metrics[key], redefined=change.told)
    return metrics


def _basis(evidence: Evidence) -> Part:
    basis: Part = evidence.body.get("basis", {})
    return basis


def _view(known: Known, *, metrics: dict[str, Catalogued], moment: datetime, minimum_days: float) -> EvidenceView:
    """The stored evidence with its overlays; else the findings; else what is missing."""
    view = _said(known)
    if known.evidence is None:
        return view
    basis = _basis(known.evidence)
    if _runs(known, moment) and view.verdict != Verdict.MISSING:
        why = stale_now(basis=basis, metrics=metrics, moment=moment)
        if why:
            return with_staleness(view, why)
    return with_minimum_run(with_redefinitions(view, basis=basis, metrics=metrics), minimum_days)


def _said(known: Known) -> EvidenceView:
    """The stored evidence, else the findings, else what is missing, with its marks: before the clock has its say."""
    if known.evidence is not None:
        view = _of_evidence(known, known.evidence)
    elif known.findings:
        view = _of_findings(known)
    else:
        return _missing(known)
    return replace(view, marks=with_clearances((*view.marks, *known.marks), known.clearances, stint=known.stint.pk))


def _standing(known: Known, *, metrics: dict[str, Catalogued], moment: datetime) -> Standing:
    view, basis = _said(known), _basis(known.evidence) if known.evidence else {}
    ages = _runs(known, moment) and view.verdict != Verdict.MISSING
    run_from = basis.get("run_from")
    return Standing(
        stint=known.stint,
        verdict=view.verdict,
        reason=view.reason,
        state=view.state,
        run_from=datetime.fromisoformat(run_from) if run_from else None,
        as_of=view.as_of,
        stale_at=stale_from(basis=basis, metrics=metrics) if ages else None,
    )


def _runs(known: Known, moment: datetime) -> bool:
    """Whether a trial of the stint is still meant to bring results."""
    ended = known.stint.ended_at is not None and known.stint.ended_at <= moment
    return not ended and any(stage.trial.ended_at is None or stage.trial.ended_at > moment for stage in known.stages)


def _frame(known: Known) -> dict[str, Any]:
    return {
        "feature": known.stint.feature.key,
        "feature_id": known.stint.feature_id,
        "stint_id": known.stint.pk,
        "phase": known.stint.phase,
        "step": step_of(known.stint),
        "hypothesis_version": known.hypothesis.version if known.hypothesis else None,
    }


def _of_evidence(known: Known, row: Evidence) -> EvidenceView:
    body, found = row.body, found_out(known.findings) if known.findings else None
    run_from = _basis(row).get("run_from")
    lists: dict[str, Any] = {
        name: tuple(body.get(name, ())) for name in ("successes", "guardrails", "checks", "marks", "stages", "others")
    }
    return EvidenceView(
        **{**_frame(known), "hypothesis_version": body.get("hypothesis_version")},
        **lists,
        as_of=row.as_of,
        state=Readiness(row.state),
        verdict=Verdict(row.verdict),
        stored_verdict=Verdict(row.verdict),
        reason=row.reason,
        explanation=body.get("explanation", ""),
        days_left=row.days_left,
        primary=body.get("primary"),
        findings=found.findings if found else (),
        findings_combined=found.combined if found else None,
        run_days=(row.as_of - datetime.fromisoformat(run_from)) / DAY if run_from else None,
        evidence_id=row.pk,
        revision=row.revision,
        weighed_at=row.weighed_at,
    )


def _of_findings(known: Known) -> EvidenceView:
    found = found_out(known.findings)
    return EvidenceView(
        **_frame(known),
        as_of=known.findings[-1].at,
        state=found.state,
        verdict=found.verdict,
        stored_verdict=found.verdict,
        reason=str(Reason.FINDINGS),
        explanation=found.explanation,
        findings=found.findings,
        findings_combined=found.combined,
        marks=found.marks,
    )


def _missing(known: Known) -> EvidenceView:
    verdict, reason, sentence = _what_is_missing(known)
    return EvidenceView(
        **_frame(known),
        as_of=None,
        state=Readiness.TOO_EARLY,
        verdict=verdict,
        stored_verdict=verdict,
        reason=str(reason),
        explanation=sentence,
    )


def _what_is_missing(known: Known) -> tuple[Verdict, Reason, str]:
    """The verdict where nothing was weighed, and what to do."""
    landed = any(stage.landed for stage in known.stages)
    if landed and known.hypothesis is None:
        return Verdict.INVALID, Reason.HYPOTHESIS_INCOMPLETE, UNJUDGED
    if known.hypothesis is None:
        sentence = NOTHING
    elif any(stage.landed > stage.weighed for stage in known.stages):
        sentence = "Results have arrived and are about to be weighed."
    elif landed:
        sentence = "Results have arrived, but of no metric that the hypothesis names. Send results of those."
    elif known.stages:
        trials = ", ".join(sorted({stage.trial.key for stage in known.stages}))
        sentence = (
            f"No result of {trials} has arrived in this stint. Look at the last pull of its metrics, or send some."
        )
    else:
        sentence = (
            "No result and no finding yet. Register a trial and send results, or add a finding of a customer test."
        )
    return Verdict.MISSING, Reason.NO_DATA, sentence


def _before_everything(feature: Feature) -> EvidenceView:
    """There was no stint at the time that is asked about."""
    return EvidenceView(
        feature=feature.key,
        feature_id=feature.pk,
        stint_id=None,
        phase=feature.phase,
        step=None,
        hypothesis_version=None,
        as_of=None,
        state=Readiness.TOO_EARLY,
        verdict=Verdict.MISSING,
        stored_verdict=Verdict.MISSING,
        reason=str(Reason.NO_DATA),
        explanation="At that time nothing was known: no phase had begun.",
    )
