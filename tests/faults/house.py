"""An installation under test: its data folder, one metric with closed windows, its processes, its tally."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.faults.counting import QUICK, SLOW, CountingSource
from tests.faults.services import Server, free_port, kill_group

ROOT = Path(__file__).resolve().parents[2]
SCENE = """
import django; django.setup()
from datetime import timedelta
from django.utils import timezone
from features.enums import Phase
from features.models import Feature, Squad, Stint, Tribe
from hypotheses.actions.metric import create_metric
from hypotheses.actions.source import create_source
from hypotheses.actions.trial import register_trial
now = timezone.now(); start = now - timedelta(hours={pulls}, minutes=15)
squad = Squad.objects.create(slug="s", name="S", tribe=Tribe.objects.create(slug="t", name="T"))
feature = Feature.objects.create(key="f", name="F", squad=squad, created_at=start)
Stint.objects.create(feature=feature, number=1, phase=Phase.THINK_IT, started_at=start)
arms = [dict(name="control", role="control", share=1), dict(name="new", role="treatment", share=1)]
register_trial(key="t", feature=feature, arms=arms, by=None, now=now, started_at=start)
source = create_source(key="w", name="W", kind="http", by=None, now=now, max_concurrency=8, config=dict(url="{url}"))
columns = {{name: "$." + name for name in ("trial", "arm", "n", "mean", "var")}}
import json
query = dict(params={{"from": ":window_start"}}, rows="$[*]", columns={{**columns, "as_of": ":window_end"}})
create_metric(key="m", kind="mean", source=source, by=None, now=now, schedule=dict(start=start, every_seconds=3600),
              query=json.dumps(query))
"""
COMMITS = "CREATE TABLE commits (pull bigint)"
COUNTING_SQLITE = """
CREATE TRIGGER counts_commits AFTER UPDATE OF state ON pull WHEN NEW.state = 'succeeded'
BEGIN INSERT INTO commits VALUES (NEW.id); END
"""
COUNTING_POSTGRESQL = """
CREATE FUNCTION count_commit() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN INSERT INTO commits VALUES (NEW.id); RETURN NULL; END $$;
CREATE TRIGGER counts_commits AFTER UPDATE OF state ON pull FOR EACH ROW WHEN (NEW.state = 'succeeded')
EXECUTE FUNCTION count_commit()
"""
WATCHES = {"sqlite": COUNTING_SQLITE, "postgresql": COUNTING_POSTGRESQL}
"""Has the database itself count how often each pull was written as succeeded, whatever the product believes."""
WATCH = """
import django; django.setup()
from django.db import connection
from tests.faults.house import COMMITS, WATCHES
for statement in (COMMITS, WATCHES[connection.vendor]):
    connection.cursor().execute(statement)
"""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a run came to. lost: pulls that never succeeded; twice: pulls committed and results landed again."""

    pulls: int
    lost: int
    twice: int
    fetched_again: int
    seconds: float


@dataclass(slots=True)
class Member:
    """One supervised process: started again when it ends, as systemd or compose would, unless it is wanted down."""

    command: list[str]
    process: subprocess.Popen | None = None
    wanted: bool = True


