"""The verdict: first match wins, from what cannot be trusted, over what does harm, to what is shown.

The table stands in docs/reference/statistics.md. [L, U] is the interval in the good direction: always valid, or that of
the last look of a plan that counted. U_h is the upper end of the always-valid one with τ = 4 × MEI, which finds gross
harm early, at any look.
"""

from dataclasses import replace

from hypotheses.enums import GuardrailStatus, Reason, Verdict
from hypotheses.statistics.bounds import require_finite
from hypotheses.statistics.case import FEWEST_UNITS, Guardrail, TrialCase
from hypotheses.statistics.effect import Effect, combine
from hypotheses.statistics.overlap import several_arms
from hypotheses.statistics.planned import planned_look
from hypotheses.statistics.planning import GROSS
from hypotheses.statistics.sample_ratio import SampleRatio, summed
from hypotheses.statistics.sequence import half_width
from hypotheses.statistics.successes import Outcome, SuccessResult, further, judged, together
from hypotheses.statistics.weighed import GuardrailResult, Weighed


def weigh(case: TrialCase) -> Weighed:
    """Weighs one treatment against control: everything the data say about it now.

    Pure and quick (about 100,000 a second): the words and the figures that only a page shows are worked out when read.
    Raises ValueError when the numbers are too large, or too far apart, to be compared.
    """
    effect = combine(case.stages)
    ratio = summed([(stage.assigned, stage.weights) for stage in case.stages])
    guardrails = watched(case.guardrails, case.alpha_of_guardrails) if case.guardrails else ()
    unread = distrusted(case, effect, ratio)
    others = further(case, unread) if case.successes else ()
    harm = alarm(case, unread) if unread and case.successes else ()
    if effect is None or not effect.variance:
        own = unread or (Verdict.INCONCLUSIVE, Reason.ZERO_VARIANCE)
        verdict, reason = unread or decided(own, guardrails, others)
        found = Weighed(case, effect, None, None, ratio, guardrails, verdict, reason, None, others, own)
        return sounded(found, harm)
    if case.plan:
        return sounded(under_plan(case, effect, ratio, guardrails, others), harm)
    half = half_width(effect.variance, case.mei, case.alpha)
    good = case.direction * effect.estimate
    harm_bound = good + half_width(effect.variance, GROSS * case.mei, case.alpha)
    own = unread or judged(good - half, good + half, harm_bound, case.mei)
    verdict, reason = unread or decided(own, guardrails, others, worse=good + half < 0)
    found = Weighed(case, effect, half, harm_bound, ratio, guardrails, verdict, reason, None, others, own)
    return sounded(found, harm)


def alarm(case: TrialCase, unread: Outcome) -> tuple[SuccessResult, ...]:
    """The further success metrics, where one does harm although the primary has no units yet, or too few: what can be
    trusted hides no harm. Empty otherwise.
    """
    others = further(case, None) if unread[0] is not Verdict.INVALID else ()
    return others if any(other.verdict is Verdict.HARMFUL for other in others) else ()


def sounded(weighed: Weighed, harm: tuple[SuccessResult, ...]) -> Weighed:
    """The weighing with the harm that was found beside its primary, if any."""
    if not harm:
        return weighed
    return replace(weighed, successes=harm, verdict=Verdict.HARMFUL, reason=Reason.SUCCESS_HARMED)


def under_plan(
    case: TrialCase,
    effect: Effect,
    ratio: SampleRatio,
    guardrails: tuple[GuardrailResult, ...],
    others: tuple[SuccessResult, ...] = (),
) -> Weighed:
    """The same with the interval of the plan, which is the primary's. Harm, of the primary too, is looked for at any
    time and spends nothing.

    A look that may not be read could not decide, so it does not count.
    """
    if case.plan is None:
        raise ValueError("The case has no plan.")
    planned = planned_look(effect, case.plan, case.alpha)
    centre, half = case.direction * planned.stands.estimate, planned.stands.half_width
    wide = half_width(effect.variance, GROSS * case.mei, case.alpha)
    harm_bound = case.direction * effect.estimate + wide
    unread = distrusted(case, effect, ratio)
    own = unread or judged(centre - half, centre + half, harm_bound, case.mei)
    verdict, reason = unread or decided(own, guardrails, others, worse=centre + half < 0)
    planned = replace(planned, look=None) if unread else planned
    return Weighed(case, effect, half, harm_bound, ratio, guardrails, verdict, reason, planned, others, own)


