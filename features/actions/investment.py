"""Recording what features cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.contrib.auth.models import User
from django.db.models import Q

from features.actions.ledger import Book, LedgerRow, Recorded, record_entries
from features.enums import Category, Upkeep
from features.models import Investment
from features.numbers import exact

CATEGORIES: Final = frozenset(Category)
UPKEEP: Final = frozenset({"", *Upkeep})
MOST_DAYS: Final = Decimal(10) ** 6


@dataclass(frozen=True, slots=True, kw_only=True)
class InvestmentRow(LedgerRow):
    """What one day cost: an amount, person-days, or both. Days without an amount stay days.

    `upkeep` is one of `Upkeep`, or empty: not told. It counts in Tweak It and Maintain It; see `Investment`.
    """

    category: Category
    person_days: Decimal | None = None
    upkeep: str = ""


def record_investments(*, entries: Sequence[InvestmentRow], by: User | None, now: datetime) -> Recorded:
    """Record a batch of investments, whole or not at all; see `features.actions.ledger`. `by` None is an import.

    Raises:
        BadInput: what is wrong, as `rows.3.amount`.
        Forbidden: rows for a feature that belongs to somebody else.
        Conflict: another batch writes the same entries at this moment.
    """
    return record_entries(book=INVESTMENTS, rows=entries, by=by, now=now)


def _own(row: InvestmentRow) -> dict[str, Any]:
    return {"category": str(row.category), "person_days": row.person_days, "upkeep": str(row.upkeep)}


def _doubts(row: InvestmentRow) -> list[tuple[str, str]]:
    found = []
    if row.amount is None and row.person_days is None:
        found.append(("amount", "Give an amount, person-days, or both."))
    if row.amount is not None and row.amount.is_finite() and row.amount < 0:
        found.append(("amount", "An investment is not negative. What comes back is a return."))
    if row.person_days is not None and not exact(row.person_days, MOST_DAYS, places=3, low=Decimal(0)):
        found.append(("person_days", "Person-days are 0 or more, with 3 decimals at most."))
    if row.category not in CATEGORIES:
        found.append(("category", f"“{row.category}” is none of {', '.join(Category)}."))
    if row.upkeep not in UPKEEP:
        found.append(("upkeep", f"“{row.upkeep}” is none of {', '.join(Upkeep)}. Leave it out where it is not known."))
    return found


def _emptied(entry: Investment, note: str) -> InvestmentRow:
    """What was money stays money, what was days stays days: none of either."""
    return InvestmentRow(
        feature=entry.feature.key,
        on=entry.on,
        category=Category(entry.category),
        upkeep=entry.upkeep,
        amount=None if entry.amount is None else Decimal(0),
        person_days=None if entry.person_days is None else Decimal(0),
        currency=entry.currency,
        rate=entry.rate,
        source=entry.source,
        external_id=entry.external_id,
        note=note,
    )


INVESTMENTS: Final = Book(Investment, _own, _doubts, _emptied, Q(amount__gt=0) | Q(person_days__gt=0))
