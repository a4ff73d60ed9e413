"""The circuit breaker: what nobody answers in Think It for too long is decided by the house's policy."""

import logging
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from features.enums import Phase, Status
from features.errors import Refusal
from hypotheses.models import Clock
from lifecycle.actions.deciding import decide
from lifecycle.enums import Escalation, GateState, Outcome
from lifecycle.models import Decision, Gate, Notice
from lifecycle.phases import BREAKER_SHOWN_DAYS

log = logging.getLogger(__name__)

POLICY: Final = "think_it_breaker"
BEAT: Final = "judge"
AWAKE: Final = "judge_awake_since"
"""Two clocks: when gates were judged last, and since when that has happened without a long pause."""
PAUSE: Final = timedelta(hours=6)
"""The system has slept when nobody judged for this long; what was shown before then was not shown meanwhile."""


def trip_breakers(*, now: datetime) -> int:
    """Kill what waited in Think It for `THINK_IT_BREAKER_DAYS` (0: never). Gives how many were killed.

    Only after an escalation beyond the squad was shown for at least a week while the system ran; never an imported
    feature before a person has decided one of its gates.
    """
    days: int = settings.THINK_IT_BREAKER_DAYS
    if not days:
        return 0
    if awake_since(now=now) > now - timedelta(days=BREAKER_SHOWN_DAYS):
        return 0
    tripped = 0
    for gate_id in list(_waiting(now=now, days=days).values_list("pk", flat=True)):
        reason = f"Nobody decided within {days} days after it fell due, and the policy says that it then ends."
        try:
            decide(gate_id=gate_id, by=None, now=now, outcome=Outcome.KILL, reason=reason, policy=POLICY)
        except Refusal as refusal:  # somebody decided meanwhile: what they said stands
            log.info("gate %s is not ended by %s: %s", gate_id, POLICY, refusal.detail)
            continue
        tripped += 1
    return tripped


def awake_since(*, now: datetime) -> datetime:
    """Since when gates have been judged without a long pause; notes that they are judged now."""
    beat, _ = Clock.objects.get_or_create(name=BEAT, defaults={"at": now})
    awake, _ = Clock.objects.get_or_create(name=AWAKE, defaults={"at": now})
    if now - beat.at > PAUSE:
        awake.at = now
        Clock.objects.filter(name=AWAKE).update(at=now)
    Clock.objects.filter(name=BEAT).update(at=now)
    return awake.at


def _waiting(*, now: datetime, days: int) -> QuerySet[Gate]:
    shown = Notice.objects.filter(
        gate=OuterRef("pk"),
        level__in=[Escalation.TRIBE, Escalation.LEADERSHIP],
        at__lte=now - timedelta(days=BREAKER_SHOWN_DAYS),
    )
    decided_by_person = Decision.objects.filter(feature=OuterRef("feature"), imported=False, by__isnull=False)
    due = Gate.objects.filter(state=GateState.DUE, due_at__lte=now - timedelta(days=days), stint__phase=Phase.THINK_IT)
    due = due.filter(Exists(shown), feature__status=Status.ACTIVE).order_by("due_at")
    return due.exclude(~Exists(decided_by_person), feature__imported=True)
