"""Holding the retrospectives of the demo, week by week, as its features end."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.auth.models import User

from features.enums import Status
from features.models import Feature
from lifecycle.actions.lessons import acknowledge_kin, add_evidence
from lifecycle.actions.retrospecting import write_retrospective
from lifecycle.demo.lessons_told import LOOKED_BACK, READ, SPOKEN, LookedBack, Told
from lifecycle.models import KinReading, Lesson, LessonEvidence, Retrospective
from lifecycle.queries.kin import kin_of

AFTER: Final = timedelta(days=10)
"""A squad meets to look back about so long after the end."""


def look_back(*, people: Mapping[str, User], now: datetime) -> None:
    """Write what is owed long enough, add the evidence that has come up, and read what the kin has learnt."""
    told = {(one.feature, one.ending): one for one in LOOKED_BACK}
    owed = Retrospective.objects.filter(published_at__isnull=True, opened_at__lte=now - AFTER)
    for retrospective in owed.select_related("feature__owner").order_by("opened_at"):
        written = told.get((retrospective.feature.key, retrospective.ending))
        if written is not None:
            _write(retrospective.feature, written, now)
    _speak(people, now)
    _read(now)


def _write(feature: Feature, told: LookedBack, now: datetime) -> None:
    by = feature.owner
    assert by is not None  # noqa: S101 (every feature of the demo has one)
    texts: dict[str, Any] = {"went_well": told.well, "went_wrong": told.wrong, "could_go_better": told.better}
    lessons = [_lesson(one) for one in told.lessons]
    write_retrospective(feature=feature, by=by, now=now, lessons=lessons, publish=True, **texts)


def _lesson(told: Told) -> dict[str, Any]:
    """A lesson as it is written; what it repeats is looked up, and where that was not learnt yet it is new."""
    before = Lesson.objects.filter(statement=told.again).first() if told.again else None
    answer = {"in_library": before is not None, "repeats": before.pk if before else None}
    return {"kind": told.kind.value, "statement": told.statement, "detail": told.detail, **answer}


def _speak(people: Mapping[str, User], now: datetime) -> None:
    """Evidence comes up once its lesson is in the library and the feature that it is from has been looked back on."""
    for one in SPOKEN:
        lesson = Lesson.objects.filter(statement=one.statement).first()
        ended = Retrospective.objects.filter(feature__key=one.feature, published_at__isnull=False)
        if lesson is None or not ended.exists() or LessonEvidence.objects.filter(note=one.note).exists():
            continue
        add_evidence(lesson_id=lesson.pk, side=one.side, feature=one.feature, note=one.note, by=people[one.by], now=now)


def _read(now: datetime) -> None:
    rows = Feature.objects.filter(key__in=READ, status=Status.ACTIVE).select_related("owner", "squad")
    for feature in rows.exclude(pk__in=KinReading.objects.values("feature")):
        if feature.owner is not None and kin_of(feature=feature).lessons:
            acknowledge_kin(feature=feature, by=feature.owner, now=now)
