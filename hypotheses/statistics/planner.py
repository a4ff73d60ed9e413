"""Before a trial: what its steps can find out, in how many days, and which steps are worth having."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, inf, sqrt

from hypotheses.statistics.bounds import require_level, require_positive
from hypotheses.statistics.case import ALPHA, FEWEST_UNITS
from hypotheses.statistics.planning import GROSS, POWER, Accrual, days_to_decision, fixed_ratio, required_ratio

LADDER = (1, 5, 10, 25, 50, 99)
"""The steps that a suggestion is made of, in percent."""
PROVING = 25
"""From here on, a step of a suggestion asks for “validated”; those below look for gross harm only."""
HALF = 50
"""The step that decides soonest; every suggestion has it."""
LOOK_DAYS = 14
"""A step that would need longer to show gross harm is not worth climbing."""
DECIDE_DAYS = 28
"""Beside the half, a step that would need longer to decide is not worth climbing."""


LOOKS_COST = 1.06
"""With daily looks, a plan takes so many times the units of one look at its end for the same power (simulated)."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Who comes by. units_per_day: new units a day in all arms together, > 0. base: how many units there are at all;
    None when nobody runs out of them. unit_variance: of the metric between units, > 0. planned: the units that the
    hypothesis declares for a trial, > 0; None where it is always valid.

    Raises ValueError for numbers that cannot be.
    """

    units_per_day: float
    unit_variance: float
    base: float | None = None
    planned: float | None = None

    def __post_init__(self) -> None:
        require_positive(self.units_per_day, "the number of units per day")
        require_positive(self.unit_variance, "the unit variance")
        if self.base is not None:
            require_positive(self.base, "the number of units that there are")
        if self.planned is not None:
            require_positive(self.planned, "the number of planned units")

    def can_come(self, days: float) -> bool:
        """Whether there are so many units at all."""
        return self.base is None or days * self.units_per_day <= self.base

    def decides_in(self, days: float) -> bool:
        """Whether a decision that takes so many days comes before the units run out, and before the plan ends."""
        return self.can_come(days) and (self.planned is None or days * self.units_per_day <= self.planned)

    def ratio(self, alpha: float, power: float = POWER) -> float:
        """(MEI / standard error)² at which that power is reached: under a plan about that of a classical test."""
        if self.planned is None:
            return required_ratio(alpha, power)
        return LOOKS_COST * fixed_ratio(alpha, power)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the gate of one step asks. proves: that the effect is validated, with the step's own units; else that it was
    served for its minimum days without harm. course_days: how long it runs at most.
    """

    percent: float
    minimum_days: float
    proves: bool
    course_days: float


