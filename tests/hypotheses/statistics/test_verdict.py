"""From what cannot be trusted, over what does harm, to what is shown: the verdict table as stories."""

from dataclasses import replace
from math import inf, isclose, nan

import pytest

from hypotheses.enums import Better, Direction, GuardrailStatus, Readiness, Reason, Verdict
from hypotheses.statistics.arms import ArmStats
from hypotheses.statistics.case import Guardrail, TrialCase
from hypotheses.statistics.effect import Stage
from hypotheses.statistics.explanation import SENTENCES, explain
from hypotheses.statistics.planning import Accrual
from hypotheses.statistics.sequence import half_width
from hypotheses.statistics.verdict import weigh

UP, DOWN = Direction.UP, Direction.DOWN
EMPTY = ArmStats(0, 0.0, 0.0)


def stage(n_c, k_c, n_t, k_t, **split):
    return Stage(ArmStats.of_proportion(n=n_c, successes=k_c), ArmStats.of_proportion(n=n_t, successes=k_t), **split)


def win(**more):
    """10 % against 11 % of 50,000 each: validated."""
    return TrialCase(**{"stages": (stage(50_000, 5_000, 50_000, 5_500),), "mei": 0.005} | more)


def flat(**more):
    """10 % against 10 % of 200,000 each: refuted."""
    return TrialCase(**{"stages": (stage(200_000, 20_000, 200_000, 20_000),), "mei": 0.005} | more)


def thin(**more):
    """10 % against 10.15 % of 2,000 each: nobody knows."""
    return TrialCase(**{"stages": (stage(2_000, 200, 2_000, 203),), "mei": 0.005} | more)


def errors(name="errors", *, n=50_000, k_c=2_500, k_t=2_510, margin=0.005, **more):
    """An error rate, where less is better."""
    return Guardrail(**{"name": name, "stages": (stage(n, k_c, n, k_t),), "margin": margin, "direction": DOWN} | more)


def outcome(case):
    weighed = weigh(case)
    return weighed.verdict, weighed.reason


# --- what cannot be trusted -------------------------------------------------------------------------------------------


def test_no_data_is_missing_evidence_and_never_zero():
    for stages in ((), (Stage(EMPTY, EMPTY),)):
        weighed = weigh(TrialCase(stages, 0.005, stale="no result has arrived yet"))
        assert (weighed.verdict, weighed.reason) == (Verdict.MISSING, Reason.NO_DATA)
        assert [weighed.estimate, weighed.variance, weighed.interval, weighed.p, weighed.s_value] == [None] * 5
        assert weighed.relative is weighed.relative_interval is weighed.good_interval is weighed.days_left is None
        assert weighed.state is Readiness.TOO_EARLY


def test_an_arm_without_a_matured_unit_is_stale():
    assert outcome(TrialCase((Stage(ArmStats(500, 0.1, 0.09), EMPTY),), 0.005)) == (Verdict.INVALID, Reason.STALE)


def test_a_stage_in_which_an_arm_is_empty_is_skipped():
    full = win()
    skipped = win(stages=(*full.stages, Stage(ArmStats(10_000, 0.9, 0.09), EMPTY)))
    assert weigh(skipped).effect == weigh(full).effect


def test_stale_comes_before_everything():
    bad_split = stage(50_000, 5_000, 50_000, 5_500, assigned=(50_000, 60_000), weights=(1, 1))
    case = win(stages=(bad_split,), stale="the data end 60 hours ago", contaminated="shared with another trial")
    assert outcome(case) == (Verdict.INVALID, Reason.STALE)
    assert outcome(replace(case, stale="")) == (Verdict.INVALID, Reason.SRM)
    assert outcome(win(contaminated="shared with another trial")) == (Verdict.INVALID, Reason.CONTAMINATED)
    assert "60 hours ago" in explain(weigh(case))


def test_units_in_several_arms_contaminate_from_one_percent_and_ten_units_on():
    assert outcome(win(n_multi_arm=1_000))[0] is Verdict.VALIDATED
    assert outcome(win(n_multi_arm=1_001)) == (Verdict.INVALID, Reason.CONTAMINATED)
    few = {"stages": (stage(150, 15, 150, 15),)}
    assert outcome(win(n_multi_arm=9, **few))[0] is not Verdict.INVALID
    assert outcome(win(n_multi_arm=10, **few)) == (Verdict.INVALID, Reason.CONTAMINATED)


