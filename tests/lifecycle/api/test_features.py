"""The register of features through the REST API."""

import pytest
from django.utils import timezone

from features.api.strict import DECIDED
from features.models import AuditEntry, Feature, Stint, Tag
from hypotheses.models import Hypothesis, Metric
from lifecycle.models import Gate, GateCause
from tests.factories.rows import T0, saved

pytestmark = pytest.mark.django_db
FEATURES = "/api/v1/features/"
BODY = {"key": "wish-list", "name": "Wish list", "squad": "checkout", "summary": "Keep for later."}


def test_a_feature_starts_in_think_it_with_its_gate(api, alice, squad):
    made = api(alice).post(FEATURES, BODY | {"owner": "alice", "tags": ["mobile", "mobile", "cart"]})
    assert made.status_code == 201, made.content
    assert made["Location"] == "/api/v1/features/wish-list/"
    shown = made.json()
    gate = shown.pop("gate")
    created = shown.pop("created_at")
    assert shown == {
        "key": "wish-list", "name": "Wish list", "squad": "checkout", "owner": "alice", "summary": "Keep for later.",
        "tags": ["cart", "mobile"], "parent": None, "phase": "think_it", "status": "active", "iteration": 1,
        "step": None,
        "exposure_percent": 0, "ceiling_percent": 0, "invested": "0.00", "invested_days": "0.000",
        "undecided_spend": "0.00", "undecided_days": "0.000", "verdict": "missing", "released_on": None,
        "ended_on": None,
        "imported": False,
    }  # fmt: skip
    assert (gate["state"], gate["due_because"]) == ("open", [])
    assert gate["due_on"]
    assert created.endswith("+00:00")
    assert api(alice).get(made["Location"]).json()["gate"] == gate
    assert api(alice).get(FEATURES).json()["results"][0]["key"] == "wish-list"


def test_a_key_is_made_from_the_name(api, alice, squad):
    body = {name: value for name, value in BODY.items() if name != "key"}
    assert api(alice).post(FEATURES, body).json()["key"] == "wish-list"
    assert api(alice).post(FEATURES, body).json()["key"] != "wish-list"
    taken = api(alice).post(FEATURES, BODY)
    assert (taken.status_code, taken.json()["code"]) == (409, "key_taken")


def test_it_may_bring_its_hypothesis_time_box_and_budget(api, alice, squad):
    saved(Metric, key="reorder-rate")
    hypothesis = {"change": "a list", "audience": "buyers", "reason": "they forget", "metric": "reorder-rate",
                  "direction": "up", "minimum_effect": 0.01, "planned_units": 40_000, "guardrails": []}  # fmt: skip
    made = api(alice).post(FEATURES, BODY | {"hypothesis": hypothesis, "time_box_days": 10, "budget": {"days": "12.5"}})
    assert made.status_code == 201, made.content
    stint = Stint.objects.get()
    assert (stint.time_box_days, str(stint.budget_days)) == (10, "12.50")
    assert Hypothesis.objects.get().metric.key == "reorder-rate"
    assert Hypothesis.objects.get().planned_units == 40_000


