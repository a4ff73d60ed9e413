"""Promise against delivery: of one feature, and over squads and the portfolio."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from features.api.door import Door
from features.models import Feature
from hypotheses.api.naming import feature_at
from lifecycle.enums import Delivery
from lifecycle.models import Decision
from lifecycle.queries.calibration import kept_json, report, report_json
from lifecycle.queries.foresight import foresight, foresight_json
from lifecycle.queries.promises import promises_of


def _ends() -> serializers.ListField:
    return serializers.ListField(child=serializers.FloatField(), allow_null=True)


class CalibrationShape(serializers.Serializer[Any]):
    """How promises came out; null where there are too few to tell."""

    count = serializers.IntegerField()
    bias = serializers.FloatField(allow_null=True)
    bias_interval = _ends()
    shrinkage = serializers.FloatField(allow_null=True)
    shrinkage_interval = _ends()
    covered = serializers.IntegerField()
    coverage = serializers.FloatField(allow_null=True)
    coverage_interval = _ends()


class DeliveredShape(serializers.Serializer[Any]):
    """What was delivered after full release, in the metric's unit; `why` says it where nothing is known."""

    state = serializers.ChoiceField(choices=[str(state) for state in Delivery])
    why = serializers.CharField()
    estimate = serializers.FloatField(allow_null=True)
    interval = _ends()
    as_of = serializers.DateTimeField(allow_null=True)
    at_last_step = serializers.BooleanField()


class PromiseShape(serializers.Serializer[Any]):
    """What a decision to advance saw, and what came of it."""

    decision = serializers.IntegerField()
    gate = serializers.IntegerField()
    at = serializers.DateTimeField()
    phase = serializers.CharField()
    step = serializers.FloatField(allow_null=True)
    verdict = serializers.CharField()
    metric = serializers.CharField()
    unit = serializers.CharField()
    direction = serializers.CharField()
    minimum_effect = serializers.FloatField()
    estimate = serializers.FloatField()
    interval = serializers.ListField(child=serializers.FloatField())
    delivered = DeliveredShape()
    within = serializers.BooleanField(allow_null=True)
    counts = serializers.BooleanField()


class PromisesShape(serializers.Serializer[Any]):
    """The promises of one feature."""

    feature = serializers.CharField()
    released_at = serializers.DateTimeField(allow_null=True)
    promises = PromiseShape(many=True)
    summary = CalibrationShape()


class BySquadShape(CalibrationShape):
    """The features of one squad."""

    squad = serializers.CharField()


class ByStepShape(CalibrationShape):
    """The gates at one step."""

    step = serializers.FloatField()


class PairShape(serializers.Serializer[Any]):
    """One feature: what it promised and what it delivered, in minimum effects."""

    feature = serializers.CharField()
    squad = serializers.CharField()
    gate = serializers.IntegerField(allow_null=True)
    promised = serializers.FloatField()
    promised_interval = serializers.ListField(child=serializers.FloatField())
    delivered = serializers.FloatField()
    difference = serializers.FloatField()
    within = serializers.BooleanField()


class WaitingShape(serializers.Serializer[Any]):
    """A released feature of which nothing is known yet, and why."""

    feature = serializers.CharField()
    squad = serializers.CharField()
    state = serializers.ChoiceField(choices=[str(state) for state in Delivery])
    why = serializers.CharField()


class RankShape(serializers.Serializer[Any]):
    """Spearman's rank correlation; null below ten pairs. `tells`: its interval leaves out zero."""

    count = serializers.IntegerField()
    rho = serializers.FloatField(allow_null=True)
    interval = _ends()
    tells = serializers.BooleanField()


class CorrelationShape(serializers.Serializer[Any]):
    """What scores told of delivered effects, and of returns."""

    effect = RankShape()
    returns = RankShape()


class ToldBySquadShape(CorrelationShape):
    """The scores of one squad."""

    squad = serializers.CharField()


class ToldByGoalShape(CorrelationShape):
    """The points for one goal."""

    goal = serializers.CharField()


class OutcomeShape(serializers.Serializer[Any]):
    """One scored feature: its points, the effect it delivered in minimum effects, and how often its cost came back."""

    feature = serializers.CharField()
    squad = serializers.CharField()
    score = serializers.FloatField()
    delivered = serializers.FloatField(allow_null=True)
    return_factor = serializers.FloatField(allow_null=True)


class ForesightShape(serializers.Serializer[Any]):
    """Whether scores knew anything."""

    summary = CorrelationShape()
    by_squad = ToldBySquadShape(many=True)
    by_goal = ToldByGoalShape(many=True)
    features = OutcomeShape(many=True)


class ReportShape(serializers.Serializer[Any]):
    """Promise against delivery over features, in minimum effects; `scores`: what was scored, against what came."""

    unit = serializers.CharField()
    summary = CalibrationShape()
    by_squad = BySquadShape(many=True)
    by_step = ByStepShape(many=True)
    features = PairShape(many=True)
    waiting = WaitingShape(many=True)
    scores = ForesightShape()


class PromisesDoor(Door):
    """What one feature promised at its gates, and what it delivered."""

    queryset = Feature.objects.all()
    serializer_class = serializers.Serializer

    @extend_schema(responses=PromisesShape)
    def get(self, request: Request, key: str) -> Response:
        """Each decision to advance that saw an effect, oldest first, with what was measured after full release."""
        feature = feature_at(key)
        return Response(kept_json(feature.key, promises_of(feature=feature, now=self.now())))


class CalibrationDoor(Door):
    """Promise against delivery of the portfolio."""

    queryset = Decision.objects.none()
    serializer_class = serializers.Serializer
    parameters = frozenset({"squad", "tribe"})

    @extend_schema(
        parameters=[OpenApiParameter("squad", OpenApiTypes.STR), OpenApiParameter("tribe", OpenApiTypes.STR)],
        responses=ReportShape,
    )
    def get(self, request: Request) -> Response:
        """Bias, shrinkage and coverage: one pair for each released feature, by squad, and by step of the ladder."""
        asked = request.query_params
        place = {"squad": asked.get("squad", ""), "tribe": asked.get("tribe", "")}
        found = report(now=self.now(), **place)
        scores = foresight_json(foresight(measured=found.features, **place))
        return Response({**report_json(found), "scores": scores})
