"""The style sheet of paper holds only what WeasyPrint can read."""

import re

from lifecycle.design.paper import paper_css, without_screens


def test_questions_about_a_screen_are_left_out_with_all_that_stands_in_them():
    asking = "@media (width>1px){.d{e:f}@media (x){.g{h:i}}}@container x (width<2px){.j{k:l}}"
    css = f".a{{b:c}}{asking}.m{{n:o}}@media print{{.p{{q:r}}}}"
    assert without_screens(css) == ".a{b:c}.m{n:o}@media print{.p{q:r}}"


def test_a_block_that_is_never_closed_takes_the_rest_and_no_more():
    assert without_screens(".a{b:c}@media (x){.d{e:f}") == ".a{b:c}"


def test_every_colour_is_that_of_the_light_theme():
    css = paper_css()
    assert "light-dark(" not in css
    assert "--ink:#12151C;" in css
    assert set(re.findall(r"var\(--([a-z0-9-]+)\)", css)) <= set(re.findall(r"--([a-z0-9-]+):", css))


def test_weights_are_hundreds_and_braces_match():
    css = paper_css()
    assert set(re.findall(r"font-weight:\s*(\d+)", css)) <= {"400", "500", "600", "700"}
    assert css.count("{") == css.count("}")
