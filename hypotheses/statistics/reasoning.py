"""Why a verdict is what it is: the table row by row with the numbers that were compared, the arithmetic unfolded, why
none of the neighbours, what would change it, and when to look again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hypotheses.enums import GuardrailStatus, Readiness, Reason, Verdict
from hypotheses.statistics.case import FEWEST_UNITS
from hypotheses.statistics.changing import what_would_change
from hypotheses.statistics.explanation import amount, in_days
from hypotheses.statistics.figures import Figures, Watched
from hypotheses.statistics.sample_ratio import MISMATCH_BELOW
from hypotheses.statistics.several import ONE_OF_THEM, alarms, fared, neighbours, reach
from hypotheses.statistics.unfolding import Line, unfolded


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the verdict table. matched: whether its condition held; None where an earlier row had matched and it
    was not asked. says: the numbers that were compared.
    """

    verdict: Verdict
    reason: Reason
    asks: str
    says: str
    matched: bool | None


@dataclass(frozen=True, slots=True)
class Reasoning:
    """A verdict explained. arithmetic: empty where no number was read."""

    steps: tuple[Step, ...]
    arithmetic: tuple[Line, ...]
    neighbours: tuple[str, ...]
    changes: tuple[str, ...]
    again: str


def reasoning(figures: Figures) -> Reasoning:
    """The whole explanation of one verdict. Pure: the same figures give the same words."""
    return Reasoning(
        steps=tuple(_steps(figures)),
        arithmetic=tuple(unfolded(figures)) if is_read(figures) else (),
        neighbours=tuple(_neighbours(figures)),
        changes=tuple(what_would_change(figures)),
        again=look_again(figures),
    )


def is_read(figures: Figures) -> bool:
    """Whether any number of the effect was read: not where the evidence is missing, distrusted or too thin."""
    return figures.verdict not in {Verdict.MISSING, Verdict.INVALID} and figures.reason is not Reason.TOO_FEW_UNITS


def _steps(figures: Figures) -> Iterator[Step]:
    """Each row of the table, up to the one that matched; those after it were not asked."""
    found = False
    for verdict, reasons, asks, says in OF_SEVERAL if figures.successes else TABLE:
        if found:
            yield Step(verdict, reasons[0], asks, "Not asked: an earlier row matched.", None)
            continue
        found = figures.verdict is verdict and figures.reason in reasons
        yield Step(verdict, figures.reason if found else reasons[0], asks, says(figures), found)


def _known(figures: Figures) -> str:
    return f"{figures.primary.n_control:,.0f} units in control, {figures.primary.n_treatment:,.0f} in treatment."


def _checked(code: Reason, unasked: str) -> Callable[[Figures], str]:
    def says(figures: Figures) -> str:
        check = figures.check(code)
        return check.detail if check else unasked

    return says


def _split(figures: Figures) -> str:
    check = figures.check(Reason.SRM)
    if check is None or check.p is None:
        return check.detail if check else "Nobody told how many units were assigned."
    sign = "<" if check.p < MISMATCH_BELOW else "≥"
    return f"p = {check.p:.2g} {sign} {MISMATCH_BELOW}."


def _enough(figures: Figures) -> str:
    least = min(figures.primary.n_control, figures.primary.n_treatment)
    return f"The smaller arm has {least:,.0f} units {'<' if least < FEWEST_UNITS else '≥'} {FEWEST_UNITS}."


def _rails(figures: Figures) -> str:
    if not figures.guardrails:
        return "There is no guardrail."
    return " ".join(_alarm(rail) for rail in figures.guardrails)


def _alarm(rail: Watched) -> str:
    """One guardrail held against 0 and against its margin."""
    one, margin = rail.measured, rail.margin
    if one.low is None or one.harm_bound is None:
        return f"{one.name}: no interval."
    if min(one.n_control, one.n_treatment) < FEWEST_UNITS:
        return f"{one.name}: fewer than {FEWEST_UNITS} units in an arm."
    told = f"{one.name}: U_h = {amount(one.harm_bound, one.unit)} {'<' if one.harm_bound < 0 else '≥'} 0"
    if one.harm_bound < 0 and margin:
        told += f", L = {amount(one.low, one.unit)} {'>' if one.low > -margin else '≤'} {amount(-margin, one.unit)}"
    return f"{told}."


