"""Saying what a squad works on: shares of its weeks, in percent, never more than 100 in all.

A share goes into a feature of the squad; one that has gone into a feature before it was handed over, or before it
ended, may be lowered and never raised. What was taken out stays as a row of 0, so that the clock books that as well.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from features.actions.ledger import FIRST_DAY
from features.actions.recording import record
from features.errors import BadInput, Conflict, FieldError, Forbidden, Refusal
from features.models import Allocation, Feature, Squad
from features.numbers import exact
from features.queries.allocations import (
    HUNDRED,
    Shares,
    furthest,
    may_take,
    shares_in,
    state_of,
    week_before,
    week_of,
)
from features.queries.people import squads_of

ABOVE: Final = Decimal("100.01")
NO_SHARE: Final = "A share is a percentage from 0 to 100, with 2 decimals at most."


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationRow:
    """One share as it is sent: `squad` by slug, `week` by its Monday, `feature` by key. 0 takes it out."""

    squad: str
    week: date
    feature: str
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Allocated:
    """What came of it: shares that are new, changed and as they were; `left_out` are features that could not be copied.

    `ids` are the rows that stand for what was sent, in its order; None where nothing stands because it is 0.
    """

    new: int
    revised: int
    unchanged: int
    ids: tuple[int | None, ...] = field(default=(), repr=False)
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Sent:
    """Rows with the names under which their errors are told."""

    rows: Sequence[AllocationRow]
    listed: bool

    def name(self, place: int, column: str) -> str:
        """`rows.3.percent` of a list; `shares.one-tap` of one week."""
        return f"rows.{place}.{column}" if self.listed else f"shares.{self.rows[place].feature}"


@dataclass(slots=True)
class _Scene:
    """What the rows are about, loaded once and under the squads' locks."""

    squads: Mapping[str, Squad]
    features: Mapping[str, Feature]
    standing: dict[tuple[int, date, int], Allocation]

    def earlier(self, row: AllocationRow) -> Allocation | None:
        """The share that stands."""
        return self.standing.get((self.squads[row.squad].pk, row.week, self.features[row.feature].pk))


@transaction.atomic
def allocate(
    *,
    squad: Squad,
    week: date,
    shares: Mapping[str, Decimal],
    by: User | None,
    now: datetime,
    expected: str | None = None,
) -> Allocated:
    """Set a squad's whole week: percent by the key of the feature; what is not named is taken out.

    `expected` is the state that was read (`state_of` of its shares).

    Raises:
        BadInput: a share, the sum or the week will not do, as `shares.KEY`, `shares` or `week`. Forbidden: not of it.
        Conflict: `week_changed`, somebody else changed it since; what stands now is in `extra`.
    """
    held = _locked([squad.slug])[squad.slug]
    _require_member(held, by)
    before = shares_in(squad=held, week=week)
    _require_state(held, week, before, expected)
    wanted = {**dict.fromkeys(before, Decimal(0)), **shares}
    rows = [AllocationRow(squad=squad.slug, week=week, feature=key, percent=wanted[key]) for key in sorted(wanted)]
    return _write(_Sent(rows, listed=False), by, now)


@transaction.atomic
def copy_last_week(
    *, squad: Squad, week: date, by: User | None, now: datetime, expected: str | None = None
) -> Allocated:
    """Set a squad's week as the last earlier one that has shares. Features that have ended or moved are left out.

    Raises:
        Conflict: `nothing_to_copy`; `week_changed` as `allocate` does. Forbidden: not of the squad.
    """
    held = _locked([squad.slug])[squad.slug]
    _require_member(held, by)
    source = week_before(squad=held, week=week)
    if source is None:
        detail = "No earlier week of this squad has shares. Write the first ones; the next week can copy them."
        raise Conflict(code="nothing_to_copy", detail=detail)
    shares = shares_in(squad=held, week=source)
    features = {one.key: one for one in Feature.objects.filter(key__in=shares)}
    left_out = [key for key in shares if not may_take(features[key], squad=held, week=week)]
    kept = {key: share for key, share in shares.items() if key not in left_out}
    done = allocate(squad=held, week=week, shares=kept, by=by, now=now, expected=expected)
    names = tuple(features[key].name for key in left_out)
    return Allocated(done.new, done.revised, done.unchanged, done.ids, names)


@transaction.atomic
def record_allocations(*, rows: Sequence[AllocationRow], by: User | None, now: datetime) -> Allocated:
    """Set shares one by one, of any squads and weeks, whole or not at all; other shares of these weeks stay.

    Raises:
        BadInput: the rows that are wrong, as `rows.3.percent`. Forbidden: the rows of other people's squads.
    """
    return _write(_Sent(rows, listed=True), by, now)


