"""Several success metrics in words: how each of them fared, why none of the neighbours, and what would change it."""

from collections.abc import Iterator

from hypotheses.enums import Verdict
from hypotheses.statistics.case import FEWEST_UNITS
from hypotheses.statistics.explanation import amount
from hypotheses.statistics.figures import Figures, Judged, Measured
from hypotheses.statistics.planning import variance_to_settle

ONE_OF_THEM = "A success metric is validated, and every guardrail is safe."


def alarms(figures: Figures) -> str:
    """Each further success metric held against harm."""
    return " ".join(_alarm(each.measured) for each in figures.successes)


def _alarm(one: Measured) -> str:
    if one.harm_bound is None:
        return f"{one.name}: no interval."
    return f"{one.name}: U_h = {amount(one.harm_bound, one.unit)} {'<' if one.harm_bound < 0 else '≥'} 0."


def reach(figures: Figures) -> str:
    """Each success metric's U held against its own minimum effect."""
    return " ".join(_reach(each.measured) for each in figures.judged)


def _reach(one: Measured) -> str:
    if one.high is None:
        return f"{one.name}: no interval."
    sign = "<" if one.high < one.tau else "≥"
    return f"{one.name}: U = {amount(one.high, one.unit)} {sign} {amount(one.tau, one.unit)}."


def fared(figures: Figures) -> str:
    """Each success metric's L, and what it comes to alone."""
    return " ".join(_fared(each) for each in figures.judged)


def _fared(each: Judged) -> str:
    one = each.measured
    if one.low is None:
        return f"{one.name}: no interval."
    if each.is_worse and one.high is not None:
        return f"{one.name}: U = {amount(one.high, one.unit)} < 0, shown worse."
    sign = ">" if one.low > 0 else "≤"
    return f"{one.name}: L = {amount(one.low, one.unit)} {sign} 0, {each.verdict}."


def neighbours(figures: Figures, *, unsafe: str) -> Iterator[str]:
    """Why none of the other verdicts. `unsafe`: what guardrails are not yet shown safe, where that is the reason."""
    verdict = figures.verdict
    if verdict is Verdict.HARMFUL:
        yield "Not refuted: what does harm is named first, however small the effect may be."
        yield "Not validated: no success metric makes up for another metric that is harmed."
        return
    railed = ", and no guardrail is harmed" if figures.guardrails else ""
    yield f"Not harmful: no success metric has U_h < 0{railed}."
    if verdict is Verdict.REFUTED:
        yield f"Not validated: {reach(figures)}"
        return
    yield f"Not refuted: {reach(figures)}"
    if verdict is Verdict.VALIDATED:
        safe = ", and every guardrail is safe" if figures.guardrails else ""
        yield f"Not inconclusive: {_named(figures, Verdict.VALIDATED)} is validated, one is enough{safe}."
    else:
        yield f"Not validated: {unsafe or fared(figures)}"


def _named(figures: Figures, verdict: Verdict) -> str:
    return next((each.measured.name for each in figures.judged if each.verdict is verdict), "a success metric")


def what_would_change_it(figures: Figures) -> Iterator[str]:
    """For each success metric the bound that is missing, or that holds it where it is."""
    for each in figures.judged:
        yield f"{each.measured.name}: {_changing(each)}"


def _changing(each: Judged) -> str:
    one = each.measured
    if one.low is None or one.high is None or one.harm_bound is None:
        return f"at least {FEWEST_UNITS} units in each arm, that differ."
    if one.planned is not None and one.planned.is_over and each.verdict is not Verdict.HARMFUL:
        return f"nothing but harm, its plan is at its end; U_h is {_by(one, one.harm_bound)} above 0."
    return _decided(each, one.low, one.high, one.harm_bound) or _open(one, one.low, one.high)


def _decided(each: Judged, low: float, high: float, harm_bound: float) -> str:
    """What would undo what a metric comes to alone; "" where it is open."""
    one = each.measured
    if each.verdict is Verdict.HARMFUL:
        return f"harm is no longer shown when U_h reaches 0; {_by(one, -harm_bound)} are missing."
    if each.is_worse:
        return (
            f"nothing is validated until U reaches 0; {_by(one, -high)} are missing. "
            f"Harmful when U_h falls below 0; it is {_by(one, harm_bound)} above."
        )
    if each.verdict is Verdict.REFUTED:
        return f"open again when U reaches its minimum effect; {_by(one, one.tau - high)} are missing."
    if each.verdict is Verdict.VALIDATED:
        return f"open again when L falls to 0; it is {_by(one, low)} above."
    return ""


def _open(one: Measured, low: float, high: float) -> str:
    up, down = _by(one, -low), _by(one, high - one.tau)
    return (
        f"validated when L rises above 0; {up} are missing{_more(one, one.good)}. Refuted when U falls below its "
        f"minimum effect; {down} are missing{_more(one, one.tau - one.good)}."
    )


def _more(one: Measured, distance: float) -> str:
    if one.planned is not None or distance <= 0 or not one.variance:
        return ""
    needed = variance_to_settle(distance=distance, tau=one.tau, alpha=one.alpha, variance=one.variance)
    times = one.variance / needed
    return f", about {times:,.2g} times the units if the effect stays" if times < 100 else ""


def _by(one: Measured, distance: float) -> str:
    return amount(distance, one.unit).lstrip("+")
