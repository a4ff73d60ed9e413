"""Sessions of SQL engines that can only read and that end by themselves."""

import contextlib
import os
import socket
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine
from sqlalchemy.pool import NullPool

from hypotheses.sources.base import Limits
from hypotheses.sources.folders import allowed_file

CONNECT_SECONDS: Final = 5
GRACE_SECONDS: Final = 2
"""How much longer than its own statement timeout a server may stay silent before we hang up."""

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
    sa.event.listen(engine, "connect", _hang_up_after(limits.seconds + GRACE_SECONDS))
    sa.event.listen(engine, "close", _stay_on)
    return engine


def _hang_up_after(seconds: float) -> Any:
    """Shut the socket down when the time is up: a frozen server keeps no worker."""

    def on_connect(connection: Any, record: Any) -> None:
        wire = socket.socket(fileno=os.dup(connection.pgconn.socket))
        hung_up = record.info["hung_up"] = threading.Event()

        def hang_up() -> None:
            hung_up.set()
            with contextlib.suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(seconds, hang_up)
        timer.daemon = True
        record.info["deadline"] = (timer, wire)
        timer.start()

    return on_connect


def hung_up_on(connection: sa.Connection | None) -> Callable[[], bool]:
    """Asks whether it was us who ended this connection, because the time was up; to be kept while it is open."""
    event = connection.info.get("hung_up") if connection is not None else None
    return event.is_set if event is not None else lambda: False


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
    # From here on: SQLAlchemy itself asks a few PRAGMAs when it connects.
    sa.event.listen(engine, "begin", lambda begun: begun.connection.dbapi_connection.set_authorizer(_only_reads))
    return engine


def _only_reads(action: int, first: str | None, second: str | None, *_: object) -> int:
    if action == sqlite3.SQLITE_FUNCTION and second != "load_extension":
        return sqlite3.SQLITE_OK
    transaction = action == sqlite3.SQLITE_TRANSACTION and first in ("ROLLBACK", "BEGIN", "COMMIT")
    return sqlite3.SQLITE_OK if transaction or action in _SQLITE_MAY else sqlite3.SQLITE_DENY


def unknown_session(*, url: URL, secret: str, limits: Limits) -> Engine:
    """Any other engine: what is read is rolled back. Its account has to be one that may only read."""
    del limits
    return sa.create_engine(url.set(password=secret or None), poolclass=NullPool)
