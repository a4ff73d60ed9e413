"""`import_investments FILE`: investments from a CSV file."""

from typing import Any

from django.core.management import CommandParser

from features.importers.csv_file import file_at
from features.importers.into_ledger import Reading
from features.importers.investments import read_investments
from features.management.ledger_command import LedgerCommand, add_decimal


class Command(LedgerCommand):
    """Records a file of investments, whole or not at all; the same file twice writes nothing."""

    help = "Record what features cost, from a CSV file; the same file twice writes nothing."
    entries = "investments"

    def add_arguments(self, parser: CommandParser) -> None:
        """How numbers are written, beside what every file brings."""
        super().add_arguments(parser)
        add_decimal(parser)

    def read(self, options: dict[str, Any]) -> Reading:
        """The file as investments."""
        return read_investments(file=file_at(options["file"]), source=options["source"], decimal=options["decimal"])
