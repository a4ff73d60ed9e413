"""From the rows of a portfolio to the lives of its features: nothing is written here.

A decision is a distinct (feature, date, source): the rows of one decision, one for each field it changed, come
together. What only edits a record (a milestone written down, a typo mended) moves nothing; it is kept in the feature's
native words.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final

from features.enums import Phase, Status
from lifecycle.actions.imported import ImportedCriterion, ImportedLife, ImportedMove, ImportedStay
from lifecycle.enums import Outcome
from lifecycle.importers.portfolio_files import Doubts, Row, day_of, is_plain_day

KILLED: Final = "Killed"
PARKED: Final = "Parked"
PHASES: Final = {phase.label: phase for phase in Phase}
ANSWERS: Final = {
    "advance": Outcome.ADVANCE,
    "advance_with_changes": Outcome.ADVANCE,
    "iterate": Outcome.ITERATE,
    "step_back": Outcome.ITERATE,
    "kill": Outcome.KILL,
    "retire": Outcome.KILL,
}
"""Native decisions and what they are here. `propose` begins a life; `edit` and `sub_stage` change only the record."""

BEGINS: Final = "propose"
EDITS: Final = frozenset({"edit", "sub_stage"})
RELEASE: Final = "release"
RELEASED: Final = frozenset({Phase.TWEAK_IT, Phase.MAINTAIN_IT})
LONGEST_NAME: Final = 160


@dataclass(frozen=True, slots=True)
class Happening:
    """The rows of one (date, source): what changed in the record at one stroke."""

    on: date
    source: str
    rows: tuple[Row, ...]
    criteria: tuple[ImportedCriterion, ...] = ()

    @property
    def row(self) -> Row:
        """The row that says what it did: one that moves the phase, if there is one."""
        return next((row for row in self.rows if row["phase_before"] != row["phase_after"]), self.rows[0])

    @property
    def changes(self) -> list[dict[str, str]]:
        """The fields that changed, in the words of the data set."""
        return [{"field": row["field"], "from": row["from"], "to": row["to"]} for row in self.rows]

    @property
    def native(self) -> dict[str, Any]:
        """What is kept of it."""
        told = {"date": self.on.isoformat(), "source": self.source, "decision": self.row["decision"]}
        return {**told, "line": self.row.line, "changes": self.changes}

    @property
    def reason(self) -> str:
        """It in one sentence: `stage: alpha → beta (07953da68e)`."""
        parts = [f"{one['field']}: {one['from'] or '–'} → {one['to'] or '–'}" for one in self.changes]
        return f"{'; '.join(parts)} ({self.source})"


@dataclass(slots=True)
class Telling:
    """A life while its happenings are gone through."""

    row: Row
    created_on: date
    phase: Phase
    at: Callable[[date], datetime]
    stays: list[ImportedStay] = field(default_factory=list)
    edits: list[dict[str, Any]] = field(default_factory=list)
    iteration: int = 1
    began: date = field(init=False)
    released_on: date | None = None
    killed_on: date | None = None
    proposed: bool = False

    def __post_init__(self) -> None:
        self.began = self.created_on
        self._enter(self.phase, self.created_on)

    def _enter(self, phase: Phase, on: date) -> None:
        self.phase, self.began = phase, on
        if phase in RELEASED and self.released_on is None and self.proposed:
            self.released_on = on

    def leave(self, on: date, move: ImportedMove | None) -> None:
        """The stay ends, by a decision or by nobody knows what."""
        stay = ImportedStay(self.phase, self.iteration, self.at(self.began), self.at(on), move)
        self.stays.append(stay)

    def decide(self, what: Happening, outcome: Outcome, to: Phase) -> None:
        """A decision closes the stay; unless it ends the life, the next stay begins."""
        move = ImportedMove(self.at(what.on), outcome, to, what.reason, what.source, what.native, what.criteria)
        self.leave(what.on, move)
        if outcome is Outcome.KILL:
            self.killed_on = what.on
            return
        self.iteration = self.iteration + 1 if to is self.phase else 1
        self.proposed = True
        self._enter(to, what.on)
        if self.released_on is None and any(row["field"] == RELEASE for row in what.rows):
            self.released_on = what.on

    def bridge(self, to: Phase, on: date) -> None:
        """The record goes on in another phase, and nobody wrote down when it moved there.

        What was released to all on the day its stay in Ship It began was shipped that day; else the day is the one on
        which the next thing is known.
        """
        shipped = self.phase is Phase.SHIP_IT and self.released_on == self.began and to in RELEASED
        day = self.began if shipped else on
        self.leave(day, None)
        self.iteration = 1
        self.phase, self.began = to, day


def life_of(
    row: Row,
    happenings: Sequence[Happening],
    *,
    key: str,
    squad: str,
    today: date,
    at: Callable[[date], datetime],
    doubts: Doubts,
) -> ImportedLife | None:
    """The life of one feature from its row and what happened, oldest first; None when it has to be left out.

    `at` turns a day into the moment that stands for it.
    """
    created = _created_on(row, happenings, today, doubts)
    if created is None or not _is_known(row, doubts):
        return None
    telling = Telling(row, created, _first_phase(row, happenings), at)
    for what in happenings:
        _tell(telling, what, doubts)
    status, ended_on = _end(telling, row, today, doubts)
    if status is Status.ACTIVE:
        telling.stays.append(ImportedStay(telling.phase, telling.iteration, at(telling.began)))
    elif telling.killed_on is None:
        telling.leave(ended_on or telling.began, None)
    return ImportedLife(
        key=key,
        name=_name(row, doubts),
        squad=squad,
        created_at=at(created),
        status=status,
        stays=tuple(telling.stays),
        native=_native(row, telling),
        released_on=telling.released_on,
        ended_on=ended_on,
    )


def happenings_of(events: Sequence[Row], *, today: date, doubts: Doubts) -> Iterator[Happening]:
    """The events that make sense, those of one (date, source) together, oldest first.

    events: of one feature, in the order of the file.
    """
    dated = [(day, row) for row in events if (day := _event_day(row, today, doubts)) is not None]
    dated.sort(key=lambda pair: pair[0])  # stable: within a day the order of the file
    seen: dict[tuple[date, str], list[Row]] = {}
    for day, row in dated:
        seen.setdefault((day, row["source"]), []).append(row)
    for (day, source), rows in seen.items():
        yield Happening(day, source, tuple(rows))


def _event_day(row: Row, today: date, doubts: Doubts) -> date | None:
    day = day_of(row["date"])
    if day is None:
        doubts.leave_out(row, f"“{row['date']}” is not a day.")
        return None
    if day > today:
        doubts.leave_out(row, f"The day {day} has not come yet.")
        return None
    for name in ("phase_before", "phase_after"):
        if row[name] and row[name] not in {*PHASES, KILLED, PARKED}:
            doubts.leave_out(row, f"“{row[name]}” is not a phase.")
            return None
    if row["decision"] not in {*ANSWERS, *EDITS, BEGINS}:
        doubts.leave_out(row, f"“{row['decision']}” is not a decision.")
        return None
    if not is_plain_day(row["date"]):
        doubts.mend(row, f"“{row['date']}” was read as {day}.")
    return day


def _created_on(row: Row, happenings: Sequence[Happening], today: date, doubts: Doubts) -> date | None:
    """The first day: as it is written, or that of the first event where it is not a day or comes too late."""
    created, first = day_of(row["created"]), happenings[0].on if happenings else None
    if created is not None and created > today:
        doubts.leave_out(row, f"The feature was created on {created}, a day that has not come yet.")
        return None
    ended = day_of(row["ended"]) if row["ended"] else None
    if created is not None and ended is not None and ended < created:
        doubts.leave_out(row, f"The feature ended on {ended}, before it was created on {created}.")
        return None
    if created is None and first is None:
        doubts.leave_out(row, f"“{row['created']}” is not a day, and there is no event to tell when it began.")
    elif created is None:
        doubts.mend(row, f"“{row['created']}” is not a day; it begins with its first event on {first}.")
    elif first is not None and first < created:
        doubts.mend(row, f"It has an event on {first}, before it was created on {created}; it begins with the event.")
    elif not is_plain_day(row["created"]):
        doubts.mend(row, f"“{row['created']}” was read as {created}.")
    days = [day for day in (created, first) if day is not None]
    return min(days) if days else None


def _is_known(row: Row, doubts: Doubts) -> bool:
    """Whether the feature's phase and end are words and days; a parked one is taken in."""
    if row["phase"] not in {*PHASES, KILLED, PARKED}:
        doubts.leave_out(row, f"“{row['phase']}” is not a phase.")
        return False
    if row["ended"] and day_of(row["ended"]) is None:
        if row["phase"] == KILLED:
            doubts.mend(row, f"The end “{row['ended']}” is not a day; the day of the kill is taken.")
        else:
            doubts.mend(row, f"The end “{row['ended']}” is not a day; it counts as not ended.")
    if "|" in row["status_native"]:
        doubts.mend(row, "The status is a template that nobody filled in; it is kept as it is, beside our own words.")
    if row["phase"] == PARKED:
        doubts.mend(row, "A parked feature is no phase here; it stays active where it was, Think It at first.")
    return True


