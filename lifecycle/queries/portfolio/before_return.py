"""What features cost before they were released to all: nothing is earned before that day (law 11).

A tweak counts with its parent (law 12). What was early is a sum of the ledger like the others (ADR 11), told apart by
day as it is recorded; so the figure is that of the curve, to the cent.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db.models import Sum
from django.utils import timezone

from features.enums import Phase, Status
from features.models import Feature, StintCost
from lifecycle.queries.portfolio.amounts import NOTHING, SUMS, Amount, total
from lifecycle.queries.portfolio.scope import ROOT, Scope

EARLY: Final = tuple(f"early_{name}" for name in SUMS)
ON_THEIR_WAY: Final = (Phase.THINK_IT, Phase.BUILD_IT, Phase.SHIP_IT)
NEVER: Final = (Amount(), Amount())


@dataclass(frozen=True, slots=True)
class Spent:
    """One feature with its tweaks: what it cost before its release (all of it, while there is none), and in all."""

    id: int
    key: str
    name: str
    squad: str
    squad_name: str
    tribe: str
    phase: str
    status: str
    created_at: datetime
    released_on: date | None
    ended_on: date | None
    before: Amount
    whole: Amount

    @property
    def created_on(self) -> date:
        """The day on which it was registered."""
        return timezone.localdate(self.created_at)


@dataclass(frozen=True, slots=True)
class BeforeReturn:
    """All features with what they cost before release, by their key, apart from their tweaks."""

    features: tuple[Spent, ...]

    @property
    def released(self) -> tuple[Spent, ...]:
        """Those that were released to all."""
        return tuple(one for one in self.features if one.released_on is not None)

    @property
    def running(self) -> tuple[Spent, ...]:
        """Those that are still on their way: what they cost so far. Something imported that is out, without the day of
        its release, is none of them.
        """
        on_their_way = (one for one in self.features if one.status == Status.ACTIVE and one.phase in ON_THEIR_WAY)
        return tuple(one for one in on_their_way if one.released_on is None)

    @property
    def so_far(self) -> Amount:
        """What is in features that are still on their way."""
        return total(one.before for one in self.running)


def spent_before_return(*, scope: Scope | None = None) -> BeforeReturn:
    """Every feature with what it cost up to and on the day of its release. Two queries, however many there are."""
    narrowed = scope or Scope()
    families = _families(narrowed)
    rows = Feature.objects.filter(narrowed.of("squad"), parent__isnull=True).order_by("key")
    found = (_spent(row, *families.get(row["pk"], NEVER)) for row in rows.values(*_FIELDS))
    return BeforeReturn(tuple(found))


_FIELDS: Final = (
    "pk", "key", "name", "squad__slug", "squad__name", "squad__tribe__slug", "phase", "status", "created_at",
    "released_on", "ended_on",
)  # fmt: skip


def _spent(row: dict[str, Any], whole: Amount, before: Amount) -> Spent:
    return Spent(
        id=row["pk"],
        key=row["key"],
        name=row["name"],
        squad=row["squad__slug"],
        squad_name=row["squad__name"],
        tribe=row["squad__tribe__slug"],
        phase=row["phase"],
        status=row["status"],
        created_at=row["created_at"],
        released_on=row["released_on"],
        ended_on=row["ended_on"],
        before=before,
        whole=whole,
    )


def _families(scope: Scope) -> dict[int, tuple[Amount, Amount]]:
    """By feature, with its tweaks: all that it cost, and what of it came before its release."""
    rows = StintCost.objects.filter(scope.of_family("feature")).order_by().annotate(root=ROOT)
    totals = rows.values_list("root").annotate(*(Sum(name) for name in (*SUMS, *EARLY)))
    return {root: (Amount(*sums[: len(SUMS)]), Amount(*sums[len(SUMS) :])) for root, *sums in totals}


def in_unit(features: Iterable[Spent], unit: str) -> list[Any]:
    """What each cost before its release, of those that know it in this unit: money, or days without a rate."""
    if unit == "days":
        return [one.before.days for one in features if one.before.days > NOTHING]
    return [one.before.money for one in features if one.before.money > NOTHING]
