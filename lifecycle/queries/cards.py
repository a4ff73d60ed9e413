"""What a card on the board shows of one feature."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from features.models import Feature
from hypotheses.models import Hypothesis


@dataclass(frozen=True, slots=True)
class GateBadge:
    """The gate that stands at the end of the stint. `days`: days until it is due at the latest; waited so far when due.

    `overdue`: it is due and nobody has answered for longer than a day.
    """

    id: int
    state: str
    due_on: date | None
    due_at: datetime | None
    days: int | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """The latest evidence: the primary metric's effect in its unit with its interval, and how it went (oldest first).

    `current`: it is of the stint that runs now. All empty where nothing was weighed yet.
    """

    metric: str
    metric_name: str
    unit: str
    kind: str
    better: str
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    minimum_effect: float | None = None
    as_of: datetime | None = None
    spark: tuple[float | None, ...] = ()
    current: bool = False


@dataclass(frozen=True, slots=True)
class Purse:
    """What the running stint has spent against its budget, and all that the feature has cost so far.

    Money in the house's currency. `spent_days` are all person-days of the stint; other `*_days` are those that carry
    no money. `undecided` was spent while the gate waits.
    """

    spent: Decimal = Decimal(0)
    spent_days: Decimal = Decimal(0)
    budget: Decimal | None = None
    budget_days: Decimal | None = None
    invested: Decimal = Decimal(0)
    invested_days: Decimal = Decimal(0)
    undecided: Decimal = Decimal(0)
    undecided_days: Decimal = Decimal(0)

    @property
    def share(self) -> float | None:
        """How much of the budget is spent, 1.0 is all of it; None without a budget."""
        for spent, budget in ((self.spent, self.budget), (self.spent_days, self.budget_days)):
            if budget is not None:
                return float(spent / budget) if budget else float(spent > 0)
        return None

    @property
    def over(self) -> bool:
        """Whether more is spent than the budget."""
        return self.share is not None and self.share > 1


@dataclass(frozen=True, slots=True)
class Card:
    """One feature on the board. `verdict` and `state` are those of the running stint, as they read now."""

    id: int
    key: str
    name: str
    phase: str
    status: str
    iteration: int
    step_percent: Decimal | None
    exposure_percent: Decimal
    squad: str
    squad_name: str
    tribe: str
    owner: str
    owner_name: str
    parent: int | None
    imported: bool
    ended_on: date | None
    hypothesis: str
    verdict: str
    reason: str
    state: str
    reading: Reading | None
    purse: Purse
    gate: GateBadge | None

    @property
    def initials(self) -> str:
        """The owner's first letters, for the round badge."""
        return "".join(word[0] for word in self.owner_name.split()[:2]).upper()


def hypothesis_line(feature: Feature, hypothesis: Hypothesis | None) -> str:
    """What is believed, in one line: why the change will work; else the change; else what the feature is."""
    told = (hypothesis.reason or hypothesis.change) if hypothesis else ""
    return told or feature.summary
