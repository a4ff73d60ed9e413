"""What a ladder can find out, and when."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from features.api.door import Door
from features.errors import wrong
from features.numbers import is_plain
from hypotheses.api.naming import feature_at
from hypotheses.models import Hypothesis
from lifecycle.queries.plans import ASSUMED, plan_of


class StepShape(serializers.Serializer[Any]):
    """One step by itself. `proves`: its gate asks for “validated”; `days`: how long what it asks takes. Days are null
    where the units run out before.
    """

    percent = serializers.FloatField()
    treated_per_day = serializers.FloatField()
    harm_days = serializers.FloatField(allow_null=True)
    decision_days = serializers.FloatField(allow_null=True)
    detectable = serializers.FloatField(allow_null=True)
    proves = serializers.BooleanField()
    days = serializers.FloatField(allow_null=True)


class PlanShape(serializers.Serializer[Any]):
    """The plan; `problem` says what is missing before one can be made, `warning` what is wrong with it."""

    from_trial = serializers.CharField(allow_null=True)
    units_per_day = serializers.FloatField(allow_null=True)
    unit_variance = serializers.FloatField(allow_null=True)
    minimum_effect = serializers.FloatField(allow_null=True)
    base = serializers.FloatField(allow_null=True)
    planned_units = serializers.IntegerField(allow_null=True)
    units_needed = serializers.FloatField(allow_null=True)
    days = serializers.FloatField(allow_null=True)
    warning = serializers.CharField(allow_blank=True)
    problem = serializers.CharField(allow_blank=True)
    steps = StepShape(many=True)
    suggested_percents = serializers.ListField(child=serializers.FloatField())


class PlanDoor(Door):
    """The plan of a feature's ladder."""

    queryset = Hypothesis.objects.all()
    serializer_class = serializers.Serializer
    parameters = frozenset(ASSUMED)

    @extend_schema(
        parameters=[
            OpenApiParameter(
                name, OpenApiTypes.DOUBLE, description="Assumed instead of what trials have shown; above 0."
            )
            for name in ASSUMED
        ],
        responses=PlanShape,
    )
    def get(self, request: Request, key: str) -> Response:
        """Days to a decision and to gross harm for each step, and the steps that are worth climbing."""
        given = {name: _number(request.query_params[name], name) for name in ASSUMED if name in request.query_params}
        return Response(plan_of(feature=feature_at(key), assumed=given).as_json())


def _number(text: str, name: str) -> float:
    if not is_plain(text):
        raise wrong(name, "Give a number above 0.")
    return float(text)
