"""`manage.py weigh_cases FILE`: what the evidence engine makes of cases from a file, one JSON line each."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hypotheses.importers.cases import read_cases, weigh_cases


class Command(BaseCommand):
    """Computes every case; the ones that are wrong are told on stderr, and the exit code is then 1."""

    help = "Computes cases of evidence from a file in the form of evidence_vectors.json and prints one JSON line each."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the file with the cases")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            content = read_cases(file)
        except ValueError as error:
            raise CommandError(str(error)) from None
        wrong = 0
        for result in weigh_cases(content):
            if result.error:
                wrong += 1
                self.stderr.write(f"{result.kind} {result.id}: {result.error}")
            else:
                self.stdout.write(result.line())
        if wrong:
            raise CommandError(f"{wrong} of the cases could not be computed.")
