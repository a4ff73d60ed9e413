"""What a squad's people cost: how many of each role it has on a day, and what a person-day of a role costs then."""

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, TypeVar

from django.conf import settings
from django.db.models import Q

from features.models import Rate, Seat
from features.numbers import CENT

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

    def mean_on(self, *, squad: int, day: date) -> DayRate | None:
        """What a person-day of the squad costs on a day where nobody says whose: the mean of its rates by its seats.

        In the currency of its rates, or in `CURRENCY` where they differ. None where it has no seats on that day, or one
        of them has no rate: a mean without it would be a guess.
        """
        people = self.people_on(squad=squad, day=day)
        held = [(count, self.rate_on(squad=squad, role=role, day=day)) for role, count in people.items()]
        priced = [(count, price) for count, price in held if price is not None]
        if not priced or len(priced) < len(held):
            return None
        alike = {(price.currency, price.rate) for _, price in priced}
        currency, rate = next(iter(alike)) if len(alike) == 1 else (settings.CURRENCY, Decimal(1))
        total = sum((count * price.amount * price.rate for count, price in priced), Decimal(0))
        mean = total / rate / sum(people.values(), Decimal(0))
        return DayRate(mean.quantize(CENT, ROUND_HALF_UP), currency, rate)

    def unpriced_on(self, *, squad: int, day: date) -> list[str]:
        """The roles with seats on a day that have no rate then."""
        people = self.people_on(squad=squad, day=day)
        return [role for role in people if self.rate_on(squad=squad, role=role, day=day) is None]

    @property
    def roles(self) -> list[str]:
        """All roles that a rate or a seat names, in order."""
        return sorted({role for _, role in self.rates} | {role for seats in self.seats.values() for role in seats})

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


def known_roles() -> list[str]:
    """All roles that any rate or seat names, in order."""
    named = (rows.order_by().values_list("role", flat=True).distinct() for rows in (Rate.objects, Seat.objects))
    return sorted({role for roles in named for role in roles})


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
