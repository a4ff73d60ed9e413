"""Ladder, exposure, removal, hypotheses, curve and story through the REST API."""

import pytest

from features.models import Feature
from hypotheses.models import Metric
from tests.factories.rows import saved

pytestmark = pytest.mark.django_db


def test_the_ladder_is_the_house_s_until_the_squad_lays_one_out(life):
    address = life.path + "ladder/"
    default = life.alice.get(address)
    assert [step["percent"] for step in default.json()["steps"]] == [1, 5, 10, 25, 50, 99]
    assert (default.json()["is_default"], default.json()["holdback_percent"]) == (True, 1)
    assert {step["status"] for step in default.json()["steps"]} == {"ahead"}
    own = {"steps": [{"percent": 10, "purpose": "Look", "minimum_days": 3}, {"percent": 50}], "holdback_percent": 5}
    laid = life.alice.put(address, own, headers={"If-Match": default["ETag"]})
    assert laid.status_code == 200, laid.content
    assert [(step["percent"], step["purpose"]) for step in laid.json()["steps"]] == [(10, "Look"), (50, "")]
    assert (laid.json()["is_default"], laid.json()["holdback_percent"]) == (False, 5)
    lost = life.bob.put(address, own, headers={"If-Match": default["ETag"]})
    assert (lost.status_code, lost.json()["code"]) == (412, "changed_meanwhile")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "steps"),
        ({"steps": []}, "steps"),
        ({"steps": "1,5"}, "steps"),
        ({"steps": [5]}, "steps.0"),
        ({"steps": [{"percent": 0}]}, "steps.0.percent"),
        ({"steps": [{"percent": 101}]}, "steps.0.percent"),
        ({"steps": [{"percent": "NaN"}]}, "steps.0.percent"),
        ({"steps": [{"percent": 50}, {"percent": 5}]}, "steps.1.percent"),
        ({"steps": [{"percent": 5, "status": "passed"}]}, "steps.0.status"),
        ({"steps": [{"percent": 5, "minimum_days": 10**20}]}, "steps.0.minimum_days"),
        ({"steps": [{"percent": 5}], "holdback_percent": 99}, "holdback_percent"),
        ({"steps": [{"percent": 5}], "is_default": False}, "is_default"),
        ({"steps": [{"percent": 5, "status": "ahead"}], "holdback_owner": "bob"}, "holdback_owner"),
    ],
)
def test_a_ladder_that_does_not_stand_is_refused(life, body, field):
    refused = life.alice.put(life.path + "ladder/", body)
    assert refused.status_code == 400, refused.content
    assert refused.json()["errors"][0]["field"] == field
    assert life.alice.get(life.path + "ladder/").json()["is_default"]


def test_what_a_ladder_shows_can_be_sent_back(life):
    address = life.path + "ladder/"
    life.reach("ship_it", 5)
    shown = life.alice.get(address).json()
    assert life.alice.put(address, shown).json() == {**shown, "is_default": False}
    life.reach("tweak_it")
    released = life.alice.get(address).json()
    assert released["holdback_ends_on"]
    assert life.alice.put(address, released).json() == released
    other = {**released, "holdback_ends_on": "2199-01-01"}
    assert life.alice.put(address, other).json()["errors"][0]["code"] == "read_only"


def test_the_ladder_does_not_change_while_the_gate_is_due_nor_what_was_reached(life, api, mallory):
    address, own = life.path + "ladder/", {"steps": [{"percent": 50}]}
    assert api(mallory).put(address, own).status_code == 403
    life.call()
    assert (refused := life.alice.put(address, own)).status_code == 409
    assert refused.json()["code"] == "gate_due"
    life.reach("ship_it", 5)
    assert [step["status"] for step in life.alice.get(address).json()["steps"]][:3] == ["passed", "current", "ahead"]
    assert life.alice.put(address, own).json()["code"] == "step_reached"


def test_pipelines_ask_whether_they_may(life):
    address = life.path + "ladder/check/"
    for percent, allowed in (("0", True), ("1", False), ("25", False)):
        answer = life.alice.get(f"{address}?percent={percent}").json()
        assert (answer["allowed"], answer["gate"]) == (allowed, life.gate)
        assert answer["because"]
    life.reach("ship_it", 5)
    assert life.alice.get(f"{address}?percent=5").json()["allowed"] is True
    assert life.alice.get(f"{address}?percent=5.01").json()["allowed"] is False
    for query in ("", "?percent=", "?percent=x", "?percent=-1", "?percent=101", "?percent=NaN", "?percent=1e999999",
                  "?percent=1.001", "?share=5"):  # fmt: skip
        assert life.alice.get(address + query).status_code == 400, query


