"""Which stay of a feature a day belongs to."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from features.models import Stint


@dataclass(frozen=True, slots=True)
class Stay:
    """A stint by its id, with its first and last day here; no last day while it is open."""

    pk: int
    first: date
    last: date | None

    def holds(self, day: date) -> bool:
        """Whether the day lies in it."""
        return self.first <= day and (self.last is None or day <= self.last)


def stints_by_feature(features: Collection[int]) -> dict[int, list[Stay]]:
    """The stays of these features (by id), oldest first."""
    found: dict[int, list[Stay]] = {}
    rows = Stint.objects.filter(feature__in=features).order_by("feature_id", "number")
    for pk, feature, began, ended in rows.values_list("pk", "feature_id", "started_at", "ended_at"):
        stay = Stay(pk, timezone.localdate(began), timezone.localdate(ended) if ended else None)
        found.setdefault(feature, []).append(stay)
    return found


def stint_of(stays: Sequence[Stay], day: date) -> Stay | None:
    """The stay that a day's entry belongs to: the one that contains the day; of several the open one, else the last."""
    for stay in reversed(stays):  # the open one is the last
        if stay.holds(day):
            return stay
    return None
