"""The arithmetic of a verdict, line by line, with the numbers filled in."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, log

from hypotheses.enums import Direction
from hypotheses.statistics.explanation import SHARE, amount, in_percent
from hypotheses.statistics.figures import Figures, Measured, Planned
from hypotheses.statistics.planning import GROSS
from hypotheses.statistics.sequence import LN2, half_width

DIGITS = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One step of the arithmetic: what it is called, how it is reckoned, what it comes to."""

    name: str
    formula: str
    value: str


def unfolded(figures: Figures) -> Iterator[Line]:
    """The primary metric's interval in full, then the ends of each further success metric and of each guardrail."""
    yield from _interval(figures.primary)
    for each in figures.successes:
        yield from _of_success(each.measured)
    for rail in figures.guardrails:
        one = rail.measured
        if one.low is None or one.harm_bound is None:
            continue
        yield Line(f"{one.name}: d ± half-width", _tuned(one), f"{_in(one, one.good)} ± {_plain(one, one.half or 0)}")
        yield Line(f"{one.name}: L", f"to be above {_in(one, -rail.margin)}", _in(one, one.low))
        yield Line(f"{one.name}: U_h", f"to be 0 or more, at α = {one.alarm:.4g}", _in(one, one.harm_bound))


def _of_success(one: Measured) -> Iterator[Line]:
    if one.low is None or one.high is None or one.harm_bound is None:
        return
    yield Line(f"{one.name}: d ± half-width", _tuned(one), f"{_in(one, one.good)} ± {_plain(one, one.half or 0)}")
    yield Line(f"{one.name}: L", "to be above 0", _in(one, one.low))
    yield Line(f"{one.name}: U", f"to reach {_in(one, one.tau)}", _in(one, one.high))
    yield Line(f"{one.name}: U_h", f"to be 0 or more, at α = {one.alarm:.4g}", _in(one, one.harm_bound))


def _tuned(one: Measured) -> str:
    turned = "less is better, so the sign is turned; " if one.direction is Direction.DOWN else ""
    variance, r = f"{one.variance:.{DIGITS}g}", f"{one.ratio:.{DIGITS}g}"
    return f"{turned}τ = {_plain(one, one.tau)}, V = {variance}, r = {r}, α = {one.alpha:.4g}"


def _interval(one: Measured) -> Iterator[Line]:
    if one.estimate is None:
        return
    yield Line("d", "treatment − control, over all stages", _in(one, one.estimate))
    if not one.variance or one.half is None or one.harm_bound is None:
        yield Line("V", "no unit differs from another, so there is no interval", "0")
        return
    if one.direction is Direction.DOWN:
        yield Line("good direction", "less is better, so the sign is turned: −d", _in(one, one.good))
    yield Line("V", "variance of d", f"{one.variance:.{DIGITS}g}")
    yield Line("√V", "standard error of d", _plain(one, one.spread))
    yield Line("τ", "the minimum effect", _plain(one, one.tau))
    yield from _of_plan(one, one.planned) if one.planned else _always_valid(one, one.half)
    yield Line("L", f"{_in(one, one.centre)} − {_plain(one, one.half)}", _in(one, one.centre - one.half))
    yield Line("U", f"{_in(one, one.centre)} + {_plain(one, one.half)}", _in(one, one.centre + one.half))
    wide = half_width(one.variance, GROSS * one.tau, one.alarm)
    told = f"{_in(one, one.good)} + {_plain(one, wide)}, the half-width with τ = {_plain(one, GROSS * one.tau)}"
    yield Line("U_h", told, _in(one, one.harm_bound))
    if one.log_p is not None:
        chance = exp(one.log_p)
        yield Line("p", "min(1, √(1 + r) · exp(−z² r / (2 (1 + r)))), z = d / √V", f"{chance:.2g}")
        yield Line("s", "−log₂ p: so many heads in a row would be as surprising", f"{-one.log_p / LN2 + 0.0:.3g}")


def _always_valid(one: Measured, half: float) -> Iterator[Line]:
    r = one.ratio
    yield Line("r", f"τ² / V = {one.tau * one.tau:.{DIGITS}g} / {one.variance:.{DIGITS}g}", f"{r:.{DIGITS}g}")
    yield Line("half-width", _half(one, r, one.alpha), _plain(one, half))


def _of_plan(one: Measured, planned: Planned) -> Iterator[Line]:
    yield Line("part of the plan", "of the information at the planned units", in_percent(planned.fraction))
    spent = f"so many standard errors spend the part of α = {one.alpha:.4g} that this look has"
    if planned.counts:
        yield Line("boundary", spent, f"{planned.boundary:.{DIGITS}g}")
        told = f"boundary · √V = {planned.boundary:.{DIGITS}g} · {_plain(one, one.spread)}"
        yield Line("half-width", told, _plain(one, planned.half_width))
        return
    yield Line("d of then", "at the last look that counted; this one does not", _in(one, one.centre))
    yield Line(
        "half-width", f"of then, at a boundary of {planned.boundary:.{DIGITS}g}", _plain(one, planned.half_width)
    )


def _half(one: Measured, r: float, alpha: float) -> str:
    inner = (1 + r) / r
    return (
        f"√V · √((1 + r) / r · ln((1 + r) / α²)) = {_plain(one, one.spread)} · √({inner:.{DIGITS}g} · "
        f"{log((1 + r) / (alpha * alpha)):.{DIGITS}g}), α = {alpha:.4g}"
    )


def _in(one: Measured, number: float) -> str:
    return amount(number, one.unit, digits=DIGITS)


def _plain(one: Measured, number: float) -> str:
    """A size, which has no sign."""
    return f"{100 * number:.{DIGITS}g} pp" if one.unit == SHARE else f"{number:.{DIGITS}g} {one.unit}".rstrip()
