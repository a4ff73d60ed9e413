"""Recording what tells of upkeep."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from features.actions.ledger import Recorded
from features.actions.recording import record
from features.enums import SignalKind
from features.errors import BadInput, FieldError
from features.models import Feature, Signal
from features.queries.people import require_may_act_for

LARGEST: Final = 2**63 - 1
LONGEST: Final = {"detail": 200, "source": 80}
FIRST: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalRow:
    """One count of one feature (by key) as it was on a day."""

    feature: str
    kind: SignalKind
    on: date
    value: int
    detail: str = ""
    source: str = ""


@transaction.atomic
def record_signals(*, rows: Sequence[SignalRow], by: User | None, now: datetime) -> Recorded:
    """Record signals, all of them or none. One stands for each feature and kind: the same count on a later day moves
    its day and is unchanged, another count is its next revision, and one from before the last look changes nothing.

    Raises:
        BadInput: what is wrong, as `rows.3.value`. Forbidden: another squad's feature.
    """
    keys = {row.feature for row in rows}
    these = Feature.objects.filter(key__in=keys).order_by("pk").select_for_update(no_key=True, of=("self",))
    features = {feature.key: feature for feature in these.select_related("squad")}
    _require_right(rows, features, timezone.localdate(now))
    for feature in features.values() if by is not None else ():
        require_may_act_for(by, feature.squad)
    current = Signal.objects.filter(feature__in=features.values(), superseded_at__isnull=True)
    standing = {(one.feature_id, one.kind): one for one in current}
    made, gone, looked = _settled(rows, features, standing, by, now)
    Signal.objects.filter(pk__in=[one.pk for one in gone]).update(superseded_at=now)
    Signal.objects.bulk_create(made, batch_size=500)
    Signal.objects.bulk_update(looked, ["on"], batch_size=500)
    done = Recorded(new=len(made) - len(gone), revised=len(gone), unchanged=len(rows) - len(made))
    if made:
        subject = f"feature:{min(keys)}" if len(keys) == 1 else "signals"
        body = {"new": done.new, "revised": done.revised, "features": sorted(keys)[:50], "feature_count": len(keys)}
        record(act="signals_recorded", subject=subject, by=by, now=now, body=body)
    return done


Standing = dict[tuple[int, str], Signal]


def _settled(
    rows: Sequence[SignalRow], features: dict[str, Feature], standing: Standing, by: User | None, now: datetime
) -> tuple[list[Signal], list[Signal], list[Signal]]:
    """What is new, what that takes the place of, and what was found unchanged on a later day."""
    made, gone, looked = [], [], []
    for row in rows:
        earlier = standing.get((features[row.feature].pk, row.kind))
        if earlier is not None and row.on < earlier.on:
            continue
        if earlier is not None and (earlier.value, earlier.detail) == (row.value, row.detail):
            if row.on > earlier.on:
                earlier.on = row.on
                looked.append(earlier)
            continue
        if earlier is not None:
            gone.append(earlier)
        made.append(
            Signal(
                feature=features[row.feature], kind=row.kind, on=row.on, value=row.value, detail=row.detail,
                source=row.source, revision=earlier.revision + 1 if earlier else 1, recorded_at=now, recorded_by=by,
            )
        )  # fmt: skip
    return made, gone, looked


def _require_right(rows: Sequence[SignalRow], features: dict[str, Feature], today: date) -> None:
    errors, seen = [], set()
    for place, row in enumerate(rows):
        found = [
            (name, f"Use {most} characters at most.")
            for name, most in LONGEST.items()
            if len(getattr(row, name)) > most
        ]
        if row.feature not in features:
            found.append(("feature", f"There is no feature “{row.feature}”."))
        if not 0 <= row.value <= LARGEST:
            found.append(("value", "A count is 0 or more."))
        if not FIRST <= row.on <= today + timedelta(days=1):
            found.append(("on", "The day lies between 1970 and today: record what was counted."))
        if (row.feature, row.kind) in seen:
            found.append(("kind", f"“{row.kind}” of {row.feature} stands in this batch twice. Send one of them."))
        seen.add((row.feature, row.kind))
        errors += [FieldError(f"rows.{place}.{name}", "invalid", detail) for name, detail in found]
    if errors:
        detail = f"{errors[0].field}: {errors[0].detail} Nothing was written."
        raise BadInput(code="invalid", detail=detail, errors=errors[:100])
