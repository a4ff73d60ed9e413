"""Everything that the rules, the causes and the recommendation look at, loaded once (`queries/facts.py`)."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from features.enums import Phase
from hypotheses.enums import FindingKind, GuardrailStatus, Population, PullState, Readiness, Verdict
from lifecycle.enums import GateState
from lifecycle.gates.limits import Limits
from lifecycle.phases import Place, Rung


@dataclass(frozen=True, slots=True)
class HypothesisFacts:
    """The version in force; empty texts and None where a part is missing. `guardrails` are metric keys."""

    version: int
    audience: str
    reason: str
    metric: str
    direction: str
    minimum_effect: float | None
    mvp: str
    guardrails: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FindingFacts:
    """One finding: its kind and who was looked at."""

    kind: FindingKind
    population: Population


@dataclass(frozen=True, slots=True)
class FeedFacts:
    """How a metric's results arrive. `pulled`: a source is read for them; else they are pushed through the API.

    `last_pull` is the state of the latest pull that came to an end, `error` what it said; `has_results`: at least one
    result was ever recorded for the metric.
    """

    metric: str
    pulled: bool
    last_pull: PullState | None
    error: str
    has_results: bool


NO_TRIAL: Final = "A finding is no trial: here the results of one are asked. Register one, or mend its source."
"""What a rule of Ship It says to evidence that stands on findings only."""


@dataclass(frozen=True, slots=True)
class EvidenceFacts:
    """What the data say now. `uncleared`: codes of marks nobody has cleared; `guardrails`: status by metric key.

    `arm`: the treatment that is spoken of, where a trial has several. `waits_for`: the success metrics of which nothing
    can be told, where the evidence waits for nothing else.
    """

    verdict: Verdict
    reason: str = ""
    explanation: str = ""
    state: Readiness | None = None
    as_of: datetime | None = None
    days_left: float | None = None
    uncleared: tuple[str, ...] = ()
    guardrails: tuple[tuple[str, GuardrailStatus], ...] = ()
    arm: str = ""
    waits_for: tuple[str, ...] = ()

    @property
    def harmed(self) -> tuple[str, ...]:
        """The guardrails that are harmed; none where the evidence cannot be trusted: that comes before any number."""
        if self.verdict in {Verdict.INVALID, Verdict.MISSING}:
            return ()
        return tuple(metric for metric, status in self.guardrails if status is GuardrailStatus.HARMED)

    @property
    def is_harmful(self) -> bool:
        """Whether the change does harm, to its own metric or to a guardrail."""
        return self.verdict is Verdict.HARMFUL or bool(self.harmed)

    @property
    def is_findings(self) -> bool:
        """Whether it stands on findings only: no trial has said anything."""
        return self.reason == "findings"

    @property
    def is_stale(self) -> bool:
        """Whether the data are merely too old to be believed."""
        return self.verdict is Verdict.INVALID and self.reason == "stale"


@dataclass(frozen=True, slots=True)
class LadderFacts:
    """The steps of Ship It, lowest first, and the share that stays outside them."""

    rungs: tuple[Rung, ...]
    holdback_percent: Decimal


@dataclass(frozen=True, slots=True)
class RemovalFacts:
    """How the feature would be taken out, and who owns that."""

    plan: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class SpendFacts:
    """What a stint has spent: money in `CURRENCY`, and person-days (`days` in all, `unpriced` those without a rate)."""

    amount: Decimal = Decimal(0)
    days: Decimal = Decimal(0)
    unpriced: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Budget:
    """What a stint may spend: money in `CURRENCY` or person-days, one of them, or neither."""

    amount: Decimal | None = None
    days: Decimal | None = None

    def is_spent(self, spend: SpendFacts) -> bool:
        """Whether nothing is left of it."""
        if self.amount is not None:
            return spend.amount >= self.amount
        return self.days is not None and spend.days >= self.days


@dataclass(frozen=True, slots=True)
class Upkeep:
    """A shipped feature in the last twelve months, in `CURRENCY`: what it was worth (bounds), what keeping it cost.

    None stands for unknown. `cost` is what is known of it, `cost_most` the same with an estimate for the months that
    nobody accounted for; `days` are person-days that carry no money.
    """

    value_low: Decimal | None = None
    value_high: Decimal | None = None
    cost: Decimal | None = None
    cost_most: Decimal | None = None
    days: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class TweaksFacts:
    """Tweak It: whether the next tweak would bring too little, and a sentence; empty while nothing can be told."""

    diminishing: bool = False
    told: str = ""


@dataclass(frozen=True, slots=True)
class KinFacts:
    """Think It: how many lessons the feature's kin has, how many of them nobody acknowledged, and who did so last."""

    lessons: int = 0
    unread: int = 0
    read_by: str = ""


@dataclass(frozen=True, slots=True)
class GateFacts:
    """One gate with all that bears on it, as of `now`.

    `harmful_before`: earlier iterations of this visit that ended harmful; `mvp_in_a_row`: how many of the last
    decisions were an iterate that questioned the MVP alone; `success_feeds`: how the results of the metrics that may
    validate arrive, the hypothesis' own first; `stricter`: rules that the squad or its tribe made a must; `frozen`: the
    evidence as it is kept with a decision; `stint_days`: how long one more stint like this one would be.
    """

    now: datetime
    gate_id: int
    state: GateState
    feature: str
    tweak: bool
    phase: Phase
    place: Place
    iteration: int
    step_percent: Decimal | None
    started_at: datetime
    due_on: date | None
    evidence: EvidenceFacts
    ladder: LadderFacts
    currency: str = "EUR"
    due_at: datetime | None = None
    stint_days: int | None = None
    limits: Limits = field(default_factory=Limits)
    budget: Budget = field(default_factory=Budget)
    spent: SpendFacts = field(default_factory=SpendFacts)
    hypothesis: HypothesisFacts | None = None
    findings: tuple[FindingFacts, ...] = ()
    success_feeds: tuple[FeedFacts, ...] = ()
    guardrail_feeds: tuple[FeedFacts, ...] = ()
    removal: RemovalFacts = field(default_factory=RemovalFacts)
    harmful_before: int = 0
    mvp_in_a_row: int = 0
    upkeep: Upkeep = field(default_factory=Upkeep)
    tweaks: TweaksFacts = field(default_factory=TweaksFacts)
    kin: KinFacts = field(default_factory=KinFacts)
    stricter: frozenset[str] = frozenset()
    frozen: dict[str, Any] = field(default_factory=dict)
