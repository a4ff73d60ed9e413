"""Where a feature's money goes if the last weeks go on: an extrapolation of rates, and called one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import ceil
from typing import Any, Final

from lifecycle.curves.ledger import Day, total

LOOKS_BACK: Final = timedelta(days=91)
LEAST: Final = timedelta(days=28)
AHEAD: Final = timedelta(days=182)
FURTHEST: Final = timedelta(days=3653)
CENT: Final = Decimal("0.01")
WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Forecast:
    """The net position ahead, at the rates of the last quarter since the release.

    `invested` and `returned` are money a week. `until` is the day up to which it is drawn, with the net position that
    it would reach there. `break_even_on` is None when it is not reached within ten years at these rates.
    """

    since: date
    invested: Decimal
    returned: Decimal
    until: date
    net: Decimal
    break_even_on: date | None

    def as_json(self) -> dict[str, Any]:
        """As the API gives it."""
        return {
            "since": self.since.isoformat(),
            "invested_a_week": str(self.invested),
            "returned_a_week": str(self.returned),
            "until": self.until.isoformat(),
            "net": str(self.net),
            "break_even_on": self.break_even_on.isoformat() if self.break_even_on else None,
        }


def forecast(*, days: Mapping[date, Day], released_on: date, as_of: date) -> Forecast | None:
    """What the rates of the last 13 weeks, or since the release, make of the net position of `as_of`.

    None with less than four weeks to look back on. Cells count where they begin.
    """
    since = max(as_of - LOOKS_BACK, released_on)
    if as_of - since < LEAST:
        return None
    seen = total(sums for day, sums in days.items() if since <= day <= as_of)
    whole = total(days.values())
    net, span = whole.returned - whole.money, Decimal((as_of - since).days)
    daily = (seen.returned - seen.money) / span
    even = as_of + timedelta(days=ceil(-net / daily)) if net < 0 < daily and -net / daily <= FURTHEST.days else None
    until = as_of + AHEAD
    return Forecast(
        since=since,
        invested=(seen.money / span * WEEK).quantize(CENT),
        returned=(seen.returned / span * WEEK).quantize(CENT),
        until=until,
        net=(net + daily * AHEAD.days).quantize(CENT),
        break_even_on=even,
    )
