"""Assignments and facts: the engine joins and aggregates them, and says what plain arithmetic says."""

import json
import os
import random
import sqlite3
import statistics
from contextlib import closing
from datetime import datetime, timedelta

import duckdb
import psycopg
import pytest

from hypotheses.sources.base import Definition, Limits, PermanentSourceError
from hypotheses.sources.joining import joined
from hypotheses.sources.registry import open_plug
from tests.hypotheses.sources.conftest import WINDOW

TABLES = (
    "CREATE TABLE exposures (trial TEXT, arm TEXT, unit INTEGER, moment TIMESTAMP)",
    "CREATE TABLE purchases (unit INTEGER, moment TIMESTAMP, value DOUBLE PRECISION)",
    "CREATE TABLE visits (unit INTEGER, moment TIMESTAMP, value DOUBLE PRECISION)",
)
ASSIGNMENTS, FACTS = "SELECT trial, arm, unit, moment FROM exposures;", "SELECT unit, moment, value FROM purchases"
HOUR = timedelta(hours=1)
BEGIN = WINDOW.end - timedelta(days=10)


class DuckDB:
    def __init__(self, folder):
        self.path = folder / "warehouse.duckdb"
        self.config = {"kind": "file", "config": {"path": str(self.path)}}

    def fill(self, rows):
        with duckdb.connect(str(self.path)) as db:
            for table in TABLES:
                db.execute(table)
            for name, found in rows.items():
                if found:
                    db.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(found[0]))})", found)  # noqa: S608

    def close(self):
        pass


class SQLite(DuckDB):
    def __init__(self, folder):
        self.path = folder / "warehouse.db"
        self.config = {"kind": "sql", "config": {"url": f"sqlite:///{self.path}"}}

    def fill(self, rows):
        with sqlite3.connect(self.path) as db:
            for table in TABLES:
                db.execute(table)
            for name, found in rows.items():
                texts = [tuple(str(v) if isinstance(v, datetime) else v for v in row) for row in found]
                db.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(found[0]))})", texts)  # noqa: S608


class PostgreSQL(DuckDB):
    def __init__(self, folder):
        self.url = os.environ["DATABASE_URL"].rpartition("/")[0]
        self.schema = f"joining_{os.getpid()}"
        self.db = psycopg.connect(f"{self.url}/postgres", autocommit=True)
        self.db.execute(f"DROP DATABASE IF EXISTS {self.schema}")
        self.db.execute(f"CREATE DATABASE {self.schema}")
        self.config = {"kind": "sql", "config": {"url": f"{self.url}/{self.schema}"}}

    def fill(self, rows):
        with psycopg.connect(f"{self.url}/{self.schema}") as db:
            for table in TABLES:
                db.execute(table)
            for name, found in rows.items():
                with db.cursor().copy(f"COPY {name} FROM STDIN") as copy:
                    for row in found:
                        copy.write_row(row)

    def close(self):
        self.db.execute(f"DROP DATABASE {self.schema} WITH (FORCE)")
        self.db.close()


class Spark(DuckDB):
    COLUMNS = (
        ("exposures", "trial STRING, arm STRING, unit INT, moment TIMESTAMP_NTZ"),
        ("purchases", "unit INT, moment TIMESTAMP_NTZ, value DOUBLE"),
        ("visits", "unit INT, moment TIMESTAMP_NTZ, value DOUBLE"),
    )

    def __init__(self, server):
        self.session = server.session()
        self.config = {"kind": "spark", "config": {"remote": server.remote}}

    def fill(self, rows):
        for name, columns in self.COLUMNS:
            self.session.createDataFrame(rows.get(name, []), columns).write.mode("overwrite").saveAsTable(name)

    def close(self):
        self.session.stop()


ENGINES = [
    DuckDB,
    SQLite,
    pytest.param(PostgreSQL, marks=pytest.mark.postgresql),
    pytest.param(Spark, marks=pytest.mark.spark),
]


@pytest.fixture(params=ENGINES)
def engine(request, tmp_path):
    made = request.param(request.getfixturevalue("spark_server") if request.param is Spark else tmp_path)
    yield made
    made.close()


