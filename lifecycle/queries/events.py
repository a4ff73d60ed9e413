"""One thing that happened to a feature, as its story tells it."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone


@dataclass(frozen=True, slots=True)
class Event:
    """When it happened, of which kind, a sentence, by whom (empty: by itself), and ids to link to.

    `links` holds what applies of feature (key), gate, decision, trial (key), hypothesis (version), finding, evidence.
    """

    at: datetime
    kind: str
    what: str
    by: str = ""
    links: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The event as the API gives it."""
        return {"at": self.at.isoformat(), "kind": self.kind, "what": self.what, "by": self.by, "links": self.links}


def name_of(person: User | None, otherwise: str = "") -> str:
    """The username of whoever did it; a policy's or an import's name when nobody did."""
    return person.get_username() if person else otherwise


def start_of_day(day: date) -> datetime:
    """The moment that a day begins here: when something is dated to a day only."""
    return timezone.make_aware(datetime.combine(day, time.min))


def percent(value: object) -> str:
    """A percentage without needless zeros: `25 %`, `0.5 %`."""
    return f"{float(str(value)):g} %"
