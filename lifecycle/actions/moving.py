"""Carrying out an answer: the row of the phase table, written. Only `deciding` calls this, with all locks held."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from features.actions.feature import owner_of
from features.actions.recording import record
from features.actions.stint import close_stint
from features.actions.summing import release
from features.enums import Phase, Status
from features.errors import BadInput, inside
from features.models import Feature
from features.numbers import percentage
from hypotheses.actions.hypothesis import write_hypothesis
from hypotheses.actions.trial import end_trial, open_stages
from hypotheses.models import Baseline
from hypotheses.queries.hypotheses import hypothesis_in_force
from lifecycle.actions.holding import undecided_gate
from lifecycle.actions.judging import Judged
from lifecycle.actions.opening import open_stint_with_gate
from lifecycle.actions.registering import create_feature
from lifecycle.actions.removing import start_removal
from lifecycle.actions.retrospecting import open_after
from lifecycle.actions.ringing import ring_once
from lifecycle.actions.rolling_out import close_holdback, keep_holdback, store_ladder
from lifecycle.enums import Cause, ExposureCause, GateState, Outcome, Question
from lifecycle.gates.facts import GateFacts
from lifecycle.models import Consent, Decision, ExposureChange, Gate
from lifecycle.phases import Exposure, Iteration, Move, Step, move_of, rung_after, status_after
from lifecycle.queries.answer import Answer
from lifecycle.queries.decisions import released_value, was_exposed
from lifecycle.queries.ladders import is_last, ladder_of
from lifecycle.queries.learning import cost_of_learning, price_of
from lifecycle.queries.spend import undecided_spend

ALL = Decimal(100)
NONE = Decimal(0)
BEFORE_CUSTOMERS = frozenset({Phase.THINK_IT, Phase.BUILD_IT})


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a move leads: the feature's fields after it."""

    phase: Phase
    status: Status
    iteration: int
    step_percent: Decimal | None
    ceiling: Decimal
    exposure: Decimal

    def as_json(self) -> dict[str, Any]:
        """As a decision keeps it."""
        return {
            "phase": self.phase.value,
            "status": self.status.value,
            "iteration": self.iteration,
            "step": percentage(self.step_percent),
            "exposure_percent": percentage(self.exposure),
        }


@dataclass(frozen=True, slots=True)
class Act:
    """One answer being carried out: what was judged, what was answered, the row of the table, by whom and when."""

    judged: Judged
    answer: Answer
    move: Move
    by: User | None
    now: datetime

    @property
    def gate(self) -> Gate:
        """The gate that is answered."""
        return self.judged.gate

    @property
    def feature(self) -> Feature:
        """The feature that moves."""
        return self.judged.gate.feature

    @property
    def facts(self) -> GateFacts:
        """What was seen."""
        return self.judged.facts


def carry_out(
    *,
    judged: Judged,
    answer: Answer,
    by: User | None,
    now: datetime,
    policy: str = "",
    consent: Consent | None = None,
) -> Decision:
    """Close the stint, move the feature, open what comes next, and write the decision with everything that was seen."""
    facts, feature = judged.facts, judged.gate.feature
    last = is_last(facts.ladder, facts.step_percent)
    move = move_of(phase=facts.phase, outcome=answer.outcome, last_step=last, tweak=facts.tweak)
    act = Act(judged, answer, move, by, now)
    override = answer.override.reason if answer.override is not None and consent is not None else ""
    seen = _seen(act) | {"policy": policy, "consent": consent, "override_reason": override}
    before, value = feature.exposure_percent, _value_to_freeze(act)
    to = _destination(act)
    _close(act)
    to = _holdback(act, to)
    _arrive(act, to)
    if move.goes_on:
        _go_on(act, to)
    else:
        _end(act, to)
    if value is not None:
        _freeze(act, value)
    moved_to = to.as_json() | _bring(act)
    decision = Decision.objects.create(**seen, moved_to=moved_to)
    _note_exposure(decision, before, feature.exposure_percent)
    if not move.goes_on:
        _tell_parent(feature, now)
    open_after(decision)
    _record(decision)
    return decision


