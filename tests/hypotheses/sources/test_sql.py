"""SQL engines by URL: read only, limited, clear about what is wrong. SQLite always, PostgreSQL where it is chosen."""

import os
import socket
import sqlite3
import threading
import time
import tracemalloc
from datetime import UTC, datetime

import psycopg
import pytest
from django.db import connection

from hypotheses.sources import sessions
from hypotheses.sources.base import ConfigError, Limits, PassingSourceError, PermanentSourceError, resolve_secret
from hypotheses.sources.registry import open_plug

TABLE = "CREATE TABLE facts (trial text, arm text, as_of {time}, n integer, mean {real}, var {real}, total {number})"
ROW = "INSERT INTO facts VALUES ('t', 'control', '2026-01-02 00:00:00{zone}', 10, 0.5, 0.25, '123456789.123456789')"
QUERY = "SELECT trial, arm, as_of, n, mean, var FROM facts WHERE as_of > :window_start AND as_of <= :window_end"


@pytest.fixture
def sqlite(tmp_path):
    with sqlite3.connect(tmp_path / "w.db") as db:
        db.execute(TABLE.format(time="text", real="real", number="text"))
        db.execute(ROW.format(zone=""))
    db.close()
    return {"url": "sqlite:///w.db"}


@pytest.fixture
def postgresql(transactional_db):
    """A table of our own in the test database."""
    settings = connection.settings_dict
    url = f"postgresql://{settings['USER']}@{settings['HOST']}:{settings['PORT'] or 5432}/{settings['NAME']}"
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(TABLE.format(time="timestamptz", real="float8", number="numeric"))
        db.execute(ROW.format(zone="+00"))
    yield {"url": url}
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("DROP TABLE facts")


def expect_the_row(reading):
    [row] = reading.rows
    assert (row.trial, row.arm, row.as_of, row.n, row.mean, row.var) == (
        "t", "control", datetime(2026, 1, 2, tzinfo=UTC), 10, 0.5, 0.25,
    )  # fmt: skip
    assert reading.bytes < 200, "what came over the wire is a few values"


def test_sqlite_rows_are_read(ask, sqlite):
    expect_the_row(ask("sql", sqlite, QUERY + ";"))
    assert ask("sql", sqlite, QUERY.replace("<=", "<")).rows == ()


@pytest.mark.postgresql
def test_postgresql_rows_are_read_with_exact_sums(ask, postgresql):
    expect_the_row(ask("sql", postgresql, QUERY + " -- the end"))
    [row] = ask("sql", postgresql, "SELECT trial, arm, as_of, n, total AS sum, total AS sum_squares FROM facts").rows
    assert row.sum == "123456789.123456789"


WRITES = [
    "DELETE FROM facts",
    "DELETE FROM facts RETURNING *",
    "SELECT 1; DELETE FROM facts",
    ") AS x; COMMIT; DELETE FROM facts; SELECT * FROM (SELECT 1",
    "WITH gone AS (DELETE FROM facts RETURNING *) SELECT * FROM gone",
    "INSERT INTO facts SELECT * FROM facts RETURNING *",
    "DROP TABLE facts",
]


@pytest.mark.parametrize("query", [*WRITES, "ATTACH 'x.db' AS x", "PRAGMA journal_mode = DELETE", "VACUUM INTO 'x.db'",
                                   "SELECT load_extension('x')", "SELECT * FROM pragma_database_list"])  # fmt: skip
def test_sqlite_can_only_be_read(ask, sqlite, tmp_path, query):
    with pytest.raises(PermanentSourceError):
        ask("sql", sqlite, query)
    expect_the_row(ask("sql", sqlite, QUERY))
    assert {path.name for path in tmp_path.iterdir()} == {"w.db"}


@pytest.mark.postgresql
@pytest.mark.parametrize("query", [*WRITES, "COPY facts TO '/tmp/x'", "SELECT nextval('feature_id_seq')",
                                   "SELECT set_config('transaction_read_only', 'off', false)"])  # fmt: skip
def test_postgresql_can_only_be_read(ask, postgresql, query):
    with pytest.raises(PermanentSourceError):
        ask("sql", postgresql, query)
    expect_the_row(ask("sql", postgresql, QUERY))


@pytest.mark.postgresql
def test_even_a_statement_of_its_own_finds_a_read_only_session(postgresql):
    """Not the wrapping alone protects: the session itself refuses."""
    plug = open_plug(kind="sql", config=postgresql, secret="", limits=Limits())
    import sqlalchemy as sa

    with pytest.raises(PermanentSourceError, match="may only read"), plug._session() as session:
        session.execute(sa.text("DELETE FROM facts"))


