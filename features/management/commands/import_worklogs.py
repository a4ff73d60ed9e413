"""`import_worklogs FILE`: hours that were logged in Jira or Tempo."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management import CommandError, CommandParser

from features.importers.csv_file import file_at
from features.importers.into_ledger import Reading
from features.importers.mapping import read_mapping, read_people, read_rates
from features.importers.worklogs import KINDS, Pay, read_worklogs
from features.management.ledger_command import LedgerCommand, add_decimal
from features.numbers import read_decimal


class Command(LedgerCommand):
    """Records person-days from worklogs, where a mapping leads from their issues to features; the rest is told."""

    help = "Record worklogs of Jira or Tempo (CSV) as person-days of features."
    entries = "worklogs"

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose work it is, and what a day of it is."""
        super().add_arguments(parser)
        add_decimal(parser)
        kinds = ", ".join(KINDS)
        parser.add_argument(
            "--map",
            type=Path,
            required=True,
            help=f"CSV with feature and one or more of {kinds}; lines with person and role say whose rate holds",
        )
        parser.add_argument("--hours-per-day", default="8", help="hours of a person-day (default: 8)")
        parser.add_argument(
            "--role", default="", help="of people to whom the map gives none (default: the mean of the squad's seats)"
        )
        either = parser.add_mutually_exclusive_group()
        either.add_argument("--rate", help="one price of a person-day for all, whatever the squads' rate cards say")
        either.add_argument("--days-only", action="store_true", help="record days and no money")
        parser.add_argument("--currency", default="", help="of that rate (default: the house's)")
        parser.add_argument("--exchange", action="append", default=[], help="USD=0.92, for another currency")

    def read(self, options: dict[str, Any]) -> Reading:
        """The worklogs as entries."""
        hours = _number(options["hours_per_day"], "--hours-per-day")
        rate = _number(options["rate"], "--rate") if options["rate"] else None
        mapping, own = file_at(options["map"]), {name: options[name] for name in ("currency", "role", "days_only")}
        return read_worklogs(
            file=file_at(options["file"]),
            mapping=read_mapping(file=mapping, kinds=KINDS, people=True),
            people=read_people(file=mapping, kinds=KINDS),
            pay=Pay(hours_per_day=hours, rate=rate, **own),
            rates=read_rates(options["exchange"]),
            source=options["source"],
            decimal=options["decimal"],
        )


def _number(text: str, name: str) -> Decimal:
    number = read_decimal(text)
    if number is None or not 0 < number < 10**6:
        raise CommandError(f"{name}: “{text}” is not a number above 0.")
    return number
