"""`check_rollups`: proves that the sums of the ledger equal its entries, or names the rows where they do not."""

from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from features.actions.summing import rebuild
from features.management.tables import require_tables
from features.models import CellCost
from features.queries.sums import Difference, differences

SHOWN = 20


class Command(BaseCommand):
    """Compares every sum with its entries; exit 1 when one differs."""

    help = "Prove that the sums behind curves and portfolio equal the entries; exit 1 and the first differences if not."

    def add_arguments(self, parser: CommandParser) -> None:
        """What can be asked for."""
        parser.add_argument("--repair", action="store_true", help="make all sums anew from the entries first")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare and tell."""
        require_tables(CellCost)
        if options["repair"]:
            rebuild()
        found = 0
        for difference in differences():
            found += 1
            if found <= SHOWN:
                self.stdout.write(_told(difference))
        if found:
            raise CommandError(f"{found:,} sums differ from the entries. `check_rollups --repair` makes them anew.")
        self.stdout.write("Every sum equals its entries.")


def _told(one: Difference) -> str:
    key, kept, due = (" ".join(map(str, part)) if part else "nothing" for part in (one.key, one.kept, one.entries))
    return f"{one.table} {key}: kept {kept}, the entries say {due}"
