"""Filters that write numbers, money and days as the charts do: ``{% load formats %}``."""

from datetime import date, datetime

from django import template
from django.conf import settings
from django.utils import timezone

from lifecycle.charts import formats

register = template.Library()

register.filter("person_days", formats.person_days)
register.filter("person_days_short", formats.person_days_short)
register.filter("count", formats.count)
register.filter("compact", formats.compact)
register.filter("percentage", formats.percentage)
register.filter("percent", formats.percent)
register.filter("signed_percent", formats.signed_percent)
register.filter("signed_points", formats.signed_points)
register.filter("days_away", formats.days_away)


@register.filter
def money(amount: formats.Number | None, currency: str = "") -> str:
    """``{{ amount|money }}`` in the installation's currency, ``{{ amount|money:"EUR" }}`` in another."""
    return formats.money(amount, currency or settings.CURRENCY)


@register.filter
def money_short(amount: formats.Number | None, currency: str = "") -> str:
    """As ``money``, with at most three digits that matter."""
    return formats.money_short(amount, currency or settings.CURRENCY)


@register.filter
def day(value: date | datetime | None) -> str:
    """``11 August 2025``; a time is shown as its day in the installation's time zone."""
    return formats.day(_local(value))


@register.filter
def day_short(value: date | datetime | None) -> str:
    """``11 Aug 2025``."""
    return formats.day_short(_local(value))


@register.filter
def moment(value: datetime | None) -> str:
    """``11 Aug 2025, 14:05`` in the installation's time zone."""
    if value is None:
        return formats.NOT_KNOWN
    return f"{day_short(value)}, {_local(value):%H:%M}"


@register.simple_tag
def effect(value: formats.Number | None, unit: str = "share", scale: str = "absolute") -> str:
    """``{% effect 0.0071 unit="share" %}`` is ``+0.71 pp``."""
    return formats.effect(value, unit=unit, scale=scale)


@register.simple_tag
def interval(
    low: formats.Number | None, high: formats.Number | None, unit: str = "share", scale: str = "absolute"
) -> str:
    """``{% interval 0.0042 0.01 %}`` is ``+0.42 to +1 pp``."""
    return formats.interval(low, high, unit=unit, scale=scale)


def _local(value: date | datetime | None) -> date | datetime | None:
    if isinstance(value, datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value
