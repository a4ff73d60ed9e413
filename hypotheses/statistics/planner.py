"""Before a trial: what its steps can find out, in how many days, and which steps are worth having."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt

from hypotheses.statistics.bounds import require_level, require_positive
from hypotheses.statistics.case import ALPHA, FEWEST_UNITS
from hypotheses.statistics.planning import GROSS, POWER, Accrual, days_to_decision, required_ratio

LADDER = (1, 5, 10, 25, 50, 99)
"""The steps that a suggestion is made of, in percent."""
DECIDING = (25, 50)
"""The steps that ask for “validated”; those below look for gross harm only."""
ROUNDING = 1e-9
LOOK_DAYS = 14
"""A step that would need longer to show gross harm is not worth climbing."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Who comes by. units_per_day: new units a day in all arms together, > 0. base: how many units there are at all;
    None when nobody runs out of them. unit_variance: of the metric between units, > 0.

    Raises ValueError for numbers that cannot be.
    """

    units_per_day: float
    unit_variance: float
    base: float | None = None

    def __post_init__(self) -> None:
        require_positive(self.units_per_day, "the number of units per day")
        require_positive(self.unit_variance, "the unit variance")
        if self.base is not None:
            require_positive(self.base, "the number of units that there are")

    def can_come(self, days: float) -> bool:
        """Whether there are so many units at all."""
        return self.base is None or days * self.units_per_day <= self.base


@dataclass(frozen=True, slots=True)
class Step:
    """What one step can do. percent: of the units that are treated. treated_per_day: units. harm_days: until harm of
    4 × MEI would be found; decision_days: until the planned information is in; both None when the units run out before.
    detectable: the smallest effect that `days` at this step decide on, None for no days.
    """

    percent: float
    treated_per_day: float
    harm_days: float | None
    decision_days: float | None
    detectable: float | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a ladder comes to. units_needed: matured units in both arms together, at 50/50. days: over all steps, each
    for as long as it asks, the deciding ones until they decide; None when the plan can never decide. warning: why not,
    or what is thin about it; "" when it holds.
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
    harm = max(harm, FEWEST_UNITS / (traffic.units_per_day * percent / 100))
    decision = days_to_decision(mei=mei, unit_variance=variance, accrual=accrual, alpha=alpha)
    return Step(
        percent=percent,
        treated_per_day=traffic.units_per_day * percent / 100,
        harm_days=harm if traffic.can_come(harm) else None,
        decision_days=decision if traffic.can_come(decision) else None,
        detectable=detectable(percent=percent, traffic=traffic, days=days, alpha=alpha) if days > 0 else None,
    )


def detectable(*, percent: float, traffic: Traffic, days: float, alpha: float = ALPHA, power: float = POWER) -> float:
    """The minimum detectable effect after so many days at a step, in the metric's unit: √(r* s² / (U d q (1 − q)))."""
    share = percent / 100
    seen = traffic.units_per_day * days
    units = seen if traffic.base is None else min(seen, traffic.base)
    return sqrt(required_ratio(alpha, power) * traffic.unit_variance / (units * share * (1 - share)))


def units_needed(*, unit_variance: float, mei: float, alpha: float = ALPHA, power: float = POWER) -> float:
    """Matured units in both arms together that decide at 50/50: 4 · r* · s² / MEI²."""
    require_positive(mei, "the minimum effect")
    require_positive(unit_variance, "the unit variance")
    return 4 * required_ratio(alpha, power) * unit_variance / (mei * mei)


def plan(*, ladder: Sequence[tuple[float, float]], traffic: Traffic, mei: float, alpha: float = ALPHA) -> Plan:
    """What a ladder of (percent, minimum days) comes to; the information of its steps adds up.

    A step that only looks for harm takes its minimum days; from the first deciding one on, the ladder goes on until the
    information is in. Raises ValueError for a step outside (0, 100).
    """
    steps = tuple(step(percent=percent, traffic=traffic, mei=mei, days=days, alpha=alpha) for percent, days in ladder)
    needed = units_needed(unit_variance=traffic.unit_variance, mei=mei, alpha=alpha)
    days = _days(ladder, traffic, mei, alpha)
    return Plan(steps, needed, days, _warning(steps, needed, days, traffic, mei))


def _days(ladder: Sequence[tuple[float, float]], traffic: Traffic, mei: float, alpha: float) -> float | None:
    missing = required_ratio(alpha) / (mei * mei)
    spent = 0.0
    for place, (percent, minimum) in enumerate(ladder):
        share = percent / 100
        a_day = traffic.units_per_day * share * (1 - share) / traffic.unit_variance
        last = place == len(ladder) - 1 or percent >= max(DECIDING)
        stays = max(minimum, missing / a_day) if last or percent in DECIDING else minimum
        spent += stays
        missing -= stays * a_day * (1 + ROUNDING)
        if missing <= 0:
            return spent if traffic.can_come(spent) else None
    return None


def _warning(steps: Sequence[Step], needed: float, days: float | None, traffic: Traffic, mei: float) -> str:
    if days is None:
        have = traffic.base if traffic.base is not None else inf
        smallest = sqrt(4 * required_ratio(ALPHA) * traffic.unit_variance / have) if have < inf else mei
        return (
            f"This plan can never decide: it needs {needed:,.0f} units at 50 %, and there are {have:,.0f}. "
            f"With them an effect of {smallest:.3g} or more can be told; ask for that much, or for another metric."
        )
    slow = [each.percent for each in steps if each.percent < min(DECIDING) and (each.harm_days or inf) > LOOK_DAYS]
    if slow:
        named = " and ".join(f"{percent:g} %" for percent in slow)
        return f"At {named} even gross harm takes more than {LOOK_DAYS} days to show: leave that out, or begin higher."
    return ""


def suggested(*, traffic: Traffic, mei: float, alpha: float = ALPHA) -> tuple[float, ...]:
    """The steps that are worth climbing: those below the deciding ones only where gross harm shows within two weeks,
    so a small user base gets fewer; 50 % decides, 99 % leaves the holdback.
    """
    early = [
        percent
        for percent in LADDER
        if percent < min(DECIDING)
        and (seen := step(percent=percent, traffic=traffic, mei=mei, alpha=alpha).harm_days) is not None
        and seen <= LOOK_DAYS
    ]
    decides = step(percent=min(DECIDING), traffic=traffic, mei=mei, alpha=alpha).decision_days
    middle = [min(DECIDING)] if early and decides is not None and decides <= 2 * LOOK_DAYS else []
    return (*early, *middle, max(DECIDING), LADDER[-1])
