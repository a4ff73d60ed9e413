"""Looking back over REST: retrospectives, the library of lessons with their evidence, and what the kin has learnt."""

from typing import Any

import django_filters
from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from features.api.door import Door, Rows
from features.api.fields import Text
from features.api.strict import Strict
from features.errors import Missing
from features.models import Feature
from hypotheses.api.naming import feature_at
from hypotheses.models import Hypothesis
from lifecycle.actions.holding import locked_feature
from lifecycle.actions.lessons import acknowledge_kin, add_evidence
from lifecycle.actions.retrospecting import write_retrospective
from lifecycle.api.lesson_shapes import (
    EvidenceSerializer,
    KinShape,
    LessonShape,
    OwedRetrospectiveShape,
    RetrospectiveShape,
)
from lifecycle.enums import Ending, LessonKind, LessonStatus
from lifecycle.models import KinReading, Lesson, LessonEvidence, Retrospective
from lifecycle.queries.blameless import blamed, names_of_house
from lifecycle.queries.hindsight import hindsight
from lifecycle.queries.kin import Kin, kin_of
from lifecycle.queries.lessons import Asked, library, speaking_of, words_in
from lifecycle.queries.looking_back import LONGEST_STATEMENT
from lifecycle.queries.retrospectives import latest_of, owed, texts_of


class WrittenLessonSerializer(Strict):
    """One lesson as it is written. `id`: a published one, worded anew; `repeats`: the one of the library it repeats."""

    id = serializers.IntegerField(required=False)
    kind = Text(max_length=9, required=False, allow_blank=True)
    statement = Text(max_length=LONGEST_STATEMENT)
    detail = Text(required=False, allow_blank=True)
    in_library = serializers.BooleanField(required=False, allow_null=True)
    repeats = serializers.IntegerField(required=False, allow_null=True)


class RetrospectiveSerializer(Strict):
    """A retrospective as it is written; with `publish` it stays on record from then on."""

    went_well = Text(required=False, allow_blank=True)
    went_wrong = Text(required=False, allow_blank=True)
    could_go_better = Text(required=False, allow_blank=True)
    lessons = WrittenLessonSerializer(many=True, required=False)
    publish = serializers.BooleanField(required=False)


class RetrospectiveDoor(Door):
    """Looking back at the latest end of a feature."""

    queryset = Retrospective.objects.all()
    serializer_class = serializers.Serializer

    @extend_schema(responses=RetrospectiveShape)
    def get(self, request: Request, key: str) -> Response:
        """Its story and what is written of it. 404 for a feature that has not ended, or whose end was imported."""
        feature = feature_at(key)
        found = latest_of(feature=feature)
        if found is None:
            detail = f"{feature.name} has no retrospective: one opens by itself when a feature ends."
            raise Missing(code="not_found", detail=detail)
        return self._shown(feature, found)

    @extend_schema(request=RetrospectiveSerializer, responses=RetrospectiveShape)
    def put(self, request: Request, key: str) -> Response:
        """Save the draft, or publish it; what is published gets a revision. What is left out is empty."""
        feature, given = feature_at(key), self.read(RetrospectiveSerializer)
        lessons = [{**row} for row in given.pop("lessons", [])]
        with transaction.atomic():
            locked_feature(feature)  # nobody changes it between look and act
            current = latest_of(feature=feature)
            self.require_version(current.version if current else 0)
            write_retrospective(feature=feature, by=self.person, now=self.now(), lessons=lessons, **given)
        return self.get(request, key)

    def _shown(self, feature: Feature, found: Retrospective) -> Response:
        told = hindsight(feature=feature, now=self.now())
        lessons = found.lessons.select_related("feature__squad__tribe", "retrospective").order_by("pk")
        warned = blamed(texts_of(found), names=names_of_house())
        data = {
            "feature": feature.key,
            "ending": found.ending,
            "decision": found.decision_id,
            "owed": found.published_at is None,
            "opened_at": found.opened_at,
            "story": [chapter.as_json() for chapter in told.chapters],
            "went_well": found.went_well,
            "went_wrong": found.went_wrong,
            "could_go_better": found.could_go_better,
            "draft": found.draft,
            "lessons": lessons,
            "written_at": found.written_at,
            "written_by": found.written_by.get_username() if found.written_by else None,
            "published_at": found.published_at,
            "published_by": found.published_by.get_username() if found.published_by else None,
            "revisions": list(found.revisions.values("number", "at", "by__username", "body")),
            "warnings": [blame.as_json() for blame in warned],
        }
        return self.shown(RetrospectiveShape(data).data, version=found.version)


class OwedRetrospectives(Rows):
    """The retrospectives that are owed."""

    queryset = Retrospective.objects.all()
    serializer_class: Any = serializers.Serializer

    @extend_schema(responses=OwedRetrospectiveShape(many=True))
    def get(self, request: Request) -> Response:
        """All of them, the longest owed first."""
        rows = self.paginate_queryset(owed()) or []
        return self.get_paginated_response([row.as_json() for row in rows])


