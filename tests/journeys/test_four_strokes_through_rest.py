"""The whole main job through REST alone: register, believe, find, build, ship, decide, look at the cost."""

from datetime import timedelta

import pytest
from django.utils import timezone

from hypotheses.actions.weighing import weigh_all
from lifecycle.actions.judging import judge_all

pytestmark = pytest.mark.django_db

BELIEF = {
    "change": "a button that repeats the last order",
    "audience": "customers with two or more orders in 90 days",
    "reason": "they tell us that they search for the same things again",
    "metric": "reorder-rate",
    "direction": "up",
    "minimum_effect": 0.005,
    "effect_scale": "absolute",
    "guardrails": [{"metric": "basket-value", "margin": 0.5}],
    "mvp": "One button on the order page; no editing of the basket",
}


def post(client, path, body, status=201):
    answer = client.post(f"/api/v1/{path}", body)
    assert answer.status_code == status, answer.content
    return answer.json()


def undecided_gate(client, key):
    return client.get(f"/api/v1/features/{key}/").json()["gate"]["id"]


def decide(client, key, outcome, status=201, **more):
    gate = undecided_gate(client, key)
    post(client, f"gates/{gate}/call/", {"reason": "We know enough."}, status=200) if client.get(
        f"/api/v1/gates/{gate}/"
    ).json()["state"] == "open" else None
    return post(
        client, f"gates/{gate}/decision/", {"outcome": outcome, "reason": "It does what we hoped.", **more}, status
    )


@pytest.fixture
def shipped(api, alice, bob, root):
    """A feature that went through Think It and Build It and stands on the first step of its ladder."""
    admin, client = api(root), api(alice)
    for key, name, kind in (("reorder-rate", "Reorder rate", "proportion"), ("basket-value", "Basket value", "mean")):
        post(admin, "metrics/", {"key": key, "name": name, "kind": kind, "better": "up", "unit": "share"})
    post(
        client,
        "features/",
        {"key": "one-tap-reorder", "name": "One-tap reorder", "squad": "checkout", "summary": "Again!"},
    )
    post(client, "features/one-tap-reorder/hypotheses/", BELIEF)
    post(
        client,
        "features/one-tap-reorder/findings/",
        {"kind": "prototype_test", "cohort": {"market": "SE", "population": "customers"}, "successes": 9, "trials": 10},
    )
    decide(client, "one-tap-reorder", "advance")
    removal = {"plan": "Delete the button and its flag", "owner": "alice"}
    assert client.put("/api/v1/features/one-tap-reorder/removal/", removal).status_code == 200
    ladder = {
        "steps": [
            {"percent": 5, "purpose": "harm", "minimum_days": 0},
            {"percent": 50, "purpose": "proof", "minimum_days": 0},
        ]
    }
    assert client.put("/api/v1/features/one-tap-reorder/ladder/", ladder).status_code == 200
    return client


def results(as_of, metric, arm, n, mean, var, **more):
    return {"metric": metric, "arm": arm, "as_of": as_of, "n": n, "mean": mean, "var": var, "n_assigned": n, **more}


def test_from_a_hypothesis_to_a_decision_on_evidence(shipped):
    client = shipped
    refused = decide(client, "one-tap-reorder", "advance", status=422)
    assert refused["code"] == "rules_unmet"
    assert "metric_has_source" in str(refused)
    trial = {
        "key": "reorder-beta",
        "feature": "one-tap-reorder",
        "arms": [
            {"name": "control", "role": "control", "share": 50},
            {"name": "treatment", "role": "treatment", "share": 50},
        ],
    }
    post(client, "trials/", trial)
    as_of = timezone.now().isoformat()
    rows = [
        results(as_of, "reorder-rate", "control", 60_000, 0.100, 0.09),
        results(as_of, "reorder-rate", "treatment", 60_000, 0.112, 0.0994),
        results(as_of, "basket-value", "control", 60_000, 30.0, 100.0),
        results(as_of, "basket-value", "treatment", 60_000, 30.2, 100.0),
    ]
    post(client, "trials/reorder-beta/results/", rows)
    now = timezone.now() + timedelta(seconds=1)
    weigh_all(now=now)
    judge_all(now=now)
    evidence = client.get("/api/v1/features/one-tap-reorder/evidence/").json()
    assert evidence["verdict"] == "validated", evidence["explanation"]
    decided = decide(client, "one-tap-reorder", "advance")
    assert decided["evidence"]["verdict"] == "validated"
    feature = client.get("/api/v1/features/one-tap-reorder/").json()
    assert (feature["phase"], feature["exposure_percent"]) == ("ship_it", 5)
    assert client.get("/api/v1/features/one-tap-reorder/ladder/check/?percent=5").json()["allowed"] is True
    assert client.get("/api/v1/features/one-tap-reorder/ladder/check/?percent=50").json()["allowed"] is False


def test_what_it_cost_stands_beside_what_was_decided(shipped):
    today = timezone.localdate().isoformat()
    entries = [
        {
            "feature": "one-tap-reorder",
            "on": today,
            "category": "people",
            "amount": "1200.00",
            "source": "books",
            "external_id": "1",
        },
        {
            "feature": "one-tap-reorder",
            "on": today,
            "category": "infrastructure",
            "amount": "34.56",
            "source": "books",
            "external_id": "2",
        },
    ]
    post(shipped, "investments/", entries)
    assert post(shipped, "investments/", entries, 200)["unchanged"] == 2
    curve = shipped.get("/api/v1/features/one-tap-reorder/curve/").json()
    assert curve["points"][-1]["invested_total"] == "1234.56"
    assert [decision["outcome"] for decision in curve["decisions"]] == ["advance"]
    story = shipped.get("/api/v1/features/one-tap-reorder/story/").json()
    assert len(story["results"] if isinstance(story, dict) else story) >= 4


def test_a_stranger_does_not_decide(shipped, api, mallory):
    gate = undecided_gate(shipped, "one-tap-reorder")
    assert post(api(mallory), f"gates/{gate}/call/", {"reason": "I want to."}, 403)["code"]
    assert post(api(mallory), f"gates/{gate}/decision/", {"outcome": "kill", "reason": "No."}, 403)["status"] == 403
