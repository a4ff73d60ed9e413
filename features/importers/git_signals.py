"""Signals of upkeep from a git repository, by the same map from paths to features as the import of investment."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from django.contrib.auth.models import User
from django.utils import timezone

from features.actions.ledger import Recorded
from features.actions.signalling import SignalRow, record_signals
from features.enums import SignalKind
from features.importers.csv_file import file_at
from features.importers.git import require_features
from features.importers.git_log import Commit, Repository, listed, open_repository, read_commits
from features.importers.git_map import PathMap, read_map
from features.importers.git_tree import files_with, lines_of, pins_in
from features.importers.mapping import read_mapping

YEAR: Final = timedelta(days=365)
STEP: Final = 250
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalsAsked:
    """Which repository, by which map; `flags` is a CSV file with `feature` and `flag`."""

    folder: Path
    map: Path
    flags: Path | None = None
    name: str = ""
    ref: str = "HEAD"
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class SignalsReport:
    """What was found, and what recording it came to (None: it was only looked at)."""

    source: str
    rows: Sequence[SignalRow]
    recorded: Recorded | None


@dataclass(slots=True)
class _Counted:
    """What the history says of one feature."""

    commits: int = 0
    fixes: int = 0
    authors: Counter[str] = field(default_factory=Counter)


def import_signals(*, asked: SignalsAsked, now: datetime, progress: Progress | None = None) -> SignalsReport:
    """Look at a repository and record, for each feature of the map, what tells of its upkeep.

    Raises:
        BadInput: the map, the flags or the repository is wrong; nothing was written.
    """
    path_map = read_map(asked.map)
    require_features(asked.map, path_map)
    flags = _flags(asked.flags) if asked.flags else {}
    repository = open_repository(asked.folder, ref=asked.ref)
    source, today = f"git:{asked.name or repository.name}"[:80], timezone.localdate(now)
    counted, seen = _history(repository, path_map, today, progress or (lambda _read, _of: None))
    found = [
        *_of_history(path_map, counted, seen, today),
        *_of_tree(repository, path_map),
        *((key, SignalKind.FLAG_IN_CODE, *_flagged(repository, words)) for key, words in flags.items()),
    ]
    rows = [
        SignalRow(feature=key, kind=kind, on=today, value=value, detail=detail, source=source)
        for key, kind, value, detail in sorted(found)
    ]
    return SignalsReport(source, rows, None if asked.dry_run else record_signals(rows=rows, by=None, now=now))


Found = tuple[str, SignalKind, int, str]


def _flags(file: Path) -> dict[str, list[str]]:
    """The flags of each feature, as they are written in the code."""
    found: dict[str, list[str]] = defaultdict(list)
    for (_, word), feature in read_mapping(file=file_at(file), kinds=("flag",), lower=False).items():
        found[feature].append(word)
    return found


def _history(
    repository: Repository, path_map: PathMap, today: date, progress: Progress
) -> tuple[Mapping[str, _Counted], Mapping[str, date]]:
    """What each feature's commits come to, and the last day of each author (by address)."""
    counted: dict[str, _Counted] = defaultdict(_Counted)
    seen: dict[str, date] = {}
    with listed(repository, since=None, until=today) as list_:
        for read, commit in enumerate(read_commits(repository, list_), 1):
            _count(commit, path_map, counted, seen, since=today - YEAR)
            if not read % STEP:
                progress(read, list_.chosen)
        progress(list_.chosen, list_.chosen)
    return counted, seen


def _count(
    commit: Commit, path_map: PathMap, counted: dict[str, _Counted], seen: dict[str, date], *, since: date
) -> None:
    author = _address(commit.authors[0])
    seen[author] = max(seen.get(author, commit.day), commit.day)
    for key in filter(None, {path_map.feature_of(path) for path in commit.paths}):
        one = counted[key]
        one.authors[author] += 1
        if commit.day > since:
            one.commits += 1
            one.fixes += commit.fix


def _of_history(
    path_map: PathMap, counted: Mapping[str, _Counted], seen: Mapping[str, date], today: date
) -> Iterator[Found]:
    inactive = set(User.objects.filter(is_active=False).exclude(email="").values_list("email", flat=True))
    away = {mail.casefold() for mail in inactive} | {who for who, day in seen.items() if day <= today - YEAR}
    for key in path_map.features:
        one = counted.get(key) or _Counted()
        yield key, SignalKind.COMMITS, one.commits, "in the last 365 days"
        yield key, SignalKind.FIX_COMMITS, one.fixes, "in the last 365 days"
        owners = _owners(one.authors)
        left = len([owner for owner in owners if owner in away])
        yield key, SignalKind.OWNERS_LEFT, left, f"of {len(owners)} who made half of its commits"


def _owners(authors: Counter[str]) -> list[str]:
    """The fewest authors who made half of the commits together."""
    owners: list[str] = []
    made, half = 0, authors.total() / 2
    for author, commits in sorted(authors.items(), key=lambda one: (-one[1], one[0])):
        if made >= half:
            break
        owners.append(author)
        made += commits
    return owners


def _of_tree(repository: Repository, path_map: PathMap) -> Iterator[Found]:
    lines, files, pins, manifests = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for path, count in lines_of(repository):
        key = path_map.feature_of(path)
        if not key:
            continue
        lines[key] += count
        files[key] += 1
        pinned = pins_in(repository, path)
        if pinned is not None:
            pins[key] += pinned
            manifests[key] += 1
    for key in path_map.features:
        yield key, SignalKind.CODE_SIZE, lines[key], _many(files[key], "file")
    for key, count in manifests.items():
        yield key, SignalKind.DEPENDENCY_PINS, pins[key], f"in {_many(count, 'manifest')}"


def _flagged(repository: Repository, words: Sequence[str]) -> tuple[int, str]:
    return sum(files_with(repository, word) for word in words), ", ".join(sorted(words))[:200]


def _many(count: int, word: str) -> str:
    return f"{count:,} {word if count == 1 else word + 's'}"


def _address(author: str) -> str:
    name, _, mail = author.casefold().rpartition(" <")
    return mail.removesuffix(">").strip() or name