@pytest.mark.parametrize("field", sorted(DECIDED))
def test_what_is_decided_at_gates_is_written_nowhere_else(api, root, squad, field):
    saved(Feature, key="one-tap", squad=squad)
    for send, path in ((api(root).post, FEATURES), (api(root).patch, FEATURES + "one-tap/")):
        refused = send(path, (BODY if path == FEATURES else {}) | {field: "ship_it"})
        assert (refused.status_code, refused.json()["code"]) == (400, "decided_at_gates")
        assert [error["field"] for error in refused.json()["errors"]] == [field]
    assert Feature.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"phase": "ship_it"}, "decision on the feature's gate"),
        ({"invested": "0"}, "investments/"),
        ({"undecided_spend": "0"}, "investments/"),
        ({"verdict": "validated"}, "results and findings"),
        ({"imported": True}, "import"),
        ({"exposure_percent": 5}, "exposure/"),
        ({"ended_on": None}, "removal"),
        ({"time_box_days": 5}, "next"),
        ({"budget": None}, "next"),
        ({"hypothesis": {}}, "hypotheses/"),
        ({"key": "other"}, "This never changes."),
    ],
)
def test_what_is_not_written_says_what_changes_it(api, root, squad, change, says):
    saved(Feature, key="one-tap", squad=squad)
    refused = api(root).patch(FEATURES + "one-tap/", change)
    assert refused.status_code == 400
    assert says in refused.json()["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"key": "No Key"}, "key"),
        ({"key": 5}, "key"),
        ({"key": "x" * 81}, "key"),
        ({"name": ""}, "name"),
        ({"name": "x" * 161}, "name"),
        ({"name": None}, "name"),
        ({"squad": "nobody"}, "squad"),
        ({"squad": None}, "squad"),
        ({"owner": "nobody"}, "owner"),
        ({"summary": "x" * 20_001}, "summary"),
        ({"tags": "mobile"}, "tags"),
        ({"tags": [5]}, "tags.0"),
        ({"tags": [""]}, "tags.0"),
        ({"tags": ["x" * 41]}, "tags.0"),
        ({"parent": "nothing"}, "parent"),
        ({"succeeds": "nothing"}, "succeeds"),
        ({"time_box_days": 0}, "time_box_days"),
        ({"time_box_days": 10**30}, "time_box_days"),
        ({"time_box_days": "soon"}, "time_box_days"),
        ({"budget": "much"}, "budget"),
        ({"budget": []}, "budget"),
        ({"budget": {"amount": "1", "days": "1"}}, "budget"),
        ({"budget": {"amount": "1e400"}}, "budget.amount"),
        ({"hypothesis": {"metric": "nothing"}}, "metric"),
        ({"hypothesis": {"minimum_effect": "big"}}, "hypothesis.minimum_effect"),
        ({"hypothesis": {"planned_units": 0}}, "planned_units"),
        ({"hypothesis": {"planned_units": 2**31}}, "hypothesis.planned_units"),
        ({"hypothesis": {"planned_units": 1.5}}, "hypothesis.planned_units"),
        ({"hypothesis": {"colour": 1}}, "hypothesis.colour"),
        ({"hypothesis": []}, "hypothesis"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(api, alice, squad, change, field):
    refused = api(alice).post(FEATURES, BODY | change)
    assert refused.status_code == 400, refused.content
    fields = [error["field"] for error in refused.json()["errors"]]
    assert field in fields or f"hypothesis.{field}" in fields
    assert not Feature.objects.exists()


def test_only_the_squad_registers_for_itself(api, alice, mallory, carol, squad, other_squad):
    assert api(mallory).post(FEATURES, BODY).status_code == 403
    assert api(alice).post(FEATURES, BODY | {"squad": "playlists"}).status_code == 403
    assert api(carol).post(FEATURES, BODY).status_code == 201


def test_what_it_says_about_itself_can_be_changed(life, api, mallory, other_squad):
    seen = life.alice.get(life.path)["ETag"]
    body = {"name": "One tap", "summary": "Short.", "owner": "bob", "tags": ["cart"]}
    changed = life.alice.patch(life.path, body, headers={"If-Match": seen})
    assert changed.status_code == 200, changed.content
    assert {name: changed.json()[name] for name in body} == body
    lost = life.alice.patch(life.path, {"name": "Other"}, headers={"If-Match": seen})
    assert (lost.status_code, lost.json()["code"]) == (412, "changed_meanwhile")
    assert life.alice.patch(life.path, {"owner": None, "tags": []}).json()["owner"] is None
    assert api(mallory).patch(life.path, {"name": "Mine"}).status_code == 403
    assert life.alice.patch(life.path, {"squad": "playlists"}).status_code == 403, "nobody gives to others what is ours"
    assert life.alice.patch(life.path, {"owner": "nobody"}).json()["errors"][0]["field"] == "owner"
    assert life.alice.patch("/api/v1/features/nothing/", {"name": "x"}).status_code == 404
    assert AuditEntry.objects.filter(act="feature_changed").count() == 2


@pytest.mark.parametrize("field", ["key", "parent", "time_box_days", "budget", "hypothesis", "succeeds"])
def test_what_was_fixed_at_the_start_stays(life, field):
    refused = life.alice.patch(life.path, {field: None})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "immutable")


def test_a_lead_of_both_hands_a_feature_over(life, api, root, other_squad):
    assert api(root).patch(life.path, {"squad": "playlists"}).json()["squad"] == "playlists"
    assert life.alice.patch(life.path, {"name": "Ours"}).status_code == 403


@pytest.fixture
def portfolio(squad, other_squad, alice):
    first = saved(Feature, key="aaa", name="One tap", squad=squad, owner=alice)
    second = saved(Feature, key="bbb", squad=other_squad, parent=first, phase="ship_it", summary="A 100% cart")
    saved(Feature, key="ccc", squad=squad, status="ended", ended_on=T0.date())
    second.tags.add(Tag.objects.create(name="cart"))
    stint = saved(Stint, feature=second)
    gate = saved(Gate, stint=stint, state="due", due_at=T0)
    saved(GateCause, gate=gate)
    stint = saved(Stint, feature=first)
    saved(Gate, stint=stint)
    saved(Hypothesis, stint=stint, audience="Sleepy people")


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("", ["aaa", "bbb", "ccc"]),
        ("squad=checkout", ["aaa", "ccc"]),
        ("tribe=music", ["bbb"]),
        ("phase=ship_it", ["bbb"]),
        ("status=ended", ["ccc"]),
        ("gate_state=due", ["bbb"]),
        ("gate_state=open", ["aaa"]),
        ("verdict=missing", ["aaa", "bbb", "ccc"]),
        ("verdict=validated", []),
        ("owner=alice", ["aaa"]),
        ("tag=cart", ["bbb"]),
        ("parent=aaa", ["bbb"]),
        ("search=ONE", ["aaa"]),
        ("search=sleepy", ["aaa"]),
        ("search=100%25 c", ["bbb"]),
        ("search=bb", ["bbb"]),
        ("search=_", []),
        ("search=nowhere", []),
        ("squad=checkout&status=active&search=tap", ["aaa"]),
    ],
)
def test_the_list_is_filtered(api, mallory, portfolio, query, keys):
    found = api(mallory).get(f"{FEATURES}?{query}")
    assert [row["key"] for row in found.json()["results"]] == keys


