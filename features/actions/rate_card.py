"""The rate card: what a person-day of a role costs, and how many people of each role a squad has, from a day on.

What begins later never touches weeks that lie before it. What begins in the past corrects them: the weeks that it is
about, and no others, are booked again at the clock's next tick, as revisions that keep what stood before (ADR 12).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet

from features.actions.ledger import CURRENCY_CODE, FIRST_DAY, LARGEST_RATE
from features.actions.recording import record
from features.enums import Standing
from features.errors import BadInput, FieldError, Forbidden, wrong
from features.models import Allocation, Rate, Seat, Squad
from features.numbers import exact
from features.queries.people import may_act_for
from features.queries.rates import WORKING_DAYS
from features.texts import visible

LONGEST_ROLE: Final = 40
LAST_DAY: Final = date(2199, 12, 31)
MOST: Final = Decimal(10) ** 7
"""A person-day costs less than this, in its own currency and in the house's."""
MOST_PEOPLE: Final = Decimal(10_000)


@dataclass(frozen=True, slots=True)
class Noted:
    """What came of it: the row that stands, whether that is new, and how many booked weeks are booked again."""

    row: Rate | Seat
    changed: bool
    rebooked: int


@transaction.atomic
def set_rate(
    *,
    squad: Squad | None,
    role: str,
    from_on: date,
    amount: Decimal,
    by: User | None,
    now: datetime,
    currency: str = "",
    rate: Decimal | None = None,
) -> Noted:
    """Say what one person-day of a role costs from a day on, for a squad or (None) for the house.

    `rate` turns `currency`, where it is foreign, into the house's own. Said twice, the second time writes nothing.

    Raises:
        Forbidden: neither a lead of the squad, a leader of its tribe nor an administrator; for the house: no
            administrator. BadInput: what is wrong, by field.
    """
    _require_keeper(squad, by)
    role, currency = _role(role), currency or settings.CURRENCY
    _require(_day_doubts(from_on) + _price_doubts(amount, currency, rate))
    price = {"amount": amount, "currency": currency, "rate": Decimal(1) if rate is None else rate}
    _lock(squad)
    earlier = Rate.objects.filter(squad=squad, role=role, from_on=from_on).first()
    if earlier is not None and all(getattr(earlier, name) == value for name, value in price.items()):
        return Noted(earlier, changed=False, rebooked=0)
    before = None if earlier is None else {name: getattr(earlier, name) for name in price}
    row = earlier or Rate(squad=squad, role=role, from_on=from_on)
    for name, value in {**price, "set_at": now, "set_by": by}.items():
        setattr(row, name, value)
    row.save()
    ends = _next(Rate.objects.filter(squad=squad), role, from_on)
    rebooked = _book_again(squad, role, from_on, ends)
    _note("rate_set", squad, row, before=before, after=price, rebooked=rebooked, by=by, now=now)
    return Noted(row, changed=True, rebooked=rebooked)


@transaction.atomic
def set_seat(*, squad: Squad, role: str, from_on: date, people: Decimal, by: User | None, now: datetime) -> Noted:
    """Say how many people of a role a squad has from a day on: 0.5 is half a person, 0 is none any more.

    Raises:
        Forbidden: neither a lead of the squad, a leader of its tribe nor an administrator. BadInput: by field.
    """
    _require_keeper(squad, by)
    role = _role(role)
    errors = _day_doubts(from_on)
    if not exact(people, MOST_PEOPLE, places=2, low=Decimal(0)):
        errors.append(
            FieldError("people", "invalid", "People are 0 or more, less than 10,000, with 2 decimals at most.")
        )
    _require(errors)
    _lock(squad)
    earlier = Seat.objects.filter(squad=squad, role=role, from_on=from_on).first()
    if earlier is not None and earlier.people == people:
        return Noted(earlier, changed=False, rebooked=0)
    before = None if earlier is None else {"people": earlier.people}
    row = earlier or Seat(squad=squad, role=role, from_on=from_on)
    row.people, row.set_at, row.set_by = people, now, by
    row.save()
    rebooked = _book_again(squad, role, from_on, _next(Seat.objects.filter(squad=squad), role, from_on))
    _note("seat_set", squad, row, before=before, after={"people": people}, rebooked=rebooked, by=by, now=now)
    return Noted(row, changed=True, rebooked=rebooked)


@transaction.atomic
def set_role(
    *,
    squad: Squad,
    role: str,
    from_on: date,
    by: User | None,
    now: datetime,
    people: Decimal | None = None,
    amount: Decimal | None = None,
    currency: str = "",
    rate: Decimal | None = None,
) -> list[Noted]:
    """Say both of a squad's role at once: how many people, what a day of theirs costs, or one of the two.

    Raises:
        Forbidden, BadInput: as `set_seat` and `set_rate` do.
    """
    if people is None and amount is None:
        raise wrong("people", "Say how many people there are, what a day of theirs costs, or both.", code="required")
    done = []
    if people is not None:
        done.append(set_seat(squad=squad, role=role, from_on=from_on, people=people, by=by, now=now))
    if amount is not None:
        price = {"amount": amount, "currency": currency, "rate": rate}
        done.append(set_rate(squad=squad, role=role, from_on=from_on, by=by, now=now, **price))  # type: ignore[arg-type]
    return done


