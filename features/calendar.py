"""Weeks, months, and the cells that they cut time into. Weeks are ISO weeks, they start on Mondays.

A **cell** is the days that share both a week and a month: a whole week, or the part of one that lies in a month. Sums
by cell add up to weeks as well as to months, so one table of them serves both.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

INTERVALS: Final = ("week", "month")
DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)


def start_of(day: date, interval: str) -> date:
    """The first day of the week or month that the day lies in."""
    return day.replace(day=1) if interval == "month" else day - timedelta(days=day.weekday())


def next_start(start: date, interval: str) -> date:
    """The first day of the week or month after the one that starts on `start`."""
    if interval != "month":
        return start + WEEK
    return date(start.year + start.month // 12, start.month % 12 + 1, 1)


def starts_between(first: date, last: date, interval: str) -> Iterator[date]:
    """The starts of all weeks or months that touch the days from `first` to `last`, both included."""
    start = start_of(first, interval)
    while start <= last:
        yield start
        start = next_start(start, interval)


def cell_of(day: date) -> date:
    """The first day of the cell that the day lies in."""
    return day - DAY * min(day.weekday(), day.day - 1)


def cell_end(day: date) -> date:
    """The last day of the cell that the day lies in."""
    return min(next_start(start_of(day, "week"), "week"), next_start(start_of(day, "month"), "month")) - DAY


def days_of_cell(day: date) -> tuple[date, ...]:
    """All days of the cell that the day lies in, oldest first: one to seven."""
    first = cell_of(day)
    return tuple(first + DAY * place for place in range((cell_end(day) - first).days + 1))
