"""Which stay of a feature a day belongs to."""

from collections.abc import Collection, Sequence
from datetime import date

from django.utils import timezone

from features.models import Stint


def stints_by_feature(features: Collection[int]) -> dict[int, list[Stint]]:
    """The stays of these features (by id), oldest first, with nothing but what tells them from each other."""
    found: dict[int, list[Stint]] = {}
    stints = Stint.objects.filter(feature__in=features).order_by("feature_id", "number")
    for stint in stints.only("feature_id", "started_at", "ended_at"):
        found.setdefault(stint.feature_id, []).append(stint)
    return found


def stint_of(stints: Sequence[Stint], day: date) -> Stint | None:
    """The stay that a day's entry belongs to: the one that contains the day; of several the open one, else the last."""
    holding = [
        stint
        for stint in stints
        if timezone.localdate(stint.started_at) <= day
        and (stint.ended_at is None or day <= timezone.localdate(stint.ended_at))
    ]
    return next((stint for stint in holding if stint.ended_at is None), holding[-1] if holding else None)