def test_the_sample_ratio_reads_all_arms_of_the_trial():
    third = stage(50_000, 5_000, 50_000, 5_500, assigned=(50_000, 50_000, 40_000), weights=(1, 1, 1))
    assert outcome(win(stages=(third,))) == (Verdict.INVALID, Reason.SRM)


def test_a_mismatch_in_one_stage_is_not_hidden_by_another():
    balanced = [stage(5_000, 500, 5_000, 500, assigned=a, weights=(1, 1)) for a in ((5_200, 4_800), (4_800, 5_200))]
    assert outcome(win(stages=tuple(balanced))) == (Verdict.INVALID, Reason.SRM)


def test_fewer_than_a_hundred_units_decide_nothing():
    assert outcome(TrialCase((stage(99, 10, 5_000, 3_000),), 0.05)) == (Verdict.INCONCLUSIVE, Reason.TOO_FEW_UNITS)
    assert outcome(TrialCase((stage(100, 10, 5_000, 3_000),), 0.05))[0] is Verdict.VALIDATED


# --- what does harm, what is shown ------------------------------------------------------------------------------------


def test_harm_is_found_while_refuting_waits():
    loss = win(stages=(stage(50_000, 5_500, 50_000, 5_000),))
    assert outcome(loss) == (Verdict.HARMFUL, Reason.PRIMARY)
    assert weigh(loss).harm_bound < 0


def test_gross_harm_is_found_before_the_interval_leaves_zero():
    early = weigh(win(stages=(stage(900, 270, 900, 190),)))
    assert early.good_interval[1] > 0
    assert (early.verdict, early.reason) == (Verdict.HARMFUL, Reason.PRIMARY)
    assert early.harm_bound == pytest.approx(early.estimate + half_width(early.variance, 4 * 0.005, 0.1), rel=1e-12)


def test_a_guardrail_of_a_handful_of_units_raises_no_alarm_and_gives_no_proof():
    alarming, reassuring = errors(n=99, k_c=0, k_t=60), errors(n=99, k_c=5, k_t=5, margin=0.9)
    for rail in (alarming, reassuring):
        assert weigh(win(guardrails=(rail,))).guardrails[0].status is GuardrailStatus.UNKNOWN
    assert weigh(win(guardrails=(errors(n=100, k_c=5, k_t=5, margin=0.9),))).verdict is Verdict.VALIDATED


def test_turning_the_direction_round_mirrors_the_verdict():
    assert outcome(win(direction=DOWN)) == (Verdict.HARMFUL, Reason.PRIMARY)
    mirrored = weigh(win(stages=(stage(50_000, 5_500, 50_000, 5_000),), direction=DOWN))
    straight = weigh(win(direction=UP))
    assert mirrored.verdict is straight.verdict is Verdict.VALIDATED
    assert mirrored.good_interval == pytest.approx(straight.good_interval, rel=1e-9)


def test_no_variance_and_no_guardrail_harm_is_undecided():
    constant = TrialCase((Stage(ArmStats(500, 0.0, 0.0), ArmStats(500, 0.0, 0.0)),), 0.005)
    assert outcome(constant) == (Verdict.INCONCLUSIVE, Reason.ZERO_VARIANCE)
    assert weigh(constant).interval is None
    worse = errors(k_t=3_500)
    assert outcome(replace(constant, guardrails=(worse,))) == (Verdict.HARMFUL, Reason.GUARDRAIL)


def test_a_guardrail_harmed_beats_every_primary():
    worse = errors(k_t=3_500)
    for case in (win(guardrails=(worse,)), flat(guardrails=(worse,)), thin(guardrails=(worse,))):
        assert outcome(case) == (Verdict.HARMFUL, Reason.GUARDRAIL)


def test_a_guardrail_worse_within_its_margin_is_safe():
    result = weigh(win(guardrails=(errors(n=2_000_000, k_c=100_000, k_t=102_000),)))
    assert result.guardrails[0].harm_bound < 0
    assert result.guardrails[0].status is GuardrailStatus.SAFE
    assert result.verdict is Verdict.VALIDATED


