"""The moments at which time alone may make a gate due."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from lifecycle.phases import Rung


@dataclass(frozen=True, slots=True)
class Limits:
    """When a stint's time box ends, its minimum run is served, its full course is run, and its holdback ends."""

    time_box_ends: datetime | None = None
    minimum_run_ends: datetime | None = None
    full_course_ends: datetime | None = None
    holdback_ends: datetime | None = None

    @property
    def due_latest(self) -> datetime | None:
        """When the gate is due at the latest."""
        ends = (self.time_box_ends, self.full_course_ends, self.holdback_ends)
        return min((moment for moment in ends if moment is not None), default=None)

    def next_after(self, now: datetime) -> datetime | None:
        """The next moment at which it is worth a look."""
        moments = (self.time_box_ends, self.minimum_run_ends, self.full_course_ends, self.holdback_ends)
        return min((moment for moment in moments if moment is not None and moment > now), default=None)


def limits_of(
    *,
    started_at: datetime,
    time_box_days: int | None,
    rung: Rung | None = None,
    holdback_ends_on: date | None = None,
    midnight: Callable[[date], datetime],
) -> Limits:
    """The limits of one stint. Days are of 24 hours from its start; `midnight` gives the start of a local day.

    `rung` is its step in Ship It; `holdback_ends_on` the day on which a holdback that is still kept ends. A limit that
    lies before the start (a holdback that should have been closed already) counts from the start.
    """

    def after(days: int | None) -> datetime | None:
        return started_at + timedelta(days=days) if days is not None else None

    return Limits(
        time_box_ends=after(time_box_days),
        minimum_run_ends=after(rung.minimum_days) if rung else None,
        full_course_ends=after(rung.full_course_days) if rung else None,
        holdback_ends=max(started_at, midnight(holdback_ends_on)) if holdback_ends_on else None,
    )
