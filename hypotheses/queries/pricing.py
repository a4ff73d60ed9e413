"""What units of metrics are worth, and how many units a feature reached."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Max, Q

from hypotheses.enums import ArmRole
from hypotheses.models import Metric, Result, UnitValue


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit with one more of a metric is worth from a day on, in `CURRENCY`; when that was said."""

    from_on: date
    amount: Decimal
    set_at: datetime


def prices_of(*, metrics: Collection[int]) -> dict[int, list[Price]]:
    """The prices of metrics (by id), the oldest first; metrics without any are left out. One query."""
    found: dict[int, list[Price]] = {}
    rows = UnitValue.objects.filter(metric__in=metrics).order_by("metric", "from_on")
    for metric, from_on, amount, rate, set_at in rows.values_list("metric", "from_on", "amount", "rate", "set_at"):
        found.setdefault(metric, []).append(Price(from_on, amount * rate, set_at))
    return found


def price_on(prices: Sequence[Price], day: date) -> Price | None:
    """The price in force on a day; None before the first."""
    return next((price for price in reversed(prices) if price.from_on <= day), None)


def unit_values(*, metric: Metric) -> list[UnitValue]:
    """All that was said about the worth of a metric, the newest day first."""
    return list(UnitValue.objects.filter(metric=metric).select_related("owner").order_by("-from_on"))


def units_reached(*, feature: int, metric: int, after: datetime, until: datetime) -> int | None:
    """How many units with a known outcome came into the treatment of a feature's trials in a stretch of time.

    Results count up within a stage, so it is what each stage has at the end less what it had at the beginning. None
    when no result of the metric speaks of the stretch: nobody counted, which is not zero.
    """
    told = Result.objects.filter(
        stage__trial__feature=feature, metric=metric, arm__role=ArmRole.TREATMENT, superseded_at__isnull=True
    )
    if not told.filter(as_of__gt=after, as_of__lte=until).exists():
        return None
    stages = (
        told.filter(as_of__lte=until)
        .order_by()
        .values("stage", "arm")
        .annotate(upto=Max("n"), before=Max("n", filter=Q(as_of__lte=after)))
    )
    return sum(int(row["upto"]) - int(row["before"] or 0) for row in stages)


def last_count(*, feature: int, metric: int, until: datetime) -> datetime | None:
    """As of when the treatment's units were last counted."""
    told = Result.objects.filter(
        stage__trial__feature=feature, metric=metric, arm__role=ArmRole.TREATMENT, superseded_at__isnull=True
    )
    return told.filter(as_of__lte=until).order_by("-as_of").values_list("as_of", flat=True).first()
