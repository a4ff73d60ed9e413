"""The figures of the portfolio as the API gives them: amounts as decimal text, shares as percentages."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.conf import settings

from features.enums import Phase
from features.numbers import CENT, money, person_days
from lifecycle.curves.spread import Spread
from lifecycle.enums import Outcome
from lifecycle.queries.portfolio.before_return import BeforeReturn, Spent
from lifecycle.queries.portfolio.earned import Earned
from lifecycle.queries.portfolio.endings import Endings, Killed, Saving
from lifecycle.queries.portfolio.investment import Compared, Comparison, Stack
from lifecycle.queries.portfolio.pace import Answers, Flow, TimeInPhase
from lifecycle.queries.portfolio.scope import Period, quarter_name
from lifecycle.queries.portfolio.summary import Shaded, Summary
from lifecycle.queries.portfolio.upkeep import Upkeep
from lifecycle.queries.portfolio.waiting import Waiting


def period_json(period: Period | None) -> dict[str, Any]:
    """The days that an answer is about, and its currency."""
    first, last = (period.first.isoformat(), period.last.isoformat()) if period else (None, None)
    return {"from": first, "to": last, "currency": settings.CURRENCY}


def stack_json(stack: Stack, comparison: Comparison | None) -> dict[str, Any]:
    """Investment over time."""
    return {
        **period_json(stack.period),
        "by": stack.by,
        "interval": stack.interval,
        "total": stack.total.as_json(),
        "series": [
            {
                "key": one.key,
                "name": one.name,
                "total": one.total.as_json(),
                "points": [
                    {"start": start.isoformat(), **amount.as_json()}
                    for start, amount in zip(stack.starts, one.amounts, strict=True)
                ],
            }
            for one in stack.series
        ],
        "comparison": comparison_json(comparison) if comparison else None,
    }


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """One period held against another."""
    return {
        "from": comparison.before.first.isoformat(),
        "to": comparison.before.last.isoformat(),
        "total": _compared(comparison.whole),
        "series": [{"key": one.key, "name": one.name, **_compared(one)} for one in comparison.layers],
    }


def _compared(one: Compared) -> dict[str, Any]:
    return {"now": one.now.as_json(), "before": one.before.as_json(), "difference": one.difference.as_json()}


def summary_json(found: Summary) -> dict[str, Any]:
    """What the portfolio says over a period."""
    return {
        **period_json(found.period),
        "invested": found.stack.total.as_json(),
        "comparison": comparison_json(found.comparison) if found.comparison else None,
        "before_return": shaded_json(found.shaded, found.before_return),
        "undecided": waiting_json(found.waiting),
        "time_in_phase": [_time(one) for one in found.pace.times],
        "throughput": [_flow(one) for one in found.pace.flows],
        "answers": [_answers(one) for one in found.pace.answers],
        "maintenance": upkeep_json(found.upkeep),
        "returns": earned_json(found.earned),
    }


def shaded_json(shaded: Shaded, spent: BeforeReturn) -> dict[str, Any]:
    """How spend before return lies, and what is in features that are still on their way."""
    return {
        "unit": shaded.unit,
        "released": len(shaded.features),
        "distribution": spread_json(shaded.spread, unit=shaded.unit),
        "histogram": [
            {"low": text(one.low, shaded.unit), "high": text(one.high, shaded.unit), "count": one.count}
            for one in shaded.bins
        ],
        "running": len(spent.running),
        "so_far": spent.so_far.as_json(),
    }


def spent_json(features: Iterable[Spent]) -> list[dict[str, Any]]:
    """What each feature cost before its release, and in all."""
    return [
        {
            "feature": one.key,
            "name": one.name,
            "squad": one.squad,
            "phase": one.phase,
            "status": one.status,
            "released_on": one.released_on.isoformat() if one.released_on else None,
            "before_return": one.before.as_json(),
            "invested": one.whole.as_json(),
        }
        for one in features
    ]


def spread_json(found: Spread | None, *, unit: str) -> dict[str, Any] | None:
    """Quartiles, in money, person-days or plain days."""
    if found is None:
        return None
    names = ("low", "lower", "median", "upper", "high")
    return {"count": found.count, **{name: text(getattr(found, name), unit) for name in names}}


def text(value: Decimal, unit: str) -> str:
    """A figure as decimal text in its unit: money with two decimals, person-days with three, days with one."""
    if unit == "time":
        return str(value.quantize(Decimal("0.1")))
    return person_days(value) if unit == "days" else money(value)


def waiting_json(found: Waiting) -> dict[str, Any]:
    """What was spent while gates waited."""
    return {
        "gates": len(found.gates),
        "now": found.now.as_json(),
        "answered": [{"month": month.isoformat(), **amount.as_json()} for month, amount in found.answered],
    }


def _time(one: TimeInPhase) -> dict[str, Any]:
    return {
        "phase": one.phase,
        "visits": spread_json(one.visits, unit="time"),
        "stints": spread_json(one.stints, unit="time"),
        "running": one.running,
    }


def _flow(one: Flow) -> dict[str, Any]:
    names = [str(phase) for phase in Phase]
    return {
        "quarter": quarter_name(one.quarter),
        "entered": dict(zip(names, one.entered, strict=True)),
        "left": dict(zip(names, one.left, strict=True)),
        "ended": one.ended,
        "landed": one.landed,
    }


def _answers(one: Answers) -> dict[str, Any]:
    rates = {str(outcome): percent(one.rate(outcome)) for outcome in Outcome}
    return {"phase": one.phase, "count": one.count, "imported": one.imported, **rates}


def percent(share: Decimal | None) -> float | None:
    """A share as a percentage with one decimal."""
    return None if share is None else float((share * 100).quantize(Decimal("0.1")))


def upkeep_json(found: Upkeep) -> dict[str, Any]:
    """Maintenance as a share of all that was spent, and its drift."""
    drift = found.drift
    return {
        "unit": found.unit,
        "percent": percent(found.share),
        "maintenance": found.maintenance.as_json(),
        "outside_of_phases": found.outside.as_json(),
        "months": [
            {"start": month.isoformat(), "percent": percent(share)}
            for month, share in zip(found.months, found.shares, strict=True)
        ],
        "drift": {"points_a_month": round(drift.slope * 100, 2), "clear": drift.clear} if drift else None,
        "told": found.told,
    }


def earned_json(found: Earned) -> dict[str, Any]:
    """What came back."""
    return {
        "returned": money(found.returned),
        "released": found.released,
        "priced": found.priced,
        "unpriced": found.unpriced,
        "repaid": found.repaid,
        "return_factor": str(found.factor.quantize(CENT)) if found.factor is not None else None,
        "days_to_first_return": spread_json(found.first_return, unit="time"),
        "days_to_break_even": spread_json(found.break_even, unit="time"),
    }


def endings_json(found: Endings, *, period: Period | None, without_decision: int) -> dict[str, Any]:
    """What failure cost, and what early kills saved."""
    return {
        **period_json(period),
        "count": len(found.killed),
        "cost": found.cost.as_json(),
        "by_phase": [{"phase": one.phase, "count": one.count, "cost": one.cost.as_json()} for one in found.by_phase],
        "early": {
            "count": len(found.early),
            "saved": {"amount": money(found.saved()), "person_days": person_days(found.saved("days"))},
            "counted": found.counted() + found.counted("days"),
        },
        "killed": [_killed(one) for one in found.killed],
        "without_decision": without_decision,
    }


def _killed(one: Killed) -> dict[str, Any]:
    return {
        "feature": one.key,
        "name": one.name,
        "squad": one.squad,
        "tweak": one.tweak,
        "status": one.status,
        "phase": one.phase,
        "at": one.at.isoformat(),
        "reason": one.reason,
        "imported": one.imported,
        "cost": one.cost.as_json(),
        "saving": _saving(one.saving) if one.saving else None,
    }


def _saving(one: Saving) -> dict[str, Any]:
    figures = {"saved": one.saved, "typical": one.typical, "spent": one.spent}
    return {
        "unit": one.unit,
        **{name: None if value is None else text(value, one.unit) for name, value in figures.items()},
        "group": one.group,
        "group_name": one.name,
        "group_count": one.count,
        "why": one.why,
    }
