"""What the commands that bring a file into the ledger have in common."""

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management import BaseCommand, CommandError, CommandParser
from django.db import OperationalError
from django.utils import timezone

from features.actions.filing import Filed
from features.errors import Refusal
from features.importers.csv_file import spoken
from features.importers.into_ledger import Preview, Reading, preview_reading, record_reading
from features.management.tables import require_tables
from features.models import Feature
from features.numbers import money, person_days

SHOWN: Final = 20
"""Features that a trial run names."""


class LedgerCommand(ABC, BaseCommand):
    """Reads a file, and records it whole or not at all, or says with `--dry-run` what that would come to."""

    entries = "entries"

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, and how it is read."""
        parser.add_argument("file", type=Path, help="CSV, may be gzipped; , ; or tab between the cells")
        parser.add_argument("--source", default="", help="what its rows are known under (default: the file's name)")
        parser.add_argument("--dry-run", action="store_true", help="say what would be written, and write nothing")
        parser.add_argument(
            "--withdraw",
            action="store_true",
            help="entries of the same source, between the file's first and last day, that it no longer has become zero",
        )

    @abstractmethod
    def read(self, options: dict[str, Any]) -> Reading:
        """The file as entries."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, record, and tell."""
        require_tables(Feature)
        began = time.monotonic()
        try:
            reading = self.read(options)
            if options["dry_run"]:
                self._preview(preview_reading(reading=reading, by=None, now=timezone.now()))
            else:
                filed = record_reading(reading=reading, by=None, now=timezone.now(), withdraw=options["withdraw"])
                self._tell(reading.remarks, filed, withdrawn=options["withdraw"])
        except Refusal as refusal:
            raise CommandError(said(refusal)) from refusal
        except OperationalError as error:
            raise CommandError(f"The database is busy ({error}). Nothing was written; try again.") from error
        self.stdout.write(f"{time.monotonic() - began:.1f} s")

    def _tell(self, remarks: Sequence[str], done: Filed | Preview, *, withdrawn: bool) -> None:
        for remark in remarks:
            self.stdout.write(remark)
        self.stdout.write(f"{self.entries}: {done.new:,} new, {done.revised:,} revised, {done.unchanged:,} unchanged")
        if done.gone:
            became = "they are zero now" if withdrawn else "they stay; with --withdraw they become zero"
            self.stdout.write(f"{done.gone:,} entries of this source and these days are not in the file: {became}.")

    def _preview(self, preview: Preview) -> None:
        for error in preview.errors:
            self.stdout.write(f"{spoken(error.field)}: {error.detail}")
        if preview.wrong > len(preview.errors):
            self.stdout.write(f"… and {preview.wrong - len(preview.errors):,} more errors")
        self._tell(preview.remarks, preview, withdrawn=False)
        for one in preview.sums[:SHOWN]:
            self.stdout.write(
                f"  {one.feature}: {one.rows:,} rows, {money(one.money)} {settings.CURRENCY}, "
                f"{person_days(one.days)} person-days without a rate"
            )
        if len(preview.sums) > SHOWN:
            self.stdout.write(f"  … and {len(preview.sums) - SHOWN:,} more features")
        if preview.wrong:
            raise CommandError(f"{preview.wrong:,} errors. As it is, the file would not be recorded.")
        self.stdout.write("Nothing was written: this was a dry run.")


def said(refusal: Refusal) -> str:
    """A refusal with each of its lines, for a terminal."""
    lines = [f"{spoken(e.field)}: {e.detail}" for e in refusal.errors if e.field.startswith("lines.")]
    if len(lines) < 2:  # noqa: PLR2004 (the sentence tells a single one)
        return refusal.detail
    count = refusal.extra.get("count", len(lines))
    more = [f"… and {count - len(lines):,} more"] if count > len(lines) else []
    return "\n".join([*lines, *more, f"{count:,} errors. Nothing was written."])


def add_decimal(parser: CommandParser) -> None:
    """`--decimal`: for files whose numbers could be read in two ways."""
    marks = ("auto", "point", "comma")
    parser.add_argument("--decimal", choices=marks, default="auto", help="the decimal mark (default: found out)")
