"""Loading everything that a gate looks at, once: about a dozen queries, however long the feature's history is."""

from collections.abc import Collection
from datetime import date, datetime, time
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from features.enums import Phase
from features.models import Feature, Stint
from hypotheses.enums import FindingKind, GuardrailStatus, Population, PullState, SourceKind, Verdict
from hypotheses.models import Finding, Hypothesis, Metric, Pull, Result
from hypotheses.queries.evidence import evidence_of
from hypotheses.queries.evidence_view import EvidenceView
from hypotheses.queries.hypotheses import hypothesis_in_force
from lifecycle.enums import GateState, Outcome, Question
from lifecycle.gates.facts import (
    Budget,
    EvidenceFacts,
    FeedFacts,
    FindingFacts,
    GateFacts,
    HypothesisFacts,
    KinFacts,
    LadderFacts,
    RemovalFacts,
    TweaksFacts,
    Upkeep,
)
from lifecycle.gates.limits import Limits, limits_of
from lifecycle.models import Decision, Gate, Ladder, Removal, StricterRule
from lifecycle.phases import place_of
from lifecycle.queries.kin import kin_of
from lifecycle.queries.ladders import is_last, ladder_facts, rung_at
from lifecycle.queries.spend import spent_in
from lifecycle.queries.tweaks import tweak_outlook
from lifecycle.queries.worth import SHIPPED, worth_of

REMEMBERED = 2
"""How many decisions back the recommendation looks at least."""


def load_facts(*, gate: Gate, now: datetime) -> GateFacts:
    """Everything about one gate, as of now."""
    stint, feature = gate.stint, gate.feature
    stored = Ladder.objects.filter(feature=feature).prefetch_related("steps").first()
    ladder = ladder_facts(stored)
    hypothesis = hypothesis_in_force(stint=stint)
    guardrails = list(hypothesis.guardrails.select_related("metric")) if hypothesis else []
    successes = _successes(hypothesis)
    feeds = _feeds({*successes, *(guardrail.metric_id for guardrail in guardrails)})
    rung = rung_at(ladder, stint.step_percent)
    view = evidence_of(feature=feature, now=now, minimum_days=rung.minimum_days if rung else 0)
    harmful_before, mvp_in_a_row = _earlier_decisions(stint)
    return GateFacts(
        now=now,
        gate_id=gate.pk,
        state=GateState(gate.state),
        feature=feature.key,
        tweak=feature.parent_id is not None,
        phase=Phase(stint.phase),
        place=place_of(
            phase=Phase(stint.phase), step_percent=stint.step_percent, last_step=is_last(ladder, stint.step_percent)
        ),
        iteration=stint.iteration,
        step_percent=stint.step_percent,
        started_at=stint.started_at,
        due_on=gate.due_on,
        due_at=gate.due_at,
        stint_days=stint.time_box_days or (rung.full_course_days if rung else None),
        limits=limits(stint=stint, ladder=ladder, stored=stored, asked_at=gate.opened_at),
        evidence=_evidence(view),
        frozen=view.as_json(),
        ladder=ladder,
        currency=settings.CURRENCY,
        budget=Budget(amount=stint.budget_amount, days=stint.budget_days),
        spent=spent_in(stint_id=stint.pk),
        hypothesis=_hypothesis(hypothesis, [guardrail.metric.key for guardrail in guardrails]),
        findings=_findings(feature),
        success_feeds=tuple(feeds[metric] for metric in successes),
        guardrail_feeds=tuple(feeds[guardrail.metric_id] for guardrail in guardrails),
        removal=_removal(feature),
        harmful_before=harmful_before,
        mvp_in_a_row=mvp_in_a_row,
        upkeep=_upkeep(feature, now) if stint.phase in SHIPPED else Upkeep(),
        tweaks=_tweaks(feature) if stint.phase == Phase.TWEAK_IT else TweaksFacts(),
        kin=_kin(feature) if stint.phase == Phase.THINK_IT else KinFacts(),
        stricter=_stricter(feature),
    )


def limits(*, stint: Stint, ladder: LadderFacts, stored: Ladder | None, asked_at: datetime | None = None) -> Limits:
    """The moments at which time alone may make a stint's gate due. A holdback counts while it is kept after release.

    `asked_at` is when its gate was opened: the start of the stint, or the import of one that began long before.
    """
    released = stint.phase in {Phase.TWEAK_IT, Phase.MAINTAIN_IT}
    kept = stored is not None and released and stored.holdback_closed_at is None
    return limits_of(
        started_at=asked_at or stint.started_at,
        time_box_days=stint.time_box_days,
        rung=rung_at(ladder, stint.step_percent) if stint.phase == Phase.SHIP_IT else None,
        holdback_ends_on=stored.holdback_ends_on if stored is not None and kept else None,
        midnight=midnight,
    )


