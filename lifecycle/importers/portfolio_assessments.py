"""The assessments of a portfolio: gates that were held elsewhere, each with the criteria that it was held by.

What an assessment decided stands in its result. The criteria are kept beside it and decide nothing: gates were passed
against criteria that were not met, and that is worth knowing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

from features.enums import Phase
from lifecycle.actions.imported import ImportedCriterion
from lifecycle.enums import Outcome
from lifecycle.importers import portfolio_files as files
from lifecycle.importers.portfolio_files import Doubts, Row, day_of
from lifecycle.importers.portfolio_lives import ANSWERS, Happening

Criteria = tuple[ImportedCriterion, ...]

STAGES: Final = {
    "alpha": Phase.THINK_IT,
    "beta": Phase.BUILD_IT,
    "live": Phase.SHIP_IT,
    **{phase.label: phase for phase in Phase},
}
"""The stage that is assessed, and the phase at whose end its gate stands."""

RESULTS: Final = {"pass": "advance", "pass_with_conditions": "advance", "not_pass": "iterate"}
MET: Final = {"yes": True, "pass": True, "no": False, "not_pass": False, "n/a": None}
NO_NUMBER: Final = 10**6  # criteria that are named, not numbered, come last


@dataclass(frozen=True, slots=True)
class Assessment:
    """One decision of an assessment or a reassessment. `source` names its report.

    `told_in`: the row of another report that tells this decision already; then it is none of its own.
    """

    row: Row
    feature_id: str
    source: str
    again: bool
    on: date
    phase: Phase
    result: str
    criteria: Criteria = ()
    told_in: Row | None = None

    @property
    def outcome(self) -> Outcome:
        """The answer: the result's, whatever the criteria say."""
        return ANSWERS[RESULTS[self.result]]

    @property
    def changed(self) -> str:
        """The field that it changed, in the words of `phase_events`: `assessment:alpha`."""
        return f"{'reassessment' if self.again else 'assessment'}:{self.row['stage_assessed']}"

    @property
    def happening(self) -> Happening:
        """It as `phase_events` would tell it."""
        phases = list(Phase)
        to = phases.index(self.phase) + (self.outcome is Outcome.ADVANCE)
        cells = {
            "dataset": self.row["dataset"],
            "feature_id": self.feature_id,
            "date": self.on.isoformat(),
            "field": self.changed,
            "from": "",
            "to": self.result,
            "phase_before": self.phase.label,
            "phase_after": phases[min(to, len(phases) - 1)].label,
            "decision": RESULTS[self.result],
            "source": self.source,
        }
        return Happening(self.on, self.source, (Row(self.row.file, self.row.line, cells),), self.criteria)

    def is_reported_by(self, what: Happening) -> bool:
        """Whether it is the same report that tells of this stage, on whatever day and with whatever answer."""
        return what.source == self.source and any(row["field"] == self.changed for row in what.rows)

    def is_told_by(self, what: Happening) -> bool:
        """Whether it is the same answer of the same day in the same phase, from wherever it is told."""
        return what.row["phase_before"] == self.phase.label and self.is_right_in(what)

    def is_right_in(self, what: Happening) -> bool:
        """Whether day and answer are its own."""
        return what.on == self.on and ANSWERS.get(what.row["decision"]) is self.outcome


def read_assessments(folder: Path, *, dataset: str, doubts: Doubts) -> tuple[list[Row], list[Row]]:
    """The rows of `assessments` and of `criteria`, also where the files are named after the data set; each may be
    missing.

    Raises:
        BadInput: a file cannot be read or lacks a column.
    """
    read = []
    for name, columns in (("assessments", files.ASSESSMENTS), ("criteria", files.CRITERIA)):
        names = [found for found in (name, f"{dataset}_{name}") if files.path_of(folder, found) is not None]
        rows = [files.read_rows(folder, found, columns, dataset=dataset, doubts=doubts) for found in names]
        read.append([row for part in rows for row in part])
    return read[0], read[1]


def placed(happenings: Iterable[Happening], held: Iterable[Assessment], doubts: Doubts) -> list[Happening]:
    """What happened to a feature with its assessments among it, oldest first, each decision once.

    Events that tell an assessment otherwise give way: its day and its answer are those of its own row.
    """
    told = list(happenings)
    for one in held:
        same = [what for what in told if one.is_reported_by(what)]
        if one.told_in is None:
            same = same or [what for what in told if one.is_told_by(what)][:1]
        right = next((what for what in same if one.told_in is None and one.is_right_in(what)), None)
        for what in same:
            if what is not right:
                _give_way(what, one, doubts)
        gone = {id(what) for what in same if what is not right}
        told = [
            replace(what, criteria=one.criteria) if what is right else what for what in told if id(what) not in gone
        ]
        if right is None and one.told_in is None:
            told.append(one.happening)
    return sorted(told, key=lambda what: what.on)  # stable: within a day the order of the file


def _give_way(what: Happening, one: Assessment, doubts: Doubts) -> None:
    for row in what.rows:
        if one.told_in is not None:
            doubts.leave_out(row, f"It tells again what {one.told_in.place} tells; a decision is one.")
        else:
            told = f"It tells an assessment as “{row['decision']}” on {row['date']}"
            doubts.leave_out(row, f"{told}; {one.row.place} has “{one.result}” on {one.on}, and that is taken.")


