"""Every answer in every phase, through the REST API: law 5, and what is refused."""

import pytest

from features.models import Feature
from lifecycle.models import Decision

pytestmark = pytest.mark.django_db
TWEAK = {"next": {"tweak": {"name": "Smaller button"}}}

PAIRS = [
    # phase, step, answer, body, phase after, step after, status after, exposure after
    ("think_it", None, "iterate", {}, "think_it", None, "active", 0),
    ("think_it", None, "kill", {}, "think_it", None, "ended", 0),
    ("think_it", None, "advance", {}, "build_it", None, "active", 0),
    ("build_it", None, "iterate", {}, "build_it", None, "active", 0),
    ("build_it", None, "kill", {}, "build_it", None, "ended", 0),
    ("build_it", None, "advance", {}, "ship_it", 1, "active", 1),
    ("ship_it", 1, "iterate", {}, "ship_it", 1, "active", 1),
    ("ship_it", 5, "kill", {}, "ship_it", None, "removing", 0),
    ("ship_it", 1, "advance", {}, "ship_it", 5, "active", 5),
    ("ship_it", 99, "iterate", {}, "ship_it", 99, "active", 99),
    ("ship_it", 99, "advance", {}, "tweak_it", None, "active", None),
    ("tweak_it", None, "iterate", TWEAK, "tweak_it", None, "active", None),
    ("tweak_it", None, "kill", {}, "tweak_it", None, "removing", 0),
    ("tweak_it", None, "advance", {}, "maintain_it", None, "active", None),
    ("maintain_it", None, "iterate", {}, "tweak_it", None, "active", None),
    ("maintain_it", None, "kill", {}, "maintain_it", None, "removing", 0),
    ("maintain_it", None, "advance", {}, "maintain_it", None, "active", None),
]


@pytest.mark.parametrize(("phase", "step", "outcome", "body", "to", "to_step", "status", "exposure"), PAIRS)
def test_every_answer_in_every_phase(life, phase, step, outcome, body, to, to_step, status, exposure):
    life.reach(phase, step)
    before = life.shown()
    decision = life.decide(outcome, **body)
    after = life.shown()
    assert (after["phase"], after["status"]) == (to, status)
    assert (decision["outcome"], decision["phase"], decision["by"]) == (outcome, phase, "alice")
    if status == "active":
        assert after["step"] == to_step
        assert after["gate"]["id"] != before["gate"]["id"], "the next gate stands open"
        assert after["gate"]["state"] == "open"
    else:
        assert after["gate"] is None
    if exposure is not None:
        assert after["exposure_percent"] == exposure
    if outcome == "iterate" and phase == to:
        assert after["iteration"] == before["iteration"] + 1


@pytest.mark.parametrize("outcome", ["postpone", "", None, 5, [], "ADVANCE"])
@pytest.mark.parametrize("phase", ["think_it", "ship_it"])
def test_there_is_no_fourth_answer(life, outcome, phase):
    life.reach(phase)
    life.call()
    refused = life.answer(outcome)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == "outcome"
    assert life.shown()["phase"] == phase


