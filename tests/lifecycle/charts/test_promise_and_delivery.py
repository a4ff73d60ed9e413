import pytest

from lifecycle.charts.promise_and_delivery import WIDTHS, Kept, PromiseChart, draw, sentence, table
from tests.lifecycle.charts.reading import off_sheet, overlaps, parsed, words

KEPT = Kept("One-tap reorder", 4, 2, 6, 3.5, 1, 6)
MISSED = Kept("Gift receipts", 5, 4, 6, 1.2, 0.2, 2.2)
HARM = Kept("Price alerts", 1.5, 0.2, 2.8, -2, -3, -1)


def chart(*points):
    bias = sum(one.delivered - one.promised for one in points) / len(points) if points else None
    return PromiseChart(points, bias, (bias - 1, bias + 1) if len(points) > 1 else None)


STATES = {
    "nothing": chart(),
    "one": chart(KEPT),
    "three": chart(KEPT, MISSED, HARM),
    "on one spot": chart(*[KEPT] * 8),
    "many": chart(*[Kept(f"Feature {n}", n / 9, n / 9 - 1, n / 9 + 1, n / 12, 0, n / 6) for n in range(90)]),
    "huge": chart(Kept("Huge", 1e9, -1e12, 1e12, -1e9, -1e300, 1e300)),
    "zeros": chart(Kept("Zero", 0, 0, 0, 0, 0, 0)),
}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("state", STATES)
def test_every_state_is_drawn_and_no_label_stands_on_another(state, width):
    svg = draw(STATES[state], width=width)
    assert overlaps(svg) == []
    assert off_sheet(svg) == []


def test_nothing_to_compare_is_said_and_never_zero():
    assert "Nothing to compare yet" in words(draw(chart()))
    assert sentence(chart()) == "No released feature with a promise has been measured since its release."
    assert table(chart()).rows == ()


def test_one_feature_is_told_as_one():
    told = sentence(chart(KEPT))
    assert told.startswith("One feature was measured after its release: One-tap reorder promised 4 minimum effects")
    assert "delivered 3.5. That says little" in told


def test_several_are_told_by_their_mean_and_how_many_kept_it():
    told = sentence(chart(KEPT, MISSED, HARM))
    assert told == (
        "3 features delivered 2.6 minimum effects less than promised on average, interval −3.6 to −1.6. "
        "1 of 3 promised intervals contain what was delivered."
    )


def test_kept_and_missed_differ_by_form_too():
    svg = draw(chart(KEPT, MISSED))
    assert svg.count('class="dot" cx') == 1
    assert svg.count('class="ring" cx') == 1
    assert "Gift receipts: promised 5, delivered 1.2" in svg


def test_the_table_begins_with_what_fell_furthest_short():
    rows = table(chart(KEPT, MISSED, HARM)).rows
    assert [row.cells[0] for row in rows] == ["Gift receipts", "Price alerts", "One-tap reorder"]
    assert rows[0].cells == ("Gift receipts", "5", "4 to 6", "1.2", "0.2 to 2.2", "−3.8", "no")


def test_words_of_users_cannot_break_out():
    svg = draw(chart(Kept('"><script>', 1, 0, 2, 1, 0, 2)))
    parsed(svg)
    assert "<script" not in svg
