"""Answering a gate. One transaction: judged again on fresh facts, refused with a reason, or decided and moved."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import OperationalError, connection, transaction
from django.db.models import F, Q

from features.enums import Phase, Status
from features.errors import Conflict, Missing, RulesUnmet
from features.models import Feature
from lifecycle.actions.consenting import alone_or_ask, require_override
from lifecycle.actions.judging import Judged, judge_fresh, judge_locked, locked_gate
from lifecycle.actions.moving import carry_out
from lifecycle.actions.ringing import ring_once
from lifecycle.enums import Cause, GateState, Outcome
from lifecycle.gates.registry import refusing
from lifecycle.models import Consent, Decision, Gate
from lifecycle.queries.answer import Answer, read_answer, require_fit
from lifecycle.queries.deciders import require_decider
from lifecycle.queries.decisions import already_decided

TRIES: Final = 3
PARENT_KILLED: Final = "parent_killed"


def decide(
    *,
    gate_id: int,
    by: User | None,
    now: datetime,
    outcome: str,
    reason: str,
    questions: Sequence[str] = (),
    next: Mapping[str, Any] | None = None,  # noqa: A002 (the public name)
    override: Mapping[str, Any] | None = None,
    policy: str = "",
) -> Decision:
    """Answer a due gate: iterate, kill or advance. The feature moves, the next gate opens, all of it or nothing.

    `next`: time_box_days, budget, hypothesis (fields of the next version), tweak. `override`: reason and the id of a
    second person's consent. `by` is None only when a phase's `policy` decides, which has to be named.

    Refused in this order:
        BadInput: not of the form that is asked for. Missing: no such gate. Forbidden: not a decider.
        Conflict: `already_decided`, with the decision; `gate_not_due`.
        RulesUnmet: an advance against must rules, with each of them and how to mend it.
    """
    if by is None and not policy:
        raise ValueError("A decision is made by somebody, or by a policy that is named.")
    answer = read_answer(outcome=outcome, reason=reason, questions=questions, next=next, override=override)
    for _ in range(TRIES - 1):
        try:
            return _decide(gate_id, answer, by, now, policy)
        except OperationalError as error:
            if connection.in_atomic_block or not is_deadlock(error):
                raise
    return _decide(gate_id, answer, by, now, policy)


def is_deadlock(error: OperationalError) -> bool:
    """Whether the database gave up one of two transactions that waited for each other; trying again then works."""
    return getattr(error.__cause__, "sqlstate", None) == "40P01"


@transaction.atomic
def _decide(gate_id: int, answer: Answer, by: User | None, now: datetime, policy: str) -> Decision:
    gate = _reached(gate_id, answer, by)
    now = max(now, gate.opened_at, gate.due_at or gate.opened_at)  # a clock that was set back does not turn back time
    judged = judge_fresh(gate=gate, now=now)
    if gate.state != GateState.DUE:
        raise _not_due(gate)
    consent = _require_rules(judged, answer, by)
    decision = carry_out(judged=judged, answer=answer, by=by, now=now, policy=policy, consent=consent)
    if answer.outcome is Outcome.KILL:
        _kill_tweaks(gate.feature, by=by, now=now)
    return decision


def _reached(gate_id: int, answer: Answer, by: User | None) -> Gate:
    """The gate with its lock, after everything that can be refused before the rules are asked.

    The features are locked first (parents before tweaks, each by id), then the gate: one order for everybody.
    """
    found = Gate.objects.select_related("feature__squad", "stint").filter(pk=gate_id).first()
    if found is None:
        raise Missing(code="not_found", detail=f"There is no gate {gate_id}.")
    require_fit(answer, phase=Phase(found.stint.phase))
    if by is not None:
        require_decider(by, feature=found.feature, phase=found.stint.phase, step_percent=found.stint.step_percent)
    _lock_family(found.feature, with_tweaks=answer.outcome is Outcome.KILL)
    gate = locked_gate(gate_id)
    if gate.state == GateState.DECIDED:
        raise already_decided(gate_id=gate.pk)
    return gate


def _lock_family(feature: Feature, *, with_tweaks: bool) -> None:
    family = Q(pk=feature.pk)
    if feature.parent_id is not None:
        family |= Q(pk=feature.parent_id)
    if with_tweaks:
        family |= Q(parent=feature.pk, status=Status.ACTIVE)
    rows = Feature.objects.select_for_update(no_key=True).filter(family)
    list(rows.order_by(F("parent").asc(nulls_first=True), "pk").values_list("pk"))


def _not_due(gate: Gate) -> Conflict:
    when = f"It falls due on {gate.due_on:%Y-%m-%d} at the latest. " if gate.due_on else ""
    detail = f"The gate is not due. {when}To decide now, call it first, with a reason (gates/{gate.pk}/call/)."
    return Conflict(code="gate_not_due", detail=detail, extra={"due_on": gate.due_on})


def _require_rules(judged: Judged, answer: Answer, by: User | None) -> Consent | None:
    """Kill and iterate are never refused for lack of evidence; an advance is, unless it is overridden by two people."""
    unmet = refusing(judged.findings)
    if answer.outcome is not Outcome.ADVANCE or not unmet:
        return None
    if answer.override is not None:
        return require_override(gate=judged.gate, override=answer.override, unmet=unmet, by=by)
    codes = ", ".join(finding.code for finding in unmet)
    detail = f"These rules refuse an advance: {codes}. Mend them, or override them together with a second person. "
    raise RulesUnmet(
        code="rules_unmet",
        detail=detail + alone_or_ask(),
        extra={"rules": [finding.as_json() for finding in unmet]},
    )


def _kill_tweaks(parent: Feature, *, by: User | None, now: datetime) -> None:
    """A killed feature takes its running tweaks with it: each gate is called and decided, so that it is on record."""
    gates = Gate.objects.filter(feature__parent=parent, feature__status=Status.ACTIVE).exclude(state=GateState.DECIDED)
    for gate_id in list(gates.order_by("feature_id").values_list("pk", flat=True)):
        gate = locked_gate(gate_id)
        because = f"Its parent {parent.name} was killed."
        if by is not None:
            ring_once(gate=gate, cause=Cause.CALLED, key="", detail=because, now=now, by=by)
        judged = judge_locked(gate=gate, now=now)
        answer = read_answer(outcome=Outcome.KILL, reason=because)
        carry_out(judged=judged, answer=answer, by=by, now=now, policy=PARENT_KILLED)
