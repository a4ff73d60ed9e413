"""`import_focus FILE`: cloud bills in the FinOps FOCUS format."""

from pathlib import Path
from typing import Any

from django.core.management import CommandParser

from features.importers.csv_file import file_at
from features.importers.focus import COSTS, KINDS, read_focus
from features.importers.into_ledger import Reading
from features.importers.mapping import read_mapping, read_rates
from features.management.ledger_command import LedgerCommand


class Command(LedgerCommand):
    """Records what a bill says of features, by one of its tags; what no tag leads to is told, with its share."""

    help = "Record a cloud bill in the FinOps FOCUS format (CSV), by feature and day."
    entries = "cloud costs by feature and day"

    def add_arguments(self, parser: CommandParser) -> None:
        """Which tag, and which of the two costs."""
        super().add_arguments(parser)
        parser.add_argument("--tag", default="feature", help="the tag whose value names the feature (default: feature)")
        parser.add_argument("--map", type=Path, help="CSV with value,feature (default: the value is the feature's key)")
        parser.add_argument("--cost", choices=COSTS, default="effective", help="which cost (default: effective)")
        parser.add_argument("--rate", action="append", default=[], help="USD=0.92, for each currency but the house's")

    def read(self, options: dict[str, Any]) -> Reading:
        """The bill as entries."""
        mapping = read_mapping(file=file_at(options["map"]), kinds=KINDS) if options["map"] else None
        return read_focus(
            file=file_at(options["file"]),
            tag=options["tag"],
            mapping=mapping,
            cost=options["cost"],
            rates=read_rates(options["rate"]),
            source=options["source"],
        )
