"""What the sums of the ledger have to be, computed anew from its current entries; and where they differ."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Case, Count, DateField, DecimalField, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Cast, Coalesce, Greatest, TruncDate, TruncMonth, TruncWeek
from django.utils import timezone

from features.models import CellCost, CellReturn, Feature, Investment, MonthCost, Return, StintCost
from features.models.rollup import COST_SUMS, EARLY_SUMS, RETURN_SUMS

SLICE: Final = 500
"""Features at a time."""
CENT, MILLI = Decimal("0.01"), Decimal("0.001")
_ZERO = Value(Decimal(0), output_field=DecimalField(max_digits=20, decimal_places=3))
RELEASED: Final = Case(
    When(feature__parent__isnull=False, then=F("feature__parent__released_on")),
    default=F("feature__released_on"),
    output_field=DateField(),
)
"""The day on which the feature of a row was released to all; a tweak is released with its parent."""
_CELL = Cast(Greatest(TruncWeek("on"), TruncMonth("on")), DateField())  # PostgreSQL truncates to moments

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One row of a table of sums that is not what the entries say; None where one of them has no such row."""

    table: str
    key: Row
    kept: Row | None
    entries: Row | None


def differences() -> Iterator[Difference]:
    """Every row of the sums that differs from the entries; a slice of features at a time, then the portfolio.

    All as of one moment, so that entries which arrive meanwhile make no difference.
    """
    with _one_moment():
        features = list(Feature.objects.order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(features), SLICE):
            for name, kept, due in _by_feature(features[start : start + SLICE]):
                yield from _compared(name, kept, due)
        yield from _compared("month_cost", kept_months(), due_months())


@contextmanager
def _one_moment() -> Iterator[None]:
    """PostgreSQL: one snapshot for all reads, unless a transaction is open already. SQLite has one in any case."""
    alone = not connection.in_atomic_block
    with transaction.atomic():
        if alone and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def _by_feature(features: Sequence[int]) -> Iterator[tuple[str, dict[Row, Row], dict[Row, Row]]]:
    of_these = Q(feature__in=features)
    cells = CellCost.objects.filter(of_these).values_list("feature", "cell", "stint", "category", *COST_SUMS)
    yield "cell_cost", _costs(cells, keys=4), due_cells(features)
    stints = StintCost.objects.filter(of_these).values_list("feature", "stint", "category", *COST_SUMS, *EARLY_SUMS)
    yield "stint_cost", _costs(stints, keys=3), due_stints(features)
    earned = CellReturn.objects.filter(of_these).values_list("feature", "cell", *RETURN_SUMS)
    yield "cell_return", _returns(earned), due_returns(features)


def due_cells(features: Sequence[int]) -> dict[Row, Row]:
    """By (feature, cell, stint, category): the sums that the entries of these features make."""
    rows = _spent(features).annotate(cell=_CELL).values_list("feature", "cell", "stint", "category")
    return _costs(_summed(rows), keys=4)


def due_stints(features: Sequence[int]) -> dict[Row, Row]:
    """By (feature, stint, category)."""
    by_stint = _summed(_spent(features).annotate(released=RELEASED).values_list("feature", "stint", "category"))
    bare, early = Q(amount_base__isnull=True), Q(released__isnull=True) | Q(on__lte=F("released"))
    rows = by_stint.annotate(
        s_early_money=Coalesce(Sum("amount_base", filter=early), _ZERO),
        s_early_person_days=Coalesce(Sum("person_days", filter=early), _ZERO),
        s_early_unpriced_days=Coalesce(Sum("person_days", filter=early & bare), _ZERO),
        s_early_entries=Count("pk", filter=early),
        s_early_unpriced=Count("pk", filter=early & bare),
    )
    return _costs(rows, keys=3)


def due_months() -> dict[Row, Row]:
    """By (month, squad, phase, category), of all features."""
    entries = Investment.objects.filter(superseded_at__isnull=True).order_by()
    phased = entries.annotate(month=TruncMonth("on"), phase=Coalesce("stint__phase", Value("")))
    return _costs(_summed(phased.values_list("month", "feature__squad", "phase", "category")), keys=4)


