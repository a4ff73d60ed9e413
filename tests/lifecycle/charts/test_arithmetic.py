import re
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lifecycle.charts.paths import between, line, short, smooth, steps
from lifecycle.charts.scales import Days, Linear, number
from lifecycle.charts.textwidth import shorten, text_width
from lifecycle.charts.ticks import day_ticks, nice_ticks

SIZES = st.floats(-1e9, 1e9, allow_nan=False)


@given(SIZES, st.floats(1e-6, 1e9))
def test_ticks_hold_all_values_between_them_and_are_few(low, span):
    ticks = nice_ticks(low, low + span, 4)
    slack = max(abs(low), span) * 1e-6
    assert ticks[0] <= low + slack
    assert ticks[-1] >= low + span - slack
    assert 2 <= len(ticks) <= 8


def test_ticks_of_nothing_are_two():
    assert nice_ticks(0, 0, 4) == [0, 1]


@given(st.dates(date(1990, 1, 1), date(2060, 1, 1)), st.integers(0, 6000), st.integers(2, 10))
def test_day_ticks_stay_inside_and_name_the_year_first(first, length, count):
    last = first + timedelta(days=length)
    ticks = day_ticks(first, last, count)
    assert ticks
    assert str(ticks[0].day.year) in ticks[0].label
    assert all(first <= tick.day <= last for tick in ticks)
    assert len(ticks) <= 2 * count + 2
    assert [tick.day for tick in ticks] == sorted({tick.day for tick in ticks})


@given(st.lists(st.floats(-500, 500), min_size=3, max_size=40))
def test_a_smooth_line_never_goes_beyond_its_points(heights):
    points = [(index * 10.0, height) for index, height in enumerate(heights)]
    numbers = [float(text) for text in re.findall(r"-?[\d.]+", smooth(points))]
    ys = numbers[1::2]
    assert min(heights) - 0.1 <= min(ys)
    assert max(ys) <= max(heights) + 0.1


def test_paths_of_nothing_are_empty():
    assert line([]) == smooth([]) == steps([], []) == between([], []) == ""
    assert line([(1, 2)]) == "M1,2"


def test_numbers_are_short_and_never_minus_zero():
    assert [short(value) for value in (0, -0.01, 1.0, 1.25, -3.96)] == ["0", "0", "1", "1.2", "-4"]


def test_what_is_not_a_number_counts_as_nothing():
    assert [number(value) for value in (None, "x", float("nan"), float("inf"), "2.5")] == [0, 0, 0, 0, 2.5]


def test_a_scale_of_one_value_has_a_middle():
    assert Linear(5, 5, 0, 10)(5) == 5
    assert Days(date(2026, 1, 1), date(2026, 1, 1), 0, 10)(date(2026, 1, 1)) == 5


def test_text_is_measured_and_cut():
    assert text_width("£442k", size=12, bold=True) > text_width("£442k", size=12)
    assert text_width("あ", size=12) == 12
    assert shorten("Maintain It", room=500, size=12) == "Maintain It"
    assert shorten("Maintain It", room=40, size=12).endswith("…")
    assert shorten("Maintain It", room=3, size=12) == ""
