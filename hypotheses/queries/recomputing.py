"""Whether stored evidence is still what its results give: the proof that a page shows the same numbers years later."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from hypotheses.models import Evidence
from hypotheses.queries.bodies import Outcome, outcome_at
from hypotheses.queries.overlaps import overlaps_by_id
from hypotheses.queries.planned_looks import past_from_json
from hypotheses.queries.snapshots import Look, Series, Snapshot
from hypotheses.queries.weighable import StageFact, Weighable, readings_by_id, weighable, yardstick_of

COMPARED = ("verdict", "reason", "state", "days_left", "primary", "successes", "guardrails", "stages", "others")
"""What has to be the same. Sentences are left out: a metric may be called by another name today."""

NAMED = frozenset({"unit", "detail"})
"""What tells names wherever it stands in those: the unit, and the sentence of a check. They may be others today."""


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What the stored results give today, and the names of the parts in which the stored evidence differs (empty:
    none).
    """

    outcome: Outcome
    differs: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether the evidence is reproduced."""
        return not self.differs


def recompute(*, evidence: Evidence) -> Recomputed:
    """Weigh once more what a row was made from: the very results it read, also where they were restated since.

    Raises ValueError when the row has no yardstick any more (its hypothesis cannot be deleted, so this is corruption).
    """
    yardstick = yardstick_of(evidence.hypothesis)
    if yardstick is None:
        raise ValueError("The evidence has no hypothesis.")
    facts = _as_weighed(weighable(stint=evidence.stint), evidence)
    outcome = outcome_at(facts=facts, yardstick=yardstick, look=_look(evidence, facts))
    kept = {name: without_names(evidence.body.get(name)) for name in COMPARED}
    made = {name: as_kept(without_names(outcome.body.get(name)), kept[name]) for name in COMPARED}
    return Recomputed(outcome, tuple(name for name in COMPARED if made[name] != kept[name]))


def as_kept(made: Any, kept: Any) -> Any:
    """What was made again, without the parts that were not kept yet when it was made first."""
    if isinstance(made, dict) and isinstance(kept, dict):
        return {name: as_kept(value, kept[name]) for name, value in made.items() if name in kept}
    if isinstance(made, list) and isinstance(kept, list) and len(made) == len(kept):
        return [as_kept(one, other) for one, other in zip(made, kept, strict=True)]
    return made


def without_names(value: Any) -> Any:
    """A part of a body, without what tells how a metric is called."""
    if isinstance(value, dict):
        return {name: without_names(part) for name, part in value.items() if name not in NAMED}
    return [without_names(part) for part in value] if isinstance(value, list) else value


def _as_weighed(facts: Weighable, evidence: Evidence) -> Weighable:
    """The stint as it stood at the weighing: a stage that was closed afterwards was open, also where that came to pass
    in the very moment of which the evidence speaks.
    """
    closed = {(stage["trial"], stage["from"]) for stage in evidence.body["stages"] if stage["to"]}

    def as_it_was(stage: StageFact) -> StageFact:
        known = (stage.trial, stage.started_at.isoformat()) in closed
        later = stage.ended_at is not None and stage.ended_at >= evidence.weighed_at
        return replace(stage, ended_at=None) if later and not known else stage

    return replace(facts, stages=tuple(as_it_was(stage) for stage in facts.stages))


def _look(evidence: Evidence, facts: Weighable) -> Look:
    basis: dict[str, Any] = evidence.body["basis"]
    return Look(
        as_of=evidence.as_of,
        chosen=_snapshots(basis["results"]),
        before=_snapshots(basis["previous"]),
        definitions={int(metric): text for metric, text in basis["first_definitions"].items()},
        run_from=datetime.fromisoformat(basis["run_from"]),
        first=_snapshots(basis["first"]),
        overlaps=overlaps_by_id(basis.get("overlaps", []), trials={stage.trial for stage in facts.stages}),
        past=past_from_json(basis.get("past_looks", {})),
    )


def _snapshots(ids: list[int]) -> dict[Series, Snapshot]:
    found: dict[Series, Snapshot] = {}
    for reading in readings_by_id(ids):
        found.setdefault((reading.stage_id, reading.metric_id), {})[reading.arm_id] = reading
    return found
