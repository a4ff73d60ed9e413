import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory

from lifecycle.design.tokens import DECISIONS, PHASES, VERDICTS
from lifecycle.pages import styleguide_samples as samples
from lifecycle.pages.styleguide import styleguide
from lifecycle.templatetags import formats, parts

TODAY = date(2026, 11, 20)
ROOT = Path(__file__).parents[3]


def render(source, **context):
    return Template("{% load parts charts formats %}" + source).render(Context(context))


@pytest.mark.parametrize("verdict", [verdict.slug for verdict in VERDICTS])
def test_a_verdict_is_an_icon_and_a_word(verdict):
    badge = parts.verdict_badge(verdict)
    assert "<svg" in badge
    assert verdict == "missing" or verdict.capitalize() in badge


def test_no_evidence_is_never_a_verdict():
    assert "No evidence" in parts.verdict_badge(None)


@pytest.mark.parametrize(
    ("state", "away", "words", "tone"),
    [
        ("open", 20, "Gate in 20 days", "chip-line"),
        ("open", 6, "Gate in 6 days", "tone-warn"),
        ("open", 1, "Gate tomorrow", "tone-warn"),
        ("open", None, "Gate open", "chip-line"),
        ("due", 0, "Gate due today", "tone-warn"),
        ("due", -1, "Gate 1 day late", "tone-bad"),
        ("due", None, "Gate due", "tone-warn"),
        ("decided", None, "Decided", "tone-quiet"),
    ],
)
def test_a_gate_says_how_near_it_is(state, away, words, tone):
    due_on = None if away is None else TODAY + timedelta(away)
    badge = parts.gate_badge(state, due_on, TODAY)
    assert words in badge
    assert tone in badge


def test_a_phase_is_named_and_its_iteration_from_the_second_on():
    assert ">Build It<" in parts.phase_chip("build_it")
    assert "Build It · 3" in parts.phase_chip("build_it", 3)


@pytest.mark.parametrize(("name", "initials"), [("Amira Nasser", "AN"), ("mei", "ME"), ("a.b_c", "AC"), ("", "?")])
def test_initials(name, initials):
    assert f">{initials}<" in parts.avatar(name)


def test_names_of_people_cannot_break_out():
    assert "<b" not in parts.avatar("<b >x")
    assert "<b>" not in parts.not_known("<b>")
    assert "<b>" not in parts.verdict_badge("invalid", "<b>")


def test_every_icon_that_is_used_exists():
    text = "".join(path.read_text() for path in (ROOT / "templates").rglob("*.html"))
    names = set(re.findall(r'{% icon "([a-z0-9-]+)"', text)) | set(re.findall(r'icon="([a-z0-9-]+)"', text))
    names |= {word.icon for word in (*PHASES, *DECISIONS, *VERDICTS)} | {icon for _, _, icon in parts.NAVIGATION}
    assert names
    for name in sorted(names):
        assert 'aria-hidden="true"' in parts.icon(name)


def test_a_field_ties_label_help_and_error_to_its_input():
    class Form(forms.Form):
        reason = forms.CharField(help_text="Two sentences.")

    html = render_to_string("_parts/field.html", {"field": Form({"reason": ""})["reason"]})
    assert 'for="id_reason"' in html
    assert 'aria-invalid="true"' in html
    described = re.search(r'aria-describedby="([^"]+)"', html)[1].split()
    assert described
    assert all(f'id="{one}"' in html for one in described)


def test_a_figure_shows_a_drawing_for_each_room_and_its_numbers():
    html = render('{% figure "investment_curve" data uid="x" %}', data=samples.curve(20))
    assert html.count("<svg") == 3
    assert html.count("<tr") == 21
    assert 'data-at="2024-12-02" data-until="2024-12-09"' in html
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_a_veiled_figure_has_no_numbers_to_unfold():
    early = dict(samples.evidences())["too-early"]
    html = render('{% figure "evidence_over_time" data %}', data=early)
    assert "<table" not in html
    assert "pp" not in html


def test_filters_write_as_the_charts_do():
    assert render('{{ 442000|money_short:"EUR" }}') == "€442k"
    assert render("{{ day|day }}", day=TODAY) == "20 November 2026"
    assert render("{{ none|day }}", none=None) == "not known"
    assert render("{% effect 0.0071 %}").replace("\xa0", " ") == "+0.71 pp"


def test_times_are_shown_in_the_zone_of_the_installation(settings):
    settings.TIME_ZONE = "Pacific/Auckland"
    late = datetime(2026, 11, 20, 13, 30, tzinfo=UTC)
    assert formats.day_short(late) == "21 Nov 2026"
    assert formats.moment(late) == "21 Nov 2026, 02:30"


def test_the_style_guide_shows_everything_and_asks_nobody_else():
    request = RequestFactory().get("/styleguide/")
    request.user = SimpleNamespace(is_authenticated=False)
    html = styleguide(request).content.decode()
    assert html.count("data-figure") > 15
    assert " style=" not in html
    assert not re.search(r'(?:src|href)="(?:https?:)?//', html)
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert sorted(ids) == sorted(set(ids))


@pytest.mark.parametrize("page", ["400", "403", "404", "500", "403_csrf"])
def test_error_pages_need_nothing_to_be_shown(page):
    html = render_to_string(f"{page}.html")
    assert "<h1>" in html
    assert "Fourstroke" in html
