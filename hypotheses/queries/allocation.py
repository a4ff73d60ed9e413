"""How a trial's units are shared out among its arms as exposure moves."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from hypotheses.enums import ArmRole
from hypotheses.models import Arm

NEAR = 1e-6


def label_of(percent: Decimal | None) -> str:
    """What a stage at this exposure is called: `25`, `0.5`; `1` where no exposure is known."""
    return f"{percent.normalize():f}" if percent is not None else "1"


def shares_after(
    *, arms: Sequence[Arm], shares: Mapping[str, float], before: Decimal | None, after: Decimal | None
) -> dict[str, float]:
    """The design shares of the next stage, by the name of the arm.

    A trial in which the treatments' share was the exposure itself (1 % of the units at a step of 1 %) follows the
    ladder: the treatments together get the new percentage, the rest keep their proportions. Any other (half of those
    exposed, say) keeps its shares. Without this, the first look after each step would cry sample ratio mismatch.
    """
    stand = {arm.name: float(shares.get(arm.name, arm.share)) for arm in arms}
    whole = sum(stand.values())
    treated = sum(stand[arm.name] for arm in arms if arm.role == ArmRole.TREATMENT) / whole
    if before is None or after is None or abs(treated - float(before) / 100) > NEAR or not 0 < after < 100:  # noqa: PLR2004
        return stand
    to = float(after) / 100
    return {
        arm.name: stand[arm.name]
        / whole
        * (to / treated if arm.role == ArmRole.TREATMENT else (1 - to) / (1 - treated))
        for arm in arms
    }
