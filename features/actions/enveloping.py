"""The envelopes of a squad: what one stint of a phase may spend where nobody says otherwise."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import transaction

from features.actions.rate_card import may_keep_rates
from features.actions.recording import record
from features.enums import Phase
from features.errors import Forbidden, wrong
from features.models import Envelope, Squad
from features.numbers import exact
from features.queries.envelopes import ENVELOPE_SET
from features.texts import visible

LARGEST: Final = Decimal(10) ** 12
MOST_DAYS: Final = Decimal(10) ** 7


@transaction.atomic
def set_envelope(
    *,
    squad: Squad,
    phase: str,
    by: User | None,
    now: datetime,
    amount: Decimal | None = None,
    days: Decimal | None = None,
    note: str = "",
) -> Envelope | None:
    """A new stint of the phase gets this budget unless one is named; without either, the envelope is taken away.

    `amount` is money in `CURRENCY`, `days` person-days: one of them. Stints that have begun keep what they were given.
    `note` says why; the history keeps it.

    Raises:
        BadInput: what is wrong, by field. Forbidden: neither a lead, a leader of its tribe nor an administrator.
    """
    _require_keeper(squad, by)
    if phase not in list(Phase):
        raise wrong("phase", f"The phase is one of {', '.join(Phase)}.", code="invalid_choice")
    _require_one(amount, days)
    Squad.objects.select_for_update(no_key=True, of=("self",)).get(pk=squad.pk)
    standing = Envelope.objects.filter(squad=squad, phase=phase).first()
    before = _told(standing)
    if before == {"amount": _text(amount), "days": _text(days)}:
        return standing
    row = _write(standing or Envelope(squad=squad, phase=phase), amount, days, by, now)
    body: dict[str, Any] = {"phase": phase, "before": before, "after": _told(row)}
    body |= {"note": said} if (said := visible(note)) else {}
    record(act=ENVELOPE_SET, subject=f"squad:{squad.slug}", by=by, now=now, body=body)
    return row


def _write(
    row: Envelope, amount: Decimal | None, days: Decimal | None, by: User | None, now: datetime
) -> Envelope | None:
    if amount is None and days is None:
        row.delete()
        return None
    row.amount, row.days, row.set_at, row.set_by = amount, days, now, by
    row.save()
    return row


def _require_keeper(squad: Squad, by: User | None) -> None:
    if by is not None and not may_keep_rates(by, squad):
        who = f"Leads of {squad.name}, leaders of its tribe and administrators"
        raise Forbidden(code="not_yours", detail=f"{who} set its envelopes.")


def _require_one(amount: Decimal | None, days: Decimal | None) -> None:
    if amount is not None and days is not None:
        raise wrong("days", "An envelope is in money or in person-days, one of them.")
    if amount is not None and not exact(amount, LARGEST, places=2, low=Decimal(0)):
        raise wrong("amount", "An envelope is 0 or more, with 2 decimals at most.")
    if days is not None and not exact(days, MOST_DAYS, places=2, low=Decimal(0)):
        raise wrong("days", "Person-days are 0 or more, with 2 decimals at most.")


def _told(row: Envelope | None) -> dict[str, str | None]:
    return {"amount": _text(row.amount if row else None), "days": _text(row.days if row else None)}


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{Decimal(value):.2f}"
