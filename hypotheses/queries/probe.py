"""Trying things out without recording anything: a source, or a metric's query."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hypotheses.models import Metric, Source
from hypotheses.queries.asking import definition_for
from hypotheses.queries.plug import plug_of
from hypotheses.sources.base import PermanentSourceError, Row, SourceError, Window

NO_ROWS: Final = "The query works, but no row is in this window."


@dataclass(frozen=True, slots=True)
class Probe:
    """What came of trying: whether it worked, a sentence, how long it took."""

    ok: bool
    detail: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Preview:
    """What a metric's query brings for one window now: the first rows, how many there were, or why there are none."""

    ok: bool
    detail: str
    seconds: float
    rows: tuple[Row, ...] = ()
    count: int = 0
    bytes: int = 0


def try_source(*, source: Source) -> Probe:
    """Reach the source now, outside any transaction; nothing is recorded."""
    began = time.monotonic()
    try:
        said = plug_of(source).check()
    except SourceError as error:
        return Probe(ok=False, detail=str(error), seconds=time.monotonic() - began)
    return Probe(ok=True, detail=said, seconds=time.monotonic() - began)


def preview(*, metric: Metric, now: datetime, window: Window | None = None, most: int = 20) -> Preview:
    """Run a metric's query now, by default for the last day, and show what came; nothing is recorded."""
    began = time.monotonic()
    asked = window or Window(now - timedelta(days=1), now)
    try:
        if metric.source is None:
            raise PermanentSourceError(f"{metric.name} has no source.")
        question = definition_for(metric=metric.key, query=metric.query, window=asked)
        reading = plug_of(metric.source).read(asked, question)
    except SourceError as error:
        return Preview(ok=False, detail=str(error), seconds=time.monotonic() - began)
    seconds = time.monotonic() - began
    count, wrong = reading.count, reading.unreadable
    detail = f"{count} row{'s' if count > 1 else ''} came." if count else NO_ROWS
    if wrong:
        detail += f" {len(wrong)} of them cannot be read, first this one: {wrong[0].sentence}"
    return Preview(not wrong, detail, seconds, reading.rows[:most], len(reading.rows), reading.bytes)
