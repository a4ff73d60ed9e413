"""Several success metrics: each judged by itself at its share of α, and what they come to together.

Any of them may validate, so α is shared among them (`corrections`); any of them may do harm; and only together they
refute. Why so: docs/adr/0010-any-success-metric-may-validate.md.
"""

from dataclasses import dataclass, replace

from hypotheses.enums import Reason, Verdict
from hypotheses.statistics.bounds import require_finite
from hypotheses.statistics.case import FEWEST_UNITS, Success, TrialCase
from hypotheses.statistics.effect import Effect, combine
from hypotheses.statistics.planning import GROSS
from hypotheses.statistics.sequence import half_width

Outcome = tuple[Verdict, Reason]


@dataclass(frozen=True, slots=True)
class SuccessResult:
    """What the data say about one further success metric.

    half_width: of its interval; harm_bound: U_h in its good direction; both None where nothing varies or nothing is
    known. verdict, reason: of this metric alone; of the whole evidence where that may not be read.
    """

    success: Success
    effect: Effect | None
    half_width: float | None
    harm_bound: float | None
    verdict: Verdict
    reason: Reason

    @property
    def estimate(self) -> float | None:
        """Treatment − control in the metric's unit; above 0 is more, whichever way is better."""
        return self.effect.estimate if self.effect else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The always-valid interval around the estimate."""
        if self.effect is None or self.half_width is None:
            return None
        return self.effect.estimate - self.half_width, self.effect.estimate + self.half_width

    @property
    def is_mute(self) -> bool:
        """Whether nothing can be told of it, however long one waits as before: no result has come, or no unit differs
        from another.
        """
        return self.effect is None or not (self.effect.variance or _is_thin(self.effect))

    @property
    def is_worse(self) -> bool:
        """Whether it is shown worse (U < 0), though not yet to do gross harm."""
        if self.verdict is not Verdict.REFUTED or self.effect is None or self.half_width is None:
            return False
        return self.success.direction * self.effect.estimate + self.half_width < 0


def judged(low: float, high: float, harm_bound: float, mei: float) -> Outcome:
    """The rows of the table that one metric's interval decides, all in the good direction."""
    if harm_bound < 0:
        return Verdict.HARMFUL, Reason.PRIMARY
    if high < mei:
        return Verdict.REFUTED, Reason.REAL_BUT_TOO_SMALL if low > 0 else Reason.EFFECT_EXCLUDED
    return (Verdict.INCONCLUSIVE, Reason.PRIMARY_PENDING) if low <= 0 else (Verdict.VALIDATED, Reason.OK)


def further(case: TrialCase, unread: Outcome | None) -> tuple[SuccessResult, ...]:
    """The further success metrics of a case; `unread`: why nothing of it may be read."""
    return tuple([_read(success, case.alpha, unread) for success in case.successes])


def _read(success: Success, alpha: float, unread: Outcome | None) -> SuccessResult:
    """One of them; where its numbers cannot be compared nothing is known of it, which hides nothing of the others."""
    if not success.unreadable:
        try:
            return _weighed(success, alpha, unread)
        except (ValueError, ArithmeticError) as error:
            success = replace(success, stages=(), unreadable=str(error))
    unknown = Verdict.INCONCLUSIVE, Reason.UNREADABLE
    return SuccessResult(success, None, None, None, *(unread or unknown))


def _weighed(success: Success, alpha: float, unread: Outcome | None) -> SuccessResult:
    effect = combine(success.stages)
    if effect is None or not effect.variance:
        few = effect is None or _is_thin(effect)
        nothing = Verdict.INCONCLUSIVE, Reason.TOO_FEW_UNITS if few else Reason.ZERO_VARIANCE
        return SuccessResult(success, effect, None, None, *(unread or nothing))
    half, good = half_width(effect.variance, success.mei, alpha), success.direction * effect.estimate
    harm_bound = good + half_width(effect.variance, GROSS * success.mei, alpha)
    require_finite(half + harm_bound, "the width of the interval")
    outcome = unread or _own(effect, good - half, good + half, harm_bound, success.mei)
    return SuccessResult(success, effect, half, harm_bound, *outcome)


def _own(effect: Effect, low: float, high: float, harm_bound: float, mei: float) -> Outcome:
    """The outcome of a further metric, whose reasons are told apart from the primary's."""
    if _is_thin(effect):
        return Verdict.INCONCLUSIVE, Reason.TOO_FEW_UNITS
    verdict, reason = judged(low, high, harm_bound, mei)
    named = {Reason.PRIMARY: Reason.SUCCESS_HARMED, Reason.PRIMARY_PENDING: Reason.SUCCESS_PENDING}
    return verdict, named.get(reason, reason)


def _is_thin(effect: Effect) -> bool:
    return effect.n_control < FEWEST_UNITS or effect.n_treatment < FEWEST_UNITS


def together(own: Outcome, others: tuple[SuccessResult, ...], *, worse: bool = False) -> Outcome:
    """What the primary (`own`) and the others come to: harm of any, then validated by any, then refuted by all.

    worse: whether the primary is shown worse (U < 0). While any of them is, none validates: with more units it turns
    out to do harm, or not to be worse after all.
    """
    verdicts = [own[0], *(other.verdict for other in others)]
    if own[0] is Verdict.HARMFUL:
        return own
    if Verdict.HARMFUL in verdicts:
        return Verdict.HARMFUL, Reason.SUCCESS_HARMED
    if Verdict.VALIDATED in verdicts:
        held_up = worse or any(other.is_worse for other in others)
        return (Verdict.INCONCLUSIVE, Reason.SUCCESS_PENDING) if held_up else (Verdict.VALIDATED, Reason.OK)
    if own[0] is Verdict.REFUTED and Verdict.INCONCLUSIVE in verdicts:
        return Verdict.INCONCLUSIVE, Reason.SUCCESS_PENDING
    return own