def test_a_sqlite_query_that_never_ends_is_stopped(ask, sqlite):
    endless = "WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a) SELECT sum(n) AS n FROM a"
    with pytest.raises(PassingSourceError, match=r"took longer than 0\.3 seconds"):
        ask("sql", sqlite, endless, seconds=0.3)


@pytest.mark.postgresql
def test_a_postgresql_query_that_never_ends_is_stopped(ask, postgresql):
    with pytest.raises(PassingSourceError, match=r"took longer than 0\.3 seconds") as caught:
        ask("sql", postgresql, "SELECT pg_sleep(60)", seconds=0.3)
    assert not caught.value.about_source


@pytest.mark.postgresql
def test_a_postgresql_answer_of_many_slow_rows_is_told_as_one_that_takes_too_long(ask, postgresql):
    """None of them alone takes long, and the server answers all the time: it is not to blame."""
    pause = "CASE WHEN i % 10 = 0 THEN pg_sleep(0.001)::text END"
    many = f"SELECT trial, arm, as_of, n, mean, {pause} FROM facts, generate_series(1, 50000) AS i"  # noqa: S608 (no input)
    began = time.monotonic()
    with pytest.raises(PassingSourceError, match=r"took longer than 1 seconds") as caught:
        ask("sql", postgresql, many, seconds=1.0)
    assert time.monotonic() - began < 1 + sessions.GRACE_SECONDS
    assert not caught.value.about_source


@pytest.mark.postgresql
def test_a_call_that_we_end_ourselves_is_told_as_one_that_takes_too_long(ask, postgresql, monkeypatch):
    monkeypatch.setattr(sessions, "GRACE_SECONDS", -1.5)  # before the server's own timeout
    with pytest.raises(PassingSourceError, match=r"took longer than 2 seconds") as caught:
        ask("sql", postgresql, "SELECT pg_sleep(60)", seconds=2.0)
    assert not caught.value.about_source


def test_whatever_the_engine_no_row_is_waited_for_past_the_deadline(sqlite, tmp_path):
    plug = open_plug(kind="sql", config=sqlite, secret="", limits=Limits(folders=(tmp_path,)))
    with pytest.raises(PassingSourceError, match=r"took longer than 30 seconds"):
        list(plug._in_time(iter([("t",), ("t",)]), ends=time.monotonic() - 1))


IN_A_WORKER = """CREATE FUNCTION in_a_worker() RETURNS boolean PARALLEL SAFE LANGUAGE plpgsql AS $$ BEGIN
RETURN EXISTS (SELECT FROM pg_stat_activity WHERE pid = pg_backend_pid() AND leader_pid IS NOT NULL); END $$"""


@pytest.mark.postgresql
def test_postgresql_may_share_a_query_among_its_workers(ask, postgresql):
    """It never does for one whose rows are fetched by a cursor of the server."""
    name = connection.settings_dict["NAME"]
    with psycopg.connect(postgresql["url"], autocommit=True) as db:
        always = "debug_parallel_query" if db.info.server_version >= 160_000 else "force_parallel_mode"
        db.execute(f"ALTER DATABASE {name} SET {always} = on")
        db.execute(IN_A_WORKER)
        try:
            [row] = ask("sql", postgresql, "SELECT trial, arm, as_of, in_a_worker()::int AS n, mean FROM facts").rows
        finally:
            db.execute(f"ALTER DATABASE {name} RESET {always}")
            db.execute("DROP FUNCTION in_a_worker")
    assert row.n == 1


@pytest.mark.postgresql
def test_the_columns_of_a_postgresql_answer_without_rows_are_looked_at_too(ask, postgresql):
    assert ask("sql", postgresql, QUERY + " AND false").rows == ()
    with pytest.raises(PermanentSourceError, match="Missing columns: as_of"):
        ask("sql", postgresql, "SELECT trial, arm FROM facts WHERE false")


