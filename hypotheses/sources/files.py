"""CSV, Parquet and DuckDB files on this machine; DuckDB reads and aggregates them.

A table's file is loaded into an in-memory database as the table `source`; a DuckDB database is opened to be read, with
the tables that it has. Then every way to other files and to the network is
shut and the configuration is locked, before a metric's own query is run on it.
"""

import gzip
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb

from hypotheses.sources.answers import fetched
from hypotheses.sources.base import (
    BINDS,
    ConfigError,
    Definition,
    Limits,
    PassingSourceError,
    PermanentSourceError,
    Reading,
    Window,
    configured,
    first_line,
)
from hypotheses.sources.folders import allowed_file
from hypotheses.sources.joining import is_joined, joined
from hypotheses.sources.rows import COLUMNS, TEXTS, reading_of

FORMATS: Final = {
    ".csv": "csv",
    ".tsv": "csv",
    ".gz": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".duckdb": "duckdb",
}
ENGINE: Final = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "threads": "2",
    "memory_limit": "1GB",
    "temp_directory": "",
    "python_enable_replacements": "false",
}
_LONGEST_HEADER: Final = 100_000
_BINDS: Final = re.compile(rf"(?<![:\w]):({'|'.join(BINDS)})\b")


@dataclass(frozen=True, slots=True)
class FileConfig:
    """`path`: the file, absolute or in the data folder. `format`: `csv`, `parquet` or `duckdb`; else by suffix."""

    path: str
    format: str = ""

    def __post_init__(self) -> None:
        if not self.path.strip():
            raise ConfigError("path", "Enter the path of the file.")
        if self.format not in ("", "csv", "parquet", "duckdb"):
            raise ConfigError("format", f"“{self.format}” is not a format that is read. Use csv, parquet or duckdb.")
        if not self.format and Path(self.path).suffix.lower() not in FORMATS:
            raise ConfigError("format", "The file's name does not tell its format. Enter csv, parquet or duckdb.")

    @property
    def kind(self) -> str:
        """`csv`, `parquet` or `duckdb`."""
        return self.format or FORMATS[Path(self.path).suffix.lower()]


