"""The ledger of pulls: claims and whole pulls a second, the cost of a result, and what `up` grows to.

PostgreSQL is measured where `BENCH_POSTGRESQL` names a server (`make bench-pulls` does); `BENCH_ROWS=10000` leaves the
million due rows out, `BENCH_SECONDS` sets how long `up` is watched (120 s).
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
MEASURED_FOR = 8
RESULTS = 20_000
BOUND = 25
SHARE = 25 / 1833
"""The bound as a share of what writing row by row took on the machine where the bound was set."""
HOUR = 3600.0
SETTLED = 0.4
"""The share of the run after which the libraries are loaded and the caches filled."""


def main() -> None:
    server = os.environ.get("BENCH_POSTGRESQL")
    if server:
        counts = [int(words) for words in os.environ.get("BENCH_ROWS", "10000,1000000").split(",")]
        _rates(server, counts)
        with _database(server, "land") as environment:
            _landing("PostgreSQL", environment)
    else:
        print("left out: PostgreSQL (set BENCH_POSTGRESQL=postgresql://root@127.0.0.1)")
    with _embedded() as environment:
        _landing("SQLite", environment)
    with _embedded() as environment:
        _memory(environment)


# claims and whole pulls


def _rates(server: str, counts: list[int]) -> None:
    print("                       claims a second        whole pulls a second")
    print("due rows     workers   1          4           1          4")
    found: dict[int, list[float]] = {}
    for count in counts:
        with _database(server, f"rows{count}") as environment:
            due = _scene(environment, "fill", count)["due"]
            found[count] = [_rate(environment, act, workers) for act in ("claim", "pull") for workers in (1, 4)]
            print(f"{due:<22,} " + "".join(f"{rate:<11,.0f}" for rate in found[count]))
    first, last = found[counts[0]], found[counts[-1]]
    ratios = "".join(f"{few / many:<11.2f}" for few, many in zip(first, last, strict=True))
    print(f"growth of the cost     {ratios}")


def _rate(environment: dict[str, str], act: str, workers: int) -> float:
    command = [sys.executable, "-m", "tests.benchmarks.pulls_scene", act, str(MEASURED_FOR)]
    running = [
        subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for _ in range(workers)
    ]
    told = [json.loads(process.communicate()[0]) for process in running]
    return sum(each["count"] / each["seconds"] for each in told)


# the cost of a result


def _landing(name: str, environment: dict[str, str]) -> None:
    _scene(environment, "trials", 1)
    told = _scene(environment, "land", RESULTS)
    worst = max(told["new"], told["unchanged"])
    said = ", ".join(f"{what} {micros:,.0f} µs" for what, micros in told.items())
    if "COPY" not in told:
        print(f"      {name}, a result beyond the source's own time: {said}")
        return
    share = worst / told["one by one"]
    print(f"{_mark(worst, BOUND)} {name}, a result beyond the source's own time: {said} (≤ {BOUND} µs)")
    print(f"{_mark(share, SHARE)} {name}, its share of the naive way, row by row: {share:.4f} (≤ {SHARE:.4f})")


def _mark(value: float, bound: float) -> str:
    return "ok   " if value <= bound else "OVER "


# memory


def _memory(environment: dict[str, str]) -> None:
    """The resident memory of `up` while it pulls without a pause, and what its slope makes of an hour."""
    seconds = float(os.environ.get("BENCH_SECONDS", "120"))
    _scene(environment, "backlog", 1)
    from tests.faults.services import free_port

    command = [sys.executable, "manage.py", "up", "--port", str(free_port())]
    process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seen = []
    try:
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            time.sleep(1)
            seen.append((time.monotonic() - began, _resident(process.pid)))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
    pulled = _scene(environment, "count", 1)["succeeded"]
    settled = [one for one in seen if one[0] > seconds * SETTLED]
    slope = _slope(settled)
    rate = pulled / seconds
    print(
        f"`up`, embedded, {seconds:.0f} s of {rate:.0f} pulls a second: {seen[4][1]:.0f} MB resident after 5 s, ",
        end="",
    )
    print(f"{median(size for _, size in settled):.0f} MB once settled, {seen[-1][1]:.0f} MB at the end. ", end="")
    hour = seen[-1][1] + slope * (HOUR - seconds)
    print(f"Its slope, {slope * 60:+.2f} MB a minute, makes {hour:.0f} MB of an hour if it goes on as a line")


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _slope(points: list[tuple[float, float]]) -> float:
    """Theil–Sen: the median of the slopes between all pairs, which single jumps do not move."""
    return median(
        (later[1] - earlier[1]) / (later[0] - earlier[0])
        for place, earlier in enumerate(points)
        for later in points[place + 10 :]
    )


# installations of its own


@contextmanager
def _database(server: str, name: str) -> Iterator[dict[str, str]]:
    import psycopg

    name = f"fourstroke_bench_{name}_{os.getpid()}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        try:
            with _installation({"DATABASE_URL": f"{server}/{name}"}) as environment:
                yield environment
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def _embedded() -> Iterator[dict[str, str]]:
    with _installation({}) as environment:
        yield environment


@contextmanager
def _installation(more: dict[str, str]) -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory(prefix="fourstroke-bench-") as var:
        kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "CELERY_BROKER_URL")}
        environment = {**kept, "VAR": var, "LOG_LEVEL": "ERROR", "DJANGO_SETTINGS_MODULE": "config.settings", **more}
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], env=environment, cwd=ROOT, check=True)
        yield environment


def _scene(environment: dict[str, str], act: str, amount: int) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.pulls_scene", act, str(amount)]
    done = subprocess.run(command, env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


if __name__ == "__main__":
    main()
