"""What is known of one arm: exact on the way in, merged in any order, and refused in words when it cannot be."""

import statistics
from decimal import Decimal
from fractions import Fraction
from math import inf, isclose, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypotheses.statistics.arms import ArmStats, PairedStats, merge, merge_paired

numbers = st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=30)


def of(values):
    return ArmStats.from_sums(n=len(values), total=sum(values), squares=sum(v * v for v in values))


@given(numbers)
def test_sums_give_the_mean_and_variance_of_the_values(values):
    arm = of(values)
    assert arm.n == len(values)
    assert isclose(arm.mean, statistics.fmean(values), rel_tol=1e-12, abs_tol=1e-9)
    assert isclose(
        arm.var, float(statistics.variance(map(Fraction, values))) if len(values) > 1 else 0.0, rel_tol=1e-12
    )


def test_a_small_variance_around_a_huge_mean_keeps_every_digit():
    arm = ArmStats.from_sums(n=4, total="4000000000", squares="4000000000000000012")
    assert (arm.mean, arm.var) == (1e9, 4.0)
    spread = [10**9 + d for d in (-2, 2)] * 500
    assert isclose(of(spread).var, 4 * 1000 / 999, rel_tol=1e-15)


@pytest.mark.parametrize("number", ["0.1", Decimal("0.1"), Fraction(1, 10), "1/10", "1e-1"])
def test_exact_numbers_come_in_every_spelling(number):
    assert ArmStats.from_sums(n=1, total=number, squares="0.01") == ArmStats(1, 0.1, 0.0)


@pytest.mark.parametrize(
    ("total", "squares", "says"),
    [
        (0.1, "1", "a float has been rounded"),
        (True, "1", "a float has been rounded"),
        ("ten", "1", "not a number"),
        ("", "1", "not a number"),
        (None, "1", "not a number"),
        ("NaN", "1", "not a number"),
        ("Infinity", "1", "not a number"),
        ("1e999999999", "1", "not a number"),
        ("1" * 500, "1", "not a number"),
        ("1/0", "1", "not a fraction"),
        ("10", "3", "smaller than"),
        ("0", "1e399", "too large"),
    ],
)
def test_sums_that_cannot_be_are_refused_in_words(total, squares, says):
    with pytest.raises(ValueError, match=says):
        ArmStats.from_sums(n=10, total=total, squares=squares)


def test_nobody_has_no_sum_and_one_unit_has_no_spread():
    assert ArmStats.from_sums(n=0, total="0", squares="0") == ArmStats(0, 0.0, 0.0)
    with pytest.raises(ValueError, match="no units, but their sum"):
        ArmStats.from_sums(n=0, total="1", squares="1")
    assert ArmStats.from_sums(n=1, total="3", squares="9") == ArmStats(1, 3.0, 0.0)
    with pytest.raises(ValueError, match="One unit"):
        ArmStats.from_sums(n=1, total="3", squares="10")


@pytest.mark.parametrize(
    "numbers",
    [
        (nan, 0, 0),
        (-1, 0, 0),
        (1.5, 0, 0),
        (inf, 0, 0),
        (10**400, 0, 0),
        (2, nan, 1),
        (2, inf, 1),
        (2, 0, -1),
        (2, 0, nan),
        (2, 0, inf),
    ],
)
def test_an_arm_of_impossible_numbers_is_refused(numbers):
    with pytest.raises(ValueError, match=r"must be a .* number"):
        ArmStats(*numbers)


def test_successes_are_a_share_of_the_units():
    assert ArmStats.of_proportion(n=100, successes=10) == ArmStats(100, 0.1, 900 / 9900)
    assert ArmStats.of_proportion(n=0, successes=0).n == 0
    assert ArmStats.of_proportion(n=1, successes=1) == ArmStats(1, 1.0, 0.0)
    with pytest.raises(ValueError, match="at most once"):
        ArmStats.of_proportion(n=3, successes=4)


@given(st.lists(numbers, min_size=1, max_size=6), st.randoms())
def test_merging_gives_the_whole_whatever_the_order(parts, chance):
    arms = [of(part) for part in parts]
    chance.shuffle(arms)
    whole, merged = of([value for part in parts for value in part]), merge(arms)
    assert merged.n == whole.n
    assert isclose(merged.mean, whole.mean, rel_tol=1e-9, abs_tol=1e-6)
    assert isclose(merged.var, whole.var, rel_tol=1e-9, abs_tol=1e-3)


def test_merging_nothing_and_empty_arms_changes_nothing():
    empty, arm = ArmStats(0, 0.0, 0.0), ArmStats(3, 1.1, 0.7)
    assert merge([]) == empty
    assert merge([empty, arm, empty]) == arm


@given(st.lists(st.tuples(st.integers(-100, 100), st.integers(-100, 100)), min_size=2, max_size=20), st.integers(1, 19))
def test_two_measures_merge_with_their_covariance(pairs, cut):
    def paired(rows):
        n = len(rows)
        if not n:
            return PairedStats(0, 0, 0, 0, 0, 0)
        y, x = [r[0] for r in rows], [r[1] for r in rows]
        cov = statistics.covariance(y, x) if n > 1 else 0.0
        var = (statistics.variance(y), statistics.variance(x)) if n > 1 else (0.0, 0.0)
        return PairedStats(n, statistics.fmean(y), var[0], statistics.fmean(x), var[1], cov)

    merged, whole = merge_paired([paired(pairs[:cut]), paired(pairs[cut:])]), paired(pairs)
    for field in PairedStats.__dataclass_fields__:
        assert isclose(getattr(merged, field), getattr(whole, field), rel_tol=1e-9, abs_tol=1e-8), field


def test_a_covariance_beyond_the_variances_is_refused():
    with pytest.raises(ValueError, match="covariance is larger"):
        PairedStats(10, 0, 1, 0, 1, 1.1)
    with pytest.raises(ValueError, match="covariance must be"):
        PairedStats(10, 0, 1, 0, 1, nan)
