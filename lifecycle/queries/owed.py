"""What is owed: the gates that wait for an answer, most urgent first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.contrib.auth.models import User
from django.db.models import Q

from features.enums import Status
from lifecycle.enums import Escalation, GateState
from lifecycle.gates.facts import SpendFacts
from lifecycle.models import Gate
from lifecycle.phases import ESCALATIONS
from lifecycle.queries.gates import overdue_days
from lifecycle.queries.spend import undecided_spends


@dataclass(frozen=True, slots=True)
class Owed:
    """One gate that waits: since when, why, who has been told by now, and what was spent meanwhile."""

    gate_id: int
    feature: str
    feature_name: str
    squad: str
    squad_name: str
    tribe: str
    owner: str | None
    phase: str
    iteration: int
    step: Decimal | None
    due_at: datetime
    waiting_days: int
    overdue_days: int | None
    escalation: Escalation
    causes: tuple[str, ...]
    undecided: SpendFacts


def owed(
    *,
    now: datetime,
    person: User | None = None,
    squad: str | None = None,
    tribe: str | None = None,
    limit: int | None = None,
) -> Sequence[Owed]:
    """The due gates, the longest waiting first; three queries, however many they are.

    `person`: those of the squads that they are in or whose tribe they lead (an administrator's are all). `squad` and
    `tribe` are slugs.
    """
    gates = Gate.objects.filter(state=GateState.DUE, feature__status=Status.ACTIVE)
    if person is not None and not person.is_superuser:
        gates = gates.filter(Q(feature__squad__memberships__person=person) | Q(feature__squad__tribe__leaders=person))
    if squad is not None:
        gates = gates.filter(feature__squad__slug=squad)
    if tribe is not None:
        gates = gates.filter(feature__squad__tribe__slug=tribe)
    chosen = gates.select_related("feature__squad__tribe", "feature__owner", "stint").prefetch_related("causes")
    rows = list(chosen.order_by("due_at", "pk").distinct()[:limit])
    spends = undecided_spends(gate_ids=[gate.pk for gate in rows])
    return [_owed(gate, spends.get(gate.pk, SpendFacts()), now) for gate in rows]


def escalation_of(*, due_at: datetime, now: datetime) -> Escalation:
    """The highest level that knows by now of a gate that is due since then."""
    told = [level for level, days in ESCALATIONS if now - due_at >= timedelta(days=days)]
    return told[-1] if told else Escalation.SQUAD


def _owed(gate: Gate, undecided: SpendFacts, now: datetime) -> Owed:
    feature, stint = gate.feature, gate.stint
    due_at = gate.due_at or gate.opened_at
    return Owed(
        gate_id=gate.pk,
        feature=feature.key,
        feature_name=feature.name,
        squad=feature.squad.slug,
        squad_name=feature.squad.name,
        tribe=feature.squad.tribe.slug,
        owner=feature.owner.get_username() if feature.owner else None,
        phase=stint.phase,
        iteration=stint.iteration,
        step=stint.step_percent,
        due_at=due_at,
        waiting_days=max((now - due_at).days, 0),
        overdue_days=overdue_days(due_at=due_at, now=now),
        escalation=escalation_of(due_at=due_at, now=now),
        causes=tuple(cause.detail for cause in gate.causes.all()),
        undecided=undecided,
    )
