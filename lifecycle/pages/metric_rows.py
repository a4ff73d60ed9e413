"""Metrics as tables show them."""

from dataclasses import dataclass
from datetime import datetime

from hypotheses.enums import PullState
from hypotheses.models import Metric
from hypotheses.queries.pulls import Freshness
from lifecycle.pages.pull_rows import TONES, age_words


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One metric: how old its data are, how its last pull ended, when the next one comes."""

    metric: Metric
    age: str
    state: str
    tone: str
    icon: str
    error: str
    next: str


def metric_row(metric: Metric, fresh: Freshness, now: datetime) -> MetricRow:
    """A metric with its freshness in words."""
    tone, icon = TONES[PullState(fresh.last_state)] if fresh.last_state else ("quiet", "clock")
    return MetricRow(
        metric=metric,
        age=age_words(fresh.age) if fresh.age is not None else "",
        state=fresh.last_state,
        tone=tone,
        icon=icon,
        error=fresh.error if fresh.last_state in {PullState.FAILED, PullState.DEAD} else "",
        next=_next(fresh.next_at, now),
    )


def _next(at: datetime | None, now: datetime) -> str:
    if at is None:
        return ""
    return f"due {age_words(now - at)}" if at < now else age_words(now - at)
