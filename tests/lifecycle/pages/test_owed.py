"""What is owed."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import lives

pytestmark = pytest.mark.django_db


def test_nothing_is_owed(at, alice):
    assert "Nothing is owed" in at(alice).get("/owed/").content.decode()
    assert "Nothing waits for you" in at(alice).get("/owed/?mine=1").content.decode()


def test_a_due_gate_waits_for_its_squad_and_is_seen_by_all(at, alice, mallory, due):
    assert "One-tap reorder" in at(mallory).get("/owed/").content.decode()
    assert "One-tap reorder" not in at(mallory).get("/owed/?mine=1").content.decode()
    page = at(alice).get("/owed/?mine=1").content.decode()
    assert "One-tap reorder" in page
    assert "leadership knows" in page  # it has waited since March


def test_a_removal_waits_too(at, alice, squad):
    life = lives.shipping(squad, alice, name="Gift receipts")
    life.call()
    life.decide("kill")
    assert "0 of 3 done" in at(alice).get("/owed/?mine=1").content.decode()


def test_it_costs_the_same_with_one_gate_and_with_many(at, alice, squad, due):
    client = at(alice)
    with CaptureQueriesContext(connection) as one:
        client.get("/owed/")
    for _ in range(10):
        lives.thinking(squad, alice).call()
    with CaptureQueriesContext(connection) as many:
        client.get("/owed/")
    assert len(one) == len(many)
