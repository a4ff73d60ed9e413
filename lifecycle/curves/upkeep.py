"""Maintenance is never silently zero: which months of a shipped feature nobody has accounted for."""

from collections.abc import Collection
from datetime import date

from features.calendar import next_start, start_of, starts_between


def unknown_months(
    *, released_on: date | None, entry_days: Collection[date], until: date, ended_on: date | None = None
) -> tuple[date, ...]:
    """First days of the whole months after the release that have no entry of investment at all.

    A month counts when it began on or after the day of release, and is over as of `until` (the day of looking); an
    ended feature's months count up to its end. An entry of zero is an answer: that month is known.
    """
    if released_on is None:
        return ()
    last = until if ended_on is None else min(until, ended_on)
    known = {start_of(day, "month") for day in entry_days}
    return tuple(
        start
        for start in starts_between(released_on, last, "month")
        if start >= released_on and next_start(start, "month") <= last and start not in known
    )
