"""Taking in history that was made elsewhere: the one act that writes past phases and decisions (law 1's exception).

It asks no rules, marks everything `imported`, and keeps the native words. What is known already is left as it is, so
that doing it again changes nothing; from the import on, a feature moves at its gate like any other.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from features.actions.recording import record
from features.enums import Status
from features.errors import Forbidden
from features.models import Feature, Squad, Stint, Tribe
from lifecycle.actions.imported import ImportedLife, ImportedSquad, ImportedStay
from lifecycle.enums import ExposureCause, GateState
from lifecycle.models import Decision, ExposureChange, Gate
from lifecycle.phases import time_box_days
from lifecycle.queries.facts import limits
from lifecycle.queries.ladders import DEFAULT

ALL = Decimal(100)
NONE = Decimal(0)
SLICE = 2_000  # rows of one statement; SQLite takes 32,766 values


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import wrote: features, their stints, decisions and open gates; and how many features it knew already."""

    features: int = 0
    stints: int = 0
    decisions: int = 0
    open_gates: int = 0
    squads: int = 0
    known: int = 0


@dataclass(slots=True)
class _Written:
    """One life with the rows that stand for it."""

    life: ImportedLife
    feature: Feature
    stints: list[Stint]


@transaction.atomic
def import_history(
    *,
    dataset: str,
    squads: Sequence[ImportedSquad],
    lives: Sequence[ImportedLife],
    by: User | None,
    now: datetime,
) -> Imported:
    """Write the lives of a data set's features; the tribe is named after the data set. `by` None is the command line.

    Features whose key exists are left as they are. An active feature gets the open gate of its current stay, whose time
    box starts now. A number of queries that does not depend on the number of rows.

    Raises:
        Forbidden: somebody who is not an administrator.
    """
    if by is not None and not by.is_superuser:
        raise Forbidden(code="not_yours", detail="Importing history is an administrator's work.")
    owners, fresh_squads = _squads(dataset, squads)
    known = _known(life.key for life in lives)
    fresh = [life for life in lives if life.key not in known]
    written = _features(fresh, owners, by)
    _stints(written, now)
    gates = _gates(written, now)
    decisions = _decisions(written, gates)
    _exposure(written, by)
    imported = Imported(
        features=len(written),
        stints=sum(len(one.stints) for one in written),
        decisions=decisions,
        open_gates=sum(gate.state == GateState.OPEN for gate in gates.values()),
        squads=fresh_squads,
        known=len(known),
    )
    if fresh or fresh_squads:
        body = {
            "features": len(written),
            "decisions": decisions,
            "squads": fresh_squads,
            "keys": sorted(life.key for life in fresh)[:50],
        }
        record(act="history.imported", subject=f"dataset:{dataset}", by=by, now=now, body=body, by_name="import")
    return imported


def _squads(dataset: str, squads: Sequence[ImportedSquad]) -> tuple[dict[str, Squad], int]:
    """The squads by slug, with those made that are missing, and how many that were."""
    tribe, _ = Tribe.objects.get_or_create(slug=dataset, defaults={"name": dataset.replace("-", " ").title()})
    wanted = {squad.slug: squad.name for squad in squads}
    there = set(Squad.objects.filter(slug__in=wanted).values_list("slug", flat=True))
    missing = [Squad(slug=slug, name=name, tribe=tribe) for slug, name in wanted.items() if slug not in there]
    Squad.objects.bulk_create(missing)
    return {squad.slug: squad for squad in Squad.objects.filter(slug__in=wanted)}, len(missing)


def _known(keys: Iterable[str]) -> set[str]:
    wanted = list(keys)
    known: set[str] = set()
    for start in range(0, len(wanted), SLICE):
        rows = Feature.objects.filter(key__in=wanted[start : start + SLICE])
        known.update(rows.values_list("key", flat=True))
    return known


def _features(lives: Iterable[ImportedLife], owners: dict[str, Squad], by: User | None) -> list[_Written]:
    written = [_Written(life, _feature(life, owners[life.squad], by), []) for life in lives]
    Feature.objects.bulk_create([one.feature for one in written], batch_size=SLICE)
    return written


def _feature(life: ImportedLife, squad: Squad, by: User | None) -> Feature:
    exposed = ALL if life.released_on is not None and life.status == Status.ACTIVE else NONE
    return Feature(
        key=life.key,
        name=life.name,
        squad=squad,
        phase=life.phase,
        status=life.status,
        iteration=life.stays[-1].iteration,
        ceiling_percent=exposed,
        exposure_percent=exposed,
        released_on=life.released_on,
        ended_on=life.ended_on,
        imported=True,
        native=life.native,
        created_at=life.created_at,
        created_by=by,
    )


