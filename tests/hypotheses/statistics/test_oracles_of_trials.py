"""Libraries made for experiments, and one for regression, compute the same quantities: the engine agrees with them.

Each comparison is made on the cases of the vectors and on drawn ones. Where a library computes something near but not
the same, the test says which part is the same.
"""

import json
from math import isclose, log, sqrt
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm
from expgate import stats as expgate
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import Table2x2
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import proportions_ztest
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW
from tea_tasting.aggr import Aggregates
from tea_tasting.metrics import Mean, RatioOfMeans, SampleRatio

from hypotheses.importers.case_kinds import trial_case
from hypotheses.statistics import normal, sequence
from hypotheses.statistics.arms import ArmStats, PairedStats, merge, merge_paired
from hypotheses.statistics.boundaries import ever_crossed, obrien_fleming_constant, pocock_constant
from hypotheses.statistics.cuped import adjust, difference
from hypotheses.statistics.diminishing import extrapolated
from hypotheses.statistics.effect import Stage, combine
from hypotheses.statistics.overlap import independence, interaction
from hypotheses.statistics.planning import fixed_sample_size
from hypotheses.statistics.ratio import ratio_arm
from hypotheses.statistics.sample_ratio import sample_ratio
from hypotheses.statistics.verdict import weigh

VECTORS = json.loads((Path(__file__).parent / "evidence_vectors.json").read_text())
EXACT, BY_ROUNDING = 1e-9, 1e-7
NORMAL = {"equal_var": False, "use_t": False, "alternative": "greater", "confidence_level": 0.95}
"""One side at 5 % ends where the lower end of a 90 % interval does, and never overflows on its relative scale."""

counts = st.integers(2, 10**7)
means = st.floats(0.01, 1e3)
variances = st.floats(1e-4, 1e4)
samples = st.lists(st.integers(-1000, 1000).map(lambda hundredths: hundredths / 100), min_size=2, max_size=30)


@st.composite
def paired_arms(draw):
    n, mean_y, mean_x = draw(counts), draw(means), draw(means)
    var_y, var_x, correlation = draw(variances), draw(variances), draw(st.floats(-0.99, 0.99))
    return PairedStats(n, mean_y, var_y, mean_x, var_x, correlation * sqrt(var_y * var_x))


def two_arm_vectors():
    """Every stage of every case with a variance, as (n, mean, var, n, mean, var)."""
    rows = [row for case in VECTORS["diff_verdict"] for row in case["stages"]]
    return [tuple(row) for row in rows if row[0] > 1 and row[3] > 1 and row[2] + row[5] > 0]


def welch(n_c, var_c, n_t, var_t):
    return var_c / n_c + var_t / n_t


def totals(n, mean, var):
    return Aggregates(count_=n, mean_={"y": mean}, var_={"y": var})


def paired_totals(arm):
    return Aggregates(
        count_=int(arm.n),
        mean_={"y": arm.mean_y, "x": arm.mean_x},
        var_={"y": arm.var_y, "x": arm.var_x},
        cov_={("x", "y"): arm.cov_xy},
    )


def near(got, want, rel=EXACT, scale=0.0):
    """Equal to `rel`, or to rounding against the numbers that a difference came from."""
    return isclose(got, want, rel_tol=rel, abs_tol=1e-12 * scale)


# --- one look at two arms ---------------------------------------------------------------------------------------------


def agree_on_welch(n_c, m_c, v_c, n_t, m_t, v_t):
    estimate, variance = m_t - m_c, welch(n_c, v_c, n_t, v_t)
    theirs = expgate.mean_effect(m_c, sqrt(v_c), int(n_c), m_t, sqrt(v_t), int(n_t))
    assert near(theirs.diff, estimate, scale=abs(m_c) + abs(m_t))
    assert near(theirs.se**2, variance)
    tea = Mean("y", **NORMAL).analyze_aggregates(totals(n_c, m_c, v_c), totals(n_t, m_t, v_t))
    assert near(tea.effect_size_ci_lower, sequence.fixed_interval(estimate, variance, 0.1)[0], scale=m_c + m_t)
    assert isclose(tea.pvalue, normal.above(estimate / sqrt(variance)), rel_tol=1e-6, abs_tol=1e-300)


@pytest.mark.parametrize("arms", [arms for arms in two_arm_vectors() if arms[1] > 0 and arms[4] > 0])
def test_the_classical_look_of_every_vector_is_theirs(arms):
    agree_on_welch(*arms)


