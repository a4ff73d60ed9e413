"""The demo's sources, metrics and pulls: real schedules over the warehouse files, read week by week."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib.auth.models import User

from hypotheses.actions.metric import create_metric, edit_metric
from hypotheses.actions.planning import plan
from hypotheses.actions.pulling import drain
from hypotheses.actions.source import create_source
from hypotheses.actions.weighing import weigh_all
from hypotheses.enums import SourceKind
from hypotheses.models import Metric, Source
from lifecycle.demo.calendar import DAY, HOUR, MINUTE, WEEK, Calendar
from lifecycle.demo.catalogue import LIVE, MEASURES, QUESTION, STORES
from lifecycle.demo.exposure import stretches
from lifecycle.demo.script import Life
from lifecycle.demo.warehouse import break_file

BROKEN: Final = "podcast-export"
"""The source whose file is spoiled in the end, and how long ago at least its nightly pulls began to fail."""
FAILING: Final = 3 * DAY
FRESH: Final = 3 * DAY
"""How long the demo brings a new snapshot with every pull."""
LATE: Final = 3
"""So many of the last weeks are read each, whether somebody decides or not."""
WORKER: Final = "demo"
PATIENCE: Final = 600.0


def folder() -> Path:
    """Where the warehouse files lie."""
    return Path(settings.VAR) / "demo"


@dataclass(slots=True)
class Feed:
    """The metrics, when each has to be read, up to when each was read, and how long its windows are now."""

    calendar: Calendar
    keeper: User
    asked: dict[datetime, set[str]]
    metrics: dict[str, Metric]
    read: dict[str, datetime] = field(default_factory=dict)
    rhythm: dict[str, timedelta] = field(default_factory=dict)

    def read_up_to(self, closing: datetime) -> None:
        """Read the warehouse weeks that have closed by then, for the metrics that somebody asks for, and weigh them."""
        for key in sorted(self.asked.get(closing, ())):
            start = self.read.get(key, closing - WEEK)
            if self.rhythm.get(key) != closing - start:
                self._schedule(key, every=closing - start, start=start, now=start)
            plan(now=closing, metric=self.metrics[key])
            self.read[key] = closing
        if self.asked.get(closing):
            drain(worker=WORKER, seconds=PATIENCE)
            weigh_all(now=closing + HOUR)

    def go_live(self) -> None:
        """Read what has come since the last Thursday, of every metric, also where no trial runs; then hand the
        schedules over to the clock.
        """
        minute = self.calendar.made.replace(second=0, microsecond=0)
        for key in sorted(self.metrics.keys() - {_failing_metric()}) if minute > self.calendar.eve else ():
            self._schedule(key, every=minute - self.calendar.eve, start=self.calendar.eve)
            plan(now=minute, metric=self.metrics[key])
        self._break()
        drain(worker=WORKER, seconds=PATIENCE)
        weigh_all(now=self.calendar.made)
        self._hand_over(minute)

    def _break(self) -> None:
        """The export changes its columns; its nightly pulls fail from then on, and the last good evidence stays."""
        store = STORES[BROKEN]
        break_file(folder() / store.file)
        midnight = self.calendar.made.replace(hour=0, minute=0, second=0, microsecond=0)
        self._schedule(_failing_metric(), every=DAY, start=min(self.calendar.eve, midnight - FAILING))
        plan(now=self.calendar.made, metric=self.metrics[_failing_metric()])

    def _hand_over(self, minute: datetime) -> None:
        """Every metric gets its own rhythm; those that are read often take turns, one each minute."""
        quick = min(LIVE.values())
        turn = 0
        for key in sorted(self.metrics):
            if key == _failing_metric():
                continue
            every = timedelta(seconds=LIVE[key])
            start = minute
            if LIVE[key] == quick:
                turn += 1
                start = minute - every + turn * MINUTE
            self._schedule(key, every=every, start=start)

    def _schedule(
        self,
        key: str,
        *,
        every: timedelta,
        start: datetime,
        now: datetime | None = None,
    ) -> None:
        schedule = {"every_seconds": int(every.total_seconds()), "start": start, "enabled": True}
        moment, self.rhythm[key] = now or self.calendar.made, every
        self.metrics[key] = edit_metric(metric=self.metrics[key], by=self.keeper, now=moment, schedule=schedule)


def open_feed(*, lives: Sequence[Life], calendar: Calendar, people: Mapping[str, User]) -> Feed:
    """Add the sources and the metrics to the catalogue; nothing is read yet. `people`: by username."""
    now, keeper = calendar.beginning, people["admin"]
    sources = {key: _source(key, people, now) for key in STORES}
    question = QUESTION.format(fresh_until=f"{calendar.made + FRESH:%Y-%m-%d %H:%M:%S}")
    metrics = {}
    for key, measure in MEASURES.items():
        source = sources[measure.source]
        pulled = source.kind != SourceKind.PUSH
        made = create_metric(
            key=key,
            by=keeper,
            now=now,
            name=measure.name,
            kind=measure.kind.value,
            unit=measure.unit,
            better=measure.better.value,
            description=measure.description,
            source=source,
            owner=source.owner,
            baseline=measure.mean,
            query=question if pulled else "",
            schedule={"every_seconds": int(WEEK.total_seconds()), "enabled": False},
        )
        if pulled:
            metrics[key] = made
    return Feed(calendar, keeper, _asked(lives, calendar), metrics)


def _source(key: str, people: Mapping[str, User], now: datetime) -> Source:
    store = STORES[key]
    kind = SourceKind.FILE if store.file else SourceKind.PUSH
    config = {"path": f"demo/{store.file}"} if store.file else {}
    return create_source(
        key=key,
        name=store.name,
        kind=kind.value,
        config=config,
        by=people["admin"],
        owner=people[store.owner],
        now=now,
        max_concurrency=4,
    )


def _asked(lives: Sequence[Life], calendar: Calendar) -> dict[datetime, set[str]]:
    """For each closing, the metrics that somebody has to see: before each decision of a rollout, of late each week."""
    found: dict[datetime, set[str]] = {}
    for life in lives:
        stages = stretches(life, calendar)
        if not stages:
            continue
        keys = set(life.belief.metrics)
        for stage in stages:
            found.setdefault(calendar.closing_before(stage.opened), set()).update(keys)
        if stages[-1].shut is not None and not _goes_silent(life):
            found.setdefault(calendar.closing_before(stages[-1].shut), set()).update(keys)
            continue
        for weeks in range(LATE):
            found.setdefault(calendar.closing(weeks), set()).update(keys)
    return found


def _goes_silent(life: Life) -> bool:
    """Whether the warehouse stops having data while the squad still waits for them."""
    return life.experiment is not None and life.experiment.ends is not None


def _failing_metric() -> str:
    return next(key for key, measure in MEASURES.items() if measure.source == BROKEN)
