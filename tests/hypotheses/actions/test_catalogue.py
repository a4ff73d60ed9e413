"""Sources and metrics: who may write them, what is refused, what becomes of secrets, definitions, waiting pulls."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection

from features.errors import BadInput, Conflict, Forbidden, LostRace
from features.models import AuditEntry
from hypotheses.actions.metric import create_metric, edit_metric
from hypotheses.actions.source import create_source, edit_source
from hypotheses.models import Metric, Pull, Schedule, Source
from tests.hypotheses.actions.conftest import DAY

SQL = {"url": "postgresql://reader@localhost/warehouse"}


def fields_of(caught) -> list[str]:
    return [error.field for error in caught.value.errors]


def test_a_secret_goes_in_and_stays_in(alice, now):
    source = create_source(key="w", name="W", kind="sql", config=SQL, secret="hunter2", by=alice, now=now)
    assert Source.objects.get().secret == "hunter2"
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM source")
        [stored] = cursor.fetchone()
    assert stored.startswith("fernet:")
    assert "hunter2" not in json.dumps([entry.body for entry in AuditEntry.objects.all()])
    edit_source(source=source, by=alice, now=now, name="Warehouse")
    assert Source.objects.get().secret == "hunter2"
    edit_source(source=source, by=alice, now=now, secret="")
    assert Source.objects.get().secret == ""


def test_a_stored_secret_is_not_sent_to_another_address(alice, now):
    source = create_source(key="w", name="W", kind="sql", config=SQL, secret="hunter2", by=alice, now=now)
    elsewhere = {"url": "postgresql://reader@evil.example/warehouse"}
    with pytest.raises(BadInput) as caught:
        edit_source(source=source, by=alice, now=now, config=elsewhere)
    assert fields_of(caught) == ["secret"]
    assert edit_source(source=source, by=alice, now=now, config=elsewhere, secret="new").config == elsewhere


@pytest.mark.parametrize(("kind", "config"), [("file", {"path": "a.csv"}), ("push", {})])
def test_what_has_no_secret_takes_none(alice, now, kind, config):
    given = {"key": "w", "name": "W", "kind": kind, "config": config, "by": alice, "now": now}
    with pytest.raises(BadInput, match="has no secret") as caught:
        create_source(**given, secret="hunter2")
    assert fields_of(caught) == ["secret"]
    source = create_source(**given, secret="")
    with pytest.raises(BadInput, match="has no secret") as caught:
        edit_source(source=source, by=alice, now=now, secret="hunter2")
    assert fields_of(caught) == ["secret"]
    assert edit_source(source=source, by=alice, now=now, secret="").secret == ""


def test_only_administrators_point_a_secret_to_the_environment(alice, root, now):
    given = {"key": "w", "name": "W", "kind": "sql", "config": SQL, "now": now}
    with pytest.raises(Forbidden):
        create_source(**given, secret="env:PULL_WAREHOUSE", by=alice)
    with pytest.raises(BadInput, match="PULL_"):
        create_source(**given, secret="env:DATABASE_URL", by=root)
    assert create_source(**given, secret="env:PULL_WAREHOUSE", by=root).pk


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"key": "Not A Key"}, "key"),
        ({"kind": "carrier-pigeon"}, "kind"),
        ({"kind": "prometheus", "config": {"url": "ftp://host"}}, "config.url"),
        ({"kind": "http", "config": {"url": "https://host", "header": "X: y"}}, "config.header"),
        ({"config": {}}, "config.url"),
        ({"config": {"url": "postgresql://u:secret@h/d"}}, "config.url"),
        ({"config": {**SQL, "speed": 1}}, "config.speed"),
        ({"kind": "push", "config": {"x": 1}}, "config.x"),
        ({"max_concurrency": 0}, "max_concurrency"),
    ],
)
def test_wrong_sources_are_refused_by_field(alice, now, given, field):
    with pytest.raises(BadInput) as caught:
        create_source(**{"key": "w", "name": "W", "kind": "sql", "config": SQL, **given}, by=alice, now=now)
    assert fields_of(caught) == [field]
    assert not Source.objects.exists()


def test_a_key_is_used_once(alice, now):
    create_source(key="w", name="W", kind="push", by=alice, now=now)
    with pytest.raises(Conflict, match="already"):
        create_source(key="w", name="W", kind="push", by=alice, now=now)
    create_metric(key="m", kind="mean", by=alice, now=now)
    with pytest.raises(Conflict, match="already"):
        create_metric(key="m", kind="mean", by=alice, now=now)


def test_strangers_write_nothing_and_members_do_not_touch_the_sources_of_others(alice, bob, mallory, now):
    stranger = User.objects.create_user("stranger")
    for act in (create_source, create_metric):
        with pytest.raises(Forbidden):
            act(key="w", name="W", kind="push", by=stranger, now=now)
    source = create_source(key="w", name="W", kind="push", by=alice, now=now)
    with pytest.raises(Forbidden):
        edit_source(source=source, by=mallory, now=now, name="Mine")
    assert edit_source(source=source, by=bob, now=now, name="Led").name == "Led"


def test_a_lost_race_is_told(bob, now, metric):
    source = create_source(key="w", name="W", kind="push", by=bob, now=now)
    edit_source(source=source, by=bob, now=now, version=1, name="First")
    with pytest.raises(LostRace):
        edit_source(source=source, by=bob, now=now, version=1, name="Second")
    edit_metric(metric=metric, by=bob, now=now, version=1, unit="share")
    with pytest.raises(LostRace):
        edit_metric(metric=metric, by=bob, now=now, version=1, unit="parts")


def test_a_pulled_metric_has_a_schedule_and_a_pushed_one_has_none(source, now):
    daily = create_metric(key="daily", kind="mean", source=source, by=None, now=DAY + timedelta(hours=7))
    assert (daily.schedule.every_seconds, daily.schedule.cursor) == (86_400, DAY)
    create_metric(key="pushed", kind="mean", by=None, now=now)
    assert Schedule.objects.count() == 1


def test_the_definition_changes_with_kind_query_and_source_only(source, metric, bob, now):
    first = metric.definition_hash
    assert len(first) == 64
    assert edit_metric(metric=metric, by=bob, now=now, name="Other", unit="x").definition_hash == first
    second = edit_metric(metric=metric, by=bob, now=now, query="SELECT * FROM source").definition_hash
    assert second != first
    entry = AuditEntry.objects.latest("number")
    assert (entry.act, entry.body) == (
        "metric.changed", {"before": {"query": ""}, "after": {"query": "SELECT * FROM source"}},
    )  # fmt: skip
    third = edit_metric(metric=metric, by=bob, now=now, kind="mean").definition_hash
    assert len({first, second, third}) == 3


def test_waiting_pulls_follow_their_metric_to_its_new_source(due, metric, warehouse, bob, now):
    waiting, done = due(), due(day=1, state="succeeded")
    second = create_source(key="second", name="", kind="file", config={"path": "warehouse.csv"}, by=None, now=now)
    edit_metric(metric=metric, by=bob, now=now, source=second)
    waiting.refresh_from_db()
    done.refresh_from_db()
    assert (waiting.source, done.source.key) == (second, "warehouse")
    edit_metric(metric=metric, by=bob, now=now, source=None)
    waiting.refresh_from_db()
    assert waiting.state == "skipped"
    assert not Schedule.objects.get().enabled


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"key": "Not A Key"}, "key"),
        ({"kind": "mode"}, "kind"),
        ({"kind": None}, "kind"),
        ({"better": "sideways"}, "better"),
        ({"baseline": "lots"}, "baseline"),
        ({"colour": "red"}, "colour"),
        ({"schedule": {"every_seconds": 0}}, "schedule.every_seconds"),
        ({"schedule": {"every_seconds": "daily"}}, "schedule.every_seconds"),
        ({"schedule": {"delay_seconds": -1}}, "schedule.delay_seconds"),
        ({"schedule": {"restate_after": [60, 60]}}, "schedule.restate_after"),
        ({"schedule": {"restate_after": [60], "delay_seconds": 60}}, "schedule.restate_after"),
        ({"schedule": {"restate_after": "later"}}, "schedule.restate_after"),
        ({"schedule": {"start": "yesterday"}}, "schedule.start"),
        ({"schedule": {"start": DAY - timedelta(days=9999), "every_seconds": 1}}, "schedule.start"),
        ({"schedule": {"cron": "* * * * *"}}, "schedule.cron"),
        ({"schedule": 5}, "schedule"),
    ],
)
def test_wrong_metrics_are_refused_by_field(source, now, given, field):
    with pytest.raises(BadInput) as caught:
        create_metric(**{"key": "m", "kind": "mean", "source": source, **given}, by=None, now=now)
    assert fields_of(caught) == [field]
    assert not Metric.objects.exists()


def test_a_sql_metric_needs_its_query(alice, now):
    source = create_source(key="w", name="W", kind="sql", config=SQL, by=alice, now=now)
    with pytest.raises(BadInput) as caught:
        create_metric(key="m", kind="mean", source=source, by=alice, now=now)
    assert fields_of(caught) == ["query"]


def test_a_metric_without_a_kind_is_refused(now, db):
    with pytest.raises(BadInput):
        create_metric(key="m", by=None, now=now)
    assert not Pull.objects.exists()
