"""Writing the ledger in bulk: what investments and returns have in common.

An entry is known by (source, external_id). Sent again unchanged it writes nothing; changed, the earlier entry is
superseded and the next revision stands beside it. Twice alike in one batch it is written once; twice with different
values it is refused. A batch is written whole or not at all, with a number of queries that does not depend on its
length (databases that limit the size of one statement take it in slices).
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from operator import attrgetter
from types import SimpleNamespace
from typing import Any, Final, Generic, TypeVar, cast

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from features.actions.copying import copy_rows, reserve_ids
from features.actions.recording import record
from features.actions.summing import sum_up
from features.errors import BadInput, Conflict, FieldError, Forbidden
from features.models import Feature, Stint
from features.models.ledger import LedgerEntry
from features.numbers import exact
from features.queries.people import squads_of
from features.queries.stints import Stay, stint_of, stints_by_feature
from features.texts import LONGEST as LONGEST_TEXT

AHEAD: Final = timedelta(days=31)
SLICE: Final = 10_000  # SQLite takes 32,766 values in one statement
FIRST_DAY: Final = date(1970, 1, 1)
LARGEST: Final = Decimal(10) ** 12
LARGEST_RATE: Final = Decimal(10) ** 10
CENT: Final = Decimal("0.01")
LONGEST: Final = {"source": 80, "external_id": 200, "note": LONGEST_TEXT}
CURRENCY_CODE: Final = re.compile("[A-Z]{3}")
NO_DAY: Final = "The day lies more than 31 days ahead: record what has happened."

Entry = TypeVar("Entry", bound=LedgerEntry)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """One entry as it is sent: `feature` by key; `rate` turns `currency`, where it is foreign, into the house's own."""

    feature: str
    on: date
    amount: Decimal | None = None
    currency: str = ""
    rate: Decimal | None = None
    source: str = ""
    external_id: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a batch came to, and the entries that now stand for its rows (their ids, in the order of the rows)."""

    new: int
    revised: int
    unchanged: int
    ids: tuple[int, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Book(Generic[Entry]):
    """One kind of entry: its table, `own`, which gives the columns of the kind, and `doubts`, which names faults.

    `emptied` is the row that makes an entry worth nothing, with a note; `has_value` tells those that are worth more.
    """

    model: type[Entry]
    own: Callable[[Any], dict[str, Any]]
    doubts: Callable[[Any], Sequence[tuple[str, str]]]
    emptied: Callable[[Any, str], LedgerRow]
    has_value: Q


@dataclass(slots=True)
class _Batch(Generic[Entry]):
    """The rows of one batch with all that is needed to write them, loaded once."""

    rows: Sequence[LedgerRow]
    features: Mapping[str, Feature]
    stints: Mapping[int, Sequence[Stay]]
    standing: Mapping[tuple[str, str], Entry]


@dataclass(frozen=True, slots=True)
class Settled(Generic[Entry]):
    """What writing a batch comes to, before it is written: what is new, what that takes the place of, and for each row
    the entry that stands for it. `squads`: of each feature, by its id.

    What is new has the columns of an entry and is none of the ORM's objects: those cost more than all the rest.
    """

    made: Sequence[Entry]
    superseded: Sequence[Entry]
    standing: Sequence[Entry]
    squads: Mapping[int, int]

    @property
    def recorded(self) -> Recorded:
        """The counts, with the ids of those entries that have one already."""
        return Recorded(
            new=len(self.made) - len(self.superseded),
            revised=len(self.superseded),
            unchanged=len(self.standing) - len(self.made),
            ids=tuple(entry.pk for entry in self.standing),
        )


def record_entries(*, book: Book[Any], rows: Sequence[LedgerRow], by: User | None, now: datetime) -> Recorded:
    """Write a batch of entries of one kind.

    Raises:
        BadInput: the rows that are wrong, as `rows.3.amount`.
        Forbidden: the rows whose feature belongs to somebody else.
        Conflict: `ledger_busy`, another batch writes the same entries at this moment.
    """
    require_right(wrong_rows(book=book, rows=rows, now=now))
    for _ in range(3):
        try:
            with transaction.atomic():
                return _write(book, rows, by, now)
        except IntegrityError:
            continue  # another batch was first with one of these entries: look again
    raise busy()


def busy() -> Conflict:
    """The refusal of a batch that meets another one with the same entries."""
    return Conflict(code="ledger_busy", detail="Another batch is writing the same entries. Send this one again.")


def _write(book: Book[Any], rows: Sequence[LedgerRow], by: User | None, now: datetime) -> Recorded:
    settled = settle(book=book, rows=rows, by=by, now=now)
    save(book=book, settled=settled, now=now)
    sum_up(model=book.model, changes=changes_of(settled), squads=settled.squads)
    if settled.made:
        note(book=book, features={row.feature for row in rows}, recorded=settled.recorded, by=by, now=now)
    return settled.recorded


def changes_of(settled: Settled[Any]) -> list[tuple[Any, int]]:
    """What the sums of the ledger have to follow."""
    return [*((one, 1) for one in settled.made), *((one, -1) for one in settled.superseded)]


def settle(
    *, book: Book[Entry], rows: Sequence[LedgerRow], by: User | None, now: datetime, lock: bool = True
) -> Settled[Entry]:
    """Find out what writing these rows comes to. What is written and what is only looked at is found out here alike;
    to write it, the caller is in a transaction and lets the features be locked.

    Raises:
        BadInput: a feature is not known. Forbidden: it belongs to somebody else.
    """
    batch = _load(book.model, rows, lock=lock)
    _require_allowed(batch, by)
    made: list[Entry] = []
    superseded: list[Entry] = []
    standing: list[Entry] = []
    met: dict[tuple[str, str], Entry] = {}
    for row in rows:
        identity = (row.source, row.external_id)
        if row.external_id and identity in met:  # the same once more: two that differ were refused before
            standing.append(met[identity])
            continue
        earlier = batch.standing.get(identity) if row.external_id else None
        own = book.own(row)
        entry = cast("Entry", SimpleNamespace(**_columns(row, batch, now), **own, recorded_by_id=by.pk if by else None))
        if earlier is not None and _same(earlier, entry, own):
            met[identity] = earlier
            standing.append(earlier)
            continue
        if earlier is not None:
            superseded.append(earlier)
            entry.revision = earlier.revision + 1
            entry.first_recorded_at = earlier.first_recorded_at
        met[identity] = entry
        made.append(entry)
        standing.append(entry)
    squads = {feature.pk: feature.squad_id for feature in batch.features.values()}
    return Settled(made, superseded, standing, squads)


def _load(model: type[Entry], rows: Sequence[LedgerRow], *, lock: bool) -> _Batch[Entry]:
    """The features first, with their locks: batches for the same feature then see each other's entries."""
    features = _features(lock=lock, key__in={row.feature for row in rows})
    missing = [
        FieldError(f"rows.{place}.feature", "unknown", f"There is no feature “{row.feature}”.")
        for place, row in enumerate(rows)
        if row.feature not in features
    ]
    require_right(missing)
    before = _standing(model, [row for row in rows if row.external_id])
    held = {feature.pk for feature in features.values()}
    moved = {entry.feature_id for entry in before.values()} - held
    if moved:
        features |= _features(lock=lock, pk__in=moved)
    return _Batch(rows, features, stints_by_feature(held), before)


