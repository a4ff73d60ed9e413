"""The board."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import lives

pytestmark = pytest.mark.django_db


def test_nobody_sees_it_without_signing_in(at):
    answer = at().get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/login/?next=/")


def test_an_empty_board_says_what_to_do_next(at, alice):
    page = at(alice).get("/").content.decode()
    assert "No feature yet" in page
    assert "Register the first feature" in page


def test_each_kind_of_person_reads_it(at, idea, alice, bob, carol, root, mallory):
    for person in (alice, bob, carol, root, mallory):
        answer = at(person).get("/")
        assert answer.status_code == 200
        assert "One-tap reorder" in answer.content.decode()


def test_a_due_gate_stands_on_its_card_and_in_the_sentence(at, alice, due):
    page = at(alice).get("/").content.decode()
    assert "1 gate due" in page
    assert f"/gates/{due.gate.pk}/" in page
    assert "Validated" in page


def test_it_is_narrowed_by_the_url(at, alice, idea, squad):
    lives.thinking(squad, alice, name="Gift receipts")
    page = at(alice).get("/?search=receipts").content.decode()
    assert "Gift receipts" in page
    assert "One-tap reorder" not in page
    assert "No feature fits" in at(alice).get("/?squad=nobody").content.decode()


def test_a_filter_that_is_not_understood_is_said_and_shows_everything(at, alice, idea):
    answer = at(alice).get("/?gate_state=soonish")
    assert answer.status_code == 200
    assert "The filter was not understood" in answer.content.decode()
    assert "One-tap reorder" in answer.content.decode()


def test_what_people_type_is_never_markup(at, alice, squad):
    lives.thinking(squad, alice, name="<script>alert(1)</script>", summary="<img src=x onerror=alert(2)>")
    page = at(alice).get("/?search=<script>alert(1)").content.decode()
    assert "<script>alert(1)" not in page
    assert "<img src=x" not in page


def test_a_value_that_is_too_early_is_not_on_the_page(at, alice, squad):
    life = lives.building(squad, alice, name="Early bird")
    life.wait(1).measure(0.1037, units=5_000)
    page = at(alice).get("/").content.decode()
    assert "Too early to tell" in page
    assert "+0.37" not in page


def test_a_released_feature_shows_what_it_was_released_on(at, alice, squad):
    lives.tweaking(squad, alice, name="Out for all")
    page = at(alice).get("/").content.decode()
    assert "when last decided" in page
    assert "Too early to tell" not in page
    assert re.search(r"<strong class=\"num\">\s*\+[\d.]+", page)


def test_it_costs_the_same_with_one_feature_and_with_many(at, alice, squad):
    lives.thinking(squad, alice)
    client = at(alice)
    client.get("/")
    with CaptureQueriesContext(connection) as one:
        client.get("/")
    for _ in range(12):
        lives.thinking(squad, alice, now=timezone.now()).find()
    with CaptureQueriesContext(connection) as many:
        client.get("/")
    assert len(one) == len(many)
    assert len(many) <= 9  # six for the board, one for the filters, two for who asks


def test_a_card_does_not_say_that_nothing_was_weighed_where_findings_were(at, alice, idea):
    assert "Nothing was weighed yet" in at(alice).get("/").content.decode()
    idea.find()
    shown = at(alice).get("/").content.decode()
    assert "From findings, no trial yet" in shown
    assert "Nothing was weighed yet" not in shown
