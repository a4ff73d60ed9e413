"""From commits to person-days, by a rule that is stated with each entry.

Commits are not hours. What can be read off a history with some right is on which days somebody worked, and on what:
so the unit is an author's day, and commits only share it out. Counting is exact (fractions, rounded once), so neither
the order of the commits nor the way they are split over runs changes an entry.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final

from features.calendar import start_of
from features.enums import Upkeep
from features.importers.git_log import MARK, Commit
from features.importers.git_map import LEFT_OUT, area_of

THOUSAND: Final = 1000
MOST_AREAS: Final = 100_000

FIXES: Final = Upkeep.BUGS.value
"""The upkeep that fixes of a released feature are."""

Part = tuple[str | None, str, str]
"""Where a part of a commit goes: to a feature (None: outside the map), by people of which role, as which upkeep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRule:
    """What a day on which an author commits counts for, in person-days, and which commits do not count.

    `bulk`: commits that change more files than this are kept apart (0: none is). `not_authors`: parts of `Name <mail>`
    in any case; who has one of them does not count. `by` is `week` or `month`.
    """

    day_share: Decimal = Decimal(1)
    days_per_commit: Decimal = Decimal(1)
    bulk: int = 100
    not_authors: tuple[str, ...] = ()
    by: str = "week"

    def worth(self, commits: int) -> Fraction:
        """The person-days of one author's day with so many commits."""
        return min(Fraction(self.day_share), commits * Fraction(self.days_per_commit))

    def __str__(self) -> str:
        return (
            f"Person-days: {self.day_share:f} at most for each day on which an author commits "
            f"({self.days_per_commit:f} a commit), split evenly over that day's commits and each over its files"
        )


@dataclass(frozen=True, slots=True)
class Effort:
    """What the commits of one week or month come to for one feature, by people of one role (empty: none is named).

    `on` is the day of the first of them. `upkeep`: the fixes of a week or month after the release stand apart, as
    `bugs`; else empty.
    """

    feature: str
    start: date
    role: str
    upkeep: str
    on: date
    days: Decimal
    commits: int
    people: int
    last: str


@dataclass(slots=True)
class Aside:
    """What was read and not counted, in commits, and what was counted outside the map."""

    bulk: int = 0
    authors: int = 0
    left_out: int = 0
    bots: Counter[str] = field(default_factory=Counter)
    outside_commits: int = 0
    outside_days: Decimal = Decimal(0)
    areas: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Day:
    """One author's day: how many commits, and the parts of them by where they go."""

    commits: int = 0
    parts: dict[Part, Fraction] = field(default_factory=dict)


@dataclass(slots=True)
class _Period:
    """One feature's week or month, of people of one role and one kind of upkeep."""

    commits: int = 0
    first: date = date.max
    last: tuple[date, str] = (date.min, "")
    days: Fraction = Fraction(0)
    people: set[str] = field(default_factory=set)


class Tally:
    """Takes commits in any order and says what they come to. Grows with authors' days, not with commits or files."""

    def __init__(
        self,
        rule: WorkRule,
        feature_of: Callable[[str], str | None],
        role_of: Callable[[str], str] = lambda _author: "",
        released: Mapping[str, date] | None = None,
    ) -> None:
        """`feature_of` and `role_of` are those of a `PathMap`; without roles there is one entry for all people.

        `released`: since when the released features are with everybody; without it nothing is upkeep.
        """
        self.rule = rule
        self._released = released or {}
        self.aside = Aside()
        self.commits = 0
        self._feature_of = feature_of
        self._days: dict[tuple[str, date], _Day] = {}
        self._periods: dict[tuple[str, date, str, str], _Period] = {}
        self._person = lru_cache(None)(self._person_of)
        self._role = lru_cache(None)(role_of)
        self._part = lru_cache(10_000)(Fraction)

    @property
    def author_days(self) -> int:
        """How many days of authors count."""
        return len(self._days)

    def add(self, commit: Commit) -> None:
        """Count one commit, or put it aside."""
        people = {person: self._role(author) for author in commit.authors if (person := self._person(author))}
        if not people:
            self.aside.authors += 1
            return
        files = Counter(map(self._feature_of, commit.paths))
        files.pop(LEFT_OUT, None)
        changed = files.total()
        if not changed:
            self.aside.left_out += 1
        elif self.rule.bulk and changed > self.rule.bulk:
            self.aside.bulk += 1
        else:
            self._count(commit, people, files, changed)

    def efforts(self) -> Iterator[Effort]:
        """What each feature's weeks or months come to, in order. Shares that round to no thousandth are nothing."""
        outside = self._share_out()
        self.aside.outside_days = _thousandths(outside)
        for (feature, start, role, upkeep), period in sorted(self._periods.items()):
            days = _thousandths(period.days)
            if days:
                last, people = period.last[1][:MARK], len(period.people)
                yield Effort(feature, start, role, upkeep, period.first, days, period.commits, people, last)

    def _count(self, commit: Commit, people: Mapping[str, str], files: Counter[str | None], changed: int) -> None:
        self.commits += 1
        start = start_of(commit.day, self.rule.by)
        parts = [
            (feature, self._upkeep(commit, feature, start), self._part(count, changed))
            for feature, count in files.items()
        ]
        for person, role in people.items():
            day = self._days.setdefault((person, commit.day), _Day())
            day.commits += 1
            for feature, upkeep, part in parts:
                where = (feature, role, upkeep)
                day.parts[where] = day.parts[where] + part if where in day.parts else part
        for feature, upkeep, _ in parts:
            if feature is None:
                self._note_outside(commit)
                continue
            for role in {*people.values()}:
                period = self._periods.setdefault((feature, start, role, upkeep), _Period())
                period.commits += 1
                period.first = min(period.first, commit.day)
                period.last = max(period.last, (commit.day, commit.id))

    def _upkeep(self, commit: Commit, feature: str | None, start: date) -> str:
        """A fix of a released feature is upkeep; before the release, mending is part of the making."""
        since = self._released.get(feature) if commit.fix and feature else None
        return FIXES if since is not None and start >= since else ""

    def _note_outside(self, commit: Commit) -> None:
        self.aside.outside_commits += 1
        for area in {area_of(path) for path in commit.paths if self._feature_of(path) is None}:
            if area in self.aside.areas or len(self.aside.areas) < MOST_AREAS:
                self.aside.areas[area] += 1

    def _share_out(self) -> Fraction:
        """Give each author's day to the features that it went into; answers what went elsewhere."""
        outside = Fraction(0)
        for period in self._periods.values():
            period.days, period.people = Fraction(0), set()
        for (person, on), day in self._days.items():
            each = self.rule.worth(day.commits) / day.commits
            start = start_of(on, self.rule.by)
            for (feature, role, upkeep), part in day.parts.items():
                if feature is None:
                    outside += part * each
                else:
                    period = self._periods[feature, start, role, upkeep]
                    period.days += part * each
                    period.people.add(person)
        return outside

    def _person_of(self, author: str) -> str:
        """Who an author is: their address in small letters, or their name; empty for those who do not count."""
        low = author.casefold()
        if any(part.casefold() in low for part in self.rule.not_authors):
            return ""
        if "[bot]" in low:
            self.aside.bots[author] += 1
        name, _, mail = low.rpartition(" <")
        return mail.removesuffix(">").strip() or name or low


def _thousandths(days: Fraction) -> Decimal:
    """Rounded half up, as everywhere in the ledger; person-days are never negative."""
    return Decimal((days * THOUSAND + Fraction(1, 2)) // 1).scaleb(-3)
