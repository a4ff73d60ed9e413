"""What is stored of one weighing: the body of an Evidence row, whose public part is in docs/reference/evidence.md."""

import json
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from hypotheses.enums import GuardrailStatus, Readiness, Reason, Verdict
from hypotheses.queries.cases import case_at, treatments
from hypotheses.queries.planned_looks import past_as_json
from hypotheses.queries.provenance import definitions_read, marks_within, stages_read, units_read, watermarks
from hypotheses.queries.snapshots import Look, ids_of
from hypotheses.queries.weighable import GuardrailFact, MetricFact, SuccessFact, Weighable, Yardstick
from hypotheses.statistics.checks import Check
from hypotheses.statistics.effect import Effect
from hypotheses.statistics.explanation import explain
from hypotheses.statistics.successes import SuccessResult
from hypotheses.statistics.verdict import harmed, weigh
from hypotheses.statistics.weighed import GuardrailResult, Weighed

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One weighing in the form of an Evidence row: the columns, and the body that the page and the API read."""

    verdict: Verdict
    reason: Reason
    state: Readiness
    estimate: float | None
    interval: tuple[float, float] | None
    days_left: float | None
    body: Body


def digest_of(*, facts: Weighable, yardstick: Yardstick, look: Look) -> str:
    """A short name of everything that goes into a weighing. The same inputs have the same name, so they are weighed
    once.

    Names that people read are left out: a metric that is renamed does not revise the past.
    """
    known = {stage for stage, _ in look.chosen}
    metrics = [(metric.pk, metric.kind, metric.better) for metric in yardstick.metrics]
    limits = [(guardrail.margin, guardrail.minimum_effect) for guardrail in yardstick.guardrails]
    measure: tuple[object, ...] = (
        yardstick.hypothesis_id,
        yardstick.direction,
        yardstick.minimum_effect,
        metrics,
        limits,
    )
    if yardstick.successes:
        measure += ([(success.direction, success.minimum_effect) for success in yardstick.successes],)
    stages = [
        (stage.pk, stage.percent, stage.started_at, stage.arms, None if stage.open_at(look.as_of) else stage.ended_at)
        for stage in facts.stages
        if stage.pk in known
    ]
    plan: tuple[object, ...] = (facts.started_at, facts.time_box_days)
    if yardstick.planned_units is not None:
        plan += (yardstick.planned_units, past_as_json(look.past))
    shared = [overlap.pk for overlap in look.overlaps]
    content = (measure, plan, stages, look.results, look.previous, ids_of(look.first), look.definitions, shared)
    return blake2b(repr(content).encode(), digest_size=16).hexdigest()


def outcome_at(*, facts: Weighable, yardstick: Yardstick, look: Look) -> Outcome:
    """Weigh one moment. Pure: the same facts give the same outcome, now and years later.

    The state is that of the data alone, as if the step's minimum run were served; readers overlay the minimum run of
    their step, which this floor does not know (`hypotheses.queries.evidence`).
    """
    if yardstick.problem or yardstick.metric is None:
        sentence = f"Results have arrived, but {yardstick.problem}. Iterate, and state it in the next version."
        return _unjudged(facts, yardstick, look, Reason.HYPOTHESIS_INCOMPLETE, sentence)
    try:
        weighed = [
            weigh(case_at(facts=facts, yardstick=yardstick, look=look, treatment=name))
            for name in treatments(facts=facts, look=look)
        ]
        return _outcome(facts, yardstick, yardstick.metric, look, weighed)
    except (ValueError, ArithmeticError) as error:
        sentence = (
            f"The results cannot be compared: {error} Have the source corrected; restated results are weighed again."
        )
        return _unjudged(facts, yardstick, look, Reason.UNREADABLE, sentence)


def _outcome(facts: Weighable, yardstick: Yardstick, metric: MetricFact, look: Look, weighed: list[Weighed]) -> Outcome:
    """The row speaks of one treatment; of several, of the one that matters most, and of the rest in `others`."""
    names = treatments(facts=facts, look=look)
    arms = sorted(zip(names, weighed, strict=True), key=lambda arm: _urgency(arm[1]))
    (name, told), *rest = arms
    body = _frame(facts, yardstick, look) | {
        "state": str(told.state),
        "verdict": str(told.verdict),
        "reason": str(told.reason),
        "days_left": told.days_left,
        "explanation": _explanation(arms, metric),
        "primary": {"arm": name, **_primary(metric, yardstick, told)},
        **_successes(yardstick, told),
        "guardrails": _guardrails(yardstick, told),
        "checks": [_check(check) for check in told.checks],
        "others": [_other(arm, metric, yardstick, other) for arm, other in rest],
    }
    _require_storable(body)
    return Outcome(told.verdict, told.reason, told.state, told.estimate, told.interval, told.days_left, body)


def _explanation(arms: list[tuple[str, Weighed]], metric: MetricFact) -> str:
    """The verdict in words; of several treatments each. Beside one that cannot be trusted no other tells its effect:
    the row is not trusted, and what is not trusted quotes no numbers.
    """
    (name, told), *rest = arms
    sentence = explain(told, metric=metric.name, unit=metric.unit)
    if not rest:
        return sentence
    sentences = [f"{name}: {sentence}"]
    for arm, each in rest:
        if _is_trusted(each) and not _is_trusted(told):
            sentences.append(f"{arm}: not told while {name} cannot be trusted.")
        else:
            sentences.append(f"{arm}: {explain(each, metric=metric.name, unit=metric.unit)}")
    return " ".join(sentences)


def _urgency(weighed: Weighed) -> int:
    """Which treatment a row speaks of: one that does harm, then one that cannot be trusted, then one that is validated.

    So several treatments never lead further than their worst allows. Among equals the first of the trial's design.
    """
    if weighed.verdict is Verdict.HARMFUL or (_is_trusted(weighed) and harmed(weighed.guardrails)):
        return 0
    return {Verdict.INVALID: 1, Verdict.VALIDATED: 2}.get(weighed.verdict, 3)


def _is_trusted(weighed: Weighed) -> bool:
    """Whether the numbers may be read; distrust is named before any number."""
    return weighed.verdict not in {Verdict.INVALID, Verdict.MISSING}


def _require_storable(body: Body) -> None:
    """Raise ValueError where a number is not finite: no column and no JSON can keep it."""
    json.dumps(body, allow_nan=False)


def _unjudged(facts: Weighable, yardstick: Yardstick, look: Look, reason: Reason, sentence: str) -> Outcome:
    body = _frame(facts, yardstick, look) | {
        "state": str(Readiness.TOO_EARLY),
        "verdict": str(Verdict.INVALID),
        "reason": str(reason),
        "days_left": None,
        "explanation": sentence,
        "primary": None,
        "guardrails": [],
        "checks": [{"code": str(reason), "ok": False, "p": None, "detail": sentence}],
        "others": [],
    }
    return Outcome(Verdict.INVALID, reason, Readiness.TOO_EARLY, None, None, None, body)


def _frame(facts: Weighable, yardstick: Yardstick, look: Look) -> Body:
    """What every body says, judged or not; `basis` tells what it was made from, so that it can be made again."""
    return {
        "feature": facts.feature,
        "hypothesis_version": yardstick.version,
        "phase": facts.phase,
        "step": facts.step,
        "as_of": look.as_of.isoformat(),
        "marks": marks_within(facts, yardstick, look),
        "stages": stages_read(facts, yardstick, look),
        "findings": [],
        "basis": {
            "run_from": look.run_from.isoformat(),
            "watermarks": watermarks(yardstick, look),
            "definitions": definitions_read(yardstick, look),
            "first_definitions": {str(metric): text for metric, text in look.definitions.items()},
            "results": look.results,
            "previous": look.previous,
            "first": ids_of(look.first),
            "overlaps": [overlap.pk for overlap in look.overlaps],
            "past_looks": past_as_json(look.past),
            "digest": digest_of(facts=facts, yardstick=yardstick, look=look),
            **units_read(facts, yardstick, look),
        },
    }


def _primary(metric: MetricFact, yardstick: Yardstick, weighed: Weighed) -> Body:
    return {
        "metric": metric.key,
        "unit": metric.unit,
        "direction": str(yardstick.direction),
        "minimum_effect": yardstick.minimum_effect,
        "alpha": weighed.case.alpha,
        "estimate": weighed.estimate,
        "variance": weighed.variance,
        "mode": "planned" if weighed.case.plan else "always_valid",
        "information_fraction": weighed.planned.fraction if weighed.planned else None,
        "plan": _plan(weighed),
        "interval": _ends(weighed.interval),
        "harm_bound": weighed.harm_bound,
        "p": weighed.p,
        "relative": {"estimate": weighed.relative, "interval": _ends(weighed.relative_interval)},
        "n": _units(weighed.effect),
        **(_outcome_of(*weighed.own) if weighed.successes else {}),
    }


def _outcome_of(verdict: Verdict, reason: Reason) -> Body:
    """What one success metric comes to alone."""
    return {"verdict": str(verdict), "reason": str(reason)}


def _plan(weighed: Weighed) -> Body | None:
    """The plan, whether this look counts, and what the last one that counted showed."""
    plan, planned = weighed.case.plan, weighed.planned
    if plan is None or planned is None:
        return None
    return {
        "units": plan.units,
        "looks": len(plan.looks) + (planned.look is not None),
        "counts": planned.look is not None,
        "boundary": planned.stands.boundary,
        "estimate": planned.stands.estimate,
        "half_width": planned.stands.half_width,
    }


def _units(effect: Effect | None) -> Body:
    return {
        "control": int(effect.n_control) if effect else 0,
        "treatment": int(effect.n_treatment) if effect else 0,
    }


def _successes(yardstick: Yardstick, weighed: Weighed) -> Body:
    """The further success metrics; no such part where there are none, so that a body without them is as it ever was."""
    pairs = zip(yardstick.successes, weighed.successes, strict=True)
    rows = [_success(success, result, alpha=weighed.case.alpha) for success, result in pairs]
    return {"successes": rows} if rows else {}


def _success(success: SuccessFact, result: SuccessResult, *, alpha: float) -> Body:
    return {
        "metric": success.metric.key,
        "unit": success.metric.unit,
        "direction": str(success.direction),
        "minimum_effect": success.minimum_effect,
        "alpha": alpha,
        "estimate": result.estimate,
        "variance": result.effect.variance if result.effect else None,
        "interval": _ends(result.interval),
        "harm_bound": result.harm_bound,
        "n": _units(result.effect),
        **_outcome_of(result.verdict, result.reason),
    }


def _guardrails(yardstick: Yardstick, weighed: Weighed) -> list[Body]:
    """Each guardrail's result; where the evidence cannot be trusted, no guardrail is known to hold or to give way."""
    pairs = zip(yardstick.guardrails, weighed.guardrails, strict=True)
    # they do not share α with success metrics, so where there are several of those, theirs is told apart
    own = {"alpha": weighed.case.alpha_of_guardrails} if weighed.successes else {}
    return [_guardrail(guardrail, result, trusted=_is_trusted(weighed)) | own for guardrail, result in pairs]