class FileSource:
    """The plug for one CSV or Parquet file."""

    def __init__(self, *, config: Mapping[str, Any], secret: str = "", limits: Limits) -> None:
        del secret  # a file has none
        self.config = configured(FileConfig, config)
        self.limits = limits

    def read(self, window: Window, definition: Definition) -> Reading:
        """The rows that the metric's query selects from the table `source`.

        A blank query selects the columns by their names, `metric` = the metric's key if the file has such a column, and
        `as_of` within the window. A query may use `:window_start`, `:window_end`, `:metric` and `:stages`.
        """
        path = allowed_file(self.config.path, self.limits)
        size = path.stat().st_size
        with self._loaded(path) as engine:
            names, records, answered = self._answer(engine, window, definition)
        if self.config.kind == "duckdb":  # a database is not read as a whole: what counts is what came back
            size = answered
        return reading_of(names, records, definition, size=size)

    def check(self) -> str:
        """Load the file and say what it holds."""
        path = allowed_file(self.config.path, self.limits)
        with self._loaded(path) as engine:
            if self.config.kind == "duckdb":
                tables = [name for (name,) in engine.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
                return f"{path.name} can be read; its tables are {', '.join(tables[:20]) or 'none'}."
            [(count,)] = engine.execute("SELECT count(*) FROM source").fetchall()
            columns = [name for name, *_ in engine.execute("SELECT * FROM source LIMIT 0").description or ()]
        return f"{path.name} can be read: {count:,} rows with the columns {', '.join(columns[:20])}."

    @contextmanager
    def _loaded(self, path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
        """An engine that holds this one file and can reach nothing else, within the deadline."""
        engine = duckdb.connect(":memory:", config=dict(ENGINE))
        deadline = threading.Timer(self.limits.seconds, engine.interrupt)
        deadline.daemon = True
        deadline.start()
        try:
            engine.execute("SET TimeZone = 'UTC'")
            self._load(engine, path)
            engine.execute("SET enable_external_access = false")
            engine.execute("SET lock_configuration = true")
            yield engine
        except duckdb.InterruptException as error:
            raise PassingSourceError(
                f"Reading {path.name} took longer than {self.limits.seconds:g} seconds. "
                "Make the file smaller, or its query simpler.",
                about_source=False,
            ) from error
        finally:
            deadline.cancel()
            engine.close()

    def _load(self, engine: duckdb.DuckDBPyConnection, path: Path) -> None:
        try:
            if self.config.kind == "duckdb":
                engine.execute(f"ATTACH '{_escaped(path)}' AS warehouse (READ_ONLY)")
                engine.execute("USE warehouse")
            elif self.config.kind == "parquet":
                engine.execute("CREATE TABLE source AS SELECT * FROM read_parquet(?)", [str(path)])
            else:
                _load_csv(engine, path)
        except duckdb.InterruptException:
            raise
        except (duckdb.Error, OSError, EOFError) as error:
            if "lock" in str(error).lower() and self.config.kind == "duckdb":
                raise PassingSourceError(
                    f"{path.name} is being written by another process. It is read later."
                ) from error
            if not path.exists():
                raise PassingSourceError(f"The file {path} was taken away while it was read.") from error
            raise PermanentSourceError(_unreadable(error, path, self.config.kind)) from error

    def _answer(
        self, engine: duckdb.DuckDBPyConnection, window: Window, definition: Definition
    ) -> tuple[list[str], list[Sequence[Any]], int]:
        query = self._query(engine, definition.query.strip())
        query, names = _BINDS.sub(r"$\1", query), set(_BINDS.findall(query))
        given: dict[str, Any] = {
            "window_start": window.start,
            "window_end": window.end,
            "metric": definition.metric,
            "stages": definition.stages,
        }
        values = {name: given[name] for name in names}
        try:
            query = _single_select(engine, query)
            answer = engine.execute(_in_plain_types(engine, query, values, self.limits.rows + 1), values)
            columns = [name for name, *_ in answer.description or ()]
            records, size = fetched(iter(answer.fetchone, None), self.limits)
        except duckdb.InterruptException:
            raise
        except duckdb.PermissionException as error:
            raise PermanentSourceError(
                "The metric's query may only read the table “source”: other files and the network are closed to it."
            ) from error
        except duckdb.Error as error:
            raise PermanentSourceError(_misfit(error, asked=bool(definition.query.strip()))) from error
        return columns, records, size

    def _query(self, engine: duckdb.DuckDBPyConnection, asked: str) -> str:
        if is_joined(asked):
            return joined(asked, dialect="duckdb")
        if not asked and self.config.kind == "duckdb":
            raise PermanentSourceError("The metric has no query. Write the SELECT over the database's tables.")
        return asked or _default_query(engine)


def _misfit(error: duckdb.Error, *, asked: bool) -> str:
    if asked:
        return f"The metric's query does not work on this file: {first_line(error)}. Correct the query, then retry."
    return (
        f"The file's columns are not of the right types: {first_line(error, longest=160)}. Write it again, then retry."
    )


def _load_csv(engine: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Load a CSV file; names and sums are kept as text, the other types are found by reading all of it."""
    header = "header = true, skip = 0, quote = '\"', escape = '\"', sample_size = -1, strict_mode = true, delim = ?"
    given: list[Any] = [str(path), _delimiter(path)]
    found = engine.execute(f"SELECT * FROM read_csv(?, {header}, all_varchar = true) LIMIT 0", given)  # noqa: S608
    texts = {name: "VARCHAR" for name, *_ in found.description or () if name.lower() in TEXTS}
    types, given = (", types = ?", [*given, texts]) if texts else ("", given)
    engine.execute(f"CREATE TABLE source AS SELECT * FROM read_csv(?, {header}{types})", given)  # noqa: S608


def _delimiter(path: Path) -> str:
    """The separator that the header uses most. (Guessed from all lines, a broken line would change it.)"""
    return max(",;\t|", key=_header(path).count)


def _header(path: Path) -> str:
    with gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb") as file:
        return file.readline(_LONGEST_HEADER).decode("utf-8", "replace")


def _unreadable(error: Exception, path: Path, kind: str) -> str:
    """What is wrong with the file. DuckDB's sniffer only says that it gave up, so CSV is read again by rule."""
    said = first_line(error)
    if kind == "csv" and "sniffing" in said:
        said = _where_csv_breaks(path) or said
    return f"{path.name} cannot be read as {kind.upper()}: {said}. Write the file again, then retry."


def _where_csv_breaks(path: Path) -> str:
    delimiter = _delimiter(path)
    columns = {f"c{place}": "VARCHAR" for place in range(_header(path).count(delimiter) + 1)}
    plain = "auto_detect = false, header = true, quote = '\"', escape = '\"', strict_mode = true"
    try:
        with duckdb.connect(":memory:", config=dict(ENGINE)) as engine:
            engine.execute(
                f"SELECT count(*) FROM read_csv(?, {plain}, delim = ?, columns = ?)",  # noqa: S608 (options are ours)
                [str(path), delimiter, columns],
            )
    except duckdb.Error as error:
        return first_line(error)
    return ""


def _default_query(engine: duckdb.DuckDBPyConnection) -> str:
    """Our columns, those that the file has, of this metric and within the window.

    A row without a time is in no window; it comes along, so that it is refused by row and column and not lost.
    """
    found = [name for name, *_ in engine.execute("SELECT * FROM source LIMIT 0").description or ()]
    ours = [name for name in found if name.lower() in COLUMNS]
    conditions = []
    if "metric" in {name.lower() for name in found}:
        conditions.append("metric = :metric")
    if "as_of" in {name.lower() for name in ours}:
        moment = "CAST(as_of AS TIMESTAMPTZ)"
        conditions.append(f"(as_of IS NULL OR ({moment} > :window_start AND {moment} <= :window_end))")
    columns = ", ".join(_quoted(name) for name in ours) or "*"
    return f"SELECT {columns} FROM source" + (f" WHERE {' AND '.join(conditions)}" if conditions else "")  # noqa: S608


def _single_select(engine: duckdb.DuckDBPyConnection, query: str) -> str:
    statements = engine.extract_statements(query)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise PermanentSourceError("The metric's query has to be one SELECT, and nothing else.")
    return statements[0].query.strip().rstrip(";").rstrip()


def _in_plain_types(engine: duckdb.DuckDBPyConnection, query: str, values: Mapping[str, Any], most: int) -> str:
    """The query, cut at `most` rows, with zoned times as UTC times (for others Python would need a further package)."""
    described = engine.execute(f"SELECT * FROM (\n{query}\n) LIMIT 0", dict(values)).description or ()  # noqa: S608
    columns = ", ".join(
        f"CAST({_quoted(name)} AS TIMESTAMP) AS {_quoted(name)}" if "TIME ZONE" in str(kind) else _quoted(name)
        for name, kind, *_ in described
    )
    return f"SELECT {columns} FROM (\n{query}\n) LIMIT {most}"  # noqa: S608 (the person's own query, on a sealed engine)


def _escaped(path: Path) -> str:
    return str(path).replace("'", "''")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
