"""Trials, results, findings and evidence through the REST API."""

import json
from datetime import timedelta

import pytest

from features.models import Feature, Stint
from hypotheses.models import Finding, Metric, Result, Trial
from tests.factories.rows import saved

pytestmark = pytest.mark.django_db
TRIALS = "/api/v1/trials/"
RESULTS = TRIALS + "one-tap-1/results/"
ARMS = [{"name": "control", "role": "control"}, {"name": "treatment", "role": "treatment"}]


@pytest.fixture
def feature(squad, now):
    made = saved(Feature, key="one-tap", squad=squad)
    saved(Stint, feature=made, started_at=now - timedelta(days=30))
    return made


@pytest.fixture
def trial(feature, api, alice, now):
    saved(Metric, key="reorder-rate", kind="proportion")
    saved(Metric, key="basket", kind="ratio")
    started_at = (now - timedelta(days=20)).isoformat()
    made = api(alice).post(TRIALS, {"key": "one-tap-1", "feature": "one-tap", "arms": ARMS, "started_at": started_at})
    assert made.status_code == 201, made.content
    return made


def row(now, **fields):
    as_of = (now - timedelta(days=1)).isoformat()
    return {"metric": "reorder-rate", "arm": "control", "as_of": as_of, "n": 100, "mean": 0.1, "var": 0.09} | fields


def test_a_trial_is_registered_for_the_hypothesis_in_force(api, alice, mallory, trial):
    shown = trial.json()
    assert (shown["feature"], shown["hypothesis_version"], shown["unit"]) == ("one-tap", None, "user")
    assert [(arm["name"], arm["share"]) for arm in shown["arms"]] == [("control", 1.0), ("treatment", 1.0)]
    assert [stage["label"] for stage in shown["stages"]] == ["1"]
    assert api(mallory).get(trial["Location"]).json() == shown
    assert api(alice).get(TRIALS + "?feature=one-tap&squad=checkout&running=true").json()["results"] == [shown]
    assert api(alice).get(TRIALS + "?running=false").json()["results"] == []
    body = {"key": "one-tap-1", "feature": "one-tap", "arms": ARMS}
    assert api(alice).post(TRIALS, body).json()["code"] == "key_taken"
    assert api(mallory).post(TRIALS, body | {"key": "other"}).status_code == 403


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"feature": "nothing"}, "feature"),
        ({"arms": []}, "arms"),
        ({"arms": [ARMS[0]]}, "arms"),
        ({"arms": [ARMS[0], ARMS[0]]}, "arms.1.name"),
        ({"arms": [ARMS[0], {"name": "t", "role": "king"}]}, "arms.1.role"),
        ({"arms": [ARMS[0], {"name": "t", "role": "treatment", "share": 0}]}, "arms.1.share"),
        ({"arms": [ARMS[0], {"name": "t", "role": "treatment", "share": "NaN"}]}, "arms.1.share"),
        ({"arms": {"control": 1}}, "arms"),
        ({"population": "aliens"}, "population"),
        ({"started_at": "yesterday"}, "started_at"),
        ({"started_at": "2026-01-01T00:00:00"}, "started_at"),
        ({"started_at": "2026-01-02T00:00:00Z", "ended_at": "2026-01-01T00:00:00Z"}, "ended_at"),
        ({"hypothesis_version": 3}, "hypothesis_version"),
        ({"stages": []}, "stages"),
    ],
)
def test_a_wrong_trial_is_refused(api, alice, feature, change, field):
    refused = api(alice).post(TRIALS, {"key": "t", "feature": "one-tap", "arms": ARMS} | change)
    assert refused.status_code == 400, refused.content
    assert field in [error["field"] for error in refused.json()["errors"]]
    assert not Trial.objects.exists()


def test_a_trial_ends_and_nothing_else_of_it_changes(api, alice, mallory, trial, now):
    address = TRIALS + "one-tap-1/"
    ended = {"ended_at": (now - timedelta(hours=1)).isoformat()}
    assert api(mallory).patch(address, ended).status_code == 403
    assert api(alice).patch(address, {}).json()["errors"][0]["field"] == "ended_at"
    assert api(alice).patch(address, {"name": "x"}).json()["errors"][0]["code"] == "immutable"
    assert api(alice).patch(address, {"ended_at": "2999-01-01T00:00:00Z"}).status_code == 400
    assert api(alice).patch(address, ended, headers={"If-Match": '"99.x"'}).status_code == 412
    done = api(alice).patch(address, ended, headers={"If-Match": trial["ETag"]})
    assert done.status_code == 200, done.content
    assert done.json()["stages"][0]["ended_at"]


def test_results_land_once_and_are_revised(api, alice, trial, now):
    rows = [row(now), row(now, arm="treatment", n=120, n_assigned=130)]
    assert api(alice).post(RESULTS, rows).json() == {"new": 2, "revised": 0, "unchanged": 0}
    again = api(alice).post(RESULTS, rows)
    assert (again.status_code, again.json()) == (200, {"new": 0, "revised": 0, "unchanged": 2})
    revised = api(alice).post(RESULTS, row(now, mean=0.2, var=0.16))
    assert (revised.status_code, revised.json()["revised"]) == (201, 1)
    listed = api(alice).get(RESULTS + "?arm=control&metric=reorder-rate&stage=1").json()["results"]
    assert [(found["mean"], found["revision"], found["stage"]) for found in listed] == [(0.2, 2, "1")]
    assert len(api(alice).get(RESULTS + "?history=true").json()["results"]) == 3
    assert api(alice).get(TRIALS + "nothing/results/").status_code == 404


