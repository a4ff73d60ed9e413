"""Planning, the Beta rule, overlaps, covariates, ratios, tweaks, corrections, trust: each with its unhappy path."""

from datetime import UTC, datetime, timedelta
from math import inf, isclose, nan

import pytest

from hypotheses.enums import Verdict
from hypotheses.statistics import beta, planning
from hypotheses.statistics.arms import PairedStats
from hypotheses.statistics.boundaries import Spending, pocock_constant, spending_boundaries
from hypotheses.statistics.corrections import spotify_corrections
from hypotheses.statistics.cuped import adjust
from hypotheses.statistics.diminishing import outlook
from hypotheses.statistics.overlap import overlap, several_arms
from hypotheses.statistics.planning import Accrual
from hypotheses.statistics.ratio import ratio_arm
from hypotheses.statistics.sample_ratio import chi2_survival, sample_ratio, sequential_p
from hypotheses.statistics.sequence import s_value
from hypotheses.statistics.trust import stale_because

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HALF = Accrual(units_per_day=20_000, treated_share=0.5)


# --- planning ---------------------------------------------------------------------------------------------------------


def test_a_one_percent_step_learns_twenty_five_times_slower():
    slow = Accrual(units_per_day=20_000, treated_share=0.01)
    days = [planning.days_to_decision(mei=0.005, unit_variance=0.09, accrual=a, alpha=0.1) for a in (HALF, slow)]
    assert isclose(days[1] / days[0], 0.25 / 0.0099)


def test_gross_harm_is_found_sixteen_times_sooner():
    plan = {"mei": 0.005, "unit_variance": 0.09, "accrual": HALF, "alpha": 0.1}
    assert isclose(planning.days_to_decision(**plan) / planning.days_to_gross_harm(**plan), 16)


def test_a_distance_that_is_reached_needs_no_day():
    settled = {"tau": 0.005, "alpha": 0.1, "variance": 1e-6, "unit_variance": 0.09, "accrual": HALF}
    assert planning.days_to_settle(distance=1, **settled) == 0
    assert planning.days_to_settle(distance=1e-4, **settled) > 0
    with pytest.raises(ValueError, match="distance must be"):
        planning.days_to_settle(distance=0, **settled)


@pytest.mark.parametrize(
    "wrong", [{"units_per_day": 0}, {"treated_share": 1}, {"treated_share": nan}, {"plan_days": -1}]
)
def test_an_accrual_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match=r"must (be|lie)"):
        Accrual(**{"units_per_day": 100, "treated_share": 0.5} | wrong)


def test_no_information_is_not_no_variance():
    with pytest.raises(ValueError, match="variance of the estimate must be"):
        planning.days_to_decision(mei=0.005, unit_variance=0.09, accrual=HALF, alpha=0.1, variance=0)


# --- the Beta rule ----------------------------------------------------------------------------------------------------


def test_eight_of_ten_beat_an_even_chance():
    assert beta.finding_verdict(successes=8, units=10, target=0.5) is Verdict.VALIDATED
    assert beta.finding_verdict(successes=2, units=10, target=0.5) is Verdict.REFUTED
    assert beta.finding_verdict(successes=7, units=10, target=0.5) is Verdict.INCONCLUSIVE


def test_a_target_at_the_ends():
    assert beta.probability_at_least(successes=0, units=10, target=0) == 1
    assert beta.probability_at_least(successes=10, units=10, target=1) == 0


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"successes": 11}, "more than once"),
        ({"successes": -1}, "whole number"),
        ({"units": 2.5}, "whole number"),
        ({"target": 50}, "share between 0 and 1"),
        ({"target": nan}, "share between 0 and 1"),
        ({"prior": (0, 1)}, "prior"),
    ],
)
def test_a_finding_that_cannot_be_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        beta.probability_at_least(**{"successes": 1, "units": 10, "target": 0.5} | wrong)


# --- sample ratio -----------------------------------------------------------------------------------------------------


def test_stages_without_anybody_assigned_say_nothing():
    assert sample_ratio([]).p is None
    assert sample_ratio([((0, 0), (1, 1)), ((), ())]).p is None
    assert not sample_ratio([]).mismatch


def test_an_arm_with_weight_zero_is_no_arm_and_units_in_it_refute_the_split():
    assert sample_ratio([((500, 500, 0), (1, 1, 0))]).df == 1
    assert sample_ratio([((500, 500, 1), (1, 1, 0))]).p == 0
    assert sample_ratio([((500, 500, 500, 1), (1, 1, 1, 0))]).p == 0


