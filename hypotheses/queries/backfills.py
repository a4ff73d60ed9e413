"""How far the reading of past ranges has come."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Q, QuerySet

from hypotheses.enums import BackfillState, PullState
from hypotheses.models import Backfill, Metric

WAITING_PULLS: Final = (PullState.DUE, PullState.FAILED)
OPEN_PULLS: Final = (*WAITING_PULLS, PullState.RUNNING, PullState.HELD)
"""Those of a backfill that have not come to an end."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A backfill in numbers. `windows`: all of its range; `left`: those that are not read yet.

    `dead`: pulls of it that wait for a person; they count as over.
    """

    id: int
    metric: str
    state: str
    since: datetime
    until: datetime
    windows: int
    left: int
    dead: int
    started_at: datetime
    started_by: str
    stopped_at: datetime | None
    stopped_by: str
    finished_at: datetime | None

    @property
    def read(self) -> int:
        """How many windows are over."""
        return self.windows - self.left


def backfills(*, metric: Metric | None = None) -> QuerySet[Backfill]:
    """The backfills of a metric, or all, the latest first, with what `progress` needs: one query, however many."""
    found = Backfill.objects.select_related("schedule__metric", "started_by", "stopped_by").annotate(
        open_pulls=Count("pulls", filter=Q(pulls__state__in=OPEN_PULLS)),
        dead_pulls=Count("pulls", filter=Q(pulls__state=PullState.DEAD)),
    )
    return found if metric is None else found.filter(schedule__metric=metric)


def progress(backfill: Backfill) -> Progress:
    """One of `backfills` in numbers."""
    width = timedelta(seconds=backfill.every_seconds)
    unplanned = (backfill.until - backfill.cursor) // width
    running = backfill.state != BackfillState.DONE
    return Progress(
        id=backfill.pk,
        metric=backfill.schedule.metric.key,
        state=backfill.state,
        since=backfill.since,
        until=backfill.until,
        windows=(backfill.until - backfill.since) // width,
        left=unplanned + getattr(backfill, "open_pulls", 0) if running else 0,
        dead=getattr(backfill, "dead_pulls", 0),
        started_at=backfill.started_at,
        started_by=backfill.started_by.get_username() if backfill.started_by else "",
        stopped_at=backfill.stopped_at,
        stopped_by=backfill.stopped_by.get_username() if backfill.stopped_by else "",
        finished_at=backfill.finished_at,
    )
