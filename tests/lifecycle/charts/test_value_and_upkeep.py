import re
from time import perf_counter

import pytest

from lifecycle.charts.value_and_upkeep import WIDTHS, Weighed, WorthChart, draw, sentence, table
from tests.lifecycle.charts.reading import off_sheet, overlaps, parsed, words

PAYS = Weighed("One-tap reorder", 9_000, 900, "advance", decided=True)
COSTS = Weighed("Mood lights", 100, 900, "kill")
UNPRICED = Weighed("Gift receipts", None, 500, "iterate")
FREE = Weighed("Old banner", 700, None, "iterate")
HARMS = Weighed("Price alerts", -40, 300, "kill", decided=True)
BLANK = Weighed("Nobody knows", None, None, "iterate")


def chart(*points):
    return WorthChart(points, "GBP")


def many(count):
    answers = ("advance", "iterate", "kill")
    return chart(
        *(Weighed(f"F {n}", 10 + n * 7.0, 4_000 - n * 3.0, answers[n % 3], decided=n % 2 == 0) for n in range(count))
    )


STATES = {
    "nothing": chart(),
    "one": chart(PAYS),
    "each": chart(PAYS, COSTS, UNPRICED, FREE, HARMS, BLANK),
    "unknown only": chart(BLANK),
    "without value": chart(UNPRICED, UNPRICED),
    "on one spot": chart(*[PAYS] * 9),
    "all below": chart(Weighed("A", 1, 10_000, "kill"), Weighed("B", 2, 90_000, "kill")),
    "all above": chart(Weighed("A", 10_000, 1, "advance"), Weighed("B", 90_000, 2, "advance")),
    "huge": chart(Weighed("Huge", 1e12, 1e-2, "advance"), Weighed("Tiny", 1e-2, 1e12, "kill")),
    "many": many(1_000),
}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("state", STATES)
def test_every_state_is_drawn_and_no_label_stands_on_another(state, width):
    svg = draw(STATES[state], width=width)
    parsed(svg)
    assert overlaps(svg) == []
    assert off_sheet(svg) == []


def test_what_is_not_known_has_its_own_lane_and_is_never_zero():
    said = words(draw(chart(PAYS, COSTS, UNPRICED, BLANK)))
    assert "not known" in said
    assert "0 or less" not in said
    assert "0 or less" in words(draw(chart(PAYS, HARMS)))
    assert "not known" not in words(draw(chart(PAYS, HARMS)))


def test_each_mark_says_its_name_and_numbers_and_can_be_reached():
    svg = draw(chart(PAYS, UNPRICED))
    assert 'tabindex="0" aria-label="One-tap reorder, £9k against £900: Keep"' in svg
    assert "Gift receipts, not known against £500: Tweak, suggested" in svg
    assert "<title>&lt;b&gt;" in draw(chart(Weighed("<b>", 1, 1, "kill")))


def test_answers_differ_by_form_and_suggested_ones_are_faded():
    svg = draw(chart(PAYS, COSTS))
    assert len(re.findall(r'class="m-advance" d="M(?!0,0)[^"]*a4\.5', svg)) == 1
    assert len(re.findall(r'class="m-kill m-faded" d="M(?!0,0)[^"]*l8,8', svg)) == 1


def test_below_the_diagonal_lies_what_costs_more_than_it_returns():
    """A mark at break-even lies on the dashed line, whatever the domain."""
    svg = draw(chart(PAYS, COSTS, Weighed("Even", 500, 500, "iterate")))
    (x0, y0), (x1, y1) = (
        tuple(map(float, pair.split(",")))
        for pair in re.search(r'class="dash" d="M(\d[\d.,]*)L([\d.,]*)"', svg.replace("M-7", "")).groups()
    )
    at, height = map(float, re.search(r'm-iterate m-faded" d="M([\d.]+),([\d.]+)m', svg).groups())
    assert height == pytest.approx(y0 + (at - x0) / (x1 - x0) * (y1 - y0), abs=0.3)


def test_the_sentence_counts_what_cannot_be_told():
    assert sentence(chart(PAYS, COSTS, UNPRICED, FREE)) == (
        "4 shipped features: 1 costs more than it returns, 1 earns its keep, of 2 the value or the upkeep is not known."
    )
    assert sentence(chart()) == "No feature stands in this review."


def test_the_table_names_each_and_adds_up_when_there_are_too_many_to_read():
    assert table(chart(COSTS, UNPRICED)).rows[1].cells == ("Gift receipts", "not known", "£500", "Tweak, suggested")
    sums = table(many(90))
    assert [row.cells[:2] for row in sums.rows][:2] == [("Keep", "15"), ("Keep, suggested", "15")]


def test_a_thousand_are_drawn_at_once():
    thousand = many(1_000)
    draw(thousand)
    best = min(_seconds(thousand) for _ in range(5))
    assert best < 0.05  # 4 ms on a quiet machine; the bound is for a busy one
    assert len(draw(thousand)) < 60_000


def _seconds(data):
    start = perf_counter()
    draw(data)
    return perf_counter() - start
