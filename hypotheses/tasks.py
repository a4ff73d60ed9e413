"""What the clock opens: each task is one action. Messages only ring; what is due stands in the database."""

from celery import Task, shared_task
from django.utils import timezone

from hypotheses.actions import planning, pulling
from hypotheses.actions.weighing import weigh_all
from hypotheses.queries.clock import database_now

WEIGHED_AT_ONCE = 200

process_name = ""
"""What this process calls itself in its leases, so that its next start can take them back; by default as Celery does.

(Under a pool of threads Celery's own name for it is that of the machine alone.)
"""


@shared_task
def tick() -> None:
    """Plan what has closed, free what was lost, and ring a few workers."""
    ticked = planning.tick(now=database_now())
    for _ in range(ticked.doorbells):
        drain.delay()


@shared_task(bind=True)
def drain(self: Task, first: int | None = None) -> None:
    """Carry out due pulls until none is left or the time is up; `first` goes before the others."""
    pulling.drain(worker=process_name or self.request.hostname or "worker", first=first)


@shared_task
def weigh() -> None:
    """Weigh the stages with results that no evidence has seen."""
    weigh_all(now=timezone.now(), limit=WEIGHED_AT_ONCE)
