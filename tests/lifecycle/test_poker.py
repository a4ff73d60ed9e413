"""What points come to: by hand, and for any cards."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.poker import MOST, SCALE, contribution, score_of, tally

CARDS = st.lists(st.sampled_from(SCALE), min_size=1, max_size=12)


def test_the_median_and_the_middle_half_of_five_cards():
    told = tally([8, 3, 5, 3, 0])
    assert (told.count, told.lowest, told.low, told.median, told.high, told.highest) == (5, 0, 3, 3, 5, 8)


def test_one_card_is_its_own_middle_and_none_is_none():
    assert tally([5]).median == tally([5]).low == tally([5]).high == 5
    assert tally([]) is None
    with pytest.raises(ValueError, match="no card 4"):
        tally([3, 4])


@pytest.mark.parametrize(
    ("points", "apart"),
    [((0, 1, 2), False), ((0, 3), True), ((2, 5), False), ((2, 8), True), ((5, 8), False), ((3,), False)],
)
def test_three_cards_apart_is_far(points, apart):
    assert tally(points).far_apart is apart


def test_a_score_is_the_weighted_mean_of_the_medians_by_hand():
    reach, money, trust = tally([3, 5, 8]), tally([1, 1, 2]), None
    parts = [
        (50, reach.median, reach.low, reach.high),
        (30, money.median, money.low, money.high),
        (20, None, None, None),
    ]
    score = score_of(parts)
    assert score.value == Decimal("3.50")  # (50 · 5 + 30 · 1) / 80
    assert (score.low, score.high) == (Decimal("2.88"), Decimal("4.63"))  # (50·4 + 30·1)/80, (50·6.5 + 30·1.5)/80
    assert score.known == Decimal("0.80"), "what nobody could say is left out, not taken for nothing"
    assert score_of([(20, trust, None, None)]) is None
    adds = [contribution(weight=weight, whole=80, median=one.median) for weight, one in ((50, reach), (30, money))]
    assert sum(adds) == Decimal("3.51"), "to a hundredth"


@given(st.lists(st.tuples(st.integers(1, 100), CARDS), min_size=1, max_size=6))
def test_a_score_stays_on_the_scale_and_within_its_own_interval(goals):
    tallies = [(weight, tally(points)) for weight, points in goals]
    for _, one in tallies:
        assert one.lowest <= one.low <= one.median <= one.high <= one.highest
    score = score_of((weight, one.median, one.low, one.high) for weight, one in tallies)
    assert 0 <= score.low <= score.value <= score.high <= MOST
    doubled = score_of((weight * 2, one.median, one.low, one.high) for weight, one in tallies)
    assert doubled == score, "what counts is a weight's part of all weights"
