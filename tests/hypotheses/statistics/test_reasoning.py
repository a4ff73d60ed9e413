"""Each verdict is explained by the numbers that were compared: rows, arithmetic, neighbours, and the way out."""

import json
from dataclasses import replace
from math import isclose, log, sqrt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypotheses.enums import Direction, GuardrailStatus, Readiness, Reason, Verdict
from hypotheses.importers.case_kinds import trial_case
from hypotheses.statistics.arms import ArmStats
from hypotheses.statistics.case import Guardrail, TrialCase
from hypotheses.statistics.effect import Stage
from hypotheses.statistics.examples import EUR, METRIC, SHARE, examples
from hypotheses.statistics.figures import figures
from hypotheses.statistics.planning import Accrual, variance_to_settle
from hypotheses.statistics.reasoning import TABLE, reasoning
from hypotheses.statistics.sequence import half_width
from hypotheses.statistics.telling import page
from hypotheses.statistics.verdict import weigh

ROOT = Path(__file__).parents[3]
VECTORS = json.loads((Path(__file__).parent / "evidence_vectors.json").read_text())
BY_REASON = {each.reason: each for each in examples()}
TABLED = {reason for _, reasons, *_ in TABLE for reason in reasons}


def told(case, **more):
    return reasoning(figures(weigh(case), metric=METRIC, unit=SHARE, guardrail_units=(EUR,) * 9, **more))


def explained(reason):
    return told(BY_REASON[reason].case)


def line(given, name):
    return next(each for each in given.arithmetic if each.name == name)


def test_the_page_in_the_documentation_is_what_the_engine_says():
    written = (ROOT / "docs/how-a-verdict-is-made.md").read_text()
    assert written == page(), "write it anew: manage.py explain_verdicts --write docs/how-a-verdict-is-made.md"


def test_every_reason_of_the_table_has_its_example_and_comes_to_it():
    assert set(BY_REASON) == TABLED
    for reason, example in BY_REASON.items():
        assert weigh(example.case).reason is reason, example.title


@pytest.mark.parametrize("reason", list(BY_REASON))
def test_the_first_row_that_matched_is_the_verdict_and_no_later_one_was_asked(reason):
    steps = explained(reason).steps
    asked = [step for step in steps if step.matched is not None]
    assert [step.matched for step in asked] == [False] * (len(asked) - 1) + [True]
    assert asked[-1].reason is reason
    assert [step.verdict for step in steps] == [verdict for verdict, *_ in TABLE]
    assert all("Not asked" in step.says for step in steps[len(asked) :])


@pytest.mark.parametrize("reason", list(BY_REASON))
def test_each_says_what_would_change_it_and_when_to_look_again(reason):
    given = explained(reason)
    assert given.changes
    assert given.again.endswith(".")
    assert given.neighbours or reason is Reason.ZERO_VARIANCE
    for sentence in (*given.changes, *given.neighbours):
        assert sentence.endswith("."), sentence


@pytest.mark.parametrize("reason", list(BY_REASON))
def test_a_number_of_the_effect_stands_only_where_it_was_read(reason):
    given, read = explained(reason), weigh(BY_REASON[reason].case)
    distrusted = read.verdict in {Verdict.INVALID, Verdict.MISSING} or reason is Reason.TOO_FEW_UNITS
    assert bool(given.arithmetic) is not distrusted
    if distrusted:
        words = " ".join([*(step.says for step in given.steps), *given.neighbours, *given.changes, given.again])
        assert " pp" not in words


def compared(step):
    """Whether the signs in a row's sentence say that its condition holds."""
    return "<" in step.says or "≤" in step.says


@given(st.integers(100, 200_000), st.floats(0.02, 0.2), st.floats(0.02, 0.2), st.sampled_from(list(Direction)))
def test_the_signs_in_each_row_say_what_the_row_came_to(n, control, treatment, direction):
    arms = [ArmStats.of_proportion(n=n, successes=round(n * rate)) for rate in (control, treatment)]
    steps = told(TrialCase((Stage(*arms),), 0.01, direction)).steps
    read = [step for step in steps if step.reason in {Reason.PRIMARY, Reason.PRIMARY_PENDING}]
    read += [step for step in steps if step.verdict is Verdict.REFUTED]
    for step in read:
        if step.matched is not None:
            assert compared(step) is step.matched, step