def _features(*, lock: bool, **which: Any) -> dict[str, Feature]:
    """Features by key, locked in the order of their ids, so that two batches never wait for each other."""
    rows = Feature.objects.filter(**which).order_by("pk")
    return {feature.key: feature for feature in (rows.select_for_update(no_key=True) if lock else rows)}


def _standing(model: type[Entry], rows: Sequence[LedgerRow]) -> dict[tuple[str, str], Entry]:
    """The entries that stand for the identities of these rows, in slices that every database takes. That no id is
    empty is said for PostgreSQL: it does not look through so many itself to see that its index serves.
    """
    found: dict[tuple[str, str], Entry] = {}
    for start in range(0, len(rows), SLICE):
        wanted = {(row.source, row.external_id) for row in rows[start : start + SLICE]}
        entries = model._default_manager.filter(
            ~Q(external_id=""),
            source__in={source for source, _ in wanted},
            external_id__in={external_id for _, external_id in wanted},
            superseded_at__isnull=True,
        )
        found |= {identity: entry for entry in entries if (identity := (entry.source, entry.external_id)) in wanted}
    return found


def _require_allowed(batch: _Batch[Any], by: User | None) -> None:
    by_id = {feature.pk: feature for feature in batch.features.values()}
    allowed = squads_of(by, {feature.squad_id for feature in by_id.values()})
    refused = []
    for place, row in enumerate(batch.rows):
        earlier = batch.standing.get((row.source, row.external_id)) if row.external_id else None
        touched = [batch.features[row.feature], *([by_id[earlier.feature_id]] if earlier else [])]
        foreign = [feature.key for feature in touched if feature.squad_id not in allowed]
        if foreign:
            detail = f"“{foreign[0]}” belongs to another squad: its members, leaders and administrators record for it."
            refused.append(FieldError(f"rows.{place}.feature", "not_yours", detail))
    _require(Forbidden, "not_yours", refused)


