"""Keeping the sums of the ledger: in the transaction that writes its entries, by what they change.

Rows are added to where they stand, in one statement a table and in the order of their keys, so that two batches that
meet in one row wait for each other and never for a circle. Databases add exactly what is sent: no row is read before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from operator import add
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import DecimalField, Model, Q
from django.utils import timezone

from features.calendar import cell_of, start_of
from features.models import CellCost, CellReturn, Feature, Investment, MonthCost, Return, Squad, Stint, StintCost
from features.models.ledger import LedgerEntry
from features.models.rollup import COST_SUMS, EARLY_SUMS, RETURN_SUMS
from features.queries.sums import SLICE, due_cells, due_months, due_returns, due_stints, is_undecided

Key = tuple[Any, ...]
Sums = tuple[Any, ...]
Change = tuple[Any, int]
"""An entry and what became of it: 1 it was written, -1 another one stands in its place now."""

NONE: Final = 0
"""Stands for “no stint” in a key; an id is never 0."""
NOTHING: Final = Decimal(0)
NOT_COUNTED: Final = (*[NOTHING] * 6, 0, 0)
"""Adds nothing to the sums of costs."""
NO_STINT: Final = ("", None)
NOT_EARLY: Final = (*[NOTHING] * 3, 0, 0)
MOST: Final = 5_000
"""Rows in one statement."""
MOST_STINTS: Final = 500


@dataclass(frozen=True, slots=True)
class Table:
    """A table of sums: its key, what says “it is there”, what is added up, and the types on PostgreSQL."""

    model: type[Model]
    key: tuple[str, ...]
    conflict: str
    sums: tuple[str, ...]
    types: tuple[str, ...]


_COST_TYPES: Final = (*["numeric"] * 6, "integer", "integer")
_EARLY_TYPES: Final = (*["numeric"] * 3, "integer", "integer")
CELLS: Final = Table(
    CellCost,
    ("feature_id", "cell", "stint_id", "category"),
    "feature_id, cell, COALESCE(stint_id, 0), category",
    COST_SUMS,
    ("bigint", "date", "bigint", "text", *_COST_TYPES),
)
STINTS: Final = Table(
    StintCost,
    ("feature_id", "stint_id", "category"),
    "feature_id, COALESCE(stint_id, 0), category",
    (*COST_SUMS, *EARLY_SUMS),
    ("bigint", "bigint", "text", *_COST_TYPES, *_EARLY_TYPES),
)
MONTHS: Final = Table(
    MonthCost,
    ("month", "squad_id", "phase", "category"),
    "month, squad_id, phase, category",
    COST_SUMS,
    ("date", "bigint", "text", "text", *_COST_TYPES),
)
EARNED: Final = Table(
    CellReturn,
    ("feature_id", "cell"),
    "feature_id, cell",
    RETURN_SUMS,
    ("bigint", "date", "numeric", "numeric", "numeric", "numeric", "integer", "integer"),
)


def sum_up(
    *,
    model: type[LedgerEntry],
    changes: Sequence[Change],
    squads: Mapping[int, int],
    later: dict[Key, Sums] | None = None,
) -> None:
    """Bring the sums in line with entries that were written or superseded. `squads`: of each feature, by its id.

    The caller holds the locks of the features. Sums by month are shared by the features of a squad: a transaction of
    many batches gives `later`, has them collected there, and takes their rows at its end by `sum_months`.
    """
    if not changes:
        return
    if model is Return:
        _sum_returns(changes)
    else:
        _sum_costs(changes, squads, later)


def sum_months(found: Mapping[Key, Sums]) -> None:
    """Add what `sum_up` collected, all at once and in the order of the keys."""
    add_to(MONTHS, found)


def _sum_returns(changes: Sequence[Change]) -> None:
    cells: dict[Key, Sums] = {}
    for entry, sign in changes:
        _add(cells, (entry.feature_id, cell_of(entry.on)), _earned(entry, sign))
    add_to(EARNED, cells)


def _sum_costs(changes: Sequence[Change], squads: Mapping[int, int], later: dict[Key, Sums] | None) -> None:
    known = _stints({entry.stint_id for entry, _ in changes if entry.stint_id is not None})
    released = _released({entry.feature_id for entry, _ in changes})
    cells: dict[Key, Sums] = {}
    for entry, sign in changes:
        _, due_at = known.get(entry.stint_id, NO_STINT)
        waited = is_undecided(on=entry.on, recorded_at=entry.first_recorded_at, due_at=due_at)
        release = released[entry.feature_id]
        early = _early(entry, sign) if release is None or entry.on <= release else NOT_EARLY
        _add(cells, _cell(entry), _cost(entry, sign, undecided=waited) + early)
    _spread(cells, squads=squads, phases={pk: phase for pk, (phase, _) in known.items()}, later=later)


def _spread(
    cells: Mapping[Key, Sums],
    *,
    squads: Mapping[int, int],
    phases: Mapping[int, str],
    later: dict[Key, Sums] | None = None,
) -> None:
    """Add what was summed by cell to the three tables: a cell lies in one month, and here in one stint."""
    stints: dict[Key, Sums] = {}
    months: dict[Key, Sums] = {} if later is None else later
    for (feature, cell, stint, category), sums in cells.items():
        _add(stints, (feature, stint, category), sums)
        month = (start_of(cell, "month"), squads[feature], phases.get(stint, ""), category)
        _add(months, month, sums[: len(COST_SUMS)])
    add_to(CELLS, cells)
    add_to(STINTS, stints)
    if later is None:
        add_to(MONTHS, months)


def hold(*, stint: Stint, squad: int, due_at: datetime) -> None:
    """The gate of a stint falls due: what is spent from then on is undecided, and what has been booked for days from
    then on becomes so. `squad`: its feature's, by id. The caller holds the feature's lock.
    """
    stint.due_at = due_at
    stint.save(update_fields=["due_at"])
    entries = Investment.objects.filter(stint=stint, superseded_at__isnull=True, on__gte=timezone.localdate(due_at))
    cells: dict[Key, Sums] = {}
    for entry in entries:
        if is_undecided(on=entry.on, recorded_at=entry.first_recorded_at, due_at=due_at):
            _add(cells, _cell(entry), _held(entry) + NOT_EARLY)
    _spread(cells, squads={stint.feature_id: squad}, phases={stint.pk: stint.phase})


def hold_many(*, gates: Sequence[tuple[Stint, int, datetime]]) -> None:
    """The same for many stints, each with its squad and moment; few statements where nothing is booked ahead."""
    for stint, _, due_at in gates:
        stint.due_at = due_at
    Stint.objects.bulk_update([stint for stint, _, _ in gates], ["due_at"], batch_size=MOST_STINTS)
    since = min((timezone.localdate(due_at) for _, _, due_at in gates), default=None)
    ahead = Investment.objects.filter(stint__in=[stint for stint, _, _ in gates], superseded_at__isnull=True)
    booked = set(ahead.filter(on__gte=since).values_list("stint", flat=True)) if since else set()
    for stint, squad, due_at in gates:
        if stint.pk in booked:
            hold(stint=stint, squad=squad, due_at=due_at)


def release(*, feature: Feature) -> None:
    """A feature has been released to all: what was recorded ahead for later days, its tweaks' too, is no longer early.
    The caller holds its lock and has saved the day; who records for a tweak from now on sees it. That a tweak itself
    lands changes nothing: its parent was released.
    """
    if feature.parent_id is not None:
        return
    family = Feature.objects.filter(Q(pk=feature.pk) | Q(parent=feature)).select_for_update(no_key=True).order_by("pk")
    ids = list(family.values_list("pk", flat=True))
    later = Investment.objects.filter(feature__in=ids, superseded_at__isnull=True, on__gt=feature.released_on)
    found: dict[Key, Sums] = {}
    for entry in later:
        key = (entry.feature_id, entry.stint_id or NONE, str(entry.category))
        _add(found, key, (*NOT_COUNTED, *_early(entry, -1)))
    add_to(STINTS, found)


def hand_over(*, feature: Feature, to: Squad) -> None:
    """A feature changes hands, and takes what it has cost with it. The caller holds its lock and saves it."""
    costs: dict[Key, Sums] = {}
    rows = CellCost.objects.filter(feature=feature).values_list("cell", "stint__phase", "category", *COST_SUMS)
    for cell, phase, category, *sums in rows:
        key = (start_of(cell, "month"), phase or "", category)
        _add(costs, (key[0], to.pk, *key[1:]), tuple(sums))
        _add(costs, (key[0], feature.squad_id, *key[1:]), tuple(-part for part in sums))
    add_to(MONTHS, costs)


def rebuild() -> None:
    """Make all sums anew from the entries, in one transaction in which nobody writes to the ledger."""
    with transaction.atomic():
        features = list(Feature.objects.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
        for table in (CELLS, STINTS, MONTHS, EARNED):
            table.model._default_manager.all().delete()
        for start in range(0, len(features), SLICE):
            slice_ = features[start : start + SLICE]
            add_to(CELLS, due_cells(slice_))
            add_to(STINTS, due_stints(slice_))
            add_to(EARNED, due_returns(slice_))
        add_to(MONTHS, due_months())


def add_to(table: Table, found: Mapping[Key, Sums]) -> None:
    """Add sums to the rows of a table, by key; rows that are not there yet are made."""
    kept = len(table.sums)  # sums by cell carry those of their stint behind them
    rows = [(*_key(table, key), *found[key][:kept]) for key in sorted(found) if any(found[key])]
    for start in range(0, len(rows), MOST):
        _send(table, rows[start : start + MOST])


def _send(table: Table, rows: Sequence[Sequence[Any]]) -> None:
    names = (*table.key, *table.sums)
    name = table.model._meta.db_table
    sums = ", ".join(f"{column} = {_added(table, column)}" for column in table.sums)
    into = f"INSERT INTO {name} ({', '.join(names)})"
    kept = f"ON CONFLICT ({table.conflict}) DO UPDATE SET {sums}"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            lists = ", ".join(f"%s::{kind}[]" for kind in table.types)
            columns = [list(column) for column in zip(*rows, strict=True)]
            cursor.execute(f"{into} SELECT * FROM unnest({lists}) {kept}", columns)  # noqa: S608 (our own names)
        else:
            marks = ", ".join(["%s"] * len(names))
            cursor.executemany(f"{into} VALUES ({marks}) {kept}", [[_plain(value) for value in row] for row in rows])


def _added(table: Table, column: str) -> str:
    """SQLite adds decimals as binary fractions: it has to round, or what is added and taken away leaves a trace."""
    added = f"{table.model._meta.db_table}.{column} + excluded.{column}"
    field = table.model._meta.get_field(column)
    if connection.vendor == "sqlite" and isinstance(field, DecimalField):
        return f"ROUND({added}, {field.decimal_places})"
    return added


def _key(table: Table, key: Key) -> Key:
    """The key as the database has it: no stint is NULL."""
    return tuple(
        None if name == "stint_id" and part == NONE else part for name, part in zip(table.key, key, strict=True)
    )


def _plain(value: Any) -> Any:
    """SQLite keeps decimals as numbers and days as text."""
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def _cost(entry: Any, sign: int, *, undecided: bool) -> Sums:
    money, days, bare = _parts(entry)
    held = (money, days, bare) if undecided else (NOTHING, NOTHING, NOTHING)
    sums = (money, days, bare, *held, 1, 1 if entry.amount_base is None else 0)
    return sums if sign > 0 else tuple(-part for part in sums)


def _cell(entry: Any) -> Key:
    return entry.feature_id, cell_of(entry.on), entry.stint_id or NONE, str(entry.category)


def _early(entry: Any, sign: int) -> Sums:
    sums = (*_parts(entry), 1, 1 if entry.amount_base is None else 0)
    return sums if sign > 0 else tuple(-part for part in sums)


def _held(entry: Any) -> Sums:
    """What becomes undecided of an entry that is counted already."""
    return NOTHING, NOTHING, NOTHING, *_parts(entry), 0, 0


def _parts(entry: Any) -> tuple[Decimal, Decimal, Decimal]:
    """Money, person-days, and those of them that carry no money."""
    days = entry.person_days or NOTHING
    return entry.amount_base or NOTHING, days, days if entry.amount_base is None else NOTHING


def _earned(entry: Any, sign: int) -> Sums:
    amount = entry.amount_base
    low = amount if entry.low_base is None else entry.low_base
    high = amount if entry.high_base is None else entry.high_base
    bounded = sign if entry.low_base is not None else 0
    return sign * amount, sign * max(amount, NOTHING), sign * low, sign * high, sign, bounded


def _stints(ids: set[int]) -> dict[int, tuple[str, datetime | None]]:
    """Of each stint its phase, and when its gate fell due."""
    rows = Stint.objects.filter(pk__in=ids).values_list("pk", "phase", "due_at") if ids else ()
    return {pk: (phase, due_at) for pk, phase, due_at in rows}


def _released(features: set[int]) -> dict[int, date | None]:
    """Of each feature the day on which it was released to all; of a tweak, its parent."""
    rows = Feature.objects.filter(pk__in=features).order_by()
    return {
        pk: with_parent if parent else alone
        for pk, parent, alone, with_parent in rows.values_list("pk", "parent", "released_on", "parent__released_on")
    }


def _add(found: dict[Key, Sums], key: Key, more: Sums) -> None:
    standing = found.get(key)
    found[key] = more if standing is None else tuple(map(add, standing, more))
