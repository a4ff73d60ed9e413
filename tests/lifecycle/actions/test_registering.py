"""A feature comes into being with its first stint and gate, or not at all."""

import re

import pytest

from features.errors import BadInput, Conflict, Forbidden
from features.models import AuditEntry, Feature, Stint
from lifecycle.actions.registering import free_key, register_feature
from lifecycle.models import Gate
from lifecycle.pages.urls import urlpatterns
from lifecycle.queries.naming import RESERVED
from tests.factories import lives

pytestmark = pytest.mark.django_db


def register(squad, by, **fields):
    return register_feature(**{"name": "One-tap reorder", "squad": squad, "by": by, "now": lives.START, **fields})


def test_it_starts_in_think_it_with_an_open_gate(squad, alice, bob):
    feature = register(squad, alice, summary="Faster.", owner=bob, tags=["mobile", "mobile", "checkout"])
    assert (feature.key, feature.phase, feature.status, feature.iteration) == (
        "one-tap-reorder", "think_it", "active", 1,
    )  # fmt: skip
    assert sorted(tag.name for tag in feature.tags.all()) == ["checkout", "mobile"]
    stint, gate = Stint.objects.get(), Gate.objects.get()
    assert (stint.time_box_days, stint.started_at, stint.started_by) == (14, lives.START, alice)
    assert (gate.state, gate.stint, gate.due_on.isoformat()) == ("open", stint, "2026-03-16")
    assert AuditEntry.objects.get().act == "feature.registered"


def test_terms_and_hypothesis_come_with_it(squad, alice):
    feature = register(squad, alice, time_box_days=7, budget={"amount": "2500.50"}, hypothesis=lives.hypothesis())
    stint = feature.stints.get()
    assert (stint.time_box_days, str(stint.budget_amount), stint.budget_days) == (7, "2500.50", None)
    assert feature.hypotheses.get().metric.key == "reorder-rate"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("One-tap reorder", "one-tap-reorder"),
        ("Größe & Länge", "groe-lange"),
        ("日本", "feature"),
        ("a_b  --c", "a-b-c"),
        ("x" * 160, "x" * 74),
    ],
)
def test_a_key_is_made_from_the_name(squad, alice, name, key):
    assert register(squad, alice, name=name).key == key


def test_a_made_key_is_made_unique(squad, alice):
    keys = [register(squad, alice).key for _ in range(3)]
    assert keys == ["one-tap-reorder", "one-tap-reorder-2", "one-tap-reorder-3"]


def test_a_made_key_that_was_taken_meanwhile_is_made_again(squad, alice, monkeypatch):
    register(squad, alice)
    made = iter(["one-tap-reorder", "one-tap-reorder-2"])
    monkeypatch.setattr("lifecycle.actions.registering.free_key", lambda name: next(made))
    assert register(squad, alice).key == "one-tap-reorder-2"
    assert free_key("One-tap reorder") == "one-tap-reorder-3"


def test_no_key_is_the_address_of_another_page(squad, alice):
    assert register(squad, alice, name="New").key == "new-2"
    words = {re.fullmatch(r"features/([a-z-]+)/", str(page.pattern)) for page in urlpatterns}
    assert {word[1] for word in words if word} <= RESERVED


def test_a_given_key_is_never_used_twice(squad, alice):
    register(squad, alice, key="reorder")
    with pytest.raises(Conflict) as refused:
        register(squad, alice, key="reorder")
    assert (refused.value.code, refused.value.errors[0].field) == ("key_taken", "key")
    assert Feature.objects.count() == Stint.objects.count() == Gate.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": None}, "name"),
        ({"name": "x" * 161}, "name"),
        ({"key": "No Key!"}, "key"),
        ({"key": "k" * 81}, "key"),
        ({"time_box_days": 0}, "time_box_days"),
        ({"time_box_days": "soon"}, "time_box_days"),
        ({"budget": {"amount": "1", "days": "1"}}, "budget"),
        ({"budget": {"amount": "lots"}}, "budget.amount"),
        ({"budget": "1.234"}, "budget"),
        ({"tags": ["x" * 41]}, "tags.0"),
        ({"hypothesis": {"metric": "no-such-metric"}}, "hypothesis.metric"),
        ({"hypothesis": {"guardrails": [{"metric": "no-such-metric", "margin": 1}]}}, "hypothesis.guardrails.0.metric"),
        ({"key": "new"}, "key"),
        ({"name": "\u200b"}, "name"),
    ],
)
def test_bad_input_leaves_nothing_behind(squad, alice, fields, field):
    with pytest.raises(BadInput) as refused:
        register(squad, alice, **fields)
    assert field in {error.field for error in refused.value.errors}
    assert not Feature.objects.exists()
    assert not AuditEntry.objects.exists()


def test_an_owner_who_left_is_refused(squad, alice, bob):
    bob.is_active = False
    with pytest.raises(BadInput):
        register(squad, alice, owner=bob)


def test_only_for_ones_own_squad(squad, mallory, carol, root):
    with pytest.raises(Forbidden):
        register(squad, mallory)
    for person in (carol, root):
        assert register(squad, person).created_by == person


def test_a_successor_takes_up_what_was_ended(squad, alice):
    first = lives.thinking(squad, alice)
    first.call()
    first.decide("kill")
    assert register(squad, alice, succeeds=first.feature).succeeds == first.feature


def test_a_plain_number_is_a_budget_in_money(squad, alice):
    assert register(squad, alice, budget="300.00").stints.get().budget_amount == 300