def _varies(figures: Figures) -> str:
    return f"V = {figures.primary.variance:.4g}." if figures.primary.variance else "V = 0."


def _gross(figures: Figures) -> str:
    return _against(figures, "U_h", figures.primary.harm_bound, 0.0)


def _reaches(figures: Figures) -> str:
    return _against(figures, "U", figures.primary.high, figures.mei)


def _excludes(figures: Figures) -> str:
    return _against(figures, "L", figures.primary.low, 0.0, sign="≤")


def _against(figures: Figures, end: str, value: float | None, limit: float, sign: str = "<") -> str:
    if value is None:
        return "There is no interval."
    holds = value < limit if sign == "<" else value <= limit
    unit = figures.primary.unit
    shown = sign if holds else {"<": "≥", "≤": ">"}[sign]
    return f"{end} = {amount(value, unit)} {shown} {amount(limit, unit) if limit else '0'}."


def _within(figures: Figures) -> str:
    if not figures.guardrails:
        return "There is no guardrail."
    return " ".join(_shown(rail) for rail in figures.guardrails)


def _shown(rail: Watched) -> str:
    one, margin = rail.measured, rail.margin
    if rail.status is GuardrailStatus.SAFE:
        if not margin or one.low is None:
            return f"{one.name} is not shown worse."
        return f"{one.name}: L = {amount(one.low, one.unit)} > {amount(-margin, one.unit)}, so it is safe."
    if one.low is None or min(one.n_control, one.n_treatment) < FEWEST_UNITS:
        return f"{one.name} has too few data to be shown safe."
    return f"{one.name}: L = {amount(one.low, one.unit)} ≤ {amount(-margin, one.unit)}, so it is not yet shown."


TABLE: tuple[tuple[Verdict, tuple[Reason, ...], str, Callable[[Figures], str]], ...] = (
    (Verdict.MISSING, (Reason.NO_DATA,), "Is there no unit in any arm?", _known),
    (
        Verdict.INVALID,
        (Reason.STALE,),
        "Are the data too old, shrunk, redefined, or is an arm empty?",
        _checked(Reason.STALE, ""),
    ),
    (Verdict.INVALID, (Reason.SRM,), "Do the sizes of the arms contradict the design?", _split),
    (
        Verdict.INVALID,
        (Reason.CONTAMINATED,),
        "Were units in several arms, or disturbed by another trial?",
        _checked(Reason.CONTAMINATED, ""),
    ),
    (
        Verdict.INVALID,
        (Reason.COUNTED_TWICE,),
        "Does a stage go on from the totals of the one before?",
        _checked(Reason.COUNTED_TWICE, "Each stage counts its own units."),
    ),
    (
        Verdict.INCONCLUSIVE,
        (Reason.TOO_FEW_UNITS,),
        f"Are there fewer than {FEWEST_UNITS} units in an arm?",
        _enough,
    ),
    (Verdict.HARMFUL, (Reason.GUARDRAIL,), "Is a guardrail harmed (U_h < 0, and not within its margin)?", _rails),
    (Verdict.INCONCLUSIVE, (Reason.ZERO_VARIANCE,), "Does no unit differ from another?", _varies),
    (Verdict.HARMFUL, (Reason.PRIMARY,), "Is the primary metric harmed (U_h < 0)?", _gross),
    (
        Verdict.REFUTED,
        (Reason.EFFECT_EXCLUDED, Reason.REAL_BUT_TOO_SMALL),
        "Is the minimum effect excluded (U < minimum effect)?",
        _reaches,
    ),
    (Verdict.INCONCLUSIVE, (Reason.PRIMARY_PENDING,), "Is no effect still possible (L ≤ 0)?", _excludes),
    (Verdict.INCONCLUSIVE, (Reason.GUARDRAIL_PENDING,), "Is a guardrail not yet shown safe?", _within),
    (Verdict.VALIDATED, (Reason.OK,), "Everything else.", lambda _: "L > 0, and every guardrail is safe."),
)
"""The table of docs/reference/statistics.md, in its order: the verdict, its reasons, the question, the numbers."""

_TRUST, _GUARDED, _HARM = TABLE[1:5], TABLE[6], TABLE[8]
_BUT_FOR_HARM = ", and is no other success metric harmed?"
"""What is asked beside: harm to another one is found also while the primary has no units yet, or too few."""

