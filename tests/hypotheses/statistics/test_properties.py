"""What must hold for every trial, not only for those that somebody thought of."""

from dataclasses import replace
from math import isclose

from hypothesis import assume, given
from hypothesis import strategies as st

from hypotheses.enums import Direction, Verdict
from hypotheses.statistics.arms import ArmStats, merge
from hypotheses.statistics.case import Guardrail, TrialCase
from hypotheses.statistics.effect import Stage, combine
from hypotheses.statistics.sample_ratio import sample_ratio, sequential_p
from hypotheses.statistics.sequence import half_width, interval, p_value
from hypotheses.statistics.verdict import weigh

arms = st.builds(ArmStats, st.integers(1, 10**7), st.floats(-100, 100), st.floats(0.01, 1000))
stages = st.lists(st.builds(Stage, arms, arms), min_size=1, max_size=6).map(tuple)
meis = st.floats(0.001, 10)
directions = st.sampled_from(Direction)
margins = st.just(0.0) | st.floats(0.001, 5)
rails = st.builds(Guardrail, st.just("rail"), stages, margins, directions, st.floats(0.01, 5))
guardrails = st.lists(rails, max_size=3).map(tuple)
cases = st.builds(TrialCase, stages, meis, directions, st.floats(0.001, 0.5), guardrails)


def scaled(arm, by, shift=0.0):
    return ArmStats(arm.n, arm.mean * by + shift, arm.var * by * by)


def each(case, change):
    rails = tuple(replace(g, stages=tuple(change(s) for s in g.stages)) for g in case.guardrails)
    return replace(case, stages=tuple(change(s) for s in case.stages), guardrails=rails)


@given(cases)
def test_swapping_direction_and_arms_mirrors_the_verdict(case):
    """Less of a thing that should shrink is as good as more of one that should grow."""
    negated = each(case, lambda s: Stage(scaled(s.control, -1), scaled(s.treatment, -1)))
    rails = tuple(replace(g, direction=Direction(-g.direction)) for g in negated.guardrails)
    straight, mirrored = weigh(case), weigh(replace(negated, direction=Direction(-case.direction), guardrails=rails))
    assert (straight.verdict, straight.reason) == (mirrored.verdict, mirrored.reason)
    assert straight.good_interval == mirrored.good_interval
    assert straight.harm_bound == mirrored.harm_bound


@given(cases, st.sampled_from([2.0**k for k in range(-20, 21)]))
def test_scaling_a_metric_scales_its_interval_and_keeps_its_verdict(case, by):
    # powers of two are exact in floats, so not even a last digit may differ
    bigger = each(case, lambda s: Stage(scaled(s.control, by), scaled(s.treatment, by)))
    rails = tuple(replace(g, margin=g.margin * by, mei=g.mei * by) for g in bigger.guardrails)
    before, after = weigh(case), weigh(replace(bigger, mei=case.mei * by, guardrails=rails))
    assert after.interval == tuple(end * by for end in before.interval)
    assert (after.verdict, after.reason, after.p) == (before.verdict, before.reason, before.p)


@given(stages, st.randoms(use_true_random=False))
def test_the_order_of_stages_does_not_matter(some, chance):
    shuffled = list(some)
    chance.shuffle(shuffled)
    one, other = combine(some), combine(shuffled)
    assert isclose(one.estimate, other.estimate, rel_tol=1e-9, abs_tol=1e-9)
    assert isclose(one.variance, other.variance, rel_tol=1e-9)


@given(stages, st.lists(st.floats(-1000, 1000), min_size=6, max_size=6))
def test_a_trend_between_stages_moves_nothing(some, shifts):
    """Each stage is compared within itself: whatever happened to everybody between two stages is no effect."""
    moved = [Stage(scaled(s.control, 1, by), scaled(s.treatment, 1, by)) for s, by in zip(some, shifts, strict=False)]
    one, other = combine(some), combine(moved)
    assert isclose(one.estimate, other.estimate, rel_tol=1e-6, abs_tol=1e-9)
    assert isclose(one.variance, other.variance, rel_tol=1e-6)


@given(st.lists(arms, min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_merging_does_not_matter(parts, chance):
    shuffled = list(parts)
    chance.shuffle(shuffled)
    halves = merge([merge(shuffled[:2]), merge(shuffled[2:])])
    whole = merge(parts)
    assert halves.n == whole.n
    assert isclose(halves.mean, whole.mean, rel_tol=1e-9, abs_tol=1e-9)
    assert isclose(halves.var, whole.var, rel_tol=1e-9)


@given(st.floats(-10, 10), st.floats(1e-6, 10), st.floats(0.001, 10), st.floats(0.001, 0.4), st.floats(1.01, 2))
def test_intervals_nest_as_alpha_grows(estimate, variance, tau, alpha, more):
    wide, narrow = interval(estimate, variance, tau, alpha), interval(estimate, variance, tau, min(0.9, alpha * more))
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


@given(st.floats(1e-6, 10), st.floats(0.001, 10), st.floats(0.001, 0.4), st.floats(1.01, 100))
def test_more_variance_never_narrows_the_interval(variance, tau, alpha, more):
    assert half_width(variance * more, tau, alpha) > half_width(variance, tau, alpha)


@given(st.floats(-10, 10), st.floats(1e-6, 10), st.floats(0.001, 10), st.floats(0.001, 0.4))
def test_p_and_interval_say_the_same(estimate, variance, tau, alpha):
    low, high = interval(estimate, variance, tau, alpha)
    p = p_value(estimate, variance, tau)
    assume(not isclose(p, alpha, rel_tol=1e-9))
    assert (p < alpha) == (not low <= 0 <= high)


@given(cases)
def test_a_verdict_never_contradicts_its_interval(case):
    weighed = weigh(case)
    low, high = weighed.good_interval
    if weighed.verdict is Verdict.VALIDATED:
        assert low > 0
        assert high >= case.mei
    if weighed.verdict is Verdict.REFUTED:
        assert high < case.mei


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=5), st.floats(0.1, 1000))
def test_only_the_ratio_of_design_weights_counts(observed, by):
    weights = [i + 1.0 for i in range(len(observed))]
    one, other = sample_ratio([(observed, weights)]), sample_ratio([(observed, [w * by for w in weights])])
    assert one.df == other.df
    assert isclose(one.chi2, other.chi2, rel_tol=1e-6, abs_tol=1e-9)


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), min_size=1, max_size=10))
def test_the_sequential_test_never_forgets_what_it_saw(batches):
    cells = [(batch, (1, 1)) for batch in batches]
    path = [sequential_p(cells[: i + 1]) for i in range(len(cells))]
    assert path == sorted(path, reverse=True)
    assert all(0 <= p <= 1 for p in path)
