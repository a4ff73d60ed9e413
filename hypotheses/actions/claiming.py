"""Claims: a due pull is taken by one worker under a lease, given back when that worker is gone.

The database is the truth and its clock the only one. The source's row is locked first and its free slots are counted
after that; only the holder of the lease's token may write what came of it (`pulling`).
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Case, Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from hypotheses.enums import PullState
from hypotheses.models import Metric, Pull, Source
from hypotheses.queries.clock import DatabaseTime, Word
from hypotheses.queries.plug import is_pulled
from hypotheses.sources.base import Window

LEASE: Final = timedelta(seconds=90)
MOST_ATTEMPTS: Final = 8
FROZEN_MILLISECONDS: Final = 15_000
NOT_PULLED: Final = "The metric no longer comes from a source that is pulled."


@dataclass(frozen=True, slots=True)
class Claim:
    """A pull that is ours until its lease ends: everything that is needed to read it, and the token to land it with."""

    pull: Pull
    token: uuid.UUID
    metric: str
    query: str
    definition_hash: str

    @property
    def window(self) -> Window:
        """The stretch of time to read."""
        return Window(self.pull.window_start, self.pull.window_end)


def claimable() -> Q:
    """Pulls whose time has come. The words stand in the statement, so that the partial indexes serve it."""
    return Q(state__in=[Word(PullState.DUE), Word(PullState.FAILED)], due_at__lte=DatabaseTime())


@transaction.atomic
def claim_next(*, worker: str, only: int | None = None, metric: Metric | None = None) -> Claim | None:
    """Take the next due pull (of a metric, or the one with this id) under a fresh token; None when none may be taken.

    The source is locked first and its free slots are counted after that, so racing workers never exceed its limit. On
    PostgreSQL a source that is locked is passed over; on SQLite the transaction itself is the lock.
    """
    _let_go_when_frozen()
    wanted = Pull.objects.filter(claimable())
    if only is not None:
        wanted = wanted.filter(pk=only)
    if metric is not None:
        wanted = wanted.filter(schedule__metric=metric)
    source = _source_with_room(wanted)
    if source is None:
        return None
    pull = wanted.filter(source=source).order_by("due_at", "id").select_related("schedule__metric").first()
    if pull is None:
        return None
    if pull.source_id != pull.schedule.metric.source_id:
        _follow(pull)
        return claim_next(worker=worker, only=only, metric=metric)
    token = uuid.uuid4()
    taken = Pull.objects.filter(pk=pull.pk, state__in=[PullState.DUE, PullState.FAILED]).update(
        state=PullState.RUNNING,
        lease_token=token,
        lease_until=DatabaseTime(LEASE),
        leased_by=worker[:120],
        started_at=DatabaseTime(),
        finished_at=None,
        attempts=F("attempts") + 1,
    )
    if not taken:
        return None
    pull.refresh_from_db(fields=["started_at", "attempts"])
    pull.source = source
    metric = pull.schedule.metric
    return Claim(pull, token, metric.key, metric.query, metric.definition_hash)


def _let_go_when_frozen() -> None:
    """A worker that stands still inside its claim holds its source's row: until the database ends its session."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = %s", [FROZEN_MILLISECONDS])


def _follow(pull: Pull) -> None:
    """A metric moved to another source while this pull was with a worker: it comes from there now, or not at all."""
    metric = pull.schedule.metric
    moved: dict[str, Any] = {"source": metric.source_id}
    if not is_pulled(metric):
        moved = {"state": PullState.SKIPPED, "error": NOT_PULLED, "finished_at": DatabaseTime()}
    Pull.objects.filter(pk=pull.pk).update(**moved)


def _source_with_room(wanted: QuerySet[Pull]) -> Source | None:
    """The source with the oldest due pull that has a free slot, locked.

    Asked twice: the first look may be older than the lock, the second sees what the last holder of the lock committed.
    """
    oldest = wanted.filter(source=OuterRef("pk")).order_by("due_at", "id").values("due_at")[:1]
    looking = (
        _with_room(Source.objects.all())
        .annotate(oldest=Subquery(oldest))
        .filter(oldest__isnull=False)
        .order_by("oldest", "pk")
        .select_for_update(skip_locked=True, of=("self",), no_key=True)
    )
    found = looking.first()
    if found is None:
        return None
    return _with_room(Source.objects.filter(pk=found.pk)).first()


def _with_room(sources: QuerySet[Source]) -> QuerySet[Source]:
    """Those whose breaker lets a pull through and that have a free slot; a resting one that wakes gets one probe."""
    running = (
        Pull.objects.filter(source=OuterRef("pk"), state=Word(PullState.RUNNING), lease_until__gte=DatabaseTime())
        .order_by()
        .values("source")
        .annotate(count=Count("pk"))
        .values("count")
    )
    return sources.annotate(
        running=Coalesce(Subquery(running, output_field=IntegerField()), 0),
        slots=Case(When(breaker_until__isnull=True, then=F("max_concurrency")), default=1),
    ).filter(Q(breaker_until__isnull=True) | Q(breaker_until__lte=DatabaseTime()), running__lt=F("slots"))


def give_back(*, worker: str) -> int:
    """Put the pulls of a worker that is known to be gone back to due, without waiting for their leases to end.

    worker: how the names of its leases begin. Gives how many there were.
    """
    cut_off = Pull.objects.filter(state=PullState.RUNNING, leased_by__startswith=worker)
    return cut_off.update(
        state=PullState.DUE,
        lease_token=None,
        lease_until=None,
        due_at=DatabaseTime(),
        lost_leases=F("lost_leases") + 1,
    )


def free_expired() -> int:
    """Put pulls whose lease has ended back to due; one that keeps losing its worker is dead. Gives their number."""
    expired = Pull.objects.filter(state=Word(PullState.RUNNING), lease_until__lt=DatabaseTime())
    gone = {"lease_token": None, "lease_until": None, "lost_leases": F("lost_leases") + 1}
    dead = expired.filter(attempts__gte=MOST_ATTEMPTS).update(
        state=PullState.DEAD,
        error=f"Its worker was lost {MOST_ATTEMPTS} times. Look at the worker's memory and log, then retry.",
        finished_at=DatabaseTime(),
        **gone,
    )
    return dead + expired.update(state=PullState.DUE, **gone)
