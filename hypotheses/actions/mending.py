"""What a person does about pulls: try again, leave one out, read now."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max, QuerySet

from features.actions.recording import record
from features.errors import Conflict
from features.texts import needed_text
from hypotheses.actions.planning import first_window
from hypotheses.enums import BackfillState, PullState
from hypotheses.models import Metric, Pull, Schedule, Source
from hypotheses.queries.clock import DatabaseTime, database_now
from hypotheses.queries.plug import is_pulled

RETRIED = (PullState.DEAD, PullState.FAILED)
LEFT_OUT = (PullState.DUE, PullState.FAILED, PullState.DEAD, PullState.HELD)


@transaction.atomic
def retry_pull(*, pull: Pull, by: User | None, now: datetime) -> Pull:
    """Make a failed or dead pull due at once, with all its attempts before it. One that waits or runs stays as it is.

    Raises:
        Conflict: `pull_over`, it has succeeded or was left out. `pull_held`, its backfill was stopped.
    """
    pull = Pull.objects.select_for_update(of=("self",)).select_related("schedule__metric").get(pk=pull.pk)
    if pull.state in (PullState.DUE, PullState.RUNNING):
        return pull
    if pull.state == PullState.HELD:
        raise Conflict(code="pull_held", detail="Its backfill was stopped, and holds it. Resume that.")
    if pull.state not in RETRIED:
        raise Conflict(
            code="pull_over",
            detail=f"This pull has {'succeeded' if pull.state == PullState.SUCCEEDED else 'been left out'} already. "
            "To read its window once more, pull the metric again from that day on.",
        )
    _make_due(Pull.objects.filter(pk=pull.pk))
    record(act="pull.retried", subject=_subject(pull), by=by, now=now, body={"pull": pull.pk, "error": pull.error})
    pull.refresh_from_db()
    return pull


@transaction.atomic
def retry_dead(*, source: Source, by: User | None, now: datetime) -> int:
    """Make all dead pulls of a source due again, and let its breaker go: for when the source has been mended."""
    Source.objects.select_for_update(no_key=True).get(pk=source.pk)
    count = _make_due(Pull.objects.filter(source=source, state=PullState.DEAD))
    Source.objects.filter(pk=source.pk).update(fail_streak=0, breaker_until=None)
    record(act="source.retried", subject=f"source:{source.key}", by=by, now=now, body={"pulls": count})
    return count


def _make_due(pulls: QuerySet[Pull]) -> int:
    """One of a backfill that was stopped leaves it: the next tick would hold it."""
    pulls.filter(backfill__state=BackfillState.STOPPED).update(backfill=None)
    return pulls.update(state=PullState.DUE, due_at=DatabaseTime(), attempts=0, error="")


@transaction.atomic
def skip_pull(*, pull: Pull, by: User | None, now: datetime, reason: str) -> Pull:
    """Leave a window out for good, with a reason: the source has lost it, say.

    Raises:
        BadInput: no reason. Conflict: `pull_over`, it is running, has succeeded, or was left out.
    """
    reason = needed_text(reason, "reason", "Say why this window is left out.")
    pull = Pull.objects.select_for_update(of=("self",)).select_related("schedule__metric").get(pk=pull.pk)
    if pull.state not in LEFT_OUT:
        raise Conflict(code="pull_over", detail=f"This pull is {pull.state}; only a waiting one can be left out.")
    Pull.objects.filter(pk=pull.pk).update(state=PullState.SKIPPED, error=reason, finished_at=DatabaseTime())
    record(act="pull.skipped", subject=_subject(pull), by=by, now=now, body={"pull": pull.pk, "reason": reason})
    pull.refresh_from_db()
    return pull


@transaction.atomic
def pull_now(*, metric: Metric, by: User | None, now: datetime) -> Pull:
    """Read a metric now: its last closed window once more, and what has come since. The caller rings afterwards.

    Asked twice before it was read, it is the same pull.

    Raises:
        Conflict: `not_pulled`, the metric has no schedule.
    """
    schedule = Schedule.objects.select_for_update(no_key=True).filter(metric=metric).first()
    metric = Metric.objects.select_related("source").get(pk=metric.pk)
    if schedule is None or metric.source_id is None or not is_pulled(metric):
        raise Conflict(code="not_pulled", detail=f"{metric.name} has no source that it could be pulled from.")
    moment = database_now()
    open_window = first_window(now=moment, every_seconds=schedule.every_seconds)
    start = min(schedule.cursor, open_window) - timedelta(seconds=schedule.every_seconds)
    last = schedule.pulls.filter(window_start=start).aggregate(last=Max("pass_number"))["last"]
    waiting = schedule.pulls.filter(
        window_start=start, pass_number=last, state__in=(PullState.DUE, PullState.RUNNING), due_at__lte=moment
    ).first()
    if waiting is not None:
        return waiting
    pull = Pull.objects.create(
        schedule=schedule,
        source_id=metric.source_id,
        window_start=start,
        window_end=moment,
        pass_number=0 if last is None else last + 1,
        due_at=DatabaseTime(),
    )
    record(act="metric.pulled", subject=f"metric:{metric.key}", by=by, now=now, body={"pull": pull.pk})
    pull.refresh_from_db()
    return pull


def _subject(pull: Pull) -> str:
    return f"metric:{pull.schedule.metric.key}"