def told(stages):
    return json.dumps([
        {"trial": "t", "stage": name, "started_at": f"{opened:%Y-%m-%dT%H:%M:%S}+00:00",
         "ended_at": shut and f"{shut:%Y-%m-%dT%H:%M:%S}+00:00"} for name, opened, shut in stages
    ])  # fmt: skip


@pytest.fixture
def read(engine, tmp_path):
    def asked(query, *, stages, window=WINDOW):
        plug = open_plug(**engine.config, secret="", limits=Limits(folders=(tmp_path,)))
        return plug.read(window, Definition("m", json.dumps(query), told(stages)))

    return asked


def at(days: float) -> datetime:
    """So many days after the beginning, as warehouses write it: without a zone, in UTC."""
    return (BEGIN + timedelta(days=days)).replace(tzinfo=None)


QUERY = {"assignments": ASSIGNMENTS, "facts": FACTS}
ONE = [("1", BEGIN, None)]


def test_each_arm_has_the_mean_and_variance_of_its_units(engine, read):
    exposures = [("t", "control", 1, at(0)), ("t", "control", 2, at(1)), ("t", "new", 3, at(2)), ("t", "new", 4, at(3))]
    engine.fill({"exposures": exposures, "purchases": [(1, at(1), 2.0), (1, at(2), 3.0), (3, at(5), 4.0)]})
    control, new = read(QUERY, stages=ONE).rows
    assert (control.trial, control.stage, control.arm, control.as_of) == ("t", "1", "control", WINDOW.end)
    assert (control.n, control.mean, control.var) == (2, 2.5, 12.5)
    assert (new.n, new.mean, new.var, new.n_assigned, new.n_multi_arm) == (2, 2.0, 8.0, 2, 0)


@pytest.mark.parametrize(("measure", "mean", "var"), [("any", 0.5, 0.5), ("count", 1.0, 2.0), ("sum", 2.5, 12.5)])
def test_what_a_unit_contributes(engine, read, measure, mean, var):
    engine.fill({
        "exposures": [("t", "control", 1, at(0)), ("t", "control", 2, at(0))],
        "purchases": [(1, at(1), 2.0), (1, at(2), 3.0)],
    })  # fmt: skip
    [row] = read({**QUERY, "measure": measure}, stages=ONE).rows
    assert (row.mean, row.var) == (mean, var)


def test_facts_count_from_the_first_exposure_to_the_end_of_the_window(engine, read):
    engine.fill({
        "exposures": [("t", "control", 1, at(2)), ("t", "control", 1, at(4)), ("t", "control", 2, at(2))],
        "purchases": [(1, at(1), 100.0), (1, at(2), 1.0), (1, at(3), 1.0), (1, at(10), 1.0), (1, at(10.01), 100.0)],
    })  # fmt: skip
    [row] = read(QUERY, stages=ONE).rows
    assert (row.n, row.mean) == (2, 1.5)


def test_a_unit_matures_and_then_its_facts_are_over(engine, read):
    engine.fill({
        "exposures": [("t", "control", 1, at(0)), ("t", "control", 2, at(2.9)), ("t", "control", 3, at(9))],
        "purchases": [(1, at(6), 1.0), (1, at(8), 100.0), (2, at(9), 2.0), (3, at(9.5), 100.0)],
    })  # fmt: skip
    [row] = read({**QUERY, "within_days": 7}, stages=ONE).rows
    assert (row.n, row.n_assigned, row.mean) == (2, 3, 1.5)


def test_a_unit_counts_in_the_stage_of_its_first_exposure_and_in_no_other(engine, read):
    stages = [("5", BEGIN, BEGIN + timedelta(days=4)), ("25", BEGIN + timedelta(days=4), None)]
    engine.fill({
        "exposures": [
            ("t", "control", 1, at(1)), ("t", "control", 1, at(5)), ("t", "control", 2, at(4)),
            ("t", "control", 3, at(-1)), ("t", "control", 3, at(5)), ("other", "control", 4, at(1)),
        ],
        "purchases": [(1, at(2), 1.0), (1, at(6), 5.0), (2, at(6), 2.0)],
    })  # fmt: skip
    first, second = sorted(read({**QUERY, "within_days": 3}, stages=stages).rows, key=lambda row: row.as_of)
    assert (first.stage, first.n, first.mean, first.as_of) == ("5", 1, 1.0, BEGIN + timedelta(days=7)), (
        "then it is over"
    )
    assert (second.stage, second.n, second.mean, second.as_of) == ("25", 1, 2.0, WINDOW.end)


