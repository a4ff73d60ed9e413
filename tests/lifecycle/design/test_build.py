import re
from pathlib import Path

import pytest

from lifecycle.design import build as building
from lifecycle.design.tokens import COLOURS, RADIUS, SPACE, TYPE

ROOT = Path(__file__).parents[3]


@pytest.fixture
def quick_font(monkeypatch):
    monkeypatch.setattr(building, "_cut", lambda: b"font")


@pytest.mark.usefixtures("quick_font")
def test_a_second_build_writes_nothing(tmp_path):
    assert {path.name for path in building.build(tmp_path)} == {"fourstroke.css", "inter.woff2"}
    assert building.build(tmp_path) == []


@pytest.mark.usefixtures("quick_font")
def test_a_build_that_was_cut_off_is_made_good(tmp_path):
    building.build(tmp_path)
    (tmp_path / "inter.json").unlink()
    (tmp_path / "fourstroke.css").write_text("half")
    assert {path.name for path in building.build(tmp_path)} == {"fourstroke.css", "inter.woff2"}


def test_the_real_font_is_small_and_has_the_letters_of_names_and_money(tmp_path):
    from fontTools.ttLib import TTFont

    building.build(tmp_path)
    path = tmp_path / "inter.woff2"
    assert path.stat().st_size < 40_000
    font = TTFont(path)
    assert {ord(letter) for letter in "aZ09£€−→Řž"} <= set(font.getBestCmap())
    assert [axis.axisTag for axis in font["fvar"].axes] == ["wght"]


def test_every_custom_property_that_is_used_is_defined():
    css = building.css()
    used = set(re.findall(r"var\(--([a-z0-9-]+)", css))
    defined = set(re.findall(r"[{;\s]--([a-z0-9-]+):", css))
    assert used - defined == set()
    assert set(COLOURS) <= defined
    assert {f"space-{name}" for name in SPACE} | {f"text-{name}" for name in TYPE} <= defined
    assert {f"radius-{name}" for name in RADIUS} <= defined


def test_no_colour_is_written_outside_the_table():
    for sheet in (ROOT / "lifecycle/design/css").glob("*.css"):
        assert not re.findall(r"#[0-9A-Fa-f]{3,8}\b", sheet.read_text()), sheet.name


def test_braces_match_and_nothing_is_asked_of_another_host():
    css = building.css()
    assert css.count("{") == css.count("}")
    assert "http" not in css
    assert "@import" not in css


def test_no_template_carries_styles_scripts_or_handlers_of_its_own():
    for template in (ROOT / "templates").rglob("*.html"):
        text = template.read_text()
        assert " style=" not in text, template
        assert "<style" not in text, template
        assert not re.search(r"\son[a-z]+=", text), template
        assert not re.search(r"<script(?![^>]*\ssrc=)", text), template
        assert "//cdn" not in text, template
