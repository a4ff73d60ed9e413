"""The squads' seats and rates, and what they say their last weeks went into: booked as the clock would have."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_FLOOR, Decimal
from typing import Final

from django.contrib.auth.models import User
from django.utils import timezone

from features.actions.allocating import allocate
from features.actions.booking import book_weeks
from features.actions.rate_card import set_rate, set_seat
from features.calendar import start_of
from features.enums import Status
from features.models import Allocation, Feature, Squad
from features.queries.allocations import HUNDRED
from features.queries.rates import load_rates
from lifecycle.demo.calendar import Calendar
from lifecycle.demo.costs import worked
from lifecycle.demo.living import Company
from lifecycle.demo.people import TEAMS
from lifecycle.demo.script import Life

RATES: Final = {"developer": 620, "designer": 600, "analyst": 580, "data scientist": 680, "copywriter": 520}
"""What a person-day costs the house, from the beginning of the history on."""
RAISED: Final = {"developer": 640}
"""The same, from the first day of this year on."""
OWN: Final = {("player", "audio engineer"): 700}
"""What a squad pays by a rate of its own."""
SEATS: Final = {
    "checkout": {"developer": "5", "designer": "1.5", "analyst": "1"},
    "storefront": {"developer": "4", "designer": "1", "analyst": "1"},
    "player": {"developer": "3", "audio engineer": "1"},
    "discovery": {"developer": "3.5", "data scientist": "1.5", "designer": "0.5"},
    "plans": {"developer": "3.5", "designer": "1", "analyst": "0.5"},
    "outreach": {"developer": "2", "designer": "0.5", "copywriter": "1"},
}
OPEN: Final = "checkout"
"""The squad that has not said yet what this week goes into: a visitor copies the week before."""


def seat(*, squads: Mapping[str, Squad], by: User, calendar: Calendar) -> None:
    """Write the rate cards of the house and the squads, at the beginning of the history."""
    now, first = calendar.beginning, calendar.beginning.date()
    new_year = date(calendar.made.year, 1, 1)
    prices = [
        *((None, role, first, amount) for role, amount in RATES.items()),
        *((None, role, new_year, amount) for role, amount in RAISED.items()),
        *((squads[slug], role, first, amount) for (slug, role), amount in OWN.items()),
    ]
    for squad, role, from_on, amount in prices:
        set_rate(squad=squad, role=role, from_on=from_on, amount=Decimal(amount), by=by, now=now)
    for slug, seats in SEATS.items():
        for role, people in seats.items():
            set_seat(squad=squads[slug], role=role, from_on=first, people=Decimal(people), by=by, now=now)


def allocate_weeks(*, lives: Sequence[Life], company: Company, now: datetime) -> None:
    """What the leads say of the running week, where that is not said yet; weeks that are over are booked."""
    week = start_of(timezone.localdate(now), "week")
    if week < company.calendar.first_allocated:
        return
    told = {life.key: life for life in lives}
    for slug, squad in sorted(company.squads.items()):
        waits = slug == OPEN and week == company.calendar.this_week
        if waits or Allocation.objects.filter(squad=squad, week=week).exists():
            continue
        shares = _shares(told, squad, week)
        if shares:
            allocate(squad=squad, week=week, shares=shares, by=company.people[TEAMS[slug].lead], now=now)
    book_weeks(now=now)


def _shares(told: Mapping[str, Life], squad: Squad, week: date) -> dict[str, Decimal]:
    """The person-days of the squad's features as whole percents of its own; never more than there are."""
    capacity = sum(load_rates(squads=[squad.pk]).days_in(squad=squad.pk, week=week).values(), Decimal(0))
    features = Feature.objects.filter(squad=squad, key__in=told).exclude(status__in=[Status.ENDED, Status.LANDED])
    days = {one.key: worked(told[one.key], one, week) for one in features.order_by("key")}
    whole = max(capacity, sum(days.values(), Decimal(0)))
    shares = {key: (HUNDRED * some / whole).quantize(Decimal(1), ROUND_FLOOR) for key, some in days.items()}
    return {key: share for key, share in shares.items() if share}
