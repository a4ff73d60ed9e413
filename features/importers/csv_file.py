"""Reading CSV as people have it: any usual encoding and delimiter, gzipped or not, each line named when it is wrong.

A file is read as a stream, from its start each time, so that its length costs no memory.
"""

import codecs
import csv
import gzip
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import BinaryIO, Final, TextIO, cast

from features.errors import BadInput, FieldError, wrong

DELIMITERS: Final = (",", ";", "\t")
CHUNK: Final = 1 << 20
SHOWN: Final = 100
"""Wrong lines that are named; all are counted."""
GZIP: Final = b"\x1f\x8b"
WORKBOOK: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
FOREIGN: Final = "windows-1252"
"""What a file is read as that is not UTF-8; where even that does not fit, as latin-1, which takes any byte."""
SEPARATOR: Final = re.compile(r"sep=(.)\r?\n")
NAME: Final = re.compile(r"( \(\d+\))?(\.(csv|tsv|txt|gz))*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name here, and under which further names files have it. Case, blanks and signs do not count."""

    name: str
    needed: bool = False
    also: tuple[str, ...] = ()
    repeats: bool = False

    def answers_to(self, header: str) -> bool:
        """Whether a header names this column."""
        return self.rank(header) is not None

    def rank(self, header: str) -> int | None:
        """Which of its names a header is: 0 is the best one. None: it is another column."""
        names = [plain(name) for name in (self.name, *self.also)]
        return names.index(plain(header)) if plain(header) in names else None


@dataclass(frozen=True, slots=True)
class Table:
    """The columns that a file may have. Where it is `strict`, a column that is none of them is an error, and so are two
    for the same; else they are passed over, and of several names of a column the first one counts.
    """

    columns: tuple[Column, ...]
    strict: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """One row: where it begins in the file (the first line is 1), and its cells by column; a column that the file does
    not have is an empty cell. `repeated` has all cells of columns that may stand several times.
    """

    number: int
    cells: Mapping[str, str]
    repeated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "")


