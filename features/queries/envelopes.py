"""What one stint of each phase may spend in a squad, beside what its stints have cost so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median, quantiles
from typing import Final

from django.db.models import Sum

from features.enums import Phase
from features.models import Envelope, Squad, StintCost

FEW: Final = 4
"""From so many stints on, quartiles say something."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What ended stints of a phase cost: how many there were, their median and upper quartile, in `CURRENCY`.

    Stints with entries that carry no money are left out: their cost is not known. `upper` is None of fewer than four.
    """

    stints: int = 0
    median: Decimal | None = None
    upper: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PhaseEnvelope:
    """One phase: the envelope (money or person-days, or neither), and what was usual."""

    phase: str
    amount: Decimal | None
    days: Decimal | None
    usual: Usual


def envelopes_of(*, squad: Squad) -> list[PhaseEnvelope]:
    """The five phases in order. Two queries."""
    standing = {row.phase: row for row in Envelope.objects.filter(squad=squad)}
    costs = _costs(squad)
    found = []
    for phase in map(str, Phase):
        row = standing.get(phase)
        found.append(
            PhaseEnvelope(phase, row.amount if row else None, row.days if row else None, _usual(costs.get(phase, [])))
        )
    return found


def envelope_for(*, squad_id: int, phase: str) -> Envelope | None:
    """The envelope that a new stint of a squad gets."""
    return Envelope.objects.filter(squad=squad_id, phase=phase).first()


def _costs(squad: Squad) -> dict[str, list[Decimal]]:
    """By phase, what each ended stint of the squad's features cost; those that were only imported are no measure."""
    stints = StintCost.objects.filter(
        feature__squad=squad, stint__ended_at__isnull=False, stint__imported=False
    ).order_by("stint")
    rows = stints.values_list("stint", "stint__phase").annotate(spent=Sum("money"), bare=Sum("unpriced"))
    found: dict[str, list[Decimal]] = {}
    for _, phase, spent, bare in rows:
        if not bare:
            found.setdefault(phase, []).append(Decimal(spent))
    return found


def _usual(costs: Sequence[Decimal]) -> Usual:
    if not costs:
        return Usual()
    upper = quantiles(costs, n=4, method="inclusive")[2] if len(costs) >= FEW else None
    return Usual(len(costs), _cents(median(costs)), None if upper is None else _cents(upper))


def _cents(value: Decimal) -> Decimal:
    return Decimal(value).quantize(Decimal("0.01"))