def test_each_stage_has_its_own_degree_of_freedom():
    ratio = sample_ratio([((990, 10), (99, 1)), ((500, 500), (1, 1))])
    assert (ratio.chi2, ratio.df, ratio.p) == (0.0, 2, 1.0)


@pytest.mark.parametrize(
    "cells", [((1.5, 2), (1, 1)), ((-1, 2), (1, 1)), ((1, 2), (-1, 1)), ((1, 2), (inf, 1)), ((1,), (1, 1))]
)
def test_a_split_that_cannot_be_is_refused(cells):
    with pytest.raises(ValueError, match=r"must be|There are"):
        sample_ratio([cells])


def test_the_far_tail_ends_in_zero_and_nonsense_is_refused():
    assert chi2_survival(inf, 3) == 0
    assert chi2_survival(0, 3) == 1
    for chi2, df in ((-1, 1), (nan, 1), (1, 0)):
        with pytest.raises(ValueError, match="chi-square"):
            chi2_survival(chi2, df)


def test_the_sequential_test_begins_anew_with_a_new_design_and_keeps_what_it_knew():
    bad, good = ((560, 440), (0.5, 0.5)), ((990, 10), (0.99, 0.01))
    assert sequential_p([bad, good]) <= sequential_p([bad])
    assert sequential_p([good, bad]) == pytest.approx(sequential_p([bad]), rel=0.2)
    with pytest.raises(ValueError, match="design weight must be"):
        sequential_p([((5, 5), (1, 0))])


# --- overlap ----------------------------------------------------------------------------------------------------------


def test_trials_declared_exclusive_may_share_nobody_that_counts():
    even = {"n_arms": (1000, 1000), "cells": ((5, 5), (6, 6))}
    assert not overlap(**even).contaminated
    assert overlap(**even, exclusive=True).contaminated
    assert not overlap(n_arms=(50, 50), cells=((2, 2), (2, 3)), exclusive=True).material
    assert not overlap(n_arms=(5000, 5000), cells=((25, 25), (25, 25)), exclusive=True).material


def test_an_interaction_without_units_or_spread_cannot_be_told():
    means, flat = ((0.1, 0.1), (0.1, 0.2)), ((0.0, 0.0), (0.0, 0.0))
    assert overlap(n_arms=(100, 100), cells=((0, 9), (9, 9)), means=means, variances=means).z_interaction is None
    assert overlap(n_arms=(100, 100), cells=((9, 9), (9, 9)), means=means, variances=flat).p_interaction is None


def test_an_overlap_of_nobody_is_none():
    nobody = overlap(n_arms=(0, 0), cells=((0, 0), (0, 0)))
    assert (nobody.share, nobody.p_membership, nobody.contaminated) == (0, 1, False)
    assert not several_arms(0, 0)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"n_arms": (1, 2, 3)}, "two arms"),
        ({"cells": ((1, 2, 3), (1, 2, 3))}, "two rows of two"),
        ({"cells": ((60, 60), (1, 1))}, "cannot share"),
        ({"cells": ((-1, 1), (1, 1))}, "whole number"),
        ({"means": ((1, 1), (1, 1))}, "both the means and the variances"),
        ({"means": ((nan, 1), (1, 1)), "variances": ((1, 1), (1, 1))}, "mean must be"),
        ({"means": ((1, 1), (1, 1)), "variances": ((-1, 1), (1, 1))}, "variance must be"),
    ],
)
def test_an_overlap_that_cannot_be_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        overlap(**{"n_arms": (100, 100), "cells": ((1, 1), (1, 1))} | wrong)


# --- covariates and ratios --------------------------------------------------------------------------------------------


def test_a_covariate_without_spread_adjusts_nothing():
    arms = PairedStats(100, 10, 4, 3, 0, 0), PairedStats(100, 11, 4, 3, 0, 0)
    adjusted = adjust(*arms)
    assert (adjusted.theta, adjusted.variance_reduction) == (0, 0)
    assert adjusted.treatment.mean - adjusted.control.mean == 1


def test_a_perfect_covariate_takes_everything():
    adjusted = adjust(PairedStats(100, 10, 4, 3, 4, 4), PairedStats(100, 12, 4, 4, 4, 4))
    assert adjusted.treatment.mean - adjusted.control.mean == pytest.approx(1)
    assert adjusted.variance_reduction == 1


