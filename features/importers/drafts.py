"""From an uploaded file to what it says: each kind of file by the importer that reads it."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from features.importers.csv_file import CsvFile, text_file
from features.importers.focus import KINDS as TAG_VALUES
from features.importers.focus import read_focus
from features.importers.into_ledger import Reading
from features.importers.investments import read_investments, read_returns
from features.importers.mapping import read_mapping, read_people, read_rates
from features.importers.worklogs import KINDS as ISSUES
from features.importers.worklogs import Pay, read_worklogs
from features.models import Draft

LARGEST: Final = 20_000_000
"""Bytes of text that an upload may have."""
MOST_LINES: Final = 100_000
"""Lines that an upload may have: a page should be there within seconds."""

DAYS_ONLY: Final = "-"
"""What is chosen instead of a role where days are to stay days."""


def reading_of(draft: Draft) -> Reading:
    """What an upload says.

    Raises:
        BadInput: it cannot be read, or something that it needs is missing.
    """
    options = draft.options
    file = text_file(draft.name, draft.text, options.get("encoding", "utf-8-sig"))
    return READERS[draft.kind](file, options)


def _mapping(options: Mapping[str, Any], kinds: tuple[str, ...]) -> dict[tuple[str, str], str]:
    return read_mapping(file=text_file(options.get("map_name", "the mapping"), options["map"]), kinds=kinds)


def _investments(file: CsvFile, options: Mapping[str, Any]) -> Reading:
    return read_investments(file=file, source=options.get("source", ""), decimal=options.get("decimal", "auto"))


def _returns(file: CsvFile, options: Mapping[str, Any]) -> Reading:
    return read_returns(file=file, source=options.get("source", ""), decimal=options.get("decimal", "auto"))


def _focus(file: CsvFile, options: Mapping[str, Any]) -> Reading:
    return read_focus(
        file=file,
        tag=options.get("tag") or "feature",
        mapping=_mapping(options, TAG_VALUES) if options.get("map") else None,
        cost=options.get("cost") or "effective",
        rates=read_rates(options.get("rates", "").split()),
        source=options.get("source", ""),
    )


def _worklogs(file: CsvFile, options: Mapping[str, Any]) -> Reading:
    rate, role = options.get("rate"), options.get("role", "")
    pay = Pay(
        hours_per_day=Decimal(options.get("hours_per_day") or 8),
        rate=Decimal(rate) if rate else None,
        role="" if role == DAYS_ONLY else role,
        days_only=role == DAYS_ONLY,
    )
    mapping = text_file(options.get("map_name", "the mapping"), options["map"])
    return read_worklogs(
        file=file,
        mapping=read_mapping(file=mapping, kinds=ISSUES, people=True),
        people=read_people(file=mapping, kinds=ISSUES),
        pay=pay,
        rates=read_rates(()),
        source=options.get("source", ""),
        decimal=options.get("decimal", "auto"),
    )


READERS: Final[Mapping[str, Callable[[CsvFile, Mapping[str, Any]], Reading]]] = {
    "investments": _investments,
    "returns": _returns,
    "focus": _focus,
    "worklogs": _worklogs,
}
