"""The features of a quarterly pack with their figures: what they cost, in all and in the quarter, and brought."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from features.models import CellCost
from lifecycle.queries.portfolio.amounts import Amount, amount_of, sums
from lifecycle.queries.portfolio.before_return import Spent, spent_before_return
from lifecycle.queries.portfolio.earned import returned_since_release
from lifecycle.queries.portfolio.scope import ROOT, Period, Scope

HEAD = (
    "feature", "name", "squad", "tribe", "phase", "status", "created_on", "released_on", "ended_on", "currency",
    "invested_in_period", "invested_in_period_days", "before_return", "before_return_days", "invested", "invested_days",
    "returned",
)  # fmt: skip
"""The columns of the CSV file; `…_days` are person-days without a rate."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Line:
    """One feature with its tweaks. `returned` is None where nothing came back since its release."""

    spent: Spent
    in_period: Amount
    returned: Decimal | None

    def cells(self, currency: str) -> Iterator[str]:
        """The cells of the CSV file, in the order of `HEAD`."""
        one = self.spent
        yield from (plain(text) for text in (one.key, one.name, one.squad, one.tribe, one.phase, one.status))
        yield from (_day(day) for day in (one.created_on, one.released_on, one.ended_on))
        yield currency
        for amount in (self.in_period, one.before, one.whole):
            yield from amount.as_json().values()
        yield "" if self.returned is None else f"{self.returned:.2f}"


def lines(*, period: Period, scope: Scope | None = None) -> list[Line]:
    """Every feature by its key. Seventeen queries, however many there are."""
    narrowed = scope or Scope()
    cells = CellCost.objects.filter(narrowed.of_family("feature"), cell__range=(period.first, period.last)).order_by()
    grouped = cells.annotate(root=ROOT).values("root").annotate(**sums())
    spent = {row["root"]: amount_of(row) for row in grouped}
    returned = returned_since_release(scope=narrowed)
    return [
        Line(one, spent.get(one.id, Amount()), returned.get(one.id))
        for one in spent_before_return(scope=narrowed).features
    ]


def plain(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
