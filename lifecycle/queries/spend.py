"""What stints have spent, and what was spent while their gates waited for an answer; from the sums of the ledger."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import F, Sum

from features.models import StintCost
from lifecycle.gates.facts import SpendFacts
from lifecycle.models import Gate

_SPENT = {"amount": Sum("money"), "days": Sum("person_days"), "unpriced": Sum("unpriced_days")}
_UNDECIDED = {"amount": Sum("undecided"), "days": Sum("undecided_days"), "unpriced": Sum("undecided_unpriced")}


def spent_in(*, stint_id: int) -> SpendFacts:
    """What a stint has spent so far."""
    return _spend(StintCost.objects.filter(stint=stint_id).aggregate(**_SPENT))


def undecided_spend(*, gate: Gate) -> SpendFacts:
    """What was spent in the gate's stint since it fell due; nothing while it is not due."""
    return undecided_spends(gate_ids=[gate.pk]).get(gate.pk, SpendFacts())


def undecided_spends(*, gate_ids: Collection[int]) -> dict[int, SpendFacts]:
    """The undecided spend of many gates, in one query; gates without any are left out (`features.queries.sums` says
    what is undecided).
    """
    if not gate_ids:
        return {}
    rows = StintCost.objects.filter(stint__gate__in=gate_ids).values(gate=F("stint__gate")).annotate(**_UNDECIDED)
    return {row["gate"]: spend for row in rows.order_by("gate") if (spend := _spend(row)) != SpendFacts()}


def _spend(row: Mapping[str, Any]) -> SpendFacts:
    return SpendFacts(**{name: row[name] or Decimal(0) for name in ("amount", "days", "unpriced")})
