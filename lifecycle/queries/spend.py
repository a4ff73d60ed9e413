"""What stints have spent, and what was spent while their gates waited for an answer."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from features.models import Investment
from lifecycle.gates.facts import SpendFacts
from lifecycle.models import Gate

_SUMS: dict[str, Sum] = {
    "money": Sum("amount_base"),
    "days": Sum("person_days"),
    "unpriced": Sum("person_days", filter=Q(amount__isnull=True)),
}


def spent_in(*, stint_id: int) -> SpendFacts:
    """What a stint has spent so far: its current entries."""
    entries = Investment.objects.filter(stint=stint_id, superseded_at__isnull=True)
    return _spend(entries.aggregate(**_SUMS))


def undecided_spend(*, gate: Gate) -> SpendFacts:
    """What was spent in the gate's stint since it fell due; nothing while it is not due."""
    return undecided_spends(gate_ids=[gate.pk]).get(gate.pk, SpendFacts())


def undecided_spends(*, gate_ids: Collection[int]) -> dict[int, SpendFacts]:
    """The undecided spend of many gates, in one query; gates without any are left out.

    An entry counts when its day is after the local day on which the gate fell due, or is that day and was first
    recorded after it: an entry that was only restated later does not become undecided by that.
    """
    if not gate_ids:
        return {}
    rows = since_due(Investment.objects.filter(stint__gate__in=gate_ids)).values("stint__gate").annotate(**_SUMS)
    return {row["stint__gate"]: _spend(row) for row in rows.order_by("stint__gate")}


def since_due(entries: QuerySet[Investment]) -> QuerySet[Investment]:
    """Of these entries, the current ones that were spent after the gate of their stint fell due."""
    due_day = TruncDate("stint__gate__due_at", tzinfo=timezone.get_default_timezone())
    later = Q(on__gt=F("due_day")) | Q(on=F("due_day"), first_recorded_at__gte=F("stint__gate__due_at"))
    current = entries.filter(superseded_at__isnull=True, stint__gate__due_at__isnull=False)
    return current.annotate(due_day=due_day).filter(later)


def _spend(row: Mapping[str, Any]) -> SpendFacts:
    return SpendFacts(
        amount=row["money"] or Decimal(0), days=row["days"] or Decimal(0), unpriced=row["unpriced"] or Decimal(0)
    )
