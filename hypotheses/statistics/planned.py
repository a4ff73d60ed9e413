"""The planned mode: a maximum of units is declared before the data, and every look on the way there spends some of α.

Lan & DeMets (1983) with O'Brien-Fleming-type spending, two-sided. What is spent follows the part of the plan that is
in; how the looks hang together follows the information they had, so the plan may turn out otherwise than it began (Lan
& DeMets 1989 keep the two scales apart in the same way). Both are counted in units alone: no effect that was seen says
how much α a look gets. The interval of a look is the estimate ± boundary · √V: the repeated confidence interval of
Jennison & Turnbull (1989), which is right at all looks together.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import expm1, inf, isfinite, log, sqrt

from hypotheses.statistics.boundaries import Density, Spending, carried, log_spent, next_height
from hypotheses.statistics.bounds import require_level, require_positive
from hypotheses.statistics.effect import Effect

LEAST_STEP = 0.01
"""The part of the plan, and of its own information, by which a look must be ahead of the last one to count."""

ALMOST = 1 - 1e-9
"""Steps of exactly the least size count also where their sum is rounded."""


STRIDE = 20
"""So many looks are reckoned in one go."""


@dataclass(frozen=True, slots=True)
class PastLook:
    """A look that counted: the units the comparison was worth (Σ w), the part of the plan that was in (0 to 1), and
    the two-sided α of then.
    """

    information: float
    fraction: float
    alpha: float


@dataclass(frozen=True, slots=True)
class Standing:
    """What the last look that counted showed: it stands until the next one. The estimate, half its interval, its z."""

    estimate: float
    half_width: float
    boundary: float


@dataclass(frozen=True, slots=True)
class Past:
    """The looks so far that counted, oldest first, at least one; and what the last of them showed."""

    looks: tuple[PastLook, ...]
    stands: Standing


@dataclass(frozen=True, slots=True)
class Plan:
    """What was declared, and the looks so far.

    units: matured units in both compared arms together, > 0. treated_share: treatment's part of the units still to
    come, in (0, 1). past: None before the first look that counts. Raises ValueError for numbers that cannot be.
    """

    units: float
    treated_share: float
    past: Past | None = None

    def __post_init__(self) -> None:
        require_positive(self.units, "the number of planned units")
        require_level(self.treated_share, "the treated share")

    @property
    def looks(self) -> tuple[PastLook, ...]:
        """The looks that counted."""
        return self.past.looks if self.past else ()


@dataclass(frozen=True, slots=True)
class PlannedLook:
    """One look under a plan. fraction: the part of the plan that is in. look: None where it does not count, so that
    the one before it stands. stands: the estimate and the interval that decide.
    """

    fraction: float
    look: PastLook | None
    stands: Standing

    @property
    def is_over(self) -> bool:
        """Whether the plan is at its end: all of α is spent."""
        return self.fraction >= 1


def past_after(past: Past | None, planned: PlannedLook) -> Past | None:
    """The looks that counted, once this one is among them."""
    if planned.look is None:
        return past
    return Past((*(past.looks if past else ()), planned.look), planned.stands)


def planned_look(effect: Effect, plan: Plan, alpha: float) -> PlannedLook:
    """The look at an effect with a variance above 0, under a plan and a two-sided α.

    The first one counts. So does any that is LEAST_STEP ahead of the last, and not so near to the end that the end
    itself could not count. All other looks decide nothing: what the last one showed stands. The first look with all
    planned units spends what is left of α, over however much information there is by then; nothing is left after it.
    """
    fraction = fraction_of(effect, plan)
    look = PastLook(effect.weight, fraction, alpha)
    if is_next(look, plan.looks) and isfinite(height := boundary_after(plan.looks, look)):
        return PlannedLook(fraction, look, Standing(effect.estimate, height * sqrt(effect.variance), height))
    if plan.past is None:
        raise ValueError("The first look of a plan has no α to spend.")
    return PlannedLook(fraction, None, plan.past.stands)


def fraction_of(effect: Effect, plan: Plan) -> float:
    """The part of the planned information that is in; never less than before, 1 once all planned units are in.

    Information is Σ w ÷ the variance between units. That variance is the same now and at the end of the plan, so it
    falls out: Σ w ÷ (Σ w + q (1 − q) · units to come), q being the treated share of those.
    """
    before = plan.looks[-1].fraction if plan.looks else 0.0
    to_come = plan.units - effect.n_control - effect.n_treatment
    if to_come <= 0:
        return 1.0
    share = plan.treated_share
    return max(before, effect.weight / (effect.weight + share * (1 - share) * to_come))


def is_next(look: PastLook, earlier: tuple[PastLook, ...]) -> bool:
    """Whether a look counts after those."""
    if not earlier:
        return True
    last, least = earlier[-1], LEAST_STEP * ALMOST
    ahead = look.fraction - last.fraction >= least and look.information >= (1 + least) * last.information
    return ahead and (look.fraction >= 1 or look.fraction <= 1 - least)


def boundary_after(earlier: tuple[PastLook, ...], now: PastLook) -> float:
    """The boundary of a look after those. Oldest first in strides, each from memory: a long past is no deep stack."""
    for at in range(STRIDE, len(earlier), STRIDE):
        boundary(earlier[:at])
    return boundary((*earlier, now))


@lru_cache(maxsize=1024)
def boundary(looks: tuple[PastLook, ...]) -> float:
    """The |z| that the last of these looks must reach; infinite where nothing is left to spend."""
    *earlier, now = looks
    spent = max((_budget(look) for look in earlier), default=-inf)
    wanted = _budget(now)
    if wanted <= spent:
        return inf
    before = earlier[-1].information if earlier else 0.0
    increment = wanted + log(-expm1(spent - wanted))
    return next_height(increment, _going_on(tuple(earlier), now.information), before, now.information)


@lru_cache(maxsize=256)
def _going_on(looks: tuple[PastLook, ...], after: float) -> Density | None:
    """The density at the last of these looks of trials that none of them stopped, for the step to the next."""
    if not looks:
        return None
    *earlier, now = looks
    before, height = earlier[-1].information if earlier else 0.0, boundary(looks)
    density = _going_on(tuple(earlier), now.information)
    return carried(density, before, now.information, (-height, height), after)


def _budget(look: PastLook) -> float:
    """Logarithm of the α spent on one side by the end of a look."""
    return log_spent(Spending.OBRIEN_FLEMING, look.fraction, look.alpha / 2, 0.0)
