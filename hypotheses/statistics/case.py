"""What goes into a verdict: one treatment against control, and all that is known. One case per treatment arm."""

from dataclasses import dataclass

from hypotheses.enums import Direction
from hypotheses.statistics.bounds import require_count, require_level, require_positive, require_variance
from hypotheses.statistics.effect import Stage
from hypotheses.statistics.overlap import several_arms
from hypotheses.statistics.planned import Plan
from hypotheses.statistics.planning import Accrual
from hypotheses.statistics.sample_ratio import SampleRatio, summed

ALPHA = 0.10
"""Error rate of the interval: 5 % in each direction."""

FEWEST_UNITS = 100
"""Below this many units in an arm the normal approximation is not trusted, and nothing is decided."""


@dataclass(frozen=True, slots=True)
class Guardrail:
    """A metric that must not be harmed.

    name: how it is called in the results. stages: as the primary's (assignments are not needed). margin: the harm it
    may do at most, in its own unit, ≥ 0; 0 means safe unless shown worse. mei: its own minimum effect, which tunes
    its interval where the margin is 0 (> 0 then). direction: which way is better. unreadable: why its results cannot be
    compared, in words; nothing is known of it then, and the other metrics are read all the same. Raises ValueError for
    numbers that cannot be.
    """

    name: str
    stages: tuple[Stage, ...]
    margin: float
    direction: Direction
    mei: float = 0.0
    unreadable: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "direction", known_direction(self.direction))
        require_variance(self.margin, "a guardrail's margin")
        require_variance(self.mei, "a guardrail's minimum effect")
        if not self.margin:
            require_positive(self.mei, "the minimum effect of a guardrail without a margin")

    @property
    def tau(self) -> float:
        """The effect that its interval is tuned for: the margin, or its own minimum effect where that is 0."""
        return self.margin or self.mei


@dataclass(frozen=True, slots=True)
class Success:
    """A further success metric: one more that may validate the change, besides the primary.

    name: how it is called in the results. stages: as the primary's (assignments are not needed). mei: its own minimum
    effect, absolute, > 0; it is also its interval's τ. direction: which way is better. n_multi_arm, counted_twice: as
    the primary's, of its own results. unreadable: as of a guardrail. Raises ValueError for numbers that cannot be.
    """

    name: str
    stages: tuple[Stage, ...]
    mei: float
    direction: Direction
    n_multi_arm: float = 0
    counted_twice: str = ""
    unreadable: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "direction", known_direction(self.direction))
        require_positive(self.mei, "the minimum effect of a success metric")
        require_count(self.n_multi_arm, "the number of units in several arms")

    @property
    def sample_ratio(self) -> SampleRatio:
        """The split of the units that its own results tell."""
        return summed([(stage.assigned, stage.weights) for stage in self.stages])

    @property
    def has_strays(self) -> bool:
        """Whether its results tell of too many units in several arms."""
        units = sum(stage.control.n + stage.treatment.n for stage in self.stages)
        return several_arms(self.n_multi_arm, units)


@dataclass(frozen=True, slots=True)
class TrialCase:
    """One treatment against control on the primary metric, all stages, with guardrails and trust.

    stages: stretches of constant allocation. mei: minimum effect of interest, absolute, in the metric's unit, > 0; it
    is also the interval's τ. direction: which way is better; turning it round mirrors the verdict. alpha: of the
    two-sided interval of each success metric, so it is shared out already. guardrail_alpha: that of the guardrails,
    who do not share with them; None: the same. stale, contaminated, counted_twice: empty when there is nothing to say,
    else the reason in words, which makes the evidence invalid (see `trust`). n_multi_arm: units seen in several arms.
    accrual: how fast the trial learns, for the days left. minimum_run_served: whether the step has run as long as it
    must. plan: the declared maximum of units and the looks so far; None: always valid, without an end. successes: the
    further success metrics. Raises ValueError for numbers that cannot be.
    """

    stages: tuple[Stage, ...]
    mei: float
    direction: Direction = Direction.UP
    alpha: float = ALPHA
    guardrails: tuple[Guardrail, ...] = ()
    stale: str = ""
    contaminated: str = ""
    counted_twice: str = ""
    n_multi_arm: float = 0
    accrual: Accrual | None = None
    minimum_run_served: bool = True
    plan: Plan | None = None
    guardrail_alpha: float | None = None
    successes: tuple[Success, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "direction", known_direction(self.direction))
        require_positive(self.mei, "the minimum effect")
        require_level(self.alpha, "alpha")
        if self.guardrail_alpha is not None:
            require_level(self.guardrail_alpha, "the guardrails' alpha")
        require_count(self.n_multi_arm, "the number of units in several arms")

    @property
    def alpha_of_guardrails(self) -> float:
        """The error rate that a guardrail's interval has; their alarm shares it."""
        return self.alpha if self.guardrail_alpha is None else self.guardrail_alpha


def known_direction(direction: int) -> Direction:
    """The direction as a word of ours. Raises ValueError for anything but 1 and −1."""
    try:
        return Direction(direction)
    except ValueError:
        raise ValueError(f"A direction is 1 (up is better) or -1 (down is better), not {direction!r}.") from None
