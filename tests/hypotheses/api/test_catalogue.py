"""Sources, metrics and pulls through the REST API."""

import pytest

from hypotheses.models import Guardrail, Hypothesis, Metric, Pull, Result, Schedule, Source
from tests.factories.rows import T0, saved

pytestmark = pytest.mark.django_db
SOURCES, METRICS, PULLS = "/api/v1/sources/", "/api/v1/metrics/", "/api/v1/pulls/"


@pytest.fixture
def warehouse(tmp_path, settings):
    settings.SOURCE_FILES = [str(tmp_path)]
    file = tmp_path / "results.csv"
    file.write_text("metric,arm\n")
    return file


def source_body(warehouse, **fields):
    return {"key": "warehouse", "name": "Warehouse", "kind": "file", "config": {"path": str(warehouse)}} | fields


def test_a_source_is_added_and_its_secret_never_shown(api, alice, mallory, warehouse):
    engine = {"kind": "sql", "config": {"url": "postgresql://reader@localhost/warehouse"}}
    made = api(alice).post(SOURCES, source_body(warehouse, **engine, secret="hunter2"))
    assert made.status_code == 201, made.content
    assert (made.json()["owner"], made.json()["has_secret"]) == ("alice", True)
    assert Source.objects.get().secret == "hunter2"
    for answer in (made, api(mallory).get(SOURCES), api(mallory).get(SOURCES + "warehouse/")):
        assert b"hunter2" not in answer.content
        assert b'"secret"' not in answer.content


def test_a_source_is_changed_by_its_keepers(api, alice, bob, mallory, warehouse):
    api(alice).post(SOURCES, source_body(warehouse))
    address = SOURCES + "warehouse/"
    tag = api(alice).get(address)["ETag"]
    changed = api(bob).patch(address, {"name": "The lake", "max_concurrency": 5}, headers={"If-Match": tag})
    assert (changed.status_code, changed.json()["name"]) == (200, "The lake")
    assert api(alice).patch(address, {"name": "x"}, headers={"If-Match": tag}).status_code == 412
    assert api(mallory).patch(address, {"name": "Mine"}).status_code == 403
    assert api(mallory).post(address + "test/").status_code == 403
    for name in ("key", "kind"):
        assert api(alice).patch(address, {name: "sql"}).json()["errors"][0]["code"] == "immutable"


def test_a_source_is_tried_now(api, alice, warehouse):
    api(alice).post(SOURCES, source_body(warehouse))
    tried = api(alice).post(SOURCES + "warehouse/test/")
    assert tried.status_code == 200, tried.content
    assert set(tried.json()) == {"ok", "detail", "seconds"}
    warehouse.unlink()
    gone = api(alice).post(SOURCES + "warehouse/test/", headers={"Idempotency-Key": "k"}).json()
    assert gone["ok"] is False
    assert gone["detail"]
    assert api(alice).post(SOURCES + "warehouse/test/", {"now": True}).json()["code"] == "unknown_field"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"key": "NO"}, "key"),
        ({"kind": "carrier-pigeon"}, "kind"),
        ({"config": []}, "config"),
        ({"config": {"colour": 1}}, "config"),
        ({"config": {}}, "config"),
        ({"max_concurrency": 0}, "max_concurrency"),
        ({"max_concurrency": 10**30}, "max_concurrency"),
        ({"owner": "nobody"}, "owner"),
        ({"has_secret": True}, "has_secret"),
        ({"secret": "hunter2"}, "secret"),
        ({"fail_streak": 0}, "fail_streak"),
    ],
)
def test_a_wrong_source_is_refused(api, alice, warehouse, change, field):
    refused = api(alice).post(SOURCES, source_body(warehouse, **change))
    assert refused.status_code == 400, refused.content
    assert refused.json()["errors"][0]["field"].startswith(field)
    assert not Source.objects.exists()