def distrusted(case: TrialCase, effect: Effect | None, ratio: SampleRatio) -> Outcome | None:
    """The rows of the table that come before any number is read; None when the numbers may be read."""
    others = case.successes  # each may validate, so each is asked what the primary is
    nothing = effect is None and not any(stage.control.n or stage.treatment.n for stage in case.stages)
    if nothing and not any(other.stages for other in others):
        return Verdict.MISSING, Reason.NO_DATA
    if case.stale or (effect is None and not nothing):
        return Verdict.INVALID, Reason.STALE
    units = effect.n_control + effect.n_treatment if effect else 0
    several = case.n_multi_arm and several_arms(case.n_multi_arm, units)
    broken = (
        (Reason.SRM, ratio.mismatch or any(other.sample_ratio.mismatch for other in others)),
        (Reason.CONTAMINATED, case.contaminated or several or any(other.has_strays for other in others)),
        (Reason.COUNTED_TWICE, case.counted_twice or any(other.counted_twice for other in others)),
    )
    for reason, found in broken:
        if found:
            return Verdict.INVALID, reason
    if effect is None:
        return Verdict.MISSING, Reason.NO_DATA
    return None if enough(effect) else (Verdict.INCONCLUSIVE, Reason.TOO_FEW_UNITS)


def decided(
    own: Outcome,
    guardrails: tuple[GuardrailResult, ...],
    others: tuple[SuccessResult, ...] = (),
    *,
    worse: bool = False,
) -> Outcome:
    """The rows of the table that come after trust. own: the primary's outcome, and whether it is shown worse (U < 0);
    others: the further success metrics.
    """
    if guardrails and harmed(guardrails):
        return Verdict.HARMFUL, Reason.GUARDRAIL
    outcome = together(own, others, worse=worse) if others else own
    validated = outcome[0] is Verdict.VALIDATED
    if validated and guardrails and any(result.status is not GuardrailStatus.SAFE for result in guardrails):
        return Verdict.INCONCLUSIVE, Reason.GUARDRAIL_PENDING
    return outcome


def harmed(guardrails: tuple[GuardrailResult, ...]) -> bool:
    """Whether any guardrail is."""
    return any(result.status is GuardrailStatus.HARMED for result in guardrails)


def watched(guardrails: tuple[Guardrail, ...], alpha: float) -> tuple[GuardrailResult, ...]:
    """All guardrails of a case."""
    return tuple([_watched(guardrail, alpha, len(guardrails)) for guardrail in guardrails])


def _watched(guardrail: Guardrail, alpha: float, guardrails: int) -> GuardrailResult:
    """One of them; where its numbers cannot be compared nothing is known of it, which hides nothing of the others."""
    if not guardrail.unreadable:
        try:
            return watch(guardrail, alpha, guardrails)
        except (ValueError, ArithmeticError) as error:
            guardrail = replace(guardrail, stages=(), unreadable=str(error))
    return GuardrailResult(guardrail, None, None, None, GuardrailStatus.UNKNOWN)


def watch(guardrail: Guardrail, alpha: float, guardrails: int) -> GuardrailResult:
    """One guardrail: harmed when U_h < 0 at α / (number of guardrails) and it is not shown within its margin.

    Any one of them may raise the alarm, so the alarm's α is shared among them; all must be shown within their margin,
    so there each keeps the whole α. Too few units show nothing; units that do not differ show nothing either way.
    """
    effect = combine(guardrail.stages)
    if effect is None or not effect.variance:
        safe = effect is not None and not guardrail.margin and enough(effect)
        return GuardrailResult(guardrail, effect, None, None, GuardrailStatus.SAFE if safe else GuardrailStatus.UNKNOWN)
    tau, good = guardrail.tau, guardrail.direction * effect.estimate
    half = half_width(effect.variance, tau, alpha)
    harm_bound = good + half_width(effect.variance, GROSS * tau, alpha / guardrails)
    require_finite(half + harm_bound, "the width of the interval")
    within = good - half > -guardrail.margin
    if not enough(effect):
        status = GuardrailStatus.UNKNOWN
    elif harm_bound < 0 and not within:
        status = GuardrailStatus.HARMED
    else:
        status = GuardrailStatus.SAFE if within or not guardrail.margin else GuardrailStatus.UNKNOWN
    return GuardrailResult(guardrail, effect, half, harm_bound, status)


def enough(effect: Effect) -> bool:
    """Whether both arms have the units that the normal approximation needs."""
    return effect.n_control >= FEWEST_UNITS and effect.n_treatment >= FEWEST_UNITS
