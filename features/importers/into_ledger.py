"""From a file into the ledger: every line is looked at before any is written, and what a preview shows is found out by
what records.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any, Final

from django.contrib.auth.models import User

from features.actions.filing import BATCH, Contents, Filed, count_gone, preview_contents, record_contents
from features.actions.ledger import Book, LedgerRow, Settled, wrong_rows
from features.errors import BadInput, FieldError, wrong
from features.importers.csv_file import LineErrors, nearest
from features.importers.naming import Names
from features.models import Feature
from features.queries.people import squads_of

FIRST: Final = 10
NOTHING: Final = Decimal(0)
Placed = tuple[int, LedgerRow]
"""A row, and the line of the file that it stands on (of several that became one: the first)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A file as entries of one book. `rows` reads it from its start; what is wrong goes to the errors it is given.

    `source` is what rows are known under that name none; `remarks` is what else is to be said about the file.
    """

    name: str
    book: Book[Any]
    source: str
    rows: Callable[[LineErrors], Iterator[Placed]]
    remarks: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class FeatureSum:
    """What a file says of one feature: `money` in `CURRENCY`, and the person-days that carry none."""

    feature: str
    rows: int
    money: Decimal
    days: Decimal


@dataclass(frozen=True, slots=True)
class FirstRow:
    """One row of the file, and what becomes of it: `new`, `revised` or `unchanged`."""

    line: int
    row: LedgerRow
    becomes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What recording a file would come to. `gone`: entries of its sources and days that it does not name any more.

    `wrong` counts all errors, `errors` are the first hundred of them. A file with errors is not recorded.
    """

    new: int
    revised: int
    unchanged: int
    gone: int
    wrong: int
    errors: Sequence[FieldError]
    sums: Sequence[FeatureSum]
    first: Sequence[FirstRow]
    remarks: Sequence[str]

    @property
    def rows(self) -> int:
        """How many rows are right."""
        return self.new + self.revised + self.unchanged

    @property
    def money(self) -> Decimal:
        """The sum of all features, in `CURRENCY`."""
        return sum((one.money for one in self.sums), NOTHING)

    @property
    def days(self) -> Decimal:
        """Person-days without money, of all features."""
        return sum((one.days for one in self.sums), NOTHING)


def record_reading(*, reading: Reading, by: User | None, now: datetime, withdraw: bool = False) -> Filed:
    """Record a file, whole or not at all. With `withdraw`, what its sources had between its first and its last day and
    the file does not name any more becomes zero. `by` None is the command line.

    Raises:
        BadInput: wrong lines, as `lines.3.amount`, the first hundred of them; or there are no rows.
        Forbidden, Conflict: as of one batch of the ledger.
    """
    looked = _Look(reading, by, now)
    for _ in looked.batches():
        pass
    looked.errors.refuse(reading.name)
    filed = record_contents(book=reading.book, contents=looked.contents(), withdraw=withdraw, by=by, now=now)
    return replace(filed, unchanged=filed.unchanged + looked.repeated)


def preview_reading(*, reading: Reading, by: User | None, now: datetime) -> Preview:
    """What recording a file would come to; nothing is written.

    Raises:
        BadInput: the file cannot be read, or has no rows.
    """
    looked, shown = _Look(reading, by, now), _Shown()
    batches = ([row for _, row in shown.next(batch)] for batch in looked.batches())
    total = preview_contents(book=reading.book, batches=batches, by=by, now=now, seen=shown.see)
    right = not looked.errors.count
    return Preview(
        new=total.new,
        revised=total.revised,
        unchanged=total.unchanged + looked.repeated,
        gone=count_gone(book=reading.book, contents=looked.contents()) if right else 0,
        wrong=looked.errors.count,
        errors=sorted(looked.errors.found, key=lambda error: int(error.field.split(".")[1])),
        sums=sorted(shown.sums.values(), key=lambda one: (-one.money, -one.days, one.feature)),
        first=shown.first,
        remarks=reading.remarks,
    )


