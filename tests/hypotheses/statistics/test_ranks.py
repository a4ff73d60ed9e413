"""Spearman's rank correlation against scipy, and what it does not say."""

import random
from math import atanh, isclose, sqrt, tanh

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from hypotheses.statistics.ranks import ENOUGH, rank_correlation

NUMBERS = st.one_of(st.integers(-5, 5).map(float), st.floats(-1e6, 1e6))


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=ENOUGH, max_size=40))
@settings(max_examples=150)
def test_it_is_what_scipy_says_ties_included(pairs):
    found = rank_correlation(pairs)
    ones, others = zip(*pairs, strict=True)
    if len(set(ones)) == 1 or len(set(others)) == 1:
        assert (found.rho, found.interval, found.tells) == (None, None, False)
        return
    assert isclose(found.rho, stats.spearmanr(ones, others).statistic, abs_tol=1e-9)
    assert -1 <= found.interval[0] <= found.rho <= found.interval[1] <= 1


def test_below_ten_pairs_nothing_is_told():
    pairs = [(float(n), float(n)) for n in range(ENOUGH)]
    assert rank_correlation(pairs[:-1]).rho is None
    assert rank_correlation(pairs[:-1]).count == ENOUGH - 1
    whole = rank_correlation(pairs)
    assert (whole.rho, whole.interval[1]) == (1, 1)
    assert 0.9 < whole.interval[0] < 1, "ten in one order are not a law"
    assert whole.tells


def test_the_interval_is_that_of_bonett_and_wright():
    pairs = [(float(n), float((n * 7) % 20)) for n in range(20)]
    found = rank_correlation(pairs)
    half = stats.norm.ppf(0.95) * sqrt((1 + found.rho**2 / 2) / 17)
    assert isclose(found.interval[0], tanh(atanh(found.rho) - half), rel_tol=1e-6)
    assert isclose(found.interval[1], tanh(atanh(found.rho) + half), rel_tol=1e-6)


def test_orders_that_have_nothing_to_do_with_each_other_tell_something_in_one_case_of_ten():
    chance, told = random.Random(7), 0
    for _ in range(600):
        told += rank_correlation([(chance.random(), chance.random()) for _ in range(15)]).tells
    assert 0.06 < told / 600 < 0.15


def test_numbers_that_are_none_are_refused():
    with pytest.raises(ValueError, match="finite"):
        rank_correlation([(float("nan"), 1.0)])
