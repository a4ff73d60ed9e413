"""Spark by Spark Connect: what is read, what is refused, and how it ends. A real server where it is chosen."""

import socket
import threading
import time
from datetime import UTC, datetime

import pytest

from hypotheses.sources import spark as plug
from hypotheses.sources.base import ConfigError, Limits, PassingSourceError, PermanentSourceError
from hypotheses.sources.registry import open_plug

ROW = "SELECT 't' AS trial, 'control' AS arm, :window_end AS as_of, 10 AS n, 0.5D AS mean, 0.25D AS var"
on_a_server = pytest.mark.spark


@pytest.fixture
def remote(spark_server):
    return {"remote": spark_server.remote}


@pytest.fixture
def installed(monkeypatch):
    """As if the client were here: settings are looked at before it is."""
    monkeypatch.setattr(plug, "find_spec", lambda name: name)


@pytest.mark.parametrize(
    "config",
    [
        {"remote": "local[2]"}, {"remote": "spark://host:7077"}, {"remote": "sc://"}, {"remote": "sc://host:port"},
        {"remote": "sc://user:word@host"}, {"remote": "sc://host/;token=word"}, {"remote": "sc://host/path"}, {},
        {"remote": "sc://host", "master": "local[2]"},
    ],
)  # fmt: skip
def test_only_servers_are_taken_and_never_this_machine(installed, config):
    with pytest.raises(ConfigError) as caught:
        open_plug(kind="spark", config=config, secret="", limits=Limits())
    assert caught.value.field == ("master" if "master" in config else "remote")
    assert "word" not in caught.value.detail


def test_without_the_client_it_is_said_how_to_install_it(monkeypatch):
    monkeypatch.setattr(plug, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"pip install -r requirements/spark\.txt"):
        open_plug(kind="spark", config={"remote": "sc://host"}, secret="", limits=Limits())


@on_a_server
def test_rows_are_read_with_their_times_in_utc(ask, remote):
    reading = ask("spark", remote, ROW + " -- the end")
    [row] = reading.rows
    assert (row.trial, row.arm, row.as_of, row.n, row.mean, row.var) == (
        "t", "control", datetime(2026, 1, 2, tzinfo=UTC), 10, 0.5, 0.25,
    )  # fmt: skip
    assert reading.bytes < 200
    [row] = ask("spark", remote, f"WITH told AS ({ROW}) SELECT *, :metric AS metric, 123456789.123456789BD AS sum, "  # noqa: S608
                                 "1BD AS sum_squares FROM told").rows  # fmt: skip
    assert row.sum == "123456789.123456789"


@on_a_server
def test_the_server_is_tried_without_a_metric(spark_server):
    said = open_plug(kind="spark", config={"remote": spark_server.remote}, secret="", limits=Limits()).check()
    assert "answers: Spark 4." in said


@on_a_server
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("SELECT nope FROM range(3)", "`nope` cannot be resolved"),
        ("SELECT * FROM nowhere", "`nowhere` cannot be found"),
        ("SELECT FROM WHERE", "does not work"),
        ("", "has no query"),
        ("SELECT :foo", "unbound parameter: foo"),
        ("SELECT 1 / 0 AS n", "Division by zero"),
        ("SELECT 't' AS trial, 'a' AS arm", "Missing columns: as_of, n, mean"),
        (ROW.replace("0.25D", "double('NaN')"), "column var: “nan” is not a number that can be weighed"),
        (ROW.replace("0.25D", "'x'"), "column var: “x” is not a number"),
    ],
)
def test_a_wrong_query_is_explained(ask, remote, query, sentence):
    with pytest.raises(PermanentSourceError, match=sentence) as caught:
        ask("spark", remote, query)
    assert not {"JVM", "SQLSTATE", "Project"} & set(str(caught.value).replace(":", " ").split())


@on_a_server
@pytest.mark.parametrize(
    "query",
    [
        "DROP TABLE kept", "INSERT INTO kept VALUES (2)", "CREATE TABLE x AS SELECT 1 AS a",
        "SET spark.sql.ansi.enabled=false",
        "SELECT 1; DROP TABLE kept", ") AS x; DROP TABLE kept; SELECT * FROM (SELECT 1", "TRUNCATE TABLE kept",
        "BEGIN DROP TABLE kept; END", "WITH a AS (SELECT 3) INSERT INTO kept SELECT * FROM a", "SELECT 1 /*",
        "SELECT TRANSFORM(1) USING 'touch /tmp/fourstroke-was-here' AS (a STRING)",
        "SELECT reflect('java.lang.System', 'getProperty', 'user.home')",
        "SELECT * FROM (SELECT IDENTIFIER('java' || '_method')('java.lang.System', 'getProperty', 'user.home'))",
        "SELECT (SELECT try_reflect('java.lang.System', 'getProperty', 'user.home')) AS a",
        "SELECT * FROM text.`/etc/hostname`", "SELECT * FROM parquet.`kept`",
    ],
)  # fmt: skip
def test_it_can_only_be_read(ask, remote, spark_server, query):
    session = spark_server.session()
    session.sql("CREATE TABLE IF NOT EXISTS kept AS SELECT 1 AS a").collect()
    with pytest.raises(PermanentSourceError, match=r"does not work|may only read"):
        ask("spark", remote, query)
    assert [tuple(row) for row in session.table("kept").collect()] == [(1,)]
    session.stop()


@on_a_server
def test_a_query_that_never_ends_is_stopped(ask, remote):
    ask("spark", remote, ROW)
    began = time.monotonic()
    with pytest.raises(PassingSourceError, match="took longer than 3 seconds") as caught:
        ask(
            "spark",
            remote,
            "SELECT sum(a.id * b.id) AS n FROM range(100000000) a JOIN range(100000000) b ON a.id % 7 = b.id % 7",
            seconds=3,
        )
    assert not caught.value.about_source
    assert time.monotonic() - began < 6


@on_a_server
def test_too_much_is_refused(ask, remote):
    with pytest.raises(PermanentSourceError, match="more than 3 rows"):
        ask("spark", remote, "SELECT * FROM range(1000000000)", rows=3)
    with pytest.raises(PermanentSourceError, match="more than 10,000 bytes"):
        ask("spark", remote, "SELECT repeat('x', 100000) AS a FROM range(3)", bytes=10_000)


@on_a_server
def test_who_cannot_be_reached_may_come_back(ask, spark_server):
    began = time.monotonic()
    with pytest.raises(PassingSourceError, match=r"127\.0\.0\.1:1 cannot be reached") as caught:
        ask("spark", {"remote": "sc://127.0.0.1:1"}, ROW)
    assert caught.value.about_source
    with pytest.raises(PassingSourceError, match="cannot be reached") as caught:
        ask("spark", {"remote": spark_server.remote, "use_ssl": True}, ROW, secret="hunter2")
    assert "hunter2" not in str(caught.value)
    assert time.monotonic() - began < 10


@on_a_server
def test_a_server_that_takes_the_call_and_then_says_nothing_keeps_no_worker(ask):
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: (server.accept(), time.sleep(8)), daemon=True).start()
        began = time.monotonic()
        with pytest.raises(PassingSourceError, match=r"did not answer within 1 seconds|cannot be reached"):
            ask("spark", {"remote": f"sc://127.0.0.1:{server.getsockname()[1]}"}, ROW, seconds=1)
        assert time.monotonic() - began < 7