def test_a_guardrail_without_margin_is_safe_unless_shown_worse():
    unclear, worse = errors(margin=0, mei=0.002, k_t=2_600), errors(margin=0, mei=0.002, k_t=3_000)
    assert weigh(win(guardrails=(unclear,))).guardrails[0].status is GuardrailStatus.SAFE
    assert outcome(win(guardrails=(worse,))) == (Verdict.HARMFUL, Reason.GUARDRAIL)


@pytest.mark.parametrize("direction", [UP, DOWN])
def test_a_guardrail_has_its_own_direction(direction):
    rail = errors(k_t=3_500, direction=direction)
    weighed = weigh(win(guardrails=(rail,)))
    assert weighed.verdict is (Verdict.HARMFUL if direction is DOWN else Verdict.VALIDATED)
    assert weighed.guardrails[0].estimate > 0


def test_a_guardrail_that_cannot_tell_holds_the_verdict_back():
    waiting = [errors(n=2_000, k_c=100, k_t=104), errors(stages=()), errors(n=50, k_c=1, k_t=1), errors(k_c=0, k_t=0)]
    for rail in waiting:
        weighed = weigh(win(guardrails=(rail,)))
        assert weighed.guardrails[0].status is GuardrailStatus.UNKNOWN
        assert (weighed.verdict, weighed.reason) == (Verdict.INCONCLUSIVE, Reason.GUARDRAIL_PENDING)
    assert weighed.guardrails[0].interval is None


def test_more_guardrails_make_each_alarm_rarer_but_each_proof_stays_the_same():
    rail = errors(k_t=2_980)
    alone = weigh(win(guardrails=(rail,))).guardrails[0]
    crowded = weigh(win(guardrails=(rail,) + (errors(),) * 19)).guardrails[0]
    assert crowded.harm_bound > alone.harm_bound
    assert crowded.interval == alone.interval


def test_flat_is_refuted_and_says_whether_the_effect_is_real():
    assert outcome(flat()) == (Verdict.REFUTED, Reason.EFFECT_EXCLUDED)
    small = TrialCase((stage(5_000_000, 500_000, 5_000_000, 504_000),), 0.005)
    assert outcome(small) == (Verdict.REFUTED, Reason.REAL_BUT_TOO_SMALL)


def test_units_are_never_pooled_across_stages():
    """Nothing works, the baseline rises, and the treated share with it: pooled it would look like +4 points."""
    drift = TrialCase((stage(90_000, 7_200, 10_000, 800), stage(10_000, 1_200, 90_000, 10_800)), 0.005)
    weighed = weigh(drift)
    assert weighed.estimate == pytest.approx(0, abs=1e-12)
    assert weighed.verdict is not Verdict.VALIDATED


# --- the numbers around it --------------------------------------------------------------------------------------------


def test_cookie_cats_retention_was_harmed_and_the_split_passes():
    case = TrialCase((stage(44_700, 8_502, 45_489, 8_279, assigned=(44_700, 45_489), weights=(1, 1)),), 0.005)
    weighed = weigh(case)
    assert (weighed.verdict, weighed.reason) == (Verdict.HARMFUL, Reason.PRIMARY)
    assert weighed.sample_ratio.p == pytest.approx(0.0086, abs=5e-5)
    assert [check.ok for check in weighed.checks] == [True] * 4
    assert weighed.relative == pytest.approx(-0.0431, abs=1e-4)
    assert explain(weighed, metric="retention", unit="share").startswith(
        "Harmful: retention moved the wrong way, by -0.82 pp"
    )


def test_cookie_cats_retention_of_the_first_day_is_refuted():
    case = TrialCase((stage(44_700, 20_034, 45_489, 20_119, assigned=(44_700, 45_489), weights=(1, 1)),), 0.005)
    weighed = weigh(case)
    assert (weighed.verdict, weighed.reason) == (Verdict.REFUTED, Reason.EFFECT_EXCLUDED)
    assert weighed.interval == pytest.approx((-0.01546, 0.00365), abs=1e-5)


def test_cookie_cats_game_rounds_stay_open_because_of_one_player():
    arms = (
        ArmStats(44_700, 52.45626398210291, 65903.32189749402),
        ArmStats(45_489, 51.29877552814966, 10669.736421513338),
    )
    assert outcome(TrialCase((Stage(*arms),), 1.0)) == (Verdict.INCONCLUSIVE, Reason.PRIMARY_PENDING)


