"""`make test-faults`: one fault after the other amid the pulls; then what was lost, doubled, asked for again."""

import argparse
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.faults.counting import CountingSource
from tests.faults.house import House, Tally
from tests.faults.process import LEASE
from tests.faults.services import BROKERS, PostgreSQL

HOUR_AHEAD, HOUR_BEHIND = ("faketime", "-f", "+1h"), ("faketime", "-f", "-1h")
STORM = """
import django; django.setup()
from config.celery import app
with app.connection_for_write() as wire:
    for _ in range(2000):
        app.send_task("hypotheses.tasks.drain", connection=wire)
"""
PAUSE = 3.0
AWAY = 5.0


def _restart(server, *, seconds: float = 0.0, gently: bool = True, wiped: bool = False) -> None:
    server.stop() if gently else server.kill()
    if wiped:
        server.wipe()
    time.sleep(seconds)
    server.start()


def _all_down(house: House, seconds: float) -> None:
    house.down()
    servers = [server for server in (house.broker, house.database) if server]
    for server in servers:
        server.kill()
    time.sleep(seconds)
    for server in reversed(servers):
        server.start()
    house.again()


def _storm(house: House) -> None:
    house.run([sys.executable, "-c", STORM])


Fault = Callable[[House], None]
FROZEN = LEASE.total_seconds() + 3
SERVED: dict[str, Fault] = {
    "nothing": lambda house: None,
    "kill -9 of a worker": lambda house: house.kill("w1"),
    "kill -9 of pool children": lambda house: house.kill_children("w1"),
    "kill -9 of the clock": lambda house: house.kill("clock"),
    "broker killed": lambda house: _restart(house.broker, seconds=PAUSE, gently=False),
    "broker wiped": lambda house: _restart(house.broker, seconds=PAUSE, gently=False, wiped=True),
    "broker restarted": lambda house: _restart(house.broker),
    "database restarted": lambda house: _restart(house.database),
    "database crashed": lambda house: _restart(house.database, gently=False),
    "database away 5 s": lambda house: _restart(house.database, seconds=AWAY),
    "two clocks": lambda house: house.clock("clock2"),
    "frozen and thawed worker": lambda house: house.freeze("w1", FROZEN),
    "clocks an hour off": lambda house: None,
    "storm of 2,000 messages": _storm,
    "all down 30 s": lambda house: _all_down(house, 30.0),
}
EMBEDDED: dict[str, Fault] = {
    "nothing": lambda house: None,
    "kill -9 of a worker": lambda house: house.kill("up"),
    "frozen and thawed worker": lambda house: house.freeze("up", FROZEN),
    "clocks an hour off": lambda house: None,
    "all down 30 s": lambda house: _all_down(house, 30.0),
}


def live_through(name: str, fault: Fault, *, broker: str, pulls: int, patience: float, without: str) -> Tally:
    """One installation from its first pull to its last, with the fault when a fifth of the pulls has succeeded."""
    folder = Path(tempfile.mkdtemp(prefix="fourstroke-faults-"))
    source, servers = CountingSource(), []
    embedded = broker == "embedded"
    try:
        if not embedded:
            servers = [PostgreSQL(folder), BROKERS[broker](folder)]
            for server in servers:
                server.start()
        database, bell = servers or (None, None)
        house = House(folder / "var", source, pulls, database, bell, without)
        house.prepare()
        began = time.monotonic()
        try:
            _open(house, embedded=embedded, skewed="hour off" in name)
            house.await_share(0.2, patience)
            fault(house)
            house.await_share(1.0, patience)
            ended = time.monotonic()
            time.sleep(LEASE.total_seconds() + 1)  # whoever was thawed late may still try to write
            return house.tally(began, ended)
        finally:
            house.close()
    finally:
        source.close()
        for server in servers:
            server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _open(house: House, *, embedded: bool, skewed: bool) -> None:
    ahead, behind = (HOUR_AHEAD, HOUR_BEHIND) if skewed else ((), ())
    if embedded:
        house.up(before=ahead)
        return
    house.clock("clock", before=ahead)
    house.worker("w1", before=ahead)
    house.worker("w2", before=behind)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set-up", choices=["rabbitmq", "redis", "embedded"], action="append")
    parser.add_argument("--pulls", type=int, default=500)
    parser.add_argument("--only", default="", help="faults whose name holds this")
    parser.add_argument("--patience", type=float, default=180.0, help="seconds until a pull counts as lost")
    parser.add_argument(
        "--without", choices=["", "token", "guards", "lease"], default="", help="take out a guard, to see it break"
    )
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that every server is taken down
    broken = 0
    print(
        f"{'set-up':<9} {'fault':<26} {'pulls':>5} {'lost':>5} {'twice':>6} {'fetched again':>14} {'seconds':>8}",
        flush=True,
    )
    for broker in given.set_up or ["rabbitmq", "redis", "embedded"]:
        for name, fault in (EMBEDDED if broker == "embedded" else SERVED).items():
            if given.only not in name:
                continue
            said = live_through(
                name, fault, broker=broker, pulls=given.pulls, patience=given.patience, without=given.without
            )
            broken += bool(said.lost or said.twice)
            print(
                f"{broker:<9} {name:<26} {said.pulls:>5} {said.lost:>5} {said.twice:>6} {said.fetched_again:>14} "
                f"{said.seconds:>8.1f}",
                flush=True,
            )
    print("Nothing was lost and nothing doubled." if not broken else f"{broken} of these lost or doubled something.")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
