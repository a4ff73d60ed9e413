"""CSV and Parquet: what is read, and what a person is told when it cannot be."""

import gzip
import os
import re
from datetime import UTC, datetime

import duckdb
import pytest

from hypotheses.sources import files
from hypotheses.sources.base import ConfigError, Limits, PassingSourceError, PermanentSourceError
from hypotheses.sources.registry import open_plug

HEADER = "trial,metric,arm,as_of,n,mean,var"
GOOD = "007,m,control,2026-01-02T00:00:00+00:00,10,0.5,0.25"


@pytest.fixture
def csv(ask, tmp_path):
    def read(*lines, query="", name="a.csv", **more):
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n")
        return ask("file", {"path": str(path)}, query, **more)

    return read


def test_the_rows_of_the_metric_within_the_window_are_read_with_their_types(csv):
    reading = csv(
        HEADER,
        GOOD,
        GOOD.replace("01-02T00:00:00+00:00", "01-03T00:00:00Z").replace("control", "too late"),
        GOOD.replace("01-02T", "01-01T").replace("control", "too early"),
        GOOD.replace(",m,", ",other,"),
    )
    [row] = reading.rows
    assert (row.trial, row.arm, row.as_of, row.n, row.mean, row.var) == (
        "007", "control", datetime(2026, 1, 2, tzinfo=UTC), 10, 0.5, 0.25,
    )  # fmt: skip
    assert reading.bytes > 200


@pytest.mark.parametrize("moment", ["2026-01-02", "2026-01-02 00:00:00", "2026-01-02T01:00:00+01:00"])
def test_times_without_an_offset_are_utc(csv, moment):
    [row] = csv(HEADER, GOOD.replace("2026-01-02T00:00:00+00:00", moment)).rows
    assert row.as_of == datetime(2026, 1, 2, tzinfo=UTC)


def test_sums_stay_exact(csv):
    [row] = csv(
        "trial,arm,as_of,n,sum,sum_squares",
        "a,control,2026-01-02,10,123456789012345678901234.5,99999999999999999999999999999999999999.25",
    ).rows
    assert row.sum == "123456789012345678901234.5"
    assert row.sum_squares == "99999999999999999999999999999999999999.25"


def test_a_query_of_ones_own_may_aggregate(csv):
    query = (
        "SELECT trial, arm, max(as_of) AS as_of, sum(n)::BIGINT AS n, avg(mean) AS mean, avg(var) AS var FROM source "
        "WHERE metric = :metric AND as_of <= :window_end GROUP BY ALL"
    )
    [row] = csv(HEADER, GOOD, GOOD.replace("01-02T00", "01-01T06"), query=query).rows
    assert (row.n, row.as_of) == (20, datetime(2026, 1, 2, tzinfo=UTC))


def test_parquet_and_zipped_csv_are_read_alike(ask, csv, tmp_path):
    expected = csv(HEADER, GOOD).rows
    duckdb.sql(f"COPY (FROM read_csv('{tmp_path}/a.csv', all_varchar=true)) TO '{tmp_path}/a.parquet'")
    assert ask("file", {"path": "a.parquet"}).rows == expected
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress((tmp_path / "a.csv").read_bytes()))
    assert ask("file", {"path": "a.csv.gz"}).rows == expected


def test_other_separators_and_quotes_are_understood(csv):
    assert (
        csv(HEADER.replace(",", ";"), GOOD.replace(",", ";").replace("control", '"con;trol"')).rows[0].arm == "con;trol"
    )


def test_a_file_with_a_header_only_brings_no_rows(csv):
    assert csv(HEADER).rows == ()


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ((HEADER, GOOD, "007,m,control"), "Line: 3"),
        ((HEADER, GOOD, GOOD + ",9,9"), "Line: 3"),
        ((HEADER, GOOD, '007,m,"control'), "Line: 3"),
        ((HEADER.replace("as_of", "asof"), GOOD), r"Missing column: as_of\. Found: trial, arm, n"),
        ((HEADER.replace("mean", "avg"), GOOD), r"Missing column: mean \(or sum\)"),
        (("hello",), "Missing columns: trial, arm"),
        ((HEADER, GOOD.replace(",10,", ",ten,")), "Row 1, column n: “ten” is not a number"),
        ((HEADER, GOOD.replace(",10,", ",10.5,")), "Row 1, column n: “10.5” is not a whole number"),
        ((HEADER, GOOD.replace(",10,", ",,")), "Row 1, column n: it is empty"),
        ((HEADER, GOOD.replace(",0.5,", ",NaN,")), "Row 1, column mean: “nan” is not a number that can be weighed"),
        ((HEADER, GOOD.replace(",0.5,", ",inf,")), "Row 1, column mean"),
        ((HEADER, GOOD.replace("control", "")), "Row 1, column arm: it is empty"),
        ((HEADER, GOOD, GOOD.replace("2026-01-02T00:00:00+00:00", "")), "Row 2, column as_of: it is empty"),
        ((HEADER, GOOD.replace("2026-01-02T00:00:00+00:00", "")), "Row 1, column as_of: it is empty"),
        ((HEADER, GOOD.replace("2026-01-02T00:00:00+00:00", "yesterday")), "yesterday"),
    ],
)
def test_a_malformed_file_is_said_to_be_so_by_line_and_column(csv, lines, sentence):
    with pytest.raises(PermanentSourceError, match=sentence):
        csv(*lines)


