"""All figures of the portfolio over one period, for the page, the quarterly pack and REST."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from lifecycle.curves.spread import Bin, Spread, histogram, spread
from lifecycle.queries.portfolio.before_return import BeforeReturn, Spent, in_unit, spent_before_return
from lifecycle.queries.portfolio.earned import Earned, earned
from lifecycle.queries.portfolio.endings import Endings, endings
from lifecycle.queries.portfolio.investment import Comparison, Stack, compared, invested
from lifecycle.queries.portfolio.pace import Pace, pace
from lifecycle.queries.portfolio.scope import Period, Scope
from lifecycle.queries.portfolio.upkeep import Upkeep, upkeep
from lifecycle.queries.portfolio.waiting import Waiting, waiting


@dataclass(frozen=True, slots=True)
class Shaded:
    """Spend before return of the features that were released in a period, and how it lies, in one unit."""

    unit: str
    features: tuple[Spent, ...]
    spread: Spread | None
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What leadership looks at. `comparison` is the period against another; None where there is none to hold it to."""

    period: Period
    scope: Scope
    stack: Stack
    comparison: Comparison | None
    before_return: BeforeReturn
    shaded: Shaded
    endings: Endings
    pace: Pace
    upkeep: Upkeep
    earned: Earned
    waiting: Waiting

    @property
    def empty(self) -> bool:
        """Whether nothing at all is there to tell."""
        return not (self.before_return.features or self.stack.series or self.endings.killed)


def summary(
    *, period: Period, before: Period | None, now: datetime, scope: Scope | None = None, interval: str = "month"
) -> Summary:
    """All figures of a period; `before` is what it is held against. The same number of queries for any portfolio,
    but for break-even (`earned`).
    """
    narrowed, today = scope or Scope(), timezone.localdate(now)
    months = invested(period=period, scope=narrowed)
    stack = months if interval == "month" else invested(period=period, scope=narrowed, interval=interval)
    earlier = invested(period=before, scope=narrowed) if before else None
    spent = spent_before_return(scope=narrowed)
    return Summary(
        period=period,
        scope=narrowed,
        stack=stack,
        comparison=compared(months, earlier) if earlier else None,
        before_return=spent,
        shaded=shaded(spent, period=period),
        endings=endings(period=period, scope=narrowed),
        pace=pace(period=period, scope=narrowed),
        upkeep=upkeep(months, today=today),
        earned=earned(spent, scope=narrowed),
        waiting=waiting(now=now, period=period, scope=narrowed),
    )


def shaded(spent: BeforeReturn, *, period: Period | None = None) -> Shaded:
    """How spend before return lies over the features released in a period (None: ever): in money as soon as one of
    them has any, else in days without a rate.
    """
    features = tuple(one for one in spent.released if period is None or period.holds(one.released_on))
    unit = "money" if any(one.before.money for one in features) or not features else "days"
    values: list[Decimal] = in_unit(features, unit)
    return Shaded(unit, features, spread(values), histogram(values))
