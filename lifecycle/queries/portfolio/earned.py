"""What came back: returns of released features, when they began, and when they had repaid what went in.

Figures of time and factor are of features that are priced: they have returns since their release, and all that they
cost is known in money. Tweaks count with their parents.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db.models import DateField, F, Min, Q, QuerySet, Sum
from django.db.models.functions import Cast, Greatest, TruncMonth, TruncWeek

from features.calendar import cell_end
from features.models import CellCost, CellReturn, Return
from lifecycle.curves.spread import Spread, spread
from lifecycle.queries.portfolio.amounts import NOTHING
from lifecycle.queries.portfolio.before_return import BeforeReturn, Spent
from lifecycle.queries.portfolio.scope import ROOT, Scope

SLICE: Final = 500
"""Features at a time."""
WEEK: Final = timedelta(days=6)
CELL: Final = Cast(Greatest(TruncWeek("on"), TruncMonth("on")), DateField())


@dataclass(frozen=True, slots=True)
class Earned:
    """What released features returned, in `CURRENCY`.

    `returned` is of all of them, `priced` how many of them have returns and a cost in money, `unpriced` how many not.
    `factor` is what the priced ones returned over what they cost. `first_return` are days from release to the first
    return, `break_even` to where returns had repaid all that went in; both to the week (a cell of the calendar). Of the
    priced ones, `repaid` have come so far.
    """

    returned: Decimal
    released: int
    priced: int
    unpriced: int
    invested: Decimal
    factor: Decimal | None
    first_return: Spread | None
    break_even: Spread | None
    repaid: int


def earned(spent: BeforeReturn, *, scope: Scope | None = None) -> Earned:
    """What came back of features whose cost is known. Four queries, and two more for each 500 features whose returns
    exceed what went in before their release.
    """
    released, came = spent.released, _came(scope or Scope())
    priced = [one for one in released if one.id in came and not one.whole.unpriced]
    invested = sum((one.whole.money for one in priced), NOTHING)
    back = sum((came[one.id].amount for one in priced), NOTHING)
    repaid = _repaid([one for one in priced if came[one.id].gained >= one.before.money])
    began = [(one, came[one.id].first) for one in priced]
    return Earned(
        returned=sum((came[one.id].amount for one in released if one.id in came), NOTHING),
        released=len(released),
        priced=len(priced),
        unpriced=len(released) - len(priced),
        invested=invested,
        factor=back / invested if invested else None,
        first_return=spread([_days(one, on) for one, on in began if on is not None]),
        break_even=spread([_days(one, repaid[one.id]) for one in priced if one.id in repaid]),
        repaid=len(repaid),
    )


@dataclass(slots=True)
class _Came:
    """What one feature returned since its release, the part above zero, and the first day or cell of that."""

    amount: Decimal = NOTHING
    gained: Decimal = NOTHING
    first: date | None = None

    def add(self, amount: Decimal, gained: Decimal | None, first: date | None) -> None:
        self.amount += amount
        self.gained += gained or NOTHING
        self.first = min((day for day in (self.first, first) if day is not None), default=None)


def _came(scope: Scope) -> dict[int, _Came]:
    """By feature: whole cells after its release, and the days from it on of the cell that holds it."""
    found: dict[int, _Came] = {}
    some, more = Q(gained__gt=0), Q(amount_base__gt=0)
    cells = CellReturn.objects.filter(scope.of_family("feature"), entries__gt=0).order_by()
    for rows in _dated(cells):
        later = rows.filter(cell__gt=F("released")).values("root")
        for row in later.annotate(a=Sum("amount"), g=Sum("gained"), first=Min("cell", filter=some)):
            found.setdefault(row["root"], _Came()).add(row["a"], row["g"], row["first"])
    days = Return.objects.filter(scope.of_family("feature"), superseded_at__isnull=True).order_by().annotate(cell=CELL)
    for entries in _dated(days):
        held = {"on__gte": F("released"), "on__lte": F("released") + WEEK, "cell__lte": F("released")}
        cut = entries.filter(**held).values("root")
        rows = cut.annotate(a=Sum("amount_base"), g=Sum("amount_base", filter=more), first=Min("on", filter=more))
        for row in rows:
            found.setdefault(row["root"], _Came()).add(row["a"], row["g"], row["first"])
    return found


def _dated(rows: QuerySet[Any]) -> Iterator[QuerySet[Any]]:
    """Rows of released features, and of the tweaks of such: each with its `root` and the day that was `released`.

    They are asked for one after the other, so that the day is a plain column and the index by feature and day serves.
    """
    for tweak, feature in ((False, "feature"), (True, "feature__parent")):
        known = {"feature__parent__isnull": not tweak, f"{feature}__released_on__isnull": False}
        yield rows.filter(**known).annotate(root=F(feature), released=F(f"{feature}__released_on"))


def returned_since_release(*, scope: Scope | None = None) -> dict[int, Decimal]:
    """By feature (its id), what came back since its release; features of which nothing was recorded are left out."""
    return {pk: came.amount for pk, came in _came(scope or Scope()).items()}


def _repaid(features: Sequence[Spent]) -> dict[int, date]:
    """By feature, the last day of the cell in which returns had repaid all that went in by then."""
    found = {}
    for start in range(0, len(features), SLICE):
        some = {one.id: one for one in features[start : start + SLICE]}
        costs, returns = _cells(CellCost, "money", some), _cells(CellReturn, "amount", some)
        for pk, one in some.items():
            day = _break_even(costs[pk], returns[pk], one)
            if day is not None:
                found[pk] = day
    return found


def _cells(
    model: type[CellCost] | type[CellReturn], of: str, features: Collection[int]
) -> dict[int, dict[date, Decimal]]:
    rows = model._default_manager.filter(Q(feature__in=features) | Q(feature__parent__in=features)).order_by()
    found: dict[int, dict[date, Decimal]] = {pk: {} for pk in features}
    for root, cell, amount in rows.annotate(root=ROOT).values_list("root", "cell").annotate(s=Sum(of)):
        found[root][cell] = amount
    return found


def _break_even(costs: Mapping[date, Decimal], returns: Mapping[date, Decimal], feature: Spent) -> date | None:
    """At its end, all that came back since the release reaches all that went in, after it has been less."""
    released, below, net = feature.released_on, False, NOTHING
    for cell in sorted({*costs, *returns}):
        counts = released is not None and cell_end(cell) >= released
        net += (returns.get(cell, NOTHING) if counts else NOTHING) - costs.get(cell, NOTHING)
        if net < 0:
            below = True
        elif below:
            return cell_end(cell)
    return None


def _days(feature: Spent, day: date) -> Decimal:
    return Decimal((day - feature.released_on).days) if feature.released_on else NOTHING
