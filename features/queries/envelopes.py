"""What one stint of each phase may spend in a squad, beside what its stints have cost so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from statistics import median, quantiles
from typing import Final

from django.db.models import Sum

from features.enums import Phase, Status
from features.models import AuditEntry, Envelope, Squad, Stint, StintCost

FEW: Final = 4
"""From so many stints on, quartiles say something."""
ENVELOPE_SET: Final = "squad.envelope_set"
"""The act in the history."""
CHANGES: Final = 50
"""So many changes are told, the newest."""


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
    """One phase: the envelope (money or person-days, or neither), what was usual, and who set it when."""

    phase: str
    amount: Decimal | None
    days: Decimal | None
    usual: Usual
    since: datetime | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class EnvelopeChange:
    """What was said of one phase, as the history has it: before and after (`{"amount", "days"}`, one of them or none),
    by whom and why.
    """

    at: datetime
    by: str
    phase: str
    before: tuple[Decimal | None, Decimal | None]
    after: tuple[Decimal | None, Decimal | None]
    note: str


@dataclass(frozen=True, slots=True)
class Overrun:
    """A running stint over its budget: all in money (`CURRENCY`) or, with `in_days`, in person-days."""

    key: str
    name: str
    phase: str
    iteration: int
    budget: Decimal
    spent: Decimal
    in_days: bool

    @property
    def over(self) -> Decimal:
        """What is spent beyond the budget."""
        return self.spent - self.budget


def envelopes_of(*, squad: Squad) -> list[PhaseEnvelope]:
    """The five phases in order. Two queries."""
    standing = {row.phase: row for row in Envelope.objects.filter(squad=squad).select_related("set_by")}
    costs = _costs(squad)
    return [_phase(phase, standing.get(phase), _usual(costs.get(phase, []))) for phase in map(str, Phase)]


def envelope_changes(*, squad: Squad) -> list[EnvelopeChange]:
    """What was said of the squad's envelopes, newest first. One query."""
    told = AuditEntry.objects.filter(subject=f"squad:{squad.slug}", act=ENVELOPE_SET).select_related("by")
    return [
        EnvelopeChange(
            at=entry.at,
            by=(entry.by.get_full_name() if entry.by else "") or entry.by_name,
            phase=entry.body["phase"],
            before=_pair(entry.body["before"]),
            after=_pair(entry.body["after"]),
            note=entry.body.get("note", ""),
        )
        for entry in told.order_by("-number")[:CHANGES]
    ]


def overruns_of(*, squad: Squad) -> list[Overrun]:
    """The running stints of the squad that are over their budget, the furthest over in proportion first. One query.

    Money without a day, and days without a rate, count for a budget of their own kind only.
    """
    running = Stint.objects.filter(feature__squad=squad, feature__status=Status.ACTIVE, ended_at__isnull=True)
    rows = running.order_by("pk").annotate(money=Sum("costs__money"), person_days=Sum("costs__person_days"))
    found = []
    for stint in rows.select_related("feature"):
        in_days = stint.budget_days is not None
        budget, spent = (stint.budget_days, stint.person_days) if in_days else (stint.budget_amount, stint.money)
        if budget is not None and spent is not None and spent > budget:
            feature = stint.feature
            one = Overrun(feature.key, feature.name, stint.phase, stint.iteration, budget, Decimal(spent), in_days)
            found.append(one)
    return sorted(found, key=lambda one: (-one.spent / max(one.budget, Decimal("0.01")), one.key))


def envelope_for(*, squad_id: int, phase: str) -> Envelope | None:
    """The envelope that a new stint of a squad gets."""
    return Envelope.objects.filter(squad=squad_id, phase=phase).first()


def _phase(phase: str, row: Envelope | None, usual: Usual) -> PhaseEnvelope:
    if row is None:
        return PhaseEnvelope(phase, None, None, usual)
    by = (row.set_by.get_full_name() or row.set_by.get_username()) if row.set_by else "the system"
    return PhaseEnvelope(phase, row.amount, row.days, usual, row.set_at, by)


def _pair(told: Mapping[str, str | None]) -> tuple[Decimal | None, Decimal | None]:
    amount, days = told["amount"], told["days"]
    return None if amount is None else Decimal(amount), None if days is None else Decimal(days)


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