@dataclass(slots=True)
class LineErrors:
    """What is wrong with the lines of a file: the first hundred by name, and how many there are."""

    found: list[FieldError] = field(default_factory=list)
    count: int = 0

    def add(self, line: int, column: str, detail: str, *, code: str = "invalid") -> None:
        """Note one."""
        self.count += 1
        if len(self.found) < SHOWN:
            self.found.append(FieldError(f"lines.{line}.{column}" if column else f"lines.{line}", code, detail))

    def take(self, others: "LineErrors") -> None:
        """Note what was found on another walk through the file."""
        for error in others.found:
            _, line, *column = error.field.split(".", 2)
            self.add(int(line), "".join(column), error.detail, code=error.code)
        self.count += others.count - len(others.found)

    def refuse(self, name: str) -> None:
        """Refuse the file if anything is wrong with it.

        Raises:
            BadInput: with the first hundred errors; `extra` has the count of all.
        """
        if self.count:
            first = self.found[0]
            more = f" There are {self.count:,} errors in all." if self.count > 1 else ""
            detail = f"{name}, {spoken(first.field)}: {first.detail}{more} Nothing was written."
            found = sorted(self.found, key=lambda error: int(error.field.split(".")[1]))
            raise BadInput(code="invalid", detail=detail, errors=found, extra={"count": self.count})


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A file that can be read again and again. `encoding` is what it is read as."""

    name: str
    encoding: str
    opened: Callable[[], TextIO]

    @property
    def stem(self) -> str:
        """Its name without the ending, and without the number that browsers add to a second copy."""
        return NAME.sub("", self.name) or "file"

    @property
    def remark(self) -> str:
        """What is to be said about how it was read; empty for UTF-8."""
        if self.encoding in {"utf-8-sig", "utf-16"}:
            return ""
        return f"The file is not UTF-8; it was read as {self.encoding}. Look at names with accents."

    def lines(self, table: Table, errors: LineErrors) -> Iterator[Line]:
        """Its rows. What is wrong with single lines goes to `errors`, and they are left out.

        Raises:
            BadInput: the header will not do, or the file cannot be read to its end.
        """
        with closing(self.opened()) as text:
            try:
                yield from _lines(self, text, table, errors)
            except (OSError, EOFError, UnicodeError, gzip.zlib.error) as error:  # type: ignore[attr-defined]
                raise unreadable(self.name, f"it breaks off or is damaged ({error})") from error


def file_at(path: Path) -> CsvFile:
    """The file at a path, gzipped or not.

    Raises:
        BadInput: there is none, it cannot be read, or it is no text.
    """
    if not path.is_file():
        raise wrong("file", f"There is no file {path}.", code="missing")

    def opened() -> BinaryIO:
        raw = path.open("rb")
        packed = raw.peek(2)[:2] == GZIP
        return cast("BinaryIO", gzip.GzipFile(fileobj=raw) if packed else raw)

    try:
        encoding = _encoding(path.name, opened)
    except (OSError, EOFError, gzip.zlib.error) as error:  # type: ignore[attr-defined]
        raise unreadable(path.name, f"{error}") from error
    return CsvFile(path.name, encoding, lambda: io.TextIOWrapper(opened(), encoding=encoding, newline=""))


def file_of(name: str, content: bytes, *, most: int) -> tuple[CsvFile, str]:
    """A file that was sent, gzipped or not, and its text. `most` are the bytes that it may have, unpacked.

    Raises:
        BadInput: it is larger, it cannot be read, or it is no text.
    """
    if content[:2] == GZIP:
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
                content = packed.read(most + 1)
        except (OSError, EOFError, gzip.zlib.error) as error:  # type: ignore[attr-defined]
            raise unreadable(name, f"it breaks off or is damaged ({error})") from error
    if len(content) > most:
        raise wrong("file", f"{name} is larger than {most // 1_000_000} MB. Larger files come in by command.")
    encoding = _encoding(name, lambda: io.BytesIO(content))
    text = content.decode(encoding)
    return text_file(name, text, encoding), text


def text_file(name: str, text: str, encoding: str = "utf-8-sig") -> CsvFile:
    """A file whose text is at hand."""
    return CsvFile(name, encoding, lambda: io.StringIO(text, newline=""))


def plain(header: str) -> str:
    """A header without what does not count: `Issue Key` and `issue_key` are one."""
    return re.sub(r"[\W_]+", "", header).lower()


def spoken(place: str) -> str:
    """Where an error is, in words: `lines.3.amount` → `line 3, amount`."""
    _, line, *column = place.split(".", 2)
    return f"line {line}" + (f", {column[0]}" if column else "")


def unreadable(name: str, because: str) -> BadInput:
    """The refusal of a file that is no CSV."""
    return wrong("file", f"{name} cannot be read: {because}.", code="unreadable")


def nearest(word: str, known: Sequence[str]) -> str:
    """` Did you mean …?` for what a word was likely meant to be; empty when nothing is near."""
    close = get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    return f" Did you mean “{close[0]}”?" if close else ""


def _encoding(name: str, opened: Callable[[], BinaryIO]) -> str:
    """What a file has to be read as: found by reading it once."""
    with closing(opened()) as content:
        start = content.read(4)
        if start.startswith(WORKBOOK):
            raise unreadable(name, "it is a workbook. Save the sheet as CSV first")
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
    for encoding in ("utf-8-sig", FOREIGN):
        with closing(opened()) as content, suppress(UnicodeDecodeError):
            decoder = codecs.getincrementaldecoder(encoding)()
            while chunk := content.read(CHUNK):
                if b"\x00" in chunk:
                    raise unreadable(name, "it holds bytes that are no text (NUL)")
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
            return encoding
    return "latin-1"


def _lines(file: CsvFile, text: TextIO, table: Table, errors: LineErrors) -> Iterator[Line]:
    delimiter, before = _delimiter(text, table)
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    begins = 1
    try:
        header = next((cells for cells in reader if any(map(str.strip, cells))), None)
        places = _places(file.name, header, table)
        begins = reader.line_num + before + 1
        for cells in reader:
            line, begins = begins, reader.line_num + before + 1
            if not any(cells) or not any(map(str.strip, cells)):
                continue
            if len(cells) == places.width:
                yield places.line(line, cells)
            else:
                errors.add(line, "", _misfit(len(cells), places.width, delimiter))
    except csv.Error as error:
        detail = f"line {begins}: {error}. A quote that is opened has to be closed; inside of quotes it is doubled"
        raise unreadable(file.name, detail) from error


def _misfit(found: int, width: int, delimiter: str) -> str:
    hint = " A decimal comma, or a text with a comma, needs quotes." if found > width and delimiter == "," else ""
    return f"The line has {found} cells; the header has {width}.{hint}"


def _delimiter(text: TextIO, table: Table) -> tuple[str, int]:
    """What stands between the cells: what gives the most columns that are known; and the lines before the header."""
    first = text.readline()
    if stated := SEPARATOR.fullmatch(first):
        return stated[1], 1
    text.seek(0)

    def known(delimiter: str) -> tuple[int, int]:
        with suppress(csv.Error):
            cells = next(csv.reader([first], delimiter=delimiter), [])
            return sum(any(column.answers_to(cell) for column in table.columns) for cell in cells), len(cells)
        return 0, 0

    return max(DELIMITERS, key=known), 0


@dataclass(frozen=True, slots=True)
class _Places:
    """Where in a row the columns stand."""

    width: int
    single: tuple[tuple[str, int], ...]
    several: tuple[tuple[str, tuple[int, ...]], ...]

    def line(self, number: int, cells: Sequence[str]) -> Line:
        """A row by its columns."""
        repeated = {name: tuple(cells[place].strip() for place in places) for name, places in self.several}
        return Line(number, {name: cells[place].strip() for name, place in self.single}, repeated)


def _places(name: str, header: Sequence[str] | None, table: Table) -> _Places:
    wanted = ", ".join(column.name for column in table.columns if column.needed)
    if header is None:
        raise wrong("file", f"{name} is empty. Its first line names the columns: {wanted}.", code="empty")
    found: dict[str, list[int]] = {}
    strange = []
    for place, cell in enumerate(header):
        column = next((column for column in table.columns if column.answers_to(cell)), None)
        if column is None:
            strange.append(cell.strip())
        else:
            found.setdefault(column.name, []).append(place)
    for column in table.columns:
        if not table.strict and not column.repeats and column.name in found:
            best = min(column.rank(header[place]) or 0 for place in found[column.name])
            found[column.name] = [place for place in found[column.name] if column.rank(header[place]) == best]
    _require_header(header, found, strange, table)
    single = tuple((c.name, found[c.name][0]) for c in table.columns if c.name in found and not c.repeats)
    several = tuple((c.name, tuple(found[c.name])) for c in table.columns if c.name in found and c.repeats)
    return _Places(len(header), single, several)


def _require_header(
    header: Sequence[str], found: Mapping[str, Sequence[int]], strange: Sequence[str], table: Table
) -> None:
    names = [column.name for column in table.columns]
    errors = []
    for column in table.columns:
        places = found.get(column.name, ())
        if len(places) > 1 and not column.repeats:
            both = " and ".join(f"“{header[place].strip()}”" for place in places[:2])
            errors.append(FieldError(column.name, "duplicate", f"The column {column.name} stands twice: {both}."))
        if not places and column.needed:
            near = nearest(plain(column.name), [plain(one) for one in strange])
            detail = f"The column {column.name} is missing.{near.replace('Did you mean', 'Is it')}"
            errors.append(FieldError(column.name, "missing_column", detail))
    for cell in strange if table.strict else ():
        near = nearest(cell, names) or f" The columns are {', '.join(names)}."
        errors.append(FieldError(cell, "unknown_column", f"There is no column “{cell}”.{near}"))
    if errors:
        raise BadInput(code="invalid", detail=f"line 1: {' '.join(e.detail for e in errors[:5])}", errors=errors)
