"""Which stage a result belongs to; and opening the stage that a result names for the first time."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from django.db.models import QuerySet

from features.models import Stint
from hypotheses.models import Arm, Stage, Trial
from hypotheses.sources.base import Row

FIRST: Final = "1"
MOST_NAMES: Final = 20


class StageBook:
    """The stages of some trials. A result that names none goes to the latest that had begun at its `as_of`; one from
    before them all belongs to none (`before_all`): the hypothesis comes before the data.

    A label that a trial does not have yet is its next stage, in the feature's current stint, and closes the open one,
    where one of the rows that name it says that it opens it; else it is a mistake.
    """

    def __init__(self, trials: Collection[Trial]) -> None:
        self._trials = {trial.key: trial for trial in trials}
        self._stages: dict[str, list[Stage]] = {}
        self._read(Stage.objects.filter(trial__in=trials))

    def lock(self) -> None:
        """Lock the stages until the transaction ends, in the order of their ids, and read them again.

        Read by a statement of its own: the one that waited for a lock does not see the stage that its holder opened.
        """
        held: set[int] = set()
        wanted = Stage.objects.filter(trial__in=self._trials.values()).order_by("pk")
        while (there := set(wanted.select_for_update(no_key=True).values_list("pk", flat=True))) - held:
            held = there
        self._read(wanted)

    def _read(self, stages: QuerySet[Stage]) -> None:
        keys = {trial.pk: key for key, trial in self._trials.items()}
        self._stages = {key: [] for key in self._trials}
        for stage in sorted(stages.order_by("pk"), key=lambda stage: stage.number):
            self._stages[keys[stage.trial_id]].append(stage)

    def stage_of(self, row: Row) -> Stage:
        """The stage of a row; it exists once `open_missing` has been asked."""
        stage = self._find(row)
        assert stage is not None, "open_missing comes first"  # noqa: S101
        return stage

    def _find(self, row: Row) -> Stage | None:
        stages = self._stages[row.trial]
        if row.stage is not None:
            return next((stage for stage in stages if stage.label == row.stage.strip()), None)
        if len(stages) == 1:
            return stages[0]  # as most trials have it, and this is asked for each row
        begun = [stage for stage in stages if stage.started_at <= row.as_of] or stages[:1]
        return begun[-1] if begun else None

    def missing(self, rows: Sequence[Row]) -> bool:
        """Whether a row names a stage that is not there yet."""
        return any(self._find(row) is None for row in rows)

    def stints(self, stages: Collection[int]) -> set[int]:
        """The stints of these stages (ids)."""
        return {stage.stint_id for found in self._stages.values() for stage in found if stage.pk in stages}

    def open_missing(self, rows: Sequence[Row], *, now: datetime) -> list[tuple[int, str]]:
        """Open the stages that the rows name for the first time, by their earliest results.

        Gives the places of the rows for which none can be opened, each with a sentence.
        """
        wanted: dict[tuple[str, str], list[int]] = defaultdict(list)
        for place, row in enumerate(rows):
            if self._find(row) is None:
                wanted[row.trial, (row.stage or FIRST).strip()].append(place)
        refused = []
        for (key, label), places in sorted(wanted.items(), key=lambda item: min(rows[at].as_of for at in item[1])):
            stint = self._stint(key)
            if stint is None:
                why = f"The feature of {key} has ended: “{label}” cannot be opened as a new stage."
            elif not any(rows[place].opens_stage or rows[place].stage is None for place in places):
                why = self._unknown(key, label, stint)
            else:
                self._open(key, label, stint, started_at=min(now, *(rows[place].as_of for place in places)))
                continue
            refused += [(place, why) for place in places]
        return sorted(refused)

    def closed(self, rows: Sequence[Row]) -> set[int]:
        """The places of the rows that name a new stage of a feature that has ended: none can be opened."""
        missing = [place for place, row in enumerate(rows) if self._find(row) is None]
        ended = {key for key in {rows[place].trial for place in missing} if self._stint(key) is None}
        return {place for place in missing if rows[place].trial in ended}

    def _stint(self, key: str) -> Stint | None:
        return self._trials[key].feature.stints.filter(ended_at__isnull=True).first()

    def _unknown(self, key: str, label: str, stint: Stint) -> str:
        labels = [f"“{stage.label}”" for stage in self._stages[key] if stage.stint_id == stint.pk][-MOST_NAMES:]
        return (
            f"The trial {key} has no stage “{label}”. It has {', '.join(labels) or 'none that began in this stint'}. "
            'Correct the label, leave it out to mean the stage that was open then, or send "opens_stage": true with '
            "the row to open a new one."
        )

    def too_early(self, rows: Sequence[Row]) -> list[tuple[int, str]]:
        """The places of the rows that are as of a moment before their stage, each with a sentence."""
        found = []
        for place, row in enumerate(rows):
            stage = self.stage_of(row)
            if row.as_of < stage.started_at:
                begins = stage.started_at.isoformat()
                detail = f"The stage “{stage.label}” of {row.trial} begins at {begins}; nothing counts in it before."
                cure = " Name the stage that was open then, or leave it out." if row.stage else ""
                found.append((place, detail + cure))
        return found

    def before_all(self, rows: Sequence[Row]) -> set[int]:
        """The places of the rows that name no stage and are from before the trial's first one."""
        return {
            place
            for place, row in enumerate(rows)
            if row.stage is None and self._stages[row.trial] and row.as_of < self._stages[row.trial][0].started_at
        }

    def _open(self, key: str, label: str, stint: Stint, *, started_at: datetime) -> None:
        trial, stages = self._trials[key], self._stages[key]
        last = stages[-1] if stages else None
        if last is not None:
            started_at = max(started_at, last.started_at)
        if last is not None and last.ended_at is None:
            last.ended_at = started_at
            Stage.objects.filter(pk=last.pk).update(ended_at=started_at)
        shares = last.shares if last is not None else _shares(trial)
        stages.append(
            Stage.objects.create(
                trial=trial,
                stint=stint,
                label=label,
                number=last.number + 1 if last else 1,
                percent=stint.step_percent,
                shares=shares,
                started_at=started_at,
                ended_at=trial.ended_at if trial.ended_at and trial.ended_at >= started_at else None,
            )
        )


def _shares(trial: Trial) -> dict[str, float]:
    return dict(Arm.objects.filter(trial=trial).values_list("name", "share"))
