"""Reading a past range of a metric once more: started, fed a little at a time, stopped and resumed by a person.

Few of its pulls wait at once, so that what is due today is not kept waiting behind a year of yesterdays.
"""

from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Max

from features.actions.recording import record
from features.errors import Conflict, wrong
from hypotheses.enums import BackfillState, PullState
from hypotheses.models import Backfill, Metric, Pull, Schedule
from hypotheses.queries.backfills import OPEN_PULLS, WAITING_PULLS
from hypotheses.queries.catalogue import require_metric_keeper
from hypotheses.queries.clock import DatabaseTime, database_now
from hypotheses.queries.plug import is_pulled

FED: Final = 50
"""How many pulls of one backfill are open at once."""
MOST_WINDOWS: Final = 100_000


@transaction.atomic
def start_backfill(
    *, metric: Metric, since: datetime, until: datetime | None = None, by: User | None, now: datetime
) -> Backfill:
    """Have the windows of a metric that end after `since`, and begin before `until`, read once more, oldest first.

    until: left out, up to the last window that has closed. The range may lie before the first window that was ever
    planned. What waits already is left as it is, and what is dead gets its attempts back. The same range while it is
    being read is the same backfill, and goes on if it was stopped.

    Raises:
        BadInput: nothing closed lies in the range, or too much. Forbidden: not its keeper.
        Conflict: `not_pulled`, the metric has no source that is pulled. `backfill_open`, another range is being read.
    """
    schedule = Schedule.objects.select_for_update(no_key=True).filter(metric=metric).first()
    metric = Metric.objects.select_related("source").get(pk=metric.pk)
    require_metric_keeper(by, metric)
    if schedule is None or not is_pulled(metric):
        raise Conflict(code="not_pulled", detail=f"{metric.name} has no source that it could be pulled from.")
    first, last = _range(schedule, since, until)
    stands = schedule.backfills.exclude(state=BackfillState.DONE).first()
    if stands is not None and stands.since == first and (until is None or stands.until == last):
        return resume_backfill(backfill=stands, by=by, now=now)
    if stands is not None:
        raise Conflict(
            code="backfill_open",
            detail=f"{metric.name} is being read again from {stands.since:%Y-%m-%d %H:%M} to "
            f"{stands.until:%Y-%m-%d %H:%M}. Let that end first; a stopped one is resumed.",
        )
    made = Backfill.objects.create(
        schedule=schedule, since=first, until=last, cursor=first, every_seconds=schedule.every_seconds,
        started_at=now, started_by=by,
    )  # fmt: skip
    _plan(made, metric)
    _record("metric.backfill_started", made, by, now)
    return made