def _guardrail(guardrail: GuardrailFact, result: GuardrailResult, *, trusted: bool) -> Body:
    return {
        "metric": guardrail.metric.key,
        "unit": guardrail.metric.unit,
        "direction": str(guardrail.metric.better),
        "margin": guardrail.margin,
        "tau": result.guardrail.tau,
        "estimate": result.estimate,
        "variance": result.effect.variance if result.effect else None,
        "interval": _ends(result.interval),
        "harm_bound": result.harm_bound,
        "n": _units(result.effect),
        "status": str(result.status if trusted else GuardrailStatus.UNKNOWN),
    }


def _other(name: str, metric: MetricFact, yardstick: Yardstick, weighed: Weighed) -> Body:
    return {
        "arm": name,
        "verdict": str(weighed.verdict),
        "reason": str(weighed.reason),
        "state": str(weighed.state),
        "days_left": weighed.days_left,
        "primary": _primary(metric, yardstick, weighed),
        **_successes(yardstick, weighed),
        "guardrails": _guardrails(yardstick, weighed),
    }


def _check(check: Check) -> Body:
    return {"code": str(check.code), "ok": check.ok, "p": check.p, "detail": check.detail}


def _ends(interval: tuple[float, float] | None) -> list[float] | None:
    return list(interval) if interval is not None else None
