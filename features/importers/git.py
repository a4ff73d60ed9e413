"""Investment from the history of a git repository: commits by path become person-days of features."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils import timezone

from features.actions.investment import InvestmentRow, record_investments
from features.calendar import start_of
from features.enums import Category
from features.errors import BadInput, FieldError, wrong
from features.importers import git_standing as ledger
from features.importers.git_effort import FIXES, Aside, Effort, Tally, WorkRule
from features.importers.git_log import Listed, Repository, listed, open_repository, read_commits
from features.importers.git_map import MapLine, PathMap, area_of, read_map, written
from features.importers.git_standing import Stands
from features.importers.pricing import (
    PersonRole,
    Prices,
    Whose,
    card_prices,
    flat_price,
    repriced,
    require_role,
    role_faults,
)
from features.models import Feature

BATCH: Final = 5_000
LONGEST_NAME: Final = 60
SUGGESTED: Final = 40
STEP: Final = 250
CENT: Final = Decimal("0.01")
NOTHING: Final = Decimal(0)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class GitImport:
    """What is asked for: which history, under which name, by which map and rule. See `import_git --help`.

    A person-day costs what the rate card of the feature's squad says on the day of the entry: for the role that the map
    gives to its author, else for `role`, else in the mean of the squad's seats. `rate` is one price for all in
    `CURRENCY`, whatever the cards say; with `days_only` days stay days. `restate` lets entries go whose commits are in
    this history no longer, or whose feature the map names no longer.
    """

    folder: Path
    map: Path
    rule: WorkRule
    name: str = ""
    ref: str = "HEAD"
    since: date | None = None
    co_authors: bool = False
    rate: Decimal | None = None
    role: str = ""
    days_only: bool = False
    restate: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was read, what it came to, and what was left out. Commits do not include merges.

    `amount` is in `CURRENCY`; `prices` says which rates made it, and which days have none. Of the `restated` entries
    `repriced` say the same days at another price. `unmet` are the map's people who are none of the authors.
    `listed` counts all commits, `chosen` those of the days that were asked for, `empty` those that change no file.
    """

    source: str
    listed: int
    chosen: int
    undated: int
    ahead: int
    empty: int
    counted: int
    author_days: int
    days: Mapping[str, Decimal]
    amount: Decimal | None
    aside: Aside
    new: int
    restated: int
    repriced: int
    unchanged: int
    emptied: int
    prices: Sequence[str] = ()
    unused: Sequence[MapLine] = field(repr=False)
    unmet: Sequence[PersonRole] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class _Job:
    """One run: what is asked, with all that was looked up before anything is read."""

    asked: GitImport
    map: PathMap
    repository: Repository
    source: str
    since: date | None
    before: Mapping[str, Stands]
    others: Mapping[str, Sequence[Stands]]
    prices: Prices

    def role_of(self, author: str) -> str:
        """The role that an author's days are priced by; empty for that of everybody who has none."""
        role = "" if self.prices.cards is None else self.map.role_of(author)
        return "" if role == self.prices.role else role

    @property
    def sought(self) -> frozenset[str]:
        """The commits that earlier entries name."""
        entries = [*self.before.values(), *(each for found in self.others.values() for each in found)]
        return frozenset(each.last for each in entries if each.last)


def import_git(*, asked: GitImport, now: datetime, progress: Progress | None = None) -> Report:
    """Read a history and record what it comes to, one entry for each feature, week or month, role, and upkeep.

    Run again, it writes only what changed. Entries go to the ledger in batches; a run that is cut off leaves whole
    batches, and the next one completes them. `progress` is told how many commits of how many have been read.

    Raises:
        BadInput: the map, the repository or what is asked is wrong; nothing was written.
        Conflict: what was recorded under this name does not go with this history or map; nothing was written.
    """
    job = _prepared(asked)
    tally = Tally(asked.rule, job.map.feature_of, job.role_of, _released(job.map.features))
    with listed(job.repository, since=job.since, until=timezone.localdate(now), sought=job.sought) as list_:
        _require_consistent(job, list_)
        read = _count(job, list_, tally, progress or (lambda _read, _of: None))
    efforts = list(tally.efforts())
    rows = [_row(each, job) for each in efforts]
    _require_something(rows, job, tally, list_)
    emptied, changed = ledger.changes(rows, job.before, since=job.since)
    if not asked.dry_run:
        _record([*emptied, *changed], now)
    return _report(job, list_, tally, read=read, efforts=efforts, rows=rows, changed=changed, emptied=len(emptied))


