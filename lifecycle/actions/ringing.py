"""Making a gate due, and keeping why."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import User

from features.actions.summing import hold
from lifecycle.actions.noticing import escalate, next_escalation
from lifecycle.enums import Cause, GateState
from lifecycle.gates.causes import CauseFound
from lifecycle.gates.limits import Limits
from lifecycle.models import Gate, GateCause


def ring(*, gate: Gate, causes: Sequence[CauseFound], now: datetime, by: User | None = None) -> None:
    """Keep the causes (each once) and make an open gate due at the first of them. The caller holds the feature's lock,
    and then the gate's.

    `due_at` is a fact: once set it stays, also when an earlier cause comes to light later.
    """
    if not causes:
        return
    rows = [
        GateCause(
            gate=gate, cause=cause.cause, key=cause.key, at=max(cause.at, gate.opened_at), detail=cause.detail, by=by
        )
        for cause in causes
    ]
    GateCause.objects.bulk_create(rows, ignore_conflicts=True)
    if gate.state == GateState.OPEN:
        gate.state, gate.due_at = GateState.DUE, min(row.at for row in rows)
        gate.save(update_fields=["state", "due_at"])
        hold(stint=gate.stint, squad=gate.feature.squad_id, due_at=gate.due_at)
        escalate(gate=gate, now=now)
        look_again(gate=gate, now=now)


def ring_once(*, gate: Gate, cause: Cause, key: str, detail: str, now: datetime, by: User | None = None) -> None:
    """Ring for one cause that comes true now."""
    ring(gate=gate, causes=[CauseFound(cause=cause, at=now, detail=detail, key=key)], now=now, by=by)


def look_again(*, gate: Gate, now: datetime, limits: Limits | None = None) -> None:
    """Set when time alone changes something next: a limit of the stint, or the next level that has to be told.

    Without `limits` the look that is planned already stays, unless the escalation comes sooner.
    """
    limit = limits.next_after(now) if limits is not None else gate.look_at
    moments = (limit, next_escalation(gate=gate, now=now))
    look_at = min((moment for moment in moments if moment is not None), default=None)
    if look_at != gate.look_at:
        gate.look_at = look_at
        gate.save(update_fields=["look_at"])
