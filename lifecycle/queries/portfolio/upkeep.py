"""How much of all spending keeps what is there, and whether that part grows."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from features.enums import Phase
from lifecycle.curves.spread import Drift, drift
from lifecycle.queries.portfolio.amounts import Amount, total
from lifecycle.queries.portfolio.investment import Stack

UPKEEP: Final = frozenset({Phase.TWEAK_IT, Phase.MAINTAIN_IT})
"""What is spent in these phases is maintenance: the feature is with everybody, and is tended."""
POINTS: Final = 100


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Maintenance in Tweak It and Maintain It as a share of all that was spent, by month; None where nothing was.

    `outside` is what stands outside of any phase, mostly taking features out: it is in the whole, not in maintenance.
    """

    unit: str
    months: tuple[date, ...]
    shares: tuple[Decimal | None, ...]
    share: Decimal | None
    maintenance: Amount
    whole: Amount
    outside: Amount
    drift: Drift | None

    @property
    def told(self) -> str:
        """The drift in plain words."""
        if self.drift is None or self.drift.error is None:
            return "Too few months to tell whether it grows."
        if not self.drift.clear:
            return "It neither grows nor shrinks clearly."
        points = abs(self.drift.slope) * POINTS
        return f"It {'grows' if self.drift.slope > 0 else 'shrinks'} by about {points:.1f} points a month."


def upkeep(stack: Stack, *, today: date) -> Upkeep:
    """The maintenance share of a stack that stands by phase and month. The month of today is left out of the drift:
    it is not over.
    """
    kept = [one for one in stack.series if one.key in UPKEEP]
    unit, count = stack.unit, len(stack.starts)
    parts = [total(one.amounts[place] for one in kept) for place in range(count)]
    shares = tuple(_share(part, whole, unit) for part, whole in zip(parts, stack.totals, strict=True))
    over = [share for start, share in zip(stack.starts, shares, strict=True) if _is_over(start, today)]
    maintenance = total(parts)
    return Upkeep(
        unit=unit,
        months=stack.starts,
        shares=shares,
        share=_share(maintenance, stack.total, unit),
        maintenance=maintenance,
        whole=stack.total,
        outside=total(one.total for one in stack.series if not one.key),
        drift=drift([float(share) if share is not None else None for share in over]),
    )


def _share(part: Amount, whole: Amount, unit: str) -> Decimal | None:
    return part.within(unit) / whole.within(unit) if whole.within(unit) else None


def _is_over(start: date, today: date) -> bool:
    return (start.year, start.month) < (today.year, today.month)
