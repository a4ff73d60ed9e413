"""What comes out of weighing: the numbers behind a verdict. What only a page shows is worked out when it is read."""

from dataclasses import dataclass
from math import exp, isfinite

from hypotheses.enums import GuardrailStatus, Readiness, Reason, Verdict
from hypotheses.statistics.case import Guardrail, Success, TrialCase
from hypotheses.statistics.checks import Check, trust_checks
from hypotheses.statistics.effect import Effect
from hypotheses.statistics.planned import PlannedLook
from hypotheses.statistics.planning import GROSS, days_to_decision, days_to_settle, required_ratio
from hypotheses.statistics.sample_ratio import SampleRatio
from hypotheses.statistics.sequence import LN2, log_p
from hypotheses.statistics.successes import Outcome, SuccessResult

Range = tuple[float, float]
"""Lower and upper end, in the metric's own direction and unit."""

HALF_WAY = 0.5
"""The part of the planned information from which an undecided result is a trend and no longer too early."""


@dataclass(frozen=True, slots=True)
class GuardrailResult:
    """What the data say about one guardrail.

    half_width: of its interval; harm_bound: U_h in its good direction; both None where nothing varies or nothing is
    known.
    """

    guardrail: Guardrail
    effect: Effect | None
    half_width: float | None
    harm_bound: float | None
    status: GuardrailStatus

    @property
    def estimate(self) -> float | None:
        """Treatment − control in the guardrail's unit; above 0 is more, whichever way is better."""
        return self.effect.estimate if self.effect else None

    @property
    def interval(self) -> Range | None:
        """The always-valid interval around the estimate."""
        return around(self.effect, self.half_width)