def test_a_metric_is_added_to_the_catalogue_and_pulled(api, alice, bob, warehouse):
    api(alice).post(SOURCES, source_body(warehouse))
    body = {
        "key": "reorder-rate", "name": "Reorder rate", "kind": "proportion", "unit": "share", "source": "warehouse",
        "query": "reorder", "schedule": {"every_seconds": 3600, "restate_after": [7200]},
    }  # fmt: skip
    made = api(alice).post(METRICS, body)
    assert made.status_code == 201, made.content
    shown = made.json()
    assert (shown["source"], shown["owner"], shown["better"]) == ("warehouse", "alice", "up")
    assert shown["schedule"] == {
        "every_seconds": 3600, "delay_seconds": 0, "restate_after": [7200], "enabled": True,
    }  # fmt: skip
    address = METRICS + "reorder-rate/"
    changed = api(bob).patch(
        address, {"better": "down", "schedule": {"enabled": False}}, headers={"If-Match": made["ETag"]}
    )
    assert (changed.json()["better"], changed.json()["schedule"]["enabled"]) == ("down", False)
    assert api(bob).patch(address, {"unit": "%"}, headers={"If-Match": made["ETag"]}).status_code == 412
    assert api(bob).patch(address, {"key": "other"}).json()["errors"][0]["code"] == "immutable"
    assert [
        row["key"] for row in api(bob).get(METRICS + "?source=warehouse&kind=proportion&owner=alice").json()["results"]
    ]
    assert api(bob).get(METRICS + "?kind=median").status_code == 400
    taken = api(alice).post(METRICS, body)
    assert (taken.status_code, taken.json()["code"]) == (409, "key_taken")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"key": ""}, "key"),
        ({"kind": None}, "kind"),
        ({"kind": "median"}, "kind"),
        ({"source": "nothing"}, "source"),
        ({"owner": "nobody"}, "owner"),
        ({"baseline": "NaN"}, "baseline"),
        ({"unit": "x" * 41}, "unit"),
        ({"schedule": {"every_seconds": 0}}, "schedule.every_seconds"),
        ({"schedule": {"restate_after": ["soon"]}}, "schedule.restate_after.0"),
        ({"schedule": {"start": "2026-01-01"}}, "schedule.start"),
        ({"schedule": {"start": "2026-01-01T00:00:00"}}, "schedule.start"),
        ({"schedule": {"start": "0001-01-01T00:00:00+14:00"}}, "schedule.start"),
        ({"schedule": {"colour": 1}}, "schedule.colour"),
        ({"definition_hash": "x"}, "definition_hash"),
    ],
)
def test_a_wrong_metric_is_refused(api, alice, change, field):
    refused = api(alice).post(METRICS, {"key": "reorder-rate", "kind": "proportion"} | change)
    assert refused.status_code == 400, refused.content
    assert field in [error["field"] for error in refused.json()["errors"]]
    assert not Metric.objects.exists()


def test_strangers_do_not_write_the_catalogue(api, root, warehouse, django_user_model):
    stranger = django_user_model.objects.create_user("stranger")
    assert api(stranger).post(SOURCES, source_body(warehouse)).status_code == 403
    assert api(stranger).post(METRICS, {"key": "m", "kind": "mean"}).status_code == 403
    assert api(stranger).get(METRICS).status_code == 200


@pytest.fixture
def pulls(alice):
    source = saved(Source, key="warehouse", kind="file")
    schedule = saved(Schedule, metric=saved(Metric, key="reorder-rate", source=source))
    dead = saved(Pull, schedule=schedule, source=source, state="dead", attempts=8, error="The file is gone.")
    done = saved(Pull, schedule=schedule, source=source, state="succeeded", pass_number=1, rows=4)
    saved(Pull, schedule=saved(Schedule), state="due")
    return dead, done


