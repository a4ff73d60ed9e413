"""Recording what features earned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from django.contrib.auth.models import User
from django.db.models import Q

from features.actions.ledger import CENT, LARGEST, Book, LedgerRow, Recorded, record_entries
from features.models import Return
from features.numbers import exact


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRow(LedgerRow):
    """What one day earned; a loss is negative. `low` and `high` bound a measured one, in the same currency."""

    low: Decimal | None = None
    high: Decimal | None = None


def record_returns(*, entries: Sequence[ReturnRow], by: User | None, now: datetime) -> Recorded:
    """Record a batch of returns, whole or not at all; see `features.actions.ledger`. `by` None is an import.

    Raises:
        BadInput: what is wrong, as `rows.3.amount`.
        Forbidden: rows for a feature that belongs to somebody else.
        Conflict: another batch writes the same entries at this moment.
    """
    return record_entries(book=RETURNS, rows=entries, by=by, now=now)


def _own(row: ReturnRow) -> dict[str, Any]:
    rate = row.rate if row.rate is not None else Decimal(1)
    bounds = {"low_base": row.low, "high_base": row.high}
    return {name: None if one is None else (one * rate).quantize(CENT, ROUND_HALF_UP) for name, one in bounds.items()}


def _doubts(row: ReturnRow) -> list[tuple[str, str]]:
    if row.amount is None:
        return [("amount", "Give an amount.")]
    if (row.low is None) != (row.high is None):
        return [("low", "Give both bounds, low and high, or none.")]
    if row.low is None or row.high is None:
        return []
    if not all(exact(one, LARGEST, places=2, low=-LARGEST) for one in (row.low, row.high)):
        return [("low", "A bound has at most 2 decimals and 12 digits before them.")]
    return [] if row.low <= row.amount <= row.high else [("low", "The amount lies between its bounds.")]


def _emptied(entry: Return, note: str) -> ReturnRow:
    return ReturnRow(
        feature=entry.feature.key,
        on=entry.on,
        amount=Decimal(0),
        currency=entry.currency,
        rate=entry.rate,
        source=entry.source,
        external_id=entry.external_id,
        note=note,
        **({} if entry.low_base is None else {"low": Decimal(0), "high": Decimal(0)}),
    )


RETURNS: Final = Book(Return, _own, _doubts, _emptied, ~Q(amount=0))
