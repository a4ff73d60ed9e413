"""The numbers that a verdict rests on, wherever they come from: a weighing just made, or one that was kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from hypotheses.enums import Direction, GuardrailStatus, Readiness, Reason, Verdict
from hypotheses.statistics.checks import Check
from hypotheses.statistics.planned import PlannedLook
from hypotheses.statistics.planning import GROSS
from hypotheses.statistics.sequence import half_width, log_p
from hypotheses.statistics.successes import SuccessResult
from hypotheses.statistics.weighed import GuardrailResult, Weighed


@dataclass(frozen=True, slots=True)
class Planned:
    """A look under a plan. fraction: the part of the plan that is in. counts: whether this look counts; estimate,
    half_width, boundary: of the last one that did.
    """

    fraction: float
    counts: bool
    estimate: float
    half_width: float
    boundary: float

    @property
    def is_over(self) -> bool:
        """Whether all planned units are in."""
        return self.fraction >= 1


@dataclass(frozen=True, slots=True)
class Measured:
    """One metric's effect. estimate: treatment − control; variance: of it; both None without data. tau: what the
    interval is tuned for; alpha: its error rate; alarm: that of U_h. direction: which way is better. planned: the look
    under a plan, whose interval decides; None without one.
    """

    name: str
    unit: str
    direction: Direction
    tau: float
    alpha: float
    alarm: float
    estimate: float | None
    variance: float | None
    n_control: float
    n_treatment: float
    planned: Planned | None = None

    @property
    def good(self) -> float:
        """The estimate with the good direction upwards; 0 without one."""
        return self.direction * self.estimate if self.estimate is not None else 0.0

    @property
    def ratio(self) -> float:
        """How far the interval is tuned: r = τ² / V."""
        return self.tau * self.tau / self.variance if self.variance else 0.0

    @property
    def half(self) -> float | None:
        """Half the width of the interval; None where nothing varies or nothing is known."""
        if self.planned is not None:
            return self.planned.half_width
        return half_width(self.variance, self.tau, self.alpha) if self.variance else None

    @property
    def centre(self) -> float:
        """The middle of the interval, in the good direction: under a plan that of the last look that counted."""
        return self.direction * self.planned.estimate if self.planned is not None else self.good

    @property
    def low(self) -> float | None:
        """L, in the good direction."""
        return self.centre - self.half if self.half is not None else None

    @property
    def high(self) -> float | None:
        """U, in the good direction."""
        return self.centre + self.half if self.half is not None else None

    @property
    def harm_bound(self) -> float | None:
        """U_h: the upper end with τ four times as large, at the alarm's error rate."""
        return self.good + half_width(self.variance, GROSS * self.tau, self.alarm) if self.variance else None

    @property
    def log_p(self) -> float | None:
        """Natural logarithm of the always-valid p-value; None under a plan."""
        if not self.variance or self.estimate is None or self.planned is not None:
            return None
        return log_p(self.estimate, self.variance, self.tau)

    @property
    def spread(self) -> float:
        """√V."""
        return sqrt(self.variance or 0.0)


@dataclass(frozen=True, slots=True)
class Watched:
    """A guardrail: its effect, the harm that is accepted, and what it was found to be."""

    measured: Measured
    margin: float
    status: GuardrailStatus


@dataclass(frozen=True, slots=True)
class Judged:
    """A success metric: its effect, and what it comes to alone."""

    measured: Measured
    verdict: Verdict

    @property
    def is_worse(self) -> bool:
        """Whether it is shown worse (U < 0), though not yet to do gross harm."""
        return self.verdict is Verdict.REFUTED and self.measured.high is not None and self.measured.high < 0


@dataclass(frozen=True, slots=True)
class Figures:
    """A verdict with everything that it was reached from, ready to be explained. successes: the further success
    metrics; own: what the primary alone comes to, where there are such.
    """

    verdict: Verdict
    reason: Reason
    state: Readiness
    primary: Measured
    guardrails: Sequence[Watched]
    checks: Sequence[Check]
    days_left: float | None
    successes: Sequence[Judged] = ()
    own: Verdict = Verdict.INCONCLUSIVE

    @property
    def judged(self) -> tuple[Judged, ...]:
        """All success metrics, the primary first."""
        return (Judged(self.primary, self.own), *self.successes)

    @property
    def mei(self) -> float:
        """The minimum effect, > 0, in the metric's unit."""
        return self.primary.tau

    @property
    def is_spent(self) -> bool:
        """Whether the primary is open although all planned units are in."""
        planned = self.primary.planned
        over = planned is not None and planned.is_over and self.reason is Reason.PRIMARY_PENDING
        return over and not any(each.verdict is Verdict.INCONCLUSIVE for each in self.successes)

    def check(self, code: Reason) -> Check | None:
        """The trust check of this name."""
        return next((check for check in self.checks if check.code is code), None)


def figures(
    weighed: Weighed,
    *,
    metric: str,
    unit: str = "",
    guardrail_units: Sequence[str] = (),
    success_units: Sequence[str] = (),
) -> Figures:
    """The figures of a weighing. metric, unit: how the primary is called; guardrail_units, success_units: in their
    order, "" where there are fewer.
    """
    case, effect = weighed.case, weighed.effect
    units = (*guardrail_units, *[""] * len(weighed.guardrails))
    return Figures(
        verdict=weighed.verdict,
        reason=weighed.reason,
        state=weighed.state,
        primary=Measured(
            name=metric,
            unit=unit,
            direction=case.direction,
            tau=case.mei,
            alpha=case.alpha,
            alarm=case.alpha,
            estimate=weighed.estimate,
            variance=weighed.variance,
            n_control=effect.n_control if effect else 0,
            n_treatment=effect.n_treatment if effect else 0,
            planned=_planned(weighed.planned),
        ),
        guardrails=tuple(
            _watched(result, case.alpha_of_guardrails, len(weighed.guardrails), in_unit)
            for result, in_unit in zip(weighed.guardrails, units, strict=False)
        ),
        checks=weighed.checks,
        days_left=weighed.days_left,
        successes=tuple(
            _judged(result, case.alpha, in_unit)
            for result, in_unit in zip(
                weighed.successes, (*success_units, *[""] * len(weighed.successes)), strict=False
            )
        ),
        own=weighed.own[0],
    )


def _judged(result: SuccessResult, alpha: float, unit: str) -> Judged:
    success, effect = result.success, result.effect
    measured = Measured(
        name=success.name,
        unit=unit,
        direction=success.direction,
        tau=success.mei,
        alpha=alpha,
        alarm=alpha,
        estimate=effect.estimate if effect else None,
        variance=effect.variance if effect else None,
        n_control=effect.n_control if effect else 0,
        n_treatment=effect.n_treatment if effect else 0,
    )
    return Judged(measured, result.verdict)


def _planned(planned: PlannedLook | None) -> Planned | None:
    if planned is None:
        return None
    stands = planned.stands
    return Planned(planned.fraction, planned.look is not None, stands.estimate, stands.half_width, stands.boundary)


def _watched(result: GuardrailResult, alpha: float, guardrails: int, unit: str) -> Watched:
    rail, effect = result.guardrail, result.effect
    return Watched(
        measured=Measured(
            name=rail.name,
            unit=unit,
            direction=rail.direction,
            tau=rail.tau,
            alpha=alpha,
            alarm=alpha / guardrails,
            estimate=effect.estimate if effect else None,
            variance=effect.variance if effect else None,
            n_control=effect.n_control if effect else 0,
            n_treatment=effect.n_treatment if effect else 0,
        ),
        margin=rail.margin,
        status=result.status,
    )
