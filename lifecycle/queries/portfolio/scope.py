"""Which part of the portfolio is asked for: whole months, and the features of a squad or a tribe."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from django.db.models import Max, Min, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from features.calendar import DAY, next_start, start_of
from features.errors import Missing, wrong
from features.models import MonthCost, Squad, Tribe

QUARTER: Final = re.compile(r"([0-9]{4})-[Qq]([1-4])")
MONTHS_A_QUARTER: Final = 3
FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2199
ROOT: Final = Coalesce("feature__parent", "feature")
"""Of a row of a feature: the feature itself, of a tweak's its parent."""


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months: the first day of the first, and the last day of the last."""

    first: date
    last: date

    @property
    def months(self) -> tuple[date, ...]:
        """The first days of its months."""
        found, month = [], self.first
        while month <= self.last:
            found.append(month)
            month = next_start(month, "month")
        return tuple(found)

    @property
    def before(self) -> "Period | None":
        """As many months just before it; None where there is no such time."""
        first = months_after(self.first, -len(self.months))
        return Period(first, self.first - DAY) if first.year >= FIRST_YEAR else None

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """The moment it begins, and the moment after it, in the house's time zone."""
        zone = timezone.get_default_timezone()
        ends = (self.first, self.last + timedelta(days=1))
        begins, over = (datetime.combine(day, time.min, tzinfo=zone) for day in ends)
        return begins, over

    def holds(self, day: date | None) -> bool:
        """Whether a day lies in it."""
        return day is not None and self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Scope:
    """All features, or those of a squad or a tribe (slugs; empty: all)."""

    squad: str = ""
    tribe: str = ""

    def of(self, path: str) -> Q:
        """The condition on rows whose squad stands at `path`."""
        found = Q(**{f"{path}__slug": self.squad}) if self.squad else Q()
        return found & Q(**{f"{path}__tribe__slug": self.tribe}) if self.tribe else found

    def of_family(self, path: str) -> Q:
        """The condition on rows of a feature at `path`: a tweak belongs where its parent does."""
        alone, parent = Q(**{f"{path}__parent__isnull": True}), f"{path}__parent__squad"
        if not (self.squad or self.tribe):
            return Q()
        return (alone & self.of(f"{path}__squad")) | (~alone & self.of(parent))


def scope_of(*, squad: str = "", tribe: str = "") -> Scope:
    """The part that is asked for.

    Raises:
        BadInput: there is no such squad or tribe.
    """
    if squad and not Squad.objects.filter(slug=squad).exists():
        raise wrong("squad", f"There is no squad “{squad}”.", code="unknown")
    if tribe and not Tribe.objects.filter(slug=tribe).exists():
        raise wrong("tribe", f"There is no tribe “{tribe}”.", code="unknown")
    return Scope(squad, tribe)


def whole_months(first: date, last: date) -> Period:
    """The months that hold both days.

    Raises:
        BadInput: the second day lies before the first.
    """
    if last < first:
        raise wrong("to", f"The period ends on {last}, before it begins on {first}.")
    return Period(start_of(first, "month"), next_start(start_of(last, "month"), "month") - DAY)


def last_months(count: int, *, today: date) -> Period:
    """The month of today and those before it, `count` in all."""
    return whole_months(months_after(today, 1 - count), today)


def everything(*, today: date) -> Period:
    """From the first month with an entry to the last one, or to today where that is later."""
    ends = MonthCost.objects.filter(entries__gt=0).aggregate(first=Min("month"), last=Max("month"))
    return whole_months(min(ends["first"] or today, today), max(ends["last"] or today, today))


def quarter_at(name: str) -> Period:
    """The quarter called `2026-Q4`.

    Raises:
        Missing: there is no such quarter.
    """
    found = QUARTER.fullmatch(name)
    if found is None or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        raise Missing(code="not_found", detail="Name a quarter as 2026-Q4.")
    first = date(int(found[1]), 3 * int(found[2]) - 2, 1)
    return whole_months(first, months_after(first, 2))


def quarter_name(day: date) -> str:
    """The quarter that a day lies in: `2026-Q4`."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


def start_within(day: date, interval: str) -> date:
    """The first day of the month or quarter that a day lies in."""
    month = start_of(day, "month")
    return month if interval == "month" else replace_month(month, (month.month - 1) // 3 * 3 + 1)


def replace_month(day: date, month: int) -> date:
    """The first of another month of the same year."""
    return date(day.year, month, 1)


def months_after(day: date, count: int) -> date:
    """The first day of the month `count` months after that of a day (before it: a negative count)."""
    months = day.year * 12 + day.month - 1 + count
    return date(max(months // 12, 1), months % 12 + 1, 1)