def test_units_seen_in_several_arms_are_told_and_not_measured(engine, read):
    engine.fill({
        "exposures": [
            ("t", "control", 1, at(1)), ("t", "new", 1, at(2)), ("t", "control", 2, at(1)), ("t", "new", 3, at(1)),
        ],
        "purchases": [(1, at(3), 100.0)],
    })  # fmt: skip
    control, new = read(QUERY, stages=ONE).rows
    assert (control.n, control.n_assigned, control.n_multi_arm, control.mean) == (1, 2, 1, 0.0)
    assert (new.n, new.n_assigned, new.n_multi_arm) == (1, 1, 0)


def test_a_ratio_has_both_measures_and_their_covariance(engine, read):
    engine.fill({
        "exposures": [("t", "control", unit, at(0)) for unit in (1, 2, 3)],
        "purchases": [(1, at(1), 1.0), (2, at(1), 2.0), (3, at(1), 6.0)],
        "visits": [(1, at(1), 2.0), (2, at(1), 3.0), (2, at(2), 1.0), (3, at(1), 3.0)],
    })  # fmt: skip
    [row] = read({**QUERY, "divided_by": "SELECT unit, moment, value FROM visits"}, stages=ONE).rows
    y, x = [1.0, 2.0, 6.0], [2.0, 4.0, 3.0]
    assert (row.mean, row.mean_x) == (3.0, 3.0)
    assert (row.var, row.var_x, row.cov_xy) == (
        statistics.variance(y), statistics.variance(x), pytest.approx(statistics.covariance(y, x), abs=1e-12),
    )  # fmt: skip


def test_each_part_of_a_ratio_has_its_own_facts(engine, read):
    """A unit with visits and no purchase, one with purchases and no visit, and one with neither."""
    engine.fill({
        "exposures": [("t", "control", unit, at(0)) for unit in (1, 2, 3)],
        "purchases": [(2, at(1), 5.0), (2, at(2), 7.0)],
        "visits": [(1, at(1), 4.0), (1, at(2), 1.0)],
    })  # fmt: skip
    found = {}
    for measure in ("any", "count", "sum"):
        query = {**QUERY, "measure": measure, "divided_by": "SELECT unit, moment, value FROM visits"}
        [row] = read(query, stages=ONE).rows
        assert (row.n, row.mean_x) == (3, pytest.approx(5 / 3))
        found[measure] = row.mean
    assert found == {"any": pytest.approx(1 / 3), "count": pytest.approx(2 / 3), "sum": 4.0}


def test_many_units_give_what_plain_arithmetic_gives(engine, read):
    """Large values with a small spread, where one pass over sums of squares loses everything."""
    chance = random.Random(7)
    units = {
        unit: (chance.choice(["control", "new"]), at(chance.uniform(0, 9)), 1e9 + chance.gauss(0, 2))
        for unit in range(4000)
    }
    engine.fill({
        "exposures": [("t", arm, unit, when) for unit, (arm, when, _) in units.items()],
        "purchases": [(unit, when, value) for unit, (_, when, value) in units.items()],
    })  # fmt: skip
    reading = read(QUERY, stages=ONE)
    for row in reading.rows:
        values = [value for arm, _, value in units.values() if arm == row.arm]
        assert row.n == len(values)
        assert row.mean == pytest.approx(statistics.fmean(values), rel=1e-12)
        assert row.var == pytest.approx(statistics.variance(values), rel=1e-6)
    assert reading.bytes < 1_000


def test_nothing_assigned_is_no_rows(engine, read):
    engine.fill({})
    assert read(QUERY, stages=ONE).rows == ()
    assert read(QUERY, stages=[]).rows == ()


