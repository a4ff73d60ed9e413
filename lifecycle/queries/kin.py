"""The kin of a feature: what others have learnt who measured the same, in the same market, or about the same thing."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q

from features.models import Feature
from hypotheses.models import Hypothesis
from lifecycle.enums import LessonStatus
from lifecycle.models import KinReading, Lesson
from lifecycle.queries.lessons import speaking_of, words_in

SHOWN: Final = 12
"""So many lessons at most: more are not read."""
WEIGHTS: Final = {"succeeds": 8, "parent": 5, "metric": 4, "tag": 3, "market": 1, "words": 2}
"""How near each kinship is. Lessons of the nearest come first; a market alone is too wide to be kin."""
NEAR: Final = 2


@dataclass(frozen=True, slots=True)
class KinLesson:
    """A lesson of the kin, why it is kin, and whether the squad has acknowledged it."""

    lesson: Lesson
    because: tuple[str, ...]
    weight: int
    read: bool


@dataclass(frozen=True, slots=True)
class Kin:
    """The lessons of a feature's kin, the nearest first, and who acknowledged some last."""

    lessons: tuple[KinLesson, ...]
    reading: KinReading | None = None

    @property
    def unread(self) -> tuple[KinLesson, ...]:
        """Those that nobody of the squad has acknowledged."""
        return tuple(one for one in self.lessons if not one.read)


@dataclass(frozen=True, slots=True)
class _Traits:
    """By what a feature is found to be kin."""

    metrics: frozenset[int]
    markets: frozenset[str]
    tags: frozenset[str]


def kin_of(*, feature: Feature) -> Kin:
    """The lessons that a squad should know before it starts; at most six queries, however large the library is.

    Rejected lessons, and those that only repeat an earlier one, are left out.
    """
    own = _traits([feature.pk])[feature.pk]
    lessons = _candidates(feature, own)
    traits = _traits({one.feature_id for one in lessons})
    spoken = _speaking(feature)
    readings = list(KinReading.objects.filter(feature=feature).select_related("by").order_by("pk"))
    read = {pk for reading in readings for pk in reading.lessons}
    found = []
    for one in lessons:
        why = tuple(_kinship(feature, one, own, traits[one.feature_id], spoken))
        weight = sum(WEIGHTS[name] for name, _ in why)
        if weight >= NEAR:
            found.append(KinLesson(one, tuple(said for _, said in why), weight, one.pk in read))
    found.sort(key=lambda one: (-one.weight, -_STANDS[one.lesson.status], -one.lesson.pk))
    return Kin(tuple(found[:SHOWN]), readings[-1] if readings else None)


_STANDS: Final[dict[str, int]] = {
    LessonStatus.CONFIRMED: 2,
    LessonStatus.SUPPORTED: 1,
    LessonStatus.EMERGING: 0,
    LessonStatus.REJECTED: -1,
}


def _candidates(feature: Feature, own: _Traits) -> list[Lesson]:
    """The lessons that may be kin, the newest few hundred."""
    near = Q(feature__in=[pk for pk in (feature.succeeds_id, feature.parent_id) if pk])
    if own.metrics:
        near |= Q(feature__in=Hypothesis.objects.filter(metric__in=own.metrics).values("feature"))
    if own.tags:
        near |= Q(feature__in=Feature.objects.filter(tags__name__in=own.tags).values("pk"))
    near |= speaking_of(_words(feature), using=Lesson.objects.db, every=False)
    rows = Lesson.objects.filter(near, repeats__isnull=True).exclude(feature=feature)
    rows = rows.exclude(status=LessonStatus.REJECTED).select_related("feature__squad", "retrospective")
    return list(rows.order_by("-pk")[:300])


def _traits(features: Iterable[int]) -> dict[int, _Traits]:
    """The traits of features by id, in two queries."""
    ids = set(features)
    metrics: dict[int, set[int]] = {pk: set() for pk in ids}
    markets: dict[int, set[str]] = {pk: set() for pk in ids}
    tags: dict[int, set[str]] = {pk: set() for pk in ids}
    stated = Hypothesis.objects.filter(feature__in=ids).values_list("feature_id", "metric_id", "market")
    for pk, metric, market in stated:
        if metric:
            metrics[pk].add(metric)
        if market.strip():
            markets[pk].add(market.strip().casefold())
    tagged = Feature.tags.through.objects.filter(feature__in=ids).values_list("feature_id", "tag__name")
    for pk, tag in tagged:
        tags[pk].add(tag)
    return {pk: _Traits(frozenset(metrics[pk]), frozenset(markets[pk]), frozenset(tags[pk])) for pk in ids}


def _words(feature: Feature) -> list[str]:
    """The words of its name: a summary is too long to say what a feature is about."""
    return [word for word in words_in(feature.name) if len(word) >= SHORT]


SHORT: Final = 3
"""Words with fewer letters say too little."""


def _speaking(feature: Feature) -> frozenset[int]:
    """The lessons that hold a word of the feature's name."""
    rows: Any = Lesson.objects.filter(speaking_of(_words(feature), using=Lesson.objects.db, every=False))
    return frozenset(rows.values_list("pk", flat=True)[:1000])


def _kinship(
    feature: Feature, lesson: Lesson, own: _Traits, theirs: _Traits, spoken: frozenset[int]
) -> Iterable[tuple[str, str]]:
    if lesson.feature_id == feature.succeeds_id:
        yield "succeeds", "of the feature that this one takes up again"
    if lesson.feature_id == feature.parent_id:
        yield "parent", "of its parent"
    if own.metrics & theirs.metrics:
        yield "metric", "same metric"
    if shared := own.tags & theirs.tags:
        yield "tag", f"tag {min(shared)}" if len(shared) == 1 else f"tags {', '.join(sorted(shared))}"
    if own.markets & theirs.markets:
        yield "market", "same market"
    if lesson.pk in spoken:
        yield "words", "speaks of the same"
