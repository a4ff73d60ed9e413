"""Marks, early looks and overlaps through REST."""

import pytest
from django.utils import timezone

from hypotheses.actions.qualifying import unfold
from hypotheses.actions.weighing import weigh_stint
from tests.factories.beliefs import DAY, believing, feature_in, land, stint_of, trial_of

pytestmark = pytest.mark.django_db
API = "/api/v1/"


@pytest.fixture
def feature(squad):
    made = feature_in(squad)
    believing(made, guardrails=[], market="Sweden")
    now = timezone.now()
    trial = trial_of(made, "reorder", now=now, started_at=now - 5 * DAY, market="Norway")
    land(trial, at=now - DAY, now=now, control=(10_000, 0.10), new=(10_000, 0.13))
    weigh_stint(stint=stint_of(made), now=now)
    return made


def test_a_mark_is_read_and_cleared(api, alice, mallory, feature):
    address = f"{API}features/{feature.key}/marks/"
    [mark] = api(alice).get(address).json()["marks"]
    assert (mark["code"], mark["cleared_by"]) == ("transfer", None)
    body = {"code": "transfer", "reason": "They order alike."}
    assert api(mallory).post(address, body).status_code == 403
    assert api(alice).post(address, {"code": "odd", "reason": "x"}).status_code == 400
    assert api(alice).post(address, {"code": "transfer"}).json()["errors"][0]["field"] == "reason"
    [cleared] = api(alice).post(address, body).json()["marks"]
    assert (cleared["cleared_by"], cleared["reason"]) == ("alice", "They order alike.")
    assert api(alice).get(f"{API}features/{feature.key}/evidence/").json()["marks"][0]["cleared_by"] == "alice"


def test_who_looked_early_is_listed(api, alice, feature):
    unfold(feature=feature, by=alice, now=timezone.now())
    [look] = api(alice).get(f"{API}features/{feature.key}/looks/").json()["looks"]
    assert (look["by"], look["name"]) == ("alice", "Alice Andersson")


def test_an_overlap_is_recorded_with_a_trial_of_another_system(api, alice, mallory, feature):
    external = {"key": "ld-77", "name": "New search", "system": "LaunchDarkly"}
    assert api(alice).post(API + "external-trials/", external).status_code == 201
    assert api(alice).post(API + "external-trials/", external).status_code == 409
    assert api(alice).get(API + "external-trials/").json()["results"][0]["system"] == "LaunchDarkly"
    address = f"{API}trials/reorder/overlaps/"
    counts = {"other": "ld-77", "n_arms": [10000, 10000], "cells": [[100, 100], [900, 900]]}
    assert api(mallory).post(address, counts).status_code == 403
    made = api(alice).post(address, counts)
    assert made.status_code == 201, made.content
    assert made.json()["share"] == 0.1
    assert "not the same part of each arm" in made.json()["disturbs"]
    refused = api(alice).post(address, {**counts, "cells": [[1, 2, 3]]})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid")
    refused = api(alice).post(address, {**counts, "other": "nobody"})
    assert "external-trials/" in refused.json()["errors"][0]["detail"]
    assert api(alice).get(address).json()["results"][0]["other"] == "ld-77"
    declared = {"other": "ld-77", "declared": True, "note": "It moves the button.", "as_of": made.json()["as_of"]}
    assert api(alice).post(address, declared).json()["declared"]
    back = {"other": "ld-77", "withdrawn": True, "note": "It did not."}
    assert api(alice).post(address, back).status_code == 201
    assert api(alice).post(address, {**back, "cells": [[1, 1], [1, 1]]}).status_code == 400
    assert api(alice).get(address).json()["results"] == []
