"""The page that explains every verdict, written by the engine."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from hypotheses.statistics.telling import page


class Command(BaseCommand):
    """`manage.py explain_verdicts`: a worked example of each verdict, as Markdown."""

    help = "Print a worked example of each verdict and reason, or write them into a file."
    requires_system_checks: list[str] = []  # it needs no installation

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to."""
        parser.add_argument(
            "--write", type=Path, metavar="FILE", help="a file, for example docs/how-a-verdict-is-made.md"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the page, or write it."""
        if options["write"] is None:
            self.stdout.write(page(), ending="")
            return
        options["write"].write_text(page(), encoding="utf-8")
        self.stdout.write(f"Written: {options['write']}")
