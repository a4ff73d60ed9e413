"""`import_returns FILE`: returns from a CSV file."""

from typing import Any

from django.core.management import CommandParser

from features.importers.csv_file import file_at
from features.importers.into_ledger import Reading
from features.importers.investments import read_returns
from features.management.ledger_command import LedgerCommand, add_decimal


class Command(LedgerCommand):
    """Records a file of returns, whole or not at all; the same file twice writes nothing."""

    help = "Record what features earned, from a CSV file; the same file twice writes nothing."
    entries = "returns"

    def add_arguments(self, parser: CommandParser) -> None:
        """How numbers are written, beside what every file brings."""
        super().add_arguments(parser)
        add_decimal(parser)

    def read(self, options: dict[str, Any]) -> Reading:
        """The file as returns."""
        return read_returns(file=file_at(options["file"]), source=options["source"], decimal=options["decimal"])