def test_bytes_that_are_no_text_and_no_parquet(ask, tmp_path):
    (tmp_path / "a.csv").write_bytes(b"\x00\xff\xfe\x12" * 100)
    with pytest.raises(PermanentSourceError, match="cannot be read as CSV"):
        ask("file", {"path": "a.csv"})
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(PermanentSourceError, match="cannot be read as PARQUET"):
        ask("file", {"path": "a.parquet"})


def test_a_file_that_is_missing_or_empty_may_still_come(ask, tmp_path):
    with pytest.raises(PassingSourceError, match="does not exist"):
        ask("file", {"path": "a.csv"})
    (tmp_path / "a.csv").touch()
    with pytest.raises(PassingSourceError, match="is empty"):
        ask("file", {"path": "a.csv"})


def test_a_file_that_is_taken_away_while_it_is_read_may_come_back(csv, monkeypatch):
    def taken_away(engine, path):
        path.unlink()
        path.read_text()

    monkeypatch.setattr(files, "_load_csv", taken_away)
    with pytest.raises(PassingSourceError, match="taken away"):
        csv(HEADER, GOOD)


@pytest.mark.parametrize("path", ["/etc/passwd", "../outside.csv", "link.csv", "~/x.csv"])
def test_nothing_outside_the_allowed_folders_is_read(ask, tmp_path, path):
    outside = tmp_path.parent / "outside.csv"
    outside.write_text(HEADER + "\n" + GOOD + "\n")
    (tmp_path / "link.csv").symlink_to(outside)
    with pytest.raises((PermanentSourceError, PassingSourceError), match=r"lies outside the folders|does not exist"):
        ask("file", {"path": path, "format": "csv"})
    outside.unlink()


def test_the_installations_own_files_pipes_and_giants_are_not_read(ask, tmp_path):
    (tmp_path / "secret_key").write_text("x,y\n1,2\n")
    with pytest.raises(PermanentSourceError, match="belongs to this installation"):
        ask("file", {"path": "secret_key", "format": "csv"}, apart=(tmp_path / "secret_key",))
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(PermanentSourceError, match="not a plain file"):
        ask("file", {"path": "pipe.csv"})
    with pytest.raises(PermanentSourceError, match="at most 5 are read"):
        ask("file", {"path": "secret_key", "format": "csv"}, bytes=5)


@pytest.mark.parametrize(
    "query",
    [
        "COPY source TO '{folder}/stolen.csv'",
        "SELECT 1; COPY source TO '{folder}/stolen.csv'",
        "ATTACH '{folder}/stolen.db' AS x",
        "SELECT * FROM read_csv('{folder}/other.csv')",
        "SELECT * FROM '{folder}/other.csv'",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM glob('/*')",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "PRAGMA database_list",
        "CREATE TABLE x AS SELECT 1",
        "DROP TABLE source",
        "SELECT * FROM source) TO '{folder}/stolen.csv'; --",
        "EXPORT DATABASE '{folder}/stolen'",
        "SELECT getenv('HOME')",
        "SELECT * FROM duckdb_secrets()",
    ],
)
def test_a_query_reaches_nothing_but_its_own_table(csv, tmp_path, query):
    (tmp_path / "other.csv").write_text(HEADER + "\n" + GOOD + "\n")
    with pytest.raises(PermanentSourceError, match="query"):
        csv(HEADER, GOOD, query=query.format(folder=tmp_path))
    assert {path.name for path in tmp_path.iterdir()} == {"a.csv", "other.csv"}
    assert (tmp_path / "a.csv").read_text().startswith(HEADER)


def test_a_query_that_never_ends_is_stopped(csv):
    query = "SELECT sum(a.range * b.range) AS n FROM range(10000000) a, range(10000000) b"
    with pytest.raises(PassingSourceError, match=r"took longer than 0\.5 seconds"):
        csv(HEADER, GOOD, query=query, seconds=0.5)


def test_a_query_that_blows_a_small_file_up_is_stopped_at_its_bytes(csv):
    query = "SELECT trial, arm, as_of, n, mean, repeat('x', 10000) AS long FROM source, range(100)"
    with pytest.raises(PermanentSourceError, match="more than 100,000 bytes"):
        csv(HEADER, GOOD, query=query, bytes=100_000)


def test_a_query_with_too_many_rows_is_refused(csv):
    with pytest.raises(PermanentSourceError, match="more than 3 rows"):
        csv(HEADER, *[GOOD] * 4, rows=3)
    assert len(csv(HEADER, *[GOOD] * 3, rows=3).rows) == 3


def test_rows_of_another_metric_do_not_slip_in(csv):
    with pytest.raises(PermanentSourceError, match="“other” came for the metric “m”"):
        csv(HEADER, GOOD.replace(",m,", ",other,"), query="SELECT * FROM source")


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({}, "path"),
        ({"path": 3}, "path"),
        ({"path": " "}, "path"),
        ({"path": "a.csv", "colour": "red"}, "colour"),
        ({"path": "a.docx"}, "format"),
        ({"path": "a.csv", "format": "xml"}, "format"),
    ],
)
def test_wrong_settings_name_the_field(config, field):
    with pytest.raises(ConfigError) as caught:
        open_plug(kind="file", config=config, secret="", limits=Limits())
    assert caught.value.field == field


def test_trying_a_file_says_what_is_in_it(tmp_path):
    (tmp_path / "a.csv").write_text(f"{HEADER}\n{GOOD}\n")
    plug = open_plug(kind="file", config={"path": "a.csv"}, secret="", limits=Limits(folders=(tmp_path,)))
    assert re.match("a.csv can be read: 1 rows with the columns trial, metric", plug.check())
