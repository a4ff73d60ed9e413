"""How the pulls are doing, as people and health checks see it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from hypotheses.actions.metric import create_metric
from hypotheses.actions.planning import tick
from hypotheses.actions.pulling import drain
from hypotheses.models import Clock, Schedule, Source
from hypotheses.queries.clock import DatabaseTime, Word, database_now
from hypotheses.queries.probe import preview, try_source
from hypotheses.queries.pulls import freshness, heartbeat, latest_pulls, needing_attention
from tests.hypotheses.actions.conftest import *  # noqa: F403 (the same scene)
from tests.hypotheses.actions.conftest import DAY, day_rows, write


def test_freshness_tells_the_last_read_and_how_the_latest_pull_ended(due, metric, trial, warehouse):
    never = freshness(metrics=[metric], now=DAY)["reorder-rate"]
    assert (never.data_until, never.last_state, never.succeeded) == (None, "", False)
    assert never.next_at == DAY + timedelta(days=1)
    write(warehouse, *day_rows(DAY + timedelta(days=1)))
    due()
    drain(worker="w")
    warehouse.write_text("junk\n1,2\n")
    due(day=1)
    drain(worker="w")
    fresh = freshness(metrics=[metric], now=DAY + timedelta(days=3))["reorder-rate"]
    assert (fresh.data_until, fresh.age) == (DAY + timedelta(days=1), timedelta(days=2))
    assert (fresh.last_state, fresh.succeeded) == ("dead", False)
    assert "Line: 2" in fresh.error


def test_freshness_of_many_costs_what_one_costs(source, metric, django_assert_num_queries):
    many = [metric, *[create_metric(key=f"m{n}", kind="mean", source=source, by=None, now=DAY) for n in range(5)]]
    with django_assert_num_queries(1):
        freshness(metrics=many, now=DAY)


def test_what_needs_a_person(due):
    dead, late = due(state="dead", error="Broken."), due(day=1, due_at=timezone.now() - timedelta(hours=2))
    due(day=2, due_at=timezone.now() - timedelta(seconds=5))
    found = needing_attention(now=timezone.now())
    assert [fact.id for fact in found.dead] == [dead.pk]
    assert [fact.id for fact in found.late] == [late.pk]
    assert found.dead[0].error == "Broken."
    assert found.dead[0].next_attempt_at is None


def test_the_latest_pulls_of_a_metric(due, metric):
    for day in range(3):
        due(day=day)
    facts = latest_pulls(metric=metric, limit=2)
    assert [fact.window_start.day for fact in facts] == [4, 3]
    assert (facts[0].metric, facts[0].source, facts[0].state) == ("reorder-rate", "warehouse", "due")


def test_the_heartbeat_shows_a_clock_that_stands_still(due, source):
    assert heartbeat(now=database_now()).tick_age_seconds is None
    due()
    due(day=1, state="dead")
    Schedule.objects.update(cursor=timezone.now())
    tick(now=database_now())
    Clock.objects.update(at=timezone.now() - timedelta(minutes=1))
    Source.objects.update(breaker_until=timezone.now() + timedelta(minutes=1))
    beat = heartbeat(now=database_now())
    assert 59 < beat.tick_age_seconds < 70
    assert 3590 < beat.oldest_due_seconds < 3700
    assert (beat.dead, beat.resting_sources, beat.running) == (1, 1, 0)


def test_trying_a_source_or_a_query_records_nothing(source, metric, warehouse):
    assert try_source(source=source).ok
    write(warehouse, *day_rows(DAY + timedelta(hours=5)))
    seen = preview(metric=metric, now=DAY + timedelta(hours=6))
    assert (seen.ok, seen.count, seen.rows[0].trial) == (True, 2, "reorder-1")
    warehouse.unlink()
    assert not try_source(source=source).ok
    assert "does not exist" in preview(metric=metric, now=DAY).detail
    metric.source = None
    assert "no source" in preview(metric=metric, now=DAY).detail


def test_the_databases_clock_is_asked_and_moved(db):
    before = timezone.now()
    seen = Clock.objects.create(name="x", at=database_now())
    Clock.objects.update(at=DatabaseTime(timedelta(hours=1)))
    seen.refresh_from_db()
    assert abs(seen.at - before - timedelta(hours=1)) < timedelta(seconds=30)
    sql = str(Clock.objects.filter(at__lte=DatabaseTime()).query)
    assert ("statement_timestamp()" in sql) == (connection.vendor == "postgresql")


def test_only_words_are_written_into_a_statement(db):
    with pytest.raises(ValueError, match="not one of our words"):
        str(Clock.objects.filter(name=Word("x'; DROP TABLE clock; --")).query)