def test_huge_means_keep_their_small_difference():
    weighed = weigh(TrialCase((Stage(ArmStats(10_000, 1e9, 4.0), ArmStats(10_000, 1e9 + 0.5, 4.0)),), 0.25))
    assert weighed.estimate == 0.5
    assert weighed.verdict is Verdict.VALIDATED
    assert isclose(weighed.relative, 5e-10, rel_tol=1e-9)


def test_evidence_beyond_every_float_still_has_an_s_value():
    weighed = weigh(TrialCase((Stage(ArmStats(10**6, 0.0, 1.0), ArmStats(10**6, 1.0, 1.0)),), 0.5))
    assert weighed.p == 0.0
    assert 1e5 < weighed.s_value < inf


def test_no_relative_effect_of_nothing():
    weighed = weigh(TrialCase((Stage(ArmStats(500, 0.0, 1.0), ArmStats(500, 0.5, 1.0)),), 0.1))
    assert weighed.relative is None
    assert weighed.relative_interval is None


def test_a_relative_effect_keeps_its_sign_below_zero():
    weighed = weigh(TrialCase((Stage(ArmStats(5_000, -10.0, 1.0), ArmStats(5_000, -9.0, 1.0)),), 0.1))
    assert weighed.relative == pytest.approx(0.1)
    assert weighed.relative_interval[0] < 0.1 < weighed.relative_interval[1]


@pytest.mark.parametrize("mei", [0, -1, nan, inf])
def test_a_minimum_effect_must_be_above_zero(mei):
    with pytest.raises(ValueError, match="minimum effect must be"):
        win(mei=mei)


@pytest.mark.parametrize("alpha", [0, 1, -0.1, nan])
def test_alpha_must_be_a_level(alpha):
    with pytest.raises(ValueError, match="Alpha must lie"):
        win(alpha=alpha)


def test_a_direction_is_up_or_down():
    assert [Direction.of(word) for word in Better] == [UP, DOWN]
    assert win(direction=1).direction is UP
    with pytest.raises(ValueError, match="A direction is 1"):
        win(direction=0)


def test_a_guardrail_without_margin_needs_a_minimum_effect_of_its_own():
    with pytest.raises(ValueError, match="guardrail without a margin"):
        errors(margin=0)
    with pytest.raises(ValueError, match="margin must be"):
        errors(margin=-0.1)


def test_a_split_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="2 counts of assigned units but 3"):
        stage(10, 1, 10, 1, assigned=(10, 10), weights=(1, 1, 1))
    with pytest.raises(ValueError, match="must add up"):
        stage(10, 1, 10, 1, assigned=(10, 10), weights=(0, 0))


def test_numbers_too_large_or_too_far_apart_are_refused_in_words():
    with pytest.raises(ValueError, match="too large to compare"):
        weigh(TrialCase((Stage(ArmStats(200, -1e308, 1.0), ArmStats(200, 1e308, 1.0)),), 1.0))
    with pytest.raises(ValueError, match="too far apart"):
        weigh(TrialCase((Stage(ArmStats(200, 0.0, 1e200), ArmStats(200, 1.0, 1e200)),), 1e-120))


# --- how near it is to deciding ---------------------------------------------------------------------------------------

FAST = Accrual(units_per_day=20_000, treated_share=0.5, plan_days=28)


def test_too_early_says_when():
    weighed = weigh(thin(accrual=FAST))
    assert weighed.state is Readiness.TOO_EARLY
    assert weighed.days_left == pytest.approx(9.4, abs=0.1)
    assert explain(weighed).endswith("About 10 days left.")


def test_half_the_information_makes_a_trend():
    weighed = weigh(TrialCase((stage(60_000, 6_000, 60_000, 6_180),), 0.005, accrual=FAST))
    assert (weighed.verdict, weighed.state) == (Verdict.INCONCLUSIVE, Readiness.TREND)
    assert 0.5 < weighed.information_fraction < 1


def test_more_days_than_the_plan_has_is_under_powered():
    weighed = weigh(thin(accrual=replace(FAST, plan_days=5)))
    assert weighed.state is Readiness.UNDER_POWERED
    assert "needs about 10 days, and the plan has 5 days left" in explain(weighed)