def _write(sent: _Sent, by: User | None, now: datetime) -> Allocated:
    _require(BadInput, "invalid", _wrong_rows(sent, now))
    scene = _load(sent)
    _require_allowed(sent, scene, by)
    _require(BadInput, "invalid", [*_wrong_features(sent, scene)])
    before = _weeks(scene)
    made, changed = _apply(sent, scene, by, now)
    _require(BadInput, "invalid", _too_much(sent, scene))
    Allocation.objects.bulk_create(made)
    Allocation.objects.bulk_update(changed, ["percent", "changed_at", "changed_by", "booked_at"], batch_size=500)
    _note(scene, [*made, *changed], before, by, now)
    ids = tuple(stands.pk if (stands := scene.earlier(row)) else None for row in sent.rows)
    return Allocated(len(made), len(changed), len(sent.rows) - len(made) - len(changed), ids)


def _load(sent: _Sent) -> _Scene:
    squads = _locked({row.squad for row in sent.rows})
    wanted = {row.feature for row in sent.rows}
    features = {one.key: one for one in Feature.objects.filter(key__in=wanted).select_related("squad")}
    missing = [
        FieldError(sent.name(place, column), "unknown", f"There is no {column} “{getattr(row, column)}”.")
        for place, row in enumerate(sent.rows)
        for column, known in (("squad", squads), ("feature", features))
        if getattr(row, column) not in known
    ]
    _require(BadInput, "invalid", missing)
    weeks = {row.week for row in sent.rows}
    standing = Allocation.objects.filter(squad__in=[one.pk for one in squads.values()], week__in=weeks)
    rows = standing.select_related("feature")
    return _Scene(squads, features, {(row.squad_id, row.week, row.feature_id): row for row in rows})


def _locked(slugs: Collection[str]) -> dict[str, Squad]:
    """The squads, locked in the order of their ids: of two who write the same week, one waits for the other."""
    rows = Squad.objects.select_for_update(no_key=True, of=("self",)).filter(slug__in=slugs).order_by("pk")
    return {squad.slug: squad for squad in rows}


def _require_state(squad: Squad, week: date, stands: Shares, expected: str | None) -> None:
    if expected is None or expected == state_of(stands):
        return
    last = (
        Allocation.objects.filter(squad=squad, week=week).select_related("changed_by").order_by("-changed_at").first()
    )
    who = last.changed_by.get_full_name() or last.changed_by.get_username() if last and last.changed_by else "Somebody"
    said = ", ".join(f"{key} {share.normalize():f} %" for key, share in stands.items()) or "nothing"
    detail = f"{who} changed this week since you read it. It now says: {said}. Nothing of yours was written yet."
    extra = {"shares": {key: str(share) for key, share in stands.items()}, "state": state_of(stands)}
    raise Conflict(code="week_changed", detail=detail, extra=extra)


def _require_member(squad: Squad, by: User | None) -> None:
    if squad.pk not in squads_of(by, {squad.pk}):
        raise Forbidden(code="not_yours", detail=_whose(squad))


def _whose(squad: Squad) -> str:
    return f"{squad.name} says itself what it works on: its members, its tribe's leaders and administrators do."


def _require_allowed(sent: _Sent, scene: _Scene, by: User | None) -> None:
    allowed = squads_of(by, {squad.pk for squad in scene.squads.values()})
    refused = [
        FieldError(sent.name(place, "squad"), "not_yours", _whose(squad))
        for place, row in enumerate(sent.rows)
        if (squad := scene.squads[row.squad]).pk not in allowed
    ]
    _require(Forbidden, "not_yours", refused)


def _wrong_rows(sent: _Sent, now: datetime) -> list[FieldError]:
    """What can be seen without the database. A week that is wrong for all rows is told once."""
    errors: list[FieldError] = []
    seen: dict[tuple[str, date, str], int] = {}
    last = furthest(timezone.localdate(now))
    for place, row in enumerate(sent.rows):
        if doubt := _doubt_of_week(row.week, last):
            errors.append(FieldError(sent.name(place, "week") if sent.listed else "week", "invalid", doubt))
            if not sent.listed:
                return errors
        if not exact(row.percent, ABOVE, places=2, low=Decimal(0)):
            errors.append(FieldError(sent.name(place, "percent"), "invalid", NO_SHARE))
        first = seen.setdefault((row.squad, row.week, row.feature), place)
        if first != place and sent.rows[first].percent != row.percent:
            detail = f"“{row.feature}” stands in rows {first} and {place} with different shares. Send it once."
            errors.append(FieldError(sent.name(place, "feature"), "duplicate", detail))
    return errors


