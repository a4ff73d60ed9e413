"""What was spent while gates waited for an answer: now, and at the gates that were answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, Sum
from django.utils import timezone

from features.calendar import start_of
from lifecycle.models import Decision
from lifecycle.queries.owed import Owed, owed
from lifecycle.queries.portfolio.amounts import NOTHING, Amount, total
from lifecycle.queries.portfolio.scope import Period, Scope


@dataclass(frozen=True, slots=True)
class Waiting:
    """The gates that wait, with what was spent since they fell due, dearest first; and what was spent so before, by the
    month in which the answer came at last.
    """

    gates: tuple[Owed, ...]
    answered: tuple[tuple[date, Amount], ...]

    @property
    def now(self) -> Amount:
        """What was spent undecided at the gates that wait now."""
        return total(Amount(one.undecided.amount, one.undecided.unpriced) for one in self.gates)

    @property
    def before(self) -> Amount:
        """What was spent undecided at the gates that were answered in the period."""
        return total(amount for _, amount in self.answered)


def waiting(*, now: datetime, period: Period | None = None, scope: Scope | None = None) -> Waiting:
    """What waits now, and what had waited at the gates that were answered in a period. Four queries."""
    narrowed = scope or Scope()
    gates = owed(now=now, squad=narrowed.squad or None, tribe=narrowed.tribe or None)
    dearest = sorted(gates, key=lambda one: (-one.undecided.amount, -one.undecided.unpriced, one.due_at))
    return Waiting(tuple(dearest), tuple(_answered(period, narrowed)))


def _answered(period: Period | None, scope: Scope) -> Sequence[tuple[date, Amount]]:
    some = Q(undecided_spend__gt=0) | Q(undecided_days__gt=0)
    rows = Decision.objects.filter(scope.of("feature__squad") & some)
    if period is not None:
        begins, over = period.moments
        rows = rows.filter(at__gte=begins, at__lt=over)
    found: dict[date, Amount] = {}
    days = rows.order_by().values_list("at").annotate(money=Sum("undecided_spend"), days=Sum("undecided_days"))
    for at, money, free in days:
        month = start_of(timezone.localdate(at), "month")
        found[month] = found.get(month, Amount()) + Amount(money or NOTHING, free or NOTHING)
    return sorted(found.items())
