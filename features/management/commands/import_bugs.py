"""`import_bugs FILE`: how many bugs are open, by feature."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from features.errors import Refusal
from features.importers.bugs import import_bugs
from features.importers.csv_file import file_at
from features.management.ledger_command import said
from features.management.tables import require_tables
from features.models import Signal


class Command(BaseCommand):
    """Records the open bugs of features: a row is one bug, or has a count."""

    help = "Record how many bugs of features are open, from a CSV file (feature, open_bugs)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="CSV: feature, and open_bugs where a row is not one bug")
        parser.add_argument("--source", default="", help="what its counts are known by (default: the file's name)")

    def handle(self, *args: Any, **options: Any) -> None:
        require_tables(Signal)
        try:
            done = import_bugs(file=file_at(options["file"]), source=options["source"], now=timezone.now())
        except Refusal as refusal:
            raise CommandError(said(refusal)) from refusal
        self.stdout.write(f"open bugs: {done.new:,} new, {done.revised:,} revised, {done.unchanged:,} unchanged")
