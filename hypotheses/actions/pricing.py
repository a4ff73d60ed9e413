"""Saying what one unit of a metric is worth, from a day on."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from features.actions.ledger import CURRENCY_CODE, LARGEST_RATE
from features.actions.recording import record
from features.numbers import exact, read_decimal
from hypotheses.models import Metric, UnitValue
from hypotheses.queries.catalogue import require_metric_keeper
from hypotheses.queries.checking import Complaints

LARGEST: Final = Decimal(10) ** 12
EARLIEST: Final = date(1970, 1, 1)
AHEAD: Final = timedelta(days=366)


@transaction.atomic
def price_unit(
    *,
    metric: Metric,
    by: User | None,
    now: datetime,
    amount: Any,
    from_on: date,
    currency: str = "",
    rate: Any = None,
    owner: User | None = None,
    note: str = "",
) -> UnitValue:
    """One unit that has one more of the metric is worth `amount` from a day on; what was said of that day is replaced.

    `amount` has 4 decimals at most, and is negative where more is worse; `rate` turns a foreign currency into the
    house's own. `owner` answers for the number: who says it, unless another is named.

    Raises:
        BadInput: with every wrong field. Forbidden: not the metric's keeper.
    """
    metric = Metric.objects.select_for_update(of=("self",)).select_related("source").get(pk=metric.pk)
    require_metric_keeper(by, metric)
    complaints = Complaints()
    currency = currency or settings.CURRENCY
    standing = UnitValue.objects.select_related("owner").filter(metric=metric, from_on=from_on).first()
    value = standing or UnitValue(metric=metric, from_on=from_on)
    before = _told(value) if standing else None
    value.amount = _amount(amount, complaints)
    value.currency, value.rate = currency, _rate(rate, currency, complaints)
    value.note = complaints.text(note, "note", most=2000)
    value.owner, value.set_at, value.set_by = owner or by, now, by
    if not EARLIEST <= from_on <= now.date() + AHEAD:
        complaints.add("from_on", "The day lies between 1970 and a year from now.")
    complaints.refuse("The value was not written")
    if before == _told(value):
        return value
    value.save()
    body = {"before": before, "after": _told(value)}
    record(act="metric.priced", subject=f"metric:{metric.key}", by=by, now=now, body=body)
    return value


def _amount(value: Any, complaints: Complaints) -> Decimal:
    amount = read_decimal(value)
    if amount is None or not exact(amount, LARGEST, places=4, low=-LARGEST):
        complaints.add("amount", "Give an amount with 4 decimals at most, for example 38 or -0.25.")
        return Decimal(0)
    return amount


def _rate(value: Any, currency: str, complaints: Complaints) -> Decimal:
    rate = read_decimal(value) if value not in (None, "") else None
    if not CURRENCY_CODE.fullmatch(currency):
        complaints.add("currency", "Use three capital letters, as ISO 4217 writes currencies: EUR.")
    elif currency == settings.CURRENCY:
        if rate not in (None, Decimal(1)):
            complaints.add("rate", f"The rate of {currency} to itself is 1.")
    elif rate is None or not exact(rate, LARGEST_RATE, places=8, low=Decimal("0.00000001")):
        complaints.add("rate", f"Give the rate that turns {currency} into {settings.CURRENCY}, above 0.")
    return rate if rate is not None and rate > 0 else Decimal(1)


def _told(value: UnitValue) -> dict[str, Any]:
    return {
        "from_on": str(value.from_on),
        "amount": str(Decimal(value.amount).normalize()),
        "currency": value.currency,
        "rate": str(Decimal(value.rate).normalize()),
        "owner": value.owner.get_username() if value.owner else "",
        "note": value.note,
    }
