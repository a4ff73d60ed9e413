"""Pulls as tables show them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hypotheses.enums import PullState, SourceKind
from hypotheses.models import Pull, Source
from hypotheses.queries.pulls import STILL_AFTER, PullFact, pull_fact, tick_age
from lifecycle.charts import formats

MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
TONES: Final = dict.fromkeys(PullState, ("quiet", "pause")) | {
    PullState.SUCCEEDED: ("good", "circle-check"),
    PullState.RUNNING: ("quiet", "loader"),
    PullState.DUE: ("quiet", "clock"),
    PullState.FAILED: ("warn", "triangle-alert"),
    PullState.DEAD: ("bad", "circle-x"),
    PullState.SKIPPED: ("quiet", "skip-forward"),
}


@dataclass(frozen=True, slots=True)
class PullRow:
    """One pull with the words for its state and its age."""

    fact: PullFact
    tone: str
    icon: str
    age: str

    @property
    def again(self) -> bool:
        """Whether a person can try it again."""
        return self.fact.state in {PullState.DEAD, PullState.FAILED}


def pull_row(pull: Pull, now: datetime) -> PullRow:
    """A pull of the ledger; its age is that of what happened to it last."""
    return fact_row(pull_fact(pull), now)


def fact_row(fact: PullFact, now: datetime) -> PullRow:
    """The same of a fact."""
    tone, icon = TONES[PullState(fact.state)]
    happened = fact.finished_at or fact.started_at or fact.next_attempt_at or fact.window_end
    held = fact.state == PullState.HELD
    return PullRow(fact, tone, icon, "when its backfill goes on" if held else age_words(now - happened))


@dataclass(frozen=True, slots=True)
class ClockWords:
    """When the clock ticked last, in words, and whether it stands still: then nothing is planned, and nobody rings."""

    still: bool
    ticked: str


def clock_words(now: datetime) -> ClockWords:
    """One query. `now` is the database's time."""
    age = tick_age(now=now)
    if age is None:
        return ClockWords(still=True, ticked="")
    return ClockWords(age > STILL_AFTER, span_words(age) + " ago" if age >= timedelta(seconds=1) else "just now")


def kind_words(source: Source) -> str:
    """``SQL``, ``HTTP``, ``File``: the kind as people write it."""
    return {SourceKind.SQL: "SQL", SourceKind.HTTP: "HTTP"}.get(SourceKind(source.kind), SourceKind(source.kind).label)


def age_words(age: timedelta) -> str:
    """``just now``, ``3 minutes ago``, ``5 hours ago``, ``2 days ago``; what is still to come is ``in …``."""
    later, size = age < timedelta(0), abs(age)
    if size < MINUTE:
        return "in a moment" if later else "just now"
    words = span_words(size)
    return f"in {words}" if later else f"{words} ago"


def span_words(size: timedelta) -> str:
    """``45 seconds``, ``1 minute``, ``6 days``: a stretch of time in its largest unit, whole."""
    if size < MINUTE:
        return formats.plural(int(size.total_seconds()), "second")
    if size < HOUR:
        return formats.plural(int(size.total_seconds() // 60), "minute")
    if size < DAY:
        return formats.plural(int(size / HOUR), "hour")
    return formats.plural(size.days, "day")
