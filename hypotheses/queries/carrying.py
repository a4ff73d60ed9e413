"""Whether the totals of a stage go on from those of the stage before it, so that the same units count in both."""

from hypotheses.queries.snapshots import Look, Snapshot, complete
from hypotheses.queries.weighable import MetricFact, StageFact, Weighable
from hypotheses.statistics.trust import goes_on_because

NEAR = 1e-6


def counted_twice(*, facts: Weighable, metric: MetricFact, look: Look) -> str:
    """Which stage was not begun anew, in words; "" when none is seen. Asked of each metric that may validate: one query
    may be told the stages, and another not.

    A stage that a source itself names begins with its first result, which tells no time passed: it is believed.
    """
    for earlier, later in facts.successions:
        last = look.chosen.get((earlier.pk, metric.pk))
        first = look.first.get((later.pk, metric.pk))
        if last and first and complete(earlier, last) and (why := _goes_on(earlier, last, later, first)):
            return (
                f"the totals of stage “{later.label}” of {later.trial} go on from those of “{earlier.label}”: {why}. "
                "Count each unit in the stage of its first exposure (a query is told them by :stages), "
                "and read again what has come since the stage opened"
            )
    return ""


def _goes_on(earlier: StageFact, last: Snapshot, later: StageFact, first: Snapshot) -> str:
    until = max(reading.as_of for reading in last.values())
    ended = min(until, earlier.ended_at) if earlier.ended_at else until
    return goes_on_because(
        counts=[
            (arm.name, last[arm.pk].n, first[arm.pk].n, _growth(earlier, later, arm.name)) for arm in later.compared
        ],
        ran=ended - earlier.started_at,
        since=min(reading.as_of for reading in first.values()) - later.started_at,
    )


def _growth(earlier: StageFact, later: StageFact, arm: str) -> float:
    """How many times faster an arm fills in the later stage, by design: by its share of the units, where the shares
    follow the exposure; by the exposure itself, where they are shares of those exposed.
    """
    before, after = _shares(earlier), _shares(later)
    if any(abs(before[name] - after[name]) > NEAR for name in before):
        return after[arm] / before[arm]
    if earlier.percent is None or later.percent is None:
        return 1.0
    return later.percent / earlier.percent if earlier.percent else float("inf")


def _shares(stage: StageFact) -> dict[str, float]:
    whole = sum(arm.share for arm in stage.arms)
    return {arm.name: arm.share / whole for arm in stage.arms}