def _report(
    job: _Job,
    list_: Listed,
    tally: Tally,
    *,
    read: int,
    efforts: Sequence[Effort],
    rows: Sequence[InvestmentRow],
    changed: Sequence[InvestmentRow],
    emptied: int,
) -> Report:
    restated = sum(row.external_id in job.before for row in changed)
    other = {row.external_id: ledger.price_of(row) for row in changed if row.external_id in job.before}
    parts = [(Whose(each.feature, each.role, each.on), each.days) for each in efforts]
    priced = [row.amount * (row.rate or 1) for row in rows if row.amount is not None]
    return Report(
        source=job.source, listed=list_.commits, chosen=list_.chosen, undated=list_.undated, ahead=list_.ahead,
        empty=list_.chosen - read, counted=tally.commits, author_days=tally.author_days, days=_by_feature(rows),
        amount=sum((amount.quantize(CENT, ROUND_HALF_UP) for amount in priced), NOTHING) if priced else None,
        aside=tally.aside, unused=job.map.unused, new=len(changed) - restated, restated=restated,
        repriced=repriced(other, {name: job.before[name].price for name in other}), unchanged=len(rows) - len(changed),
        emptied=emptied, prices=[*job.prices.told(parts)], unmet=job.map.unmet if job.prices.cards else (),
    )  # fmt: skip


def _released(keys: Collection[str]) -> dict[str, date]:
    """Since when those of these features that are released are with everybody; a tweak is released with its parent."""
    rows = Feature.objects.filter(key__in=keys).values_list("key", "released_on", "parent_id", "parent__released_on")
    found = {key: own if parent is None else theirs for key, own, parent, theirs in rows}
    return {key: day for key, day in found.items() if day is not None}


def suggest_map(*, folder: Path, ref: str, now: datetime) -> str:
    """A first map as CSV: the folders with the most commits, their features still to be filled in.

    Raises:
        BadInput: the repository cannot be read.
    """
    repository = open_repository(folder, ref=ref)
    areas: Counter[str] = Counter()
    with listed(repository, since=None, until=timezone.localdate(now)) as list_:
        for commit in read_commits(repository, list_):
            areas.update({area_of(path) for path in commit.paths})
    return written(areas, most=SUGGESTED)


def _prepared(asked: GitImport) -> _Job:
    if asked.restate and asked.since is not None:
        raise wrong("since", "--restate looks at the whole history: leave --since out.")
    path_map = read_map(asked.map)
    require_features(asked.map, path_map)
    prices = _prices(asked, path_map)
    repository = open_repository(asked.folder, ref=asked.ref)
    source = ledger.PREFIX + _name(asked.name or repository.name)
    since = None if asked.since is None else start_of(asked.since, asked.rule.by)
    before = ledger.standing(source)
    if since is not None:
        ledger.require_same_periods(source, before, by=asked.rule.by)
    others = ledger.elsewhere(source, path_map.features)
    return _Job(asked, path_map, repository, source, since, before, others, prices)


def _prices(asked: GitImport, path_map: PathMap) -> Prices:
    if asked.rate is not None:
        return flat_price(asked.rate, currency=settings.CURRENCY, rate=Decimal(1))
    if asked.days_only:
        return Prices()
    prices = card_prices(features=path_map.features, role=asked.role)
    require_role(prices)
    if errors := role_faults(path_map.people, prices, where="map"):
        told = " ".join(f"Line {error.field.split('.')[1]}: {error.detail}" for error in errors[:20])
        detail = f"{asked.map}: {told} Mend it, or give the role a rate first. Nothing was read."
        raise BadInput(code="invalid", detail=detail, errors=errors[:100])
    return prices


