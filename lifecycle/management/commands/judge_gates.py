"""Judging the gates by hand."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from lifecycle.actions.breaking import trip_breakers
from lifecycle.actions.judging import judge_all


class Command(BaseCommand):
    """`manage.py judge_gates`: what the clock does every few seconds, once, now."""

    help = "Judge every gate for which something is new, and say how many fell due."

    def handle(self, *args: Any, **options: Any) -> None:
        """Judge, then let the circuit breakers trip."""
        now = timezone.now()
        fell_due = judge_all(now=now)
        ended = trip_breakers(now=now)
        self.stdout.write(f"{fell_due} gates fell due, {ended} were ended by the policy of Think It.")
