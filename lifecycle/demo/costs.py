"""What each week cost and brought, as the time sheets and finance would have booked it.

From `Calendar.first_allocated` on the squads allocate their weeks instead of writing time sheets (`weeks.py`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from random import Random
from typing import Any, Final

from features.actions.investment import InvestmentRow, record_investments
from features.actions.returns import ReturnRow, record_returns
from features.enums import Category, Phase, Status
from features.models import Feature
from lifecycle.demo.calendar import DAY, WEEK, Calendar
from lifecycle.demo.keeping import is_silent, kind_of
from lifecycle.demo.script import Life

A_DAY: Final = Decimal(620)
"""What one person-day costs."""
SHEETS, FINANCE, CLOUD = "time-sheets", "finance", "cloud-bill"
WHOLE: Final = 7.0
RUNNING: Final = frozenset({Phase.SHIP_IT, Phase.TWEAK_IT, Phase.MAINTAIN_IT})


@dataclass(frozen=True, slots=True)
class _Span:
    """The days that are booked together: so many before a closing."""

    calendar: Calendar
    closing: datetime
    days: float

    @property
    def on(self) -> date:
        """The day that the entries carry: a whole week's Monday, or the closing day of a shorter span."""
        return (self.closing - 3 * DAY).date() if self.days == WHOLE else self.closing.date()

    @property
    def part(self) -> float:
        """The part of a week that it is."""
        return self.days / WHOLE

    def holds(self, moment: datetime) -> bool:
        """Whether a moment lies in it."""
        return self.closing - self.days * DAY < moment <= self.closing


def book(*, lives: Sequence[Life], calendar: Calendar, closing: datetime, days: float = WHOLE) -> None:
    """Record the `days` before a closing, for every feature that was worked on, kept or still removed."""
    span = _Span(calendar, closing, days)
    told = {life.key: life for life in lives}
    known = Feature.objects.filter(key__in=told).exclude(status__in=[Status.ENDED, Status.LANDED]).order_by("key")
    features = list(known.only("key", "phase", "status", "released_on", "created_at"))
    costs = [row for feature in features for row in _costs(told[feature.key], feature, span)]
    earned = [row for feature in features for row in _earned(told[feature.key], feature, span)]
    if costs:
        record_investments(entries=costs, by=None, now=closing)
    if earned:
        record_returns(entries=earned, by=None, now=closing)


def _costs(life: Life, feature: Feature, span: _Span) -> Iterator[InvestmentRow]:
    person_days = worked(life, feature, span.on, part=span.part)
    if is_silent(key=life.key, weeks=(span.calendar.eve - span.closing) / WEEK):
        return
    if person_days and feature.created_at.date() <= span.on < span.calendar.first_allocated:
        kind = kind_of(key=life.key, feature=feature, on=span.on)
        spent = {"amount": person_days * A_DAY, "person_days": person_days, "upkeep": kind}
        yield _row(life, span.on, Category.PEOPLE, SHEETS, **spent)
    if life.costs.infrastructure and Phase(feature.phase) in RUNNING:
        bill = Decimal(round(life.costs.infrastructure * span.part))
        yield _row(life, span.on, Category.INFRASTRUCTURE, CLOUD, amount=bill)
    for when, category, amount, note in life.costs.once:
        moment = span.calendar.moment(when, life)
        if span.holds(moment):
            yield _row(life, moment.date(), Category(category), FINANCE, amount=Decimal(amount), note=note)


def worked(life: Life, feature: Feature, on: date, *, part: float = 1.0) -> Decimal:
    """The person-days that go into a feature in (a part of) a week."""
    phase = Phase.MAINTAIN_IT if feature.status == Status.REMOVING else Phase(feature.phase)
    return _wobbled(life.costs.days_a_week(phase) * part, life.key, on)


def _row(life: Life, on: date, category: Category, source: str, **more: Any) -> InvestmentRow:
    return InvestmentRow(
        feature=life.key, on=on, category=category, source=source, external_id=f"{life.key}:{on}:{category}", **more
    )


def _earned(life: Life, feature: Feature, span: _Span) -> Iterator[ReturnRow]:
    """A return for the days since the release; it settles over some weeks, and may fade."""
    earns, on = life.earns, span.on
    if earns is None or feature.released_on is None or on <= feature.released_on:
        return
    weeks = (on - feature.released_on).days / WHOLE
    settled = min(1.0, (weeks + 1) / earns.settles) * (1 - earns.fades) ** weeks
    noise = Random(f"{life.key} earns {weeks:.0f}").gauss(1, 0.07)  # noqa: S311 (a demo, not a secret)
    amount = Decimal(str(round(earns.weekly * settled * noise * span.part, 2)))
    yield ReturnRow(feature=life.key, on=on, amount=amount, source=FINANCE, external_id=f"{life.key}:{on}")


def _wobbled(person_days: float, key: str, on: date) -> Decimal:
    """Nobody works exactly so many days: in quarters of a day, a little more or less, and hardly at Christmas."""
    chance = Random(f"{key} works {on.isocalendar().week} {on.year % 2}")  # noqa: S311 (a demo, not a secret)
    holidays = 0.25 if on.isocalendar().week in {1, 52, 53} else 1.0
    exact = person_days * holidays * chance.uniform(0.75, 1.25)
    step = Decimal("0.25") if exact >= 1 else Decimal("0.05")
    return (Decimal(str(exact)) / step).quantize(Decimal(1)) * step
