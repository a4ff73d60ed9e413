"""The phase table: every move that a decision can make (law 5), and the numbers that belong to phases and steps.

Pure data and arithmetic. What is not in `TABLE` cannot be done; docs/reference/gates.md shows the table to readers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from features.enums import Phase, Status, Word
from lifecycle.enums import Escalation, Outcome


def plain(number: Decimal) -> str:
    """A number as people read it, without zeros that say nothing: 10.00 → 10, 2.50 → 2.5."""
    return f"{number.normalize():f}"


THINK, BUILD, SHIP, TWEAK, MAINTAIN = Phase
ITERATE, KILL, ADVANCE = Outcome.ITERATE, Outcome.KILL, Outcome.ADVANCE


class NoSuchMoveError(Exception):
    """The answer does not exist here: the table has no such row."""


class When(Word):
    """Which rows of Ship It apply: a move may differ at the ladder's last step, and there again for a tweak."""

    ALWAYS = "always"
    BEFORE_LAST_STEP = "before_last_step"
    LAST_STEP = "last_step"
    LAST_STEP_OF_TWEAK = "last_step_of_tweak"


class Fate(Word):
    """What becomes of the feature: it stays active, ends, is removed, is removed if anyone was exposed, or lands."""

    ACTIVE = "active"
    ENDED = "ended"
    REMOVING = "removing"
    REMOVING_IF_EXPOSED = "removing_if_exposed"
    LANDED = "landed"


class Step(Word):
    """Which step of the ladder the next stint is on."""

    NONE = "none"
    FIRST = "first"
    SAME = "same"
    NEXT = "next"


class Iteration(Word):
    """Whether the next stint counts on within the same visit, or starts a visit with 1."""

    FIRST = "first"
    NEXT = "next"


class Exposure(Word):
    """What the decision does to the ceiling and to the actual exposure. Only a decision raises the ceiling."""

    KEPT = "kept"
    ZERO = "zero"
    RAISED_TO_STEP = "raised_to_step"
    RELEASED = "released"


class Tweak(Word):
    """Whether the decision starts a tweak, a small feature with this one as its parent."""

    NO = "no"
    MAY = "may"
    MUST = "must"


@dataclass(frozen=True, slots=True)
class Move:
    """One row: at this phase, this answer leads there.

    `to` is the phase of the next stint (for an ending: the phase it died in). `revisable`: the decision may bring the
    next version of the hypothesis. `freezes`: the metric's value is frozen as a baseline (the parent's, for a tweak).
    """

    at: Phase
    outcome: Outcome
    to: Phase
    when: When = When.ALWAYS
    fate: Fate = Fate.ACTIVE
    step: Step = Step.NONE
    iteration: Iteration = Iteration.FIRST
    exposure: Exposure = Exposure.KEPT
    tweak: Tweak = Tweak.NO
    freezes: bool = False

    @property
    def needs_questions(self) -> bool:
        """To iterate, the squad says what it now questions."""
        return self.outcome is ITERATE

    @property
    def goes_on(self) -> bool:
        """Whether a next stint and a next gate open."""
        return self.fate is Fate.ACTIVE


TABLE: Final[tuple[Move, ...]] = (
    Move(THINK, ITERATE, to=THINK, iteration=Iteration.NEXT),
    Move(THINK, KILL, to=THINK, fate=Fate.ENDED, exposure=Exposure.ZERO),
    Move(THINK, ADVANCE, to=BUILD),
    Move(BUILD, ITERATE, to=BUILD, iteration=Iteration.NEXT),
    Move(BUILD, KILL, to=BUILD, fate=Fate.REMOVING_IF_EXPOSED, exposure=Exposure.ZERO),
    Move(BUILD, ADVANCE, to=SHIP, step=Step.FIRST, exposure=Exposure.RAISED_TO_STEP),
    Move(SHIP, ITERATE, to=SHIP, step=Step.SAME, iteration=Iteration.NEXT),
    Move(SHIP, KILL, to=SHIP, fate=Fate.REMOVING, exposure=Exposure.ZERO),
    Move(SHIP, ADVANCE, to=SHIP, when=When.BEFORE_LAST_STEP, step=Step.NEXT, exposure=Exposure.RAISED_TO_STEP),
    Move(SHIP, ADVANCE, to=TWEAK, when=When.LAST_STEP, exposure=Exposure.RELEASED, freezes=True),
    Move(
        SHIP, ADVANCE, to=SHIP, when=When.LAST_STEP_OF_TWEAK, fate=Fate.LANDED, exposure=Exposure.RELEASED, freezes=True
    ),
    Move(TWEAK, ITERATE, to=TWEAK, iteration=Iteration.NEXT, tweak=Tweak.MUST),
    Move(TWEAK, KILL, to=TWEAK, fate=Fate.REMOVING, exposure=Exposure.ZERO),
    Move(TWEAK, ADVANCE, to=MAINTAIN),
    Move(MAINTAIN, ITERATE, to=TWEAK, tweak=Tweak.MAY),
    Move(MAINTAIN, KILL, to=MAINTAIN, fate=Fate.REMOVING, exposure=Exposure.ZERO),
    Move(MAINTAIN, ADVANCE, to=MAINTAIN),
)

