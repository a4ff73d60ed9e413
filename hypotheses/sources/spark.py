"""Spark SQL on a cluster, by Spark Connect: this process holds a thin client, and the cluster does the work.

Only `sc://` addresses are taken: a local master would have this machine run what a query asks for. The person's query
stands inside a SELECT of ours, so that it can be only a query; and its plan is looked at before it runs, because
Spark's SELECT can call programs and Java methods on the cluster.
"""

import logging
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Final
from urllib.parse import urlsplit

from hypotheses.sources.answers import fetched, query_of
from hypotheses.sources.base import (
    BINDS,
    ConfigError,
    Definition,
    Limits,
    PermanentSourceError,
    Reading,
    Window,
    configured,
)
from hypotheses.sources.joining import is_joined, joined
from hypotheses.sources.rows import reading_of
from hypotheses.sources.spark_errors import too_slow, what_went_wrong

PORT: Final = 15002
GRACE_SECONDS: Final = 2
"""How much longer than the deadline a cluster may take to stop a query before we hang up."""
SETTINGS: Final = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.runSQLOnFiles": "false",
    "spark.sql.debug.maxToStringFields": "100000",
}
"""Times are UTC; files of the cluster are no tables; a plan is shown with all its columns."""
NOT_A_READ: Final = re.compile(r"\bScriptTransformation\b|\b(?:try_reflect|reflect|java_method)\(")
"""What of a plan runs something: TRANSFORM … USING a program, and calls of Java methods."""
NOT_INSTALLED: Final = (
    "Spark is read through pyspark-client, which is not installed here. "
    "Ask the operator to run: pip install -r requirements/spark.txt"
)


@dataclass(frozen=True, slots=True)
class SparkConfig:
    """`remote`: the address of a Spark Connect server, for example `sc://spark.example.org:15002`; `use_ssl` for TLS,
    which a token turns on by itself.
    """

    remote: str
    use_ssl: bool = False

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.remote)
            host, _ = parts.hostname, parts.port
        except ValueError:
            parts, host = urlsplit(""), None
        if parts.scheme != "sc" or not host:
            raise ConfigError("remote", f"Write the address of a Spark Connect server as sc://host:{PORT}.")
        if parts.username is not None or parts.path.strip("/") or parts.query or parts.fragment:
            raise ConfigError("remote", f"Leave it at sc://host:{PORT}: a token is entered as the secret.")
        if find_spec("pyspark") is None or find_spec("grpc") is None:
            raise ConfigError("remote", NOT_INSTALLED)

    @property
    def place(self) -> str:
        """Host and port."""
        parts = urlsplit(self.remote)
        host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
        return f"{host}:{parts.port or PORT}"


class SparkSource:
    """The plug for one Spark cluster."""

    def __init__(self, *, config: Mapping[str, Any], secret: str = "", limits: Limits) -> None:
        self.config = configured(SparkConfig, config)
        self.secret = secret
        self.limits = limits

    def read(self, window: Window, definition: Definition) -> Reading:
        """The rows that the metric's query returns; it may use `:window_start`, `:window_end`, `:metric`, `:stages`. A
        query of two parts, assignments and facts, is joined and aggregated by the cluster (`sources/joining.py`).
        """
        query = query_of(definition)
        if is_joined(query):
            query = joined(query, dialect="spark")
        binds = {
            "window_start": window.start,
            "window_end": window.end,
            "metric": definition.metric,
            "stages": definition.stages,
        }
        with self._session() as session:
            answer = session.sql(f"SELECT * FROM (\n{query}\n) AS answer", args={name: binds[name] for name in BINDS})  # noqa: S608 (their own query)
            _only_reads(session, answer)
            names = answer.columns
            limited = _in_plain_types(answer).limit(self.limits.rows + 1)
            records, size = fetched(map(tuple, limited.toLocalIterator()), self.limits)
        return reading_of(names, records, definition, size=size)

    def check(self) -> str:
        """Connect and ask for the version."""
        with self._session() as session:
            version = session.version
        return f"{self.config.place} answers: Spark {version}."

    @contextmanager
    def _session(self) -> Iterator[Any]:
        """A session of our own that is released afterwards; what goes wrong becomes a sentence without the secret."""
        session = self._opened()
        deadline = _Deadline(session, self.limits.seconds)
        try:
            for name, value in SETTINGS.items():
                session.conf.set(name, value)
            yield session
        except PermanentSourceError:
            raise
        except Exception as error:  # noqa: BLE001 (its errors, those of gRPC and of a closed channel have no common kind)
            if deadline.passed:
                raise too_slow(self.config.place, self.limits.seconds, answered=deadline.stopped) from None
            raise what_went_wrong(error, place=self.config.place, secret=self.secret) from None
        finally:
            with suppress(Exception):
                session.stop()
            deadline.cancel()

    def _opened(self) -> Any:
        """A client; nothing is sent yet. Tries are the ledger's business, so it makes one of each."""
        try:
            from pyspark.sql.connect.client import DefaultChannelBuilder  # noqa: PLC0415 (an extra of the package)
            from pyspark.sql.connect.session import SparkSession  # noqa: PLC0415
        except ImportError:
            raise PermanentSourceError(NOT_INSTALLED) from None
        logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)  # it logs each error with a Java trace
        builder = DefaultChannelBuilder(f"sc://{self.config.place}", [("grpc.enable_http_proxy", 0)])
        builder.set("user_id", "fourstroke")
        builder.set("use_ssl", str(self.config.use_ssl).lower())
        if self.secret:
            builder.set("token", self.secret)
        session = SparkSession(builder)
        session.client.set_retry_policies([])
        return session


class _Deadline:
    """When the time is up, the cluster is asked to stop the query; if it does not, we hang up."""

    def __init__(self, session: Any, seconds: float) -> None:
        self.passed = self.stopped = False
        self._session = session
        self._timers = [threading.Timer(seconds, self._stop), threading.Timer(seconds + GRACE_SECONDS, self._hang_up)]
        for timer in self._timers:
            timer.daemon = True
            timer.start()

    def cancel(self) -> None:
        for timer in self._timers:
            timer.cancel()

    def _stop(self) -> None:
        self.passed = True
        with suppress(Exception):
            self._session.interruptAll()
            self.stopped = True

    def _hang_up(self) -> None:
        with suppress(Exception):
            self._session.client._channel.close()  # noqa: SLF001 (its own close() waits for the server)


def _only_reads(session: Any, answer: Any) -> None:
    """Refuse a query whose plan runs programs. Asking for the plan does not run it."""
    plan = session.client.explain_string(answer._plan.to_proto(session.client), "extended")  # noqa: SLF001 (explain() prints)
    if found := NOT_A_READ.search(plan):
        word = "TRANSFORM" if "Script" in found[0] else found[0].rstrip("(")
        raise PermanentSourceError(f"The query may only read ({word} runs a program). Leave it out, then retry.")


def _in_plain_types(answer: Any) -> Any:
    """With zoned times as UTC times: the client would turn them into this machine's local time."""
    short = [f"c{place}" for place in range(len(answer.columns))]
    kinds = [field.dataType.typeName() for field in answer.schema.fields]
    return answer.toDF(*short).selectExpr(
        *(
            f"CAST({name} AS TIMESTAMP_NTZ) AS {name}" if kind == "timestamp" else name
            for name, kind in zip(short, kinds, strict=True)
        )
    )