STRANGE = ["2026-03-01T10:00:00+0200", "01/03/2026 10:00", "1767225600", 1767225600, "2026-01-01 10:00:00 UTC", ""]


@pytest.mark.parametrize("moment", STRANGE)
@pytest.mark.parametrize("part", ["assignments", "facts", "divided_by"])
def test_a_moment_that_sqlite_cannot_read_is_told_and_no_unit_is_lost_in_silence(tmp_path, part, moment):
    """datetime() gives NULL for it. Other engines raise by themselves."""
    tables = {"assignments": "exposures", "facts": "purchases", "divided_by": "visits"}
    with closing(sqlite3.connect(tmp_path / "w.db")) as db, db:
        for table in TABLES:
            db.execute(table)
        db.executemany("INSERT INTO exposures VALUES ('t', 'control', ?, ?)", [(n, str(at(1))) for n in range(5)])
        for table in ("purchases", "visits"):
            db.executemany(f"INSERT INTO {table} VALUES (?, ?, 1.0)", [(n, str(at(2))) for n in range(5)])  # noqa: S608
        db.execute(f"UPDATE {tables[part]} SET moment = ? WHERE unit = 3", [moment])  # noqa: S608
    plug = open_plug(kind="sql", config={"url": "sqlite:///w.db"}, secret="", limits=Limits(folders=(tmp_path,)))
    query = {**QUERY, "divided_by": "SELECT unit, moment, value FROM visits"}
    with pytest.raises(PermanentSourceError) as caught:
        plug.read(WINDOW, Definition("m", json.dumps(query), told(ONE)))
    assert f"“{part}”, column moment: “{moment}” is not a time that SQLite reads. Write it as" in str(caught.value)


def test_a_fact_without_a_moment_is_none_on_every_engine(engine, read):
    engine.fill({
        "exposures": [("t", "control", 1, at(0)), ("t", "control", 2, None)],
        "purchases": [(1, at(1), 2.0), (1, None, 3.0)],
    })  # fmt: skip
    [row] = read(QUERY, stages=ONE).rows
    assert (row.n, row.mean) == (1, 2.0)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ('{"assignments": "SELECT 1"', "has to be JSON like"),
        ('{"assignments": "SELECT 1"}', "has to be JSON like"),
        ('{"assignments": "", "facts": "SELECT 1"}', "“assignments” has to be a SELECT"),
        ('{"assignments": "SELECT 1", "facts": 5}', "“facts” has to be a SELECT"),
        ('{"assignments": "SELECT 1", "facts": "SELECT 1", "measure": "median"}', "“median” is not a measure"),
        ('{"assignments": "SELECT 1", "facts": "SELECT 1", "within_days": -1}', "“within_days” has to be"),
        ('{"assignments": "SELECT 1", "facts": "SELECT 1", "colour": "green"}', "colour"),
    ],
)
def test_a_wrong_query_is_said(query, words):
    with pytest.raises(PermanentSourceError, match=words):
        joined(query, dialect="duckdb")


def test_an_engine_that_cannot_join_them_yet_is_said():
    with pytest.raises(PermanentSourceError, match="For oracle write one SELECT"):
        joined(json.dumps(QUERY), dialect="oracle")


def test_what_is_wrong_in_a_part_is_said_and_nothing_is_written(engine, read):
    engine.fill({})
    for part in (
        {"facts": "SELECT unit, moment FROM purchases"},
        {"facts": "DELETE FROM purchases"},
        {"assignments": "SELECT 1; SELECT 2"},
    ):
        with pytest.raises(PermanentSourceError):
            read({**QUERY, **part}, stages=ONE)


def test_a_database_that_another_process_writes_is_read_later(tmp_path):
    pytest.importorskip("duckdb")
    plug = open_plug(kind="file", config={"path": "x.duckdb"}, secret="", limits=Limits(folders=(tmp_path,)))
    (tmp_path / "x.duckdb").write_text("no database")
    with pytest.raises(PermanentSourceError, match="cannot be read as DUCKDB"):
        plug.check()
