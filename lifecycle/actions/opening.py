"""Opening the next stint with its gate."""

from datetime import datetime
from decimal import Decimal

from django.contrib.auth.models import User
from django.utils import timezone

from features.actions.stint import open_stint
from features.enums import Phase
from features.models import Feature
from features.queries.envelopes import envelope_for
from lifecycle.models import Gate, Ladder
from lifecycle.phases import time_box_days
from lifecycle.queries.facts import limits
from lifecycle.queries.ladders import ladder_facts, rung_at
from lifecycle.queries.terms import Terms


def open_stint_with_gate(
    *,
    feature: Feature,
    phase: Phase,
    terms: Terms,
    by: User | None,
    now: datetime,
    iteration: int = 1,
    step_percent: Decimal | None = None,
    treatment_version: int = 1,
    imported: bool = False,
) -> Gate:
    """Start a stint on the terms that are given (the phase's own time box where none is), and ask its question.

    The database refuses a second open stint and a second undecided gate.
    """
    stored = Ladder.objects.filter(feature=feature).prefetch_related("steps").first()
    ladder = ladder_facts(stored)
    days = terms.time_box_days or time_box_days(
        phase=phase, today=timezone.localdate(now), rung=rung_at(ladder, step_percent)
    )
    stint = open_stint(
        feature=feature,
        phase=phase,
        now=now,
        by=by,
        iteration=iteration,
        step_percent=step_percent,
        time_box_days=days,
        **_budget(feature, phase, terms, imported=imported),
        treatment_version=treatment_version,
        imported=imported,
    )
    ends = limits(stint=stint, ladder=ladder, stored=stored)
    due_on = timezone.localdate(ends.due_latest) if ends.due_latest else None
    return Gate.objects.create(feature=feature, stint=stint, opened_at=now, due_on=due_on, look_at=ends.next_after(now))


def _budget(feature: Feature, phase: Phase, terms: Terms, *, imported: bool) -> dict[str, Decimal | None]:
    """The budget that is named, else the envelope of the squad; the past that is imported had none."""
    named = terms.budget
    if imported or named.amount is not None or named.days is not None:
        return {"budget_amount": named.amount, "budget_days": named.days}
    envelope = envelope_for(squad_id=feature.squad_id, phase=phase)
    return {"budget_amount": envelope.amount, "budget_days": envelope.days} if envelope else {}
