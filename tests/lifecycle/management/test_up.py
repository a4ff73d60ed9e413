"""`manage.py up` as a real process: it starts, refuses a second one, leaves on a signal, loses nothing when killed."""

import contextlib
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from pathlib import Path

import pytest

from hypotheses.actions.claiming import LEASE

ROOT = Path(__file__).resolve().parents[3]
PULLS = 12

SCENE = """
import sys, django; django.setup()
from datetime import timedelta
from django.utils import timezone
from features.enums import Phase
from features.models import Feature, Squad, Stint, Tribe
from hypotheses.actions.metric import create_metric
from hypotheses.actions.source import create_source
from hypotheses.actions.trial import register_trial
now = timezone.now(); start = now - timedelta(days={pulls}, hours=1)
squad = Squad.objects.create(slug="s", name="S", tribe=Tribe.objects.create(slug="t", name="T"))
feature = Feature.objects.create(key="f", name="F", squad=squad, created_at=start)
Stint.objects.create(feature=feature, number=1, phase=Phase.THINK_IT, started_at=start)
arms = [dict(name="control", role="control", share=1), dict(name="new", role="treatment", share=1)]
register_trial(key="t", feature=feature, arms=arms, by=None, now=now, started_at=start)
source = create_source(key="w", name="W", kind="sql", by=None, now=now, max_concurrency=2,
                       config=dict(url="sqlite:///warehouse.db"))
create_metric(key="m", kind="mean", source=source, by=None, now=now, schedule=dict(start=start),
              query="SELECT trial, arm, :window_end AS as_of, n, mean, var FROM facts")
"""
PATIENCE = 120.0  # seconds; a loaded machine starts slowly


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A data folder with a database, one metric with some closed windows, and its warehouse; copied for each test."""
    folder = tmp_path_factory.mktemp("prepared")
    subprocess.run(  # noqa: S603 (our own command)
        [sys.executable, str(ROOT / "manage.py"), "migrate", "-v0"], env=environment(folder), check=True, timeout=300
    )
    scene = [sys.executable, "-c", SCENE.format(pulls=PULLS)]
    subprocess.run(scene, env=environment(folder), check=True, timeout=300)  # noqa: S603
    with warehouse(folder) as db:
        db.execute("CREATE TABLE facts (trial, arm, n, mean, var)")
        db.executemany("INSERT INTO facts VALUES ('t', ?, 10, 1.0, 1.0)", [("control",), ("new",)])
        db.execute("COMMIT")
    return folder


def environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "CELERY_BROKER_URL")}
    more = {"VAR": str(folder), "DEBUG": "true", "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONPATH": str(ROOT)}
    return {**kept, **more}


@contextlib.contextmanager
def warehouse(folder: Path):
    """The warehouse, held by us alone: whoever reads it meanwhile waits, up to five seconds."""
    db = sqlite3.connect(folder / "warehouse.db", isolation_level=None, timeout=30)
    db.execute("BEGIN EXCLUSIVE")
    yield db
    db.close()


@pytest.fixture
def house(prepared, tmp_path):
    """Starts `up` on a copy of the prepared data: `house()`; `house.folder` is its data folder."""
    folder = tmp_path / "var"
    shutil.copytree(prepared, folder)
    started = []

    def up(port=None):
        command = [sys.executable, str(ROOT / "manage.py"), "up", "--port", str(port or free_port())]
        made = subprocess.Popen(  # noqa: S603 (our own command)
            command, env=environment(folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        started.append(made)
        return made

    up.folder = folder
    yield up
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait(10)
        process.stdout.close()


def address(process, seconds=PATIENCE) -> str:
    said: list[str] = []

    def read() -> None:
        for line in process.stdout:
            said.append(line)
            if "Fourstroke is at" in line:
                return

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(seconds)
    assert said, "nothing was said in time"
    assert "Fourstroke is at" in said[-1], "".join(said)
    return said[-1].split()[3]


def ask(folder: Path, question: str) -> list:
    db = sqlite3.connect(folder / "db.sqlite3", timeout=20)
    try:
        return db.execute(question).fetchall()
    finally:
        db.close()


def eventually(condition, seconds=PATIENCE) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.05)


def states(folder: Path) -> Counter:
    return Counter(dict(ask(folder, "SELECT state, count(*) FROM pull GROUP BY state")))


def test_killed_in_the_middle_of_its_pulls_it_loses_nothing_and_doubles_nothing(house):
    with warehouse(house.folder):
        first = house()
        address(first)
        eventually(lambda: states(house.folder)["running"] == 2)
        first.kill()
        first.wait(10)
    assert states(house.folder)["running"] == 2, "it was killed while it read"

    second = house()
    address(second)
    eventually(lambda: states(house.folder) == {"succeeded": PULLS}, seconds=LEASE.total_seconds() / 2)
    rows = ask(house.folder, "SELECT as_of, arm_id, count(*) FROM result GROUP BY 1, 2")
    assert len(rows) == PULLS * 2
    assert {count for *_, count in rows} == {1}
    assert ask(house.folder, "SELECT sum(lost_leases) FROM pull") == [(2,)]

    second.send_signal(signal.SIGTERM)
    assert second.wait(10) == 0


def test_it_answers_refuses_a_second_one_and_leaves_with_the_pull_in_hand_finished(house):
    with warehouse(house.folder):
        process = house()
        url = address(process)
        eventually(lambda: states(house.folder)["running"] == 2)
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert process.poll() is None, "it waits for the pulls in hand"
    assert process.wait(30) == 0
    assert states(house.folder)["running"] == 0, "what was in hand has ended"
    assert "has stopped" in process.stdout.read()

    process = house()
    with urllib.request.urlopen(address(process) + "admin/login/", timeout=30) as answer:  # noqa: S310
        assert answer.status == 200
    twin = house()
    assert twin.wait(PATIENCE) == 1
    assert "runs already on the data folder" in twin.stdout.read()
    assert url.startswith("http://127.0.0.1:")


def test_a_second_signal_leaves_at_once(house):
    with warehouse(house.folder):
        process = house()
        address(process)
        eventually(lambda: states(house.folder)["running"] == 2)
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 130


def test_a_taken_port_fails_before_anything_starts(house):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = house(port=taken.getsockname()[1])
        assert process.wait(PATIENCE) == 1
        assert "is taken by another program" in process.stdout.read()
    assert ask(house.folder, "SELECT count(*) FROM clock") == [(0,)]