def _range(schedule: Schedule, since: datetime, until: datetime | None) -> tuple[datetime, datetime]:
    """The range on the schedule's own grid: from the start of the window in which `since` lies."""
    width = timedelta(seconds=schedule.every_seconds)
    last = schedule.cursor
    last -= max(0, -((database_now() - last) // width)) * width  # a schedule may begin in the future
    if until is not None:
        last -= max(0, (last - until) // width) * width
    count = max(0, -((since - last) // width))
    if not count:
        detail = f"No window has closed between then and {last:%Y-%m-%d %H:%M} UTC. Begin earlier."
        raise wrong("since", detail)
    if count > MOST_WINDOWS:
        raise wrong("since", f"These are {count:,} windows; at most {MOST_WINDOWS:,} are read again at once.")
    return last - width * count, last


@transaction.atomic
def stop_backfill(*, backfill: Backfill, by: User | None, now: datetime) -> Backfill:
    """Let it rest: what is being read ends, what waits is held. One that rests already stays as it is.

    Raises:
        Forbidden: not the metric's keeper. Conflict: `backfill_over`.
    """
    backfill = _locked(backfill, by)
    if backfill.state == BackfillState.RUNNING:
        Backfill.objects.filter(pk=backfill.pk).update(state=BackfillState.STOPPED, stopped_at=now, stopped_by=by)
        _hold_what_waits()
        _record("metric.backfill_stopped", backfill, by, now)
    backfill.refresh_from_db()
    return backfill


@transaction.atomic
def resume_backfill(*, backfill: Backfill, by: User | None, now: datetime) -> Backfill:
    """Go on where it was stopped. One that runs stays as it is. The caller rings afterwards.

    Raises:
        Forbidden: not the metric's keeper. Conflict: `backfill_over`.
    """
    backfill = _locked(backfill, by)
    if backfill.state == BackfillState.STOPPED:
        Backfill.objects.filter(pk=backfill.pk).update(state=BackfillState.RUNNING, stopped_at=None, stopped_by=None)
        _let_go(backfill)
        _record("metric.backfill_resumed", backfill, by, now)
    backfill.refresh_from_db()
    return backfill


def _locked(backfill: Backfill, by: User | None) -> Backfill:
    schedule = Schedule.objects.select_for_update(no_key=True, of=("self",)).get(pk=backfill.schedule_id)
    metric = Metric.objects.select_related("source").get(pk=schedule.metric_id)
    require_metric_keeper(by, metric)
    backfill = Backfill.objects.select_related("schedule__metric").get(pk=backfill.pk)
    if backfill.state == BackfillState.DONE:
        raise Conflict(code="backfill_over", detail=f"This range of {metric.name} has been read. Start another one.")
    return backfill


def feed(*, metric: Metric | None = None) -> int:
    """Give the backfills that run their next windows, close those that have come to their end; of one metric, or all.

    Gives how many windows were planned. What came back to a stopped one, from a worker that failed, is held.
    """
    _hold_what_waits()
    running = Backfill.objects.filter(state=BackfillState.RUNNING)
    if metric is not None:
        running = running.filter(schedule__metric=metric)
    return sum(_feed_one(pk, schedule) for pk, schedule in running.order_by("pk").values_list("pk", "schedule"))


@transaction.atomic
def _feed_one(pk: int, schedule_pk: int) -> int:
    schedule = Schedule.objects.select_for_update(skip_locked=True).filter(pk=schedule_pk).first()
    backfill = Backfill.objects.filter(pk=pk, state=BackfillState.RUNNING).first()
    if schedule is None or backfill is None:
        return 0  # another one feeds it, or it was stopped
    _let_go(backfill)  # what was held by somebody who had not seen yet that it goes on
    return _plan(backfill, Metric.objects.get(pk=schedule.metric_id))


def _plan(backfill: Backfill, metric: Metric) -> int:
    """The next windows, as many as there is room for; the end, when nothing is left."""
    width = timedelta(seconds=backfill.every_seconds)
    open_pulls = backfill.pulls.filter(state__in=OPEN_PULLS).count()
    count = max(0, min(FED - open_pulls, (backfill.until - backfill.cursor) // width))
    if count:
        starts = [backfill.cursor + width * place for place in range(count)]
        _read_again(backfill, metric, starts, width)
        Backfill.objects.filter(pk=backfill.pk).update(cursor=F("cursor") + width * count)
    elif not open_pulls and backfill.cursor == backfill.until:
        Backfill.objects.filter(pk=backfill.pk).update(state=BackfillState.DONE, finished_at=DatabaseTime())
    return count


def _read_again(backfill: Backfill, metric: Metric, starts: list[datetime], width: timedelta) -> None:
    """A pull for each window: the one that waits becomes its own, a dead one gets its attempts back, else a further
    pass. One that is being read now may have asked before the source was restated, so it takes the place of none.
    """
    there = Pull.objects.filter(schedule=backfill.schedule_id, window_start__in=starts)
    passes = dict(there.values_list("window_start").annotate(last=Max("pass_number")).order_by())
    windows = there.filter(window_end=F("window_start") + width)
    waiting = windows.filter(state__in=WAITING_PULLS, due_at__lte=DatabaseTime(), backfill__isnull=True)
    own = dict(waiting.order_by("pk").values_list("window_start", "pk"))
    dead = dict(windows.filter(state=PullState.DEAD).order_by("pk").values_list("window_start", "pk"))
    Pull.objects.filter(pk__in=own.values()).update(backfill=backfill)
    revived = [pk for start, pk in dead.items() if start not in own]
    Pull.objects.filter(pk__in=revived).update(
        state=PullState.DUE, due_at=DatabaseTime(), attempts=0, error="", backfill=backfill
    )
    assert metric.source_id is not None, "a metric without a source has no open backfill"  # noqa: S101
    Pull.objects.bulk_create(
        Pull(
            schedule_id=backfill.schedule_id, source_id=metric.source_id, backfill=backfill,
            window_start=start, window_end=start + width, pass_number=passes.get(start, -1) + 1, due_at=DatabaseTime(),
        )
        for start in starts
        if start not in own and start not in dead
    )  # fmt: skip


def _let_go(backfill: Backfill) -> None:
    backfill.pulls.filter(state=PullState.HELD).update(state=PullState.DUE, due_at=DatabaseTime())


def _hold_what_waits() -> None:
    stopped = Backfill.objects.filter(state=BackfillState.STOPPED).values("pk")
    Pull.objects.filter(backfill__in=stopped, state__in=WAITING_PULLS).update(state=PullState.HELD)


def _record(act: str, backfill: Backfill, by: User | None, now: datetime) -> None:
    body = {"backfill": backfill.pk, "since": backfill.since, "until": backfill.until}
    record(act=act, subject=f"metric:{backfill.schedule.metric.key}", by=by, now=now, body=body)
