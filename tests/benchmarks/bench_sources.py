"""A million facts, joined to their units and aggregated inside the engine: how long, how many bytes, how exact.

DuckDB and SQLite need nothing; PostgreSQL is measured too where `BENCH_POSTGRESQL` names a server (`postgresql://root@127.0.0.1`).
"""

import json
import math
import os
import sqlite3
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from hypotheses.sources.base import Definition, Limits, Window
from hypotheses.sources.registry import open_plug

FACTS, UNITS = 1_000_000, 200_000
WINDOW = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
STAGES = json.dumps([{"trial": "t", "stage": "1", "started_at": "2025-12-01T00:00:00+00:00", "ended_at": None}])
QUERY = json.dumps({
    "assignments": "SELECT trial, arm, unit, moment FROM exposures",
    "facts": "SELECT unit, moment, value FROM purchases",
})  # fmt: skip
SERIES = {
    "duckdb": "range({count}) AS made(i)",
    "postgresql": "generate_series(0, {count} - 1) AS made(i)",
    "sqlite": "(WITH RECURSIVE made(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM made WHERE i < {count} - 1) "
    "SELECT i FROM made)",
}
SECONDS_LATER = {"sqlite": "datetime('{since}', '+' || i || ' seconds')"}
FILL = (
    """CREATE TABLE exposures AS
    SELECT 't' AS trial, CASE WHEN i % 2 = 0 THEN 'control' ELSE 'new' END AS arm, i AS unit,
           {shown} AS moment FROM {units}""",
    """CREATE TABLE purchases AS
    SELECT (CAST(i AS BIGINT) * 7919) % {unit_count} AS unit,
           {paid} AS moment,
           1000000 + ((CAST(i AS BIGINT) * 7919) % 997) / 7.0 AS value FROM {facts}""",
)


def statements(dialect: str) -> list[str]:
    series = SERIES[dialect]
    given = {"units": series.format(count=UNITS), "facts": series.format(count=FACTS), "unit_count": UNITS}
    later = SECONDS_LATER.get(dialect, "TIMESTAMP '{since}' + i * INTERVAL '1 second'")
    moments = {"shown": later.format(since="2025-12-02 00:00:00"), "paid": later.format(since="2025-12-20 00:00:00")}
    return [each.format(**given, **moments) for each in FILL]


def plain() -> dict[str, tuple[int, float, float]]:
    """The same by plain arithmetic: count, mean and sample variance of each arm."""
    amounts = [0.0] * UNITS
    for i in range(FACTS):
        if i < 12 * 86_400:  # later ones lie beyond the window's end
            amounts[i * 7919 % UNITS] += 1_000_000 + (i * 7919 % 997) / 7.0
    found = {}
    for place, arm in enumerate(("control", "new")):
        values = amounts[place::2]
        mean = math.fsum(values) / len(values)
        found[arm] = (len(values), mean, math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
    return found


def measure(name: str, *, kind: str, config: dict[str, str], folder: Path) -> None:
    plug = open_plug(kind=kind, config=config, secret="", limits=Limits(folders=(folder,), seconds=120))
    began = time.perf_counter()
    reading = plug.read(WINDOW, Definition("m", QUERY, STAGES))
    seconds = time.perf_counter() - began
    truth, worst = plain(), 0.0
    for row in reading.rows:
        n, mean, var = truth[row.arm]
        assert row.n == n, (row, n)
        worst = max(worst, abs(row.mean / mean - 1), abs(row.var / var - 1))
    assert len(reading.rows) == len(truth)
    ok = "ok   " if worst <= 1e-9 else "WRONG"
    print(
        f"{ok} {name:<12} {FACTS:,} facts of {UNITS:,} units: {seconds:.2f} s, {reading.bytes} bytes came back, ",
        end="",
    )
    print(f"farthest from plain arithmetic {worst:.1e} (≤ 1e-9)")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="fourstroke-bench-") as made:
        folder = Path(made)
        _duckdb(folder)
        _sqlite(folder)
        server = os.environ.get("BENCH_POSTGRESQL")
        if server:
            _postgresql(server, folder)
        else:
            print("left out: PostgreSQL (set BENCH_POSTGRESQL=postgresql://root@127.0.0.1)")


def _duckdb(folder: Path) -> None:
    import duckdb

    path = folder / "warehouse.duckdb"
    with duckdb.connect(str(path)) as db:
        for statement in statements("duckdb"):
            db.execute(statement)
    measure("DuckDB", kind="file", config={"path": str(path)}, folder=folder)


def _sqlite(folder: Path) -> None:
    path = folder / "warehouse.db"
    with sqlite3.connect(path) as db:
        for statement in statements("sqlite"):
            db.execute(statement)
    db.close()
    measure("SQLite", kind="sql", config={"url": f"sqlite:///{path}"}, folder=folder)


def _postgresql(server: str, folder: Path) -> None:
    import psycopg

    name = f"fourstroke_bench_{os.getpid()}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        try:
            with psycopg.connect(f"{server}/{name}", autocommit=True) as db:
                for statement in statements("postgresql"):
                    db.execute(statement)
                db.execute("ANALYZE")
            measure("PostgreSQL", kind="sql", config={"url": f"{server}/{name}"}, folder=folder)
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
