"""Worklogs from Jira and Tempo: person-days by feature, from the hours that people logged on issues.

Three kinds of export are read: one row a worklog (Tempo's raw data, most timesheet reports), rows with
`timeSpentSeconds` (from the APIs), and Jira's own export of issues, whose columns `Log Work` hold
`comment;date;author;seconds`. Names of people are not kept: the ledger is about features.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from hashlib import blake2b
from typing import Final, NamedTuple

from django.conf import settings

from features.actions.investment import INVESTMENTS, InvestmentRow
from features.enums import Category, Upkeep
from features.importers.cells import Numbers, day_of, numbers_of
from features.importers.csv_file import Column, CsvFile, Line, LineErrors, Table, plain
from features.importers.into_ledger import Placed, Reading
from features.importers.investments import remarks_of
from features.importers.mapping import ONE, rate_of
from features.importers.pricing import (
    PersonRole,
    Prices,
    Standing,
    Whose,
    card_prices,
    flat_price,
    repriced,
    require_role,
    role_faults,
)
from features.models import Investment

KINDS: Final = ("issue", "epic", "label", "component", "project")
"""What leads to a feature, the nearest first."""
TABLE: Final = Table(
    (
        Column("issue", needed=True, also=("Issue Key", "Key", "issueKey", "Ticket", "Ticket No")),
        Column(
            "epic", also=("Epic Key", "Epic Link", "Custom field (Epic Link)", "Parent Key", "Parent"), repeats=True
        ),
        Column("label", also=("Labels",), repeats=True),
        Column("component", also=("Components", "Component/s", "All Components"), repeats=True),
        Column("project", also=("Project Key",)),
        Column("type", also=("Issue Type", "issueType", "Issuetype")),
        Column("day", also=("Work date", "Date", "Started", "Start Date", "startDate", "Date Started", "Work Started")),
        Column("author", also=("Username", "User", "Author Account ID", "Account ID", "Full name", "Author Name")),
        Column("hours", also=("Time Spent (h)", "Time Spent (Hours)", "Logged Hours", "Hours Spent", "Logged")),
        Column("seconds", also=("timeSpentSeconds", "Time Spent (seconds)", "Time Spent Seconds")),
        Column("spent", also=("Time Spent", "timeSpent", "Worklog Time Spent")),
        Column("worklog", also=("Worklog ID", "Tempo Worklog ID", "Jira Worklog ID", "worklogId", "tempoWorklogId")),
        Column("log", also=("Log Work",), repeats=True),
    ),
    strict=False,
)
TYPES: Final[Mapping[str, Upkeep]] = {
    **dict.fromkeys(("bug", "defect", "fault", "problem", "regression"), Upkeep.BUGS),
    **dict.fromkeys(("support", "incident", "servicerequest", "question", "helpdesk"), Upkeep.SUPPORT),
    **dict.fromkeys(("documentation", "docs"), Upkeep.DOCUMENTATION),
    **dict.fromkeys(("upgrade", "dependency", "dependencyupgrade", "securityupdate"), Upkeep.UPGRADES),
}
"""What a type of issue says of the kind of upkeep, without blanks and signs; other types say nothing."""
SPENT: Final = re.compile(
    r"\s*(?:(\d+)\s*w)?\s*(?:(\d+)\s*d)?\s*(?:([\d.]+)\s*h)?\s*(?:(\d+)\s*m)?\s*(?:(\d+)\s*s)?\s*"
)
MONTHS: Final = "jan feb mar apr may jun jul aug sep oct nov dec".split()  # noqa: SIM905 (read more easily so)
NAMED_DAY: Final = re.compile(r"(\d{1,2})[/ -]([A-Za-z]{3})[/ -](\d{4}|\d{2})( .*)?")
BEGINS_WITH_DAY: Final = re.compile(r"(\d{4}-\d{2}-\d{2})([T ].*)?")
THOUSANDTH: Final = Decimal("0.001")
HOUR: Final = Decimal(3600)
NOTHING: Final = Decimal(0)
LOG_PARTS: Final = 4
NAMED: Final = 10
MOST_HOURS: Final = 24 * 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Pay:
    """What a day of work is: so many hours; and what a person-day costs.

    Without `rate`, one price for all, it is what the rate card of the feature's squad says on the day, for the person's
    role, else for `role`, else in the mean of the squad's seats. With `days_only` days stay days.
    """

    hours_per_day: Decimal = Decimal(8)
    rate: Decimal | None = None
    currency: str = ""
    role: str = ""
    days_only: bool = False


class Work(NamedTuple):
    """One worklog: its line, the name it has elsewhere, the day, who (a word), the seconds, and the kind of upkeep."""

    line: int
    name: str
    day: date
    author: str
    seconds: Decimal
    upkeep: str = ""


def read_worklogs(
    *,
    file: CsvFile,
    mapping: Mapping[tuple[str, str], str],
    people: Sequence[PersonRole] = (),
    pay: Pay | None = None,
    rates: Mapping[str, Decimal] | None = None,
    source: str = "",
    decimal: str = "auto",
) -> Reading:
    """Worklogs as entries of people's time, where `mapping` (by `KINDS`) leads to a feature; the rest is told.

    A worklog that brings its id is an entry of its own; the others are added up by feature, person and day. `people`
    are the roles by which a rate card prices their days.

    Raises:
        BadInput: a column is missing, numbers could be read in two ways, or a role is none that a rate card knows.
    """
    pay = pay or Pay()
    prices = _prices(pay, rates or {}, frozenset(mapping.values()), people)
    numbers = numbers_of(file, TABLE, ("hours", "seconds"), mark=decimal)
    roles = {each.person.lower(): each.role for each in people}
    sheet = _Sheet(mapping, numbers, pay, source or f"worklogs:{file.stem}"[:80], prices, roles)
    for line in file.lines(TABLE, sheet.errors):
        sheet.take(line)

    def rows(errors: LineErrors) -> Iterator[Placed]:
        errors.take(sheet.errors)
        yield from sheet.entries()

    remarks = [*remarks_of(file), *sheet.told(), *_priced(sheet, people)]
    return Reading(name=file.name, book=INVESTMENTS, source=sheet.source, rows=rows, remarks=remarks)


def _prices(pay: Pay, rates: Mapping[str, Decimal], features: Collection[str], people: Sequence[PersonRole]) -> Prices:
    if pay.rate is not None:
        currency = pay.currency or settings.CURRENCY
        return flat_price(pay.rate, currency=currency, rate=rate_of(currency, rates))
    if pay.days_only:
        return Prices()
    prices = card_prices(features=features, role=pay.role)
    require_role(prices)
    errors = LineErrors()
    for fault in role_faults(people, prices, where="lines"):
        errors.add(int(fault.field.split(".")[1]), "role", fault.detail, code=fault.code)
    errors.refuse("The mapping")
    return prices


def _priced(sheet: "_Sheet", people: Sequence[PersonRole]) -> Iterator[str]:
    """What the rate cards made of it: the days by role, those without a rate, and what stands at another price."""
    if sheet.prices.cards is None or sheet.errors.count:
        return
    yield from sheet.prices.told((part.work, part.days) for part in sheet.parts())
    if strangers := [each for each in people if each.person.lower() not in sheet.met]:
        named = ", ".join(f"{each.person} (line {each.line})" for each in strangers[:NAMED])
        more = f" and {len(strangers) - NAMED} more" if len(strangers) > NAMED else ""
        yield f"People of the mapping who have no worklog here: {named}{more}."
    if other := repriced(dict(sheet.prices_now()), _standing(sheet.source)):
        had = "entry that stands has" if other == 1 else "entries that stand have"
        yield f"{other:,} {had} the same days at another price: each is revised, and the earlier price is kept."


def _standing(source: str) -> dict[str, Standing]:
    """What the entries of a source say of days and money, by their names."""
    entries = Investment.objects.filter(source=source, superseded_at__isnull=True).exclude(external_id="").order_by()
    found = entries.values_list("external_id", "person_days", "amount", "currency", "rate")
    return {name: Standing(days, amount, currency, rate) for name, days, amount, currency, rate in found.iterator()}


def seconds_of(text: str) -> Decimal | None:
    """What `1h 30m`, `1.5h`, `45m` or `2d` comes to, in seconds; a day has 8 hours there, a week 5 days, as in Jira.
    None when it is not of this form: a bare number could be minutes as well as seconds.
    """
    found = SPENT.fullmatch(text.lower())
    if not found or not any(found.groups()) or (found[3] or "").count(".") > 1:
        return None
    weeks, days, hours, minutes, seconds = (
        Decimal(part) if part and part != "." else NOTHING for part in found.groups()
    )
    return ((weeks * 5 + days) * 8 + hours) * HOUR + minutes * 60 + seconds


@lru_cache(maxsize=4_096)
def work_day(text: str) -> date | None:
    """The day of `2026-10-19`, `2026-10-19 09:00`, `2026-10-19T09:00:00.000+0200` or `19/Oct/26 9:00 AM`; None for what
    could be another day elsewhere (`10/09/2026`).
    """
    if found := BEGINS_WITH_DAY.fullmatch(text):
        return day_of(found[1])
    named = NAMED_DAY.fullmatch(text)
    if not named or named[2].lower() not in MONTHS:
        return None
    year = int(named[3]) + (2000 if len(named[3]) == len("26") else 0)
    try:
        return datetime(year, MONTHS.index(named[2].lower()) + 1, int(named[1])).date()  # noqa: DTZ001 (a day, no moment)
    except ValueError:
        return None


class _Part(NamedTuple):
    """An entry to be: its line, its name, whose work it is, the person-days, and the kind of upkeep."""

    line: int
    name: str
    work: Whose
    days: Decimal
    upkeep: str


@dataclass(slots=True)
class _Sheet:
    """A file of worklogs, sorted by feature."""

    mapping: Mapping[tuple[str, str], str]
    numbers: Numbers
    pay: Pay
    source: str
    prices: Prices
    roles: Mapping[str, str]
    errors: LineErrors = field(default_factory=LineErrors)
    single: dict[str, tuple[str, Work]] = field(default_factory=dict)
    added: dict[tuple[str, str, date, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    lines: dict[tuple[str, str, date, str], int] = field(default_factory=dict)
    total: Decimal = NOTHING
    strays: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    met: set[str] = field(default_factory=set)

    def take(self, line: Line) -> None:
        """Add the worklogs of one line; what is wrong with it goes to the errors."""
        before = self.errors.count
        works = [work for one in self._works(line) if (work := one)]
        feature = self._feature(line)
        if self.errors.count > before:
            return
        for work in works:
            self.total += work.seconds
            self.met.add(work.author.lower())
            if feature is None:
                self.strays[line["issue"] or "no issue"] += work.seconds
            elif not work.name:
                key = (feature, work.author, work.day, work.upkeep)
                self.added[key] += work.seconds
                self.lines.setdefault(key, line.number)
            elif self.single.setdefault(work.name, (feature, work))[1][1:] != work[1:]:
                detail = f"The worklog {work.name} stands in the file already, with other values. Keep one of them."
                self.errors.add(line.number, "worklog", detail, code="duplicate")

    def _works(self, line: Line) -> Iterator[Work | None]:
        if line["seconds"] or line["hours"] or (line["spent"] and line["day"]):
            yield self._work(line)
        elif logs := [log for log in line.repeated.get("log", ()) if log]:
            for log in logs:
                yield self._logged(line, log)
        elif "log" not in line.repeated:
            self.errors.add(line.number, "hours", "Give hours, timeSpentSeconds, or a time spent such as 1h 30m.")

    def _work(self, line: Line) -> Work | None:
        day, seconds = work_day(line["day"]), self._seconds(line)
        if day is None:
            self.errors.add(line.number, "day", _no_day(line["day"]))
        if day is None or seconds is None:
            return None
        return Work(line.number, line["worklog"], day, line["author"], seconds, _upkeep(line))

    def _seconds(self, line: Line) -> Decimal | None:
        if line["seconds"] or line["hours"]:
            name = "seconds" if line["seconds"] else "hours"
            number = self.numbers.read(line[name])
            seconds = None if number is None else number * (1 if name == "seconds" else HOUR)
            said = self.numbers.no_number(line[name])
        else:
            name, seconds = "spent", seconds_of(line["spent"])
            said = f"“{line['spent']}” is no time spent with its unit, such as 1h 30m."
        if seconds is None:
            self.errors.add(line.number, name, said)
        elif not 0 <= seconds <= MOST_HOURS * HOUR:
            self.errors.add(line.number, name, f"“{line[name]}” is not the time of one worklog.")
            return None
        return seconds

    def _logged(self, line: Line, log: str) -> Work | None:
        parts = log.rsplit(";", LOG_PARTS - 1)
        day = work_day(parts[1].strip()) if len(parts) == LOG_PARTS else None
        if day is None or not parts[3].strip().isdecimal():
            said = f"“{log[:80]}” is not comment;date;author;seconds, with a day such as 19/Oct/26 or 2026-10-19."
            self.errors.add(line.number, "log", said)
            return None
        return Work(line.number, "", day, parts[2].strip(), Decimal(parts[3].strip()), _upkeep(line))

    def _feature(self, line: Line) -> str | None:
        """The feature that a line leads to, by what is nearest to the work."""
        words = {
            "issue": [line["issue"]],
            "epic": list(line.repeated.get("epic", ())),
            "label": _parts(line, "label"),
            "component": _parts(line, "component"),
            "project": [line["project"], line["issue"].rpartition("-")[0]],
        }
        for kind in KINDS:
            found = {self.mapping[kind, w.lower()] for w in words[kind] if (kind, w.lower()) in self.mapping}
            if len(found) > 1:
                both = " and ".join(sorted(found)[:2])
                self.errors.add(line.number, kind, f"Its {kind}s lead to {both}. Map the issue {line['issue']} itself.")
            if found:
                return min(found)
        return None

    def parts(self) -> Iterator[_Part]:
        """Each entry to be."""
        for name, (feature, work) in self.single.items():
            yield self._part(f"worklog:{name}"[:200], feature, work)
        for key, seconds in self.added.items():
            feature, author, day, upkeep = key
            who = blake2b(f"{feature}\n{author}".encode(), digest_size=8).hexdigest()
            name = ":".join(filter(None, ("day", str(day), who, upkeep)))
            yield self._part(name, feature, Work(self.lines[key], "", day, author, seconds, upkeep))

    def _part(self, name: str, feature: str, work: Work) -> _Part:
        days = (work.seconds / HOUR / self.pay.hours_per_day).quantize(THOUSANDTH, ROUND_HALF_UP)
        whose = Whose(feature, self.roles.get(work.author.lower(), ""), work.day)
        return _Part(work.line, name, whose, days, work.upkeep)

    def entries(self) -> Iterator[Placed]:
        """One entry for each worklog that has an id, one for each feature, person and day of the others."""
        for part in self.parts():
            yield part.line, self._entry(part)

    def _entry(self, part: _Part) -> InvestmentRow:
        work = part.work
        return InvestmentRow(
            feature=work.feature,
            on=work.day,
            category=Category.PEOPLE,
            upkeep=part.upkeep,
            person_days=part.days,
            source=self.source,
            external_id=part.name,
            note=f"Worklogs.{self.prices.noted(work)}",
            **self.prices.money(work, part.days),
        )

    def prices_now(self) -> Iterator[tuple[str, Standing]]:
        """What each entry says of days and money, by its name."""
        for part in self.parts():
            money = self.prices.money(part.work, part.days)
            currency, rate = money.get("currency", settings.CURRENCY), money.get("rate", ONE)
            yield part.name, Standing(part.days, money.get("amount"), currency, rate)

    def told(self) -> Iterator[str]:
        """The hours in all, and those that no mapping leads to a feature."""
        lost = sum(self.strays.values(), NOTHING)
        yield f"{_hours(self.total)} in all; {_hours(self.total - lost)} belong to features."
        if self.strays:
            share = f" ({100 * lost / self.total:.1f}%)" if self.total else ""
            largest = sorted(self.strays.items(), key=lambda one: -one[1])
            named = ", ".join(f"{issue} {_hours(seconds)}" for issue, seconds in largest[:NAMED])
            more = f" and {len(largest) - NAMED} more issues" if len(largest) > NAMED else ""
            yield f"{_hours(lost)}{share} lead to no feature, and are not recorded: {named}{more}."


def _parts(line: Line, name: str) -> list[str]:
    """All words of a column that may stand several times, or hold several with commas or blanks between them."""
    cells = line.repeated.get(name, ())
    return [word for cell in cells for word in (cell, *re.split(r"[,;]\s*", cell), *cell.split()) if word]


def _upkeep(line: Line) -> str:
    """What the type of the issue says; empty for most."""
    found = TYPES.get(plain(line["type"]))
    return found.value if found else ""


def _hours(seconds: Decimal) -> str:
    return f"{seconds / HOUR:,.2f} h"


def _no_day(text: str) -> str:
    return f"“{text}” is not a day, or could be two. Export it as 2026-10-19, or 19/Oct/26."
