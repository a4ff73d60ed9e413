"""What programs do about pulls through REST: find the late ones, leave one out, try a source again, try a query."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from features.models import AuditEntry
from hypotheses.models import Metric, Pull, Schedule, Source
from tests.factories.rows import saved

pytestmark = pytest.mark.django_db
SOURCES, METRICS, PULLS = "/api/v1/sources/", "/api/v1/metrics/", "/api/v1/pulls/"
HEADER = "metric,trial,arm,as_of,n,mean,var\n"


@pytest.fixture
def stranger(db):
    return User.objects.create_user("stranger")


@pytest.fixture
def warehouse(settings, tmp_path, alice):
    settings.VAR = tmp_path
    file = tmp_path / "warehouse.csv"
    file.write_text(HEADER)
    source = saved(Source, key="warehouse", kind="file", config={"path": "warehouse.csv"}, owner=alice)
    saved(Schedule, metric=saved(Metric, key="reorder-rate", source=source, owner=alice))
    return file


def pull(*, state="dead", number=0, **fields) -> Pull:
    schedule = Schedule.objects.get(metric__key="reorder-rate")
    return saved(Pull, schedule=schedule, source=schedule.metric.source, state=state, pass_number=number, **fields)


def test_all_dead_pulls_of_a_source_are_tried_again(api, alice, stranger, warehouse):
    dead, done = [pull(number=number) for number in range(3)], pull(state="succeeded", number=9)
    Source.objects.update(fail_streak=7, breaker_until=timezone.now() + timedelta(minutes=5))
    address = SOURCES + "warehouse/retry/"
    refused = api(stranger).post(address)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_yours")
    again = api(alice).post(address, headers={"Idempotency-Key": "k"})
    assert (again.status_code, again.json()) == (200, {"pulls": 3})
    assert api(alice).post(address, headers={"Idempotency-Key": "k"}).json() == {"pulls": 3}
    assert api(alice).post(address).json() == {"pulls": 0}
    assert {row.state for row in Pull.objects.filter(pk__in=[one.pk for one in dead])} == {"due"}
    assert Pull.objects.get(pk=done.pk).state == "succeeded"
    assert api(alice).get(SOURCES + "warehouse/").json()["breaker_until"] is None
    assert api(alice).post(SOURCES + "nothing/retry/").status_code == 404
    assert api(alice).post(address, {"all": True}).json()["code"] == "unknown_field"


def test_a_window_is_left_out_with_a_reason(api, alice, stranger, warehouse):
    dead, running = pull(error="The file is gone."), f"{PULLS}{pull(state='succeeded', number=1).pk}/skip/"
    address = f"{PULLS}{dead.pk}/skip/"
    reason = {"reason": "The export lost that day."}
    assert api(stranger).post(address, reason).status_code == 403
    for body, code in (({}, "required"), ({"reason": " "}, "blank"), ({"reason": 5}, "invalid")):
        refused = api(alice).post(address, body)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, code)
    left = api(alice).post(address, reason)
    assert (left.status_code, left.json()["state"]) == (200, "skipped")
    assert left.json()["error"] == "The export lost that day."
    assert AuditEntry.objects.latest("number").by == alice
    for over in (address, running):
        refused = api(alice).post(over, reason)
        assert (refused.status_code, refused.json()["code"]) == (409, "pull_over")
    assert api(alice).post(PULLS + "999999/skip/", reason).status_code == 404


def test_late_pulls_are_found(api, alice, warehouse):
    now = timezone.now()
    late = pull(state="due", due_at=now - timedelta(hours=1))
    again = pull(state="failed", number=1, due_at=now - timedelta(seconds=9), attempts=2)
    pull(state="due", number=2, due_at=now + timedelta(hours=1))
    pull(state="succeeded", number=3)
    found = {row["id"] for row in api(alice).get(PULLS + "?late=true").json()["results"]}
    assert found == {late.pk, again.pk}
    assert len(api(alice).get(PULLS + "?late=false").json()["results"]) == 2
    assert len(api(alice).get(METRICS + "reorder-rate/pulls/?late=true&state=due").json()["results"]) == 1
    assert api(alice).get(PULLS + "?late=soon").status_code == 400


def test_a_query_is_tried_and_nothing_is_recorded(api, alice, stranger, warehouse):
    moment = (timezone.now() - timedelta(hours=1)).isoformat()
    warehouse.write_text(HEADER + f"reorder-rate,reorder-1,control,{moment},1200,0.5,\n")
    address = METRICS + "reorder-rate/preview/"
    assert api(stranger).post(address).status_code == 403
    seen = api(alice).post(address, headers={"Idempotency-Key": "k"}).json()
    assert (seen["ok"], seen["count"], seen["detail"]) == (True, 1, "1 row came.")
    assert seen["bytes"] > 0
    assert {name: seen["rows"][0][name] for name in ("trial", "arm", "n", "mean", "var")} == {
        "trial": "reorder-1", "arm": "control", "n": 1200, "mean": 0.5, "var": None,
    }  # fmt: skip
    warehouse.unlink()
    gone = api(alice).post(address, headers={"Idempotency-Key": "k"}).json()
    assert (gone["ok"], gone["rows"], gone["count"]) == (False, [], 0), "a try is never answered from memory"
    assert "does not exist" in gone["detail"]
    assert not Pull.objects.exists()
    assert api(alice).post(METRICS + "nothing/preview/").status_code == 404
    assert api(alice).post(address, {"since": moment}).json()["code"] == "unknown_field"


def test_at_most_twenty_rows_are_shown_and_all_are_counted(api, alice, warehouse):
    began = timezone.now() - timedelta(hours=5)
    rows = [f"reorder-rate,reorder-1,a{n},{began.isoformat()},1,0.5,0.25" for n in range(25)]
    warehouse.write_text(HEADER + "\n".join(rows) + "\n")
    seen = api(alice).post(METRICS + "reorder-rate/preview/").json()
    assert (seen["count"], len(seen["rows"])) == (25, 20)


def test_a_metric_without_a_source_says_so(api, alice):
    saved(Metric, key="pushed", name="Pushed")
    seen = api(alice).post(METRICS + "pushed/preview/").json()
    assert (seen["ok"], seen["detail"]) == (False, "Pushed has no source.")