def assessments_of(
    rows: Sequence[Row], criteria: Sequence[Row], *, known: Iterable[str], today: date, doubts: Doubts
) -> dict[str, list[Assessment]]:
    """The assessments and reassessments that can be placed, by feature, each with its criteria; the rest are doubts.

    `known`: the ids of the features.
    """
    held = _criteria(criteria, rows, doubts)
    found: dict[str, list[Assessment]] = {}
    for one in _assessments(rows, held, frozenset(known), today, doubts):
        found.setdefault(one.feature_id, []).append(one)
    return found


def _assessments(
    rows: Sequence[Row],
    held: Mapping[tuple[str, str], Criteria],
    known: frozenset[str],
    today: date,
    doubts: Doubts,
) -> Iterator[Assessment]:
    """The decisions that the rows tell; what cannot be placed is a doubt.

    A report of a reassessment tells its assessment again: the report of the assessment alone is heard first.
    """
    seen: dict[object, Row] = {}
    for row in sorted(rows, key=lambda row: bool(row.cells.get("reassessment_date"))):
        feature_id, stage = feature_of(row), (row["feature_id"], row["stage_assessed"])
        if feature_id not in known:
            doubts.leave_out(row, f"There is no feature “{feature_id}” that was assessed.")
        elif row["stage_assessed"] not in STAGES:
            doubts.leave_out(row, f"“{row['stage_assessed']}” is not a stage.")
        elif seen.setdefault(stage, row) is not row:
            doubts.leave_out(row, f"The assessment stands in {seen[stage].place} already.")
        else:
            found, wrong = _parts(row, feature_id, held.get(stage, ()), today)
            found = [_heard(one, seen, wrong) for one in found]
            own = [one for one in found if one.told_in is None]
            for detail in wrong:
                (doubts.mend if own else doubts.leave_out)(row, detail)
            yield from found


def _heard(one: Assessment, seen: dict[object, Row], wrong: list[str]) -> Assessment:
    """It, with the row that tells it already, if one does: of its report's day, or of its gate's."""
    keys = [(one.source, one.on), (one.feature_id, one.phase, one.on)]
    other = next((seen[key] for key in keys if seen.setdefault(key, one.row) is not one.row), None)
    if other is not None:
        wrong.append(f"The decision of {one.on} stands in {other.place} already, as “{other['result']}”.")
    return replace(one, told_in=other)


def _parts(row: Row, feature_id: str, held: Criteria, today: date) -> tuple[list[Assessment], list[str]]:
    """The assessment and, where there was one, the reassessment of a row; and what is wrong with it.

    A report has its criteria once, as they stood when it was written: at the last decision that it tells.
    """
    found: list[Assessment] = []
    wrong: list[str] = []
    for again in (False, True):
        prefix, word = ("reassessment_", "reassessment") if again else ("", "assessment")
        day, result = (row.cells.get(f"{prefix}{name}", "") for name in ("date", "result"))
        if again and not (day or result):
            continue
        on = day_of(day)
        if on is None:
            wrong.append(f"The {word}'s day “{day}” is not a day.")
        elif on > today:
            wrong.append(f"The {word}'s day {on} has not come yet.")
        elif result not in RESULTS:
            wrong.append(f"The {word}'s result “{result}” is not one of {', '.join(RESULTS)}.")
        elif found and on <= found[0].on:
            wrong.append(f"The reassessment on {on} does not come after the assessment on {found[0].on}.")
        else:
            found.append(
                Assessment(row, feature_id, row["feature_id"], again, on, STAGES[row["stage_assessed"]], result)
            )
    if found:
        found[-1] = replace(found[-1], criteria=held)
    return found, wrong


def feature_of(row: Row) -> str:
    """The id of the feature that a report is about: its `service_id`, or the report's own where there is none."""
    return row.cells.get("service_id") or row["feature_id"]


def _criteria(rows: Sequence[Row], assessments: Sequence[Row], doubts: Doubts) -> dict[tuple[str, str], Criteria]:
    """The criteria by report and stage, in the order of their numbers."""
    wanted = {(row["feature_id"], row["stage_assessed"]) for row in assessments}
    seen: dict[tuple[str, str], dict[str, tuple[ImportedCriterion, Row]]] = {}
    for row in rows:
        stage, number, result = (row["feature_id"], row["stage_assessed"]), row["criterion"], row["result"]
        if stage not in wanted:
            doubts.leave_out(row, f"There is no assessment of “{stage[0]}” at {stage[1]} that asked this.")
        elif not number:
            doubts.leave_out(row, "The criterion has no number.")
        elif result not in MET:
            doubts.leave_out(row, f"“{result}” does not say whether the criterion was met: {', '.join(MET)}.")
        else:
            criterion = ImportedCriterion(number, result, MET[result])
            first, there = seen.setdefault(stage, {}).setdefault(number, (criterion, row))
            if there is not row:
                other = "" if first == criterion else f" as “{first.result}”, which is kept"
                doubts.leave_out(row, f"The criterion stands in {there.place} already{other}.")
    return {
        stage: tuple(one for one, _ in sorted(found.values(), key=lambda pair: _order(pair[0].number)))
        for stage, found in seen.items()
    }


def _order(number: str) -> tuple[int, str]:
    return (int(number), "") if number.isdecimal() else (NO_NUMBER, number)