OF_SEVERAL: tuple[tuple[Verdict, tuple[Reason, ...], str, Callable[[Figures], str]], ...] = (
    (TABLE[0][0], TABLE[0][1], f"Has the primary no unit in any arm{_BUT_FOR_HARM}", _known),
    *_TRUST,
    (TABLE[5][0], TABLE[5][1], f"Has the primary fewer than {FEWEST_UNITS} units in an arm{_BUT_FOR_HARM}", _enough),
    _GUARDED,
    _HARM,
    (Verdict.HARMFUL, (Reason.SUCCESS_HARMED,), "Is a further success metric harmed (U_h < 0)?", alarms),
    (
        Verdict.REFUTED,
        (Reason.EFFECT_EXCLUDED, Reason.REAL_BUT_TOO_SMALL),
        "Is the minimum effect of every success metric excluded (U < minimum effect)?",
        reach,
    ),
    (
        Verdict.INCONCLUSIVE,
        (Reason.ZERO_VARIANCE, Reason.PRIMARY_PENDING, Reason.SUCCESS_PENDING),
        "Is no success metric validated, or one of them shown worse (U < 0)?",
        fared,
    ),
    TABLE[-2],
    (Verdict.VALIDATED, (Reason.OK,), "Everything else.", lambda _: ONE_OF_THEM),
)
"""The same where there are further success metrics: any of them may validate."""


def _neighbours(figures: Figures) -> Iterator[str]:
    """Why none of the other verdicts that read the numbers."""
    if not is_read(figures):
        yield "No verdict on the effect: what cannot be trusted is named before any number is read."
        return
    if figures.successes:
        yield from neighbours(figures, unsafe=_within(figures) if figures.reason is Reason.GUARDRAIL_PENDING else "")
        return
    if figures.verdict is not Verdict.HARMFUL and figures.primary.harm_bound is not None:
        yield f"Not harmful: {_gross(figures)[:-1]}{', and no guardrail is harmed' if figures.guardrails else ''}."
    if figures.verdict is Verdict.HARMFUL:
        yield "Not refuted: what does harm is named first, however small the effect may be."
    if figures.reason is Reason.EFFECT_EXCLUDED:
        yield f"Not “real but too small”: {_excludes(figures)}"
    if figures.reason is Reason.REAL_BUT_TOO_SMALL:
        yield f"Not “effect excluded”: {_excludes(figures)} There is an effect, but not the one hoped for."
    if figures.verdict in {Verdict.VALIDATED, Verdict.INCONCLUSIVE} and figures.primary.high is not None:
        yield f"Not refuted: {_reaches(figures)}"
    if figures.verdict is not Verdict.VALIDATED and figures.primary.low is not None:
        yield f"Not validated: {_why_not_validated(figures)}"
    if figures.verdict is Verdict.VALIDATED:
        safe = ", and every guardrail is safe" if figures.guardrails else ""
        yield f"Not inconclusive: {_excludes(figures)[:-1]}{safe}."


def _why_not_validated(figures: Figures) -> str:
    if figures.reason is Reason.GUARDRAIL_PENDING:
        return _within(figures)
    if figures.reason is Reason.GUARDRAIL:
        return "no primary metric makes up for a guardrail that is harmed."
    if figures.reason is Reason.REAL_BUT_TOO_SMALL:
        return _reaches(figures)
    return _excludes(figures)


def look_again(figures: Figures) -> str:
    """When to look again, in one sentence. Looking earlier harms nothing: the interval holds at any time, and a plan
    counts its looks.
    """
    if figures.verdict in {Verdict.MISSING, Verdict.INVALID}:
        return "Look again after the next results, once what is wrong is mended."
    if figures.verdict is Verdict.HARMFUL:
        return "Act now: harm waits for nothing."
    if figures.days_left is not None:
        late = " That is more than the plan has left." if figures.state is Readiness.UNDER_POWERED else ""
        return f"Look again in about {in_days(figures.days_left)}.{late}"
    if figures.verdict is Verdict.INCONCLUSIVE:
        spent = "Not at all: the plan is at its end. Only harm is still looked for."
        return spent if figures.is_spent else "Nobody can tell when: look again after the next results."
    if figures.state is Readiness.TOO_EARLY:
        return "It may decide once the minimum run is served."
    why = "the plan counts its looks" if figures.primary.planned else "the interval holds at any time"
    return f"It may decide now. To look again is harmless: {why}."
