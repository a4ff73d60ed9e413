"""The investment curve of a feature: its rows, and those of its tweaks, read and handed to the arithmetic."""

from datetime import datetime

from django.conf import settings
from django.utils import timezone

from features.calendar import INTERVALS
from features.errors import wrong
from features.models import Feature, Stint
from lifecycle.curves.curve import Curve, Life, draw
from lifecycle.curves.marks import Band, Exposure, Mark
from lifecycle.models import Decision, ExposureChange
from lifecycle.queries.curve_days import closer_look, days_of


def curve_of(*, feature: Feature, interval: str = "week", now: datetime) -> Curve:
    """The curve of one feature by `week` or `month`; what its tweaks cost and earned rolls up into it.

    Raises:
        BadInput: another interval.
    """
    if interval not in INTERVALS:
        raise wrong("interval", "The interval is week or month.", code="invalid_choice")
    family = family_of(feature)
    life = Life(
        as_of=timezone.localdate(now),
        days=days_of(family=family, released_on=feature.released_on),
        closer=closer_look(family=family, released_on=feature.released_on),
        bands=_bands(feature),
        decisions=_decisions(feature),
        exposure=_exposure(feature),
        released_on=feature.released_on,
        ended_on=feature.ended_on,
        currency=settings.CURRENCY,
    )
    return draw(life, interval=interval)


def family_of(feature: Feature) -> tuple[int, ...]:
    """The ids of a feature, its tweaks, and theirs."""
    found, young = {feature.pk}, [feature.pk]
    while young := list(Feature.objects.filter(parent__in=young).exclude(pk__in=found).values_list("pk", flat=True)):
        found.update(young)
    return tuple(sorted(found))


def _bands(feature: Feature) -> tuple[Band, ...]:
    stints = Stint.objects.filter(feature=feature).order_by("number")
    rows = stints.values_list("phase", "iteration", "started_at", "ended_at", "step_percent", "imported")
    return tuple(
        Band(phase, iteration, timezone.localdate(start), timezone.localdate(end) if end else None, step, imported)
        for phase, iteration, start, end, step, imported in rows
    )


def _decisions(feature: Feature) -> tuple[Mark, ...]:
    rows = Decision.objects.filter(feature=feature).order_by("at", "id").select_related("by")
    return tuple(
        Mark(
            id=row.pk,
            on=timezone.localdate(row.at),
            outcome=row.outcome,
            phase=row.phase,
            iteration=row.iteration,
            step_percent=row.step_percent,
            by=row.by.get_username() if row.by else row.policy,
            reason=row.reason,
            gate=row.gate_id,
            imported=row.imported,
        )
        for row in rows
    )


def _exposure(feature: Feature) -> tuple[Exposure, ...]:
    rows = ExposureChange.objects.filter(feature=feature).order_by("at", "id")
    changes = rows.values_list("at", "to_percent", "cause")
    return tuple(Exposure(timezone.localdate(at), percent, cause) for at, percent, cause in changes)
