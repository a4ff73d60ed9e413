"""A squad's rate card as people read it: who is there now, what they cost, and every change of either."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q

from features.models import Rate, Seat, Squad
from features.queries.rates import DayRate, load_rates


@dataclass(frozen=True, slots=True)
class RoleNow:
    """One role on a day: how many people, and what a person-day costs; `of_house` tells a rate that is not its own."""

    role: str
    people: Decimal
    price: DayRate | None
    of_house: bool


@dataclass(frozen=True, slots=True)
class RoleChange:
    """One entry of the rate card: so many people or such a rate (one of the two) from a day on, and who said so."""

    role: str
    from_on: date
    people: Decimal | None
    price: DayRate | None
    of_house: bool
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RateCard:
    """`now`: the roles with people or with a rate of the squad's own; `changes`: newest day first."""

    now: tuple[RoleNow, ...]
    changes: tuple[RoleChange, ...]


def rate_card(*, squad: Squad, day: date) -> RateCard:
    """The rate card of a squad as it stands on a day, in four queries."""
    seats = list(Seat.objects.filter(squad=squad).select_related("set_by"))
    roles = {seat.role for seat in seats}
    rows = list(Rate.objects.filter(Q(squad=squad) | Q(squad=None, role__in=roles)).select_related("set_by"))
    changes = [*map(_change, seats), *map(_change, rows)]
    changes.sort(key=lambda change: (-change.from_on.toordinal(), change.role, change.people is None))
    return RateCard(_now(squad, day, rows), tuple(changes))


def _now(squad: Squad, day: date, rows: Sequence[Rate]) -> tuple[RoleNow, ...]:
    rates = load_rates(squads=[squad.pk])
    people = rates.people_on(squad=squad.pk, day=day)
    own = {row.role for row in rows if row.squad_id is not None and row.from_on <= day}
    return tuple(
        RoleNow(
            role=role,
            people=people.get(role, Decimal(0)),
            price=rates.rate_on(squad=squad.pk, role=role, day=day),
            of_house=role not in own,
        )
        for role in sorted({*people, *own})
    )


def _change(row: Seat | Rate) -> RoleChange:
    priced = isinstance(row, Rate)
    return RoleChange(
        role=row.role,
        from_on=row.from_on,
        people=None if priced else row.people,  # type: ignore[union-attr]
        price=DayRate(row.amount, row.currency, row.rate) if priced else None,  # type: ignore[union-attr]
        of_house=row.squad_id is None,
        by=(row.set_by.get_full_name() or row.set_by.get_username()) if row.set_by else "",
        at=row.set_at,
    )
