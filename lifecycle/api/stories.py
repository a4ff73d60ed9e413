"""What was believed of a feature, what it cost and earned, and everything that happened to it."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from features.api.door import Door, Rows
from features.models import Feature
from hypotheses.api.beliefs import HypothesisSerializer
from hypotheses.api.naming import feature_at
from hypotheses.models import Hypothesis
from hypotheses.queries.hypotheses import current_hypothesis
from lifecycle.actions.holding import locked_feature
from lifecycle.actions.revising import revise_hypothesis
from lifecycle.api.shapes import CurveSerializer, EventSerializer
from lifecycle.queries.curve import curve_of
from lifecycle.queries.story import story_of


class Hypotheses(Rows):
    """The versions of a feature's hypothesis."""

    queryset = Hypothesis.objects.all()
    serializer_class = HypothesisSerializer
    ordering = ("-version",)

    def get_queryset(self) -> QuerySet[Hypothesis]:
        """Those of the feature in the address."""
        return _written().filter(feature=feature_at(self.kwargs["key"]))

    @extend_schema(responses=HypothesisSerializer(many=True))
    def get(self, request: Request, key: str) -> Response:
        """The versions, the latest first."""
        return self.page()

    @extend_schema(request=HypothesisSerializer, responses={200: HypothesisSerializer, 201: HypothesisSerializer})
    def post(self, request: Request, key: str) -> Response:
        """Write the next version; what is not given stays. Refused once its stint has results or findings. 200: what
        was sent stands already, and is shown.
        """
        feature, given = feature_at(key), self.read(HypothesisSerializer)
        with transaction.atomic():
            before = current_hypothesis(feature=locked_feature(feature))
            written = revise_hypothesis(feature=feature, by=self.person, now=self.now(), **given)
        is_new = before is None or before.pk != written.pk
        return Response(HypothesisSerializer(_written().get(pk=written.pk)).data, status=201 if is_new else 200)


def _written() -> QuerySet[Hypothesis]:
    return Hypothesis.objects.select_related("metric", "created_by").prefetch_related(
        "success_metrics__metric", "guardrails__metric"
    )


class CurveDoor(Door):
    """The investment curve of a feature."""

    queryset = Feature.objects.all()
    serializer_class = serializers.Serializer
    parameters = frozenset({"interval"})

    @extend_schema(
        parameters=[OpenApiParameter("interval", OpenApiTypes.STR, enum=["week", "month"])],
        responses=CurveSerializer,
    )
    def get(self, request: Request, key: str) -> Response:
        """What it cost and earned by week or month, with its tweaks."""
        feature = feature_at(key)
        interval = request.query_params.get("interval", "week")
        return Response(curve_of(feature=feature, interval=interval, now=self.now()).as_json())


class StoryDoor(Rows):
    """Everything that happened to a feature."""

    queryset = Feature.objects.all()
    serializer_class: Any = serializers.Serializer

    @extend_schema(responses=EventSerializer(many=True))
    def get(self, request: Request, key: str) -> Response:
        """All of it, oldest first."""
        events = self.paginate_queryset(story_of(feature=feature_at(key), now=self.now())) or []
        return self.get_paginated_response([event.as_json() for event in events])
