"""Who changed what a metric's numbers mean, and when: read from the history."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import ndiff
from typing import Any, Final

from django.db.models import QuerySet
from django.utils import timezone

from features.models import AuditEntry
from hypotheses.models import Metric

DEFINES: Final = ("kind", "query", "source")
"""What the definition is made of; a change of anything else leaves the numbers what they were."""
CHANGED: Final = "metric.changed"
ADDED: Final = "metric.added"


@dataclass(frozen=True, slots=True)
class Change:
    """One part of a definition, before and after; empty where there was none. `lines`: of a query, the lines that went
    and came, each begun with `- `, `+ ` or two blanks.
    """

    part: str
    before: str
    after: str

    @property
    def lines(self) -> tuple[str, ...]:
        """The query line by line."""
        marked = ndiff(self.before.splitlines(), self.after.splitlines())
        return tuple(line for line in marked if not line.startswith("?"))


@dataclass(frozen=True, slots=True)
class Redefinition:
    """One change of a definition: of which metric (its key), by whom, when, what. Of the first, everything `before` is
    empty.
    """

    metric: str
    by: str
    at: datetime
    first: bool
    changes: tuple[Change, ...]

    @property
    def parts(self) -> str:
        """``query``, ``kind and source``: what changed, in words."""
        names = [change.part for change in self.changes]
        return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))

    @property
    def told(self) -> str:
        """``Alice Andersson changed its query on 3 March 2026, 14:05``."""
        local = timezone.localtime(self.at)
        return f"{self.by} changed its {self.parts} on {local.day} {local:%B %Y, %H:%M}"


def redefinitions(*, metric: Metric) -> tuple[Redefinition, ...]:
    """All changes of a metric's definition, the newest first, and at the end how it began. One query."""
    entries = _entries([metric.key], (ADDED, CHANGED)).order_by("-number")
    return tuple(found for entry in entries if (found := _redefinition(entry)) is not None)


def last_redefinitions(*, metrics: Collection[str], until: datetime) -> dict[str, Redefinition]:
    """The last change of each of these metrics (keys) up to a moment, where the history knows one. One query, none for
    no metric.
    """
    if not metrics:
        return {}
    found: dict[str, Redefinition] = {}
    for entry in _entries(metrics, (CHANGED,)).filter(at__lte=until).order_by("number"):
        if (change := _redefinition(entry)) is not None:
            found[change.metric] = change
    return found


def _entries(keys: Collection[str], acts: tuple[str, ...]) -> QuerySet[AuditEntry]:
    subjects = [f"metric:{key}" for key in keys]
    return AuditEntry.objects.filter(subject__in=subjects, act__in=acts).select_related("by")


def _redefinition(entry: AuditEntry) -> Redefinition | None:
    """What an entry says of the definition; None when it is about something else."""
    first = entry.act == ADDED
    before: Mapping[str, Any] = {} if first else entry.body.get("before", {})
    after: Mapping[str, Any] = entry.body if first else entry.body.get("after", {})
    pairs = ((name, _text(before.get(name)), _text(after.get(name))) for name in DEFINES)
    changes = tuple(Change(*pair) for pair in pairs if pair[1] != pair[2])
    if not changes:
        return None
    by = (entry.by.get_full_name() if entry.by else "") or entry.by_name
    return Redefinition(entry.subject.removeprefix("metric:"), by, entry.at, first, changes)


def _text(value: Any) -> str:
    """As the definition's hash reads it: without blanks around it."""
    return str(value or "").strip()
