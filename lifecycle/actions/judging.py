"""Judging gates: is it time to ask? By the clock, by hand, and again when somebody decides."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import F

from features.errors import Missing
from features.models import Feature, Stint
from hypotheses.actions.weighing import weigh_news
from lifecycle.actions.noticing import escalate
from lifecycle.actions.ringing import look_again, ring
from lifecycle.enums import GateState
from lifecycle.gates.causes import causes
from lifecycle.gates.facts import GateFacts
from lifecycle.gates.finding import RuleFinding
from lifecycle.gates.recommendation import Recommendation, recommend
from lifecycle.gates.registry import asked
from lifecycle.models import Gate
from lifecycle.queries.facts import load_facts

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Judged:
    """A gate as it was judged: the facts, what each rule found, and what is recommended."""

    gate: Gate
    facts: GateFacts
    findings: tuple[RuleFinding, ...]
    recommendation: Recommendation


def judge_all(*, now: datetime) -> int:
    """Judge every gate for which something is new: facts that no judgement has seen, or a moment that has come.

    Gives how many fell due. Two queries by index when there is nothing to do. A gate that cannot be judged is logged
    and does not hold up the others.
    """
    fell_due = 0
    for gate_id in sorted(_waiting(now)):
        try:
            fell_due += judge_gate(gate_id=gate_id, now=now)
        except Exception:  # one broken gate must not keep all others from being judged
            log.exception("gate %s could not be judged", gate_id)
    return fell_due


def _waiting(now: datetime) -> set[int]:
    """The gates for which something is new. No order is asked for: it would lead the database away from the index."""
    waiting = set(Gate.objects.filter(look_at__lte=now).order_by().values_list("pk", flat=True))
    news = Stint.objects.filter(ended_at__isnull=True, facts_version__gt=F("judged_version")).order_by()
    stints = list(news.values_list("pk", flat=True))
    if stints:
        waiting.update(Gate.objects.filter(stint__in=news.values("pk")).order_by().values_list("pk", flat=True))
    return waiting


@transaction.atomic
def judge_gate(*, gate_id: int, now: datetime) -> bool:
    """Judge one gate; True when it fell due by that. Judging again changes nothing; two workers wait for each other.

    Raises:
        Missing: there is no such gate.
    """
    gate = locked_gate(gate_id)
    if gate.state == GateState.DECIDED:
        return False
    was_open = gate.state == GateState.OPEN
    judge_locked(gate=gate, now=now)
    return was_open and gate.state == GateState.DUE


def locked_gate(gate_id: int) -> Gate:
    """A gate with its feature, both rows locked until the transaction ends: the feature's first, as everywhere.

    Raises:
        Missing: there is no such gate.
    """
    Feature.objects.select_for_update(no_key=True, of=("self",)).filter(gates=gate_id).order_by("pk").first()
    rows = Gate.objects.select_for_update(of=("self",), no_key=True).select_related("feature__squad", "feature__owner")
    gate = rows.filter(pk=gate_id).first()
    if gate is None:
        raise Missing(code="not_found", detail=f"There is no gate {gate_id}.")
    return gate


def judge_fresh(*, gate: Gate, now: datetime) -> Judged:
    """Weigh what has landed, then judge: for acts that stand on the judgement. The caller holds the feature's lock, and
    then the gate's; the weighing takes the stint's.
    """
    weigh_news(stint=Stint.objects.select_related("feature").get(pk=gate.stint_id), now=now)
    return judge_locked(gate=gate, now=now)


def judge_locked(*, gate: Gate, now: datetime) -> Judged:
    """Judge an undecided gate whose lock the caller holds: keep its causes, make it due, plan the next look.

    The stint is read after the lock, and marked as judged up to the version that was read: facts that arrive meanwhile
    make it unjudged again.
    """
    gate.stint = Stint.objects.get(pk=gate.stint_id)
    facts = load_facts(gate=gate, now=now)
    ring(gate=gate, causes=causes(facts), now=now)
    escalate(gate=gate, now=now)
    look_again(gate=gate, now=now, limits=facts.limits)
    seen = gate.stint.facts_version
    Stint.objects.filter(pk=gate.stint_id, judged_version__lt=seen).update(judged_version=seen)
    facts = replace(facts, state=GateState(gate.state), due_at=gate.due_at)
    findings = asked(facts)
    return Judged(gate, facts, findings, recommend(facts, findings))