@dataclass(frozen=True, slots=True)
class Step:
    """What one step can do. percent: of the units that are treated. treated_per_day: units. harm_days: until harm of
    4 × MEI would be found; decision_days: until the planned information is in; both None when the units run out before,
    decision_days also when a declared plan ends before.
    detectable: the smallest effect that its minimum days decide on, None for no days. proves, days: what its gate asks,
    and how long that takes; None where there are too few units.
    """

    percent: float
    treated_per_day: float
    harm_days: float | None
    decision_days: float | None
    detectable: float | None
    proves: bool = False
    days: float | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a ladder comes to. units_needed: matured units in both arms together, at 50/50. days: over all steps, each
    for as long as its gate asks; None when the units run out before. warning: why they do, or what is thin about the
    plan; "" when it holds.
    """

    steps: tuple[Step, ...]
    units_needed: float
    days: float | None
    warning: str


def step(*, percent: float, traffic: Traffic, mei: float, days: float = 0, alpha: float = ALPHA) -> Step:
    """One step: treated share `percent` of all units, control the rest; alone, without what earlier steps have found.

    Raises ValueError unless 0 < percent < 100 and the MEI is above 0.
    """
    require_positive(mei, "the minimum effect")
    require_level(percent / 100, "the treated share")
    accrual = Accrual(traffic.units_per_day, percent / 100)
    variance = traffic.unit_variance
    harm = days_to_decision(mei=GROSS * mei, unit_variance=variance, accrual=accrual, alpha=alpha)
    decision = days_to_decision(mei=mei, unit_variance=variance, accrual=accrual, alpha=alpha)
    if traffic.planned is not None:
        decision *= traffic.ratio(alpha) / required_ratio(alpha)
    enough = FEWEST_UNITS / (traffic.units_per_day * min(percent, 100 - percent) * 0.01)
    harm, decision = max(harm, enough), max(decision, enough)
    return Step(
        percent=percent,
        treated_per_day=traffic.units_per_day * percent / 100,
        harm_days=harm if traffic.can_come(harm) else None,
        decision_days=decision if traffic.decides_in(decision) else None,
        detectable=detectable(percent=percent, traffic=traffic, days=days, alpha=alpha) if days > 0 else None,
    )


def detectable(*, percent: float, traffic: Traffic, days: float, alpha: float = ALPHA, power: float = POWER) -> float:
    """The minimum detectable effect after so many days at a step, in the metric's unit: √(r* s² / (U d q (1 − q)))."""
    share = percent / 100
    seen = traffic.units_per_day * days
    units = min([seen, *(most for most in (traffic.base, traffic.planned) if most is not None)])
    return sqrt(traffic.ratio(alpha, power) * traffic.unit_variance / (units * share * (1 - share)))


def units_needed(*, unit_variance: float, mei: float, alpha: float = ALPHA, power: float = POWER) -> float:
    """Matured units in both arms together that decide at 50/50: 4 · r* · s² / MEI², and at least 100 in each."""
    require_positive(mei, "the minimum effect")
    require_positive(unit_variance, "the unit variance")
    return max(4 * required_ratio(alpha, power) * unit_variance / (mei * mei), 2 * FEWEST_UNITS)


def plan(*, ladder: Sequence[Asked], traffic: Traffic, mei: float, alpha: float = ALPHA) -> Plan:
    """What a ladder comes to. Each step is a stint, and evidence of a stint reads its own units only.

    So a step that proves needs the whole information again, whatever earlier ones have shown; any other takes its
    minimum days, for its gate asks no more. Raises ValueError for a step outside (0, 100).
    """
    steps = tuple(_climbed(asked, traffic, mei, alpha) for asked in ladder)
    needed = _needed(traffic, mei, alpha)
    days = sum(inf if each.days is None else each.days for each in steps)
    found = Plan(steps, needed, days if days < inf and traffic.can_come(days) else None, "")
    return replace(found, warning=_warning(found, ladder, traffic, alpha))


def _needed(traffic: Traffic, mei: float, alpha: float) -> float:
    """`units_needed`, under a plan those that it should declare."""
    if traffic.planned is None:
        return units_needed(unit_variance=traffic.unit_variance, mei=mei, alpha=alpha)
    return max(4 * traffic.ratio(alpha) * traffic.unit_variance / (mei * mei), 2 * FEWEST_UNITS)


def _climbed(asked: Asked, traffic: Traffic, mei: float, alpha: float) -> Step:
    found = step(percent=asked.percent, traffic=traffic, mei=mei, days=asked.minimum_days, alpha=alpha)
    takes = found.decision_days if asked.proves else 0.0
    return replace(found, proves=asked.proves, days=None if takes is None else max(asked.minimum_days, takes))


def _warning(found: Plan, ladder: Sequence[Asked], traffic: Traffic, alpha: float) -> str:
    if traffic.planned is not None and (short := _too_small(found, traffic, traffic.planned, alpha)):
        return short
    if found.days is None and traffic.base is not None:
        return _never(found, traffic, traffic.base, alpha)
    return " ".join(filter(None, (_too_long(found.steps, ladder), _blind(found.steps))))


