"""When things happened, relative to the moment the demo is made."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.utils import timezone

from features.calendar import start_of
from lifecycle.demo.script import Ago, Life, When

WEEK, DAY, HOUR, MINUTE = timedelta(days=7), timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
THURSDAY, SATURDAY = 3, 5
HISTORY_WEEKS = 104
ALLOCATED_WEEKS = 3
"""So many whole weeks before the one in which the demo is made are allocated; those before are time sheets."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The demo's days. Warehouse weeks close on Thursdays at midnight UTC; `eve` is the last one that has closed."""

    made: datetime

    @property
    def eve(self) -> datetime:
        """The last Thursday, 00:00 UTC."""
        midnight = self.made.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight - DAY * ((midnight.weekday() - THURSDAY) % 7)

    @property
    def beginning(self) -> datetime:
        """The first day of the history."""
        return self.eve - HISTORY_WEEKS * WEEK

    @property
    def this_week(self) -> date:
        """The Monday of the week in which the demo is made."""
        return start_of(timezone.localdate(self.made), "week")

    @property
    def first_allocated(self) -> date:
        """The Monday of the first week that squads allocated."""
        return self.this_week - ALLOCATED_WEEKS * WEEK

    def closing(self, weeks: int) -> datetime:
        """When the warehouse week closed that lies so many weeks before the last."""
        return self.eve - weeks * WEEK

    def closing_before(self, moment: datetime) -> datetime:
        """The last closing before a moment."""
        return self.eve - -((moment - self.eve) // WEEK) * WEEK if moment < self.eve else self.eve

    def moment(self, when: When, life: Life, *, order: int = 0) -> datetime:
        """The moment of an act. A life keeps its hour and avoids weekends; `order` sets acts minutes apart."""
        if isinstance(when, Ago):
            return self.made - when.days * DAY + order * MINUTE
        day = self.eve - round(when * 7) * DAY + (DAY if life.friday else timedelta())
        if day.weekday() >= SATURDAY:
            day += (7 - day.weekday()) * DAY
        seed = sum(life.key.encode())
        return day + (8 + seed % 7) * HOUR + (seed % 4 * 13 + order) * MINUTE
