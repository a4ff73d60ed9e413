"""`manage.py pull_metrics`: plan and read by hand, with the functions of the clock and the workers."""

import socket
import time
from argparse import ArgumentParser
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.db.models import Count
from django.utils import timezone

from features.errors import Conflict, Refusal
from hypotheses.actions.backfilling import feed, resume_backfill, start_backfill, stop_backfill
from hypotheses.actions.claiming import claimable, free_expired
from hypotheses.actions.planning import plan
from hypotheses.actions.pulling import Drained, drain
from hypotheses.enums import PullState
from hypotheses.models import Backfill, Metric, Pull
from hypotheses.queries.backfills import backfills, progress
from hypotheses.queries.clock import database_now

AT_ONCE = 3600.0
SHOWN_EVERY = 1.0
BAR = 30
WORKER = f"by hand@{socket.gethostname()}"


class Command(BaseCommand):
    """Read all windows that are due, of all metrics or of some; `--since` reads those of a past range once more.

    Safe beside running workers: each pull is claimed once, and what has not changed writes nothing. Ctrl-C stops the
    reading of a range, and the same command goes on with it. Exit code 1 when a pull failed.
    """

    help = "Plan and carry out the pulls that are due, now and in this process."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which metrics, and since when."""
        parser.add_argument("--metric", action="append", metavar="KEY", help="only this metric (may be given again)")
        parser.add_argument("--since", metavar="DATE", help="read the windows since this day once more: 2026-03-01")
        parser.add_argument("--until", metavar="DATE", help="with --since: up to this day, instead of up to now")

    def handle(self, *args: Any, **options: Any) -> None:
        """Plan, read, and say what came of it."""
        metrics = _metrics(options["metric"])
        since, until = _moment(options["since"], "since"), _moment(options["until"], "until")
        last = Pull.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        failed = 0
        free_expired()
        for metric in metrics:
            done = self._pull(metric) + (self._backfill(metric, since, until) if since else Drained())
            self._say(metric, done)
            failed += done.failed
        made = Pull.objects.filter(pk__gt=last).values_list("state").annotate(count=Count("pk")).order_by("state")
        self.stdout.write("Planned: " + (", ".join(f"{count} {state}" for state, count in made) or "nothing new"))
        if failed:
            raise CommandError(f"{failed} pulls failed.")

    def _pull(self, metric: Metric) -> Drained:
        """What is due anyway."""
        while plan(now=database_now(), metric=metric):
            pass
        return drain(worker=WORKER, seconds=AT_ONCE, metric=metric)

    def _backfill(self, metric: Metric, since: datetime, until: datetime | None) -> Drained:
        """A past range, with its progress; what waits for another try is left to the workers."""
        try:
            backfill = start_backfill(metric=metric, since=since, until=until, by=None, now=timezone.now())
            backfill = resume_backfill(backfill=backfill, by=None, now=timezone.now())
        except Refusal as refusal:
            raise CommandError(f"{metric.key}: {refusal.detail}") from refusal
        done, more, left = Drained(), 1, -1
        try:
            while more:
                came = drain(worker=WORKER, seconds=SHOWN_EVERY, metric=metric)
                more = feed(metric=metric) + Pull.objects.filter(claimable(), backfill=backfill).count()
                left = self._show(backfill, left)
                done += came
                if more and not came.pulls:
                    time.sleep(SHOWN_EVERY)  # the source rests, or others read from it
        except KeyboardInterrupt:
            with suppress(Conflict):  # it came to its end at this moment
                stop_backfill(backfill=backfill, by=None, now=timezone.now())
            raise CommandError(f"{metric.key}: stopped. The same command goes on with it.") from None
        if left:
            self.stdout.write(f"{metric.key}: {left:,} windows wait for another try, or are with other workers.")
        return done

    def _show(self, backfill: Backfill, before: int) -> int:
        """A line with a bar, where there is progress; gives how many windows are left."""
        come = progress(backfills().get(pk=backfill.pk))
        if come.left == before:
            return before
        share = come.read / come.windows
        bar = ("█" * round(share * BAR)).ljust(BAR, "░")
        ending = "\r" if self.stdout.isatty() and come.left else "\n"
        self.stdout.write(
            f"{come.metric}: {bar} {come.read:,} of {come.windows:,} windows ({share:.0%})", ending=ending
        )
        return come.left

    def _say(self, metric: Metric, done: Drained) -> None:
        self.stdout.write(f"{metric.key}: {done.succeeded} pulled, {done.failed} failed")
        if done.failed:
            states = (PullState.FAILED, PullState.DEAD)
            for pull in Pull.objects.filter(schedule__metric=metric, state__in=states).order_by("-finished_at")[:1]:
                self.stdout.write(f"  {pull.window_start:%Y-%m-%d %H:%M}: {pull.error}")


def _metrics(keys: list[str] | None) -> list[Metric]:
    pulled = Metric.objects.filter(schedule__isnull=False, source__isnull=False).order_by("key")
    if not keys:
        return list(pulled)
    found = list(pulled.filter(key__in=keys))
    missing = sorted(set(keys) - {metric.key for metric in found})
    if missing:
        known = ", ".join(metric.key for metric in pulled[:20]) or "none"
        raise CommandError(f"No metric that is pulled has the key {missing[0]}. There are: {known}.")
    return found


def _moment(text: str | None, name: str) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"--{name} {text}: write a day as 2026-03-01.") from error
    return moment if moment.tzinfo else timezone.make_aware(moment)