def test_a_tweak_lands(life):
    life.reach("tweak_it")
    life.decide("iterate", **TWEAK)
    [tweak] = life.alice.get("/api/v1/features/?parent=one-tap").json()["results"]
    child = type(life)(tweak["key"], life.alice, life.bob)
    child.reach("ship_it", 99)
    child.decide("advance")
    assert (child.shown()["status"], child.shown()["parent"]) == ("landed", "one-tap")
    assert life.shown()["gate"]["due_because"][0]["cause"] == "tweak_ended"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"reason": "   "}, "reason"),
        ({"reason": 5}, "reason"),
        ({"reason": None}, "reason"),
        ({"outcome": "iterate", "questions": []}, "questions"),
        ({"outcome": "iterate", "questions": "mvp"}, "questions"),
        ({"outcome": "iterate", "questions": ["luck"]}, "questions.0"),
        ({"outcome": "kill", "questions": ["mvp"]}, "questions"),
        ({"outcome": "advance", "questions": ["mvp"]}, "questions"),
        ({"next": []}, "next"),
        ({"next": {"colour": 1}}, "next.colour"),
        ({"outcome": "iterate", "questions": ["mvp"], "next": {"time_box_days": 0}}, "next.time_box_days"),
        ({"outcome": "iterate", "questions": ["mvp"], "next": {"budget": {"amount": "-1"}}}, "next.budget.amount"),
        ({"outcome": "kill", "next": {"time_box_days": 5}}, "next"),
        ({"override": {"reason": "x"}}, "override.consent"),
        ({"override": {"reason": "", "consent": 1}}, "override.reason"),
        ({"override": {"reason": "x", "consent": 10**30}}, "override.consent"),
        ({"override": True}, "override"),
        ({"vote": 1}, "vote"),
        ({"phase": "ship_it"}, "phase"),
    ],
)
def test_an_answer_that_is_not_of_the_form_is_400_and_moves_nothing(life, body, field):
    life.call()
    refused = life.answer(**{"outcome": "advance", **body})
    assert refused.status_code == 400, refused.content
    assert field in [error["field"] for error in refused.json()["errors"]]
    assert not Decision.objects.exists()


def test_a_gate_that_is_not_due_is_not_decided(life):
    refused = life.answer("kill")
    assert (refused.status_code, refused.json()["code"]) == (409, "gate_not_due")
    assert life.shown()["status"] == "active"


def test_the_second_answer_is_told_the_first(life):
    life.call()
    gate = life.gate
    assert life.answer("kill").status_code == 201
    again = life.bob.post(f"/api/v1/gates/{gate}/decision/", {"outcome": "advance", "reason": "No!"})
    assert (again.status_code, again.json()["code"]) == (409, "already_decided")
    assert again.json()["decision"]["outcome"] == "kill"
    for part, body in (("call", {}), ("consents", {"rules": ["validated"]})):
        late = life.bob.post(f"/api/v1/gates/{gate}/{part}/", {"reason": "No!", **body})
        assert (late.status_code, late.json()["code"]) == (409, "already_decided")
        assert late.json()["detail"].startswith("alice decided this gate at ")
        assert late.json()["decision"] == again.json()["decision"]


def test_a_gate_is_read_again_only_when_something_changed(life):
    address = f"/api/v1/gates/{life.gate}/"
    tag = life.alice.get(address)["ETag"]
    assert life.alice.get(address, headers={"If-None-Match": tag}).status_code == 304
    called = life.call()
    assert called["ETag"] == life.alice.get(address)["ETag"] != tag


def test_others_do_not_decide(life, api, mallory):
    life.call()
    body = {"outcome": "kill", "reason": "Ha."}
    refused = api(mallory).post(f"/api/v1/gates/{life.gate}/decision/", body)
    assert refused.status_code == 403
    assert api(mallory).post(f"/api/v1/gates/{life.gate}/call/", {"reason": "Ha."}).status_code == 403
    assert api(mallory).get(f"/api/v1/gates/{life.gate}/").status_code == 200, "everyone signed in may read"
    assert api().get(f"/api/v1/gates/{life.gate}/").status_code == 401


def test_must_rules_refuse_with_what_is_missing(life):
    life.call()
    refused = life.answer("advance")
    assert (refused.status_code, refused.json()["code"]) == (422, "rules_unmet")
    codes = {rule["code"] for rule in refused.json()["rules"]}
    assert {"hypothesis_complete", "finding_from_customers"} <= codes
    assert all(rule["detail"] for rule in refused.json()["rules"])