def may_keep_rates(person: User, squad: Squad) -> bool:
    """Whether a person may say what the squad's people cost: its leads, its tribe's leaders, administrators."""
    return may_act_for(person, squad, at_least=Standing.LEAD)


def _require_keeper(squad: Squad | None, by: User | None) -> None:
    if by is None or (by.is_superuser and by.is_active):
        return
    if squad is None:
        raise Forbidden(code="not_yours", detail="Only administrators set the rates of the house.")
    if not may_keep_rates(by, squad):
        who = f"Leads of {squad.name}, leaders of its tribe and administrators"
        raise Forbidden(code="not_yours", detail=f"{who} set its seats and rates.")


def _lock(squad: Squad | None) -> None:
    """Nobody books meanwhile: whoever comes later reads the new row, whoever came first is booked again."""
    squads = Squad.objects.select_for_update(no_key=True, of=("self",)).order_by("pk")
    list((squads if squad is None else squads.filter(pk=squad.pk)).values_list("pk", flat=True))


def _next(rows: "QuerySet[Rate] | QuerySet[Seat]", role: str, from_on: date) -> date | None:
    """When the next row of the role begins, which ends this one."""
    later = rows.filter(role=role, from_on__gt=from_on).order_by("from_on")
    return later.values_list("from_on", flat=True).first()


def _book_again(squad: Squad | None, role: str, from_on: date, ends: date | None) -> int:
    """Take the mark of the clock off the shares that this is about; how many weeks of squads these are."""
    about = Q(week__gt=from_on - timedelta(days=WORKING_DAYS), booked_at__isnull=False)
    if ends is not None:
        about &= Q(week__lt=ends)
    if squad is not None:
        about &= Q(squad=squad)
    else:
        about &= Q(squad__in=Seat.objects.filter(role=role).values("squad"))
    rows = Allocation.objects.filter(about)
    weeks = rows.filter(percent__gt=0).order_by().values("squad", "week").distinct().count()
    rows.update(booked_at=None)
    return weeks


def _role(role: str) -> str:
    """A role as it is kept: in lower case, with single blanks, so that “Developer” and “developer” are one."""
    said = " ".join(visible(role).lower().split())
    if not said:
        raise wrong("role", "Name the role, for example “developer”.", code="required")
    if len(said) > LONGEST_ROLE or ":" in said:
        raise wrong("role", f"A role has {LONGEST_ROLE} characters at most, and no colon.")
    return said


def _day_doubts(from_on: date) -> list[FieldError]:
    if FIRST_DAY <= from_on <= LAST_DAY:
        return []
    return [FieldError("from_on", "out_of_range", "This day lies before 1970 or after 2199.")]


def _price_doubts(amount: Decimal, currency: str, rate: Decimal | None) -> list[FieldError]:
    if not CURRENCY_CODE.fullmatch(currency):
        detail = f"“{currency}” is not three capital letters, A to Z, as ISO 4217 writes currencies: EUR."
        return [FieldError("currency", "invalid", detail)]
    if currency == settings.CURRENCY and rate not in (None, Decimal(1)):
        return [FieldError("rate", "invalid", f"The rate of {currency} to itself is 1.")]
    if currency != settings.CURRENCY and rate is None:
        return [FieldError("rate", "required", f"Give the rate that turns {currency} into {settings.CURRENCY}.")]
    if rate is not None and not exact(rate, LARGEST_RATE, places=8, low=Decimal("0.00000001")):
        return [FieldError("rate", "invalid", "A rate is above 0, with 8 decimals at most.")]
    if not exact(amount, MOST, places=2, low=Decimal(0)) or amount * (rate or 1) >= MOST:
        return [
            FieldError(
                "amount", "invalid", "A person-day costs 0 or more, less than 10 million, with 2 decimals at most."
            )
        ]
    return []


def _note(
    act: str,
    squad: Squad | None,
    row: Rate | Seat,
    *,
    before: Mapping[str, object] | None,
    after: Mapping[str, object],
    rebooked: int,
    by: User | None,
    now: datetime,
) -> None:
    subject = f"squad:{squad.slug}" if squad else "house:rates"
    body = {"role": row.role, "from_on": row.from_on, "before": before, "after": after, "rebooked_weeks": rebooked}
    record(act=act, subject=subject, by=by, now=now, body=body)


def _require(errors: list[FieldError]) -> None:
    if errors:
        raise BadInput(code="invalid", detail=errors[0].detail, errors=errors)
