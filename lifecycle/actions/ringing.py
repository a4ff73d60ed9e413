"""Making a gate due, and keeping why."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from django.contrib.auth.models import User
from django.db.models import F

from features.actions.summing import hold, hold_many
from features.models import Feature
from lifecycle.actions.noticing import escalate, next_escalation
from lifecycle.enums import Cause, Escalation, GateState
from lifecycle.gates.causes import CauseFound
from lifecycle.gates.limits import Limits
from lifecycle.models import Gate, GateCause, Notice

SLICE: Final = 500
"""Gates in one statement."""


def ring(*, gate: Gate, causes: Sequence[CauseFound], now: datetime, by: User | None = None) -> None:
    """Keep the causes (each once) and make an open gate due at the first of them. The caller holds the feature's lock,
    and then the gate's.

    `due_at` is a fact: once set it stays, also when an earlier cause comes to light later.
    """
    if not causes:
        return
    rows = [_cause(gate, cause, by) for cause in causes]
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


def ring_many(
    *, gates: Collection[int], cause: Cause, key: str, detail: str, now: datetime, by: User | None = None
) -> None:
    """Ring many undecided gates (by id) for one cause, in the caller's transaction: as `ring`, in few statements.

    The features are locked first, parents before tweaks, each by id; then the gates.
    """
    ids = sorted(gates)
    for start in range(0, len(ids), SLICE):
        _ring_slice(ids[start : start + SLICE], CauseFound(cause=cause, at=now, detail=detail, key=key), by)


def _ring_slice(ids: Sequence[int], cause: CauseFound, by: User | None) -> None:
    features = Feature.objects.select_for_update(of=("self",), no_key=True).filter(gates__in=ids)
    list(features.order_by(F("parent").asc(nulls_first=True), "pk").values_list("pk"))
    rows = Gate.objects.select_for_update(of=("self",), no_key=True).select_related("feature", "stint")
    found = list(rows.filter(pk__in=ids).exclude(state=GateState.DECIDED).order_by("pk"))
    GateCause.objects.bulk_create([_cause(gate, cause, by) for gate in found], ignore_conflicts=True)
    fell_due = [gate for gate in found if gate.state == GateState.OPEN]
    for gate in fell_due:
        gate.state, gate.due_at = GateState.DUE, max(cause.at, gate.opened_at)
        moments = (gate.look_at, next_escalation(gate=gate, now=cause.at))
        gate.look_at = min((moment for moment in moments if moment is not None), default=None)
    Gate.objects.bulk_update(fell_due, ["state", "due_at", "look_at"], batch_size=SLICE)
    hold_many(gates=[(gate.stint, gate.feature.squad_id, gate.due_at) for gate in fell_due if gate.due_at])
    notices = [Notice(gate=gate, level=Escalation.SQUAD, at=cause.at) for gate in fell_due]
    Notice.objects.bulk_create(notices, ignore_conflicts=True)


def _cause(gate: Gate, cause: CauseFound, by: User | None) -> GateCause:
    at = max(cause.at, gate.opened_at)
    return GateCause(gate=gate, cause=cause.cause, key=cause.key, at=at, detail=cause.detail, by=by)


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
