"""`import_features FILE`: registers features from a CSV file."""

from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from features.errors import Refusal
from features.importers.csv_file import file_at
from features.management.ledger_command import said
from features.management.tables import require_tables
from features.models import Feature
from lifecycle.importers.features_file import import_features


class Command(BaseCommand):
    """Registers the features of a file, all or none; those whose key is known are left as they are, or changed."""

    help = "Register features from a CSV file: key, name, squad, owner, summary, tags, parent, time_box_days, budget."

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, and what it may change."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--update", action="store_true", help="change known ones to what the file says")
        parser.add_argument("--make-squads", default="", metavar="TRIBE", help="make unknown squads, in this tribe")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Register them, and tell."""
        require_tables(Feature)
        try:
            done = import_features(
                file=file_at(options["file"]),
                by=None,
                now=timezone.now(),
                update=options["update"],
                make_squads=options["make_squads"],
                dry_run=options["dry_run"],
            )
        except Refusal as refusal:
            raise CommandError(said(refusal)) from refusal
        self.stdout.write(
            f"features: {done.new:,} new, {done.changed:,} changed, {done.unchanged:,} left as they are; "
            f"{done.squads:,} squads made"
        )
        if options["dry_run"]:
            self.stdout.write("Nothing was written: this was a dry run.")