@given(st.tuples(counts, means, variances, counts, means, variances))
def test_the_classical_look_at_drawn_arms_is_theirs(arms):
    agree_on_welch(*arms)


@given(samples, samples)
def test_the_guarded_variance_is_welchs_from_raw_rows_or_more(control, treatment):
    raw = CompareMeans(DescrStatsW(np.array(treatment)), DescrStatsW(np.array(control)))
    arms = [ArmStats(len(rows), float(np.mean(rows)), float(np.var(rows, ddof=1))) for rows in (control, treatment)]
    effect = combine([Stage(*arms)])
    assert effect.variance >= raw.std_meandiff_separatevar**2 * (1 - EXACT)
    together = np.var(control + treatment, ddof=1) * (1 / len(control) + 1 / len(treatment))
    assert near(effect.variance, max(raw.std_meandiff_separatevar**2, together), scale=1.0)


@given(st.lists(samples, min_size=1, max_size=6))
def test_parts_merge_into_the_statistics_of_all_rows(parts):
    merged = merge(ArmStats(len(rows), float(np.mean(rows)), float(np.var(rows, ddof=1))) for rows in parts)
    whole = DescrStatsW(np.array([value for rows in parts for value in rows]))
    assert merged.n == whole.nobs
    assert near(merged.mean, whole.mean, scale=10)
    assert near(merged.var, whole.var_ddof(1), scale=100)


# --- stages -----------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(samples, samples), min_size=1, max_size=4))
def test_stages_combine_as_in_a_regression_with_an_intercept_for_each_stage(stages):
    """The weights n_c n_t / (n_c + n_t) are those of least squares with stage dummies: nothing is pooled."""
    rows = [(y, stage, arm) for stage, arms in enumerate(stages) for arm in (0, 1) for y in arms[arm]]
    dummies = np.array([[float(stage == at) for at in range(len(stages))] for _, stage, _ in rows])
    design = np.column_stack([dummies, [float(arm) for *_, arm in rows]])
    fitted = sm.OLS(np.array([y for y, *_ in rows]), design).fit()
    arms = [[ArmStats(len(a), float(np.mean(a)), float(np.var(a, ddof=1))) for a in pair] for pair in stages]
    assert near(combine([Stage(*pair) for pair in arms]).estimate, fitted.params[-1], scale=1e3)


# --- ratios and covariates --------------------------------------------------------------------------------------------


def agree_on_ratio(control, treatment):
    ours = [ratio_arm(control), ratio_arm(treatment)]
    variance = sum(arm.var / arm.n for arm in ours)
    arms = [
        expgate.RatioArm(int(a.n), a.mean_y, sqrt(a.var_y), a.mean_x, sqrt(a.var_x), a.cov_xy / sqrt(a.var_y * a.var_x))
        for a in (control, treatment)
    ]
    theirs = expgate.ratio_effect(*arms)
    size = ours[0].mean + ours[1].mean
    assert near(theirs.diff, ours[1].mean - ours[0].mean, scale=size)
    assert near(theirs.se**2, variance, BY_ROUNDING)
    tea = RatioOfMeans("y", "x", **NORMAL).analyze_aggregates(paired_totals(control), paired_totals(treatment))
    assert near(tea.effect_size, ours[1].mean - ours[0].mean, scale=size)
    low = ours[1].mean - ours[0].mean - stats.norm.ppf(0.95) * sqrt(variance)
    assert near(tea.effect_size_ci_lower, low, BY_ROUNDING, scale=size)


@given(paired_arms(), paired_arms())
def test_a_ratio_by_the_delta_method_is_theirs(control, treatment):
    agree_on_ratio(control, treatment)


def agree_on_cuped(control, treatment):
    ours = adjust(control, treatment)
    arms = []
    for a in (control, treatment):
        covariate = expgate.Covariate(a.mean_x, sqrt(a.var_x), a.cov_xy / sqrt(a.var_y * a.var_x))
        arms += [a.mean_y, a.var_y, int(a.n), covariate]
    theirs, told = expgate.cuped_effect(*arms)
    assert near(told["theta"], ours.theta)
    size = sum(abs(a.mean_y) + abs(ours.theta * a.mean_x) for a in (control, treatment))
    assert near(theirs.diff, difference(ours)[0], scale=size)
    left = welch(ours.control.n, ours.control.var, ours.treatment.n, ours.treatment.var)
    before = welch(control.n, control.var_y, treatment.n, treatment.var_y)
    assert isclose(theirs.se**2, left, rel_tol=BY_ROUNDING, abs_tol=1e-9 * before)
    assert isclose(told["variance_reduction"], ours.variance_reduction, rel_tol=BY_ROUNDING, abs_tol=1e-9)


