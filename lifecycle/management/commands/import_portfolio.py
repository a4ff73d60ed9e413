"""Import a portfolio that was lived elsewhere."""

import time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from features.errors import Refusal
from lifecycle.importers.portfolio import Report, import_portfolio
from lifecycle.importers.portfolio_effort import EffortRule

SHOWN = 20


class Command(BaseCommand):
    help = "Import features with their past decisions and costs from CSV files; running it again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        rule = EffortRule()
        held = "holds features, phase_events, investment (and assessments, criteria), .csv or .csv.gz"
        parser.add_argument("folder", type=Path, help=held)
        parser.add_argument("--dataset", action="append", required=True, help="which data set (may be repeated)")
        parser.add_argument("--days-per-commit", default=rule.days_per_commit, help="person-days (default %(default)s)")
        parser.add_argument(
            "--days-per-bulk-commit",
            default=rule.days_per_bulk_commit,
            help="person-days of a commit that touches many features (default %(default)s)",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would be done and do nothing")
        parser.add_argument(
            "--all-doubts", action="store_true", help=f"print every doubtful row, not {SHOWN} of a kind"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        rule = EffortRule(_days(options["days_per_commit"]), _days(options["days_per_bulk_commit"]))
        self.stdout.write(f"Investment: {rule}.")
        for dataset in options["dataset"]:
            began = time.monotonic()
            try:
                report = import_portfolio(
                    folder=options["folder"],
                    dataset=dataset,
                    rule=rule,
                    by=None,
                    now=timezone.now(),
                    dry_run=options["dry_run"],
                )
            except Refusal as refusal:
                raise CommandError(str(refusal)) from refusal
            self._print(report, seconds=time.monotonic() - began, dry_run=options["dry_run"], most=_most(options))

    def _print(self, report: Report, *, seconds: float, dry_run: bool, most: int | None) -> None:
        rows = ", ".join(f"{count} {name}" for name, count in report.rows.items())
        done, spent = report.imported, report.recorded
        self.stdout.write(f"\n{report.dataset}: read {rows} in {seconds:.1f} s")
        self.stdout.write(
            f"  {'would be' if dry_run else 'are'} new: {done.features} features, {done.decisions} decisions, "
            f"{done.stints} stints, {done.open_gates} open gates, {done.squads} squads, {spent.new} entries"
        )
        self.stdout.write(
            f"  known before: {done.known} features; entries unchanged {spent.unchanged}, restated {spent.revised}"
        )
        for title, doubts in (("left out", report.left_out), ("taken in, with something put right", report.mended)):
            if doubts:
                self.stdout.write(f"  {len(doubts)} rows {title}:")
            for doubt in doubts[:most]:
                self.stdout.write(f"    {doubt}")
            if most is not None and len(doubts) > most:
                self.stdout.write(f"    … and {len(doubts) - most} more (--all-doubts shows them)")


def _most(options: dict[str, Any]) -> int | None:
    return None if options["all_doubts"] else SHOWN


def _days(text: object) -> Decimal:
    try:
        days = Decimal(str(text))
        fits = 0 <= days <= 1000  # noqa: PLR2004 (comparing NaN raises)
    except InvalidOperation:
        fits = False
    if not fits:
        raise CommandError(f"“{text}” is not a number of person-days between 0 and 1000.")
    return days
