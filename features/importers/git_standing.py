"""What earlier runs recorded from a repository, and whether this one may go on from it.

Each entry names the last commit that counts in it. So it can be told whether the history that is read now has the
commits that the entries were made from: a clone that is behind, another repository of the same name, or a history
that was rewritten must not take away what was recorded.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from django.conf import settings

from features.actions.investment import InvestmentRow
from features.enums import Category
from features.errors import BadInput, Conflict
from features.importers.pricing import Standing
from features.models import Investment

PREFIX: Final = "git:"
EMPTY: Final = "No commit counts here any more."
_MADE_BY_US: Final = re.compile(r"[0-9]+ commits? by [0-9]+ (?:person|people), the last ([0-9a-f]+)\. ")
_WEEK: Final = re.compile(r":[0-9]{4}-W[0-9]{2}(?::|$)")
_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Stands:
    """One entry as it stands in the ledger. `last` is the commit that it names, empty where none counts any more."""

    feature: str
    external_id: str
    on: date
    days: Decimal | None
    amount: Decimal | None
    currency: str
    rate: Decimal
    category: str
    upkeep: str
    note: str
    last: str

    @property
    def price(self) -> Standing:
        """What it says of days and money."""
        return Standing(self.days, self.amount, self.currency, self.rate)


def noted(*, commits: int, people: int, last: str, rule: object, price: str = "") -> str:
    """What an entry says of itself; `standing` reads the commit back from it."""
    return (
        f"{commits} {'commit' if commits == 1 else 'commits'} by {people} {'person' if people == 1 else 'people'}, "
        f"the last {last}. {rule}.{price}"
    )


def standing(source: str) -> dict[str, Stands]:
    """The current entries of a source, by their external id."""
    return {each.external_id: each for each in _read(source=source)}


def elsewhere(source: str, features: Collection[str]) -> dict[str, list[Stands]]:
    """Entries of these features that were recorded from repositories under other names, by source."""
    found: dict[str, list[Stands]] = {}
    others = Investment.objects.filter(source__startswith=PREFIX, feature__key__in=features).exclude(source=source)
    for other in (
        others.filter(superseded_at__isnull=True).order_by("source").values_list("source", flat=True).distinct()
    ):
        found[other] = [each for each in _read(source=other, feature__key__in=features) if each.last]
    return found


def _read(**which: object) -> list[Stands]:
    rows = (
        Investment.objects.filter(superseded_at__isnull=True, **which)
        .exclude(external_id="")
        .order_by("external_id")
        .values_list(
            "feature__key",
            "external_id",
            "on",
            "person_days",
            "amount",
            "currency",
            "rate",
            "category",
            "upkeep",
            "note",
            named=False,
        )
    )
    return [Stands(*row, last=_last(row[-1])) for row in rows]


def _last(note: str) -> str:
    found = _MADE_BY_US.match(note)
    return found[1] if found else ""


def changes(
    rows: Sequence[InvestmentRow], before: Mapping[str, Stands], *, since: date | None
) -> tuple[list[InvestmentRow], list[InvestmentRow]]:
    """The rows that say something new, and rows of nothing for the entries in which no commit counts any more.

    Entries from before `since` are left as they are, as are those that were not made by an import from git.
    """
    now = {row.external_id for row in rows}
    emptied = [
        _emptied(each, rows[0].source)
        for each in before.values()
        if each.last and each.external_id not in now and (since is None or each.on >= since)
    ]
    return emptied, [row for row in rows if not _says(before.get(row.external_id), row)]


def _says(earlier: Stands | None, row: InvestmentRow) -> bool:
    return earlier is not None and (
        (earlier.feature, earlier.on, earlier.days, earlier.amount, earlier.category, earlier.upkeep, earlier.note)
        == (row.feature, row.on, row.person_days, row.amount, row.category, row.upkeep, row.note)
        and (row.amount is None or earlier.price == price_of(row))
    )


def price_of(row: InvestmentRow) -> Standing:
    """What a row says of days and money, as its entry will."""
    return Standing(row.person_days, row.amount, row.currency or settings.CURRENCY, row.rate or Decimal(1))


def _emptied(each: Stands, source: str) -> InvestmentRow:
    return InvestmentRow(
        feature=each.feature,
        on=each.on,
        category=Category.PEOPLE,
        upkeep=each.upkeep,
        person_days=Decimal(0),
        amount=None if each.amount is None else Decimal(0),
        currency=each.currency,
        rate=None if each.amount is None or each.currency == settings.CURRENCY else each.rate,
        source=source,
        external_id=each.external_id,
        note=EMPTY,
    )


def require_same_history(source: str, before: Mapping[str, Stands], found: Collection[str]) -> None:
    """Refuse where entries were made from commits that this history does not have.

    Raises:
        Conflict: `other_history`, with what it may be and what to do in each case.
    """
    strange = [each for each in before.values() if each.last and each.last not in found]
    if strange:
        raise Conflict(
            code="other_history",
            detail=f"{len(strange):,} entries of {source} were recorded from commits that this history does not have: "
            f"{_some(f'{each.external_id} from {each.last}' for each in strange)}. If this clone is behind, fetch "
            "first. If it is another repository, give it a name of its own with --name. If its history was rewritten, "
            "--restate records what it says now. Nothing was written.",
        )


def require_features_kept(source: str, before: Mapping[str, Stands], features: Collection[str]) -> None:
    """Refuse where the map no longer names a feature that has entries of this source.

    Raises:
        Conflict: `feature_dropped`, with the features and what to do.
    """
    dropped = {each.feature for each in before.values() if each.last and each.feature not in features}
    if dropped:
        raise Conflict(
            code="feature_dropped",
            detail=f"The map no longer names {_some(f'“{key}”' for key in sorted(dropped))}, for which {source} has "
            "entries. A name has one map with all its features: complete it, or use another --name for another map. "
            "If these features have no part in this repository any more, --restate sets their entries to 0. "
            "Nothing was written.",
        )


def require_not_elsewhere(others: Mapping[str, Sequence[Stands]], found: Collection[str]) -> None:
    """Refuse where the same commits are recorded for the same features under another name: they would count twice.

    Raises:
        Conflict: `recorded_elsewhere`, with the name to use.
    """
    for source, entries in others.items():
        same = [each for each in entries if each.last in found]
        if same:
            raise Conflict(
                code="recorded_elsewhere",
                detail=f"Commits of this history are recorded as {source} already, for example in "
                f"{same[0].external_id}: they would count twice. Go on with --name {source.removeprefix(PREFIX)}. "
                "Nothing was written.",
            )


def require_same_periods(source: str, before: Mapping[str, Stands], *, by: str) -> None:
    """Refuse to record from some day on by weeks where the days before are recorded by months, or the other way.

    Raises:
        BadInput: `other_periods`.
    """
    if any(each.last and bool(_WEEK.search(each.external_id)) != (by == "week") for each in before.values()):
        other = "month" if by == "week" else "week"
        raise BadInput(
            code="other_periods",
            detail=f"{source} is recorded by {other}. Use --by {other} with --since, or leave --since out to record "
            f"everything by {by} anew. Nothing was written.",
        )


def _some(names: Iterable[str]) -> str:
    found = list(names)
    more = f" and {len(found) - _NAMED:,} more" if len(found) > _NAMED else ""
    return ", ".join(found[:_NAMED]) + more
