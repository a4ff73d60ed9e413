"""What shipped features are worth against what keeping them costs, over the twelve months before a day.

Unknown is never zero (law 11): a month of which nobody accounted for anything is estimated from the known ones of the
same feature, and told apart. A tweak's cost and returns are its parent's (law 12).
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final, cast

from django.db.models import Max, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from features.calendar import next_start, start_of
from features.enums import Phase
from features.models import CellCost, CellReturn, Feature
from lifecycle.gates.facts import Upkeep
from lifecycle.queries.portfolio.scope import ROOT, months_after

MONTHS: Final = 12
QUARTERS: Final = Decimal(4)
NOTHING: Final = Decimal(0)
CENT: Final = Decimal("0.01")
SHIPPED: Final = (Phase.TWEAK_IT, Phase.MAINTAIN_IT)
SLICE: Final = 2_000
"""Features at a time."""


@dataclass(frozen=True, slots=True)
class Worth:
    """One feature over the last twelve months since its release, in `CURRENCY`; None is unknown.

    `cost` is what is known of its upkeep, `cost_most` the same with an estimate for the unknown months, `days` what
    carries no money. `known` and `unknown` count whole months. `last_cost_on`: the last cell with any upkeep.
    """

    value: Decimal | None = None
    value_low: Decimal | None = None
    value_high: Decimal | None = None
    cost: Decimal | None = None
    cost_most: Decimal | None = None
    days: Decimal = NOTHING
    known: int = 0
    unknown: int = 0
    last_cost_on: date | None = None

    @property
    def upkeep(self) -> Upkeep:
        """As the rules of a gate see it."""
        return Upkeep(self.value_low, self.value_high, self.cost, self.cost_most, self.days)

    @property
    def ratio(self) -> Decimal | None:
        """What it returned for each unit of known upkeep; None where either is unknown, or it cost nothing."""
        return (self.value / self.cost).quantize(CENT) if self.value is not None and self.cost else None


@dataclass(slots=True)
class _Sums:
    """What is added up of one feature."""

    money: Decimal = NOTHING
    days: Decimal = NOTHING
    priced: int = 0
    months: set[date] = field(default_factory=set)
    last: date | None = None
    returned: tuple[Decimal, Decimal, Decimal] | None = None


def worth_of(*, features: Collection[int], until: date) -> dict[int, Worth]:
    """The worth of each feature (by id) up to a day. Three queries for each 2,000 features."""
    found: dict[int, Worth] = {}
    ids = sorted(features)
    for start in range(0, len(ids), SLICE):
        found.update(_slice(ids[start : start + SLICE], until))
    return found


def window(until: date) -> date:
    """The first day of the twelve months that are over before the month of a day."""
    return months_after(until, -MONTHS)


def _slice(ids: Collection[int], until: date) -> Iterator[tuple[int, Worth]]:
    since = window(until)
    sums: dict[int, _Sums] = {pk: _Sums() for pk in ids}
    _add_costs(sums, since, until)
    _add_returns(sums, since, until)
    released = dict(Feature.objects.filter(pk__in=ids).values_list("pk", "released_on"))
    for pk, one in sums.items():
        yield pk, _worth(one, _months(released.get(pk), since, until))


def _family(rows: QuerySet[Any], ids: Collection[int], since: date, until: date) -> QuerySet[Any]:
    of_these = Q(feature__in=ids) | Q(feature__parent__in=ids)
    within = rows.filter(of_these, cell__gte=since, cell__lte=until, entries__gt=0).order_by()
    return cast("QuerySet[Any]", within.annotate(root=ROOT))


def _add_costs(sums: Mapping[int, _Sums], since: date, until: date) -> None:
    """Spend in Tweak It and Maintain It, and that of tweaks whatever their phase."""
    shipped = Q(stint__phase__in=SHIPPED) | Q(feature__parent__isnull=False)
    rows = _family(CellCost.objects.filter(shipped), sums, since, until).annotate(month=TruncMonth("cell"))
    grouped = rows.values_list("root", "month").annotate(
        m=Sum("money"), d=Sum("unpriced_days"), n=Sum("entries"), u=Sum("unpriced"), last=Max("cell")
    )
    for root, month, money, days, entries, unpriced, last in grouped:
        one = sums[root]
        one.money += money
        one.days += days
        one.priced += entries - unpriced
        one.months.add(month)
        one.last = max(one.last or last, last)


def _add_returns(sums: Mapping[int, _Sums], since: date, until: date) -> None:
    rows = _family(CellReturn.objects.all(), sums, since, until)
    for root, *parts in rows.values_list("root").annotate(v=Sum("amount"), low=Sum("low"), high=Sum("high")):
        sums[root].returned = (parts[0], parts[1], parts[2])


def _months(released_on: date | None, since: date, until: date) -> list[date]:
    """The whole months of the window since the release; the month of the release counts."""
    first, present = start_of(max(released_on or since, since), "month"), start_of(until, "month")
    months = []
    while first < present:
        months.append(first)
        first = next_start(first, "month")
    return months


def _worth(sums: _Sums, months: Collection[date]) -> Worth:
    known = sum(1 for month in months if month in sums.months)
    unknown = len(months) - known
    cost = sums.money.quantize(CENT) if sums.priced else None
    value, low, high = sums.returned or (None, None, None)
    return Worth(
        value=value,
        value_low=low,
        value_high=high,
        cost=cost,
        cost_most=_with_estimate(cost, len(sums.months), unknown),
        days=sums.days,
        known=known,
        unknown=unknown,
        last_cost_on=sums.last,
    )


def _with_estimate(cost: Decimal | None, known: int, unknown: int) -> Decimal | None:
    """The known months' mean for each unknown one."""
    return (cost + cost / known * unknown).quantize(CENT) if cost is not None and known else cost