def _doubt_of_week(week: date, last: date) -> str:
    if week < FIRST_DAY:
        return "The week lies before 1970."
    if week > last:
        return f"The week lies more than a year ahead: plan up to the week of {last}."
    monday = week_of(week)
    return "" if week == monday else f"{week} is a {week:%A}. A week is named by its Monday: {monday}."


def _wrong_features(sent: _Sent, scene: _Scene) -> Iterable[FieldError]:
    """A share that is new or grows goes into a feature of the squad that had not ended before the week."""
    for place, row in enumerate(sent.rows):
        squad, feature, earlier = scene.squads[row.squad], scene.features[row.feature], scene.earlier(row)
        if row.percent <= (earlier.percent if earlier else 0) or may_take(feature, squad=squad, week=row.week):
            continue
        if feature.squad_id != squad.pk:
            detail = f"“{feature.key}” belongs to {feature.squad.name}, which says itself what goes into it."
            yield FieldError(sent.name(place, "feature"), "not_yours", detail)
        else:
            detail = f"“{feature.key}” ended on {feature.ended_on}, before this week. Put its share into another one."
            yield FieldError(sent.name(place, "feature"), "feature_ended", detail)


def _apply(sent: _Sent, scene: _Scene, by: User | None, now: datetime) -> tuple[list[Allocation], list[Allocation]]:
    """Write the rows into the scene: those that are new, and those that change."""
    made: list[Allocation] = []
    changed: dict[int, Allocation] = {}
    for row in sent.rows:
        squad, feature, earlier = scene.squads[row.squad], scene.features[row.feature], scene.earlier(row)
        if earlier is None:
            if not row.percent:
                continue
            earlier = Allocation(squad=squad, week=row.week, feature=feature, percent=0)
            scene.standing[squad.pk, row.week, feature.pk] = earlier
            made.append(earlier)
        elif earlier.percent == row.percent:
            continue
        else:
            changed[id(earlier)] = earlier
        earlier.percent, earlier.changed_at, earlier.changed_by = row.percent, now, by
        earlier.booked_at = None  # whatever the clocks of two machines say, the clock books it again
    return made, list(changed.values())


def _too_much(sent: _Sent, scene: _Scene) -> list[FieldError]:
    totals: dict[tuple[int, date], Decimal] = {}
    for (squad, week, _), row in scene.standing.items():
        totals[squad, week] = totals.get((squad, week), Decimal(0)) + row.percent
    last = {(scene.squads[row.squad].pk, row.week): place for place, row in enumerate(sent.rows)}
    errors = []
    for which, place in last.items():
        over = totals.get(which, HUNDRED) - HUNDRED
        if over > 0:
            detail = (
                f"The week of {which[1]} comes to {_plain(over + HUNDRED)} %: {_plain(over)} more than 100. "
                f"Lower one or more of its shares by {_plain(over)} in all."
            )
            errors.append(FieldError(sent.name(place, "percent") if sent.listed else "shares", "too_much", detail))
    return errors


def _weeks(scene: _Scene) -> dict[tuple[int, date], dict[str, str]]:
    """The shares that stand, by squad and week, as the history keeps them."""
    found: dict[tuple[int, date], dict[str, str]] = {}
    for (squad, week, _), row in scene.standing.items():
        if row.percent:
            found.setdefault((squad, week), {})[row.feature.key] = _plain(row.percent)
    return found


def _note(
    scene: _Scene,
    touched: Sequence[Allocation],
    before: Mapping[tuple[int, date], dict[str, str]],
    by: User | None,
    now: datetime,
) -> None:
    """One entry of the history for each squad: its weeks before and after."""
    after = _weeks(scene)
    for squad in scene.squads.values():
        weeks = sorted({row.week for row in touched if row.squad_id == squad.pk})
        body = {
            str(week): {"before": before.get((squad.pk, week), {}), "after": after.get((squad.pk, week), {})}
            for week in weeks
        }
        if body:
            record(act="week_allocated", subject=f"squad:{squad.slug}", by=by, now=now, body={"weeks": body})


def _plain(share: Decimal) -> str:
    return f"{share.normalize():f}"


def _require(kind: type[Refusal], code: str, errors: Sequence[FieldError]) -> None:
    """Refuse with these errors, the first hundred by name."""
    if errors:
        more = f" ({len(errors)} errors in all)" if len(errors) > 1 else ""
        raise kind(code=code, detail=f"{errors[0].detail}{more} Nothing was written.", errors=errors[:100])
