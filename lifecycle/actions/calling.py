"""Asking for a decision now, before the gate falls due by itself."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from features.actions.recording import record
from features.queries.people import require_may_act_for
from features.texts import needed_text
from lifecycle.actions.judging import locked_gate
from lifecycle.actions.ringing import ring_once
from lifecycle.enums import Cause, GateState
from lifecycle.models import Gate, GateCause
from lifecycle.queries.decisions import already_decided


@transaction.atomic
def call_gate(*, gate_id: int, by: User, now: datetime, reason: str) -> Gate:
    """Make a gate due because somebody asks, with a reason. It is not bound by the minimum run; its rules still stand.

    The first call counts; calling again changes nothing.

    Raises:
        BadInput: no reason. Missing: no such gate. Forbidden: not of the squad. Conflict: `already_decided`,
            with the decision.
    """
    reason = needed_text(reason, "reason", "Say why the decision is needed now.")
    gate = locked_gate(gate_id)
    require_may_act_for(by, gate.feature.squad)
    if gate.state == GateState.DECIDED:
        raise already_decided(gate_id=gate.pk)
    if GateCause.objects.filter(gate=gate, cause=Cause.CALLED).exists():
        return gate
    ring_once(gate=gate, cause=Cause.CALLED, key="", detail=reason, now=now, by=by)
    body = {"gate": gate.pk, "reason": reason}
    record(act="gate.called", subject=f"feature:{gate.feature.key}", by=by, now=now, body=body)
    return gate