def _columns(row: LedgerRow, batch: _Batch[Any], now: datetime) -> dict[str, Any]:
    feature = batch.features[row.feature]
    rate, stint = _rate(row), stint_of(batch.stints.get(feature.pk, ()), row.on)
    return {
        "id": None,
        "pk": None,
        "feature": feature,
        "feature_id": feature.pk,
        "stint_id": stint.pk if stint else None,
        "on": row.on,
        "amount": row.amount,
        "currency": row.currency or settings.CURRENCY,
        "rate": rate,
        "amount_base": None if row.amount is None else (row.amount * rate).quantize(CENT, ROUND_HALF_UP),
        "source": row.source,
        "external_id": row.external_id,
        "note": row.note,
        "revision": 1,
        "first_recorded_at": now,
        "recorded_at": now,
        "superseded_at": None,
    }


def _rate(row: LedgerRow) -> Decimal:
    return row.rate if row.rate is not None and row.amount is not None else Decimal(1)


def _same(earlier: LedgerEntry, entry: LedgerEntry, own: Mapping[str, Any]) -> bool:
    names = ("feature_id", "on", "amount", "currency", "rate", "note", *own)
    return all(getattr(earlier, name) == getattr(entry, name) for name in names)


def save(*, book: Book[Any], settled: Settled[Any], now: datetime) -> None:
    """Write what was settled, in the caller's transaction; the sums follow by `sum_up`, the history by `note`.

    Raises:
        IntegrityError: another batch was first with one of these entries.
    """
    for start in range(0, len(settled.superseded), SLICE):
        slice_ = [entry.pk for entry in settled.superseded[start : start + SLICE]]
        current = book.model._default_manager.filter(pk__in=slice_, superseded_at__isnull=True)
        if current.update(superseded_at=now) != len(slice_):
            raise IntegrityError("an entry was superseded meanwhile")
    if settled.made:
        _insert(book.model, settled.made)
    touched = {entry.stint_id for entry in (*settled.made, *settled.superseded) if entry.stint_id}
    if touched:
        Stint.objects.filter(pk__in=touched).update(facts_version=F("facts_version") + 1)


def _insert(model: type[LedgerEntry], made: Sequence[Any]) -> None:
    for entry, number in zip(made, reserve_ids(model, len(made)), strict=True):
        entry.id = entry.pk = number
    names = [field.attname for field in model._meta.concrete_fields]
    copy_rows(model, names=names, rows=map(attrgetter(*names), made))