class LessonFilter(django_filters.FilterSet):
    """By what a lesson is about, how well it stands, where it comes from, and its words."""

    search = django_filters.CharFilter(method="speaking", max_length=200)
    kind = django_filters.ChoiceFilter(choices=[(str(kind), kind.label) for kind in LessonKind])
    status = django_filters.ChoiceFilter(choices=[(str(status), status.label) for status in LessonStatus])
    outcome = django_filters.ChoiceFilter(
        field_name="retrospective__ending", choices=[(str(ending), ending.label) for ending in Ending]
    )
    feature = django_filters.CharFilter(field_name="feature__key")
    squad = django_filters.CharFilter(field_name="feature__squad__slug")
    tribe = django_filters.CharFilter(field_name="feature__squad__tribe__slug")
    tag = django_filters.CharFilter(field_name="feature__tags__name")
    metric = django_filters.CharFilter(method="measured_by")

    def speaking(self, rows: QuerySet[Lesson], name: str, value: str) -> QuerySet[Lesson]:
        """Statement, detail, and the feature's name, summary and tags."""
        return rows.filter(speaking_of(words_in(value), using=rows.db))

    def measured_by(self, rows: QuerySet[Lesson], name: str, value: str) -> QuerySet[Lesson]:
        """A hypothesis of its feature named this metric first."""
        return rows.filter(feature__in=Hypothesis.objects.filter(metric__key=value).values("feature"))


class Lessons(Rows):
    """The library."""

    queryset = Lesson.objects.all()
    serializer_class = LessonShape
    filterset_class = LessonFilter
    ordering = ("-id",)

    def get_queryset(self) -> QuerySet[Lesson]:
        """All lessons that were published."""
        return library(Asked())

    @extend_schema(responses=LessonShape(many=True))
    def get(self, request: Request) -> Response:
        """The lessons, the newest first."""
        return self.page()


class LessonDoor(Door):
    """One lesson."""

    queryset = Lesson.objects.all()
    serializer_class = LessonShape

    @extend_schema(responses=LessonShape)
    def get(self, request: Request, pk: int) -> Response:
        """What was learnt, where, and how well it stands."""
        return self.shown(LessonShape(lesson_at(pk)).data)


class LessonEvidences(Rows):
    """What speaks for a lesson and against it."""

    queryset = LessonEvidence.objects.all()
    serializer_class = EvidenceSerializer
    ordering = ("-id",)

    def get_queryset(self) -> QuerySet[LessonEvidence]:
        """That of the lesson in the address."""
        rows = LessonEvidence.objects.filter(lesson=lesson_at(self.kwargs["pk"]))
        return rows.select_related("feature", "by")

    @extend_schema(responses=EvidenceSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """The evidence, the newest first."""
        return self.page()

    @extend_schema(request=EvidenceSerializer, responses={201: EvidenceSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Add a piece; the lesson's status follows."""
        given = self.read(EvidenceSerializer)
        feature = (given.pop("feature", None) or {}).get("key")
        decision = given.pop("decision_id", None)
        added = add_evidence(lesson_id=pk, by=self.person, now=self.now(), feature=feature, decision=decision, **given)
        return Response(EvidenceSerializer(added).data, status=201)


class KinReadSerializer(Strict):
    """That the lessons were read; a note if there is more to say."""

    note = Text(required=False, allow_blank=True)


class KinDoor(Door):
    """What the kin of a feature has learnt."""

    queryset = KinReading.objects.all()
    serializer_class = serializers.Serializer

    @extend_schema(responses=KinShape)
    def get(self, request: Request, key: str) -> Response:
        """The lessons, the nearest kin first, and whether they were read."""
        return Response(_kin(kin_of(feature=feature_at(key))))

    @extend_schema(request=KinReadSerializer, responses={200: KinShape, 201: KinShape})
    def post(self, request: Request, key: str) -> Response:
        """Acknowledge that the squad has read them. 200: all of them were acknowledged before."""
        feature = feature_at(key)
        given = self.read(KinReadSerializer) if request.data else {}
        with transaction.atomic():
            before = KinReading.objects.filter(feature=locked_feature(feature)).count()
            acknowledge_kin(feature=feature, by=self.person, now=self.now(), note=given.get("note", ""))
            is_new = KinReading.objects.filter(feature=feature).count() > before
        return Response(_kin(kin_of(feature=feature)), status=201 if is_new else 200)


def _kin(kin: Kin) -> Any:
    reading = kin.reading
    rows = [{"lesson": one.lesson, "because": one.because, "read": one.read} for one in kin.lessons]
    who = {"read_by": reading.by.get_username() if reading else None, "read_at": reading.at if reading else None}
    return KinShape({"lessons": rows, "unread": len(kin.unread), **who}).data


def lesson_at(pk: int) -> Lesson:
    """The lesson with this id.

    Raises:
        Missing: there is none.
    """
    found = library(Asked()).filter(pk=pk).first()
    if found is None:
        raise Missing(code="not_found", detail=f"There is no lesson {pk}.")
    return found
