"""The words in which a feature's life is told: what was believed, what was found, tried and decided, and when."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Final

from features.enums import Phase
from hypotheses.enums import Better, FindingKind, Population
from lifecycle.enums import Outcome, Question, RemovalWork

ITERATE, KILL, ADVANCE = Outcome.ITERATE, Outcome.KILL, Outcome.ADVANCE
MVP, HYPOTHESIS, MEASUREMENT = Question.MVP, Question.HYPOTHESIS, Question.MEASUREMENT
PROTOTYPE, INTERVIEWS, ANALYSIS, BETA, INTERNAL = FindingKind
CUSTOMERS, PROSPECTS, EMPLOYEES, PANEL = Population


@dataclass(frozen=True, slots=True)
class Ago:
    """So many days before the moment the demo is made; for what has to be fresh on any day of the week."""

    days: float


When = float | Ago
"""A number is weeks before the last Thursday: squads meet at the gate on Thursdays and Fridays."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A guardrail: the metric by key, and the harm it may take at most, in its unit."""

    metric: str
    margin: float


@dataclass(frozen=True, slots=True)
class Success:
    """A further metric that may validate: by key, with the minimum effect in its unit."""

    metric: str
    effect: float
    direction: Better = Better.UP


@dataclass(frozen=True, slots=True)
class Belief:
    """A hypothesis. `effect` is the minimum effect in the metric's own unit; `planned_units` the most units that its
    trial may take, where there is a plan.
    """

    change: str
    audience: str
    reason: str
    metric: str
    effect: float
    mvp: str
    guards: tuple[Guard, ...]
    direction: Better = Better.UP
    also: tuple[Success, ...] = ()
    planned_units: int | None = None

    @property
    def metrics(self) -> tuple[str, ...]:
        """Every metric that its trial measures, by key; its own first."""
        return self.metric, *(success.metric for success in self.also), *(guard.metric for guard in self.guards)

    def fields(self) -> dict[str, Any]:
        """As `write_hypothesis` takes them."""
        return {
            "change": self.change,
            "audience": self.audience,
            "reason": self.reason,
            "metric": self.metric,
            "direction": self.direction.value,
            "minimum_effect": self.effect,
            "effect_scale": "absolute",
            "mvp": self.mvp,
            "planned_units": self.planned_units,
            "success_metrics": [
                {"metric": also.metric, "direction": also.direction.value, "minimum_effect": also.effect}
                for also in self.also
            ],
            "guardrails": [{"metric": guard.metric, "margin": guard.margin} for guard in self.guards],
        }


@dataclass(frozen=True, slots=True)
class Found:
    """A finding without a trial; `hits` of `tried` people succeeded, where they were counted."""

    at: When
    kind: FindingKind
    note: str
    hits: int | None = None
    tried: int | None = None
    population: Population = CUSTOMERS
    market: str = "Sweden"
    by: str = ""


@dataclass(frozen=True, slots=True)
class Override:
    """An advance against must rules: who consents and why, and the decider's own reason."""

    consent_by: str
    consent: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """An answer at the gate. `call`: why the gate was called, where nothing else had made it due.

    `effect` is what the treatment does from here on (in the primary metric's unit), where a new permutation changes it;
    `moves` the same for the other metrics, by key. `tweak` is the key of the life that this answer starts. `time_box`
    and `budget` are those of the next stint; `changes` its revised hypothesis.
    """

    at: When
    outcome: Outcome
    reason: str
    by: str = ""
    questions: tuple[Question, ...] = ()
    call: str = ""
    changes: Mapping[str, Any] | None = None
    tweak: str = ""
    time_box: int | None = None
    budget: Mapping[str, str] | None = None
    effect: float | None = None
    moves: Mapping[str, float] | None = None
    override: Override | None = None


@dataclass(frozen=True, slots=True)
class WhenDue:
    """An answer given once the gate has fallen due by itself, on the first Thursday that is `wait` days later.

    It is left out when the next act's own time comes first. `again`: the last answer of a life, given each time.
    """

    outcome: Outcome
    reason: str
    _: KW_ONLY
    by: str = ""
    wait: float = 2.0
    again: bool = False
    questions: tuple[Question, ...] = ()
    tweak: str = ""


@dataclass(frozen=True, slots=True)
class Called:
    """Somebody of the squad asks for the decision now."""

    at: When
    reason: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Lowered:
    """Exposure goes down at once, while the gate waits."""

    at: When
    percent: int
    reason: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """How the feature would be taken out again, and who owns that."""

    at: When
    plan: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Laddered:
    """The squad lays out its own steps: (percent, minimum days, full course in days)."""

    at: When
    steps: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """One part of a removal is done."""

    at: When
    work: RemovalWork
    note: str
    by: str = ""


Act = Found | Decided | WhenDue | Called | Lowered | Planned | Laddered | Confirmed


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """The trial of a feature: how many units a day it reaches at 100 %, and what the treatment really does.

    The warehouse is written from this: `effect` on the primary metric, `moves` on the others by key (a change in their
    unit, before any sign of good or bad). At each step the control is as large as the treatment, as far as there is
    room. `lost`: the share of treated units whose assignment the tracking loses (a sample ratio mismatch). `ends` is
    the moment up to which the warehouse has data, where they stop coming.
    """

    units: int
    effect: float
    moves: Mapping[str, float] = field(default_factory=dict)
    lost: float = 0.0
    ends: When | None = None
    unit: str = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What a feature costs: person-days a week in each phase, infrastructure a week once it is out, and one-offs.

    `once`: (when, category, amount, note).
    """

    think: float = 3.0
    build: float = 16.0
    ship: float = 7.0
    tweak: float = 4.0
    maintain: float = 0.8
    infrastructure: float = 0.0
    once: tuple[tuple[When, str, int, str], ...] = ()

    def days_a_week(self, phase: Phase) -> float:
        """Person-days of one ordinary week."""
        by_phase = {
            Phase.THINK_IT: self.think,
            Phase.BUILD_IT: self.build,
            Phase.SHIP_IT: self.ship,
            Phase.TWEAK_IT: self.tweak,
            Phase.MAINTAIN_IT: self.maintain,
        }
        return by_phase[phase]


@dataclass(frozen=True, slots=True)
class Earns:
    """What a released feature earns a week once it has settled, and over how many weeks it gets there."""

    weekly: int
    settles: int = 8
    fades: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One feature from its first day on. `by` of an act left blank is the owner.

    `born`: when it was registered; a tweak is born by its parent's decision, and says so with `parent`.
    """

    key: str
    name: str
    squad: str
    owner: str
    summary: str
    belief: Belief
    acts: tuple[Act, ...]
    born: When = 0.0
    tags: tuple[str, ...] = ()
    parent: str = ""
    time_box: int | None = None
    budget: Mapping[str, str] | None = None
    experiment: Experiment | None = None
    costs: Costs = field(default_factory=Costs)
    earns: Earns | None = None
    friday: bool = False


STEPS: Final = (1, 5, 10, 25, 50, 99)