def require_features(file: Path, path_map: PathMap) -> None:
    """Refuse a map that names features that are not there.

    Raises:
        BadInput: the lines that do.
    """
    known = set(Feature.objects.filter(key__in=path_map.features).values_list("key", flat=True))
    errors = [
        FieldError(f"map.{each.line}", "unknown", f"Line {each.line}: there is no feature “{each.feature}”.")
        for each in path_map.lines
        if each.feature and each.feature not in known
    ]
    if errors:
        told = " ".join(error.detail for error in errors[:20])
        detail = f"{file}: {told} Make it first, or mend its key; `-` leaves paths out. Nothing was read."
        raise BadInput(code="invalid", detail=detail, errors=errors[:100])


def _name(name: str) -> str:
    if not name or len(name) > LONGEST_NAME or not name.isprintable() or name != name.strip():
        raise wrong("name", f"Give the repository a name of 1 to {LONGEST_NAME} letters with --name.")
    return name


def _require_consistent(job: _Job, list_: Listed) -> None:
    ledger.require_not_elsewhere(job.others, list_.found)
    if not job.asked.restate:
        ledger.require_same_history(job.source, job.before, list_.found)
        ledger.require_features_kept(job.source, job.before, job.map.features)


def _count(job: _Job, list_: Listed, tally: Tally, progress: Progress) -> int:
    """How many commits change a file at all."""
    read = 0
    for commit in read_commits(job.repository, list_, co_authors=job.asked.co_authors):
        tally.add(commit)
        read += 1
        if not read % STEP:
            progress(read, list_.chosen)
    progress(list_.chosen, list_.chosen)
    return read


def _require_something(rows: Sequence[InvestmentRow], job: _Job, tally: Tally, list_: Listed) -> None:
    """A map or a filter that matches nothing at all is a mistake, and would take away all that was recorded."""
    if rows or (job.since is not None and not list_.chosen):
        return
    areas = ", ".join(f"{area} ({commits:,})" for area, commits in tally.aside.areas.most_common(3))
    outside = f" Outside the map most commits are in {areas}." if areas else ""
    raise wrong(
        "map",
        f"No commit of {list_.chosen:,} counts for a feature of the map.{outside} Paths are written from the "
        "top of the repository; --suggest prints the folders with the most commits. Nothing was written.",
    )


def _row(effort: Effort, job: _Job) -> InvestmentRow:
    rule, work = job.asked.rule, Whose(effort.feature, effort.role, effort.on)
    return InvestmentRow(
        feature=effort.feature,
        on=effort.on,
        category=Category.PEOPLE,
        upkeep=effort.upkeep,
        person_days=effort.days,
        source=job.source,
        external_id=entry_name(effort, rule.by),
        note=ledger.noted(
            commits=effort.commits, people=effort.people, last=effort.last, rule=rule, price=job.prices.noted(work)
        ),
        **job.prices.money(work, effort.days),
    )


def entry_name(effort: Effort, by: str) -> str:
    """What an entry is called in its source: the feature, its week or month, and where there are such, role and upkeep.

    A role whose last word could be taken for the upkeep ends in a colon: `search:2026-W19:bugs:` are days of the role
    `bugs`, `search:2026-W19:bugs` are fixes. So no two entries have the same name, whatever roles are called.
    """
    role = effort.role
    if role.rpartition(":")[2] in {"", FIXES} and role:
        role += ":"
    return ":".join(filter(None, (effort.feature, period_name(effort.start, by), role, effort.upkeep)))


def period_name(start: date, by: str) -> str:
    """How a week or month is named: `2024-05`, or `2024-W19` as ISO 8601 counts weeks."""
    return f"{start:%G-W%V}" if by == "week" else f"{start:%Y-%m}"


def _record(rows: Sequence[InvestmentRow], now: datetime) -> None:
    """In batches, each whole or not at all: the memory stays small, and nobody waits long for the locks."""
    for at in range(0, len(rows), BATCH):
        record_investments(entries=rows[at : at + BATCH], by=None, now=now)


def _by_feature(rows: Sequence[InvestmentRow]) -> dict[str, Decimal]:
    days: dict[str, Decimal] = {}
    for row in rows:
        days[row.feature] = days.get(row.feature, NOTHING) + (row.person_days or NOTHING)
    return days