def test_sums_are_taken_exactly(api, alice, trial, now):
    sums = {"metric": "reorder-rate", "arm": "control", "as_of": row(now)["as_of"], "n": 1000, "sum": "100",
            "sum_squares": "100"}  # fmt: skip
    assert api(alice).post(RESULTS, sums).status_code == 201
    assert Result.objects.get().mean == 0.1


def test_a_stage_may_be_a_number(api, alice, trial, now):
    assert api(alice).post(RESULTS, row(now, stage=1)).status_code == 201
    opening = row(now, stage="two", opens_stage=True, as_of=now.isoformat())
    assert api(alice).post(RESULTS, opening).status_code == 201
    assert set(Result.objects.values_list("stage__label", flat=True)) == {"1", "two"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"metric": "nothing"}, "metric"),
        ({"arm": "third"}, "arm"),
        ({"n": -1}, "n"),
        ({"n": 10**30}, "n"),
        ({"n": "many"}, "n"),
        ({"n": None}, "n"),
        ({"mean": None}, "mean"),
        ({"mean": "NaN"}, "mean"),
        ({"mean": 10**400}, "mean"),
        ({"mean": True}, "mean"),
        ({"mean": 2}, "mean"),
        ({"var": -1}, "var"),
        ({"sum": "1e99999999"}, "sum"),
        ({"sum": 1.5}, "sum"),
        ({"n_assigned": 3}, "n_assigned"),
        ({"as_of": "2999-01-01T00:00:00Z"}, "as_of"),
        ({"as_of": "2026-01-01"}, "as_of"),
        ({"stage": "x" * 41}, "stage"),
        ({"stage": ["1"]}, "stage"),
        ({"stage": "l"}, "stage"),
        ({"opens_stage": True}, "opens_stage"),
        ({"stage": "2", "opens_stage": "perhaps"}, "opens_stage"),
        ({"stage": "1", "as_of": "2020-01-01T00:00:00Z"}, "as_of"),
        ({"trial": "other"}, "trial"),
        ({"revision": 7}, "revision"),
    ],
)
def test_a_wrong_result_names_its_row_and_nothing_lands(api, alice, trial, now, change, field):
    body = json.dumps([row(now, arm="treatment"), row(now, **change)])
    refused = api(alice).post(RESULTS, body, content_type="application/json")
    assert refused.status_code == 400, refused.content
    assert f"rows.1.{field}" in [error["field"] for error in refused.json()["errors"]]
    assert not Result.objects.exists()


def test_results_of_others_are_refused(api, mallory, trial, now):
    refused = api(mallory).post(RESULTS, [row(now)])
    assert (refused.status_code, refused.json()["code"]) == (403, "not_yours")
    assert not Result.objects.exists()


def test_findings_are_recorded_and_read(api, alice, mallory, feature):
    address = "/api/v1/features/one-tap/findings/"
    body = {"kind": "prototype_test", "cohort": {"market": "Sweden", "population": "customers"}, "successes": 18,
            "trials": 20, "note": "Quick.", "url": "https://example.org/report"}  # fmt: skip
    made = api(alice).post(address, body)
    assert made.status_code == 201, made.content
    assert {name: made.json()[name] for name in body} == body
    assert (made.json()["by"], made.json()["target"]) == ("alice", 0.5)
    assert api(mallory).get(address).json()["results"] == [made.json()]
    assert api(mallory).post(address, body).status_code == 403


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "dream"}, "kind"),
        ({"cohort": None}, "cohort"),
        ({"cohort": {}}, "cohort.population"),
        ({"cohort": {"population": "aliens"}}, "cohort.population"),
        ({"cohort": {"population": "customers", "age": 5}}, "cohort.age"),
        ({"successes": 3}, "trials"),
        ({"successes": 5, "trials": 3}, "successes"),
        ({"successes": -1, "trials": 3}, "successes"),
        ({"target": 2, "successes": 1, "trials": 3}, "target"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"at": "2026-01-01T00:00:00Z"}, "at"),
    ],
)
def test_a_wrong_finding_is_refused(api, alice, feature, change, field):
    body = {"kind": "interviews", "cohort": {"population": "customers"}} | change
    refused = api(alice).post("/api/v1/features/one-tap/findings/", body)
    assert refused.status_code == 400, refused.content
    assert field in [error["field"] for error in refused.json()["errors"]]
    assert not Finding.objects.exists()


def test_the_evidence_has_its_shape_and_can_be_read_as_it_was(api, alice, feature, now):
    address = "/api/v1/features/one-tap/evidence/"
    shown = api(alice).get(address).json()
    assert {"feature", "hypothesis_version", "phase", "step", "as_of", "state", "verdict", "reason", "days_left",
            "explanation", "primary", "guardrails", "checks", "marks", "stages"} <= set(shown)  # fmt: skip
    assert shown["verdict"] == "missing"
    for as_of in ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00+01:00", "2026-01-01T00:00:00%2B01:00"):
        assert api(alice).get(f"{address}?as_of={as_of}").status_code == 200, as_of
    for as_of in ("yesterday", "2026-01-01", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z", "%00",
                  "0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00"):  # fmt: skip
        assert api(alice).get(f"{address}?as_of={as_of}").status_code in {200, 400}, as_of
    assert api(alice).get(address + "?as_of=yesterday").json()["errors"][0]["field"] == "as_of"
