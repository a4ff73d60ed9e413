"""What waiting costs at a gate: for each step of the ladder, days to a decision against the loss until then."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.utils import timezone

from features.numbers import money
from hypotheses.enums import Readiness, Verdict
from hypotheses.models import Metric
from hypotheses.queries.pricing import price_on, prices_of
from hypotheses.statistics.learning import candidates
from lifecycle.gates.facts import LadderFacts

LARGEST: Final = 99.5
"""A step above it compares with next to nobody."""
DAY: Final = 86_400.0


def cost_of_learning(
    *, body: Mapping[str, Any], ladder: LadderFacts, price: Decimal | None = None
) -> list[dict[str, Any]]:
    """The candidates as plain JSON: `percent`, `days`, `exposed` (units), `expected_loss`, `worst_loss` (in the
    metric's unit, summed over those units), `unit`; and both in `CURRENCY` (`expected_money`, `worst_money`, decimal
    texts) where one unit has a price, else None. Empty where nothing is being learned: no trial is running, the data
    cannot be trusted, they have decided, or a plan is at its end.

    Days are those that the evidence tells, taken from the trial's own split to each percentage. Units are those of the
    two arms that are compared, in the latest stage; body: evidence of the frozen shape.
    """
    primary = body.get("primary")
    undecided = body.get("verdict") == Verdict.INCONCLUSIVE and body.get("state") != Readiness.DECISION_READY
    running = _running(body) if primary and undecided else None
    if not primary or not primary.get("variance") or running is None:
        return []
    units_per_day, share = running
    units_left = _units_left(primary)
    days_left = body.get("days_left") if units_left is None else units_left / units_per_day
    if days_left is None or (units_left is not None and units_left <= 0):
        return []
    sign = -1.0 if primary.get("direction") == "down" else 1.0
    ends = [sign * end for end in primary["interval"] or (primary["estimate"],)]
    found = candidates(
        percents=[float(rung.percent) for rung in ladder.rungs if rung.percent <= LARGEST],
        estimate=sign * primary["estimate"],
        variance=primary["variance"],
        low=min(ends),
        units_per_day=units_per_day,
        days_left=days_left,
        treated_share=share if units_left is None else None,
    )
    return [
        {
            "percent": each.percent,
            "days": each.days,
            "exposed": each.exposed,
            "expected_loss": each.expected_loss,
            "worst_loss": each.worst_loss,
            "unit": primary["unit"],
            "expected_money": _in_money(each.expected_loss, price),
            "worst_money": _in_money(each.worst_loss, price),
        }
        for each in found
    ]


def price_of(*, body: Mapping[str, Any], now: datetime) -> Decimal | None:
    """What one unit with one more of the primary metric is worth at this moment, in `CURRENCY`; None: unpriced."""
    key = (body.get("primary") or {}).get("metric")
    metric = Metric.objects.filter(key=key).values_list("pk", flat=True).first() if key else None
    prices = prices_of(metrics=[metric]) if metric is not None else {}
    price = price_on(prices.get(metric or 0, ()), timezone.localdate(now))
    return price.amount if price else None


def _in_money(loss: float, price: Decimal | None) -> str | None:
    return None if price is None else money(abs(price) * Decimal(str(loss)))


def _units_left(primary: Mapping[str, Any]) -> float | None:
    """Units to the end of the plan; None without one."""
    plan = primary.get("plan")
    return plan["units"] - sum(primary["n"].values()) if plan else None


def _running(body: Mapping[str, Any]) -> tuple[float, float] | None:
    """Units a day in the compared pair and the treated share of them, in the latest stage; None when it has ended or
    shows nothing.
    """
    stages: Sequence[Mapping[str, Any]] = body.get("stages") or ()
    if not stages or stages[-1].get("to") is not None or not body.get("as_of"):
        return None
    stage = stages[-1]
    counts = {arm["arm"]: arm["n"] for arm in stage["arms"]}
    treated, control = counts.get(body["primary"]["arm"], 0), counts.get(_control(body, stage["trial"]), 0)
    basis = body.get("basis") or {}
    until = _moment((basis.get("watermarks") or {}).get(body["primary"]["metric"]) or body["as_of"])
    began = _moment(stage["from"])
    if began >= until:
        began = _moment(basis.get("run_from") or stage["from"])
    days = (until - began) / DAY
    units = treated + control
    return (units / days, treated / units) if days > 0 and treated and control else None


def _control(body: Mapping[str, Any], trial: str) -> str | None:
    """The control arm's name: neither a treatment nor, where there is a holdback too, without the units compared.

    A body names its arms and no roles. Arms that cannot be told apart by their units have the same number of them.
    """
    treatments = {body["primary"]["arm"], *(other["arm"] for other in body.get("others") or ())}
    totals: dict[str, int] = {}
    for stage in body["stages"]:
        for arm in stage["arms"]:
            if stage["trial"] == trial and arm["arm"] not in treatments:
                totals[arm["arm"]] = totals.get(arm["arm"], 0) + arm["n"]
    compared = body["primary"]["n"]["control"]
    return min(totals, key=lambda name: abs(totals[name] - compared), default=None)


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