def _seen(act: Act) -> dict[str, Any]:
    """What the decision freezes, as it was before anything moved."""
    answer, facts, recommended = act.answer, act.facts, act.judged.recommendation
    undecided = undecided_spend(gate=act.gate)
    return {
        "gate": act.gate,
        "feature": act.feature,
        "outcome": answer.outcome,
        "reason": answer.reason,
        "by": act.by,
        "at": act.now,
        "phase": facts.phase,
        "iteration": facts.iteration,
        "step_percent": facts.step_percent,
        "questions": [question.value for question in answer.questions],
        "next": dict(answer.next_json),
        "evidence": facts.frozen,
        "rules": [finding.as_json() for finding in act.judged.findings],
        "recommendation": recommended.as_json(),
        "cost_of_learning": cost_of_learning(
            body=facts.frozen, ladder=ladder_of(feature=act.feature), price=price_of(body=facts.frozen, now=act.now)
        ),
        "followed": recommended.outcome is answer.outcome if recommended.outcome else None,
        "invested": facts.spent.amount,
        "invested_days": facts.spent.unpriced,
        "undecided_spend": undecided.amount,
        "undecided_days": undecided.unpriced,
    }


def _destination(act: Act) -> Destination:
    """The row of the table, with the feature's own numbers."""
    move, facts, feature = act.move, act.facts, act.feature
    percents = [rung.percent for rung in facts.ladder.rungs]
    step = {
        Step.NONE: None if move.goes_on else facts.step_percent,
        Step.FIRST: rung_after(percents, None),
        Step.SAME: facts.step_percent,
        Step.NEXT: rung_after(percents, facts.step_percent),
    }[move.step]
    released = ALL if facts.tweak else ALL - facts.ladder.holdback_percent
    ceiling, exposure = {
        Exposure.KEPT: (feature.ceiling_percent, feature.exposure_percent),
        Exposure.ZERO: (NONE, NONE),
        Exposure.RAISED_TO_STEP: (step or NONE, step or NONE),
        Exposure.RELEASED: (released, released),
    }[move.exposure]
    return Destination(
        phase=move.to,
        status=status_after(move, exposed=was_exposed(feature=feature)),
        iteration=facts.iteration + 1 if move.iteration is Iteration.NEXT else _first(move, facts),
        step_percent=step,
        ceiling=ceiling,
        exposure=exposure,
    )


def _first(move: Move, facts: GateFacts) -> int:
    """A new visit starts with 1; where the feature ends, it keeps the number that it ended with."""
    return 1 if move.goes_on else facts.iteration


def _close(act: Act) -> None:
    gate = act.gate
    gate.state, gate.decided_at, gate.look_at = GateState.DECIDED, act.now, None
    gate.save(update_fields=["state", "decided_at", "look_at"])
    close_stint(stint=gate.stint, now=act.now)


def _holdback(act: Act, to: Destination) -> Destination:
    """Release gives the holdback an owner and an end; the decision after that end closes it: all get the feature."""
    feature, move = act.feature, act.move
    if move.exposure in {Exposure.RAISED_TO_STEP, Exposure.RELEASED}:
        store_ladder(feature=feature)
    if move.exposure is Exposure.RELEASED:
        keep_holdback(feature=feature, owner=feature.owner or act.by, now=act.now, tweak=act.facts.tweak)
    ended = act.gate.causes.filter(cause=Cause.HOLDBACK_ENDS).exists()
    if ended or move.exposure is Exposure.ZERO:
        close_holdback(feature=feature, now=act.now)
    if not ended or not move.goes_on:
        return to
    at_ceiling = feature.exposure_percent == feature.ceiling_percent
    return replace(to, ceiling=ALL, exposure=ALL if at_ceiling else to.exposure)


def _arrive(act: Act, to: Destination) -> None:
    """The feature's own fields; they repeat the stint that opens next."""
    feature, today = act.feature, timezone.localdate(act.now)
    feature.phase, feature.status, feature.iteration = to.phase, to.status, to.iteration
    feature.step_percent, feature.ceiling_percent, feature.exposure_percent = to.step_percent, to.ceiling, to.exposure
    first_release = act.move.exposure is Exposure.RELEASED and feature.released_on is None
    if first_release:
        feature.released_on = today
    if to.status in {Status.ENDED, Status.LANDED}:
        feature.ended_on = today
    feature.version += 1
    feature.save()
    if first_release:
        release(feature=feature)