def _first_phase(row: Row, happenings: Sequence[Happening]) -> Phase:
    """Where the record begins: what the first event led to when it begins the life, else what it led away from."""
    if not happenings:
        return PHASES.get(row["phase"], Phase.THINK_IT)
    first = happenings[0].row
    word = first["phase_after"] if first["decision"] == BEGINS else first["phase_before"] or first["phase_after"]
    return PHASES.get(word, Phase.THINK_IT)


def _tell(telling: Telling, what: Happening, doubts: Doubts) -> None:
    row = what.row
    if telling.killed_on is not None:
        for one in what.rows:
            doubts.leave_out(one, f"The feature ended on {telling.killed_on}; nothing can happen to it afterwards.")
    elif row["decision"] == BEGINS:
        _begin(telling, what, doubts)
    elif row["decision"] in EDITS and row["phase_before"] == row["phase_after"]:
        telling.edits.append(what.native)
    else:
        _move(telling, what)


def _begin(telling: Telling, what: Happening, doubts: Doubts) -> None:
    if telling.proposed:
        for row in what.rows:
            doubts.leave_out(row, "A life begins once; this feature has moved already.")
        return
    telling.proposed = True
    telling.edits.append(what.native)
    if telling.phase in RELEASED:
        telling.released_on = what.on
    if what.row["phase_after"] == KILLED:
        telling.decide(what, Outcome.KILL, telling.phase)


