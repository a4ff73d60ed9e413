"""What single cells say: days and numbers. What could be read in two ways is refused, never guessed."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from features.errors import wrong
from features.importers.csv_file import CsvFile, LineErrors, Table
from features.numbers import read_decimal

DAY: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
MARKS: Final = {"point": ".", "comma": ","}
BLANKS: Final = re.compile(
    "[ '\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}\N{RIGHT SINGLE QUOTATION MARK}]"
)
BOTH_WAYS: Final = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
"""`1.234` is a thousand and more, or a bit more than one."""
GROUPED: Final = {
    "point": re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?"),
    "comma": re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3})+(,[0-9]*)?"),
}
SINGLE: Final = {
    "point": re.compile(r"[+-]?[0-9]*\.?[0-9]*([eE][+-]?[0-9]+)?"),
    "comma": re.compile(r"[+-]?[0-9]*,?[0-9]*([eE][+-]?[0-9]+)?"),
}


def day_of(text: str) -> date | None:
    """A day that is written as `2026-11-20`; None for all else."""
    if not (found := DAY.fullmatch(text)):
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


NO_DAY: Final = "“{}” is not a day. Write it as 2026-11-20."


@dataclass(frozen=True, slots=True)
class Numbers:
    """How a file writes numbers: with a decimal `point` or `comma`."""

    mark: str = "point"

    def read(self, text: str) -> Decimal | None:
        """The number; None when it is none that is written this way. Thousands may be set apart."""
        if text.isdigit() and text.isascii():
            return Decimal(text)
        bare = BLANKS.sub("", text)
        decimal = MARKS[self.mark]
        if GROUPED[self.mark].fullmatch(bare):
            bare = bare.replace("," if decimal == "." else ".", "")
        elif not SINGLE[self.mark].fullmatch(bare):
            return None
        return read_decimal(bare.replace(decimal, "."))

    def no_number(self, text: str) -> str:
        """What is said about a cell that is none."""
        example = f"1250{MARKS[self.mark]}50"
        return f"“{text}” is not a number with a decimal {self.mark}. Write it in digits, for example {example}."


def numbers_of(file: CsvFile, table: Table, columns: Iterable[str], *, mark: str = "auto") -> Numbers:
    """How a file writes numbers. Where it is not said, all its numbers are looked at, before any is read.

    Raises:
        BadInput: some have a comma and some a point; or all that there are could be read in both ways.
    """
    if mark in MARKS:
        return Numbers(mark)
    wanted = tuple(columns)
    proofs: dict[str, tuple[int, str]] = {}
    doubtful: tuple[int, str] | None = None
    for line in file.lines(table, LineErrors()):
        for name in wanted:
            text = line[name]
            if not text or text.isdigit():
                continue
            shown = _shows(BLANKS.sub("", text))
            if shown in MARKS:
                proofs.setdefault(shown, (line.number, text))
            elif shown == "either":
                doubtful = doubtful or (line.number, text)
    return _decided(file.name, proofs, doubtful)


def _shows(bare: str) -> str:
    """Which decimal mark a number proves: `point`, `comma`, `either` (it could be thousands), or none of them."""
    if BOTH_WAYS.fullmatch(bare):
        return "either"
    fits = [mark for mark in MARKS if GROUPED[mark].fullmatch(bare) or SINGLE[mark].fullmatch(bare)]
    return fits[0] if len(fits) == 1 else ""


def _decided(name: str, proofs: dict[str, tuple[int, str]], doubtful: tuple[int, str] | None) -> Numbers:
    say = "Say which mark is the decimal one (`--decimal comma` or `--decimal point`)"
    if len(proofs) > 1:
        (line, point), (other, comma) = proofs["point"], proofs["comma"]
        detail = f"Line {line} has “{point}” with a point and line {other} “{comma}” with a comma. {say}, or mend one."
        raise wrong("decimal", f"{name}: {detail}", code="ambiguous")
    if doubtful and not proofs:
        line, text = doubtful
        detail = f"“{text}” in line {line} can be read in two ways, and no other number tells how. {say}."
        raise wrong("decimal", f"{name}: {detail}", code="ambiguous")
    return Numbers(next(iter(proofs), "point"))