@pytest.mark.parametrize(
    "query",
    ["phase=dream_it", "status=x", "gate_state=decided", "verdict=x", "colour=red", "search=" + "x" * 201, "cursor=x"],
)
def test_a_filter_that_makes_no_sense_is_an_error(api, alice, query):
    assert api(alice).get(f"{FEATURES}?{query}").status_code == 400


def test_the_list_shows_why_a_gate_is_due(api, alice, portfolio):
    row = api(alice).get(f"{FEATURES}?gate_state=due").json()["results"][0]
    due = {"cause": "time_box", "key": "", "at": "2026-03-02T09:00:00+00:00", "detail": ""}
    assert row["gate"]["due_because"] == [due]
    assert row["tags"] == ["cart"]


def test_the_list_shows_what_was_spent_and_what_since_the_gate_was_due(life, api, alice):
    life.call()
    day = timezone.localdate().isoformat()
    rows = [
        {"feature": "one-tap", "on": "2020-01-01", "category": "people", "amount": "10"},
        {"feature": "one-tap", "on": day, "category": "people", "amount": "5.50"},
        {"feature": "one-tap", "on": day, "category": "people", "person_days": "2"},
    ]
    assert api(alice).post("/api/v1/investments/", rows).status_code == 201
    [row] = api(alice).get(FEATURES).json()["results"]
    assert (row["invested"], row["invested_days"]) == ("15.50", "2.000")
    assert (row["undecided_spend"], row["undecided_days"]) == ("5.50", "2.000")
    assert life.shown()["undecided_spend"] == "5.50"


def test_the_list_costs_the_same_for_1_and_for_50_features(alice, squad, django_assert_num_queries):
    from knox.models import AuthToken
    from rest_framework.test import APIClient

    _, token = AuthToken.objects.create(alice)
    client = APIClient(headers={"Authorization": f"Bearer {token}"})

    def listed():
        with django_assert_num_queries(3):
            return client.get(FEATURES).json()["results"]

    saved(Feature, squad=squad)
    assert len(listed()) == 1
    for n in range(49):
        feature = saved(Feature, squad=squad)
        feature.tags.add(Tag.objects.get_or_create(name=f"tag-{n % 5}")[0])
        gate = saved(Gate, stint=saved(Stint, feature=feature), state="due", due_at=T0)
        saved(GateCause, gate=gate)
    assert len(listed()) == 50


def test_what_is_not_there_is_404(api, alice, db):
    for path in ("", "curve/", "story/", "ladder/", "ladder/check/?percent=1", "evidence/", "findings/", "hypotheses/",
                 "exposure/", "removal/"):  # fmt: skip
        answer = api(alice).get(f"{FEATURES}nothing/{path}")
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json"), path
