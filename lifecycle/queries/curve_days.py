"""What a curve is drawn from: the sums by cell, and by day where a day matters (ADR 11)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from django.db.models import Case, Count, DecimalField, F, Q, Sum, Value, When
from django.db.models.functions import Coalesce

from features.calendar import DAY, cell_end, cell_of, days_of_cell
from features.models import CellCost, CellReturn, Investment, Return
from features.queries.sums import undecided
from lifecycle.curves.ledger import Day, Days

LOOK_AHEAD: Final = 56
"""Days that a closer look takes in at once."""
_ZERO = Value(0, output_field=DecimalField(max_digits=20, decimal_places=3))


def days_of(*, family: Sequence[int], released_on: date | None) -> Days:
    """What went in and came back for features (by id): a `Day` for each cell under its first day, and one for each day
    of the cell in which they were released. Two queries, and two more where there is a release.
    """
    near = frozenset(days_of_cell(released_on)) if released_on else frozenset()
    found = _cells(family, skipped=min(near, default=None))
    return _joined([*found, *(_looked_at(family, near) if near else ())])


def closer_look(*, family: Sequence[int], released_on: date | None) -> Callable[[date], Days]:
    """Gives the days of a cell by its first day. The cell of the release has been told by day already.

    Two queries, for that cell and those of the next eight weeks: where one is looked at, the next ones mostly are too.
    """
    near = frozenset(days_of_cell(released_on)) if released_on else frozenset()
    known: dict[date, Days] = {}

    def look(cell: date) -> Days:
        if cell in near:
            return {}
        if cell not in known:
            ahead = [cell + DAY * place for place in range(LOOK_AHEAD)]
            known.update((cell_of(day), {}) for day in ahead if cell_end(day) <= ahead[-1])
            for day, sums in _joined(_looked_at(family, ahead)).items():
                if cell_of(day) in known:
                    known[cell_of(day)][day] = sums
        return known[cell]

    return look


def _cells(family: Sequence[int], *, skipped: date | None) -> list[tuple[date, Day]]:
    costs = CellCost.objects.filter(feature__in=family).order_by().values("cell")
    spent = costs.annotate(
        s_money=Sum("money"),
        s_days=Sum("unpriced_days"),
        s_undecided=Sum("undecided"),
        s_undecided_days=Sum("undecided_unpriced"),
        s_entries=Sum("entries"),
        s_unpriced=Sum("unpriced"),
    )
    returns = CellReturn.objects.filter(feature__in=family).order_by().values("cell")
    earned = returns.annotate(
        s_returned=Sum("amount"),
        s_low=Sum("low"),
        s_high=Sum("high"),
        s_gained=Sum("gained"),
        s_returns=Sum("entries"),
        s_bounded=Sum("bounded"),
    )
    return [(row["cell"], _day(row)) for row in (*spent, *earned) if row["cell"] != skipped]


def _looked_at(family: Sequence[int], days: Sequence[date] | frozenset[date]) -> list[tuple[date, Day]]:
    """The sums of single days, from the entries."""
    these = Q(feature__in=family, on__in=days, superseded_at__isnull=True)
    bare = Q(amount_base__isnull=True)
    spent = (
        Investment.objects.filter(these)
        .order_by()
        .values("on")
        .annotate(
            s_money=Coalesce(Sum("amount_base"), _ZERO),
            s_days=Coalesce(Sum("person_days", filter=bare), _ZERO),
            s_undecided=Coalesce(Sum("amount_base", filter=undecided()), _ZERO),
            s_undecided_days=Coalesce(Sum("person_days", filter=bare & undecided()), _ZERO),
            s_entries=Count("pk"),
            s_unpriced=Count("pk", filter=bare),
        )
    )
    amount = F("amount_base")
    earned = (
        Return.objects.filter(these)
        .order_by()
        .values("on")
        .annotate(
            s_returned=Sum(amount),
            s_low=Sum(Coalesce("low_base", amount)),
            s_high=Sum(Coalesce("high_base", amount)),
            s_gained=Sum(Case(When(amount_base__gt=0, then=amount), default=_ZERO)),
            s_returns=Count("pk"),
            s_bounded=Count("low_base"),
        )
    )
    return [(row["on"], _day(row)) for row in (*spent, *earned)]


def _day(row: Mapping[str, Any]) -> Day:
    return Day(**{name.removeprefix("s_"): value for name, value in row.items() if name.startswith("s_")})


def _joined(parts: Sequence[tuple[date, Day]]) -> Days:
    found: Days = {}
    for day, sums in parts:
        found[day] = found.get(day, Day()) + sums
    return dict(sorted(found.items()))
