"""Promise against delivery, computed by hand and against scipy."""

from math import inf, isclose, nan, sqrt

import pytest
from scipy import stats

from hypotheses.statistics.calibration import Calibration, Pair, calibration, wilson
from hypotheses.statistics.student import reach


def pair(promised, delivered, half=1.0):
    return Pair(promised, promised - half, promised + half, delivered)


def test_three_features_by_hand():
    # differences −1, 0, −2: mean −1, standard deviation 1, t(2) at 10 % = 2.9199856
    told = calibration([pair(2, 1), pair(1, 1), pair(4, 2)])
    assert told.count == 3
    assert told.bias == -1
    assert told.bias_interval == pytest.approx((-1 - 2.9199856 / sqrt(3), -1 + 2.9199856 / sqrt(3)), rel=1e-7)
    # Σ p d = 2 + 1 + 8 = 11, Σ p² = 21; rests −1/21, 10/21, −2/21 squared: 105/441, over 2 and over 21
    assert told.shrinkage == pytest.approx(11 / 21)
    half = 2.9199856 * sqrt(105 / 441 / 2 / 21)
    assert told.shrinkage_interval == pytest.approx((11 / 21 - half, 11 / 21 + half), rel=1e-7)
    assert (told.covered, told.coverage) == (2, 2 / 3)


def test_no_pair_is_not_zero():
    assert calibration([]) == Calibration(0, None, None, None, None, 0, None, None)


def test_one_pair_has_no_interval_but_that_of_its_coverage():
    told = calibration([pair(2, 1.5)])
    assert (told.bias, told.bias_interval) == (-0.5, None)
    assert (told.shrinkage, told.shrinkage_interval) == (0.75, None)
    assert (told.covered, told.coverage) == (1, 1.0)
    low, high = told.coverage_interval
    assert 0 < low < 0.5
    assert isclose(high, 1)


def test_the_ends_of_a_promise_belong_to_it():
    assert pair(2, 1).within
    assert pair(2, 3).within
    assert not pair(2, 0.999).within


def test_nothing_promised_has_no_part_that_arrived():
    told = calibration([pair(0, 1), pair(0, -1)])
    assert (told.bias, told.shrinkage, told.shrinkage_interval) == (0, None, None)


def test_promises_kept_to_the_letter():
    told = calibration([pair(1, 1), pair(3, 3)])
    assert (told.bias, told.bias_interval) == (0, (0, 0))
    assert (told.shrinkage, told.shrinkage_interval) == (1, (1, 1))


@pytest.mark.parametrize("bad", [nan, inf])
def test_what_is_no_number_is_refused(bad):
    with pytest.raises(ValueError, match="finite"):
        calibration([pair(1, bad)])


def test_a_level_that_is_none_is_refused():
    with pytest.raises(ValueError, match="Alpha"):
        calibration([pair(1, 1)], alpha=0)


@pytest.mark.parametrize("freedom", [1, 2, 5, 30, 1000])
@pytest.mark.parametrize("alpha", [0.5, 0.1, 0.001])
def test_students_reach_is_that_of_scipy(alpha, freedom):
    assert reach(alpha, freedom) == pytest.approx(stats.t.ppf(1 - alpha / 2, freedom), rel=1e-9)


@pytest.mark.parametrize(("successes", "n"), [(0, 1), (1, 1), (3, 7), (40, 40), (0, 500)])
def test_the_interval_of_a_share_is_that_of_scipy(successes, n):
    theirs = stats.binomtest(successes, n).proportion_ci(confidence_level=0.9, method="wilson")
    assert wilson(successes, n, 0.10) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_bias_is_that_of_scipy():
    pairs = [pair(p, d) for p, d in ((1.2, 0.8), (0.7, 0.9), (2.5, 1.1), (1.9, 1.8), (3.0, 2.2))]
    theirs = stats.ttest_1samp([one.difference for one in pairs], 0).confidence_interval(0.9)
    assert calibration(pairs).bias_interval == pytest.approx((theirs.low, theirs.high), rel=1e-9)