def test_a_server_that_takes_the_call_and_then_says_nothing_keeps_no_worker(ask):
    """It answers the handshake of no protocol at all; the connection's own deadline ends it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: (server.accept(), time.sleep(8)), daemon=True).start()
        began = time.monotonic()
        with pytest.raises(PassingSourceError, match="cannot be reached"):
            ask("sql", {"url": f"postgresql://x@127.0.0.1:{server.getsockname()[1]}/d"}, "SELECT 1")
        assert time.monotonic() - began < 7


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("SELECT nope FROM facts", "nope"),
        ("SELECT * FROM nowhere", "nowhere"),
        ("SELEC", "does not work"),
        ("", "has no query"),
        ("SELECT :foo", "asks for :foo"),
        ("SELECT trial, arm FROM facts", "Missing columns: as_of, n, mean"),
        ("SELECT trial, arm, as_of, n, 0.1 + 0.2 AS sum FROM facts", "rounded to a float already"),
        ("SELECT trial, arm, as_of, n, mean, arm AS var FROM facts", "column var: “control” is not a number"),
    ],
)
def test_a_wrong_query_is_explained(ask, sqlite, query, sentence):
    with pytest.raises(PermanentSourceError, match=sentence):
        ask("sql", sqlite, query)


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("query", "sentence"), [("SELECT nope FROM facts", "nope"), ("SELECT 1 / 0 AS n", "division by zero")]
)
def test_a_wrong_query_is_explained_by_postgresql_too(ask, postgresql, query, sentence):
    with pytest.raises(PermanentSourceError, match=sentence):
        ask("sql", postgresql, query)


def test_too_many_rows_are_refused(ask, sqlite):
    many = "WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a WHERE n < 9) SELECT * FROM a"
    with pytest.raises(PermanentSourceError, match="more than 3 rows"):
        ask("sql", sqlite, many, rows=3)


def test_an_answer_with_huge_cells_is_cut_short(ask, sqlite):
    query = "SELECT 't' AS trial, 'a' AS arm, '2026-01-01' AS as_of, 5 AS n, hex(zeroblob(60000)) AS mean FROM facts"
    with pytest.raises(PermanentSourceError, match="more than 100,000 bytes"):
        ask("sql", sqlite, query, bytes=100_000)


WIDE = "SELECT 't' AS trial, 'a' AS arm, '2026-01-01' AS as_of, 5 AS n, {text} AS mean FROM {many}"


@pytest.mark.parametrize(("engine", "query"), [
    ("sqlite", "WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a WHERE n < 500) "  # noqa: S608 (no input)
     + WIDE.format(text="hex(zeroblob(50000))", many="a")),
    pytest.param("postgresql", WIDE.format(text="repeat('0', 100000)", many="generate_series(1, 500)"),
                 marks=pytest.mark.postgresql),
])  # fmt: skip
def test_an_answer_with_huge_rows_costs_no_more_memory_than_it_may_have(ask, engine, query, request):
    config = request.getfixturevalue(engine)
    tracemalloc.start()
    with pytest.raises(PermanentSourceError, match="more than 1,000,000 bytes"):
        ask("sql", config, query, bytes=1_000_000)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10_000_000, "the fifty million of the whole answer are not fetched"


def test_who_cannot_be_reached_may_come_back(ask, tmp_path):
    with pytest.raises(PassingSourceError, match="cannot be reached") as caught:
        ask("sql", {"url": "postgresql://x@127.0.0.1:1/d"}, "SELECT 1")
    assert caught.value.about_source
    with pytest.raises(PassingSourceError, match="does not exist"):
        ask("sql", {"url": "sqlite:///none.db"}, "SELECT 1")
    (tmp_path / "junk.db").write_text("no database at all " * 100)
    with pytest.raises(PermanentSourceError, match="not a database"):
        ask("sql", {"url": "sqlite:///junk.db"}, "SELECT 1 FROM x")


@pytest.mark.postgresql
def test_a_refused_sign_in_is_permanent_and_does_not_show_the_password(ask):
    with pytest.raises(PermanentSourceError, match="refuses the sign-in") as caught:
        ask("sql", {"url": "postgresql://nobody-at-all@127.0.0.1/postgres"}, "SELECT 1", secret="hunter2")
    assert "hunter2" not in str(caught.value)
    assert caught.value.about_source


@pytest.mark.parametrize("path", ["/etc/passwd", "../../w.db"])
def test_sqlite_files_lie_in_the_allowed_folders(ask, path):
    with pytest.raises((PermanentSourceError, PassingSourceError), match=r"outside|not exist"):
        ask("sql", {"url": f"sqlite:///{path}"}, "SELECT 1")


@pytest.mark.parametrize(
    "url",
    ["nonsense", "sqlite://", "foo://x/y", "postgresql://u:password@h/d", "postgresql://h/d?options=-c%20x",
     "postgresql://h/d?service=x", "oracle://h/d"],
)  # fmt: skip
def test_wrong_addresses_are_refused_at_once(url):
    with pytest.raises(ConfigError) as caught:
        open_plug(kind="sql", config={"url": url}, secret="", limits=Limits())
    assert caught.value.field == "url"
    assert "password@" not in caught.value.detail


def test_a_secret_may_be_a_reference_but_only_to_variables_meant_for_it(monkeypatch):
    assert resolve_secret("plain", {}) == "plain"
    assert resolve_secret("env:PULL_WAREHOUSE", {"PULL_WAREHOUSE": "hunter2"}) == "hunter2"
    with pytest.raises(PermanentSourceError, match="begin with PULL_"):
        resolve_secret("env:DATABASE_URL", dict(os.environ, DATABASE_URL="x"))
    with pytest.raises(PermanentSourceError, match=r"PULL_GONE, .* does not have\. Set it .* and for the web"):
        resolve_secret("env:PULL_GONE", {})
