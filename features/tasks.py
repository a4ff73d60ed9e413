"""What the clock opens on this floor. It rings often; what is due is decided in the database."""

from celery import shared_task
from django.utils import timezone

from features.actions.booking import book_weeks


@shared_task
def book() -> None:
    """Book the weeks of squads that are over."""
    book_weeks(now=timezone.now())