@dataclass(slots=True)
class House:
    """Workers and clocks (or one `up`) over a database and a broker."""

    folder: Path
    source: CountingSource
    pulls: int
    database: Server | None
    broker: Server | None
    without: str = ""
    members: dict[str, Member] = field(default_factory=dict)
    ends: threading.Event = field(default_factory=threading.Event)

    def prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.run([sys.executable, "manage.py", "migrate", "-v0"])
        self.run([sys.executable, "-c", WATCH])
        self.run([sys.executable, "-c", SCENE.format(pulls=self.pulls, url=self.source.url)])
        threading.Thread(target=self._supervise, daemon=True).start()

    def run(self, command: list[str]) -> None:
        done = subprocess.run(command, env=self.environment(), cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{command}: {done.stderr[-3000:]}")

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "CELERY_BROKER_URL")}
        kept |= {"VAR": str(self.folder), "DEBUG": "true", "PYTHONPATH": str(ROOT), "FAULTS_WITHOUT": self.without}
        kept |= {"DJANGO_SETTINGS_MODULE": "config.settings", "PULL_ALLOWED_NETWORKS": "127.0.0.0/8"}
        kept |= {"DATABASE_URL": self.database.url} if self.database else {}
        return kept | ({"CELERY_BROKER_URL": self.broker.url} if self.broker else {})

    # processes

    def worker(self, name: str, *, before: tuple[str, ...] = ()) -> None:
        flags = [
            "-P",
            "prefork",
            "-c",
            "2",
            "-n",
            f"{name}@here",
            "--without-gossip",
            "--without-mingle",
            "-l",
            "WARNING",
        ]
        self._start(name, [*before, sys.executable, "-m", "tests.faults.process", "worker", *flags])

    def clock(self, name: str, *, before: tuple[str, ...] = ()) -> None:
        flags = ["-l", "WARNING", "--pidfile="]
        self._start(name, [*before, sys.executable, "-m", "tests.faults.process", "beat", *flags])

    def up(self, *, before: tuple[str, ...] = ()) -> None:
        command = [sys.executable, "-m", "tests.faults.process", "up", "--port", str(free_port())]
        self._start("up", [*before, *command])

    def _start(self, name: str, command: list[str]) -> None:
        member = self.members[name] = Member(command)
        self._launch(name, member)

    def _launch(self, name: str, member: Member) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            member.process = subprocess.Popen(
                member.command, env=self.environment(), cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )

    def _supervise(self) -> None:
        while not self.ends.wait(1.0):
            for name, member in list(self.members.items()):
                if member.wanted and member.process.poll() is not None:
                    self._launch(name, member)

    def kill(self, name: str) -> None:
        """−9, with its children; the supervisor starts it again."""
        kill_group(self.members[name].process)

    def kill_children(self, name: str) -> None:
        pid = self.members[name].process.pid
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            os.kill(int(child), signal.SIGKILL)

    def freeze(self, name: str, seconds: float) -> None:
        process = self.members[name].process
        self.source.seconds = SLOW
        time.sleep(1.5 * SLOW)
        kill_group(process, signal.SIGSTOP)
        self.source.seconds = QUICK
        time.sleep(seconds)
        kill_group(process, signal.SIGCONT)

    def down(self) -> None:
        for member in self.members.values():
            member.wanted = False
            kill_group(member.process)

    def again(self) -> None:
        for member in self.members.values():
            member.wanted = True

    def close(self) -> None:
        self.ends.set()
        self.down()

    # what came of it

    def ask(self, statement: str) -> list[tuple]:
        """One statement to the database; an empty answer while it is away."""
        import sqlite3

        try:
            if self.database is None:
                db = sqlite3.connect(f"file:{self.folder / 'db.sqlite3'}?mode=ro", uri=True, timeout=20)
                try:
                    return db.execute(statement).fetchall()
                finally:
                    db.close()
            with psycopg.connect(self.database.url, connect_timeout=2) as db:
                return db.execute(statement).fetchall()
        except (psycopg.Error, sqlite3.Error):
            return []

    @property
    def succeeded(self) -> int:
        found = self.ask("SELECT count(*) FROM pull WHERE state = 'succeeded'")
        return found[0][0] if found else 0

    def await_share(self, share: float, seconds: float) -> None:
        """Until so many of the pulls have succeeded, or the time is up."""
        ends = time.monotonic() + seconds
        while self.succeeded < share * self.pulls and time.monotonic() < ends:
            time.sleep(0.2)

    def tally(self, began: float, ended: float) -> Tally:
        done = self.succeeded
        [(landed,)] = self.ask("SELECT count(*) FROM result WHERE superseded_at IS NULL")
        [(again,)] = self.ask("SELECT count(*) - count(DISTINCT pull) FROM commits")
        [(revised,)] = self.ask("SELECT count(*) FROM result WHERE revision > 1")
        missing = max(0, self.pulls - done, (2 * self.pulls - landed + 1) // 2)  # an hour ahead, one more window closes
        fetched_again = sum(times - 1 for times in self.source.asked.values())
        return Tally(self.pulls, missing, again + revised, fetched_again, ended - began)
