"""What failure costs, by the phase in which it was seen; and what was not spent because it was seen early."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import Case, F, IntegerField, Q, When

from features.enums import Phase, Status
from features.models import Feature, StintCost
from lifecycle.curves.spread import spread
from lifecycle.enums import Outcome
from lifecycle.models import Decision
from lifecycle.queries.portfolio.amounts import NOTHING, Amount, amount_of, sums, total
from lifecycle.queries.portfolio.scope import Period, Scope

GONE: Final = (Status.REMOVING, Status.ENDED)
WORK: Final = (Phase.BUILD_IT, Phase.SHIP_IT)
EARLY: Final = frozenset({Phase.THINK_IT, Phase.BUILD_IT, Phase.SHIP_IT})
"""A kill after Ship It saves nothing of this kind: all of it was spent."""
FEWEST: Final = 5
"""So many like features have to have been released before their typical cost says anything."""
WIDER: Final = ("squad", "tribe", "house")


@dataclass(frozen=True, slots=True)
class Saving:
    """What an early kill did not spend: `typical` minus `spent`, never below zero; in `money` or `days`.

    `typical` is the median of what `count` like features cost in Build It and Ship It until they were released;
    `group` says where they are from (squad, tribe or house) and `name` its name. None throughout where nothing can be
    said, and then `why` says so.
    """

    unit: str = "money"
    group: str = ""
    name: str = ""
    count: int = 0
    typical: Decimal | None = None
    spent: Decimal | None = None
    why: str = ""

    @property
    def saved(self) -> Decimal | None:
        """What was not spent."""
        if self.typical is None or self.spent is None:
            return None
        return max(self.typical - self.spent, NOTHING)


@dataclass(frozen=True, slots=True)
class Killed:
    """A feature that was killed: in which phase, when and why, and all that it had cost, with its tweaks.

    `work` is what it cost in Build It and Ship It; `saving` is None for one that was killed later than that.
    """

    id: int
    key: str
    name: str
    squad: str
    squad_name: str
    tweak: bool
    status: str
    phase: str
    at: datetime
    reason: str
    imported: bool
    cost: Amount
    work: Amount
    saving: Saving | None


@dataclass(frozen=True, slots=True)
class Deaths:
    """The features that were killed in one phase, and all that they had cost."""

    phase: str
    count: int
    cost: Amount


@dataclass(frozen=True, slots=True)
class Endings:
    """The kills of a period, latest first."""

    killed: tuple[Killed, ...]

    @property
    def cost(self) -> Amount:
        """All that the killed features had cost."""
        return total(one.cost for one in self.killed)

    @property
    def by_phase(self) -> tuple[Deaths, ...]:
        """By the phase in which the kill was decided, all five of them."""
        return tuple(_deaths(phase, [one for one in self.killed if one.phase == phase]) for phase in Phase)

    @property
    def early(self) -> tuple[Killed, ...]:
        """Those that were killed in Think It, Build It or Ship It."""
        return tuple(one for one in self.killed if one.saving is not None)

    def saved(self, unit: str = "money") -> Decimal:
        """What their early kills did not spend, of those that are counted in this unit."""
        known = (one.saving for one in self.early if one.saving is not None and one.saving.unit == unit)
        return sum((one.saved for one in known if one.saved is not None), NOTHING)

    def counted(self, unit: str = "money") -> int:
        """How many early kills have a saving in this unit."""
        known = (one.saving for one in self.early if one.saving is not None)
        return sum(one.unit == unit and one.saved is not None for one in known)


@dataclass(frozen=True, slots=True)
class _Like:
    """A released feature that others are held against: where it belongs, and what its Build It and Ship It cost."""

    tweak: bool
    squad: str
    tribe: str
    work: Amount


def endings(*, period: Period | None = None, scope: Scope | None = None) -> Endings:
    """The kills of a period (None: of all time). Three queries, however many there are.

    A tweak that died with or before its parent counts in the parent's cost, and is not told apart.
    """
    rows = list(_kills(period, scope or Scope()))
    if not rows:
        return Endings(())
    costs = _costs([row["feature_id"] for row in rows])
    like = _released()
    return Endings(tuple(_killed(row, costs.get(row["feature_id"], (Amount(), Amount())), like) for row in rows))


_FIELDS: Final = (
    "feature_id", "feature__key", "feature__name", "feature__squad__slug", "feature__squad__name",
    "feature__squad__tribe__slug", "feature__squad__tribe__name", "feature__parent_id", "feature__status", "phase",
    "at", "reason", "imported",
)  # fmt: skip


def _kills(period: Period | None, scope: Scope) -> Any:
    kills = Decision.objects.filter(scope.of("feature__squad"), outcome=Outcome.KILL, feature__status__in=GONE)
    kills = kills.exclude(feature__parent__status__in=GONE)
    if period is not None:
        begins, over = period.moments
        kills = kills.filter(at__gte=begins, at__lt=over)
    return kills.order_by("-at", "-pk").values(*_FIELDS)


def _costs(killed: Sequence[int]) -> dict[int, tuple[Amount, Amount]]:
    """By killed feature: all that it and its tweaks cost, and what itself cost in Build It and Ship It."""
    head = Case(
        When(feature__parent__in=killed, then=F("feature__parent")), default=F("feature"), output_field=IntegerField()
    )
    own = Q(stint__phase__in=WORK) & ~Q(feature__parent__in=killed)
    rows = StintCost.objects.filter(Q(feature__in=killed) | Q(feature__parent__in=killed)).order_by()
    grouped = rows.annotate(head=head).values("head").annotate(**sums(), **sums("work_", own))
    return {row["head"]: (amount_of(row), amount_of(row, "work_")) for row in grouped}


def _released() -> list[_Like]:
    """What every released feature cost in Build It and Ship It; those of which nothing was recorded say nothing."""
    rows = StintCost.objects.filter(feature__released_on__isnull=False, stint__phase__in=WORK).order_by()
    places = ("feature__squad__slug", "feature__squad__tribe__slug")
    grouped = rows.values("feature", "feature__parent", *places).annotate(**sums())
    return [
        _Like(row["feature__parent"] is not None, row[places[0]], row[places[1]], work)
        for row in grouped
        if (work := amount_of(row)).entries
    ]


def _killed(row: Mapping[str, Any], costs: tuple[Amount, Amount], like: Sequence[_Like]) -> Killed:
    cost, work = costs
    return Killed(
        id=row["feature_id"],
        key=row["feature__key"],
        name=row["feature__name"],
        squad=row["feature__squad__slug"],
        squad_name=row["feature__squad__name"],
        tweak=row["feature__parent_id"] is not None,
        status=row["feature__status"],
        phase=row["phase"],
        at=row["at"],
        reason=row["reason"],
        imported=row["imported"],
        cost=cost,
        work=work,
        saving=_saving(row, work, like) if row["phase"] in EARLY else None,
    )


def _saving(row: Mapping[str, Any], work: Amount, like: Sequence[_Like]) -> Saving:
    """Held against the nearest group that is large enough: its squad, else its tribe, else the house."""
    tweak = row["feature__parent_id"] is not None
    alike = [one for one in like if one.tweak is tweak]
    for unit in ("days",) if work.unpriced else ("money", "days"):
        for group in WIDER:
            found = _typical(_of_group(alike, group, row), unit)
            if found is not None:
                typical, count = found
                name = _name(group, row)
                return Saving(unit, group, name, count, typical, work.within(unit))
    kind = "tweaks" if tweak else "features"
    return Saving(why=f"Fewer than {FEWEST} {kind} were released whose Build It and Ship It are known in one unit.")


def _of_group(like: Iterable[_Like], group: str, row: Mapping[str, Any]) -> list[_Like]:
    if group == "squad":
        return [one for one in like if one.squad == row["feature__squad__slug"]]
    if group == "tribe":
        return [one for one in like if one.tribe == row["feature__squad__tribe__slug"]]
    return list(like)


def _typical(like: Iterable[_Like], unit: str) -> tuple[Decimal, int] | None:
    """The median cost and how many it is of: wholly in money, or of what was counted in days without a rate."""
    if unit == "money":
        found = spread([one.work.money for one in like if not one.work.unpriced])
    else:
        found = spread([one.work.days for one in like if one.work.unpriced])
    return (found.median, found.count) if found is not None and found.count >= FEWEST else None


def _name(group: str, row: Mapping[str, Any]) -> str:
    if group == "house":
        return "the house"
    path = "feature__squad__name" if group == "squad" else "feature__squad__tribe__name"
    return str(row[path])


def _deaths(phase: Phase, killed: Sequence[Killed]) -> Deaths:
    return Deaths(str(phase), len(killed), total(one.cost for one in killed))


def ended_without_decision(*, scope: Scope | None = None) -> int:
    """Features that are gone although no kill stands on record: imported ones of which nobody wrote it down."""
    gone = Feature.objects.filter((scope or Scope()).of("squad"), status__in=GONE)
    return gone.exclude(decisions__outcome=Outcome.KILL).count()
