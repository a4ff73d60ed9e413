"""Backfills through REST: started, looked at, stopped, resumed, by those who keep the metric."""

from datetime import timedelta

import pytest
from django.utils import timezone

from hypotheses.models import Metric, Schedule
from tests.factories.rows import saved

pytestmark = pytest.mark.django_db
METRICS = "/api/v1/metrics/"
BACKFILLS = "/api/v1/backfills/"


@pytest.fixture
def address(api, alice, settings, tmp_path):
    settings.VAR = tmp_path
    (tmp_path / "w.csv").write_text("metric,trial,arm,as_of,n,mean,var\n")
    body = {"key": "warehouse", "name": "W", "kind": "file", "config": {"path": "w.csv"}}
    assert api(alice).post("/api/v1/sources/", body).status_code == 201
    body = {"key": "paid-orders", "kind": "mean", "source": "warehouse"}
    assert api(alice).post(METRICS, body).status_code == 201
    return METRICS + "paid-orders/backfills/"


def days_ago(days: int) -> str:
    return (timezone.now() - timedelta(days=days)).isoformat()


def test_a_range_is_read_again_and_followed(api, alice, address):
    started = api(alice).post(address, {"since": days_ago(60)})
    assert started.status_code == 201, started.content
    told = started.json()
    assert (told["state"], told["read"], told["left"], told["started_by"]) == ("running", 0, 60, "alice")
    assert api(alice).post(address, {"since": days_ago(60)}).json()["id"] == told["id"]
    one = f"{BACKFILLS}{told['id']}/"
    stopped = api(alice).post(one + "stop/").json()
    assert (stopped["state"], stopped["stopped_by"]) == ("stopped", "alice")
    assert len(api(alice).get("/api/v1/pulls/?state=held").json()["results"]) == 50
    assert api(alice).post(one + "resume/").json()["state"] == "running"
    assert api(alice).get(one).json() == api(alice).get(address).json()["results"][0]


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "since"), ({"since": "2026-03-02T00:00:00"}, "since"), ({"since": days_ago(9), "to": 1}, "to")],
)
def test_what_is_wrong_is_told_by_field(api, alice, address, body, field):
    refused = api(alice).post(address, body)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, field)


def test_only_keepers_start_stop_and_resume(api, alice, mallory, address):
    assert api(mallory).post(address, {"since": days_ago(9)}).status_code == 403
    one = f"{BACKFILLS}{api(alice).post(address, {'since': days_ago(9)}).json()['id']}/"
    assert [api(mallory).post(one + act).status_code for act in ("stop/", "resume/")] == [403, 403]
    assert api(mallory).get(one).status_code == 200, "everyone may look"


def test_another_range_waits_its_turn(api, alice, address):
    api(alice).post(address, {"since": days_ago(9)})
    refused = api(alice).post(address, {"since": days_ago(5)})
    assert (refused.status_code, refused.json()["code"]) == (409, "backfill_open")


def test_a_metric_that_is_pushed_has_no_past_to_read(api, alice):
    saved(Metric, key="pushed", owner=alice)
    refused = api(alice).post(METRICS + "pushed/backfills/", {"since": days_ago(9)})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_pulled")
    assert not Schedule.objects.exists()


def test_what_does_not_exist_is_told(api, alice):
    assert api(alice).get(BACKFILLS + "999/").status_code == 404
    assert api(alice).post(BACKFILLS + "999/stop/").status_code == 404
    assert api(alice).get(METRICS + "nothing/backfills/").status_code == 404