def _move(telling: Telling, what: Happening) -> None:
    before, after = what.row["phase_before"], what.row["phase_after"]
    known = PHASES.get(before)
    if known is not None and known is not telling.phase:
        telling.bridge(known, what.on)
    if after == KILLED:
        telling.decide(what, Outcome.KILL, telling.phase)
        return
    to = PHASES.get(after, telling.phase)
    fallback = Outcome.ADVANCE if list(Phase).index(to) > list(Phase).index(telling.phase) else Outcome.ITERATE
    telling.decide(what, ANSWERS.get(what.row["decision"], fallback), to)


def _end(telling: Telling, row: Row, today: date, doubts: Doubts) -> tuple[Status, date | None]:
    """Status and end as the data set has them; a phase that no event led to is bridged."""
    ended = day_of(row["ended"]) if row["ended"] else None
    if row["phase"] == KILLED:
        if ended is None and telling.killed_on is None:
            doubts.mend(row, f"It was killed, and nobody wrote down when; the import's day {today} is taken.")
        return Status.ENDED, max(ended or telling.killed_on or today, telling.began)
    if telling.killed_on is not None:
        doubts.mend(row, f"Its last event killed it on {telling.killed_on}, yet it is in {row['phase']}; it goes on.")
        telling.iteration, telling.began, telling.killed_on = 1, telling.killed_on, None
    phase = PHASES.get(row["phase"], telling.phase)
    if phase is not telling.phase:
        if telling.released_on is None and phase in RELEASED:
            doubts.mend(row, f"Nobody wrote down when it came to {phase.label}; the import's day {today} is taken.")
        telling.bridge(phase, today)
    return Status.ACTIVE, None


def _name(row: Row, doubts: Doubts) -> str:
    name = row["title"] or row["feature_id"]
    if len(name) > LONGEST_NAME:
        doubts.mend(row, f"The title has {len(name)} characters; the first {LONGEST_NAME} are kept.")
    return name[:LONGEST_NAME]


def _native(row: Row, telling: Telling) -> dict[str, Any]:
    kept = {name: row[name] for name in ("dataset", "feature_id", "phase", "status_native", "created", "owner_team")}
    return {**kept, "line": row.line, **({"edits": telling.edits} if telling.edits else {})}


def by_feature(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Rows by the feature they are about, in the order of the file."""
    ordered = sorted(rows, key=lambda row: row["feature_id"])
    return {key: list(group) for key, group in groupby(ordered, key=lambda row: row["feature_id"])}
