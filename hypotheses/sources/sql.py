"""Any SQL engine that SQLAlchemy reaches by URL, read only; tested with PostgreSQL and SQLite.

The person's query runs as it stands inside a SELECT of ours, which limits the rows, in a session that can only read
and ends by itself. Values come in as bind parameters; nothing is pasted into the text.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from hypotheses.sources.answers import Rows, answer_to, fetched, query_of
from hypotheses.sources.base import (
    ConfigError,
    Definition,
    Limits,
    PermanentSourceError,
    Reading,
    SourceError,
    Window,
    configured,
    first_line,
    without_secret,
)
from hypotheses.sources.joining import is_joined, joined
from hypotheses.sources.rows import reading_of
from hypotheses.sources.sessions import ended_by_us, postgresql_session, sqlite_session, unknown_session
from hypotheses.sources.sql_errors import too_slow, what_went_wrong

DRIVERS: Final = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}
FORBIDDEN_OPTIONS: Final = ("options", "service", "passfile", "sslkey", "sslcert", "password")
"""Parts of an address that could lift the limits of the session, or read files of this machine."""
FOR_JOINING: Final = {
    "postgresql": (
        "SET LOCAL enable_nestloop = off",
        "SET LOCAL enable_mergejoin = off",
        "SET LOCAL enable_sort = off",
        "SET LOCAL work_mem = '64MB'",
        "SET LOCAL jit = off",
    )
}
"""PostgreSQL cannot know how many units come out of the parts, and takes them for a handful: it would look at each fact
for each unit, or sort all facts on disk. So it hashes, in memory; where a sort is needed it still sorts. The figures
that these settings give its plans would call the compiler each time.
"""


@dataclass(frozen=True, slots=True)
class SqlConfig:
    """`url`: the engine's address without a password, for example `postgresql://reader@host/warehouse`."""

    url: str

    def __post_init__(self) -> None:
        url = self.parsed
        if url.password is not None:
            raise ConfigError("url", "Leave the password out of the address and enter it as the secret.")
        forbidden = [name for name in url.query if name in FORBIDDEN_OPTIONS]
        if forbidden:
            raise ConfigError("url", f"The option {forbidden[0]} may not stand in the address.")
        if url.get_backend_name() == "sqlite" and not url.database:
            raise ConfigError("url", "Name the SQLite file: sqlite:///folder/file.db")
        try:
            url.get_dialect().import_dbapi()
        except (NoSuchModuleError, ImportError):
            raise ConfigError("url", f"No driver for “{url.drivername}” is installed here.") from None

    @property
    def parsed(self) -> URL:
        """The address, with our driver where the engine has several."""
        try:
            url = make_url(self.url)
        except (ArgumentError, ValueError):
            raise ConfigError(
                "url", "This is not the address of a SQL engine. Write it as postgresql://user@host:5432/database."
            ) from None
        return url.set(drivername=DRIVERS.get(url.drivername, url.drivername))


class SqlSource:
    """The plug for one SQL engine."""

    def __init__(self, *, config: Mapping[str, Any], secret: str = "", limits: Limits) -> None:
        self.config = configured(SqlConfig, config)
        self.secret = secret
        self.limits = limits

    def read(self, window: Window, definition: Definition) -> Reading:
        """The rows that the metric's query returns; it may use `:window_start`, `:window_end`, `:metric`, `:stages`. A
        query of two parts, assignments and facts, is joined and aggregated by the engine (`sources/joining.py`).
        """
        query = query_of(definition)
        with self._session() as connection:
            ends = time.monotonic() + self.limits.seconds
            if is_joined(query):
                query = self._joined(connection, query)
            statement = self._statement(connection, query, window, definition)
            with answer_to(statement, connection) as (names, rows):
                records, size = fetched(self._in_time(rows, ends), self.limits)
        return reading_of(names, records, definition, size=size)

    def _in_time(self, rows: Rows, ends: float) -> Rows:
        for record in rows:
            yield record
            if time.monotonic() > ends:
                raise too_slow(self.limits.seconds)

    @staticmethod
    def _joined(connection: sa.Connection, query: str) -> str:
        """The parts as one statement, in a transaction that is set up for it."""
        dialect = connection.dialect.name
        statement = joined(query, dialect=dialect)
        for setting in FOR_JOINING.get(dialect, ()):
            connection.execute(sa.text(setting))
        return statement

    def check(self) -> str:
        """Connect and ask for the number one."""
        with self._session() as connection:
            connection.execute(sa.text("SELECT 1"))
        return f"{self.config.parsed.render_as_string(hide_password=True)} answers, and this session can only read."

    def _statement(
        self, connection: sa.Connection, query: str, window: Window, definition: Definition
    ) -> sa.TextClause:
        """The query within a SELECT that limits its rows: as a subquery, it can be only one statement."""
        if connection.dialect.name in ("postgresql", "sqlite"):
            statement = sa.text(f"SELECT * FROM (\n{query}\n) AS answer LIMIT :row_limit")  # noqa: S608 (their own query)
        else:
            statement = sa.text(query)
        moments: dict[str, Any] = {"window_start": window.start, "window_end": window.end}
        if connection.dialect.name == "sqlite":  # times are texts there; this is the form that datetime() returns
            moments = {name: f"{moment:%Y-%m-%d %H:%M:%S}" for name, moment in moments.items()}
        words = {"metric": definition.metric, "stages": definition.stages}
        given = {**moments, **words, "row_limit": self.limits.rows + 1}
        asked = set(statement._bindparams)  # noqa: SLF001 (the only list of what a text asks for)
        if unknown := sorted(asked - set(given)):
            raise PermanentSourceError(
                f"The query asks for :{unknown[0]}. It may use :window_start, :window_end, :metric and :stages."
            )
        return statement.bindparams(**{name: value for name, value in given.items() if name in asked})

    @contextmanager
    def _session(self) -> Iterator[sa.Connection]:
        """A read-only connection that is closed afterwards; what goes wrong becomes a sentence without the secret."""
        url = self.config.parsed
        engine = self._engine(url)
        ended: list[SourceError] = []
        try:
            with engine.connect() as connection:
                ended = ended_by_us(connection)
                yield connection
                connection.rollback()
        except SourceError as error:
            error.args = (without_secret(str(error), self.secret),)
            raise
        except DBAPIError as error:
            if ended:
                raise ended[0] from None
            raise what_went_wrong(error, url=url, secret=self.secret, seconds=self.limits.seconds) from None
        except SQLAlchemyError as error:
            said = without_secret(first_line(error), self.secret)
            raise PermanentSourceError(f"The query cannot be run: {said}. Correct it, then retry.") from None
        finally:
            engine.dispose()

    def _engine(self, url: URL) -> Engine:
        sessions = {"postgresql": postgresql_session, "sqlite": sqlite_session}
        session = sessions.get(url.get_backend_name(), unknown_session)
        return session(url=url, secret=self.secret, limits=self.limits)
