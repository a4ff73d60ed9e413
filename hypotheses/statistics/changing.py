"""What would change a verdict: which bound is missing, and by how much."""

from collections.abc import Iterator

from hypotheses.enums import GuardrailStatus, Reason, Verdict
from hypotheses.statistics.case import FEWEST_UNITS
from hypotheses.statistics.explanation import amount
from hypotheses.statistics.figures import Figures, Measured, Watched
from hypotheses.statistics.planning import variance_to_settle
from hypotheses.statistics.several import what_would_change_it

MENDED = {
    Reason.NO_DATA: "The first results: look at the last pull of the metric, or send some.",
    Reason.STALE: "Fresh results under one definition, with a unit in each arm. Mend the source, or end the trial.",
    Reason.SRM: "No number of this trial: find out why units are missing in an arm, and begin a new stage.",
    Reason.CONTAMINATED: "Units that are in one arm of one trial only: begin a new stage without those shared.",
    Reason.COUNTED_TWICE: "Results that count each unit in the stage of its first exposure, sent or read again.",
    Reason.ZERO_VARIANCE: "Results in which units differ. The same value in every unit often is a wrong query.",
}
"""What has to happen before any number can decide."""


def what_would_change(figures: Figures) -> Iterator[str]:
    """Sentences, each with the bound and its distance. In the good direction throughout."""
    if figures.reason in MENDED:
        yield MENDED[figures.reason]
        if figures.reason is Reason.ZERO_VARIANCE and figures.successes:
            yield from what_would_change_it(figures)
    elif figures.reason is Reason.TOO_FEW_UNITS:
        for arm, units in (("control", figures.primary.n_control), ("treatment", figures.primary.n_treatment)):
            if units < FEWEST_UNITS:
                yield f"{FEWEST_UNITS - units:,.0f} more units in {arm}; then the numbers are read."
    elif figures.reason is Reason.GUARDRAIL:
        yield from (_harmed(rail) for rail in figures.guardrails if rail.status is GuardrailStatus.HARMED)
    elif figures.reason is Reason.GUARDRAIL_PENDING:
        yield from (_pending(rail) for rail in figures.guardrails if rail.status is GuardrailStatus.UNKNOWN)
    elif figures.successes:
        yield from what_would_change_it(figures)
        yield from (_holds(rail) for rail in figures.guardrails if figures.verdict is Verdict.VALIDATED)
    else:
        yield from _of_primary(figures)


def _of_primary(figures: Figures) -> Iterator[str]:
    one = figures.primary
    if one.low is None or one.high is None or one.harm_bound is None:
        return
    if one.planned is not None and one.planned.is_over and figures.reason is not Reason.PRIMARY:
        yield "Nothing but harm: the plan is at its end, and what it shows stands. A new plan is a new version."
        yield f"Harmful when U_h falls below 0; it is {_by(one, one.harm_bound)} above."
        yield from (_holds(rail) for rail in figures.guardrails if figures.verdict is Verdict.VALIDATED)
    elif figures.reason is Reason.PRIMARY:
        yield f"Harm is no longer shown when U_h reaches 0; {_by(one, -one.harm_bound)} are missing."
    elif figures.verdict is Verdict.REFUTED:
        gap = _by(one, figures.mei - one.high)
        yield f"It is open again when U reaches the minimum effect; {gap} are missing."
        yield "A smaller minimum effect is another hypothesis: write it in the next version."
    elif figures.verdict is Verdict.VALIDATED:
        yield f"It is open again when L falls to 0; it is {_by(one, one.low)} above."
        above = _by(one, one.high - figures.mei)
        yield f"It is “real but too small” when U falls below the minimum effect; it is {above} above."
        yield from (_holds(rail) for rail in figures.guardrails)
    else:
        yield from _open(figures)


def _open(figures: Figures) -> Iterator[str]:
    """Both ways out of “pending”, and how many more units the nearer one takes if the effect stays where it is."""
    one = figures.primary
    yield f"Validated when L rises above 0; {_by(one, -(one.low or 0))} are missing{_more(one, one.good)}."
    gap = _by(one, (one.high or 0) - figures.mei)
    yield f"Refuted when U falls below the minimum effect; {gap} are missing{_more(one, figures.mei - one.good)}."
    yield f"Harmful when U_h falls below 0; it is {_by(one, one.harm_bound or 0)} above."


def _more(one: Measured, distance: float) -> str:
    """How many times the units, for an interval that is no wider than the distance."""
    if one.planned is not None:
        return ""
    if distance <= 0 or not one.variance:
        return ", which this effect does not lead to"
    needed = variance_to_settle(distance=distance, tau=one.tau, alpha=one.alpha, variance=one.variance)
    times = one.variance / needed
    return f", about {times:,.2g} times the units if the effect stays" if times < 100 else ", far from this effect"


def _harmed(rail: Watched) -> str:
    one = rail.measured
    told = f"{one.name} is no longer harmed when its U_h reaches 0; {_by(one, -(one.harm_bound or 0))} are missing"
    if not rail.margin:
        return f"{told}."
    limit, gap = amount(-rail.margin, one.unit), _by(one, -rail.margin - (one.low or 0))
    return f"{told}; or when it is shown within its margin: its L misses {limit} by {gap}."


def _pending(rail: Watched) -> str:
    one = rail.measured
    if one.low is None or min(one.n_control, one.n_treatment) < FEWEST_UNITS:
        return f"Data of {one.name}: at least {FEWEST_UNITS} units in each arm, that differ."
    gap, distance = -rail.margin - one.low, one.good + rail.margin
    limit = amount(-rail.margin, one.unit)
    return f"Validated when L of {one.name} rises above {limit}; {_by(one, gap)} are missing{_more(one, distance)}."


def _holds(rail: Watched) -> str:
    one = rail.measured
    if one.low is None or one.harm_bound is None:
        return f"{one.name} has to stay as it is."
    if not rail.margin:
        return f"Harmful when U_h of {one.name} falls below 0; it is {_by(one, one.harm_bound)} above."
    limit, above = amount(-rail.margin, one.unit), _by(one, one.low + rail.margin)
    return f"Open again when L of {one.name} falls to {limit}; it is {above} above."


def _by(one: Measured, distance: float) -> str:
    """A distance, which has no sign."""
    return amount(distance, one.unit).lstrip("+")