def _too_small(found: Plan, traffic: Traffic, planned: float, alpha: float) -> str:
    """That the declared units decide practically nothing, at all or at some steps; "" where they do."""
    if found.units_needed > planned:
        smallest = sqrt(4 * traffic.ratio(alpha) * traffic.unit_variance / planned)
        return (
            f"This plan practically cannot decide: it declares {planned:,.0f} units, and {found.units_needed:,.0f} are "
            f"needed at {HALF} %. Those declared can tell an effect of {smallest:.3g} or more; declare more, or ask "
            "for that much."
        )
    if alone := [each.percent for each in found.steps if each.proves and each.days is None]:
        return (
            f"This plan practically cannot decide at {_named(alone)}: that takes more than the {planned:,.0f} units "
            f"declared, while {found.units_needed:,.0f} are enough at {HALF} %. Leave that out, or declare more."
        )
    return ""


def _never(found: Plan, traffic: Traffic, base: float, alpha: float) -> str:
    """Why there are too few units: for any decision, for one step, or for all steps one after another."""
    if found.units_needed > base:
        smallest = sqrt(4 * traffic.ratio(alpha) * traffic.unit_variance / base)
        return (
            f"This plan can never decide: it needs {found.units_needed:,.0f} units at {HALF} %, and there are "
            f"{base:,.0f}. With them an effect of {smallest:.3g} or more can be told; ask for that much, or for "
            "another metric."
        )
    if alone := [each.percent for each in found.steps if each.days is None]:
        return (
            f"This plan can never decide at {_named(alone)}: that takes more than the {base:,.0f} units that there "
            f"are, while {found.units_needed:,.0f} are enough at {HALF} %. Leave that out, or ask for a larger effect."
        )
    asked = sum(each.days or 0 for each in found.steps) * traffic.units_per_day
    return (
        f"This plan can never decide: there are {base:,.0f} units, enough for each step by itself, but all steps "
        f"together use up {asked:,.0f}, for each needs its own. Begin higher, or leave steps out."
    )


def _too_long(steps: Sequence[Step], ladder: Sequence[Asked]) -> str:
    """Which steps take longer than they may run."""
    late = [
        f"{ceil(each.days):,} of {asked.course_days:g} days at {each.percent:g} %"
        for each, asked in zip(steps, ladder, strict=True)
        if each.days is not None and each.days > asked.course_days
    ]
    if not late:
        return ""
    mend = "Leave such a step out, give it more days, or ask for a larger effect."
    return f"A decision takes longer than a step's full course: {', '.join(late)}. {mend}"


def _blind(steps: Sequence[Step]) -> str:
    """Which steps look for harm only, and cannot see it in reasonable time."""
    blind = [each.percent for each in steps if not each.proves and (each.harm_days or inf) > LOOK_DAYS]
    if not blind:
        return ""
    mend = "leave that out, or begin higher."
    return f"At {_named(blind)} even gross harm takes more than {LOOK_DAYS} days to show: {mend}"


def _named(percents: Sequence[float]) -> str:
    return " and ".join(f"{percent:g} %" for percent in percents)


def suggested(*, traffic: Traffic, mei: float, alpha: float = ALPHA) -> tuple[float, ...]:
    """The steps that are worth climbing: half of the units always, because it decides soonest; below 25 % where gross
    harm shows within two weeks; any other where it decides within four. So a small user base gets fewer, and where the
    units do not suffice for all of them, the lowest are left out first.
    """
    days: dict[float, float] = {}
    for percent in LADDER:
        seen = step(percent=percent, traffic=traffic, mei=mei, alpha=alpha)
        takes, most = (seen.harm_days, LOOK_DAYS) if percent < PROVING else (seen.decision_days, DECIDE_DAYS)
        if percent == HALF or (takes is not None and takes <= most):
            days[percent] = inf if takes is None else takes
    if min(days) == PROVING:
        del days[PROVING]
    while len(days) > 1 and not traffic.can_come(sum(days.values())):
        del days[min(days) if min(days) < HALF else max(days)]
    return tuple(days)
