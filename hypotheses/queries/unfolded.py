"""Who looked at numbers that were too early to decide on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User

from hypotheses.models import Unfolding


@dataclass(frozen=True, slots=True)
class Look:
    """One person's look, and the moment whose numbers they saw."""

    by: str
    name: str
    as_of: datetime
    at: datetime


def looks_at(*, stint_id: int | None, most: int = 200) -> tuple[Look, ...]:
    """Who looked early at a stint's numbers, the latest first. One query."""
    rows = Unfolding.objects.filter(stint=stint_id).select_related("by").order_by("-at", "-pk")[:most]
    return tuple(
        Look(row.by.get_username(), row.by.get_full_name() or row.by.get_username(), row.as_of, row.at) for row in rows
    )


def has_looked(looks: Iterable[Look], *, person: User, as_of: datetime | None) -> bool:
    """Whether somebody has asked for the numbers of this moment already."""
    return any((look.by, look.as_of) == (person.get_username(), as_of) for look in looks)
