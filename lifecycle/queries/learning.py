"""What waiting costs at a gate: for each step of the ladder, days to a decision against the loss until then."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from hypotheses.enums import Readiness, Verdict
from hypotheses.statistics.learning import candidates
from lifecycle.gates.facts import LadderFacts

LARGEST: Final = 99.5
"""A step above it compares with next to nobody."""
DAY: Final = 86_400.0


def cost_of_learning(*, body: Mapping[str, Any], ladder: LadderFacts) -> list[dict[str, Any]]:
    """The candidates as plain JSON: `percent`, `days`, `exposed` (units), `expected_loss`, `worst_loss` (in the
    metric's unit, summed over those units), `unit`. Empty where nothing is being learned: no trial is running, the data
    cannot be trusted, they have decided, or a plan is at its end.

    Units a day and the variance between units are those of the latest stage; body: evidence of the frozen shape.
    """
    primary = body.get("primary")
    undecided = body.get("verdict") == Verdict.INCONCLUSIVE and body.get("state") != Readiness.DECISION_READY
    stage = _running(body.get("stages") or (), until=body.get("as_of"))
    if not undecided or not primary or not primary.get("variance") or stage is None:
        return []
    units_left = _units_left(primary)
    if units_left is not None and units_left <= 0:
        return []
    units_per_day, unit_variance = stage
    sign = -1.0 if primary.get("direction") == "down" else 1.0
    ends = [sign * end for end in primary["interval"] or (primary["estimate"],)]
    found = candidates(
        percents=[float(rung.percent) for rung in ladder.rungs if rung.percent <= LARGEST],
        estimate=sign * primary["estimate"],
        variance=primary["variance"],
        low=min(ends),
        unit_variance=unit_variance,
        units_per_day=units_per_day,
        mei=primary["minimum_effect"],
        alpha=primary.get("alpha") or 0.10,
        units_left=units_left,
    )
    return [
        {
            "percent": each.percent,
            "days": each.days,
            "exposed": each.exposed,
            "expected_loss": each.expected_loss,
            "worst_loss": each.worst_loss,
            "unit": primary["unit"],
        }
        for each in found
    ]


def _units_left(primary: Mapping[str, Any]) -> float | None:
    """Units to the end of the plan; None without one."""
    plan = primary.get("plan")
    return plan["units"] - sum(primary["n"].values()) if plan else None


def _running(stages: Sequence[Mapping[str, Any]], *, until: str | None) -> tuple[float, float] | None:
    """Units a day and the variance between units in the latest stage; None when it has ended or shows nothing."""
    if not until or not stages or stages[-1].get("to") is not None:
        return None
    stage = stages[-1]
    arms = [arm for arm in stage["arms"] if arm["n"]]
    units = sum(arm["n"] for arm in arms)
    days = (_moment(until) - _moment(stage["from"])) / DAY
    variance = sum(arm["n"] * arm["var"] for arm in arms) / units if units else 0.0
    return (units / days, variance) if days > 0 and variance > 0 else None


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