@given(paired_arms(), paired_arms())
def test_the_adjustment_for_a_covariate_is_theirs(control, treatment):
    agree_on_cuped(control, treatment)


@pytest.mark.parametrize(("kind", "agree"), [("ratio", agree_on_ratio), ("cuped", agree_on_cuped)])
def test_ratio_and_covariate_of_every_vector_are_theirs(kind, agree):
    assert VECTORS[kind]
    for case in VECTORS[kind]:
        agree(PairedStats(*case["control"]), PairedStats(*case["treatment"]))


@settings(deadline=None, max_examples=50)
@given(st.data())
def test_the_adjusted_difference_is_that_of_a_regression_on_raw_rows(data):
    """θ is pooled within the arms, as least squares of y on treatment and x has it."""
    rows = st.lists(st.tuples(st.integers(-500, 500), st.integers(-500, 500)), min_size=4, max_size=30)
    both = [np.array(data.draw(rows), dtype=float) / 100 for _ in range(2)]
    assume(all(np.var(arm[:, 1]) > 0.01 for arm in both))
    arms = [merge_paired(PairedStats(1, y, 0.0, x, 0.0, 0.0) for y, x in arm) for arm in both]
    everybody = np.vstack(both)
    treated = np.repeat([0.0, 1.0], [len(arm) for arm in both])
    design = np.column_stack([np.ones(len(everybody)), treated, everybody[:, 1]])
    fitted = sm.OLS(everybody[:, 0], design).fit()
    ours = adjust(*arms)
    assert near(ours.theta, fitted.params[2], scale=1e3)
    assert near(ours.treatment.mean - ours.control.mean, fitted.params[1], scale=1e3)


# --- assignment -------------------------------------------------------------------------------------------------------


@given(st.integers(1, 10**7), st.integers(1, 10**7), st.floats(0.01, 0.99))
def test_the_sample_ratio_of_two_arms_is_theirs(control, treatment, share):
    ours = sample_ratio([((control, treatment), (1 - share, share))])
    assert isclose(expgate.sample_ratio_p_value(control, treatment, share), ours.p, rel_tol=1e-6, abs_tol=1e-15)
    z, p = proportions_ztest(treatment, control + treatment, value=share, prop_var=share)
    assert isclose(z * z, ours.chi2, rel_tol=BY_ROUNDING, abs_tol=1e-9)
    assert isclose(p, ours.p, rel_tol=1e-6, abs_tol=1e-300) or ours.chi2 > 100
    arms = {"control": Aggregates(count_=control), "treatment": Aggregates(count_=treatment)}
    tea = SampleRatio(share / (1 - share), method="norm", correction=False).analyze(arms, "control", "treatment")
    assert isclose(tea.pvalue, ours.p, rel_tol=1e-6, abs_tol=1e-300) or ours.chi2 > 100


@given(st.lists(st.integers(1, 10**6), min_size=4, max_size=4))
def test_independence_of_two_assignments_is_theirs(cells):
    table = [cells[:2], cells[2:]]
    theirs = Table2x2(np.array(table, dtype=float), shift_zeros=False).test_nominal_association()
    ours = independence(table)
    assert isclose(ours, theirs.pvalue, rel_tol=1e-6, abs_tol=1e-12)


@settings(deadline=None, max_examples=50)
@given(st.lists(samples, min_size=4, max_size=4))
def test_an_interaction_is_the_last_coefficient_of_a_regression_with_four_cells(cells):
    sizes, spreads = [len(cell) for cell in cells], [float(np.var(cell, ddof=1)) for cell in cells]
    assume(min(spreads) > 0.01)
    middles = [float(np.mean(cell)) for cell in cells]
    design = np.array([[1.0, a, b, a * b] for a in (0, 1) for b in (0, 1)])
    weights = [n / spread for n, spread in zip(sizes, spreads, strict=True)]
    fitted = sm.WLS(np.array(middles), design, weights=np.array(weights))
    gap, error = fitted.fit().params[-1], sqrt(fitted.fit().normalized_cov_params[-1, -1])
    square = [[numbers[0:2], numbers[2:4]] for numbers in (sizes, middles, spreads)]
    assert near(interaction(*square), gap / error, BY_ROUNDING, scale=1e3)


