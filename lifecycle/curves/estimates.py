"""What an unknown month of maintenance may have cost: an estimate that is never added to what is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from lifecycle.curves.spread import quantile

ENOUGH: Final = 3
"""So many known months speak for the others."""
HALF: Final = Decimal("0.5")
CENT, MILLI = Decimal("0.01"), Decimal("0.001")

OWN, SQUAD, NONE = "own", "squad", ""
TOLD: Final = {
    OWN: "the median of its own known months",
    SQUAD: "the median of the known months of the squad’s other shipped features",
    NONE: "nothing to estimate from",
}


@dataclass(frozen=True, slots=True)
class Month:
    """What one known month cost: money in `CURRENCY`, and apart from it person-days without a rate."""

    money: Decimal
    days: Decimal


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one unknown month may have cost, and on what basis (`own` months, those of the `squad`, or empty)."""

    month: Month
    basis: str

    @property
    def told(self) -> str:
        """The basis in words."""
        return TOLD[self.basis]


def estimate(*, own: Sequence[Month], others: Sequence[Month]) -> Estimate:
    """The median month. Its own months count where there are three; else those of like features, where there are three;
    else the one or two of its own.
    """
    for months, basis, least in ((own, OWN, ENOUGH), (others, SQUAD, ENOUGH), (own, OWN, 1)):
        if len(months) >= least:
            return Estimate(_median(months), basis)
    return Estimate(Month(Decimal(0), Decimal(0)), NONE)


def _median(months: Sequence[Month]) -> Month:
    money = quantile(sorted(one.money for one in months), HALF)
    days = quantile(sorted(one.days for one in months), HALF)
    return Month(money.quantize(CENT), days.quantize(MILLI))
