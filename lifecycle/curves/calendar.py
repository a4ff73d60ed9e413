"""Weeks and months: where each starts. Weeks are ISO weeks, they start on Mondays."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

INTERVALS: Final = ("week", "month")


def start_of(day: date, interval: str) -> date:
    """The first day of the week or month that the day lies in."""
    return day.replace(day=1) if interval == "month" else day - timedelta(days=day.weekday())


def next_start(start: date, interval: str) -> date:
    """The first day of the week or month after the one that starts on `start`."""
    if interval != "month":
        return start + timedelta(days=7)
    return date(start.year + start.month // 12, start.month % 12 + 1, 1)


def starts_between(first: date, last: date, interval: str) -> Iterator[date]:
    """The starts of all weeks or months that touch the days from `first` to `last`, both included."""
    start = start_of(first, interval)
    while start <= last:
        yield start
        start = next_start(start, interval)
