"""What a named life has lived through once, from the same state of the whole database, is not reckoned out again.

An act of a life depends on nothing but the database, what it is given and the product's code. So the first time the
product does it, and the rows that it wrote are noted; where a later test of the same process asks for the same act and
the database holds exactly the same rows, these rows are written as they were. Every act is still done for real once in
each process, and always on PostgreSQL, outside of a transaction, in a test that changes the code or the settings under
it (`monkeypatch`, `settings`), and with FOURSTROKE_FORGET=1.
"""

import json
import marshal
import os
from dataclasses import dataclass
from functools import cache, wraps
from hashlib import blake2b

from django.apps import apps
from django.conf import UserSettingsHolder, settings
from django.db import connection
from pytest import MonkeyPatch  # noqa: PT013 (the class itself)

ROOMS = {"auth", "features", "hypotheses", "lifecycle"}
COUNTERS = "sqlite_sequence"
OF_THE_DAY = {"date_joined", "last_login", "password"}
"""Columns of people that are made anew for each test, and that no act of a life writes."""


@dataclass
class _Memory:
    """`in_test`: whether a test is running; `changed`: whether it has put something in the place of our code."""

    in_test: bool = False
    changed: bool = False


memory = _Memory()
_noted: dict[bytes, tuple] = {}
"""By act and state: what it answers, and the rows by table that it changed."""


def watch(change):
    """A way of `monkeypatch` to change things, which is noticed from now on: what is changed is not what was noted."""

    @wraps(change)
    def noticed(*args, **given):
        memory.changed = True
        return change(*args, **given)

    return noticed


for _way in ("setattr", "delattr", "setitem", "delitem"):
    setattr(MonkeyPatch, _way, watch(getattr(MonkeyPatch, _way)))


def usable() -> bool:
    return (
        memory.in_test
        and not memory.changed
        and not isinstance(settings._wrapped, UserSettingsHolder)
        and connection.vendor == "sqlite"
        and connection.in_atomic_block
        and "FOURSTROKE_FORGET" not in os.environ
    )


def once(act: str, given: dict, do):
    """What `do()` answers (plain words and numbers), with all that it writes: done, or as it was noted."""
    try:
        words = json.dumps(given, sort_keys=True) if usable() else None
    except TypeError:  # a person, an amount: what is told by more than plain words is done
        words = None
    if words is None:
        return do()
    before = _dump()
    key = blake2b(marshal.dumps((act, words, before), 2)).digest()  # 2: equal values have equal bytes
    if key in _noted:
        answer, changes = _noted[key]
        _write(changes)
        return answer
    answer = do()
    _noted[key] = answer, _changes(before, _dump())
    return answer


@cache
def _tables() -> dict[str, tuple[str, list[str]]]:
    """By table: how its rows are read, raw and with their numbers; and its columns."""
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
    models = (model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in ROOMS)
    found = {}
    for model in models:
        table = model._meta.db_table
        if table in there and table != "auth_permission":
            names = [field.column for field in model._meta.local_concrete_fields]
            found[table] = [name for name in names if table != "auth_user" or name not in OF_THE_DAY]
    raw = {table: ", ".join(f'+"{name}"' for name in names) for table, names in found.items()}
    return {table: (f'SELECT rowid, {raw[table]} FROM "{table}"', names) for table, names in found.items()}  # noqa: S608


def _dump() -> dict[str, list[tuple]]:
    """All rows, by table and by their numbers; tables without rows are left out."""
    ask = connection.connection.execute
    found = {table: sorted(ask(sql).fetchall()) for table, (sql, _) in _tables().items()}
    found[COUNTERS] = sorted(ask(f"SELECT name, seq FROM {COUNTERS}").fetchall())  # noqa: S608
    return {table: rows for table, rows in found.items() if rows}


def _changes(before, after):
    """By table what has to be done to the rows of before: those to delete, to change (in some columns), to insert."""
    changes = []
    for table, (_, names) in _tables().items():
        old = {row[0]: row for row in before.get(table, ())}
        new = {row[0]: row for row in after.get(table, ())}
        gone = [(number,) for number in old.keys() - new.keys()]
        made = [row for number, row in new.items() if number not in old]
        both = [(old[number], row) for number, row in new.items() if number in old and old[number] != row]
        other = [
            ({names[place - 1]: now for place, now in enumerate(row) if place and earlier[place] != now}, row[0])
            for earlier, row in both
        ]
        assert table != "auth_user" or not (gone or made or other), "no act of a life changes people"
        if gone or made or other:
            changes.append((table, gone, other, made))
    return changes, after.get(COUNTERS, ())


def _write(noted) -> None:
    changes, counters = noted
    write = connection.connection
    for table, gone, other, _ in changes:
        write.executemany(f'DELETE FROM "{table}" WHERE rowid = ?', gone)  # noqa: S608
        for values, number in other:
            told = ", ".join(f'"{name}" = ?' for name in values)
            write.execute(f'UPDATE "{table}" SET {told} WHERE rowid = ?', (*values.values(), number))  # noqa: S608
    for table, _, _, made in changes:
        if made:
            names = ", ".join(f'"{name}"' for name in _tables()[table][1])
            marks = ", ".join("?" * len(made[0]))
            write.executemany(f'INSERT INTO "{table}" (rowid, {names}) VALUES ({marks})', made)  # noqa: S608
    write.executemany(f"UPDATE {COUNTERS} SET seq = ? WHERE name = ?", [(last, name) for name, last in counters])  # noqa: S608
