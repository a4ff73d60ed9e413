"""Drawings for renderers that read no style sheet: every class becomes what the style sheet says of it."""

import re
from datetime import date

import pytest

from lifecycle.charts.dressing import dressed
from lifecycle.charts.registry import chart
from lifecycle.charts.stacked_area import Layer, StackChart
from lifecycle.design.tokens import resolve

STACK = StackChart((date(2026, 1, 1), date(2026, 2, 1)), (Layer("Think It", (3, 4), "think_it"), Layer("Rest", (1, 2))))


def of(mark: str) -> str:
    return dressed(f'<svg class="c" viewBox="0 0 1 1">{mark}</svg>')


def test_a_mark_wears_the_colours_of_its_classes():
    assert f'<path fill="{resolve("think-it", "light")}" d="M0,0"/>' in of('<path class="f-think_it" d="M0,0"/>')
    assert resolve("think-it", "dark") in dressed('<svg class="c"><path class="f-think_it"/></svg>', "dark")


def test_of_two_classes_the_later_rule_holds_as_in_the_style_sheet():
    grid = of('<path class="halo grid base"/>')
    assert f'stroke="{resolve("line-strong", "light")}"' in grid
    assert grid.count("stroke=") == 1


def test_no_halo_is_drawn_over_the_letters():
    assert "stroke" not in of('<text class="t-note halo">40</text>')


def test_a_class_without_a_rule_leaves_nothing_behind():
    assert of('<g class="unheard-of"/>').endswith("<g/></svg>")


def test_what_is_no_drawing_stays_as_it_is():
    markup = '<p class="grid">class="grid"</p><svg class="icon"><path class="grid"/></svg>'
    assert dressed(markup) == markup


@pytest.mark.parametrize("width", [1040, 300])
def test_a_whole_chart_is_dressed_and_keeps_its_words(width):
    drawn = chart("stacked_area").draw(STACK, width=width, uid="s")
    worn = dressed(drawn)
    assert "var(" not in worn
    assert 'font-family="' in worn
    assert re.findall(r">([^<]+)<", worn) == re.findall(r">([^<]+)<", drawn)
    assert not re.search(r'<(?!svg)[^>]* class="', worn)


@pytest.mark.parametrize(("room", "width"), [(2000, 1040), (816, 1040), (815, 640), (650, 640), (300, 300), (90, 300)])
def test_the_drawing_that_fits_is_the_one_that_a_browser_shows(room, width):
    assert chart("stacked_area").fitting(room) == width
