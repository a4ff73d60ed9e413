"""Booking what squads said they worked on: weeks that are over become investments, by the clock.

One transaction a squad: its entries and the mark that they are booked stand together or not at all, so a worker that is
killed loses nothing and two of them double nothing. An entry is known by `squad:day:feature:role`; booked again
unchanged it writes nothing, changed it is a revision, taken out it is a revision to 0.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, F, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from features.actions.investment import InvestmentRow, record_investments
from features.enums import Category
from features.errors import Refusal
from features.models import Allocation, Investment, Squad
from features.queries.allocations import sunday_of, unbooked, week_of
from features.queries.effort import Part, parts_of
from features.queries.rates import load_rates
from features.queries.stints import stints_by_feature

SOURCE: Final = "allocation"
AT_ONCE: Final = 200
"""Weeks of squads that one tick books at most; what is left waits for the next."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Booked:
    """What a tick came to: weeks of squads, and the entries that are new or revised."""

    weeks: int = 0
    new: int = 0
    revised: int = 0

    def __add__(self, other: "Booked") -> "Booked":
        return Booked(self.weeks + other.weeks, self.new + other.new, self.revised + other.revised)


def book_weeks(*, now: datetime, limit: int = AT_ONCE) -> Booked:
    """Book the weeks that are over and not booked as they stand, the oldest first, `limit` of them at most.

    A squad that cannot be booked is logged and does not hold up the others.
    """
    due = unbooked(today=timezone.localdate(now)).order_by("week", "squad").values_list("squad", "week").distinct()
    done = Booked()
    for squad, pairs in groupby(sorted(due[:limit]), key=itemgetter(0)):
        try:
            done += _book(squad, [week for _, week in pairs], now)
        except Refusal as refusal:
            log.warning("The weeks of squad %s were not booked; the next tick tries again: %s", squad, refusal.detail)
    return done


@transaction.atomic
def _book(squad_id: int, weeks: Sequence[date], now: datetime) -> Booked:
    """Book these weeks of a squad. Rates are read under its lock: a change waits, or has taken the mark off already."""
    held = Squad.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
    squad = held.filter(pk=squad_id).first()
    if squad is None:
        return Booked()  # another worker books it, or somebody is changing it
    due = unbooked(today=timezone.localdate(now)).filter(squad=squad, week__in=weeks)
    rows = list(due.select_related("feature").order_by("week", "pk"))
    entries = [*_entries(squad, rows)]
    entries += _taken_out(squad, rows, {entry.external_id for entry in entries})
    recorded = record_investments(entries=entries, by=None, now=now) if entries else None
    # never before the change itself, however the clocks of two machines differ
    mark = Greatest(Value(now, output_field=DateTimeField()), F("changed_at"))
    Allocation.objects.filter(pk__in=[row.pk for row in rows]).update(booked_at=mark)
    booked = len({row.week for row in rows})
    return Booked(booked, recorded.new, recorded.revised) if recorded else Booked(booked)


def _entries(squad: Squad, rows: Sequence[Allocation]) -> Iterator[InvestmentRow]:
    rates, stints = load_rates(squads=[squad.pk]), stints_by_feature({row.feature_id for row in rows})
    for row in rows:
        parts = parts_of(
            feature=row.feature,
            stints=stints.get(row.feature_id, ()),
            percent=row.percent,
            squad=squad.pk,
            week=row.week,
            rates=rates,
        )
        yield from (_entry(squad, row, part) for part in parts)


def _entry(squad: Squad, row: Allocation, part: Part) -> InvestmentRow:
    price = part.price
    currency = price.currency if price else settings.CURRENCY
    days = f"{part.days} day{'' if part.days == 1 else 's'}"
    return InvestmentRow(
        feature=row.feature.key,
        on=part.on,
        category=Category.PEOPLE,
        person_days=part.person_days,
        amount=part.amount,
        currency=currency,
        rate=price.rate if price and currency != settings.CURRENCY else None,
        source=SOURCE,
        external_id=f"{squad.slug}:{part.since}:{row.feature.key}:{part.role}",
        note=f"{row.percent.normalize():f} % of {part.people.normalize():f} {part.role}, {days}",
    )


def _taken_out(squad: Squad, rows: Sequence[Allocation], wanted: set[str]) -> Iterable[InvestmentRow]:
    """Entries of these weeks that stand and should not: what was booked of a share, role or cut that is gone, at 0."""
    about = {(row.feature_id, row.week) for row in rows}
    if not about:
        return
    weeks = {week for _, week in about}
    standing = Investment.objects.filter(
        feature__in={feature for feature, _ in about},
        on__range=(min(weeks), sunday_of(max(weeks))),
        source=SOURCE,
        superseded_at__isnull=True,
        external_id__startswith=f"{squad.slug}:",
    )
    for entry in standing.select_related("feature"):
        if entry.external_id in wanted or (entry.feature_id, week_of(entry.on)) not in about:
            continue
        foreign = entry.amount is not None and entry.currency != settings.CURRENCY
        yield InvestmentRow(
            feature=entry.feature.key,
            on=entry.on,
            category=Category(entry.category),
            person_days=Decimal(0),
            amount=None if entry.amount is None else Decimal(0),
            currency=entry.currency,
            rate=entry.rate if foreign else None,
            source=SOURCE,
            external_id=entry.external_id,
            note=entry.note,
        )
