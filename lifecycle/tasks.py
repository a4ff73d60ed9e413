"""What the clock opens on this floor. Each rings often; what is due is decided in the database."""

from celery import shared_task
from django.utils import timezone

from lifecycle.actions.breaking import trip_breakers
from lifecycle.actions.delivering import deliver_notices
from lifecycle.actions.earning import earn_all
from lifecycle.actions.judging import judge_all
from lifecycle.actions.reviewing import keep_the_calendar


@shared_task
def judge() -> None:
    """Judge the gates for which something is new, then let the circuit breakers trip."""
    now = timezone.now()
    judge_all(now=now)
    trip_breakers(now=now)


@shared_task
def earn() -> None:
    """Book what released features earned in the weeks that are over."""
    earn_all(now=timezone.now())


@shared_task
def review() -> None:
    """Prepare and open the quarter's pruning review when its day has come."""
    keep_the_calendar(now=timezone.now())


@shared_task
def deliver() -> None:
    """Send the notices that wait."""
    deliver_notices(now=timezone.now())