def test_an_empty_arm_reduces_nothing():
    empty, arm = PairedStats(0, 0, 0, 0, 0, 0), PairedStats(100, 10, 4, 3, 4, 1)
    assert adjust(empty, arm).variance_reduction is None
    assert adjust(empty, empty).theta == 0


def test_a_ratio_needs_something_under_the_line():
    assert ratio_arm(PairedStats(0, 0, 0, 0, 0, 0)).n == 0
    with pytest.raises(ValueError, match="denominator"):
        ratio_arm(PairedStats(10, 1, 1, 0, 1, 0))


# --- tweaks, corrections, boundaries ----------------------------------------------------------------------------------


def test_two_refuted_tweaks_are_enough_to_move_on():
    sure = [1e-8] * 3
    assert outlook(effects=[0.01, 0.0, 0.0], variances=sure, mei=0.004).diminishing
    assert outlook(effects=[0.0, 0.0], variances=sure[:2], mei=0.004).diminishing
    assert not outlook(effects=[0.0, 0.009], variances=sure[:2], mei=0.004).diminishing


def test_one_tweak_has_no_line():
    for effects in ([], [0.0]):
        found = outlook(effects=effects, variances=[1e-8] * len(effects), mei=0.004)
        assert (found.next, found.diminishing) == (None, False)


@pytest.mark.parametrize(
    "wrong", [{"variances": [1.0]}, {"variances": [1, 0]}, {"effects": [nan, 1]}, {"mei": 0}, {"alpha": 2}]
)
def test_tweaks_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValueError, match=r"must|There are"):
        outlook(**{"effects": [1, 1], "variances": [1, 1], "mei": 1} | wrong)


def test_guardrails_alone_share_the_risk_among_themselves():
    assert spotify_corrections(success_metrics=0, guardrails=4, alpha=0.05, power=0.8).power_each == pytest.approx(0.95)
    assert spotify_corrections(success_metrics=0, guardrails=0, alpha=0.05, power=0.8).power_each == pytest.approx(0.8)
    with pytest.raises(ValueError, match="whole number"):
        spotify_corrections(success_metrics=1.5, guardrails=0, alpha=0.05, power=0.8)


def test_an_s_value_of_certainty_is_endless():
    assert s_value(0) == inf
    assert s_value(1) == 0
    with pytest.raises(ValueError, match="between 0 and 1"):
        s_value(1.1)


@pytest.mark.parametrize(
    "fractions", [[], [0.5, 0.4], [0.5, 0.5], [0, 1], [0.5, 1.1], [nan], [0.001 * i for i in range(1, 300)]]
)
def test_looks_must_grow(fractions):
    with pytest.raises(ValueError, match=r"must (grow|be)"):
        spending_boundaries(fractions, alpha=0.05, two_sided=True, spending=Spending.POCOCK)


def test_looks_that_are_very_early_or_very_close_stay_finite():
    early = spending_boundaries(
        [0.0005, 0.001, 0.5, 0.5001, 1], alpha=0.05, two_sided=True, spending=Spending.OBRIEN_FLEMING
    )
    assert early[0] == pytest.approx(100.2, abs=0.2)
    assert all(height < 120 for height in early)
    assert early[4] == pytest.approx(1.97, abs=0.01)


def test_boundaries_refuse_what_cannot_be_spent():
    with pytest.raises(ValueError, match="power of the spending"):
        spending_boundaries([1], alpha=0.05, two_sided=True, spending=Spending.POWER, shape=0)
    with pytest.raises(ValueError, match="number of looks"):
        pocock_constant(0, alpha=0.05)


# --- trust ------------------------------------------------------------------------------------------------------------


def said(**more):
    return stale_because(**{"watermark": NOON, "now": NOON, "pull_interval": timedelta(hours=1)} | more)


def test_fresh_data_say_nothing():
    assert said() == ""
    assert said(now=NOON + timedelta(hours=48)) == ""
    assert said(now=NOON + timedelta(days=13), pull_interval=timedelta(days=7)) == ""
    assert said(counts=[("control", 100, 100), ("treatment", 100, 101)]) == ""


def test_stale_data_say_why():
    assert said(watermark=None) == "no result has arrived yet"
    assert said(now=NOON + timedelta(hours=49)) == "the data end 49 hours ago, more than the 48 hours allowed"
    assert said(now=NOON + timedelta(days=15), pull_interval=timedelta(days=7)).startswith("the data end 15 days ago")
    assert (
        said(counts=[("control", 1000, 999)]) == "the count of control fell from 1,000 to 999 since the last snapshot"
    )
    assert "definition changed" in said(definition_changed=True)