def test_exposure_goes_down_at_once_and_comes_back_to_what_was_decided(life, api, mallory):
    life.reach("ship_it", 10)
    address = life.path + "exposure/"
    life.call()
    lowered = life.alice.post(address, {"percent": 2, "reason": "Errors."})
    assert (lowered.status_code, lowered.json()["to_percent"], lowered.json()["by"]) == (201, 2, "alice")
    refused = life.alice.post(address, {"percent": 10, "reason": "Fixed."})
    assert (refused.status_code, refused.json()["code"]) == (409, "gate_due")
    above = life.alice.post(address, {"percent": 25, "reason": "Faster!"})
    assert (above.status_code, above.json()["code"]) == (409, "decided_at_gates")
    for body in ({"percent": 1}, {"percent": 1, "reason": ""}, {"percent": -1, "reason": "x"}, {"reason": "x"},
                 {"percent": "NaN", "reason": "x"}, {"percent": 2, "reason": "same"}):  # fmt: skip
        assert life.alice.post(address, body).status_code == 400, body
    assert api(mallory).post(address, {"percent": 0, "reason": "Ha."}).status_code == 403
    shown = life.alice.get(address).json()
    assert (shown["exposure_percent"], shown["ceiling_percent"]) == (2, 10)
    assert [change["cause"] for change in shown["changes"]] == ["decided", "decided", "decided", "lowered"]
    life.decide("iterate")
    assert life.alice.post(address, {"percent": 10, "reason": "Fixed."}).json()["cause"] == "restored"


def test_a_removal_is_planned_before_it_is_needed(life, api, mallory):
    address = life.path + "removal/"
    assert life.alice.get(address).json() == {
        "plan": "", "owner": None, "started_at": None, "completed_at": None, "steps": [],
    }  # fmt: skip
    planned = life.alice.put(address, {"plan": "Drop the flag.", "owner": "bob"})
    assert (planned.status_code, planned.json()["plan"], planned.json()["owner"]) == (200, "Drop the flag.", "bob")
    assert life.alice.put(address, {"plan": ""}).json()["errors"][0]["field"] == "plan"
    assert life.alice.put(address, {"plan": "x", "owner": "nobody"}).json()["errors"][0]["field"] == "owner"
    assert api(mallory).put(address, {"plan": "x"}).status_code == 403
    early = life.alice.post(address, {"work": "code_gone"})
    assert (early.status_code, early.json()["code"]) == (409, "not_removing")


def test_exposure_and_removal_are_not_changed_by_who_read_them_before_somebody_else(life):
    life.reach("ship_it", 10)
    bodies = {"exposure/": {"percent": 2, "reason": "Errors."}, "removal/": {"plan": "Drop the flag."}}
    for part, body in bodies.items():
        address = life.path + part
        write = life.alice.post if part == "exposure/" else life.alice.put
        tag = life.alice.get(address)["ETag"]
        assert life.alice.get(address, headers={"If-None-Match": tag}).status_code == 304
        assert write(address, body, headers={"If-Match": tag}).status_code in {200, 201}
        lost = write(address, {**body, "percent": 1} if "percent" in body else body, headers={"If-Match": tag})
        assert (lost.status_code, lost.json()["code"]) == (412, "changed_meanwhile")
        assert life.alice.get(address)["ETag"] != tag
    life.decide("kill")
    tag = life.alice.get(life.path + "removal/")["ETag"]
    assert life.alice.post(life.path + "removal/", {"work": "code_gone"}, headers={"If-Match": tag}).status_code == 201
    late = life.bob.post(life.path + "removal/", {"work": "exposure_zero"}, headers={"If-Match": tag})
    assert late.status_code == 412


@pytest.mark.parametrize("tag", ["zz", '"zz"', "3"])
def test_what_is_no_etag_of_ours_is_told_in_the_same_words_everywhere(life, tag):
    ladder = life.alice.put(life.path + "ladder/", {"steps": [{"percent": 10}]}, headers={"If-Match": tag})
    exposure = life.alice.post(life.path + "exposure/", {"percent": 0, "reason": "x"}, headers={"If-Match": tag})
    for refused in (ladder, exposure):
        assert (refused.status_code, refused.json()["code"]) == (412, "changed_meanwhile")
        assert refused.json()["detail"].startswith("If-Match carries the ETag of one row, as it was answered")


def test_the_same_work_is_confirmed_once_and_the_second_is_told_who_was_first(life):
    life.reach("ship_it", 10)
    life.decide("kill")
    address = life.path + "removal/"
    work = {"work": "code_gone", "note": "a"}
    assert life.alice.post(address, work).status_code == 201
    first = life.alice.get(address).json()
    again = life.alice.post(address, work)
    assert (again.status_code, again.json()) == (200, first)
    late = life.bob.post(address, work | {"note": "b"})
    assert (late.status_code, late.json()["code"], late.json()["done_by"]) == (409, "already_confirmed", "alice")
    assert late.json()["done_at"] == next(s["done_at"] for s in first["steps"] if s["work"] == "code_gone")
    assert life.alice.get(address).json() == first


