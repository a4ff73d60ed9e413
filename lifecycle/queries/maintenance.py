"""What keeping shipped features costs: for as many as asked at once, from the sums of the ledger.

Maintenance is what is spent on a feature in Tweak It and Maintain It, what its tweaks cost (they roll up into it), and
what is spent after its release outside of any phase: taking it out. A month without any such entry is unknown.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from django.db.models import F, Q
from django.db.models.functions import TruncMonth

from features.calendar import DAY, next_start, start_of
from features.enums import Phase
from features.models import CellCost, Feature
from lifecycle.curves.estimates import TOLD, Estimate, Month, estimate
from lifecycle.curves.spread import Drift, drift
from lifecycle.queries.portfolio.amounts import Amount, amount_of, sums, total
from lifecycle.queries.portfolio.scope import MONTHS_A_QUARTER, ROOT, Period, months_after

UPKEEP: Final = (Phase.TWEAK_IT, Phase.MAINTAIN_IT)
QUARTERS: Final = 4
YEAR: Final = 12


@dataclass(frozen=True, slots=True)
class Maintenance:
    """What keeping one feature cost in a stretch of whole months.

    `known` is what was recorded, `tweaks` the part of it that its tweaks cost. `months` are those that count: they
    began on or after the day of release and are over. Of `unknown` ones nobody has said anything; `estimate` is what
    they may have cost together, on the `basis` of its `own` known months or those of the `squad`; it is never part of
    `known`. `drift`: the line through the known months, in the unit of `known`, a month.
    """

    period: Period
    known: Amount
    tweaks: Amount
    months: tuple[date, ...]
    unknown: tuple[date, ...]
    estimate: Amount
    basis: str
    drift: Drift | None
    by_month: Mapping[date, Amount] = field(repr=False, compare=False)

    @property
    def months_known(self) -> int:
        """How many of the months are accounted for."""
        return len(self.months) - len(self.unknown)

    @property
    def months_unknown(self) -> int:
        """How many of the months nobody has accounted for."""
        return len(self.unknown)

    @property
    def with_estimate(self) -> Amount:
        """What is known and what is estimated, together; to be told beside what is known, never instead of it."""
        return self.known + self.estimate

    @property
    def unit(self) -> str:
        """`money`, or `days` where nothing has a price."""
        return self.with_estimate.unit

    @property
    def basis_told(self) -> str:
        """What the estimate stands on, in words."""
        return TOLD[self.basis]

    def as_json(self) -> dict[str, Any]:
        """As the API shows it, and as a review freezes it."""
        return {
            "from": self.period.first.isoformat(),
            "to": self.period.last.isoformat(),
            "known": self.known.as_json(),
            "tweaks": self.tweaks.as_json(),
            "months_known": self.months_known,
            "months_unknown": self.months_unknown,
            "unknown_months": [month.isoformat() for month in self.unknown],
            "estimate": self.estimate.as_json() if self.unknown and self.basis else None,
            "estimate_basis": self.basis,
            "with_estimate": self.with_estimate.as_json(),
            "drift": None
            if self.drift is None
            else {
                "unit": self.known.unit,
                "months": self.drift.months,
                "a_month": round(self.drift.slope, 2),
                "clear": self.drift.clear,
            },
        }


@dataclass(slots=True)
class _Feature:
    squad: int
    released_on: date | None
    ended_on: date | None
    months: dict[date, Amount] = field(default_factory=dict)
    tweaks: Amount = field(default_factory=Amount)

    def counted(self, period: Period) -> tuple[date, ...]:
        """The whole months of the period in which it was with everybody."""
        if self.released_on is None:
            return ()
        last = period.last if self.ended_on is None else min(period.last, self.ended_on)
        return tuple(m for m in period.months if m >= self.released_on and next_start(m, "month") - DAY <= last)

    def known(self, period: Period) -> list[Month]:
        """The months that count and are accounted for."""
        found = (self.months.get(month) for month in self.counted(period))
        return [Month(one.money, one.days) for one in found if one is not None]


def maintenance_of(*, features: Collection[int], until: date) -> dict[int, Maintenance]:
    """What keeping each of these features (by id) cost in the four whole quarters before the quarter of `until`.

    Three queries, however many there are. Features that were never released are there too: with nothing.
    """
    return maintenance_in(features=features, period=four_quarters(until))


def four_quarters(until: date) -> Period:
    """The four whole quarters before the one in which a day lies."""
    month = start_of(until, "month")
    ends = months_after(month, -((month.month - 1) % MONTHS_A_QUARTER))
    return Period(months_after(ends, -MONTHS_A_QUARTER * QUARTERS), ends - DAY)


def last_year(until: date) -> Period:
    """The twelve whole months before the month of a day."""
    month = start_of(until, "month")
    return Period(months_after(month, -YEAR), month - DAY)


def maintenance_in(*, features: Collection[int], period: Period) -> dict[int, Maintenance]:
    """What keeping each of these features cost in whole months."""
    found = _loaded(features, period)
    squads: dict[int, list[tuple[int, Month]]] = {}
    for pk, one in found.items():
        squads.setdefault(one.squad, []).extend((pk, month) for month in one.known(period))
    return {
        pk: _maintenance(found[pk], period, others=[month for other, month in squads[found[pk].squad] if other != pk])
        for pk in features
        if pk in found
    }


def _maintenance(one: _Feature, period: Period, *, others: list[Month]) -> Maintenance:
    months, known = one.counted(period), total(one.months.values())
    unknown = tuple(month for month in months if month not in one.months)
    guess = estimate(own=one.known(period), others=others) if unknown else None
    line = [one.months[month].within(known.unit) if month in one.months else None for month in months]
    return Maintenance(
        period=period,
        known=known,
        tweaks=one.tweaks,
        months=months,
        unknown=unknown,
        estimate=_times(guess, len(unknown)) if guess else Amount(),
        basis=guess.basis if guess else "",
        drift=drift([None if value is None else float(value) for value in line]),
        by_month=one.months,
    )


def _times(guess: Estimate, months: int) -> Amount:
    days = guess.month.days * months
    return Amount(money=guess.month.money * months, days=days, worked=days)


def is_upkeep(day: str) -> Q:
    """The condition on rows with a feature, a stint and a day: it was maintenance."""
    tweak = Q(feature__parent__isnull=False)
    outside = Q(stint__isnull=True, **{f"{day}__gt": F("feature__released_on")})
    return Q(stint__phase__in=UPKEEP) | tweak | outside


def _loaded(features: Collection[int], period: Period) -> dict[int, _Feature]:
    """The features with their months, and those of their squads beside which they are estimated."""
    asked = Feature.objects.filter(pk__in=features)
    squads = set(asked.order_by().values_list("squad", flat=True).distinct())
    rows = Feature.objects.filter(squad__in=squads, parent__isnull=True).order_by()
    found = {row[0]: _Feature(*row[1:]) for row in rows.values_list("pk", "squad", "released_on", "ended_on")}
    of_squads = Q(feature__parent__isnull=True, feature__squad__in=squads) | Q(feature__parent__squad__in=squads)
    costs = CellCost.objects.filter(of_squads, is_upkeep("cell"), cell__gte=period.first, cell__lte=period.last)
    months: Any = costs.order_by().annotate(root=ROOT, month=TruncMonth("cell")).values("root", "month")
    of_tweaks = Q(feature__parent__isnull=False)
    for row in months.annotate(**sums(), **sums("tweaks_", of_tweaks)):
        one = found.get(row["root"])
        if one is not None and row["s_entries"]:
            one.months[row["month"]] = amount_of(row)
            one.tweaks += amount_of(row, "tweaks_")
    return found
