"""The library: lessons found by their words and narrowed by what they are about, and how well each stands."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from django.db import connections
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from hypotheses.models import Hypothesis
from lifecycle.enums import Ending, LessonKind, LessonStatus, Side
from lifecycle.models import Lesson, LessonEvidence
from lifecycle.models.lesson_words import VECTOR

CONFIRMED_FROM: Final = 3
"""So many other features (or other sources) have to speak for a lesson before it is confirmed."""
REJECTED_FROM: Final = 2
"""So many have to speak against it, and more than for it, before it is rejected."""
MOST_WORDS: Final = 12
_SILENT: Final = """
a an and are as at be but by for from had has have how if in into is it its no not of on or our so than that the their
them then there they this to too was we were what when where which who why will with you
"""
SILENT: Final = frozenset(_SILENT.split())
"""Words that say nothing about what a lesson is about; both databases leave them out of a question."""


def status_by(*, speak_for: int, speak_against: int) -> LessonStatus:
    """How well a lesson stands, by how many sources speak for it and against it; its own retrospective counts for none.

    Rejected from two against that outweigh those for it; confirmed from three for it that are at least three times
    those against; supported while more speak for it than against; else emerging.
    """
    if speak_against >= REJECTED_FROM and speak_against > speak_for:
        return LessonStatus.REJECTED
    if speak_for >= CONFIRMED_FROM and speak_for >= CONFIRMED_FROM * speak_against:
        return LessonStatus.CONFIRMED
    return LessonStatus.SUPPORTED if speak_for > speak_against else LessonStatus.EMERGING


def status_from(*, lesson: Lesson) -> LessonStatus:
    """The status that follows from a lesson's evidence. A source counts once on each side: a feature, or a link."""
    rows = LessonEvidence.objects.filter(lesson=lesson).values_list("side", "feature_id", "url")
    found = {
        (side, feature or url) for side, feature, url in rows if side == Side.AGAINST or feature != lesson.feature_id
    }
    against = sum(side == Side.AGAINST for side, _ in found)
    return status_by(speak_for=len(found) - against, speak_against=against)


def words_in(text: str) -> list[str]:
    """The words of a question that say something, at most a dozen, each once."""
    found = (word.casefold() for word in re.findall(r"[^\W_]+", text))
    return list(dict.fromkeys(word for word in found if word not in SILENT))[:MOST_WORDS]


def speaking_of(words: Collection[str], *, using: str, every: bool = True) -> Q:
    """The condition on lessons that hold these words, as the beginnings of words and in any grammatical form.

    `every`: all of them, else one is enough. No words: no lesson.
    """
    if not words:
        return Q(pk__in=[])
    if connections[using].vendor == "sqlite":
        joined = (" AND " if every else " OR ").join(f'"{word}"*' for word in words)
        found = RawSQL("SELECT rowid FROM lesson_words WHERE lesson_words MATCH %s", [joined])
    else:
        joined = (" & " if every else " | ").join(f"{word}:*" for word in words)
        statement = f"SELECT id FROM lesson WHERE {VECTOR} @@ to_tsquery('english', %s)"  # noqa: S608 (our own text)
        found = RawSQL(statement, [joined])  # noqa: S611 (the words are a parameter)
    return Q(pk__in=found)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the library; an empty word asks nothing. `outcome` is the ending that was looked back on."""

    search: str = ""
    kind: str = ""
    status: str = ""
    outcome: str = ""
    squad: str = ""
    tribe: str = ""
    tag: str = ""
    metric: str = ""
    feature: str = ""

    @property
    def given(self) -> dict[str, str]:
        """What was asked, without what was not."""
        return {field.name: value for field in fields(self) if (value := getattr(self, field.name))}


def asked_of(given: Mapping[str, Any]) -> Asked:
    """What a request asks, without what no lesson can answer: unknown kinds, statuses and endings ask nothing."""
    read = {field.name: str(given.get(field.name, "")).replace("\x00", "").strip()[:200] for field in fields(Asked)}
    for name, words in (("kind", LessonKind), ("status", LessonStatus), ("outcome", Ending)):
        if read[name] not in set(words):
            read[name] = ""
    return Asked(**read)


def library(asked: Asked) -> QuerySet[Lesson]:
    """The lessons that fit, with what a row shows."""
    rows = Lesson.objects.select_related("feature__squad__tribe", "retrospective", "repeats")
    rows = rows.filter(**{path: value for name, path in _PATHS.items() if (value := getattr(asked, name))})
    if asked.search:
        rows = rows.filter(speaking_of(words_in(asked.search), using=rows.db))
    if asked.metric:
        rows = rows.filter(feature__in=Hypothesis.objects.filter(metric__key=asked.metric).values("feature"))
    return rows.order_by("-pk")


_PATHS: Final = {
    "kind": "kind",
    "status": "status",
    "outcome": "retrospective__ending",
    "squad": "feature__squad__slug",
    "tribe": "feature__squad__tribe__slug",
    "tag": "feature__tags__name",
    "feature": "feature__key",
}