def test_without_an_end_of_plan_nothing_is_under_powered():
    assert weigh(thin(accrual=replace(FAST, plan_days=None))).state is Readiness.TOO_EARLY
    assert weigh(thin()).days_left is None


def test_with_its_planned_information_and_an_effect_between_two_answers_it_still_tells_the_days():
    weighed = weigh(TrialCase((stage(400_000, 40_000, 400_000, 40_600),), 0.003, accrual=FAST))
    assert weighed.reason is Reason.PRIMARY_PENDING
    assert weighed.information_fraction > 1
    assert 0 < weighed.days_left < 400


@pytest.mark.parametrize("rate", [0.1012, 0.1015, 0.1018])
def test_the_days_left_come_true(rate):
    """A trial that is run for the days that were left, with the same effect, is decided then and not much before."""
    now = weigh(TrialCase((stage(400_000, 40_000, 400_000, round(400_000 * rate)),), 0.003, accrual=FAST))
    assert now.verdict is Verdict.INCONCLUSIVE
    assert now.information_fraction > 1
    for days, decided in ((now.days_left * 0.95, False), (now.days_left * 1.05, True)):
        n = round(400_000 + days * 10_000)
        later = weigh(TrialCase((stage(n, round(n * 0.1), n, round(n * rate)),), 0.003))
        assert (later.verdict is not Verdict.INCONCLUSIVE) is decided


def test_the_days_left_of_a_guardrail_come_true():
    def rail(n):
        return errors(n=n, k_c=round(n * 0.05), k_t=round(n * 0.0525))

    now = weigh(win(guardrails=(rail(60_000),), accrual=FAST))
    assert now.reason is Reason.GUARDRAIL_PENDING
    for days, verdict in ((now.days_left * 0.95, Verdict.INCONCLUSIVE), (now.days_left * 1.05, Verdict.VALIDATED)):
        assert weigh(win(guardrails=(rail(round(60_000 + days * 10_000)),))).verdict is verdict


def test_a_pending_guardrail_tells_its_own_days():
    weighed = weigh(win(guardrails=(errors(n=2_000, k_c=100, k_t=104),), accrual=FAST))
    assert weighed.reason is Reason.GUARDRAIL_PENDING
    assert weighed.days_left > 0
    assert "errors is not yet shown to be safe" in explain(weighed)
    assert weigh(win(guardrails=(errors(stages=()),), accrual=FAST)).days_left is None


def test_a_verdict_before_the_minimum_run_is_too_early_but_harm_decides_at_once():
    early = weigh(win(minimum_run_served=False))
    assert early.state is Readiness.TOO_EARLY
    assert explain(early).endswith("It may decide once the minimum run is served.")
    assert weigh(win(direction=DOWN, minimum_run_served=False)).state is Readiness.DECISION_READY
    assert weigh(win()).state is Readiness.DECISION_READY


def test_invalid_evidence_is_never_ready():
    weighed = weigh(win(stale="a count fell", accrual=FAST))
    assert weighed.state is Readiness.TOO_EARLY
    assert weighed.days_left is None


def test_checks_name_what_is_wrong():
    bad = stage(50, 5, 60, 5, assigned=(50_000, 60_000), weights=(1, 1))
    checks = weigh(
        TrialCase((bad,), 0.005, stale="a count fell", contaminated="shared with 'banner'", n_multi_arm=50)
    ).checks
    assert [check.code for check in checks] == [Reason.STALE, Reason.SRM, Reason.CONTAMINATED, Reason.TOO_FEW_UNITS]
    assert not any(check.ok for check in checks)
    assert weigh(win()).checks[1].ok is None, "nobody told the assignments"
    assert "1,001 units were seen in several arms" in weigh(win(n_multi_arm=1_001)).checks[2].detail


def test_every_reason_has_its_sentence():
    elsewhere = {"hypothesis_incomplete", "unreadable", "findings"}
    assert set(SENTENCES) == set(Reason) - elsewhere
    said = explain(
        weigh(win(guardrails=(errors("crashes", k_t=3_500), errors("latency", k_t=3_500), errors("cost", k_t=3_500))))
    )
    assert said == "Harmful: crashes, latency and cost got worse beyond what was agreed."
    assert explain(weigh(win(guardrails=(errors(),)))).endswith("every guardrail is safe.")
    assert "+0.5 pp hoped for is excluded" in explain(weigh(flat()), unit="share")
