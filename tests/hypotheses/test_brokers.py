"""The ledger behind a real broker, the one in CELERY_BROKER_URL: with a worker process of its own, that is killed."""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from celery import current_app
from django.db import connection
from django.utils import timezone

from hypotheses import doorbell, tasks
from hypotheses.models import Pull, Result, Schedule
from tests.hypotheses.actions.conftest import *  # noqa: F403 (the same scene)
from tests.hypotheses.actions.conftest import DAY, day_rows, write

ROOT = Path(__file__).resolve().parents[2]
PULLS = 12
PATIENCE = 90.0


@pytest.fixture
def worker(transactional_db, settings, warehouse):
    """Starts a worker process on the test's database, behind the broker that is set: `worker()`."""
    database = connection.settings_dict
    url = (
        f"sqlite:///{database['NAME']}"
        if connection.vendor == "sqlite"
        else f"postgres://{database['USER']}@{database['HOST']}:{database['PORT'] or 5432}/{database['NAME']}"
    )
    more = {"DATABASE_URL": url, "VAR": str(settings.VAR), "SECRET_KEY": "only-for-tests", "DEBUG": "true"}
    environment = {**os.environ, **more, "DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-P", "threads", "-c", "2", "-l", "WARNING"]
    started = []

    def start():
        name = ["--without-gossip", "--without-mingle", "-n", f"test-{uuid.uuid4().hex[:8]}@%h"]
        made = subprocess.Popen([*command, *name], env=environment, cwd=ROOT)  # noqa: S603 (our own command)
        started.append(made)
        return made

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait(20)
    wipe()


def wipe():
    """The broker forgets every message."""
    with current_app.connection_for_write() as broker:
        broker.default_channel.queue_purge(current_app.conf.task_default_queue)


def eventually(condition, *, meanwhile):
    """Rings again and again: another test's worker may have taken the message."""
    ends = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < ends, json.dumps(list(Pull.objects.values_list("state", "attempts", "error")))
        meanwhile()
        time.sleep(0.5)


def succeeded():
    return Pull.objects.filter(state="succeeded").count()


@pytest.fixture
def scene(due, trial, warehouse):
    write(warehouse, *[row for day in range(PULLS) for row in day_rows(DAY + timedelta(days=day + 1))])
    for day in range(PULLS):
        due(day=day)
    Schedule.objects.update(enabled=False)  # these windows, and no others


@pytest.mark.broker
def test_a_storm_of_messages_reads_each_pull_once(scene, worker):
    worker()
    eventually(lambda: succeeded() == PULLS, meanwhile=lambda: [doorbell.ring() for _ in range(5)])
    assert Result.objects.count() == PULLS * 2
    assert set(Pull.objects.values_list("attempts", flat=True)) == {1}


@pytest.mark.broker
def test_a_killed_worker_and_a_broker_that_forgets_lose_nothing(scene, worker):
    first = worker()
    eventually(lambda: succeeded() > 0, meanwhile=doorbell.ring)
    first.send_signal(signal.SIGKILL)
    first.wait(20)
    wipe()
    Pull.objects.filter(state="running").update(lease_until=timezone.now() - timedelta(seconds=1))  # its lease ends
    worker()
    eventually(lambda: succeeded() == PULLS, meanwhile=tasks.tick.delay)
    assert Result.objects.filter(superseded_at=None).count() == Result.objects.count() == PULLS * 2
