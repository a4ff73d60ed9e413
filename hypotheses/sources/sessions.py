"""Sessions of SQL engines that can only read and that end by themselves."""

import contextlib
import os
import socket
import sqlite3
import threading
import time
from typing import Any, Final
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine
from sqlalchemy.pool import NullPool

from hypotheses.sources.base import Limits, PermanentSourceError, SourceError, shown
from hypotheses.sources.folders import allowed_file
from hypotheses.sources.joining import NO_MOMENT
from hypotheses.sources.sql_errors import too_slow

CONNECT_SECONDS: Final = 5
GRACE_SECONDS: Final = 2
"""How much longer than its own statement timeout a server may stay silent before we hang up."""
ENDED: Final = "ended_by_us"

_SQLITE_MAY: Final = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE}
_SQLITE_STEPS: Final = 10_000


def postgresql_session(*, url: URL, secret: str, limits: Limits) -> Engine:
    """PostgreSQL: transactions that only read, a statement timeout, a hard deadline when the server falls silent."""
    milliseconds = int(limits.seconds * 1000)
    options = {
        "default_transaction_read_only": "on",
        "statement_timeout": str(milliseconds),
        "lock_timeout": str(milliseconds),
        "idle_in_transaction_session_timeout": str(milliseconds * 2),
        "TimeZone": "UTC",
    }
    engine = sa.create_engine(
        url.set(password=secret or None),
        poolclass=NullPool,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "tcp_user_timeout": milliseconds,
            "application_name": "fourstroke",
            "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
        },
    )
    sa.event.listen(engine, "connect", _hang_up_after(limits.seconds))
    sa.event.listen(engine, "close", _stay_on)
    return engine


def _hang_up_after(allowed: float) -> Any:
    """Shut the socket down when the time is up: a frozen server keeps no worker."""

    def on_connect(connection: Any, record: Any) -> None:
        wire = socket.socket(fileno=os.dup(connection.pgconn.socket))
        ended = record.info[ENDED] = []

        def hang_up() -> None:
            ended.append(too_slow(allowed))
            with contextlib.suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(allowed + GRACE_SECONDS, hang_up)
        timer.daemon = True
        record.info["deadline"] = (timer, wire)
        timer.start()

    return on_connect


def ended_by_us(connection: sa.Connection) -> list[SourceError]:
    """Where it will stand why we ended a query of this connection ourselves: the driver does not know. To be asked for
    while the connection is open.
    """
    ended: list[SourceError] = connection.info.setdefault(ENDED, [])
    return ended


def _stay_on(_connection: object, record: Any) -> None:
    """The connection is closed in time: nothing is left to hang up."""
    timer, wire = record.info.pop("deadline")
    timer.cancel()
    wire.close()


def sqlite_session(*, url: URL, secret: str, limits: Limits) -> Engine:
    """SQLite: the file opened read only; nothing but SELECT is authorised (no ATTACH, no PRAGMA); a deadline."""
    del secret  # SQLite has none
    path = allowed_file(str(url.database), limits)

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=CONNECT_SECONDS)
        connection.execute("SELECT * FROM json_each('[]')")  # made once, while making is still allowed
        ends = time.monotonic() + limits.seconds
        connection.set_progress_handler(lambda: time.monotonic() > ends, _SQLITE_STEPS)
        return connection

    engine = sa.create_engine("sqlite://", creator=connect, poolclass=NullPool)
    sa.event.listen(engine, "connect", _refuse_what_is_no_moment)
    # From here on: SQLAlchemy itself asks a few PRAGMAs when it connects.
    sa.event.listen(engine, "begin", lambda begun: begun.connection.dbapi_connection.set_authorizer(_only_reads))
    return engine


def _refuse_what_is_no_moment(connection: sqlite3.Connection, record: Any) -> None:
    """Make the function that `sources/joining.py` calls for a time that SQLite cannot read."""
    ended = record.info[ENDED] = []

    def refuse(part: str, value: object) -> None:
        ended.append(
            PermanentSourceError(
                f"“{part}”, column moment: {shown(value)} is not a time that SQLite reads. Write it as "
                "2026-01-31 06:00:00 in UTC or as 2026-01-31T06:00:00+00:00; for Unix seconds "
                "datetime(seconds, 'unixepoch')."
            )
        )
        raise ended[0]

    connection.create_function(NO_MOMENT, 2, refuse)


def _only_reads(action: int, first: str | None, second: str | None, *_: object) -> int:
    if action == sqlite3.SQLITE_FUNCTION and second != "load_extension":
        return sqlite3.SQLITE_OK
    transaction = action == sqlite3.SQLITE_TRANSACTION and first in ("ROLLBACK", "BEGIN", "COMMIT")
    return sqlite3.SQLITE_OK if transaction or action in _SQLITE_MAY else sqlite3.SQLITE_DENY


def unknown_session(*, url: URL, secret: str, limits: Limits) -> Engine:
    """Any other engine: what is read is rolled back. Its account has to be one that may only read."""
    del limits
    return sa.create_engine(url.set(password=secret or None), poolclass=NullPool)