def kept_months() -> dict[Row, Row]:
    """The same, as it is kept."""
    return _costs(MonthCost.objects.values_list("month", "squad", "phase", "category", *COST_SUMS), keys=4)


def due_returns(features: Sequence[int]) -> dict[Row, Row]:
    """By (feature, cell)."""
    amount = F("amount_base")
    entries = Return.objects.filter(feature__in=features, superseded_at__isnull=True).order_by()
    rows = entries.annotate(cell=_CELL).values_list("feature", "cell")
    return _returns(
        rows.annotate(
            s_amount=Sum(amount),
            s_gained=Sum(Case(When(amount_base__gt=0, then=amount), default=_ZERO)),
            s_low=Sum(Coalesce("low_base", amount)),
            s_high=Sum(Coalesce("high_base", amount)),
            s_entries=Count("pk"),
            s_bounded=Count("low_base"),
        )
    )


def _spent(features: Sequence[int]) -> QuerySet[Investment]:
    return Investment.objects.filter(feature__in=features, superseded_at__isnull=True).order_by()


def _summed(rows: QuerySet[Investment, Row]) -> QuerySet[Investment, Row]:
    unpriced, waited = Q(amount_base__isnull=True), undecided()
    return rows.annotate(
        s_money=Coalesce(Sum("amount_base"), _ZERO),
        s_days=Coalesce(Sum("person_days"), _ZERO),
        s_unpriced_days=Coalesce(Sum("person_days", filter=unpriced), _ZERO),
        s_undecided=Coalesce(Sum("amount_base", filter=waited), _ZERO),
        s_undecided_days=Coalesce(Sum("person_days", filter=waited), _ZERO),
        s_undecided_unpriced=Coalesce(Sum("person_days", filter=waited & unpriced), _ZERO),
        s_entries=Count("pk"),
        s_unpriced=Count("pk", filter=unpriced),
    )


def is_undecided(*, on: date, recorded_at: datetime, due_at: datetime | None) -> bool:
    """Whether an entry was spent while the gate of its stint waited: after the day it fell due, or on it and first
    recorded later than that. An entry that was only restated later does not become undecided by that.
    """
    if due_at is None:
        return False
    due_on = timezone.localdate(due_at)
    return on > due_on or (on == due_on and recorded_at >= due_at)


def undecided() -> Q:
    """The same, asked of the database, of entries of investment."""
    due_on = TruncDate("stint__due_at", tzinfo=timezone.get_default_timezone())
    return Q(on__gt=due_on) | Q(on=due_on, first_recorded_at__gte=F("stint__due_at"))


_PLACES: Final = (CENT, MILLI, MILLI, CENT, MILLI, MILLI, None, None, CENT, MILLI, MILLI, None, None)
"""Of each sum its decimals, in the order of `COST_SUMS` and `EARLY_SUMS`."""


def _costs(rows: QuerySet[Any, Row], *, keys: int) -> dict[Row, Row]:
    """Key (the first columns) → sums; rows in which nothing stands are left out."""
    found = {}
    for row in rows:
        placed = zip(row[keys:], _PLACES, strict=False)  # cells and months have no early sums
        sums = tuple(part if places is None else _to(part, places) for part, places in placed)
        if any(sums):
            found[tuple(_plain(part) for part in row[:keys])] = sums
    return found


def _returns(rows: QuerySet[Any, Row]) -> dict[Row, Row]:
    found = {}
    for *key, amount, gained, low, high, entries, bounded in rows:
        sums = (*(_to(part, CENT) for part in (amount, gained, low, high)), entries, bounded)
        if any(sums):
            found[tuple(key)] = sums
    return found


def _to(value: Decimal, places: Decimal) -> Decimal:
    return Decimal(value).quantize(places)


def _plain(part: Any) -> Any:
    """A key's part as it can be ordered: no stint is 0."""
    return 0 if part is None else part if isinstance(part, date | str) else int(part)


def _compared(table: str, kept: dict[Row, Row], due: dict[Row, Row]) -> Iterator[Difference]:
    for key in sorted(kept.keys() | due.keys()):
        if kept.get(key) != due.get(key):
            yield Difference(table, key, kept.get(key), due.get(key))
