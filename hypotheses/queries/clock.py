"""The one clock that all workers share: the database's. Their own may be an hour off, and nothing may depend on it."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import DateTimeField, Func, Value
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone


class DatabaseTime(Func):
    """The database's time in a query, moved by `plus`.

    On PostgreSQL `statement_timestamp()`: it stands still within a statement, so an index serves a comparison with it
    (`clock_timestamp()` would walk every row). SQLite has no server; its clock is the machine's.
    """

    arity = 0
    output_field = DateTimeField()

    def __init__(self, plus: timedelta = timedelta()) -> None:
        super().__init__()
        self.plus = plus

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any
    ) -> tuple[str, tuple[Any, ...]]:
        """`statement_timestamp()`, moved by an interval."""
        del compiler, connection
        return ("(statement_timestamp() + %s)", (self.plus,)) if self.plus else ("statement_timestamp()", ())

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any
    ) -> tuple[str, tuple[Any, ...]]:
        """The machine's time, in the form that the table keeps."""
        del connection
        sql, parameters = compiler.compile(Value(timezone.now() + self.plus, output_field=self.output_field))
        return sql, tuple(parameters)


class Word(Value):
    """One of our own words, written into the statement itself instead of bound to it.

    SQLite uses a partial index on `state IN (…)` only when it can read the words while it plans.
    """

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        """The word in quotes. Raises ValueError for anything but lower-case letters and underscores."""
        del compiler, connection
        word = str(self.value)
        if not word.replace("_", "").isalpha() or not word.islower() or not word.isascii():
            raise ValueError(f"{word!r} is not one of our words")
        return f"'{word}'", ()


def database_now() -> datetime:
    """The database's time, for the doors of the pulls; within a transaction it still moves on."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        [moment] = cursor.fetchone()
    assert isinstance(moment, datetime)  # noqa: S101 (PostgreSQL's own type)
    return moment
