"""Many rows into one table: COPY on PostgreSQL, one prepared statement on SQLite; the ORM costs twice as much."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Final

from django.db import connection
from django.db.models import DateTimeField, DecimalField, JSONField, Model, UUIDField

CONVERTED: Final = (DateTimeField, DecimalField, JSONField, UUIDField)
"""What SQLite keeps in another form than Python has it; drivers take all else as it is."""


def copy_rows(model: type[Model], *, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows, each with the values of the columns `names` (of a foreign key: its id), in the caller's transaction.

    Defaults are not filled in and no object is made: name every column that must not be NULL but the id. PostgreSQL
    numbers the rows itself.

    Raises:
        IntegrityError: a row breaks a constraint. DataError: a value does not fit its column.
    """
    fields = [model._meta.get_field(name) for name in names]
    columns = ", ".join(connection.ops.quote_name(_column(field)) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    if connection.vendor == "postgresql":
        _copy(table, columns, rows)
    else:
        _insert(f"INSERT INTO {table} ({columns}) VALUES ({', '.join(['%s'] * len(fields))})", fields, rows)  # noqa: S608 (our own names)


def reserve_ids(model: type[Model], count: int) -> list[int]:
    """Numbers for rows that are about to be copied, which nobody else gets; in the caller's transaction.

    On SQLite the writer is alone, so they follow the highest that there is.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            numbers = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
            cursor.execute(numbers, [model._meta.db_table, count])
            return [number for (number,) in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [model._meta.db_table])
        row = cursor.fetchone()
        last = row[0] if row else 0
    return list(range(last + 1, last + 1 + count))


def _column(field: Any) -> str:
    return str(field.column)


def _copy(table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
    """In the binary form, which neither side has to write out in letters; it wants to know the columns' types."""
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.execute(f"SELECT {columns} FROM {table} LIMIT 0")  # noqa: S608 (our own names)
        types = [column.type_code for column in cursor.description]
        with cursor.cursor.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)


def _insert(statement: str, fields: Sequence[Any], rows: Iterable[Sequence[Any]]) -> None:
    readers = [(place, _into(field)) for place, field in enumerate(fields) if isinstance(field, CONVERTED)]
    with connection.cursor() as cursor:
        cursor.executemany(statement, [_converted(row, readers) for row in rows])


def _into(field: Any) -> Callable[[Any], Any]:
    return partial(field.get_db_prep_save, connection=connection)


def _converted(row: Sequence[Any], readers: Sequence[tuple[int, Callable[[Any], Any]]]) -> list[Any]:
    values = list(row)
    for place, into in readers:
        values[place] = into(values[place])
    return values
