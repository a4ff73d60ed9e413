"""From what an engine returned to typed rows, with errors that name the row and the column."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Final

from hypotheses.sources.base import (
    Definition,
    PermanentSourceError,
    Reading,
    Row,
    Unreadable,
    can_be_stored,
    shown,
)

COLUMNS: Final = tuple(field.name for field in fields(Row) if field.name not in ("metric", "opens_stage"))
TEXTS: Final = ("trial", "arm", "stage", "metric", "sum", "sum_squares")
"""Columns that a reader must not guess a type for: “007” is a name, and sums must not become floats."""

_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,40}")
_EXACT_FLOATS: Final = 2**53


def reading_of(names: Sequence[str], records: Iterable[Sequence[Any]], definition: Definition, *, size: int) -> Reading:
    """Typed rows from an engine's column names and records. Columns that are not ours are left alone. size: in bytes.

    Raises:
        PermanentSourceError: a column is missing, or a row is of another metric.
    """
    places = _places(names)
    metric = places.pop("metric", None)
    readers = [(name, _READERS[name], place) for name, place in places.items()]
    rows: list[Row] = []
    unreadable: list[Unreadable] = []
    for number, record in enumerate(records, start=1):
        if metric is not None and str(record[metric]) != definition.metric:
            raise PermanentSourceError(
                f"Row {number}, column metric: {shown(record[metric])} came for the metric “{definition.metric}”. "
                "Let the query return this metric only."
            )
        try:
            rows.append(_row(number, record, readers, definition.metric))
        except PermanentSourceError as error:
            unreadable.append(Unreadable(_trial(record[places["trial"]]), str(error)))
    return Reading(tuple(rows), size, tuple(unreadable))


def _places(names: Sequence[str]) -> dict[str, int]:
    lowered = [name.lower() for name in names]
    twice = sorted({name for name in lowered if name in COLUMNS and lowered.count(name) > 1})
    if twice:
        raise PermanentSourceError(f"The column {twice[0]} comes twice. Name each column once.")
    places = {name: lowered.index(name) for name in (*COLUMNS, "metric") if name in lowered}
    missing = [name for name in ("trial", "arm", "as_of", "n") if name not in places]
    if "mean" not in places and "sum" not in places:
        missing.append("mean (or sum)")
    if missing:
        found = ", ".join(lowered[:20]) or "none"
        raise PermanentSourceError(
            f"Missing column{'s' if len(missing) > 1 else ''}: {', '.join(missing)}. Found: {found}. "
            "Name the columns trial, arm, as_of, n and mean, var (or sum, sum_squares)."
        )
    return places


Reader = Callable[[Any], Any]


def _row(number: int, record: Sequence[Any], readers: Sequence[tuple[str, Reader, int]], metric: str) -> Row:
    """A source that counts by stages of its own opens them by naming them."""
    values: dict[str, Any] = {}
    for name, read, place in readers:
        try:
            values[name] = read(record[place])
        except (ValueError, OverflowError) as error:
            raise PermanentSourceError(f"Row {number}, column {name}: {error}") from None
    return Row(metric=metric, opens_stage=values.get("stage") is not None, **values)


def _trial(value: Any) -> str:
    """The trial that a row names, as far as that can be told."""
    try:
        return _optional_text(value) or ""
    except ValueError:
        return ""


def _text(value: Any) -> str:
    text = _optional_text(value)
    if text is None:
        raise ValueError("it is empty. Every row needs one.")
    return text


def _optional_text(value: Any) -> str | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = "" if value is None else str(value).strip()
    if not can_be_stored(text):
        raise ValueError(
            f"{shown(text)} has a character that no database takes (U+0000, or half a surrogate pair). "
            "Leave it out in the source or in the query."
        )
    return text or None


def _moment(value: Any) -> datetime:
    if value is None or value == "":
        raise ValueError("it is empty. Write the time as 2026-01-31T06:00:00+00:00.")
    if isinstance(value, str):
        value = _parsed(value.strip())
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time.min)
    if not isinstance(value, datetime):
        raise ValueError(f"{shown(value)} is not a time. Write it as 2026-01-31T06:00:00+00:00.")  # noqa: TRY004
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _parsed(text: str) -> datetime | str:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return text


def _count(value: Any) -> int:
    count = _optional_count(value)
    if count is None:
        raise ValueError("it is empty. Give the number of units.")
    return count


def _optional_count(value: Any) -> int | None:
    if value is None or value == "":
        return None
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        return int(value)  # every digit: a float keeps sixteen
    number = _optional_number(value)
    if isinstance(value, bool) or number is None or not number.is_integer():
        raise ValueError(f"{shown(value)} is not a whole number.")
    return int(value) if isinstance(value, int | Decimal) else int(number)


def _optional_number(value: Any) -> float | None:
    if value is None or value == "":
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{shown(value)} is not a number.") from None
    if isinstance(value, bool) or not math.isfinite(number):
        raise ValueError(f"{shown(value)} is not a number that can be weighed. Leave out rows without data.")
    return number


def _exact(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, float | Decimal) and not math.isfinite(value):
        raise ValueError(f"{shown(value)} is not a number that can be weighed. Leave out rows without data.")
    if isinstance(value, float):
        if not value.is_integer() or abs(value) > _EXACT_FLOATS:
            raise ValueError(
                f"{shown(value)} has been rounded to a float already, so the variance could come out wrong. "
                "Cast the sum to DECIMAL in the query, or return mean and var."
            )
        return str(int(value))
    return _optional_text(value)


_READERS: Final[dict[str, Reader]] = {
    **dict.fromkeys(("trial", "arm"), _text),
    "stage": _optional_text,
    "as_of": _moment,
    "n": _count,
    **dict.fromkeys(("n_assigned", "n_multi_arm"), _optional_count),
    **dict.fromkeys(("mean", "var", "mean_x", "var_x", "cov_xy", "design_weight"), _optional_number),
    **dict.fromkeys(("sum", "sum_squares"), _exact),
}