def _go_on(act: Act, to: Destination) -> None:
    """The next stint with its gate; running trials begin a stage in it, so that its evidence is its own."""
    changed = act.answer.outcome is Outcome.ITERATE and set(act.answer.questions) != {Question.MEASUREMENT}
    gate = open_stint_with_gate(
        feature=act.feature,
        phase=to.phase,
        terms=act.answer.terms,
        by=act.by,
        now=act.now,
        iteration=to.iteration,
        step_percent=to.step_percent,
        treatment_version=act.gate.stint.treatment_version + changed,
    )
    percent = to.exposure if to.phase not in BEFORE_CUSTOMERS else None
    open_stages(feature=act.feature, stint=gate.stint, percent=percent, now=act.now)


def _end(act: Act, to: Destination) -> None:
    """Nothing comes next: trials stop; what people or code still have is taken out as work of its own."""
    for trial in act.feature.trials.filter(ended_at__isnull=True).order_by("pk"):
        with suppress(BadInput):  # it has not begun yet: there is nothing to end
            end_trial(trial=trial, by=None, now=act.now)
    if to.status is Status.REMOVING:
        start_removal(feature=act.feature, by=act.by, now=act.now)


def _value_to_freeze(act: Act) -> float | None:
    if not act.move.freezes:
        return None
    stint = act.gate.stint
    hypothesis = hypothesis_in_force(stint=stint)
    return released_value(hypothesis=hypothesis, stint_id=stint.pk, arm=act.facts.evidence.arm)


def _freeze(act: Act, value: float) -> None:
    """What the next tweak is measured against: the feature's own baseline, or its parent's, that moves."""
    feature, hypothesis = act.feature, hypothesis_in_force(stint=act.gate.stint)
    if hypothesis is None or hypothesis.metric is None:
        return
    Baseline.objects.create(
        feature=feature.parent or feature,
        metric=hypothesis.metric,
        value=value,
        frozen_at=act.now,
        tweak=feature if act.facts.tweak else None,
    )


def _bring(act: Act) -> dict[str, Any]:
    """The next version of the hypothesis and the tweak that the answer brings with it."""
    feature, answer = act.feature, act.answer
    if answer.hypothesis:
        with inside("next.hypothesis"):
            write_hypothesis(feature=feature, by=act.by, now=act.now, **answer.hypothesis)
    wish = answer.tweak
    if wish is None:
        return {}
    with inside("next.tweak"):
        tweak = create_feature(
            name=wish.name,
            squad=feature.squad,
            key=wish.key,
            summary=wish.summary,
            owner=owner_of(wish.owner) or feature.owner,
            tags=wish.tags,
            parent=feature,
            succeeds=None,
            terms=wish.terms,
            hypothesis=wish.hypothesis,
            by=act.by,
            now=act.now,
        )
    return {"tweak": tweak.key}


def _note_exposure(decision: Decision, before: Decimal, after: Decimal) -> None:
    if before != after:
        ExposureChange.objects.create(
            feature=decision.feature,
            from_percent=before,
            to_percent=after,
            cause=ExposureCause.DECIDED,
            at=decision.at,
            by=decision.by,
            decision=decision,
        )


def _tell_parent(feature: Feature, now: datetime) -> None:
    """Any end of a tweak makes its parent's gate due. A parent that has ended itself has none."""
    if feature.parent is None:
        return
    gate = undecided_gate(feature=feature.parent)
    if gate is not None:
        detail = f"The tweak “{feature.name}” has ended: {feature.status}."
        ring_once(gate=gate, cause=Cause.TWEAK_ENDED, key=str(feature.pk), detail=detail, now=now)


def _record(decision: Decision) -> None:
    body = {
        "decision": decision.pk,
        "gate": decision.gate_id,
        "outcome": decision.outcome,
        "reason": decision.reason,
        "phase": decision.phase,
        "step": decision.step_percent,
        "moved_to": decision.moved_to,
        "questions": decision.questions,
        "recommended": decision.recommendation.get("outcome"),
        "override": decision.consent_id,
    }
    record(
        act="gate.decided",
        subject=f"feature:{decision.feature.key}",
        by=decision.by,
        now=decision.at,
        body=body,
        by_name=decision.policy,
    )
