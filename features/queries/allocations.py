"""What squads work on, week by week. A week is named by its Monday; a share of 0 is one that was taken out."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db.models import F, Max, Q, QuerySet
from django.utils import timezone

from features.calendar import DAY, WEEK, start_of
from features.enums import Status
from features.models import Allocation, Feature, Squad
from features.numbers import CENT
from features.queries.effort import Part, parts_of
from features.queries.rates import Rates, load_rates
from features.queries.stints import stints_by_feature

HUNDRED: Final = Decimal(100)
UNBOOKED: Final = Q(booked_at__isnull=True) | Q(booked_at__lt=F("changed_at"))
"""Not booked as it stands; as the index of the clock has it."""

Shares = dict[str, Decimal]
"""Percent by the key of the feature, without zeros."""


def week_of(day: date) -> date:
    """The Monday of the week that a day lies in."""
    return start_of(day, "week")


def is_over(week: date, today: date) -> bool:
    """Whether the week that begins on this Monday is over: its seven days have passed."""
    return week + WEEK <= today


def unbooked(*, today: date) -> QuerySet[Allocation]:
    """The allocations of weeks that are over and not booked as they stand."""
    return Allocation.objects.filter(UNBOOKED, week__lt=week_of(today))


def shares_in(*, squad: Squad, week: date) -> Shares:
    """What the squad works on in the week."""
    rows = Allocation.objects.filter(squad=squad, week=week, percent__gt=0).order_by("feature__key")
    return dict(rows.values_list("feature__key", "percent"))


def state_of(shares: Mapping[str, Decimal]) -> str:
    """A short word for exactly these shares: who writes names the one that was read, and is told what changed since."""
    said = ",".join(f"{key}={share.quantize(CENT)}" for key, share in sorted(shares.items()) if share)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def week_before(*, squad: Squad, week: date) -> date | None:
    """The last earlier week in which the squad worked on anything."""
    earlier = Allocation.objects.filter(squad=squad, week__lt=week, percent__gt=0)
    found: date | None = earlier.aggregate(last=Max("week"))["last"]
    return found


@dataclass(frozen=True, slots=True)
class Share:
    """One feature in a squad's week: its percent now and in the week before, and what that comes to."""

    feature: Feature
    percent: Decimal
    before: Decimal
    parts: tuple[Part, ...] = ()
    takes_more: bool = True

    @property
    def person_days(self) -> Decimal:
        """The person-days of all roles."""
        return sum((part.person_days for part in self.parts), Decimal(0))


@dataclass(frozen=True, slots=True)
class Week:
    """A squad's week. `before` is the Monday of the last earlier week that has shares; `state` a word for the shares.

    `booked_at` is when all of it was booked last, None when something is still to be booked; `by` and `at` tell who
    changed it last, and when. `capacity` are the person-days of each role.
    """

    squad: Squad
    monday: date
    shares: tuple[Share, ...]
    before: date | None
    state: str
    is_over: bool
    booked_at: datetime | None
    by: str
    at: datetime | None
    capacity: Mapping[str, Decimal]

    @property
    def total(self) -> Decimal:
        """All shares together, in percent."""
        return sum((share.percent for share in self.shares), Decimal(0))

    @property
    def rest(self) -> Decimal:
        """What is not allocated, in percent."""
        return HUNDRED - self.total

    @property
    def parts(self) -> tuple[Part, ...]:
        """All that it comes to."""
        return tuple(part for share in self.shares for part in share.parts)


def week_view(*, squad: Squad, week: date, now: datetime) -> Week:
    """A squad's week with every feature that a share may go into, or has gone into; a fixed number of queries."""
    rows = {row.feature_id: row for row in _rows(squad, week)}
    standing = {pk: row.percent for pk, row in rows.items() if row.percent}
    last = week_before(squad=squad, week=week)
    before = {row.feature_id: row.percent for row in _rows(squad, last)} if last else {}
    features = list(_features(squad, week, {*standing, *before}))
    rates, stints = load_rates(squads=[squad.pk]), stints_by_feature(list(standing))

    def share(feature: Feature) -> Share:
        percent = standing.get(feature.pk, Decimal(0))
        parts = parts_of(
            feature=feature, stints=stints.get(feature.pk, ()), percent=percent, squad=squad.pk, week=week, rates=rates
        )
        open_to = may_take(feature, squad=squad, week=week)
        return Share(feature, percent, before.get(feature.pk, Decimal(0)), tuple(parts), open_to)

    shares = [share(feature) for feature in features]
    shares.sort(key=lambda one: (not one.percent, not one.before, one.feature.name.casefold(), one.feature.key))
    last_change = max(rows.values(), key=lambda row: row.changed_at, default=None)
    who = last_change.changed_by if last_change else None
    return Week(
        squad=squad,
        monday=week,
        shares=tuple(shares),
        before=last,
        state=state_of({one.feature.key: one.percent for one in shares}),
        is_over=is_over(week, timezone.localdate(now)),
        booked_at=_booked_at(rows.values()),
        by=(who.get_full_name() or who.get_username()) if who else "",
        at=last_change.changed_at if last_change else None,
        capacity=_capacity(rates, squad, week),
    )


def may_take(feature: Feature, *, squad: Squad, week: date) -> bool:
    """Whether a share of the squad's week may go into a feature: it is the squad's own, and had not ended before."""
    return feature.squad_id == squad.pk and not (feature.ended_on is not None and feature.ended_on < week)


def _rows(squad: Squad, week: date) -> QuerySet[Allocation]:
    return Allocation.objects.filter(squad=squad, week=week).select_related("changed_by")


def _features(squad: Squad, week: date, others: Collection[int]) -> QuerySet[Feature]:
    """Its own features that were there in that week, and whatever else has a share."""
    alive = Q(status__in=[Status.ACTIVE, Status.REMOVING]) | Q(ended_on__gte=week)
    return Feature.objects.filter((Q(squad=squad) & alive) | Q(pk__in=others))


def _booked_at(rows: Collection[Allocation]) -> datetime | None:
    booked = [row.booked_at for row in rows if row.booked_at is not None and row.booked_at >= row.changed_at]
    return max(booked, default=None) if len(booked) == len(rows) else None


def _capacity(rates: Rates, squad: Squad, week: date) -> dict[str, Decimal]:
    return rates.days_in(squad=squad.pk, week=week)


def sunday_of(week: date) -> date:
    """The last day of the week that begins on this Monday."""
    return week + WEEK - DAY


def furthest(today: date) -> date:
    """The last week that can be planned: a year ahead."""
    return week_of(today + timedelta(days=366))