def note(
    *,
    book: Book[Any],
    features: Collection[str],
    recorded: Recorded,
    by: User | None,
    now: datetime,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Write into the history what was recorded, and `more` about it, as the last step of the transaction."""
    names = sorted(features)
    word = str(book.model._meta.db_table).removesuffix("_entry")
    subject = f"feature:{names[0]}" if len(names) == 1 else f"ledger:{word}"
    body = {"new": recorded.new, "revised": recorded.revised, "features": names[:50], "feature_count": len(names)}
    record(act=f"{word}_recorded", subject=subject, by=by, now=now, body=body | dict(more or {}))


def wrong_rows(*, book: Book[Any], rows: Sequence[LedgerRow], now: datetime) -> list[FieldError]:
    """What is wrong with rows in themselves, as `rows.3.amount`."""
    errors: list[FieldError] = []
    seen: dict[tuple[str, str], int] = {}
    latest = timezone.localdate(now) + AHEAD
    for place, row in enumerate(rows):
        found = [*_doubts(row, latest), *book.doubts(row)]
        errors += [FieldError(f"rows.{place}.{name}", "invalid", detail) for name, detail in found]
        identity = (row.source, row.external_id)
        first = seen.setdefault(identity, place) if row.external_id else place
        if first != place and meant(rows[first]) != meant(row):
            detail = f"“{row.external_id}” stands in rows {first} and {place} with different values. Send it once."
            errors.append(FieldError(f"rows.{place}.external_id", "duplicate", detail))
    return errors


def meant(row: LedgerRow) -> LedgerRow:
    """The row with what it leaves out: two rows that mean the same are equal."""
    return replace(row, currency=row.currency or settings.CURRENCY, rate=_rate(row))


def _doubts(row: LedgerRow, latest: date) -> Sequence[tuple[str, str]]:
    found = []
    if row.on > latest:
        found.append(("on", NO_DAY))
    elif row.on < FIRST_DAY:
        found.append(("on", "The day lies before 1970."))
    found += _money_doubts(row)
    for name, most in LONGEST.items():
        if len(getattr(row, name)) > most:
            found.append((name, f"Use {most} characters at most."))
    return found


def _money_doubts(row: LedgerRow) -> Sequence[tuple[str, str]]:
    currency = row.currency or settings.CURRENCY
    if not CURRENCY_CODE.fullmatch(currency):
        return [("currency", f"“{currency}” is not three capital letters, A to Z, as ISO 4217 writes currencies: EUR.")]
    if row.amount is None:
        return []
    return _rate_doubts(row.rate, currency) or _amount_doubts(row.amount, row.rate or Decimal(1))


def _rate_doubts(rate: Decimal | None, currency: str) -> Sequence[tuple[str, str]]:
    if currency == settings.CURRENCY:
        return [] if rate in (None, Decimal(1)) else [("rate", f"The rate of {currency} to itself is 1.")]
    if rate is None:
        return [("rate", f"Give the rate that turns {currency} into {settings.CURRENCY}.")]
    if not exact(rate, LARGEST_RATE, places=8, low=Decimal("0.00000001")):
        return [("rate", "A rate is above 0, with 8 decimals at most.")]
    return []


def _amount_doubts(amount: Decimal, rate: Decimal) -> Sequence[tuple[str, str]]:
    if not exact(amount, LARGEST, places=2, low=-LARGEST):
        return [("amount", "An amount has at most 2 decimals and 12 digits before them.")]
    if abs(amount * rate) >= LARGEST:
        return [("amount", f"In {settings.CURRENCY} this amount has more than 12 digits.")]
    return []


def require_right(errors: Sequence[FieldError]) -> None:
    """Refuse rows that are wrong: BadInput."""
    _require(BadInput, "invalid", errors)


def _require(kind: type[BadInput | Forbidden], code: str, errors: Sequence[FieldError]) -> None:
    """Refuse with these errors, the first hundred by name."""
    if errors:
        more = f" ({len(errors)} errors in all)" if len(errors) > 1 else ""
        detail = f"{errors[0].field}: {errors[0].detail}{more} Nothing was written."
        raise kind(code=code, detail=detail, errors=errors[:100])
