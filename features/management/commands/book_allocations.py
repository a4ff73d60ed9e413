"""`manage.py book_allocations`: the clock's booking of weeks, by hand."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from features.actions.booking import Booked, book_weeks


class Command(BaseCommand):
    """Books until nothing is left; running it again writes nothing."""

    help = "Book the weeks that are over as investments, as the clock does by itself."

    def handle(self, *args: Any, **options: Any) -> None:
        """Batch by batch, and say what it came to."""
        done, last = Booked(), None
        while last is None or last.weeks:
            last = book_weeks(now=timezone.now())
            done += last
        self.stdout.write(f"{done.weeks} weeks were booked: {done.new} new entries, {done.revised} revised.")