# --- planning and looking again ---------------------------------------------------------------------------------------


@given(st.floats(0.02, 0.5), st.floats(0.001, 0.01), st.floats(0.01, 0.2), st.floats(0.7, 0.95))
def test_the_classical_sample_size_is_theirs(baseline, mei, alpha, power):
    effect = mei / sqrt(baseline * (1 - baseline))
    theirs = NormalIndPower().solve_power(effect, alpha=alpha / 2, power=power, alternative="larger")
    assert isclose(fixed_sample_size(baseline=baseline, mei=mei, alpha=alpha, power=power), theirs, rel_tol=1e-6)


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(1e-6, 1)), min_size=2, max_size=12))
def test_the_line_through_the_tweaks_is_weighted_least_squares(tweaks):
    effects, spreads = zip(*tweaks, strict=True)
    design = sm.add_constant(np.arange(1.0, len(effects) + 1))
    line = sm.WLS(np.array(effects), design, weights=1 / np.array(spreads)).fit(cov_type="fixed scale")
    there = np.array([1.0, len(effects) + 1])
    ahead, spread = extrapolated(effects, spreads)
    assert near(ahead, float(there @ line.params), 1e-6, scale=1e4)
    assert near(spread, float(there @ line.cov_params() @ there), 1e-6)


@pytest.mark.parametrize("looks", [2, 3, 4])
def test_classical_boundaries_are_crossed_as_often_as_the_multivariate_normal_says(looks):
    for heights in (
        [pocock_constant(looks, alpha=0.05)] * looks,
        [obrien_fleming_constant(looks, alpha=0.05) * sqrt(looks / look) for look in range(1, looks + 1)],
    ):
        together = [[sqrt(min(a, b) / max(a, b)) for a in range(1, looks + 1)] for b in range(1, looks + 1)]
        joint = stats.multivariate_normal(cov=together, allow_singular=True, seed=4)
        stays = joint.cdf(heights, lower_limit=[-height for height in heights])
        assert ever_crossed(heights) == pytest.approx(1 - stays, abs=1e-4)
        assert 1 - stays == pytest.approx(0.05, abs=1e-4)


# --- the interval that may be looked at every day ---------------------------------------------------------------------


@given(st.floats(0, 30), st.floats(1e-4, 1e6))
def test_the_mixture_is_theirs_without_its_half(z, r):
    """Theirs mixes over one side only, which multiplies the same likelihood ratio by 2 Φ(z √(r / (1 + r)))."""
    ours = sequence.log_p(z, 1.0, sqrt(r))
    side = log(2) + float(stats.norm.logcdf(z * sqrt(r / (1 + r))))
    assert min(0.0, side - expgate._log_mixture(z, r)) == pytest.approx(ours, rel=EXACT, abs=1e-12)


@given(st.floats(1e-3, 1e6), st.floats(0.001, 0.2))
def test_the_interval_is_theirs_at_half_the_error_to_what_the_half_is_worth(r, alpha):
    """2 Φ ≤ 2, so their bound at α / 2 is never nearer than ours at α; and as Φ nears 1 the two become one."""
    ours, theirs = sequence.half_width(1.0, sqrt(r), alpha), expgate._mixture_critical(r, alpha / 2)
    assert theirs >= ours * (1 - EXACT)
    worth = -float(stats.norm.logcdf(ours * sqrt(r / (1 + r))))
    assert theirs * theirs - ours * ours <= 2 * (1 + r) / r * worth * (1 + 1e-6)


@pytest.mark.parametrize("case", VECTORS["diff_verdict"], ids=lambda case: case["id"])
def test_the_interval_of_every_vector_ends_where_their_mixture_reaches_one_in_alpha(case):
    weighed = weigh(trial_case(case))
    if weighed.half_width is None:
        return
    z, r = weighed.half_width / weighed.effect.standard_error, case["mei"] ** 2 / weighed.variance
    side = log(2) + float(stats.norm.logcdf(z * sqrt(r / (1 + r))))
    assert expgate._log_mixture(z, r) - side == pytest.approx(-log(case["alpha"]), rel=1e-8)