def _stints(written: Collection[_Written], now: datetime) -> None:
    today = timezone.localdate(now)
    for one in written:
        one.stints = [_stint(one.feature, number, stay, today) for number, stay in enumerate(one.life.stays, start=1)]
    Stint.objects.bulk_create([stint for one in written for stint in one.stints], batch_size=SLICE)


def _stint(feature: Feature, number: int, stay: ImportedStay, today: date) -> Stint:
    return Stint(
        feature=feature,
        number=number,
        phase=stay.phase,
        iteration=stay.iteration,
        started_at=stay.started_at,
        ended_at=stay.ended_at,
        time_box_days=time_box_days(phase=stay.phase, today=today) if stay.ended_at is None else None,
        imported=True,
    )


def _gates(written: Iterable[_Written], now: datetime) -> dict[tuple[str, int], Gate]:
    """A decided gate for each stay that a decision ended, an open one for the stay that goes on; by key and number.

    A stay of which nobody knows how it ended has no gate.
    """
    gates = {}
    for one in written:
        for stint, stay in zip(one.stints, one.life.stays, strict=True):
            if stay.move is not None:
                gates[one.life.key, stint.number] = Gate(
                    feature=one.feature,
                    stint=stint,
                    state=GateState.DECIDED,
                    opened_at=stint.started_at,
                    decided_at=stay.move.at,
                )
            elif stay.ended_at is None:
                gates[one.life.key, stint.number] = _open_gate(stint, now)
    Gate.objects.bulk_create(gates.values(), batch_size=SLICE)
    return gates


def _open_gate(stint: Stint, now: datetime) -> Gate:
    """The question of a stay that goes on; its time box starts at the import, not when the stay began."""
    ends = limits(stint=stint, ladder=DEFAULT, stored=None, asked_at=now)
    due_on = timezone.localdate(ends.due_latest) if ends.due_latest else None
    return Gate(feature=stint.feature, stint=stint, opened_at=now, due_on=due_on, look_at=ends.next_after(now))


def _decisions(written: Iterable[_Written], gates: dict[tuple[str, int], Gate]) -> int:
    made = []
    for one in written:
        for number, (stint, stay) in enumerate(zip(one.stints, one.life.stays, strict=True)):
            if stay.move is not None:
                after = one.life.stays[number + 1] if number + 1 < len(one.life.stays) else None
                made.append(_decision(one.life, stint, stay, after, gates[one.life.key, stint.number]))
    Decision.objects.bulk_create(made, batch_size=1_000)
    return len(made)


def _decision(life: ImportedLife, stint: Stint, stay: ImportedStay, after: ImportedStay | None, gate: Gate) -> Decision:
    assert stay.move is not None  # noqa: S101 (the caller asked)
    there = after or stay
    moved_to = {
        "phase": str(there.phase),
        "status": str(Status.ACTIVE if after else life.status),
        "iteration": there.iteration,
        "step": None,
        "exposure_percent": None,  # nobody wrote it down
    }
    return Decision(
        gate=gate,
        feature_id=stint.feature_id,
        outcome=stay.move.outcome,
        reason=stay.move.reason,
        at=stay.move.at,
        phase=stay.phase,
        iteration=stay.iteration,
        moved_to=moved_to,
        criteria=[asdict(criterion) for criterion in stay.move.criteria],
        overridden_elsewhere=stay.move.overridden,
        imported=True,
        native=stay.move.native,
    )


def _exposure(written: Iterable[_Written], by: User | None) -> None:
    """Everybody had it from the release on, and nobody from the end on."""
    changes = []
    for one in written:
        life, released = one.life, one.life.released_on
        if released is None:
            continue
        at = next((stay.started_at for stay in life.stays if timezone.localdate(stay.started_at) >= released), None)
        moments = [(at or life.stays[-1].started_at, NONE, ALL)]
        if life.status != Status.ACTIVE and life.stays[-1].ended_at is not None:
            moments.append((life.stays[-1].ended_at, ALL, NONE))
        changes += [
            ExposureChange(
                feature=one.feature, from_percent=low, to_percent=high, cause=ExposureCause.IMPORTED, at=at, by=by
            )
            for at, low, high in moments
        ]
    ExposureChange.objects.bulk_create(changes, batch_size=SLICE)
