"""Telling people about gates that wait: rows that are written here and delivered later."""

from datetime import datetime, timedelta

from lifecycle.models import Gate, Notice
from lifecycle.phases import ESCALATIONS


def escalate(*, gate: Gate, now: datetime) -> None:
    """Write the notices that a due gate's waiting calls for by now, each level once; squad, tribe, leadership."""
    if gate.due_at is None:
        return
    waited = now - gate.due_at
    levels = [level for level, days in ESCALATIONS if waited >= timedelta(days=days)]
    Notice.objects.bulk_create([Notice(gate=gate, level=level, at=now) for level in levels], ignore_conflicts=True)


def next_escalation(*, gate: Gate, now: datetime) -> datetime | None:
    """When the next level has to be told, None when all know or nothing is due."""
    if gate.due_at is None:
        return None
    moments = (gate.due_at + timedelta(days=days) for _, days in ESCALATIONS)
    return min((moment for moment in moments if moment > now), default=None)
