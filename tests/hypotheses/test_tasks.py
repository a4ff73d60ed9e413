"""The doors of the clock, through a real worker: threads in this process, no eager mode, over memory:// or the broker
that CELERY_BROKER_URL names.
"""

import time
from datetime import timedelta

import pytest
from celery import current_app
from celery.contrib.testing.worker import start_worker
from django.db import connections
from django.utils import timezone
from kombu.exceptions import OperationalError

from hypotheses import doorbell, tasks
from hypotheses.models import Pull, Result, Schedule
from tests.hypotheses.actions.conftest import *  # noqa: F403 (the same scene)
from tests.hypotheses.actions.conftest import day_rows, write


@pytest.fixture
def worker(transactional_db):
    """Celery's own worker with a pool of threads; stopped, its connections closed, before the tables are emptied."""
    app = current_app._get_current_object()
    app.loader.import_default_modules()
    kept = app.conf.broker_url
    app.conf.update(broker_url="memory://localhost", broker_transport_options={"polling_interval": 0.02})
    app.control.purge()  # what another test rang
    with start_worker(app, pool="threads", concurrency=3, perform_ping_check=False, shutdown_timeout=20) as running:
        threads = running.pool.executor
        yield app
    threads.shutdown()  # the worker leaves without waiting for them
    app.conf.broker_url = kept
    connections.close_all()


def eventually(condition, seconds=20.0):
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.05)


def test_a_tick_makes_the_workers_read_what_has_closed(schedule, trial, warehouse, worker):
    start = timezone.now() - timedelta(days=5, hours=1)
    Schedule.objects.update(cursor=start)
    write(warehouse, *[row for day in range(1, 6) for row in day_rows(start + timedelta(days=day, minutes=-1))])
    tasks.tick.delay()
    eventually(lambda: Pull.objects.filter(state="succeeded").count() == 5)
    assert Result.objects.count() == 10


def test_a_storm_of_doorbells_reads_each_pull_once(due, trial, warehouse, worker):
    for day in range(6):
        due(day=day)
    for _ in range(60):
        doorbell.ring()
    eventually(lambda: Pull.objects.filter(state="succeeded").count() == 6)
    time.sleep(0.3)
    assert set(Pull.objects.values_list("attempts", "lost_leases")) == {(1, 0)}


def test_a_pull_that_a_person_wants_goes_first(due, trial, warehouse, worker):
    due(due_at=timezone.now() + timedelta(hours=1))
    wanted = due(day=1)
    doorbell.ring(first=wanted.pk)
    eventually(lambda: Pull.objects.get(pk=wanted.pk).state == "succeeded")


def test_a_broker_that_is_down_does_no_harm(monkeypatch, caplog):
    def down(*args, **kwargs):
        raise OperationalError("no route")

    monkeypatch.setattr(current_app._get_current_object(), "send_task", down)
    doorbell.ring()
    assert "the next tick rings" in caplog.text


def test_every_entry_of_the_clock_is_a_task_and_none_expires(settings):
    from celery import current_app as app

    app.loader.import_default_modules()
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        assert entry["task"] in app.tasks
        assert "expires" not in str(entry)
