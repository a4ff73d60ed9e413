"""`import_git`: investment from any git history, by a rule that is stated and can be changed."""

import time
from argparse import RawDescriptionHelpFormatter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from features.errors import Refusal
from features.importers.git import GitImport, Report, import_git, suggest_map
from features.importers.git_effort import WorkRule
from features.management.tables import require_tables
from features.models import Investment
from features.numbers import read_decimal

BAR = 30
SHOWN = 10
EVERY = 0.2
HELP = """Read the commits of a git repository and record, for each feature and week or month, the person-days that they
come to.

The rule: a day on which an author commits is one person-day at most. It is split evenly over that day's commits, and
each commit over the files it changes; a map says whose each file is. What falls on files outside the map is told, not
recorded. Merges are not counted, nor are bulk commits. A day costs what the rate card of the feature's squad says on
the day of the entry, by the role that the map gives to its author; without a card or --rate days are days, not money.
Run it again at any time: only what changed is written, and the ledger keeps what stood before."""


class Command(BaseCommand):
    help = HELP

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """The help keeps its paragraphs."""
        return super().create_parser(prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("repository", type=Path, metavar="REPO", help="the folder of a repository, bare or not")
        parser.add_argument("--map", type=Path, metavar="FILE", help="CSV: path,feature; the first line that fits wins")
        parser.add_argument("--suggest", action="store_true", help="print a first map to fill in, and do nothing else")
        parser.add_argument("--name", default="", help="what its entries are known by: source git:NAME (the folder's)")
        parser.add_argument("--ref", default="HEAD", help="branch, tag or commit whose history is read (%(default)s)")
        parser.add_argument("--since", metavar="DATE", help="record from the week or month of this day on only")
        parser.add_argument("--dry-run", action="store_true", help="say what would be recorded, and record nothing")
        parser.add_argument(
            "--restate",
            action="store_true",
            help="after the history was rewritten, or a feature left the map: let go what is in them no longer",
        )
        self._add_rule(parser)

    def _add_rule(self, parser: CommandParser) -> None:
        rule = WorkRule()
        group = parser.add_argument_group("the rule")
        group.add_argument("--by", choices=("week", "month"), default=rule.by, help="one entry for each (%(default)s)")
        group.add_argument(
            "--day-share", default=rule.day_share, metavar="DAYS",
            help="what an author's day counts for at most, in person-days (%(default)s)",
        )  # fmt: skip
        group.add_argument(
            "--days-per-commit", default=rule.days_per_commit, metavar="DAYS",
            help="what one commit counts for: below --day-share, a day with few commits counts less (%(default)s)",
        )  # fmt: skip
        group.add_argument(
            "--bulk", type=int, default=rule.bulk, metavar="FILES",
            help="commits that change more files are kept apart (%(default)s; 0: none is)",
        )  # fmt: skip
        group.add_argument(
            "--not-author", action="append", default=[], metavar="PART",
            help="leave out authors with this in “Name <mail>”, in any case: '[bot]' (may be given again)",
        )  # fmt: skip
        group.add_argument("--co-authors", action="store_true", help="count Co-authored-by as authors of the commit")
        self._add_prices(parser)

    def _add_prices(self, parser: CommandParser) -> None:
        group = parser.add_argument_group("the price of a day")
        group.add_argument(
            "--role", default="",
            help="of authors to whom the map gives none (default: the mean of the squad's seats)",
        )  # fmt: skip
        either = group.add_mutually_exclusive_group()
        either.add_argument(
            "--rate", metavar="AMOUNT",
            help=f"one price for all in {settings.CURRENCY}, whatever the squads' rate cards say",
        )  # fmt: skip
        either.add_argument("--days-only", action="store_true", help="record days and no money")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        self._shown = 0.0
        try:
            if options["suggest"]:
                found = suggest_map(folder=options["repository"], ref=options["ref"], now=timezone.now())
                self.stdout.write(found, ending="")
                return
            asked = _asked(options)
            require_tables(Investment)
            report = import_git(asked=asked, now=timezone.now(), progress=self._progress)
        except Refusal as refusal:
            raise CommandError(refusal.detail) from refusal
        except KeyboardInterrupt:
            raise CommandError("Stopped. Nothing is recorded by halves: the same command goes on with it.") from None
        self._print(report, asked, seconds=time.monotonic() - began)

    def _progress(self, read: int, of: int) -> None:
        """A bar for people who watch; a log gets none."""
        now = time.monotonic()
        if not self.stdout.isatty() or (read < of and now - self._shown < EVERY):
            return
        self._shown = now
        share = read / of if of else 1
        bar = ("█" * round(share * BAR)).ljust(BAR, "░")
        self.stdout.write(f"{bar} {read:,} of {of:,} commits ({share:.0%})", ending="\n" if read >= of else "\r")

    def _print(self, report: Report, asked: GitImport, *, seconds: float) -> None:
        say = self.stdout.write
        days, worth = sum(report.days.values(), Decimal(0)), ""
        if report.amount is not None:
            by = "by the squads' rate cards" if asked.rate is None else f"at {asked.rate} a day"
            worth = f", {report.amount:,} {settings.CURRENCY} {by}"
        read = f"{report.chosen:,} of {_many(report.listed, 'commit')}"
        say(f"{report.source}: read {read} (merges aside) in {seconds:.1f} s")
        on = _many(report.author_days, "author's day", "authors' days")
        say(f"  counted {_many(report.counted, 'commit')} on {on}: {days:,} person-days{worth}")
        for key, part in sorted(report.days.items(), key=lambda each: -each[1])[:SHOWN]:
            say(f"    {part:>12,}  {key}")
        if len(report.days) > SHOWN:
            say(f"    and {_many(len(report.days) - SHOWN, 'more feature')}")
        for told in report.prices:
            say(f"  {told}")
        for what in _left_out(report, asked):
            say(f"  not counted: {what}")
        self._print_map(report)
        self._print_entries(report, dry_run=asked.dry_run)
        bulk = f"Commits of more than {asked.rule.bulk:,} files are kept apart." if asked.rule.bulk else ""
        say(f"The rule, by {asked.rule.by}: {asked.rule}. {bulk}".rstrip())

    def _print_map(self, report: Report) -> None:
        say, aside = self.stdout.write, report.aside
        if aside.outside_commits:
            of = _many(aside.outside_commits, "commit")
            say(f"  outside the map: {aside.outside_days:,} person-days, of {of}, most in")
            for area, commits in aside.areas.most_common(SHOWN):
                say(f"    {commits:>12,}  {_plain(area)}")
        for line in report.unused[:SHOWN]:
            say(f"  the map's line {line.line} fits no path that a first line did not take: {_plain(line.pattern)}")
        for person in report.unmet[:SHOWN]:
            say(f"  the map's line {person.line} is no author of what counts here: {_plain(person.person)}")
        if aside.bots:
            name = _plain(next(iter(aside.bots)))
            bots = _many(len(aside.bots), "author is a bot", "authors are bots")
            say(f"  {bots} by name ({name}): --not-author '[bot]' leaves them out")

    def _print_entries(self, report: Report, *, dry_run: bool) -> None:
        say, done = self.stdout.write, "would be new" if dry_run else "new"
        say(
            f"  entries: {report.new:,} {done}, {report.restated:,} restated, {report.unchanged:,} unchanged, "
            f"{report.emptied:,} set to 0"
        )
        if report.repriced:
            entries = _many(report.repriced, "restated entry has", "restated entries have")
            say(f"  {entries} the same days at another price; what stood before is kept")


def _left_out(report: Report, asked: GitImport) -> list[str]:
    aside = report.aside
    found = [
        (aside.bulk, "bulk commit", f" (more than {asked.rule.bulk:,} files)"),
        (aside.authors, "commit", f" by authors left out ({', '.join(asked.rule.not_authors)})"),
        (aside.left_out, "commit", " of nothing but paths that the map leaves out"),
        (report.empty, "commit", " of no file"),
        (report.ahead, "commit", " dated after today; they come in when their day has come"),
        (report.undated, "commit", " without a date after 1970-01-01"),
    ]
    return [_many(count, word) + why for count, word, why in found if count]


def _asked(options: dict[str, Any]) -> GitImport:
    if options["map"] is None:
        raise CommandError("Give a map with --map FILE. `import_git REPO --suggest` prints a first one to fill in.")
    if options["bulk"] < 0 or not all(part.strip() for part in options["not_author"]):
        raise CommandError("--bulk is 0 or more, and --not-author is not empty.")
    rule = WorkRule(
        day_share=_number(options["day_share"], "--day-share", most=Decimal(100), places=3),
        days_per_commit=_number(options["days_per_commit"], "--days-per-commit", most=Decimal(100), places=3),
        bulk=options["bulk"],
        not_authors=tuple(options["not_author"]),
        by=options["by"],
    )
    rate = options["rate"]
    return GitImport(
        folder=options["repository"],
        rate=None if rate is None else _number(rate, "--rate", most=Decimal(10) ** 6, places=2),
        since=_day(options["since"]),
        rule=rule,
        **{
            name: options[name]
            for name in ("map", "name", "ref", "co_authors", "role", "days_only", "restate", "dry_run")
        },
    )


def _number(text: object, name: str, *, most: Decimal, places: int) -> Decimal:
    number = read_decimal(text)
    if number is None or not 0 < number <= most or number != round(number, places):
        raise CommandError(f"{name} {text}: write a number above 0 and up to {most}, with {places} decimals at most.")
    return number


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"--since {text}: write a day as 2026-03-01.") from error


def _plain(text: str) -> str:
    """A path as it can be printed anywhere: what is no letter or sign stands as its code."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _many(count: int, word: str, words: str = "") -> str:
    return f"{count:,} {word if count == 1 else words or word + 's'}"