@dataclass(frozen=True, slots=True)
class Weighed:
    """The evidence of one treatment against control.

    case: what was weighed. effect: treatment − control, None without data. half_width: of the interval that decides;
    harm_bound: U_h in the good direction; both None where nothing varies. sample_ratio, guardrails: their results.
    planned: the look under a plan; None where there is none. successes: the further success metrics; own: what the
    primary alone comes to, where there are such.
    """

    case: TrialCase
    effect: Effect | None
    half_width: float | None
    harm_bound: float | None
    sample_ratio: SampleRatio
    guardrails: tuple[GuardrailResult, ...]
    verdict: Verdict
    reason: Reason
    planned: PlannedLook | None = None
    successes: tuple[SuccessResult, ...] = ()
    own: Outcome = (Verdict.INCONCLUSIVE, Reason.PRIMARY_PENDING)

    @property
    def estimate(self) -> float | None:
        """Treatment − control in the metric's unit; above 0 is more, whichever way is better."""
        return self.effect.estimate if self.effect else None

    @property
    def variance(self) -> float | None:
        """Variance of the estimate, unit squared."""
        return self.effect.variance if self.effect else None

    @property
    def interval(self) -> Range | None:
        """The 1 − α interval that decides, in the metric's own direction: always valid around the estimate, or under a
        plan around that of the last look that counted.
        """
        if self.planned is not None:
            centre, half = self.planned.stands.estimate, self.planned.stands.half_width
            return centre - half, centre + half
        return around(self.effect, self.half_width)

    @property
    def good_interval(self) -> Range | None:
        """[L, U]: the interval with the good direction upwards, as the verdict table reads it."""
        interval = self.interval
        return interval if interval is None or self.case.direction > 0 else (-interval[1], -interval[0])

    @property
    def p(self) -> float | None:
        """The always-valid two-sided p-value. May underflow to 0; `s_value` then still tells. None under a plan, where
        the boundary decides.
        """
        return None if self.log_p is None else exp(self.log_p)

    @property
    def log_p(self) -> float | None:
        """Natural logarithm of `p`."""
        if self.effect is None or not self.effect.variance or self.planned is not None:
            return None
        return log_p(self.effect.estimate, self.effect.variance, self.case.mei)

    @property
    def s_value(self) -> float | None:
        """−log₂ p: how many heads in a row would be as surprising."""
        return None if self.log_p is None else -self.log_p / LN2 + 0.0

    @property
    def relative(self) -> float | None:
        """The estimate as a part of the control arm's mean; None where that mean is 0, or too near to compare with."""
        return self._part(self.estimate)

    @property
    def relative_interval(self) -> Range | None:
        """The interval as parts of the control arm's mean (taken as known); None where that mean is 0 or too near."""
        ends = [self._part(end) for end in self.interval or ()]
        return (ends[0], ends[1]) if ends and ends[0] is not None and ends[1] is not None else None

    def _part(self, number: float | None) -> float | None:
        if number is None or self.effect is None or not self.effect.control_mean:
            return None
        part = number / abs(self.effect.control_mean)
        return part if isfinite(part) else None

    @property
    def information_fraction(self) -> float:
        """How much of the information needed is in: (1 / variance) ÷ (r* / MEI²), which may exceed 1; under a plan the
        part of the plan.
        """
        if self.planned is not None:
            return self.planned.fraction
        if self.effect is None or not self.effect.variance:
            return 0.0
        return self.case.mei * self.case.mei / self.effect.variance / required_ratio(self.case.alpha)

    @property
    def days_left(self) -> float | None:
        """Days to a decision at the accrual of the case; None when it is decided, or nobody can tell.

        Under a plan the days to its end. Else first those to the information needed; once that is in and the effect
        still lies between two answers, the days until one of them is excluded if the effect stays where it is.
        """
        if self.case.accrual is None or self.effect is None or self.verdict is not Verdict.INCONCLUSIVE:
            return None
        if not self.effect.variance and not self.successes:
            return None
        pending = [r for r in self.guardrails if r.status is GuardrailStatus.UNKNOWN]
        waits = [self.guardrail_days(result) for result in pending]
        if self.reason is Reason.GUARDRAIL_PENDING:
            known = [days for days in waits if days is not None]
            return max(known) if len(known) == len(waits) else None
        nearest = self.success_days(self.effect) if self.successes else self.primary_days(self.effect)
        return None if nearest is None else max([nearest, *(days for days in waits if days is not None)])

    def primary_days(self, effect: Effect) -> float | None:
        """Days until the primary decides, 0 where that cannot be told; None at the end of a plan."""
        over = self.planned is not None and self.planned.is_over
        return None if over else self.own_days(effect) or 0.0

    @property
    def is_worse(self) -> bool:
        """Whether the primary is shown worse (U < 0), though not yet to do gross harm."""
        good = self.good_interval
        return self.own[0] is Verdict.REFUTED and good is not None and good[1] < 0

    @property
    def is_held_up(self) -> bool:
        """Whether a success metric is validated, and nothing but another that is shown worse holds it up."""
        won = Verdict.VALIDATED in (self.own[0], *(result.verdict for result in self.successes))
        return won and self.reason is Reason.SUCCESS_PENDING

    def success_days(self, effect: Effect) -> float | None:
        """Of several success metrics the least of the days of those that are pending, since one may be enough; where
        one that is shown worse holds the others up, those until its harm is shown.
        """
        if self.is_held_up:
            return self.days_held_up(effect)
        waits = [self.further_days(result) for result in self.successes if result.verdict is Verdict.INCONCLUSIVE]
        if self.own[0] is Verdict.INCONCLUSIVE and effect.variance and not (self.planned and self.planned.is_over):
            waits.append(self.own_days(effect))
        return min((days for days in waits if days is not None), default=None)

    def days_held_up(self, effect: Effect) -> float | None:
        """Days until gross harm is shown of each metric that is shown worse, its effect staying where it is."""
        worse = [(one.effect, one.success.direction, one.success.mei) for one in self.successes if one.is_worse]
        worse += [(effect, self.case.direction, self.case.mei)] if self.is_worse else []
        waits = [
            self.settled(one, -direction * one.estimate, GROSS * mei, self.case.alpha)
            for one, direction, mei in worse
            if one is not None
        ]
        return max((days for days in waits if days is not None), default=None)

    def further_days(self, result: SuccessResult) -> float | None:
        """Days until a further success metric decides; None where it cannot be told."""
        effect, success = result.effect, result.success
        if effect is None or not effect.variance:
            return None
        good = success.direction * effect.estimate
        return self.days(effect, success.mei, max(good, success.mei - good), self.case.alpha)

    def own_days(self, effect: Effect) -> float | None:
        """Days until the primary can be decided: to the end of the plan, or to the information needed."""
        plan, accrual = self.case.plan, self.case.accrual
        if plan is not None and accrual is not None:
            return max(0.0, plan.units - effect.n_control - effect.n_treatment) / accrual.units_per_day
        good = self.case.direction * effect.estimate
        return self.days(effect, self.case.mei, max(good, self.case.mei - good), self.case.alpha)

    def guardrail_days(self, result: GuardrailResult) -> float | None:
        """Days until a pending guardrail can be shown within its margin; None where it cannot be told."""
        effect, guardrail = result.effect, result.guardrail
        if effect is None or not effect.variance:
            return None
        distance = guardrail.margin + guardrail.direction * effect.estimate
        return self.days(effect, guardrail.tau, distance, self.case.alpha_of_guardrails)

    def days(self, effect: Effect, tau: float, distance: float, alpha: float) -> float | None:
        """Days until an effect's planned information is in, or its interval is narrower than the distance."""
        accrual = self.case.accrual
        if accrual is None:
            return None
        variance, unit_variance = effect.variance, effect.variance * effect.weight
        planned = days_to_decision(
            mei=tau, unit_variance=unit_variance, accrual=accrual, alpha=alpha, variance=variance
        )
        if planned or distance <= 0:
            return planned or None
        return self.settled(effect, distance, tau, alpha)

    def settled(self, effect: Effect, distance: float, tau: float, alpha: float) -> float | None:
        """Days until an effect's interval is narrower than the distance."""
        accrual = self.case.accrual
        if accrual is None or distance <= 0 or not effect.variance:
            return None
        return days_to_settle(
            distance=distance,
            tau=tau,
            alpha=alpha,
            variance=effect.variance,
            unit_variance=effect.variance * effect.weight,
            accrual=accrual,
        )

    @property
    def ended_undecided(self) -> bool:
        """Whether all planned units are in and the primary is still open: no later look can close it."""
        over = self.planned is not None and self.planned.is_over and self.reason is Reason.PRIMARY_PENDING
        return over and not any(result.verdict is Verdict.INCONCLUSIVE for result in self.successes)

    @property
    def waits_for_mute(self) -> bool:
        """Whether the primary is refuted, and only success metrics of which nothing can be told hold that up."""
        pending = [result for result in self.successes if result.verdict is Verdict.INCONCLUSIVE]
        refuted = self.own[0] is Verdict.REFUTED and self.reason is Reason.SUCCESS_PENDING
        return refuted and bool(pending) and all(result.is_mute for result in pending)

    @property
    def nearest_fraction(self) -> float:
        """How much of the information is in of the pending success metric that has most of it; 1 where all that is
        pending is mute: no further day of the same tells more.
        """
        pending = [result for result in self.successes if result.verdict is Verdict.INCONCLUSIVE]
        if not pending:
            return self.information_fraction
        if self.waits_for_mute:
            return 1.0
        needed = required_ratio(self.case.alpha)
        fractions = [
            result.success.mei**2 / result.effect.variance / needed
            for result in pending
            if result.effect is not None and result.effect.variance
        ]
        own = self.information_fraction if self.own[0] is Verdict.INCONCLUSIVE else 0.0
        return max([own, *fractions])

    @property
    def state(self) -> Readiness:
        """How near the result is to deciding.

        decision_ready: harmful at any time; validated or refuted once the minimum run is served. under_powered: still
        undecided, and the days left exceed the time box, or all planned units are in. trend: undecided, half the
        information in. too_early: all else, also where the evidence is invalid or missing.
        """
        if self.verdict is Verdict.HARMFUL:
            return Readiness.DECISION_READY
        if self.verdict in {Verdict.INVALID, Verdict.MISSING} or not self.case.minimum_run_served:
            return Readiness.TOO_EARLY
        if self.verdict in {Verdict.VALIDATED, Verdict.REFUTED}:
            return Readiness.DECISION_READY
        plan, days = self.case.accrual.plan_days if self.case.accrual else None, self.days_left
        if (plan is not None and days is not None and days > plan) or self.ended_undecided:
            return Readiness.UNDER_POWERED
        enough = self.reason is not Reason.TOO_FEW_UNITS and self.nearest_fraction >= HALF_WAY
        return Readiness.TREND if enough else Readiness.TOO_EARLY

    @property
    def checks(self) -> tuple[Check, ...]:
        """The trust checks in the order in which the verdict table asks them, and what of the rest cannot be read."""
        asked = trust_checks(self.case, self.effect, self.sample_ratio)
        return (*asked, *(Check(Reason.UNREADABLE, False, None, told) for told in self.unreadable))

    @property
    def unreadable(self) -> tuple[str, ...]:
        """Which further metrics and guardrails cannot be compared, and why: a sentence for each."""
        rest: list[Success | Guardrail] = [one.success for one in self.successes]
        rest += [one.guardrail for one in self.guardrails]
        return tuple(f"{one.name} cannot be compared: {one.unreadable}" for one in rest if one.unreadable)


def around(effect: Effect | None, half: float | None) -> Range | None:
    """The interval of an effect, None where there is none."""
    return None if effect is None or half is None else (effect.estimate - half, effect.estimate + half)
