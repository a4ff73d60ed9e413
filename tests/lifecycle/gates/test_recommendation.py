"""What is recommended: the first row that matches."""

from decimal import Decimal

import pytest

from features.enums import Phase
from hypotheses.enums import GuardrailStatus, Readiness, Verdict
from lifecycle.enums import GateState, Outcome, Question
from lifecycle.gates.facts import Upkeep
from lifecycle.gates.recommendation import recommend
from lifecycle.gates.registry import asked
from tests.factories.gate_facts import evidence, facts, hypothesis

THINK, BUILD, SHIP, TWEAK, MAINTAIN = Phase


def of(phase=SHIP, step=25, **changed):
    given = facts(phase, step, **changed)
    return recommend(given, asked(given))


def test_validated_with_all_musts_met_advances():
    found = of()
    assert found.outcome is Outcome.ADVANCE
    assert "validated" in found.because


def test_an_early_step_advances_when_it_is_safe_though_not_validated():
    assert of(step=1, evidence=evidence(Verdict.INCONCLUSIVE)).outcome is Outcome.ADVANCE


@pytest.mark.parametrize("broken", [
    evidence(Verdict.HARMFUL), evidence(Verdict.INCONCLUSIVE, guardrails=(("x", GuardrailStatus.HARMED),)),
])  # fmt: skip
def test_harm_iterates_first_and_kills_from_the_second_time_on(broken):
    first = of(evidence=broken)
    assert first.outcome is Outcome.ITERATE
    assert "Lower its exposure now" in first.because
    assert of(evidence=broken, harmful_before=1, iteration=2).outcome is Outcome.KILL


def test_harm_comes_before_everything_else():
    assert of(MAINTAIN, None, evidence=evidence(Verdict.HARMFUL)).outcome is Outcome.ITERATE


def test_invalid_questions_the_measurement_and_stale_mends_the_source_first():
    invalid, stale = (of(evidence=evidence(Verdict.INVALID, reason=reason)) for reason in ("srm", "stale"))
    assert invalid.outcome is stale.outcome is Outcome.ITERATE
    assert invalid.questions == (Question.MEASUREMENT,)
    assert "mend the source first" in stale.because
    assert "mend the source first" not in invalid.because


@pytest.mark.parametrize(("phase", "step"), [(THINK, None), (BUILD, None), (SHIP, 25)])
def test_refuted_gets_one_more_try(phase, step):
    refuted = evidence(Verdict.REFUTED)
    assert of(phase, step, evidence=refuted).outcome is Outcome.ITERATE
    assert of(phase, step, evidence=refuted, iteration=2).outcome is Outcome.KILL


def test_a_refuted_tweak_is_killed_and_its_parent_stands():
    found = of(evidence=evidence(Verdict.REFUTED), tweak=True)
    assert found.outcome is Outcome.KILL
    assert "parent stands" in found.because


def test_inconclusive_iterates_while_the_plan_can_decide_else_it_is_killed():
    pending = evidence(Verdict.INCONCLUSIVE, state=Readiness.TREND, days_left=9.0)
    hopeless = evidence(Verdict.INCONCLUSIVE, state=Readiness.UNDER_POWERED, days_left=900.0)
    assert of(evidence=pending).outcome is Outcome.ITERATE
    assert "9 more days" in of(evidence=pending).because
    assert of(evidence=hopeless).outcome is Outcome.KILL
    assert "one more stint gives 28" in of(evidence=hopeless).because


def test_a_success_metric_that_nobody_measures_is_named_for_no_day_more_decides_it():
    waiting = evidence(Verdict.INCONCLUSIVE, state=Readiness.TREND, waits_for=("returning",))
    found = of(evidence=waiting)
    assert found.outcome is Outcome.ITERATE
    assert "nothing can be told of returning. Measure it, or drop it" in found.because


def test_at_the_end_of_the_time_box_one_more_stint_of_the_same_length_may_decide():
    at_the_end = evidence(Verdict.INCONCLUSIVE, state=Readiness.UNDER_POWERED, days_left=20.3)
    fits = of(evidence=at_the_end, stint_days=21)
    assert (fits.outcome, fits.questions) == (Outcome.ITERATE, (Question.MEASUREMENT,))
    assert "about 21 more days decide it, and one more stint of the same length gives 21" in fits.because
    assert of(evidence=at_the_end, stint_days=20).outcome is Outcome.KILL
    assert of(evidence=at_the_end, stint_days=None).outcome is Outcome.ITERATE, "nothing bounds the next stint"


def test_the_treatment_that_does_harm_is_named():
    assert of(evidence=evidence(Verdict.HARMFUL, arm="b")).because.startswith("The treatment b does harm")
    assert "validated by b" in of(evidence=evidence(arm="b")).because


def test_a_gate_that_is_not_due_can_wait():
    found = of(evidence=evidence(Verdict.INCONCLUSIVE), state=GateState.OPEN)
    assert found.outcome is None
    assert "validated" in found.because
    assert found.as_json() == {"outcome": None, "because": found.because, "questions": []}


def test_missing_evidence_is_said():
    nothing = evidence(Verdict.MISSING, as_of=None, guardrails=())
    found = of(evidence=nothing)
    assert found.outcome is Outcome.ITERATE
    assert "no data have come" in found.because


def test_what_is_unmet_is_named():
    found = of(THINK, None, hypothesis=hypothesis(mvp=""), evidence=evidence(Verdict.VALIDATED))
    assert found.outcome is Outcome.ITERATE
    assert "mvp_stated" in found.because


@pytest.mark.parametrize(
    ("low", "high", "cost", "outcome"),
    [(10, 90, 100, Outcome.KILL), (110, 900, 100, Outcome.ADVANCE), (10, 900, 100, Outcome.ITERATE),
     (None, None, 100, Outcome.ITERATE), (110, 900, None, Outcome.ITERATE), (100, 100, 100, Outcome.ITERATE)],
)  # fmt: skip
def test_maintain_it_stands_on_value_against_cost(low, high, cost, outcome):
    worth = Upkeep(*(None if number is None else Decimal(number) for number in (low, high, cost)))
    assert of(MAINTAIN, None, upkeep=worth).outcome is outcome


def test_unknown_cost_is_not_zero_cost():
    worth = Upkeep(Decimal(100), Decimal(200), None)
    assert "what it costs" in of(MAINTAIN, None, upkeep=worth).because


def test_after_two_mvps_in_a_row_the_hypothesis_is_on_the_table():
    refuted = evidence(Verdict.REFUTED)
    assert of(evidence=refuted, mvp_in_a_row=1).questions == (Question.HYPOTHESIS,)
    harmful = evidence(Verdict.HARMFUL)
    assert of(evidence=harmful, mvp_in_a_row=1).questions == (Question.MVP,)
    third = of(evidence=harmful, mvp_in_a_row=2)
    assert third.questions == (Question.HYPOTHESIS,)
    assert "question the hypothesis" in third.because