@pytest.mark.parametrize("case", VECTORS["diff_verdict"], ids=lambda case: case["id"])
def test_the_figures_are_the_numbers_of_the_weighing(case):
    weighed = weigh(trial_case(case))
    seen = figures(weighed, metric="m")
    if weighed.half_width is None:
        assert seen.primary.half is None
        assert seen.primary.harm_bound is None
        return
    low, high = weighed.good_interval
    assert isclose(seen.primary.low, low, rel_tol=1e-12, abs_tol=1e-15)
    assert isclose(seen.primary.high, high, rel_tol=1e-12, abs_tol=1e-15)
    assert seen.primary.harm_bound == weighed.harm_bound
    assert seen.primary.log_p == weighed.log_p
    for rail, result in zip(seen.guardrails, weighed.guardrails, strict=True):
        assert (rail.measured.half, rail.measured.harm_bound) == (result.half_width, result.harm_bound)
        assert rail.status is result.status
    reasoning(seen)


def test_the_arithmetic_can_be_done_again_by_hand():
    """√0.000004699 · √(1.188 · ln(6.32 / 0.01)) = 0.6 points."""
    given = explained(Reason.OK)
    v, r = (float(line(given, name).value) for name in ("V", "r"))
    half = sqrt(v) * sqrt((1 + r) / r * log((1 + r) / 0.1**2))
    assert f"{100 * half:.4g} pp" == line(given, "half-width").value == "0.6 pp"
    assert "1.188 · 6.449" in line(given, "half-width").formula
    assert (line(given, "L").value, line(given, "U").value) == ("+0.4 pp", "+1.6 pp")


def test_where_less_is_better_the_sign_is_turned_in_words():
    case = replace(BY_REASON[Reason.PRIMARY].case, direction=Direction.DOWN)
    given = told(case)
    assert weigh(case).verdict is Verdict.VALIDATED
    assert (line(given, "d").value, line(given, "good direction").value) == ("-1.2 pp", "+1.2 pp")


class TestWhatWouldChangeIt:
    def test_a_pending_result_says_how_far_each_end_is_and_how_many_units_it_takes(self):
        validated, refuted, harmful = explained(Reason.PRIMARY_PENDING).changes
        assert validated.startswith("Validated when L rises above 0; 0.821 pp are missing, about 5.6 times the units")
        assert "1.32 pp are missing" in refuted
        assert "it is 1.72 pp above" in harmful

    def test_so_many_times_the_units_are_enough(self):
        weighed = weigh(BY_REASON[Reason.PRIMARY_PENDING].case)
        distance = weighed.estimate
        needed = variance_to_settle(distance=distance, tau=0.005, alpha=0.1, variance=weighed.variance)
        assert isclose(half_width(needed, 0.005, 0.1), distance, rel_tol=1e-6)
        assert f"{weighed.variance / needed:.2g}" == "5.6"
        assert variance_to_settle(distance=9.0, tau=0.005, alpha=0.1, variance=1e-6) == 1e-6

    def test_an_effect_that_leads_nowhere_says_so(self):
        stage = Stage(ArmStats.of_proportion(n=2_000, successes=200), ArmStats.of_proportion(n=2_000, successes=199))
        validated, refuted, _ = told(TrialCase((stage,), 0.005)).changes
        assert "which this effect does not lead to" in validated
        assert "times the units if the effect stays" in refuted

    def test_a_harmed_guardrail_without_a_margin_has_one_way_back(self):
        arms = ArmStats(40_000, 30.0, 81.0), ArmStats(40_000, 28.0, 81.0)
        rail = Guardrail("baskets", (Stage(*arms),), 0.0, Direction.UP, mei=0.5)
        (sentence,) = told(replace(BY_REASON[Reason.OK].case, guardrails=(rail,))).changes
        assert sentence.startswith("baskets is no longer harmed when its U_h reaches 0;")
        assert "margin" not in sentence

    def test_a_guardrail_without_enough_units_asks_for_them(self):
        few = Guardrail("baskets", (Stage(ArmStats(50, 30.0, 81.0), ArmStats(50, 30.0, 81.0)),), 0.5, Direction.UP)
        given = told(replace(BY_REASON[Reason.OK].case, guardrails=(few,)))
        assert given.changes == ("Data of baskets: at least 100 units in each arm, that differ.",)
        assert "too few data" in given.steps[11].says

    def test_a_guardrail_without_data_is_not_harmed_and_not_safe(self):
        none = Guardrail("baskets", (), 0.5, Direction.UP)
        given = told(replace(BY_REASON[Reason.OK].case, guardrails=(none,)))
        assert given.steps[6].says == "baskets: no interval."
        assert given.steps[11].matched

    def test_a_validated_result_says_what_each_guardrail_has_left(self):
        constant = Guardrail(
            "errors", (Stage(ArmStats(500, 0.0, 0.0), ArmStats(500, 0.0, 0.0)),), 0.0, Direction.DOWN, 0.1
        )
        easy = Guardrail(
            "clicks", (Stage(ArmStats(40_000, 1.0, 1.0), ArmStats(40_000, 1.0, 1.0)),), 0.0, Direction.UP, 0.1
        )
        given = told(replace(BY_REASON[Reason.OK].case, guardrails=(constant, easy)))
        assert "errors has to stay as it is." in given.changes
        assert any(sentence.startswith("Harmful when U_h of clicks falls below 0") for sentence in given.changes)
        assert given.steps[11].says == "errors is not shown worse. clicks is not shown worse."


