"""Overriding must rules takes two people: one consents to exactly these rules, another decides and names that."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from features.actions.recording import record
from features.enums import Standing
from features.errors import BadInput, Conflict, FieldError, Forbidden, wrong
from features.models import Squad
from features.queries.people import may_act_for
from features.texts import needed_text
from lifecycle.actions.judging import judge_fresh, locked_gate
from lifecycle.enums import GateState
from lifecycle.gates.finding import RuleFinding
from lifecycle.gates.registry import refusing
from lifecycle.models import Consent, Gate
from lifecycle.queries.answer import Override
from lifecycle.queries.deciders import may_decide, require_decider
from lifecycle.queries.decisions import already_decided


@transaction.atomic
def consent(*, gate_id: int, by: User, now: datetime, rules: Sequence[str], reason: str) -> Consent:
    """Consent that a gate's unmet must rules are overridden. `rules`: the codes of all of them, no others.

    Raises:
        Missing: no such gate. Forbidden: not a decider there.
        BadInput: no reason, or other rules than the unmet ones. Conflict: `already_decided`, with the decision.
    """
    gate = locked_gate(gate_id)
    require_decider(by, feature=gate.feature, phase=gate.stint.phase, step_percent=gate.stint.step_percent)
    reason = needed_text(reason, "reason", "Say why these rules may be overridden here.")
    if gate.state == GateState.DECIDED:
        raise already_decided(gate_id=gate.pk)
    unmet = {finding.code for finding in refusing(judge_fresh(gate=gate, now=now).findings)}
    _require_same(rules, unmet)
    given = Consent.objects.create(gate=gate, by=by, rules=sorted(unmet), reason=reason, at=now)
    body = {"gate": gate.pk, "consent": given.pk, "rules": given.rules, "reason": given.reason}
    record(act="gate.consented", subject=f"feature:{gate.feature.key}", by=by, now=now, body=body)
    return given


def require_override(*, gate: Gate, override: Override, unmet: Sequence[RuleFinding], by: User | None) -> Consent:
    """The consent that carries an override, or a refusal that says what it lacks.

    Another person's, for this gate, for exactly the rules that are unmet now; one of the two people is a lead at least.

    Raises:
        BadInput: no such consent at this gate. Forbidden: `second_person_needed`, `override_needs_lead`.
        Conflict: `consent_void`, the unmet rules have changed since, or who consented may not decide here any more.
    """
    given = Consent.objects.select_related("by").filter(pk=override.consent_id, gate=gate).first()
    if given is None:
        raise wrong("override.consent", f"There is no consent {override.consent_id} at gate {gate.pk}.", code="unknown")
    if by is None or given.by_id == by.pk:
        raise Forbidden(code="second_person_needed", detail=f"An override takes two people. {alone_or_ask()}")
    stint = gate.stint
    if not may_decide(given.by, feature=gate.feature, phase=stint.phase, step_percent=stint.step_percent):
        detail = f"The consent is void: {given.by.get_username()} may not decide here any more. {alone_or_ask()}"
        raise Conflict(code="consent_void", detail=detail)
    _require_lead(gate.feature.squad, by, given.by)
    now_unmet = {finding.code for finding in unmet}
    if set(given.rules) != now_unmet:
        detail = (
            f"The consent is void: it was for {', '.join(given.rules)}, and unmet now are "
            f"{', '.join(sorted(now_unmet))}. Ask for a new one."
        )
        raise Conflict(code="consent_void", detail=detail, extra={"unmet": sorted(now_unmet)})
    return given


def alone_or_ask() -> str:
    """How to get a second person; an installation with one person has none, and says so."""
    if User.objects.filter(is_active=True).count() > 1:
        return "Ask somebody else who may decide here to consent."
    return "This installation has only one active person, so nothing can be overridden here. Add a second person first."


def _require_lead(squad: Squad, *people: User) -> None:
    """An override has its own authority: one of the two is a lead, a leader or an administrator."""
    if not any(may_act_for(person, squad, at_least=Standing.LEAD) for person in people):
        detail = f"One of the two has to be a lead of {squad.name}, a leader of its tribe, or an administrator."
        raise Forbidden(code="override_needs_lead", detail=detail)


def _require_same(rules: Sequence[str], unmet: set[str]) -> None:
    if not unmet:
        raise wrong("rules", "No must rule is unmet at this gate; nothing has to be overridden.")
    if isinstance(rules, str) or not isinstance(rules, Sequence) or set(rules) != unmet:
        detail = f"Consent to all rules that are unmet now, and to no others: {', '.join(sorted(unmet))}."
        errors = [FieldError("rules", "not_the_unmet", detail)]
        raise BadInput(code="invalid", detail=detail, errors=errors, extra={"unmet": sorted(unmet)})
