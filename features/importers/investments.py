"""Investments and returns from a CSV file, in the columns of the REST API."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from features.actions.investment import INVESTMENTS, InvestmentRow
from features.actions.ledger import LedgerRow
from features.actions.returns import RETURNS, ReturnRow
from features.enums import Category, Upkeep
from features.importers.cells import NO_DAY, Numbers, day_of, numbers_of
from features.importers.csv_file import Column, CsvFile, Line, LineErrors, Table, nearest
from features.importers.into_ledger import Placed, Reading
from features.texts import storable

FEATURE: Final = Column("feature", needed=True, also=("feature_key",))
DAY: Final = Column("on", needed=True, also=("date", "day"))
SHARED: Final = (
    Column("currency"), Column("rate"), Column("source"), Column("external_id"), Column("note"),
)  # fmt: skip
UPKEEP: Final = Column("upkeep", also=("kind_of_upkeep", "maintenance", "maintenance_kind"))
DAYS: Final = Column("person_days", also=("days",))
COSTS: Final = Table((FEATURE, DAY, Column("category", needed=True), Column("amount"), DAYS, UPKEEP, *SHARED))
EARNINGS: Final = Table((FEATURE, DAY, Column("amount", needed=True), *SHARED))
NUMBERS: Final = ("amount", "rate", "person_days")
_CATEGORIES: Final[Mapping[str, Category]] = {category.value: category for category in Category}
_UPKEEP: Final = [kind.value for kind in Upkeep]
_day = lru_cache(maxsize=4_096)(day_of)


def read_investments(*, file: CsvFile, source: str = "", decimal: str = "auto") -> Reading:
    """A file of investments: `feature, on, category`, and `amount` or `person_days` or both.

    `source` is what rows are known under that name none: `csv:` and the file's name, if it is left out.

    Raises:
        BadInput: its numbers could be read in two ways.
    """
    numbers = numbers_of(file, COSTS, NUMBERS, mark=decimal)
    return _reading(file, source, INVESTMENTS, COSTS, lambda line, errors: _investment(line, numbers, errors))


def read_returns(*, file: CsvFile, source: str = "", decimal: str = "auto") -> Reading:
    """A file of returns: `feature, on, amount`; a loss is negative.

    Raises:
        BadInput: its numbers could be read in two ways.
    """
    numbers = numbers_of(file, EARNINGS, NUMBERS, mark=decimal)
    return _reading(file, source, RETURNS, EARNINGS, lambda line, errors: _return(line, numbers, errors))


def remarks_of(file: CsvFile) -> tuple[str, ...]:
    """What is to be said about how a file was read."""
    return (file.remark,) if file.remark else ()


def _reading(
    file: CsvFile, source: str, book: Any, table: Table, row_of: Callable[[Line, LineErrors], LedgerRow | None]
) -> Reading:
    def rows(errors: LineErrors) -> Iterator[Placed]:
        for line in file.lines(table, errors):
            row = row_of(line, errors)
            if row is not None:
                yield line.number, row

    name = source or f"csv:{file.stem}"[:80]
    return Reading(name=file.name, book=book, source=name, rows=rows, remarks=remarks_of(file))


def _investment(line: Line, numbers: Numbers, errors: LineErrors) -> InvestmentRow | None:
    before = errors.count
    word = line["category"]
    category = _CATEGORIES.get(word.lower())
    if category is None:
        known = nearest(word, list(_CATEGORIES)) or f" It is one of {', '.join(_CATEGORIES)}."
        errors.add(line.number, "category", f"There is no category “{word}”.{known}" if word else f"Name it.{known}")
    upkeep = line["upkeep"].lower()
    if upkeep and upkeep not in _UPKEEP:
        known = nearest(upkeep, _UPKEEP) or f" It is one of {', '.join(_UPKEEP)}, or empty."
        errors.add(line.number, "upkeep", f"There is no kind of upkeep “{line['upkeep']}”.{known}")
    days = _number(line, "person_days", numbers, errors)
    shared = _shared(line, numbers, errors)
    if category is None or errors.count > before:
        return None
    return InvestmentRow(**shared, category=category, person_days=days, upkeep=upkeep)


def _return(line: Line, numbers: Numbers, errors: LineErrors) -> ReturnRow | None:
    before = errors.count
    shared = _shared(line, numbers, errors)
    return None if errors.count > before else ReturnRow(**shared)


def _shared(line: Line, numbers: Numbers, errors: LineErrors) -> dict[str, Any]:
    day = _day(line["on"])
    if day is None:
        errors.add(line.number, "on", NO_DAY.format(line["on"]))
    return {
        "feature": line["feature"],
        "on": day,
        "amount": _number(line, "amount", numbers, errors),
        "currency": line["currency"].upper(),
        "rate": _number(line, "rate", numbers, errors),
        "source": storable(line["source"]),
        "external_id": storable(line["external_id"]),
        "note": storable(line["note"]),
    }


def _number(line: Line, name: str, numbers: Numbers, errors: LineErrors) -> Decimal | None:
    text = line[name]
    if not text:
        return None
    number = numbers.read(text)
    if number is None:
        errors.add(line.number, name, numbers.no_number(text))
    return number
