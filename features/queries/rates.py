"""What a squad's people cost: how many of each role it has on a day, and what a person-day of a role costs then."""

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, TypeVar

from django.db.models import Q

from features.models import Rate, Seat

WORKING_DAYS: Final = 5
"""Monday to Friday. Who works less has a smaller seat: 0.8 for four days of five."""

Value = TypeVar("Value")
Dated = tuple[list[date], list[Value]]
"""Days from which something holds, ascending, and what holds from each on."""


@dataclass(frozen=True, slots=True)
class DayRate:
    """What one person-day costs: an amount in its own currency, and the `rate` that turns it into `CURRENCY`."""

    amount: Decimal
    currency: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Rates:
    """The seats of some squads and the rates that hold for them, loaded once; squads are named by id."""

    rates: Mapping[tuple[int | None, str], Dated[DayRate]]
    seats: Mapping[int, Mapping[str, Dated[Decimal]]]

    def rate_on(self, *, squad: int, role: str, day: date) -> DayRate | None:
        """The rate in force: the squad's own where it has one by then, else the house's, else None (days stay days)."""
        return _held(self.rates.get((squad, role)), day) or _held(self.rates.get((None, role)), day)

    def people_on(self, *, squad: int, day: date) -> dict[str, Decimal]:
        """How many people of each role the squad has on a day; roles without anybody are left out."""
        held = {role: _held(dated, day) for role, dated in self.seats.get(squad, {}).items()}
        return {role: people for role, people in sorted(held.items()) if people}

    def days_in(self, *, squad: int, week: date) -> dict[str, Decimal]:
        """The person-days of each role in the week that begins on this Monday: people × 5, day by day."""
        found: dict[str, Decimal] = {}
        for day in working_days(week):
            for role, people in self.people_on(squad=squad, day=day).items():
                found[role] = found.get(role, Decimal(0)) + people
        return found


def load_rates(*, squads: Collection[int]) -> Rates:
    """All that is needed to price weeks of these squads, in two queries."""
    rates: dict[tuple[int | None, str], Dated[DayRate]] = {}
    for row in Rate.objects.filter(Q(squad__in=squads) | Q(squad__isnull=True)).order_by("from_on"):
        days, values = rates.setdefault((row.squad_id, row.role), ([], []))
        days.append(row.from_on)
        values.append(DayRate(row.amount, row.currency, row.rate))
    seats: dict[int, dict[str, Dated[Decimal]]] = {}
    for seat in Seat.objects.filter(squad__in=squads).order_by("from_on"):
        days, people = seats.setdefault(seat.squad_id, {}).setdefault(seat.role, ([], []))
        days.append(seat.from_on)
        people.append(seat.people)
    return Rates(rates, seats)


def working_days(week: date) -> Sequence[date]:
    """Monday to Friday of the week that begins on this Monday."""
    return [week + timedelta(days=place) for place in range(WORKING_DAYS)]


def _held(dated: Dated[Value] | None, day: date) -> Value | None:
    """What holds on a day: the last that began by then."""
    if dated is None:
        return None
    days, values = dated
    place = bisect_right(days, day)
    return values[place - 1] if place else None