HYPOTHESIS = {
    "change": "one tap", "audience": "buyers", "reason": "friction", "metric": "reorder-rate", "direction": "up",
    "minimum_effect": 0.05, "effect_scale": "relative", "guardrails": [{"metric": "basket", "margin": 0.5}],
}  # fmt: skip


def test_a_hypothesis_is_written_in_versions_until_there_are_data(life, api, mallory):
    saved(Metric, key="reorder-rate")
    saved(Metric, key="basket", kind="mean")
    address = life.path + "hypotheses/"
    first = life.alice.post(address, HYPOTHESIS)
    assert first.status_code == 201, first.content
    assert {name: first.json()[name] for name in HYPOTHESIS} == HYPOTHESIS | {
        "guardrails": [{"metric": "basket", "margin": 0.5, "minimum_effect": None}]
    }
    assert (first.json()["version"], first.json()["created_by"], first.json()["locked_at"]) == (1, "alice", None)
    same = life.alice.post(address, HYPOTHESIS)
    assert (same.status_code, same.json()) == (200, first.json())
    second = life.alice.post(address, {"minimum_effect": 0.1})
    assert second.status_code == 201
    assert (second.json()["version"], second.json()["audience"]) == (2, "buyers")
    assert [row["version"] for row in life.alice.get(address).json()["results"]] == [2, 1]
    assert api(mallory).post(address, HYPOTHESIS).status_code == 403
    finding = {"kind": "interviews", "cohort": {"population": "customers"}, "note": "They want it."}
    assert life.alice.post(life.path + "findings/", finding).status_code == 201
    locked = life.alice.post(address, {"minimum_effect": 0.2})
    assert (locked.status_code, locked.json()["code"]) == (409, "hypothesis_locked")


def test_a_hypothesis_is_not_revised_while_the_gate_is_due(life):
    life.call()
    refused = life.alice.post(life.path + "hypotheses/", {"change": "x"})
    assert (refused.status_code, refused.json()["code"]) == (409, "hypothesis_locked")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"metric": "nothing"}, "metric"),
        ({"direction": "sideways"}, "direction"),
        ({"minimum_effect": 0}, "minimum_effect"),
        ({"minimum_effect": "Infinity"}, "minimum_effect"),
        ({"minimum_effect": True}, "minimum_effect"),
        ({"effect_scale": "huge"}, "effect_scale"),
        ({"guardrails": [{"metric": "basket", "margin": -1}]}, "guardrails.0.margin"),
        ({"guardrails": [{"margin": 1}]}, "guardrails.0.metric"),
        ({"guardrails": {}}, "guardrails"),
        ({"version": 7}, "version"),
        ({"verdict": "validated"}, "verdict"),
    ],
)
def test_a_hypothesis_says_what_is_wrong_with_it(life, change, field):
    saved(Metric, key="reorder-rate")
    saved(Metric, key="basket")
    refused = life.alice.post(life.path + "hypotheses/", HYPOTHESIS | change)
    assert refused.status_code == 400, refused.content
    assert refused.json()["errors"][0]["field"] == field


def test_the_curve_and_the_story_are_told(life):
    life.decide("advance")
    curve = life.alice.get(life.path + "curve/?interval=month")
    assert curve.status_code == 200
    assert {"points", "bands", "decisions", "exposure", "shaded_area", "first_return_on", "break_even_on",
            "return_factor", "priced"} <= set(curve.json())  # fmt: skip
    assert [band["phase"] for band in curve.json()["bands"]] == ["think_it", "build_it"]
    assert life.alice.get(life.path + "curve/").json()["interval"] == "week"
    assert life.alice.get(life.path + "curve/?interval=day").status_code == 400
    kinds = []
    address = life.path + "story/?page_size=2"
    while address:
        page = life.alice.get(address).json()
        kinds += [event["kind"] for event in page["results"]]
        address = page["next"]
    assert kinds[0] == "registered"
    assert "decision" in kinds
    assert life.alice.get(life.path + "story/?cursor=x").status_code == 400


def test_ended_features_are_still_read(life):
    life.decide("kill")
    assert Feature.objects.get().status == "ended"
    for path in ("", "curve/", "story/", "ladder/", "ladder/check/?percent=1", "evidence/", "exposure/", "removal/"):
        assert life.alice.get(life.path + path).status_code == 200, path
    refused = life.alice.post(life.path + "hypotheses/", {"change": "x"})
    assert (refused.status_code, refused.json()["code"]) == (409, "feature_ended")
