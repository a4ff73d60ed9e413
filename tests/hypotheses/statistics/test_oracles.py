"""Where another library computes the same quantity, the engine agrees with it."""

from math import e, isclose, log1p

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from hypotheses.statistics import beta, normal, planning, sequence
from hypotheses.statistics.arms import ArmStats
from hypotheses.statistics.boundaries import Spending, ever_crossed, pocock_constant, spending_boundaries
from hypotheses.statistics.effect import Stage, combine, guarded_variance
from hypotheses.statistics.overlap import independence
from hypotheses.statistics.sample_ratio import chi2_survival, sample_ratio


@given(st.floats(1e-6, 3000), st.integers(1, 400))
def test_chi_square_tail(chi2, df):
    assert isclose(chi2_survival(chi2, df), stats.chi2.sf(chi2, df), rel_tol=1e-9, abs_tol=1e-300)


@given(st.floats(-37, 37))
def test_normal_tails(z):
    assert isclose(normal.above(z), stats.norm.sf(z), rel_tol=1e-9)
    assert isclose(normal.below(z), stats.norm.cdf(z), rel_tol=1e-9)


@pytest.mark.parametrize("z", [0.1, 5, 29.9, 30.1, 40, 200])
def test_normal_tails_beyond_every_float(z):
    assert isclose(normal.log_above(z), stats.norm.logsf(z), rel_tol=1e-9)
    assert isclose(normal.height_above(stats.norm.logsf(z)), z, rel_tol=1e-9)


@given(st.integers(0, 3000), st.integers(0, 3000), st.floats(0.001, 0.999))
def test_beta_rule(successes, failures, target):
    got = beta.probability_at_least(successes=successes, units=successes + failures, target=target)
    want = stats.beta.sf(target, 1 + successes, 1 + failures)
    assert isclose(got, want, rel_tol=1e-8, abs_tol=1e-250)


def test_beta_rule_of_a_million_people():
    got = beta.probability_at_least(successes=500_900, units=1_000_000, target=0.5)
    assert isclose(got, stats.beta.sf(0.5, 500_901, 499_101), rel_tol=1e-8)


def test_sample_ratio_of_any_number_of_arms():
    observed, weights = [5000, 5200, 4800, 10_100], [0.2, 0.2, 0.2, 0.4]
    expected = [sum(observed) * w for w in weights]
    ratio = sample_ratio([(observed, weights)])
    want = stats.chisquare(observed, expected)
    assert isclose(ratio.chi2, want.statistic, rel_tol=1e-9)
    assert isclose(ratio.p, want.pvalue, rel_tol=1e-9)


def test_independence_of_a_two_by_two_table():
    table = [[120, 90], [80, 130]]
    assert isclose(independence(table), stats.chi2_contingency(table, correction=False).pvalue, rel_tol=1e-9)


def test_guarded_variance_is_the_larger_of_welch_and_pooled():
    values = [1.0, 2, 4, 8], [3.0, 3, 5, 6, 9, 11]
    arms = [(len(v), stats.tvar(v)) for v in values]
    gap = sum(values[1]) / 6 - sum(values[0]) / 4
    welch = arms[0][1] / 4 + arms[1][1] / 6
    pooled = stats.tvar(values[0] + values[1]) * (1 / 4 + 1 / 6)
    assert isclose(guarded_variance(4, arms[0][1], 6, arms[1][1], gap), max(welch, pooled), rel_tol=1e-12)


def test_required_information_solves_its_equation():
    for alpha, power in [(0.1, 0.8), (0.05, 0.9), (0.001, 0.5), (0.2, 0.99)]:
        root = optimize.brentq(
            lambda r, a=alpha, b=power: r**0.5 - stats.norm.ppf(b) - sequence.half_width(1 / r, 1, a) * r**0.5,
            0.01,
            1e4,
        )
        assert isclose(planning.required_ratio(alpha, power), root, rel_tol=1e-9)


def test_the_mixture_inverts_to_the_interval():
    """p = α exactly where the interval touches 0: the interval is the test turned inside out."""
    for variance, tau, alpha in [(1e-6, 0.005, 0.1), (4.0, 0.3, 0.05), (2.5, 50.0, 0.001)]:
        edge = sequence.half_width(variance, tau, alpha)
        assert isclose(sequence.p_value(edge, variance, tau), alpha, rel_tol=1e-12)


def test_boundaries_spend_what_they_may():
    looks = [0.1, 0.35, 0.6, 0.85, 1.0]
    one_look = spending_boundaries([1.0], alpha=0.05, two_sided=True, spending=Spending.OBRIEN_FLEMING)
    assert isclose(one_look[0], stats.norm.isf(0.025), abs_tol=1e-6)
    hsd = spending_boundaries(looks, alpha=0.05, two_sided=False, spending=Spending.HWANG_SHIH_DECANI, shape=0)
    linear = spending_boundaries(looks, alpha=0.05, two_sided=False, spending=Spending.POWER, shape=1)
    assert hsd == pytest.approx(linear, abs=1e-6)
    assert isclose(ever_crossed([2.0]), 2 * stats.norm.sf(2), rel_tol=1e-12)
    assert isclose(pocock_constant(1, alpha=0.05), stats.norm.isf(0.025), abs_tol=1e-5)


@settings(max_examples=20)
@given(st.floats(0.01, 0.99), st.floats(0.02, 1.0))
def test_two_looks_agree_with_the_bivariate_normal(first, second):
    first, second = sorted((first, min(second, 1.0)))
    if second - first < 0.01:
        second = min(1.0, first + 0.01)
    heights = spending_boundaries([first, second], alpha=0.05, two_sided=False, spending=Spending.POCOCK)
    rho = (first / second) ** 0.5
    stays = stats.multivariate_normal(cov=[[1, rho], [rho, 1]]).cdf(heights)

    assert isclose(1 - stays, 0.05 * log1p((e - 1) * second), rel_tol=1e-3)


def test_one_stage_of_equal_arms_is_students_pooled_variance_with_the_effect_in_it():
    effect = combine([Stage(ArmStats(500, 1.0, 0.0), ArmStats(500, 2.0, 0.0))])
    assert isclose(effect.variance, stats.tvar([1.0] * 500 + [2.0] * 500) * 2 / 500, rel_tol=1e-12)
