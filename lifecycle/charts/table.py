"""The numbers behind a chart as a table: what a page shows under the picture, and what the chart reader reads out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Column:
    """A heading, and whether its cells are numbers (set right, in tabular figures)."""

    label: str
    numeric: bool = True


@dataclass(frozen=True)
class Row:
    """Cells as written; ``at`` is the first day the row stands for, ``until`` the day after its last."""

    cells: tuple[str, ...]
    at: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Table:
    """A caption, its columns, and its rows oldest first."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