TWEAKS_LIVE_IN: Final = frozenset({THINK, BUILD, SHIP})
"""A tweak lands at the end of Ship It; it has no Tweak It or Maintain It of its own."""


def move_of(*, phase: Phase, outcome: Outcome, last_step: bool = False, tweak: bool = False) -> Move:
    """The one row for an answer. `last_step` and `tweak` matter in Ship It only.

    Raises NoSuchMoveError when there is none.
    """
    if tweak and phase not in TWEAKS_LIVE_IN:
        raise NoSuchMoveError(f"A tweak has no {phase.label}: it lands at the end of Ship It.")
    special = When.BEFORE_LAST_STEP
    if last_step:
        special = When.LAST_STEP_OF_TWEAK if tweak else When.LAST_STEP
    for move in TABLE:
        if (move.at, move.outcome) == (phase, outcome) and move.when in {When.ALWAYS, special}:
            return move
    raise NoSuchMoveError(f"{outcome} is not an answer in {phase}.")


def status_after(move: Move, *, exposed: bool) -> Status:
    """The feature's status after a move. `exposed`: whether anyone ever had it."""
    if move.fate is Fate.REMOVING_IF_EXPOSED:
        return Status.REMOVING if exposed else Status.ENDED
    return Status(move.fate.value)


class Place(Word):
    """Where a gate stands, as the rule table knows it: a phase, and in Ship It the kind of step."""

    THINK_IT = "think_it"
    BUILD_IT = "build_it"
    EARLY_STEP = "early_step"
    PROVING_STEP = "proving_step"
    LAST_STEP = "last_step"
    TWEAK_IT = "tweak_it"
    MAINTAIN_IT = "maintain_it"


PROVING_FROM: Final = Decimal(25)
"""From this percentage on, a step proves the effect; below it, it only looks for harm."""


def place_of(*, phase: Phase, step_percent: Decimal | None = None, last_step: bool = False) -> Place:
    """The column of the rule table that a gate belongs to."""
    if phase is not SHIP:
        return Place(phase.value)
    if last_step:
        return Place.LAST_STEP
    return Place.PROVING_STEP if step_percent is not None and step_percent >= PROVING_FROM else Place.EARLY_STEP


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder: its percentage, what it is for, the days it is served at least, and its full course.

    After `full_course_days` the step's gate falls due (`step_complete`); None leaves that to the time box.
    """

    percent: Decimal
    purpose: str
    minimum_days: int
    full_course_days: int | None

    @property
    def course_days(self) -> int:
        """Its full course; without one, the time box of such a step."""
        return self.full_course_days or max(STEP_DAYS, 2 * self.minimum_days)


DEFAULT_LADDER: Final[tuple[Rung, ...]] = (
    Rung(Decimal(1), "Find gross harm", 3, 7),
    Rung(Decimal(5), "Find harm", 3, 7),
    Rung(Decimal(10), "Find harm, see the systems under load", 7, 14),
    Rung(Decimal(25), "Prove the effect", 7, 28),
    Rung(Decimal(50), "Prove the effect", 7, 28),
    Rung(Decimal(99), "The systems hold, and the holdback agrees", 7, 14),
)
DEFAULT_HOLDBACK: Final = Decimal(1)
HOLDBACK_DAYS: Final = 90
"""How long the holdback is kept after release to all, unless the decision says otherwise."""


def rung_after(percents: Sequence[Decimal], percent: Decimal | None) -> Decimal | None:
    """The next higher step of a ladder, the first one for None; None from the last step on."""
    return min((p for p in percents if percent is None or p > percent), default=None)


TIME_BOX_DAYS: Final[dict[Phase, int]] = {THINK: 14, BUILD: 28, TWEAK: 90}
"""Default time boxes. In Ship It a step's is its full course; in Maintain It it ends with the next quarter."""

STEP_DAYS: Final = 14
"""The time box of a step that has no full course: these days, or twice its minimum."""


def time_box_days(*, phase: Phase, today: date, rung: Rung | None = None) -> int:
    """The default time box of a stint that starts today."""
    if phase is MAINTAIN:
        return (next_quarter_end(today) - today).days
    if rung is not None:
        return rung.course_days
    return TIME_BOX_DAYS.get(phase, STEP_DAYS)


def next_quarter_end(day: date) -> date:
    """The last day of the quarter after the one that the day lies in: kept until that quarter's review."""
    months = day.year * 12 + (day.month - 1) // 3 * 3 + 6
    return date(months // 12, months % 12 + 1, 1) - timedelta(days=1)


ESCALATIONS: Final[tuple[tuple[Escalation, int], ...]] = (
    (Escalation.SQUAD, 0),
    (Escalation.TRIBE, 3),
    (Escalation.LEADERSHIP, 7),
)
"""Who is told about a gate that waits, and after how many days of waiting."""

OVERDUE_AFTER: Final = timedelta(days=1)
"""A due gate is overdue when nobody has answered for this long."""

BREAKER_SHOWN_DAYS: Final = 7
"""A circuit breaker trips only when an escalation was shown for so many days while the system ran."""