@dataclass(slots=True)
class _Look:
    """One walk through a file: its rows in batches, those that are wrong left out and noted."""

    reading: Reading
    by: User | None
    now: datetime
    errors: LineErrors = field(default_factory=LineErrors)
    names: Names = field(default_factory=Names)
    features: set[str] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)
    days: tuple[date, date] | None = None
    repeated: int = 0
    squads: dict[str, int] = field(default_factory=dict)
    allowed: frozenset[int] = frozenset()
    hints: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.squads = dict(Feature.objects.values_list("key", "squad_id"))
        self.allowed = squads_of(self.by, set(self.squads.values()))

    def batches(self) -> Iterator[list[Placed]]:
        """The rows that are right, in batches.

        Raises:
            BadInput: there is no row at all.
        """
        found = self.reading.rows(self.errors)
        read = 0
        while placed := list(islice(found, BATCH)):
            read += len(placed)
            if batch := self._right(placed):
                yield batch
        if not read and not self.errors.count:
            because = " ".join(self.reading.remarks) or "There is no row below its header."
            raise wrong("file", f"{self.reading.name} holds nothing to record. {because}", code="empty")

    def contents(self) -> Contents:
        """The whole file, after a walk to its end that found nothing wrong."""
        first, last = self.days or (date.max, date.min)
        return Contents(
            name=self.reading.name,
            batches=self._again,
            features=self.features,
            sources=self.sources,
            first=first,
            last=last,
            names=self.names.has,
        )

    def _again(self) -> Iterator[list[LedgerRow]]:
        again = _Look(self.reading, self.by, self.now)
        for batch in again.batches():
            yield [row for _, row in batch]
        if again.errors.count:
            raise BadInput(code="invalid", detail=f"{self.reading.name} has changed while it was read. Try again.")

    def _right(self, placed: Sequence[Placed]) -> list[Placed]:
        named = [one for each in placed if (one := self._named(*each))]
        faults = wrong_rows(book=self.reading.book, rows=[row for _, row in named], now=self.now)
        bad = set()
        for fault in faults:
            _, place, column = fault.field.split(".", 2)
            bad.add(int(place))
            self.errors.add(named[int(place)][0], column, fault.detail, code=fault.code)
        right = [each for place, each in enumerate(named) if place not in bad]
        for _, row in right:
            self.features.add(row.feature)
            self.sources.add(row.source)
            first, last = self.days or (row.on, row.on)
            self.days = min(first, row.on), max(last, row.on)
        return right

    def _named(self, line: int, row: LedgerRow) -> Placed | None:
        """The row with its source and its name; None when it is wrong, or stands in the file already."""
        row = replace(row, source=row.source or self.reading.source)
        if refused := self._refused(row.feature):
            self.errors.add(line, "feature", refused[1], code=refused[0])
            return None
        if not row.external_id:
            return line, replace(row, external_id=self.names.name(row))
        before = self.names.repeats(row)
        if self.names.take(row) is None:
            detail = f"“{row.external_id}” stands in the file already, with other values. Keep one of them."
            self.errors.add(line, "external_id", detail, code="duplicate")
            return None
        self.repeated += before
        return None if before else (line, row)

    def _refused(self, key: str) -> tuple[str, str] | None:
        squad = self.squads.get(key)
        if squad is None:
            if key not in self.hints:
                self.hints[key] = nearest(key, list(self.squads)) if len(self.hints) < FIRST * FIRST else ""
            return "unknown", f"There is no feature “{key}”.{self.hints[key]}" if key else "Name the feature."
        if squad not in self.allowed:
            return "not_yours", f"“{key}” belongs to another squad: its members, leaders and administrators record it."
        return None


@dataclass(slots=True)
class _Shown:
    """What a preview gathers on its way."""

    sums: dict[str, FeatureSum] = field(default_factory=dict)
    first: list[FirstRow] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    def next(self, batch: list[Placed]) -> list[Placed]:
        """Remember on which lines the rows of the next batch stand."""
        self.lines = [line for line, _ in batch]
        return batch

    def see(self, rows: Sequence[LedgerRow], settled: Settled[Any]) -> None:
        """Add up a batch, and keep the first rows of the file."""
        for line, row, entry in zip(self.lines, rows, settled.standing, strict=True):
            before = self.sums.get(row.feature) or FeatureSum(row.feature, 0, NOTHING, NOTHING)
            days = getattr(entry, "person_days", None) if entry.amount_base is None else None
            self.sums[row.feature] = FeatureSum(
                row.feature,
                before.rows + 1,
                before.money + (entry.amount_base or NOTHING),
                before.days + (days or NOTHING),
            )
            if len(self.first) < FIRST:
                becomes = "unchanged" if entry.pk else "new" if entry.revision == 1 else "revised"
                self.first.append(FirstRow(line, row, becomes))
