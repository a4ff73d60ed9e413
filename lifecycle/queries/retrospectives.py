"""Which ends are looked back on, which still owe it, and how often what was known is learnt again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Q
from django.utils import timezone

from features.models import Feature
from lifecycle.models import KinReading, Lesson, Retrospective
from lifecycle.queries.portfolio.scope import Period, Scope


@dataclass(frozen=True, slots=True)
class OwedRetrospective:
    """A feature that owes a retrospective: for which ending, since which day, and whether anybody has begun."""

    feature: str
    feature_name: str
    squad: str
    squad_name: str
    tribe: str
    ending: str
    since: date
    begun: bool

    def as_json(self) -> dict[str, Any]:
        """As the API shows it."""
        shown = {name: getattr(self, name) for name in self.__slots__}
        return shown | {"since": self.since.isoformat()}


def owed(
    *, period: Period | None = None, scope: Scope | None = None, person: User | None = None
) -> Sequence[OwedRetrospective]:
    """The retrospectives that are owed, the longest first; one query.

    `period`: those of ends that lie in it (a quarter's review asks so before it closes). `scope`: a squad's or a
    tribe's. `person`: those of the squads that they are in or whose tribe they lead (an administrator's are all).
    """
    rows = Retrospective.objects.filter(published_at__isnull=True).select_related("feature__squad__tribe")
    if period is not None:
        begins, over = period.moments
        rows = rows.filter(opened_at__gte=begins, opened_at__lt=over)
    if scope is not None:
        rows = rows.filter(scope.of("feature__squad"))
    if person is not None and not person.is_superuser:
        own = Q(feature__squad__memberships__person=person) | Q(feature__squad__tribe__leaders=person)
        rows = rows.filter(own).distinct()
    return [_owed(row) for row in rows.order_by("opened_at", "pk")]


def latest_of(*, feature: Feature) -> Retrospective | None:
    """The retrospective of a feature's latest end, None where it has not ended or owed none (imported history)."""
    rows = Retrospective.objects.filter(feature=feature).select_related("feature", "written_by", "published_by")
    return rows.order_by("-opened_at", "-pk").first()


def revision_body(found: Retrospective) -> dict[str, Any]:
    """A published retrospective as a revision keeps it: its texts, and its lessons in the order they were written."""
    lessons = Lesson.objects.filter(retrospective=found).order_by("pk")
    return {
        "went_well": found.went_well,
        "went_wrong": found.went_wrong,
        "could_go_better": found.could_go_better,
        "lessons": list(lessons.values("id", "kind", "statement", "detail", "repeats")),
    }


def texts_of(found: Retrospective) -> dict[str, str]:
    """All that is written of it, by field: its texts, and the lessons of its draft or those that were published."""
    texts = {name: getattr(found, name) for name in ("went_well", "went_wrong", "could_go_better")}
    rows: Any = found.draft
    if found.published_at is not None:
        rows = Lesson.objects.filter(retrospective=found).order_by("pk").values("statement", "detail")
    for at, row in enumerate(rows):
        texts |= {f"lessons.{at}.{name}": row[name] for name in ("statement", "detail") if row[name]}
    return texts


@dataclass(frozen=True, slots=True)
class Learning:
    """How a period has learnt. `repeated`: lessons that the library had already when they were learnt again.

    `read_before`: those of them that the squad had acknowledged as read before it repeated them.
    """

    published: int
    owed: int
    lessons: int
    repeated: int
    read_before: int

    @property
    def repeat_rate(self) -> float | None:
        """The share of lessons learnt again; None where none was learnt."""
        return self.repeated / self.lessons if self.lessons else None

    def as_json(self) -> dict[str, Any]:
        """As the API shows it."""
        return {name: getattr(self, name) for name in self.__slots__} | {"repeat_rate": self.repeat_rate}


def learning(*, period: Period, scope: Scope | None = None) -> Learning:
    """The lessons that were published in a period, and how many of them were no news; four queries.

    What is owed is counted as it stands now, whenever its end was.
    """
    begins, over = period.moments
    where = (scope or Scope()).of("feature__squad")
    lessons = Lesson.objects.filter(where, learnt_at__gte=begins, learnt_at__lt=over)
    counts = lessons.aggregate(all=Count("pk"), repeated=Count("pk", filter=Q(repeats__isnull=False)))
    published = Retrospective.objects.filter(where, published_at__gte=begins, published_at__lt=over).count()
    waiting = Retrospective.objects.filter(where, published_at__isnull=True).count()
    return Learning(published, waiting, counts["all"], counts["repeated"], _read_before(lessons))


def _read_before(lessons: Any) -> int:
    """Repeated lessons whose squad had acknowledged the earlier one for the same feature."""
    repeated = list(lessons.filter(repeats__isnull=False).values_list("feature_id", "repeats_id", "learnt_at"))
    if not repeated:
        return 0
    read: dict[int, list[tuple[datetime, list[int]]]] = {}
    features = {feature for feature, *_ in repeated}
    for feature, at, ids in KinReading.objects.filter(feature__in=features).values_list("feature_id", "at", "lessons"):
        read.setdefault(feature, []).append((at, ids))
    return sum(
        any(at <= learnt_at and earlier in ids for at, ids in read.get(feature, ()))
        for feature, earlier, learnt_at in repeated
    )


def _owed(row: Retrospective) -> OwedRetrospective:
    squad = row.feature.squad
    return OwedRetrospective(
        feature=row.feature.key,
        feature_name=row.feature.name,
        squad=squad.slug,
        squad_name=squad.name,
        tribe=squad.tribe.slug,
        ending=row.ending,
        since=timezone.localdate(row.opened_at),
        begun=row.written_at is not None,
    )
