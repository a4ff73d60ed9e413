"""Opening and closing the stays of a feature in its phases."""

from datetime import datetime
from decimal import Decimal

from django.contrib.auth.models import User
from django.db.models import F, Max

from features.enums import Phase
from features.models import Feature, Stint


def open_stint(
    *,
    feature: Feature,
    phase: Phase,
    now: datetime,
    by: User | None,
    iteration: int = 1,
    step_percent: Decimal | None = None,
    time_box_days: int | None = None,
    budget_amount: Decimal | None = None,
    budget_days: Decimal | None = None,
    treatment_version: int = 1,
    imported: bool = False,
) -> Stint:
    """Start the next stay of a feature. The database refuses a second open one."""
    last = feature.stints.aggregate(last=Max("number"))["last"] or 0
    return Stint.objects.create(
        feature=feature,
        number=last + 1,
        phase=phase,
        iteration=iteration,
        step_percent=step_percent,
        started_at=now,
        started_by=by,
        time_box_days=time_box_days,
        budget_amount=budget_amount,
        budget_days=budget_days,
        treatment_version=treatment_version,
        imported=imported,
    )


def close_stint(*, stint: Stint, now: datetime) -> None:
    """End a stay, once."""
    Stint.objects.filter(pk=stint.pk, ended_at__isnull=True).update(ended_at=now)
    stint.ended_at = now


def note_new_facts(*, stint_id: int) -> None:
    """Something arrived for the stint (money, evidence, a finding): its gate has something new to judge."""
    Stint.objects.filter(pk=stint_id).update(facts_version=F("facts_version") + 1)
