"""Recording what features earned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User

from features.actions.ledger import LedgerRow, Recorded, record_entries
from features.models import Return


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRow(LedgerRow):
    """What one day earned; a loss is negative."""


def record_returns(*, entries: Sequence[ReturnRow], by: User | None, now: datetime) -> Recorded:
    """Record a batch of returns, whole or not at all; see `features.actions.ledger`. `by` None is an import.

    Raises:
        BadInput: what is wrong, as `rows.3.amount`.
        Forbidden: rows for a feature that belongs to somebody else.
        Conflict: another batch writes the same entries at this moment.
    """
    return record_entries(model=Return, rows=entries, own=lambda _: {}, doubts=_doubts, by=by, now=now)


def _doubts(row: ReturnRow) -> list[tuple[str, str]]:
    return [("amount", "Give an amount.")] if row.amount is None else []
