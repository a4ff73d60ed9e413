from dataclasses import replace
from datetime import date

import pytest

from lifecycle.charts.evidence_over_time import WIDTHS, EvidenceChart, EvidencePoint, draw, sentence, table
from lifecycle.pages.styleguide_samples import evidence, evidences
from tests.lifecycle.charts.reading import off_sheet, overlaps, parsed, words

STATES = {"settled": evidence(), **dict(evidences())}
EARLY = dict(evidences())["too-early"]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("state", STATES)
def test_every_state_is_drawn_and_no_label_stands_on_another(state, width):
    svg = draw(STATES[state], width=width)
    assert overlaps(svg) == []
    assert off_sheet(svg) == []


def test_a_number_that_is_too_early_is_nowhere_in_the_page():
    svg = draw(EARLY) + sentence(EARLY) + str(table(EARLY))
    assert "pp" not in svg
    assert "0.0" not in svg
    assert "About 6 days left." in words(draw(EARLY))
    assert "too early to decide, about 6 days left" in sentence(EARLY)


def test_unfolding_shows_it_hollow():
    shown = replace(EARLY, unfolded=True)
    assert "pp" in words(draw(shown))
    assert 'class="ring"' in draw(shown)
    assert table(shown).rows[0].cells[3] == "too early"


def test_no_evidence_is_not_zero():
    assert "No evidence yet" in words(draw(EvidenceChart()))
    gap = EvidenceChart((EvidencePoint(date(2026, 1, 1), None),))
    assert "No evidence yet" in words(draw(gap))
    assert sentence(gap) == "There is no evidence yet."


def test_down_is_better_turns_the_minimum_effect():
    down = dict(evidences())["down-is-better"]
    assert "Minimum effect −20 ms" in words(draw(down)).replace("\xa0", " ")


def test_the_sentence_gives_effect_interval_and_verdict():
    told = sentence(evidence()).replace("\xa0", " ")
    assert told.startswith("+0.69 pp on reorder rate, interval +0.39 to +0.98 pp: validated as of 17 October 2026")


def test_intervals_that_dwarf_everything_are_cut_not_followed():
    points = (
        EvidencePoint(date(2026, 1, 1), 0.01, -90.0, 90.0, too_early=True),
        EvidencePoint(date(2026, 1, 8), 0.006, 0.002, 0.01),
    )
    assert "%" not in words(draw(EvidenceChart(points)))
    assert "+1 pp" in words(draw(EvidenceChart(points))).replace("\xa0", " ")


def test_words_of_users_cannot_break_out():
    evil = '"><script>'
    svg = draw(replace(evidence(), metric=evil, unit=evil, verdict=evil))
    parsed(svg)
    assert "<script" not in svg


def test_first_looks_that_could_decide_but_know_little_do_not_flatten_what_is_known_now():
    points = (
        EvidencePoint(date(2026, 1, 1), 0.3, -1.5, 1.5),
        EvidencePoint(date(2026, 1, 8), 0.006, 0.002, 0.01),
    )
    drawn = draw(EvidenceChart(points, minimum_effect=0.004))
    assert "+2 pp" in words(drawn).replace("\xa0", " ")
    assert "+100 pp" not in words(drawn).replace("\xa0", " ")
    assert drawn.count('class="dot"') == 2  # both at the last look; the first is off the sheet
    assert off_sheet(drawn) == []
