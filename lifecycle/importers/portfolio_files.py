"""Reading the files of a portfolio: rows with the line they stand on, and what is doubtful about them."""

import csv
import gzip
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final, TextIO

from features.errors import wrong

FEATURES: Final = ("dataset", "feature_id", "title", "owner_team", "created", "phase", "status_native", "ended")
EVENTS: Final = (
    "dataset", "feature_id", "date", "field", "from", "to", "phase_before", "phase_after", "decision", "source",
)  # fmt: skip
ASSESSMENTS: Final = ("dataset", "feature_id", "stage_assessed", "date", "result")
CRITERIA: Final = ("dataset", "feature_id", "stage_assessed", "criterion", "result")
INVESTMENT: Final = ("dataset", "feature_id", "month", "commits", "bulk_commits")
_DAY: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_MONTH: Final = re.compile(r"(\d{4})-(\d{1,2})")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of one file, with its line (the header is line 1)."""

    file: str
    line: int
    cells: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.cells[name]

    @property
    def place(self) -> str:
        """Where it stands: `features.csv:12`."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is wrong with a row: where it stands, a sentence, and whether it was taken in all the same (`mended`)."""

    file: str
    line: int
    detail: str
    mended: bool = False

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.detail}"


@dataclass(slots=True)
class Doubts:
    """All doubts of one import, in the order in which they were found."""

    found: list[Doubt] = field(default_factory=list)

    def leave_out(self, row: Row, detail: str) -> None:
        """The row is not taken in."""
        self.found.append(Doubt(row.file, row.line, detail))

    def mend(self, row: Row, detail: str) -> None:
        """The row is taken in, with what is said here put right."""
        self.found.append(Doubt(row.file, row.line, detail, mended=True))


def read_rows(folder: Path, name: str, columns: Sequence[str], *, dataset: str, doubts: Doubts) -> list[Row]:
    """The rows of one data set from `name.csv` or `name.csv.gz` in the folder.

    Rows with too few or too many cells are left out, with a doubt.

    Raises:
        BadInput: the file is missing, cannot be read, or lacks a column.
    """
    path = path_of(folder, name)
    if path is None:
        raise wrong("folder", f"There is no {name}.csv or {name}.csv.gz in {folder}.", code="missing")
    try:
        return list(_rows(path, columns, dataset, doubts))
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise wrong("folder", f"{path} cannot be read: {error}.", code="unreadable") from error


def path_of(folder: Path, name: str) -> Path | None:
    """The file `name.csv` or `name.csv.gz` of the folder, None where there is neither."""
    return next((path for path in (folder / f"{name}.csv", folder / f"{name}.csv.gz") if path.is_file()), None)


def _rows(path: Path, columns: Sequence[str], dataset: str, doubts: Doubts) -> Iterator[Row]:
    with _opened(path) as text:
        reader = csv.reader(text)
        header = next(reader, [])
        missing = [column for column in columns if column not in header]
        if missing:
            raise wrong("folder", f"{path.name} lacks the column {missing[0]}.", code="missing_column")
        line, at = reader.line_num, header.index("dataset")
        for cells in reader:
            # a quoted cell may span lines: a row is named by the line it starts on
            begins, line = line + 1, reader.line_num
            if len(cells) <= at or cells[at] != dataset:
                continue
            row = Row(path.name, begins, dict(zip(header, (cell.strip() for cell in cells), strict=False)))
            if len(cells) == len(header):
                yield row
            else:
                doubts.leave_out(row, f"The row has {len(cells)} cells; the header has {len(header)}.")


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return io.TextIOWrapper(gzip.GzipFile(path), encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def day_of(text: str) -> date | None:
    """A day from `2026-03-02`, also with single digits, or the first of a month `2026-03`; None for all else."""
    for form, parts in ((_DAY, 3), (_MONTH, 2)):
        if found := form.fullmatch(text):
            year, month, *rest = (int(found[n]) for n in range(1, parts + 1))
            try:
                return date(year, month, rest[0] if rest else 1)
            except ValueError:
                return None
    return None


def is_plain_day(text: str) -> bool:
    """Whether a day or month is written with all its digits."""
    return len(text) in (7, 10)
