"""What features cost before they were released to all: nothing is earned before that day (law 11).

A tweak counts with its parent (law 12). Whole stints are read as sums. Days are read only where the day of release cuts
a stint, and for entries outside of any stint; so the figure is that of the curve, to the cent.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Case, DateField, F, Q, QuerySet, When
from django.db.models.functions import Cast, Coalesce, Greatest, TruncDate, TruncMonth, TruncWeek
from django.utils import timezone

from features.enums import Status
from features.models import CellCost, Feature, Investment, Stint, StintCost
from lifecycle.queries.portfolio.amounts import NOTHING, Amount, amount_of, entry_sums, sums, total
from lifecycle.queries.portfolio.scope import Scope

AHEAD: Final = timedelta(days=31)
"""So far ahead of its recording may a day lie: an entry of a stint may be spent so long after the stint."""
WEEK: Final = timedelta(days=6)
ROOT: Final = Coalesce("feature__parent", "feature")
RELEASED: Final = Case(
    When(feature__parent__isnull=False, then=F("feature__parent__released_on")),
    default=F("feature__released_on"),
    output_field=DateField(),
)
CELL: Final = Cast(Greatest(TruncWeek("on"), TruncMonth("on")), DateField())


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
    created_on: date
    released_on: date | None
    ended_on: date | None
    before: Amount
    whole: Amount


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
        """Those that are still on their way: what they cost so far."""
        return tuple(one for one in self.features if one.released_on is None and one.status == Status.ACTIVE)

    @property
    def so_far(self) -> Amount:
        """What is in features that are still on their way."""
        return total(one.before for one in self.running)


def spent_before_return(*, scope: Scope | None = None) -> BeforeReturn:
    """Every feature with what it cost up to and on the day of its release.

    Eleven queries, however many there are, and two more where a release cuts a stay that was imported.
    """
    narrowed = scope or Scope()
    families = _families(narrowed)
    plus = [_outside(narrowed), _that_day(narrowed), _cut(narrowed)]
    minus = [_later_cells(narrowed), _later_days(narrowed)]
    rows = Feature.objects.filter(narrowed.of("squad"), parent__isnull=True).order_by("key")
    found = []
    for row in rows.values(*_FIELDS):
        whole, before = families.get(row["pk"], (Amount(), Amount()))
        for more in plus:
            before = before + more[row["pk"]] if row["pk"] in more else before
        for less in minus:
            before = before - less[row["pk"]] if row["pk"] in less else before
        found.append(_spent(row, whole if row["released_on"] is None else before, whole))
    return BeforeReturn(tuple(found))


_FIELDS: Final = (
    "pk", "key", "name", "squad__slug", "squad__name", "squad__tribe__slug", "phase", "status", "created_at",
    "released_on", "ended_on",
)  # fmt: skip


def _spent(row: dict[str, Any], before: Amount, whole: Amount) -> Spent:
    return Spent(
        id=row["pk"],
        key=row["key"],
        name=row["name"],
        squad=row["squad__slug"],
        squad_name=row["squad__name"],
        tribe=row["squad__tribe__slug"],
        phase=row["phase"],
        status=row["status"],
        created_on=timezone.localdate(row["created_at"]),
        released_on=row["released_on"],
        ended_on=row["ended_on"],
        before=before,
        whole=whole,
    )


def _ended_on() -> TruncDate:
    return TruncDate("stint__ended_at", tzinfo=timezone.get_default_timezone())


def _families(scope: Scope) -> dict[int, tuple[Amount, Amount]]:
    """By feature: the sums of all its stints, and of those that had ended when it was released."""
    rows = StintCost.objects.filter(scope.of_family("feature")).order_by()
    dated = rows.annotate(root=ROOT, released=RELEASED, ended=_ended_on())
    grouped = dated.values("root").annotate(**sums(), **sums("early_", Q(ended__lte=F("released"))))
    return {row["root"]: (amount_of(row), amount_of(row, "early_")) for row in grouped}


def dated(rows: QuerySet[Any]) -> Iterator[QuerySet[Any]]:
    """Rows of released features, and of the tweaks of such: each with its `root` and the day that was `released`.

    They are asked for one after the other, so that the day is a plain column and the index by feature and day serves.
    """
    for tweak, feature in ((False, "feature"), (True, "feature__parent")):
        known = {"feature__parent__isnull": not tweak, f"{feature}__released_on__isnull": False}
        yield rows.filter(**known).annotate(root=F(feature), released=F(f"{feature}__released_on"))


def _outside(scope: Scope) -> dict[int, Amount]:
    """Entries outside of any stint, by their days."""
    rows = _entries(scope).filter(stint__isnull=True)
    return _by_root(one.filter(on__lte=F("released")) for one in dated(rows))


def _that_day(scope: Scope) -> dict[int, Amount]:
    """Entries of the day of release itself, in the stint that began with it."""
    rows = _entries(scope).filter(stint__isnull=False).annotate(ended=_ended_on())
    goes_on = Q(stint__ended_at__isnull=True) | Q(ended__gt=F("released"))
    return _by_root(one.filter(goes_on, on=F("released")) for one in dated(rows))


def _cut(scope: Scope) -> dict[int, Amount]:
    """Entries from before the day of release in stints that go on after it: only imported history has such."""
    zone = timezone.get_default_timezone()
    stints = Stint.objects.filter(scope.of_family("feature")).annotate(
        released=RELEASED, began=TruncDate("started_at", tzinfo=zone), ended=TruncDate("ended_at", tzinfo=zone)
    )
    over = Q(ended_at__isnull=True) | Q(ended__gt=F("released"))
    cut = list(stints.filter(over, began__lt=F("released")).order_by().values_list("pk", flat=True))
    if not cut:
        return {}
    return _by_root(one.filter(on__lt=F("released")) for one in dated(_entries(scope).filter(stint__in=cut)))


def _later_cells(scope: Scope) -> dict[int, Amount]:
    """Of stints that had ended: what was recorded ahead for days after the release, by whole cells."""
    rows = CellCost.objects.filter(scope.of_family("feature"), stint__isnull=False, entries__gt=0).order_by()
    ended = rows.annotate(ended=_ended_on())
    later = {"ended__lte": F("released"), "cell__gt": F("released"), "cell__lte": F("released") + AHEAD}
    return _added(one.filter(**later).values("root").annotate(**sums()) for one in dated(ended))


def _later_days(scope: Scope) -> dict[int, Amount]:
    """The same in the cell that holds the day of release, by its days."""
    rows = _entries(scope).filter(stint__isnull=False).annotate(ended=_ended_on(), cell=CELL)
    week = {"on__gt": F("released"), "on__lte": F("released") + WEEK}
    later = {**week, "ended__lte": F("released"), "cell__lte": F("released")}
    return _by_root(one.filter(**later) for one in dated(rows))


def _entries(scope: Scope) -> QuerySet[Investment]:
    return Investment.objects.filter(scope.of_family("feature"), superseded_at__isnull=True).order_by()


def _by_root(parts: Iterable[QuerySet[Any]]) -> dict[int, Amount]:
    return _added(rows.values("root").annotate(**entry_sums()) for rows in parts)


def _added(parts: Iterable[Iterable[Any]]) -> dict[int, Amount]:
    """By root, the sums of its own rows and of its tweaks'."""
    found: dict[int, Amount] = {}
    for row in (row for rows in parts for row in rows):
        root = row["root"]
        found[root] = found[root] + amount_of(row) if root in found else amount_of(row)
    return found


def in_unit(features: Iterable[Spent], unit: str) -> list[Any]:
    """What each cost before its release, of those that know it in this unit: money, or days without a rate."""
    if unit == "days":
        return [one.before.days for one in features if one.before.days > NOTHING]
    return [one.before.money for one in features if one.before.money > NOTHING]
