"""What an import of history brings: whole lives of features, as they were lived elsewhere."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from features.enums import Phase, Status
from lifecycle.enums import Outcome


@dataclass(frozen=True, slots=True)
class ImportedCriterion:
    """One criterion that somebody held a feature against elsewhere: its number, and how it came out, in native words.

    `met` is None where it did not apply.
    """

    number: str
    result: str
    met: bool | None


@dataclass(frozen=True, slots=True)
class ImportedMove:
    """One decision that was made elsewhere: the answer, when, why in a sentence, and its native words.

    `to` is the phase that it led to; it may skip phases and step back. `source` tells decisions of one day apart.
    `criteria` were assessed for it; the answer is on record, and never follows from them.
    """

    at: datetime
    outcome: Outcome
    to: Phase
    reason: str
    source: str
    native: dict[str, Any]
    criteria: tuple[ImportedCriterion, ...] = ()

    @property
    def overridden(self) -> bool:
        """Whether it was an advance against a criterion that was not met."""
        return self.outcome == Outcome.ADVANCE and any(one.met is False for one in self.criteria)


@dataclass(frozen=True, slots=True)
class ImportedStay:
    """One stay in one phase, from `started_at` on. `move` is the decision that ended it; without one, either the stay
    goes on (`ended_at` None) or nothing is on record about how it ended.
    """

    phase: Phase
    iteration: int
    started_at: datetime
    ended_at: datetime | None = None
    move: ImportedMove | None = None


@dataclass(frozen=True, slots=True)
class ImportedLife:
    """One feature with its whole past. `native` keeps its words and its id in the data set it comes from.

    `released_on`: the day from which everybody had it, when that is known.
    """

    key: str
    name: str
    squad: str
    created_at: datetime
    status: Status
    stays: tuple[ImportedStay, ...]
    native: dict[str, Any] = field(default_factory=dict)
    released_on: date | None = None
    ended_on: date | None = None

    @property
    def phase(self) -> Phase:
        """The phase it is in, or ended in."""
        return self.stays[-1].phase

    @property
    def moves(self) -> tuple[ImportedMove, ...]:
        """The decisions of its past, oldest first."""
        return tuple(stay.move for stay in self.stays if stay.move is not None)


@dataclass(frozen=True, slots=True)
class ImportedSquad:
    """A team of the data set: its slug and name here."""

    slug: str
    name: str
