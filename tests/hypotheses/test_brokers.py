"""The ledger behind a real broker, the one in CELERY_BROKER_URL: with worker processes of its own, that are killed; and
with just those processes that compose.yaml starts.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from amqp.exceptions import PreconditionFailed
from celery import current_app
from django.db import connection
from django.utils import timezone

from hypotheses import doorbell, tasks
from hypotheses.actions.metric import create_metric
from hypotheses.actions.source import create_source
from hypotheses.actions.trial import register_trial
from hypotheses.models import Pull, Result, Schedule
from tests.composition import process as command_of
from tests.composition import replicas
from tests.faults.counting import CountingSource
from tests.faults.services import free_port, kill_group
from tests.hypotheses.actions.conftest import *  # noqa: F403 (the same scene)
from tests.hypotheses.actions.conftest import DAY, day_rows, write

ROOT = Path(__file__).resolve().parents[2]
PULLS = 12
PATIENCE = 90.0


def environment(var):
    """What a process is told to work on the test's database, behind the broker that is set."""
    database = connection.settings_dict
    url = (
        f"sqlite:///{database['NAME']}"
        if connection.vendor == "sqlite"
        else f"postgres://{database['USER']}@{database['HOST']}:{database['PORT'] or 5432}/{database['NAME']}"
    )
    more = {"DATABASE_URL": url, "VAR": str(var), "SECRET_KEY": "only-for-tests", "DEBUG": "true"}
    more |= {"DJANGO_SETTINGS_MODULE": "config.settings", "PULL_ALLOWED_NETWORKS": "127.0.0.0/8"}
    return {**os.environ, **more}


@pytest.fixture
def worker(transactional_db, settings, warehouse):
    """Starts a worker process: `worker()`."""
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-P", "threads", "-c", "2", "-l", "WARNING"]
    started = []

    def start():
        name = ["--without-gossip", "--without-mingle", "-n", f"test-{uuid.uuid4().hex[:8]}@%h"]
        made = subprocess.Popen([*command, *name], env=environment(settings.VAR), cwd=ROOT)  # noqa: S603 (our own command)
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


# the set-up of compose.yaml, lived: its own commands, each as a process


WINDOWS, LIMIT, ANSWER = 30, 2, 0.3
LEAVE_SECONDS = 20


@pytest.fixture
def composed(transactional_db, settings, tmp_path):
    """Starts the processes of a service, as many as there are replicas: `composed("worker")`; gives them by name."""
    settings.VAR = tmp_path
    started = {}

    def start(service, *more):
        made = {}
        for number in range(1, replicas(service) + 1):
            # a container has a host name of its own; here the name of the node has to tell them apart
            name = [f"--hostname={service}{number}@here"] if service == "worker" else []
            with (tmp_path / f"{service}{number}.log").open("wb") as log:
                made[f"{service}{number}"] = subprocess.Popen(  # noqa: S603 (our own commands)
                    [*command_of(service), *name, *more], env=environment(tmp_path), cwd=ROOT, stdout=log, stderr=log,
                    start_new_session=True,
                )  # fmt: skip
        started.update(made)
        return made

    yield start
    for made in started.values():
        with contextlib.suppress(ProcessLookupError):
            kill_group(made)
    wipe()


@pytest.fixture
def answering(feature):
    """Two sources that count how often they are asked, each with a metric of 30 windows that have closed."""
    began = timezone.now() - timedelta(hours=WINDOWS, minutes=15)
    arms = [{"name": "control", "role": "control", "share": 1}, {"name": "new", "role": "treatment", "share": 1}]
    register_trial(key="t", feature=feature, arms=arms, by=None, now=began, started_at=began)
    columns = {name: f"$.{name}" for name in ("trial", "arm", "n", "mean", "var")} | {"as_of": ":window_end"}
    query = json.dumps({"params": {"from": ":window_start"}, "rows": "$[*]", "columns": columns})
    sources = {key: CountingSource() for key in ("lake", "pond")}
    for key, source in sources.items():
        source.seconds = ANSWER
        made = create_source(
            key=key, name=key, kind="http", config={"url": source.url}, max_concurrency=LIMIT, by=None, now=began
        )
        schedule = {"start": began, "every_seconds": 3600}
        create_metric(key=key, kind="mean", source=made, query=query, schedule=schedule, by=None, now=began)
    yield sources
    for source in sources.values():
        source.close()


def at_once(pulls):
    """The most of these pulls that were held at one moment, as the ledger tells."""
    turns = sorted(turn for pull in pulls for turn in ((pull.started_at, 1), (pull.finished_at, -1)))
    most = held = 0
    for _, step in turns:
        held += step
        most = max(most, held)
    return most


def is_ready(port):
    with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
        return json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5))["status"] == "ready"
    return False


def is_left(made):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(made.pid, 0)
        return True
    return False


@pytest.mark.broker
@pytest.mark.postgresql
def test_the_processes_of_compose_share_the_work_and_leave_when_told(composed, answering, settings, tmp_path):
    port = free_port()
    processes = composed("worker")
    for name in processes:
        eventually(lambda name=name: b" ready." in (tmp_path / f"{name}.log").read_bytes(), meanwhile=lambda: None)
    processes |= composed("clock") | composed("web", "--port", str(port))
    assert sorted(processes) == ["clock1", "clock2", "web1", "worker1", "worker2"]
    eventually(lambda: succeeded() == 2 * WINDOWS, meanwhile=doorbell.ring)
    eventually(lambda: is_ready(port), meanwhile=lambda: None)

    for key, source in answering.items():
        pulls = list(Pull.objects.filter(source__key=key))
        assert len(pulls) == len({pull.window_start for pull in pulls}) == WINDOWS  # two clocks planned each once
        assert {pull.attempts for pull in pulls} == {1}
        assert sorted(source.asked.values()) == [1] * WINDOWS
        assert at_once(pulls) == LIMIT
    assert set(Pull.objects.values_list("leased_by", flat=True)) == {"worker1@here", "worker2@here"}
    assert set(Result.objects.values_list("revision", flat=True)) == {1}
    if current_app.conf.broker_url.startswith("amqp"):
        assert_quorum(current_app.conf.task_default_queue)

    assert not [name for name, made in processes.items() if made.poll() is not None]
    began = time.monotonic()
    for made in processes.values():
        made.terminate()  # to the parent only, as a container runtime does
    codes = {name: made.wait(LEAVE_SECONDS) for name, made in processes.items()}
    assert time.monotonic() - began < LEAVE_SECONDS
    assert set(codes.values()) == {0}, codes
    assert not [name for name, made in processes.items() if is_left(made)]
    assert not [name for name in processes if b"Traceback" in (tmp_path / f"{name}.log").read_bytes()]


def assert_quorum(queue):
    """The broker has it as a quorum queue: declared as one again it is the same, as a classic one it is refused."""
    with current_app.connection_for_write() as wire:
        wire.channel().queue_declare(queue, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"})
        with pytest.raises(PreconditionFailed, match="x-queue-type"):
            wire.channel().queue_declare(queue, durable=True, auto_delete=False, arguments={"x-queue-type": "classic"})
