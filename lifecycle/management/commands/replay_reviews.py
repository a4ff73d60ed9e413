"""What pruning reviews of the past would have recommended, against what was removed."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lifecycle.queries.past_reviews import Hindsight, hindsight

FIRST, LAST = 1990, 2199


class Command(BaseCommand):
    help = "Hold a review at the end of each year of an imported past, and count what went in the year after it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", type=int, required=True, help="the first year, for example 2012")
        parser.add_argument("--until", type=int, required=True, help="the last year")
        parser.add_argument("--keys", default="", help="only features whose key begins so, for example rails-")

    def handle(self, *args: Any, **options: Any) -> None:
        since, until = options["since"], options["until"]
        if not FIRST <= since <= until <= LAST:
            raise CommandError(f"Name years from {FIRST} to {LAST}, the first one first.")
        found = hindsight([date(year, 12, 31) for year in range(since, until + 1)], keys=options["keys"])
        self.stdout.write("\n".join(_told(found)))


def _told(found: Hindsight) -> list[str]:
    base = _share(found.removed, found.items)
    lines = [
        f"{found.reviews} reviews, {found.items:,} items, {found.removed} removed in the year after ({base}).",
        "",
        "| seen | items | of these removed within a year |",
        "| --- | ---: | ---: |",
    ]
    rows = [(f"recommended: {outcome}", *met) for outcome, met in found.recommended.items()]
    rows.append(("no upkeep at all in the twelve months before", *found.silent))
    lines += [f"| {name} | {gone + stayed:,} | {_share(gone, gone + stayed)} |" for name, gone, stayed in rows]
    chance = "there is no such pair" if found.by_upkeep is None else f"{found.by_upkeep:.2f}"
    lines += ["", f"Of one that went and one that stayed, the one that went had the larger upkeep: {chance}."]
    return lines


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"