def test_pulls_are_read_and_tried_again(api, alice, pulls, django_user_model):
    dead, done = pulls
    listed = api(alice).get(METRICS + "reorder-rate/pulls/?state=dead").json()["results"]
    assert [row["id"] for row in listed] == [dead.pk]
    assert (listed[0]["metric"], listed[0]["error"]) == ("reorder-rate", "The file is gone.")
    assert listed[0]["window"]["start"] == listed[0]["window_start"]
    assert len(api(alice).get(PULLS).json()["results"]) == 3
    assert len(api(alice).get(PULLS + "?metric=reorder-rate&source=warehouse").json()["results"]) == 2
    assert api(alice).get(PULLS + "?state=tired").status_code == 400
    address = f"{PULLS}{dead.pk}/retry/"
    assert api(django_user_model.objects.create_user("stranger")).post(address).status_code == 403
    again = api(alice).post(address)
    assert (again.status_code, again.json()["state"], again.json()["attempts"]) == (200, "due", 0)
    over = api(alice).post(f"{PULLS}{done.pk}/retry/")
    assert (over.status_code, over.json()["code"]) == (409, "pull_over")
    assert api(alice).post(PULLS + "999999/retry/").status_code == 404
    assert api(alice).get(METRICS + "nothing/pulls/").status_code == 404


def test_a_metric_is_pulled_now(api, alice, pulls):
    Schedule.objects.update(cursor=T0.replace(day=3))
    now = api(alice).post(METRICS + "reorder-rate/pulls/")
    assert now.status_code == 201, now.content
    assert now.json()["metric"] == "reorder-rate"


def test_a_metric_is_changed_by_its_keepers(api, alice, bob, carol, root, mallory):
    api(alice).post(METRICS, {"key": "reorder-rate", "name": "Reorder rate", "kind": "proportion"})
    address = METRICS + "reorder-rate/"
    for body in ({"kind": "mean"}, {"query": "SELECT 1"}, {"name": "Mine"}):
        refused = api(mallory).patch(address, body)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_yours")
        assert "The owner of Reorder rate" in refused.json()["detail"]
    for person in (alice, bob, carol, root):
        assert api(person).patch(address, {"unit": person.username}).status_code == 200


def test_a_metric_without_an_owner_is_kept_by_the_owner_of_its_source(api, alice, bob, mallory, warehouse):
    api(mallory).post(SOURCES, source_body(warehouse))
    body = {"key": "m", "kind": "mean", "owner": None, "source": "warehouse", "query": "m"}
    api(alice).post(METRICS, body)
    assert api(alice).patch(METRICS + "m/", {"unit": "x"}).status_code == 403
    assert api(mallory).patch(METRICS + "m/", {"unit": "x"}).status_code == 200
    assert api(bob).patch(METRICS + "m/", {"source": None}).status_code == 200
    assert api(mallory).patch(METRICS + "m/", {"unit": "y"}).status_code == 403


@pytest.mark.parametrize("stands", ["a result", "a hypothesis", "a guardrail"])
def test_what_evidence_stands_on_keeps_its_meaning(api, alice, stands):
    api(alice).post(METRICS, {"key": "m", "name": "Baskets", "kind": "mean"})
    metric = Metric.objects.get(key="m")
    if stands == "a result":
        saved(Result, metric=metric)
    else:
        primary = metric if stands == "a hypothesis" else saved(Metric)
        locked = saved(Hypothesis, locked_at=T0, minimum_effect_absolute=1, metric=primary)
        saved(Guardrail, hypothesis=locked, metric=saved(Metric) if primary is metric else metric)
    for body in ({"kind": "proportion"}, {"better": "down"}):
        refused = api(alice).patch(METRICS + "m/", body)
        assert (refused.status_code, refused.json()["code"]) == (409, "metric_in_use"), refused.content
        assert "Baskets" in refused.json()["detail"]
    assert api(alice).patch(METRICS + "m/", {"kind": "mean", "better": "up", "unit": "EUR"}).status_code == 200
