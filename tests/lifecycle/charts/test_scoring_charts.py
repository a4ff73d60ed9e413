"""The pictures of a score: what each goal adds, and the cards of a round."""

import pytest

from lifecycle.charts import dot_strip, score_bar
from lifecycle.charts.dot_strip import Strip, StripChart
from lifecycle.charts.score_bar import Adds, ScoreBar
from tests.lifecycle.charts.reading import off_sheet, overlaps, parsed, words

CARDS = (("Ada", 0), ("Ben", 1), ("Cleo", 8), ("Dan", 8), ("Eve", None))
STRIPS = StripChart(
    (
        Strip("Reach <b>", CARDS, 0.75, 4.5, 8, "median 4.5, 60% of the weight", apart=True),
        Strip("Money", (("Ada", None),), note="median not known, 40% of the weight"),
    )
)


@pytest.mark.parametrize("width", dot_strip.WIDTHS)
def test_each_card_is_a_dot_that_says_whose_it_is(width):
    svg = dot_strip.draw(STRIPS, width=width)
    assert overlaps(svg) == []
    assert off_sheet(svg) == []
    assert svg.count("<circle") == 4
    assert "Reach &lt;b&gt;: Cleo 8" in svg
    assert "Talk about it: far apart" in words(svg)


def test_a_round_is_told_in_words_and_as_a_table():
    assert (
        dot_strip.sentence(STRIPS)
        == "In the middle of the cards: Reach <b> 4.5, Money not known. Far apart on Reach <b>."
    )
    assert dot_strip.sentence(StripChart()) == "Nothing was played."
    assert [row.cells for row in dot_strip.table(STRIPS).rows][-2:] == [
        ("Reach <b>", "Eve", "cannot say"),
        ("Money", "Ada", "cannot say"),
    ]


def test_a_squad_of_forty_who_agree_stays_within_its_strip():
    cards = tuple((f"P{n}", 5) for n in range(40))
    svg = dot_strip.draw(StripChart((Strip("Reach", cards, 5, 5, 5),)))
    assert off_sheet(svg) == []
    assert svg.count("<circle") == 40


def test_the_bar_says_weights_and_medians():
    chart = ScoreBar((Adds("Reach", 0.6, 5.0), Adds("Money", 0.4, None)))
    assert score_bar.sentence(chart) == "Reach 5 of 8 (60% of the weight), Money not known (40% of the weight)"
    assert 'class="unknown"' in score_bar.draw(chart)
    for odd in (ScoreBar(()), ScoreBar((Adds("A", 1, 0.0),)), ScoreBar((Adds("A", 1, 8.0),))):
        parsed(score_bar.draw(odd))