class TestWhenToLookAgain:
    def test_a_decided_result_waits_for_its_minimum_run(self):
        early = replace(BY_REASON[Reason.OK].case, minimum_run_served=False)
        assert told(early).again == "It may decide once the minimum run is served."
        assert told(BY_REASON[Reason.OK].case).again.startswith("It may decide now.")

    def test_a_pending_result_tells_the_days_and_whether_the_plan_has_them(self):
        case = BY_REASON[Reason.PRIMARY_PENDING].case
        assert told(case).again == "Look again in about 44 days. That is more than the plan has left."
        enough = replace(case, accrual=Accrual(4_000, 0.5, plan_days=60))
        assert told(enough).again == "Look again in about 44 days."
        assert weigh(enough).state is not Readiness.UNDER_POWERED
        assert told(replace(case, accrual=None)).again.startswith("Nobody can tell")

    def test_harm_and_distrust_wait_for_nothing(self):
        assert explained(Reason.PRIMARY).again == "Act now: harm waits for nothing."
        assert "mended" in explained(Reason.SRM).again


def test_a_split_that_nobody_told_was_not_tested():
    stage = BY_REASON[Reason.OK].case.stages[0]
    given = told(TrialCase((replace(stage, assigned=(), weights=()),), 0.005))
    assert given.steps[2].says.startswith("Nobody told")


def test_harmed_means_harmed_in_every_sentence():
    given = explained(Reason.GUARDRAIL)
    assert weigh(BY_REASON[Reason.GUARDRAIL].case).guardrails[0].status is GuardrailStatus.HARMED
    assert "U_h = -0.984 EUR < 0, L = -1.39 EUR ≤ -0.5 EUR" in given.steps[6].says
    assert "Not validated: no primary metric makes up for a guardrail that is harmed." in given.neighbours


def test_the_sign_of_a_guardrail_that_should_fall_is_turned_in_words():
    arms = ArmStats(40_000, 0.05, 0.0475), ArmStats(40_000, 0.06, 0.0564)
    rail = Guardrail("errors", (Stage(*arms),), 0.005, Direction.DOWN)
    given = told(replace(BY_REASON[Reason.OK].case, guardrails=(rail,)))
    assert line(given, "errors: d ± half-width").formula.startswith("less is better, so the sign is turned; τ = ")
    assert line(given, "errors: d ± half-width").value.startswith("-0.01 EUR")
