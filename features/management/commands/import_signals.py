"""`import_signals REPO --map FILE`: what tells of upkeep, from a git repository."""

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from features.errors import Refusal
from features.importers.git_signals import SignalsAsked, SignalsReport, import_signals
from features.management.tables import require_tables
from features.models import Signal

BAR = 30
EVERY = 0.2
SHOWN = 60


class Command(BaseCommand):
    """Counts commits, fixes, lines, owners who left, flags and pins of features, and records what has changed."""

    help = "Record signals of upkeep (commits, fixes, lines, owners, flags, pins) from a git repository."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("repository", type=Path, metavar="REPO", help="the folder of a repository, bare or not")
        parser.add_argument("--map", type=Path, required=True, metavar="FILE", help="CSV: path,feature; as import_git")
        parser.add_argument("--flags", type=Path, metavar="FILE", help="CSV: feature,flag; the flag as the code has it")
        parser.add_argument("--name", default="", help="what its signals are known by: source git:NAME (the folder's)")
        parser.add_argument("--ref", default="HEAD", help="branch, tag or commit that is looked at (%(default)s)")
        parser.add_argument("--dry-run", action="store_true", help="say what would be recorded, and record nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        self._shown = 0.0
        require_tables(Signal)
        names = ("map", "flags", "name", "ref", "dry_run")
        asked = SignalsAsked(folder=options["repository"], **{name: options[name] for name in names})
        try:
            report = import_signals(asked=asked, now=timezone.now(), progress=self._progress)
        except Refusal as refusal:
            raise CommandError(refusal.detail) from refusal
        except KeyboardInterrupt:
            raise CommandError("Stopped. Nothing was recorded.") from None
        self._print(report)

    def _progress(self, read: int, of: int) -> None:
        """A bar for people who watch; a log gets none."""
        now = time.monotonic()
        if not self.stdout.isatty() or (read < of and now - self._shown < EVERY):
            return
        self._shown = now
        bar = ("█" * round(read / max(of, 1) * BAR)).ljust(BAR, "░")
        self.stdout.write(f"{bar} {read:,} of {of:,} commits", ending="\n" if read >= of else "\r")

    def _print(self, report: SignalsReport) -> None:
        for row in report.rows[:SHOWN]:
            self.stdout.write(f"  {row.feature}: {row.kind.label.lower()} {row.value:,} ({row.detail})")
        if len(report.rows) > SHOWN:
            self.stdout.write(f"  … and {len(report.rows) - SHOWN:,} more")
        done = report.recorded
        if done is None:
            self.stdout.write("Nothing was written: this was a dry run.")
        else:
            self.stdout.write(
                f"{report.source}: {done.new:,} new, {done.revised:,} revised, {done.unchanged:,} unchanged"
            )
