"""What released features earn, week by week: value of one unit × measured effect × units reached, by the clock.

A week is booked once it is over, and again as a revision while its results, its evidence or the price of its metric
change. In weeks that nobody counts (the holdback has ended), the units of the last four counted weeks are carried on,
marked as such, for a year at most. Where somebody entered returns of a feature by hand or from finance, those stand
alone: the same money is not booked twice.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from features.actions.returns import ReturnRow, record_returns
from features.calendar import WEEK, start_of
from features.enums import Phase
from features.models import Feature, Return, Stint
from hypotheses.models import Evidence, Hypothesis, UnitValue
from hypotheses.queries.pricing import Price, last_count, price_on, prices_of, units_reached
from lifecycle.models import Removal
from lifecycle.queries.delivered import UNTRUSTED
from lifecycle.queries.events import start_of_day

log = logging.getLogger(__name__)

MEASURED: Final = "measured"
"""The source of what is booked here."""
AGAIN: Final = 4
"""So many of the last weeks are looked at again: their results may still be restated."""
COUNTED: Final = "counted"
CARRIED: Final = "carried on from the last counted weeks"
CARRIED_ON: Final = timedelta(weeks=52)
BEHIND: Final = timedelta(weeks=4)
CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Earned:
    """What is known of one feature's metric: its prices, and from when to when units that came in earn.

    `since` is the moment of the release: units that came earlier on that day earned nothing. `until` is when its
    removal began, if it did: from then on nobody has it.
    """

    feature: Feature
    metric: int
    prices: Sequence[Price]
    since: datetime
    until: datetime | None

    def effect(self, until: datetime) -> tuple[float, float, float, datetime] | None:
        """Estimate, low, high of the newest trusted evidence of this metric, and as of when; None without any."""
        told = Evidence.objects.filter(
            feature=self.feature, hypothesis__metric=self.metric, as_of__lte=until, superseded_at__isnull=True,
            estimate__isnull=False, low__isnull=False, high__isnull=False,
        ).exclude(verdict__in=UNTRUSTED)  # fmt: skip
        row = told.order_by("-as_of", "-pk").first()
        if row is None or row.estimate is None or row.low is None or row.high is None:
            return None
        return row.estimate, row.low, row.high, row.as_of


def earn_all(*, now: datetime) -> int:
    """Book the weeks that are over for every released feature whose metric has a price; how many entries changed.

    A feature that cannot be booked is logged and does not hold up the others.
    """
    changed = 0
    for one in _priced():
        try:
            changed += _earn(one, now)
        except Exception:  # one broken feature must not keep all others from earning
            log.exception("the returns of %s could not be booked", one.feature.key)
    return changed


def _priced() -> Iterator[Earned]:
    """The released features that are still there, with the metric of their newest hypothesis where it has a price."""
    there = {"feature__released_on__isnull": False, "feature__ended_on__isnull": True}
    rows = Hypothesis.objects.filter(**there, metric__in=UnitValue.objects.order_by().values("metric"))
    latest: dict[int, Hypothesis] = {}
    for row in rows.order_by("feature", "-version").select_related("feature"):
        latest.setdefault(row.feature_id, row)
    prices = prices_of(metrics={row.metric_id for row in latest.values() if row.metric_id})
    removed = dict(Removal.objects.filter(feature__in=latest).values_list("feature", "started_at"))
    tweaked = Stint.objects.filter(feature__in=latest, phase=Phase.TWEAK_IT).order_by("-number")
    released = dict(tweaked.values_list("feature", "started_at"))  # the first one stands last, and stays
    for pk, row in latest.items():
        if row.metric_id is not None and row.feature.released_on is not None:
            since = released.get(pk) or start_of_day(row.feature.released_on)
            yield Earned(row.feature, row.metric_id, prices[row.metric_id], since, removed.get(pk))


@transaction.atomic
def _earn(one: Earned, now: datetime) -> int:
    """Book one feature; its lock is taken first, so that a hand that enters returns at this moment is seen."""
    Feature.objects.select_for_update(no_key=True).get(pk=one.feature.pk)
    standing = Return.objects.filter(feature=one.feature, superseded_at__isnull=True)
    ours = standing.filter(source=MEASURED)
    if standing.exclude(source=MEASURED).exists():
        rows = [_withdrawn(row, one.feature) for row in ours.exclude(amount=0)]
    else:
        booked = dict(ours.values_list("external_id", "recorded_at"))
        last = last_count(feature=one.feature.pk, metric=one.metric, until=now)
        weeks = _weeks(one, booked, last, now) if last is not None else ()
        rows = [row for week in weeks if last and (row := _row(one, week, last)) is not None]
    if not rows:
        return 0
    recorded = record_returns(entries=rows, by=None, now=now)
    return recorded.new + recorded.revised


def _weeks(one: Earned, booked: Mapping[str, datetime], last: datetime, now: datetime) -> Iterator[date]:
    """The weeks to look at: not booked yet, among the last ones, or priced anew since they were booked.

    None later than what was counted last can be carried on: so the past does not grow into the work of every pass.
    """
    ends = min(now, one.until or now, last + CARRIED_ON)
    week = start_of(timezone.localdate(one.since), "week")
    present = start_of(timezone.localdate(now), "week")
    while week < present and start_of_day(week) < ends:
        at, price = booked.get(_name(one.feature, week)), price_on(one.prices, week + WEEK)
        recent = present - week <= AGAIN * WEEK
        if price is not None and (at is None or recent or at < price.set_at):
            yield week
        week += WEEK


def _row(one: Earned, week: date, last_counted: datetime) -> ReturnRow | None:
    """What one week earned; None where no effect is known, or nobody counted units."""
    last = week + WEEK - timedelta(days=1)
    price = price_on(one.prices, last)
    begins, ends = max(start_of_day(week), one.since), start_of_day(week + WEEK)
    ends = min(ends, one.until or ends)
    effect = one.effect(ends)
    if price is None or effect is None:
        return None
    counted = _units(one, begins, ends, last_counted)
    if counted is None:
        return None
    units, how = counted
    estimate, low, high, as_of = effect
    scale = price.amount * units
    bounds = sorted((_money(scale, low), _money(scale, high)))
    return ReturnRow(
        feature=one.feature.key,
        on=last,
        amount=min(max(_money(scale, estimate), bounds[0]), bounds[1]),
        low=bounds[0],
        high=bounds[1],
        source=MEASURED,
        external_id=_name(one.feature, week),
        note=f"{units:,} units ({how}) × {estimate:.6g} × {price.amount.normalize():f} {settings.CURRENCY}; "
        f"effect as of {as_of:%Y-%m-%d}",
    )


def _units(one: Earned, begins: datetime, ends: datetime, last: datetime) -> tuple[int, str] | None:
    """Units of a week and whether they were counted or carried on; None when neither can be told.

    What is carried on is the rate since the release, over four weeks at most; less than a week counts as one, so that
    one lively day is not taken for every day.
    """
    ids = {"feature": one.feature.pk, "metric": one.metric}
    units = units_reached(**ids, after=begins, until=ends)
    if units is not None:
        return units, COUNTED
    if last > begins:  # a gap between two counts: what came in then is counted with the later one
        return None
    since = max(last - BEHIND, one.since)
    units = units_reached(**ids, after=since, until=last) if since < last else None
    return (round(units * ((ends - begins) / max(last - since, WEEK))), CARRIED) if units is not None else None


def _withdrawn(row: Return, feature: Feature) -> ReturnRow:
    """What we measured makes room for what somebody entered."""
    nothing = Decimal(0)
    return ReturnRow(
        feature=feature.key, on=row.on, amount=nothing, low=nothing, high=nothing, source=row.source,
        external_id=row.external_id, note="Entered returns stand in its place.",
    )  # fmt: skip


def _name(feature: Feature, week: date) -> str:
    return f"{feature.key}:{week}"


def _money(scale: Decimal, effect: float) -> Decimal:
    return (scale * Decimal(str(effect))).quantize(CENT, ROUND_HALF_UP)
