"""What keeping a feature costs and how much it is used, for its page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.utils import timezone

from features.enums import SignalKind
from features.models import Feature, Signal
from hypotheses.queries.use import Told, Use, use_of
from lifecycle.charts import formats
from lifecycle.queries.maintenance import Maintenance
from lifecycle.queries.maintenance_table import MaintenanceTable, MonthRow, maintenance_table
from lifecycle.queries.portfolio.amounts import Amount


@dataclass(frozen=True, slots=True)
class ShownMonth:
    """One month: what went into each kind, and in all; `unknown`: nobody has said."""

    name: str
    cells: tuple[tuple[str, str], ...]
    total: str
    unknown: bool


@dataclass(frozen=True, slots=True)
class ShownUse:
    """A number of use with where it is from; `note` says as of when, and whether that is too long ago."""

    label: str
    value: str
    note: str


@dataclass(frozen=True, slots=True)
class UpkeepCard:
    """A sentence, the months by kind (newest first), the signals, and how much it is used."""

    sentence: str
    drift: str
    labels: tuple[str, ...]
    months: tuple[ShownMonth, ...]
    totals: tuple[tuple[str, str], ...]
    total: str
    estimate: str
    basis: str
    signals: tuple[tuple[str, str, str], ...]
    use: Use
    uses: tuple[ShownUse, ...]


def upkeep_card(*, feature: Feature, now: datetime) -> UpkeepCard | None:
    """None for a feature that is not released, and for a tweak, whose upkeep is its parent's."""
    if feature.released_on is None or feature.parent_id is not None:
        return None
    table = maintenance_table(feature=feature, until=timezone.localdate(now))
    kept, use = table.maintenance, use_of(features=[feature.pk], now=now)[feature.pk]
    shown = [month for month in table.months if month.counts or month.total is not None]
    return UpkeepCard(
        sentence=_sentence(kept),
        drift=_drift(kept),
        labels=table.labels,
        months=tuple(_month(month, table) for month in reversed(shown)),
        totals=tuple((label, _amount(part)) for label, part in zip(table.labels, table.totals, strict=True)),
        total=_amount(kept.known),
        estimate=f"+ {_amount(kept.estimate)}" if kept.unknown and kept.basis else "",
        basis=f"Estimate of the unknown months: {kept.basis_told}, for each." if kept.unknown and kept.basis else "",
        signals=_signals(feature),
        use=use,
        uses=_uses(use),
    )


def _sentence(kept: Maintenance) -> str:
    if not kept.months and not kept.known.entries:
        return "No whole month has passed since its release."
    known = f"{_amount(kept.known)} known" if kept.known.entries else "Nothing is known"
    told = f"{known} in the last twelve whole months"
    if not kept.unknown:
        return f"{told}; every month since its release is accounted for."
    missing = f"{formats.plural(kept.months_unknown, 'month')} of {len(kept.months)}"
    told = f"{told}; {missing} nobody has accounted for"
    if not kept.basis:
        return f"{told}: unknown, not nothing."
    return f"{told}. With an estimate of these it would be {_amount(kept.with_estimate)}."


def _drift(kept: Maintenance) -> str:
    line = kept.drift
    if line is None or line.error is None:
        return "Too few known months to tell whether it grows."
    if not line.clear:
        return "It neither grows nor shrinks clearly."
    slope = formats.amount(abs(line.slope), unit=kept.known.unit, currency=settings.CURRENCY)
    return f"It {'grows' if line.slope > 0 else 'shrinks'} by about {slope} a month."


def _month(month: MonthRow, table: MaintenanceTable) -> ShownMonth:
    cells = tuple(
        (label, _amount(amount) if amount is not None else "")
        for label, amount in zip(table.labels, month.amounts, strict=True)
    )
    total = "" if month.total is None else _amount(month.total)
    return ShownMonth(_name(month.start), cells, total, month.unknown)


def _name(start: date) -> str:
    return formats.month(start)


def _amount(amount: Amount) -> str:
    """Money, and beside it the days that have no price."""
    money = formats.money_short(amount.money, settings.CURRENCY)
    if not amount.days:
        return money
    days = formats.person_days_short(amount.days)
    return f"{money} and {days}" if amount.money else days


def _signals(feature: Feature) -> tuple[tuple[str, str, str], ...]:
    """What was looked at: its name, the count, and what is to be said about it."""
    rows = {row.kind: row for row in Signal.objects.filter(feature=feature, superseded_at__isnull=True)}
    shown: Sequence[Signal] = [rows[kind] for kind in SignalKind if kind in rows]
    return tuple(
        (
            SignalKind(row.kind).label,
            formats.count(row.value),
            f"{row.detail or 'counted'}, {formats.day_short(row.on)}",
        )
        for row in shown
    )


def _uses(use: Use) -> tuple[ShownUse, ...]:
    adoption = _use("Adoption", use.adoption, lambda value: f"{formats.percent(value)} of its audience")
    frequency = _use("Frequency", use.frequency, lambda value: f"{value:.1f} uses of a user a week")
    return (adoption, frequency)


def _use(label: str, told: Told | None, written: Callable[[float], str]) -> ShownUse:
    if told is None:
        return ShownUse(label, "No data", "no metric is named for it")
    if told.value is None or told.as_of is None:
        return ShownUse(label, "No data", f"{told.name} has not been measured yet")
    on = formats.day_short(timezone.localdate(told.as_of))
    if told.stale:
        return ShownUse(label, "No data", f"{told.name} was {written(told.value)} on {on}: too long ago")
    return ShownUse(label, written(told.value), f"{told.name}, {formats.count(told.n)} looked at, as of {on}")
