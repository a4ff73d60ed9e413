"""Writing a whole file into the ledger: many batches, one transaction.

Features are locked all at once, in the order of their ids; what features share (the sums of a squad's months, the end
of the history) is taken last. So two files never wait for each other in a circle, and a long one lets others work.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import IntegrityError, reset_queries, transaction
from django.db.models import Q

from features.actions.ledger import (
    Book,
    LedgerRow,
    Recorded,
    Settled,
    busy,
    changes_of,
    note,
    require_right,
    save,
    settle,
    wrong_rows,
)
from features.actions.summing import sum_months, sum_up
from features.models import Feature

BATCH: Final = 2_000
NONE: Final = Recorded(0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """A file that was read and found right.

    `batches` gives its rows, each time from the start; `features` are the keys that they name, `sources` the sources,
    `first` and `last` the days between which they lie. `names` says of (source, external_id) whether the file has it.
    """

    name: str
    batches: Callable[[], Iterable[Sequence[LedgerRow]]]
    features: Collection[str]
    sources: Collection[str]
    first: date
    last: date
    names: Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class Filed:
    """What a file came to. `gone`: entries of its sources, between its first and last day, that it does not name; they
    stand as they were, or, when it was asked for, they are zero now.
    """

    new: int
    revised: int
    unchanged: int
    gone: int


def record_contents(*, book: Book[Any], contents: Contents, withdraw: bool, by: User | None, now: datetime) -> Filed:
    """Record a file, whole or not at all. With `withdraw`, entries that it does not name any more become zero.

    Raises:
        BadInput, Forbidden: as of one batch; the file was checked before, so something has changed since.
        Conflict: `ledger_busy`.
    """
    try:
        with transaction.atomic():
            return _record(book, contents, withdraw, by, now)
    except IntegrityError as error:
        raise busy() from error


def _record(book: Book[Any], contents: Contents, withdraw: bool, by: User | None, now: datetime) -> Filed:  # noqa: FBT001
    _lock(book, contents, withdraw=withdraw)
    gone, writing, total = _gone(book, contents), _Writing(book, by, now), NONE
    for rows in contents.batches():
        total = _plus(total, writing.write(rows))
    for rows in _zeros(book, gone, contents.name) if withdraw else ():
        writing.write(rows)
    sum_months(writing.months)
    if writing.features:
        more = {"file": contents.name, "withdrawn": len(gone) if withdraw else 0}
        note(book=book, features=writing.features, recorded=total, by=by, now=now, more=more)
    return Filed(total.new, total.revised, total.unchanged, len(gone))


def preview_contents(
    *,
    book: Book[Any],
    batches: Iterable[Sequence[LedgerRow]],
    by: User | None,
    now: datetime,
    seen: Callable[[Sequence[LedgerRow], Settled[Any]], None],
) -> Recorded:
    """What recording these rows would come to, found out by what records them; nothing is written, no row is locked.

    `seen` is given each batch with what it comes to.
    """
    total = NONE
    for rows in batches:
        settled = settle(book=book, rows=rows, by=by, now=now, lock=False)
        seen(rows, settled)
        total = _plus(total, settled.recorded)
        reset_queries()
    return total


def count_gone(*, book: Book[Any], contents: Contents) -> int:
    """How many entries that have a value the file does not name any more."""
    return len(_gone(book, contents))


@dataclass(slots=True)
class _Writing:
    """A file that is being written, and what is left for the end: the sums by month, and whose history it is."""

    book: Book[Any]
    by: User | None
    now: datetime
    months: dict[Any, Any] = field(default_factory=dict)
    features: set[str] = field(default_factory=set)

    def write(self, rows: Sequence[LedgerRow]) -> Recorded:
        """Write one batch."""
        require_right(wrong_rows(book=self.book, rows=rows, now=self.now))
        settled = settle(book=self.book, rows=rows, by=self.by, now=self.now)
        save(book=self.book, settled=settled, now=self.now)
        changes = changes_of(settled)
        sum_up(model=self.book.model, changes=changes, squads=settled.squads, later=self.months)
        if settled.made:
            self.features |= {row.feature for row in rows}
        reset_queries()  # where DEBUG is on, Django would keep every statement of the file in memory
        return replace(settled.recorded, ids=())


def _lock(book: Book[Any], contents: Contents, *, withdraw: bool) -> None:
    which = Q(key__in=contents.features)
    if withdraw:
        which |= Q(pk__in=_standing(book, contents).values("feature"))
    list(Feature.objects.select_for_update(no_key=True).filter(which).order_by("pk").values_list("pk", flat=True))


def _standing(book: Book[Any], contents: Contents) -> Any:
    """The entries that stand under the sources of the file, between its first and last day."""
    return book.model._default_manager.filter(
        source__in=contents.sources,
        on__range=(contents.first, contents.last),
        superseded_at__isnull=True,
    ).exclude(external_id="")


def _gone(book: Book[Any], contents: Contents) -> list[int]:
    """The ids of the entries with a value that the file does not name; what is zero already is left alone."""
    entries = _standing(book, contents).filter(book.has_value)
    named = entries.order_by().values_list("pk", "source", "external_id").iterator(chunk_size=BATCH)
    return [pk for pk, source, external_id in named if not contents.names(source, external_id)]


def _zeros(book: Book[Any], gone: Sequence[int], name: str) -> Iterator[list[LedgerRow]]:
    for start in range(0, len(gone), BATCH):
        entries = book.model._default_manager.filter(pk__in=gone[start : start + BATCH]).select_related("feature")
        yield [book.emptied(entry, f"No longer in {name}.") for entry in entries]


def _plus(one: Recorded, other: Recorded) -> Recorded:
    return Recorded(one.new + other.new, one.revised + other.revised, one.unchanged + other.unchanged)