def test_an_override_takes_a_second_person(life):
    life.call()
    rules = [rule["code"] for rule in life.answer("advance").json()["rules"]]
    own = life.alice.post(f"/api/v1/gates/{life.gate}/consents/", {"rules": rules, "reason": "I agree with me."})
    override = {"reason": "Go.", "consent": own.json()["id"]}
    refused = life.answer("advance", override=override)
    assert (refused.status_code, refused.json()["code"]) == (403, "second_person_needed")
    wrong = life.bob.post(f"/api/v1/gates/{life.gate}/consents/", {"rules": ["validated"], "reason": "x"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "rules")
    unknown = life.answer("advance", override={"reason": "Go.", "consent": 999})
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (400, "override.consent")


def test_a_decision_is_read_for_ever_and_never_written(life, api, alice, root):
    decision = life.decide("advance")
    address = f"/api/v1/decisions/{decision['id']}/"
    assert life.alice.get(address).json() == decision
    assert decision["evidence"]["verdict"] == "missing"
    assert decision["override"]["consent"]["by"] == "bob"
    for send in (api(root).put, api(root).patch, api(root).delete, api(root).post):
        assert send(address, {"outcome": "kill"}).status_code == 405
    listed = life.alice.get("/api/v1/decisions/?feature=one-tap&outcome=advance&squad=checkout&phase=think_it").json()
    assert [row["id"] for row in listed["results"]] == [decision["id"]]
    assert life.alice.get("/api/v1/decisions/?until=1999-01-01").json()["results"] == []
    assert life.alice.get("/api/v1/decisions/?outcome=maybe").status_code == 400
    assert life.alice.get("/api/v1/decisions/999/").status_code == 404


def test_a_retried_decision_is_answered_again(life):
    life.call()
    gate = life.gate
    send = {"outcome": "kill", "reason": "Enough."}
    answers = [
        life.alice.post(f"/api/v1/gates/{gate}/decision/", send, headers={"Idempotency-Key": "once"}) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert answers[1]["Idempotent-Replayed"] == "true"
    assert answers[0]["Location"] == f"/api/v1/decisions/{answers[0].json()['id']}/"


def test_gates_are_listed_and_owed(life, api, alice, mallory):
    life.call()
    [gate] = life.alice.get("/api/v1/gates/?state=due&squad=checkout&phase=think_it&tribe=commerce").json()["results"]
    assert (gate["feature"], gate["held"], gate["overdue_days"]) == ("one-tap", True, None)
    assert gate["due_because"][0]["cause"] == "called"
    assert life.alice.get("/api/v1/gates/?overdue=true").json()["results"] == []
    assert len(life.alice.get("/api/v1/gates/?overdue=false").json()["results"]) == 1
    assert life.alice.get("/api/v1/gates/?review=2026-Q4").json()["results"] == []
    assert life.alice.get("/api/v1/gates/?state=maybe").status_code == 400
    assert life.alice.get("/api/v1/gates/999/").status_code == 404
    one = life.alice.get(f"/api/v1/gates/{gate['id']}/").json()
    assert {"rules", "recommendation", "deciders", "evidence"} <= set(one)
    assert {"alice", "bob"} <= set(one["deciders"])
    [owed] = life.alice.get("/api/v1/owed/?mine=true").json()["results"]
    assert (owed["feature"], owed["gate"]) == ("one-tap", gate["id"])
    assert api(mallory).get("/api/v1/owed/?mine=true").json()["results"] == []
    assert len(api(mallory).get("/api/v1/owed/?squad=checkout").json()["results"]) == 1
    assert api(mallory).get("/api/v1/owed/?mine=perhaps").status_code == 400


def test_calling_needs_a_reason_and_counts_once(life):
    address = f"/api/v1/gates/{life.gate}/call/"
    assert life.alice.post(address, {}).json()["errors"][0]["code"] == "required"
    assert life.alice.post(address, {"reason": "Now."}).json()["state"] == "due"
    assert life.bob.post(address, {"reason": "Again."}).status_code == 200
    causes = life.shown()["gate"]["due_because"]
    assert [cause["detail"] for cause in causes] == ["Now."]
    assert life.alice.post("/api/v1/gates/999/call/", {"reason": "x"}).status_code == 404


def test_a_removal_is_work_and_its_end_the_end(life):
    life.reach("ship_it")
    life.decide("kill")
    address = life.path + "removal/"
    assert len(life.alice.get(address).json()["steps"]) == 3
    for work in ("exposure_zero", "code_gone", "data_and_docs_gone"):
        assert life.shown()["status"] == "removing"
        assert life.alice.post(address, {"work": work, "note": "Done."}).status_code == 201
    assert life.shown()["status"] == "ended"
    assert Feature.objects.get(key="one-tap").ended_on
    assert life.alice.post(address, {"work": "magic"}).status_code == 400