def midnight(day: date) -> datetime:
    """The start of a local day."""
    return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())


def _evidence(view: EvidenceView) -> EvidenceFacts:
    return EvidenceFacts(
        verdict=Verdict(view.verdict),
        reason=str(view.reason),
        explanation=view.explanation,
        state=view.state,
        as_of=view.as_of,
        days_left=view.days_left,
        uncleared=tuple(mark["code"] for mark in view.uncleared_marks),
        guardrails=tuple((row["metric"], GuardrailStatus(row["status"])) for row in view.guardrails),
        arm=(view.primary or {}).get("arm", "") if view.others else "",
        waits_for=view.waits_for,
    )


def _hypothesis(hypothesis: Hypothesis | None, guardrails: list[str]) -> HypothesisFacts | None:
    if hypothesis is None:
        return None
    return HypothesisFacts(
        version=hypothesis.version,
        audience=hypothesis.audience.strip(),
        reason=hypothesis.reason.strip(),
        metric=hypothesis.metric.key if hypothesis.metric else "",
        direction=hypothesis.direction,
        minimum_effect=hypothesis.minimum_effect,
        mvp=hypothesis.mvp,
        guardrails=tuple(guardrails),
    )


def _findings(feature: Feature) -> tuple[FindingFacts, ...]:
    rows = Finding.objects.filter(feature=feature).order_by("pk").values_list("kind", "population")
    return tuple(FindingFacts(FindingKind(kind), Population(population)) for kind, population in rows)


def _successes(hypothesis: Hypothesis | None) -> list[int]:
    """The metrics that may validate, by id, the hypothesis' own first."""
    if hypothesis is None or hypothesis.metric_id is None:
        return []
    return [hypothesis.metric_id, *hypothesis.success_metrics.values_list("metric_id", flat=True)]


def _feeds(wanted: Collection[int]) -> dict[int, FeedFacts]:
    """How the results of metrics arrive, by metric id, in one query."""
    if not wanted:
        return {}
    over = Pull.objects.filter(
        schedule__metric=OuterRef("pk"), state__in=[PullState.SUCCEEDED, PullState.FAILED, PullState.DEAD]
    ).order_by("-window_start", "-pass_number")
    rows = Metric.objects.filter(pk__in=wanted).annotate(
        last_pull=Subquery(over.values("state")[:1]),
        last_error=Subquery(over.values("error")[:1]),
        has_results=Exists(Result.objects.filter(metric=OuterRef("pk"))),
    )
    return {row["pk"]: _feed(row) for row in rows.values("pk", "key", "source__kind", *_FEED)}


_FEED = ("last_pull", "last_error", "has_results")


def _feed(row: dict[str, Any]) -> FeedFacts:
    return FeedFacts(
        metric=row["key"],
        pulled=row["source__kind"] not in {None, SourceKind.PUSH},
        last_pull=PullState(row["last_pull"]) if row["last_pull"] else None,
        error=row["last_error"] or "",
        has_results=row["has_results"],
    )


def _removal(feature: Feature) -> RemovalFacts:
    removal = Removal.objects.filter(feature=feature).select_related("owner").first()
    if removal is None:
        return RemovalFacts()
    return RemovalFacts(plan=removal.plan, owner=removal.owner.get_username() if removal.owner else "")


def _earlier_decisions(stint: Stint) -> tuple[int, int]:
    """How many earlier iterations of this visit ended harmful, and how many last decisions questioned the MVP alone."""
    back = max(REMEMBERED, stint.iteration - 1)
    rows = Decision.objects.filter(feature=stint.feature_id).order_by("-at", "-pk")
    last = list(rows.values_list("outcome", "questions", "evidence__verdict")[:back])
    harmful = sum(verdict == Verdict.HARMFUL for *_, verdict in last[: stint.iteration - 1])
    in_a_row = 0
    for outcome, questions, _ in last:
        if outcome != Outcome.ITERATE or questions != [Question.MVP]:
            break
        in_a_row += 1
    return harmful, in_a_row


def _stricter(feature: Feature) -> frozenset[str]:
    squad = feature.squad
    rows = StricterRule.objects.filter(Q(squad=squad) | Q(tribe=squad.tribe_id))
    return frozenset(rows.values_list("rule", flat=True))


def _kin(feature: Feature) -> KinFacts:
    kin = kin_of(feature=feature)
    return KinFacts(len(kin.lessons), len(kin.unread), kin.reading.by.get_username() if kin.reading else "")


def _tweaks(feature: Feature) -> TweaksFacts:
    found = tweak_outlook(feature=feature)
    return TweaksFacts(found.diminishing, found.sentence) if found is not None else TweaksFacts()


def _upkeep(feature: Feature, now: datetime) -> Upkeep:
    return worth_of(features=[feature.pk], until=timezone.localdate(now))[feature.pk].upkeep
