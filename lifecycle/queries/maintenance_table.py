"""The maintenance of one feature by month and kind, for its page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import Case, CharField, Count, DecimalField, F, Q, Sum, Value, When
from django.db.models.functions import Coalesce, TruncMonth

from features.enums import Category, Upkeep
from features.models import Feature, Investment
from lifecycle.queries.maintenance import Maintenance, is_upkeep, last_year, maintenance_in
from lifecycle.queries.portfolio.amounts import Amount, amount_of, total

TWEAKS, UNTOLD = "tweaks", ""
KINDS: Final[Mapping[str, str]] = {
    **{kind.value: kind.label for kind in Upkeep},
    TWEAKS: "Tweaks",
    UNTOLD: "Kind not told",
}
"""The kinds in the order in which they are shown."""
_ZERO = Value(0, output_field=DecimalField(max_digits=24, decimal_places=3))
_KIND = Case(
    When(feature__parent__isnull=False, then=Value(TWEAKS)),
    When(~Q(upkeep=""), then=F("upkeep")),
    When(category=Category.INFRASTRUCTURE, then=Value(Upkeep.INFRASTRUCTURE.value)),
    default=Value(UNTOLD),
    output_field=CharField(),
)
"""A tweak's cost is its parent's, whatever it went into; what infrastructure costs needs no other word."""


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One month: its amount of each kind (None: nothing of that kind), and in all. `counts`: it is one of the months
    since the release; those before it are neither known nor unknown.
    """

    start: date
    amounts: tuple[Amount | None, ...]
    total: Amount | None
    counts: bool
    unknown: bool


@dataclass(frozen=True, slots=True)
class MaintenanceTable:
    """The twelve whole months before today's, by kind. `kinds` are those that anything went into."""

    kinds: tuple[str, ...]
    months: tuple[MonthRow, ...]
    totals: tuple[Amount, ...]
    maintenance: Maintenance

    @property
    def labels(self) -> tuple[str, ...]:
        """The kinds in words."""
        return tuple(KINDS[kind] for kind in self.kinds)

    def as_json(self) -> dict[str, Any]:
        """As the API shows it: a month that nobody has accounted for has `known` false and no amount."""
        return {
            **self.maintenance.as_json(),
            "months": [
                {
                    "start": one.start.isoformat(),
                    "known": not one.unknown,
                    "total": one.total.as_json() if one.total is not None else None,
                    "kinds": {
                        kind or "untold": amount.as_json()
                        for kind, amount in zip(self.kinds, one.amounts, strict=True)
                        if amount is not None
                    },
                }
                for one in self.months
                if one.counts or one.total is not None
            ],
        }


def maintenance_table(*, feature: Feature, until: date) -> MaintenanceTable:
    """What keeping a feature cost in the twelve whole months before the month of `until`. Four queries."""
    period = last_year(until)
    maintenance = maintenance_in(features=[feature.pk], period=period)[feature.pk]
    cells = _cells(feature, period.first, period.last)
    kinds = tuple(kind for kind in KINDS if any(one == kind for _, one in cells))
    months = tuple(
        MonthRow(
            start=month,
            amounts=tuple(cells.get((month, kind)) for kind in kinds),
            total=maintenance.by_month.get(month),
            counts=month in maintenance.months,
            unknown=month in maintenance.unknown,
        )
        for month in period.months
    )
    totals = tuple(total(amount for (_, one), amount in cells.items() if one == kind) for kind in kinds)
    return MaintenanceTable(kinds, months, totals, maintenance)


def _cells(feature: Feature, first: date, last: date) -> dict[tuple[date, str], Amount]:
    family = Q(feature=feature) | Q(feature__parent=feature)
    rows = Investment.objects.filter(family, is_upkeep("on"), on__gte=first, on__lte=last, superseded_at__isnull=True)
    bare = Q(amount_base__isnull=True)
    found = (
        rows.order_by()
        .annotate(kind=_KIND, month=TruncMonth("on"))
        .values("month", "kind")
        .annotate(
            s_money=Coalesce(Sum("amount_base"), _ZERO),
            s_days=Coalesce(Sum("person_days", filter=bare), _ZERO),
            s_worked=Coalesce(Sum("person_days"), _ZERO),
            s_entries=Count("pk"),
            s_unpriced=Count("pk", filter=bare),
        )
    )
    return {(row["month"], row["kind"]): amount_of(row) for row in found}
