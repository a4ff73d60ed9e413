"""Why evidence says what it says, told from its stored or frozen body: all the numbers are in it, years later too."""

from collections.abc import Mapping
from typing import Any

from hypotheses.enums import Better, Direction, GuardrailStatus, Readiness, Reason, Verdict
from hypotheses.statistics.checks import Check
from hypotheses.statistics.figures import Figures, Judged, Measured, Planned, Watched
from hypotheses.statistics.finding_reasoning import finding_reasoning
from hypotheses.statistics.reasoning import Reasoning, reasoning

Names = Mapping[str, tuple[str, str]]
"""By a metric's key: how it is called, and the unit that its effects are shown in."""

TABLED = frozenset(Reason) - {Reason.HYPOTHESIS_INCOMPLETE, Reason.UNREADABLE, Reason.FINDINGS}


def reasoning_of(*, body: Mapping[str, Any], names: Names) -> Reasoning | None:
    """The reasoning of a body (docs/reference/evidence.md) after what its reading laid over it. None where it has no
    row of a table: nothing is known, or the numbers could not be compared.
    """
    primary, reason = body.get("primary"), body.get("reason")
    if primary and "variance" in primary and reason in TABLED:
        return reasoning(_figures(body, primary, names))
    groups = body.get("findings_combined") or {}
    group = groups.get("customers") or groups.get("employees")
    if reason != Reason.FINDINGS or not group or group["probability"] is None:
        return None
    counts = {name: group[name] for name in ("successes", "trials", "target", "probability")}
    return finding_reasoning(**counts)


def _figures(body: Mapping[str, Any], primary: Mapping[str, Any], names: Names) -> Figures:
    rails, alpha = body["guardrails"], primary["alpha"]
    return Figures(
        verdict=Verdict(body["verdict"]),
        reason=Reason(body["reason"]),
        state=Readiness(body["state"]),
        primary=_measured(primary, names, tau=primary["minimum_effect"], alpha=alpha, alarm=alpha),
        guardrails=tuple(
            Watched(
                measured=_guardrail(rail, names, rail.get("alpha", alpha), len(rails)),
                margin=rail["margin"],
                status=GuardrailStatus(rail["status"]),
            )
            for rail in rails
        ),
        checks=tuple(Check(Reason(one["code"]), one["ok"], one["p"], one["detail"]) for one in body["checks"]),
        days_left=body["days_left"],
        successes=tuple(Judged(_success(one, names), Verdict(one["verdict"])) for one in body.get("successes") or ()),
        own=Verdict(primary.get("verdict") or body["verdict"]),
    )


def _success(part: Mapping[str, Any], names: Names) -> Measured:
    return _measured(part, names, tau=part["minimum_effect"], alpha=part["alpha"], alarm=part["alpha"])


def _guardrail(part: Mapping[str, Any], names: Names, alpha: float, guardrails: int) -> Measured:
    return _measured(part, names, tau=part["tau"], alpha=alpha, alarm=alpha / guardrails)


def _measured(part: Mapping[str, Any], names: Names, *, tau: float, alpha: float, alarm: float) -> Measured:
    name, unit = names.get(part["metric"], (part["metric"], part["unit"]))
    return Measured(
        name=name,
        unit=unit,
        direction=Direction.of(Better(part["direction"])),
        tau=tau,
        alpha=alpha,
        alarm=alarm,
        estimate=part["estimate"],
        variance=part["variance"],
        n_control=part["n"]["control"],
        n_treatment=part["n"]["treatment"],
        planned=_planned(part),
    )


def _planned(part: Mapping[str, Any]) -> Planned | None:
    plan = part.get("plan")
    if not plan:
        return None
    stands = {name: plan[name] for name in ("counts", "estimate", "half_width", "boundary")}
    return Planned(fraction=part["information_fraction"], **stands)
