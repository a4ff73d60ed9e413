"""Which snapshots stand for which moment: of each stage and metric the latest complete one, and the one before it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from typing import Final

from hypotheses.queries.overlaps import OverlapFact, latest_overlaps
from hypotheses.queries.weighable import Reading, StageFact, Weighable
from hypotheses.statistics.planned import Past

Series = tuple[int, int]
"""(stage, metric), by id."""

Snapshot = dict[int, Reading]
"""The readings of one stage and metric, at most one for each arm, by arm id."""

TOLERANCE: Final = timedelta(hours=12)
"""How far apart the arms of one snapshot may be.

Sources write the arms one after another, so their times differ by minutes, and by hours where each arm has its own
nightly job. Half a day lets those pass, and never takes yesterday's control for the partner of today's treatment.
"""


@dataclass(frozen=True, slots=True)
class Look:
    """What was known at one moment.

    chosen: the latest complete snapshot of each series; of a metric that has none yet, what has come so far.
    before: the complete one before that, for counts that fell. definitions: the first definition hash of each metric
    within the stint. run_from: since when the stint's trials run within it; never later than `as_of`.
    first: the first complete snapshot of each series whose stage follows another of its trial. overlaps: what was known
    last of the units that the trials share with others.
    past: by treatment, the earlier looks that counted under the plan (`hypotheses.queries.planned_looks`).
    """

    as_of: datetime
    chosen: dict[Series, Snapshot]
    before: dict[Series, Snapshot]
    definitions: dict[int, str]
    run_from: datetime
    first: dict[Series, Snapshot] = field(default_factory=dict)
    overlaps: tuple[OverlapFact, ...] = ()
    past: Mapping[str, Past] = field(default_factory=dict)

    @property
    def results(self) -> list[int]:
        """The ids of the results that were read, in order."""
        return ids_of(self.chosen)

    @property
    def previous(self) -> list[int]:
        """The ids of the results that counts were compared with."""
        return ids_of(self.before)


def ids_of(snapshots: Mapping[Series, Snapshot]) -> list[int]:
    """All ids, sorted."""
    return sorted(reading.pk for snapshot in snapshots.values() for reading in snapshot.values())


def looks(*, facts: Weighable, readings: Sequence[Reading]) -> Iterator[Look]:
    """One look for each as-of time, oldest first; readings sorted by `as_of`. Linear in the number of readings.

    A snapshot is gathered from the readings that came since the last complete one, the latest of each arm, so that no
    reading is compared twice with ever newer ones of the other arm. Until it is complete, the earlier one stands; what
    arrives late for its moment gives that moment its next revision.
    """
    stages = {stage.pk: stage for stage in facts.stages}
    chosen: dict[Series, Snapshot] = {}
    before: dict[Series, Snapshot] = {}
    gathered: dict[Series, Snapshot] = {}
    first: dict[Series, Snapshot] = {}
    following = {later.pk for _, later in facts.successions}
    definitions: dict[int, str] = {}
    run_from: datetime | None = None
    began_at = _began(facts)
    moments = sorted({reading.as_of for reading in readings})
    next_look = dict(pairwise(moments))
    for as_of, rows in groupby(readings, key=lambda reading: reading.as_of):
        for series, arrived in _by_series(rows).items():
            gathered[series] = gathered.get(series, {}) | arrived
            if complete(stages[series[0]], gathered[series]):
                if series in chosen:
                    before[series] = chosen[series]
                chosen[series] = _side_by_side(stages[series[0]], gathered.pop(series))
                if series[0] in following:
                    first.setdefault(series, chosen[series])
            for reading in arrived.values():
                if reading.definition_hash:
                    definitions.setdefault(reading.metric_id, reading.definition_hash)
            began = max(stages[series[0]].started_at, facts.started_at)
            run_from = min(run_from, began) if run_from else began
        standing, since = _standing(chosen, gathered), min(run_from or as_of, as_of)
        shared = latest_overlaps(facts.overlaps, since=began_at, until=facts.ended_at, before=next_look.get(as_of))
        yield Look(as_of, standing, dict(before), dict(definitions), since, dict(first), shared)


def _began(facts: Weighable) -> dict[str, datetime]:
    """When the first stage of each trial began within the stint."""
    found: dict[str, datetime] = {}
    for stage in facts.stages:
        found[stage.trial] = min(stage.started_at, found.get(stage.trial, stage.started_at))
    return found


def complete(stage: StageFact, snapshot: Snapshot) -> bool:
    """Whether control and every treatment are there, no further apart than the tolerance. A holdback vetoes nothing."""
    times = [snapshot[arm.pk].as_of for arm in stage.compared if arm.pk in snapshot]
    return len(times) == len(stage.compared) and max(times) - min(times) <= TOLERANCE


def apart(stage: StageFact, snapshot: Snapshot) -> str:
    """Why a snapshot is not complete: how far each arm has come, in words; "" when it is."""
    if complete(stage, snapshot):
        return ""
    there = [
        f"{arm.name} as of {snapshot[arm.pk].as_of:%Y-%m-%d %H:%M}" for arm in stage.compared if arm.pk in snapshot
    ]
    absent = [f"{arm.name} has no result" for arm in stage.compared if arm.pk not in snapshot]
    return (
        f"the arms of {stage.trial} do not go together ({', '.join(there + absent)}): "
        f"send all of them with times at most {TOLERANCE // timedelta(hours=1)} hours apart"
    )


def _by_series(rows: Iterator[Reading]) -> dict[Series, Snapshot]:
    found: dict[Series, Snapshot] = {}
    for reading in rows:
        found.setdefault((reading.stage_id, reading.metric_id), {})[reading.arm_id] = reading
    return found


def _side_by_side(stage: StageFact, snapshot: Snapshot) -> Snapshot:
    """Without what is older than the arms that are compared: a holdback of yesterday would spoil the split."""
    oldest = min(snapshot[arm.pk].as_of for arm in stage.compared)
    return {arm: reading for arm, reading in snapshot.items() if reading.as_of >= oldest}


def _standing(chosen: Mapping[Series, Snapshot], gathered: Mapping[Series, Snapshot]) -> dict[Series, Snapshot]:
    """The complete snapshots; of metrics that have none, what was gathered, so that it can be told what is missing."""
    known = {metric for _, metric in chosen}
    return {**{series: rows for series, rows in gathered.items() if series[1] not in known}, **chosen}
