import pytest

from lifecycle.charts.style import standalone, style_sheet
from lifecycle.design.colour import contrast, mix
from lifecycle.design.css_tokens import tokens_css
from lifecycle.design.tokens import COLOURS, MARK_PAIRS, PHASES, TEXT_PAIRS, resolve

THEMES = ("light", "dark")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("words", "ground"), TEXT_PAIRS)
def test_words_can_be_read(words, ground, theme):
    assert contrast(resolve(words, theme), resolve(ground, theme)) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("mark", "ground"), MARK_PAIRS)
def test_marks_can_be_seen(mark, ground, theme):
    assert contrast(resolve(mark, theme), resolve(ground, theme)) >= 3


def test_contrast_is_that_of_the_recommendation():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.478, abs=0.001)
    assert mix("#000000", "#FFFFFF", 0.5) == "#808080"


def test_every_colour_is_a_custom_property_and_every_property_used_is_a_colour():
    css = tokens_css()
    for name, pair in COLOURS.items():
        assert f"--{name}:light-dark({pair.light},{pair.dark})" in css
    assert "var(" in style_sheet()
    for theme in THEMES:
        assert "var(" not in standalone(theme)


def test_every_phase_has_its_colours():
    for phase in PHASES:
        slug = phase.slug.replace("_", "-")
        for kind in ("", "-text", "-tint", "-wash", "-fill"):
            assert f"{slug}{kind}" in COLOURS
