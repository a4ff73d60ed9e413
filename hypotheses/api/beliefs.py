"""What a hypothesis and a finding look like; the findings of a feature."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from features.api.door import Rows
from features.api.fields import Number, OneOf, Ref, Text, Whole
from features.api.strict import Strict
from hypotheses.actions.finding import add_finding
from hypotheses.api.naming import feature_at
from hypotheses.api.trials import Many
from hypotheses.enums import Better, EffectScale, FindingKind, Population
from hypotheses.models import Finding


class SuccessMetricSerializer(Strict):
    """A further metric that may validate the hypothesis: by at least `minimum_effect`, absolute, in its own unit."""

    metric = Ref("key", max_length=80)
    direction = OneOf(Better)
    minimum_effect = Number()


class GuardrailSerializer(Strict):
    """A metric that the change may not harm by more than `margin` (its own unit)."""

    metric = Ref("key", max_length=80)
    margin = Number(required=False)
    minimum_effect = Number(required=False, allow_null=True)


class HypothesisSerializer(Strict):
    """“`change` for `audience` will move `metric` `direction` by at least `minimum_effect`, because `reason`.”"""

    version = serializers.IntegerField(read_only=True)
    change = Text(required=False, allow_blank=True)
    audience = Text(required=False, allow_blank=True)
    reason = Text(required=False, allow_blank=True)
    mvp = Text(required=False, allow_blank=True)
    market = Text(required=False, allow_blank=True)
    metric = Ref("key", max_length=80, required=False, allow_null=True)
    direction = serializers.ChoiceField(choices=[str(b) for b in Better], required=False, allow_blank=True)
    minimum_effect = Number(required=False, allow_null=True)
    effect_scale = OneOf(EffectScale, required=False)
    planned_units = Whole(required=False, allow_null=True)
    success_metrics = Many(child=SuccessMetricSerializer(), required=False, max_length=20)
    guardrails = Many(child=GuardrailSerializer(), required=False, max_length=50)
    locked_at = serializers.DateTimeField(read_only=True, allow_null=True)
    baseline = serializers.FloatField(read_only=True, allow_null=True)
    minimum_effect_absolute = serializers.FloatField(read_only=True, allow_null=True)
    created_at = serializers.DateTimeField(read_only=True)
    created_by = Ref("username", read_only=True, allow_null=True)


class CohortSerializer(Strict):
    """Who was looked at."""

    market = Text(max_length=80, required=False, allow_blank=True)
    population = OneOf(Population)


class FindingSerializer(Strict):
    """Evidence without a trial."""

    id = serializers.IntegerField(read_only=True)
    kind = OneOf(FindingKind)
    cohort = CohortSerializer()
    successes = Whole(required=False, allow_null=True)
    trials = Whole(required=False, allow_null=True)
    target = Number(required=False)
    note = Text(required=False, allow_blank=True)
    url = Text(max_length=200, required=False, allow_blank=True)
    at = serializers.DateTimeField(read_only=True)
    by = Ref("username", read_only=True, allow_null=True)

    def to_representation(self, instance: Finding) -> dict[str, Any]:
        """The finding with its cohort."""
        instance.cohort = {"market": instance.market, "population": instance.population}  # type: ignore[attr-defined]
        return super().to_representation(instance)


class Findings(Rows):
    """The findings of one feature."""

    queryset = Finding.objects.select_related("by")
    serializer_class = FindingSerializer
    ordering = ("-id",)

    def get_queryset(self) -> Any:
        """The findings of the feature in the address."""
        return Finding.objects.filter(feature=feature_at(self.kwargs["key"])).select_related("by")

    @extend_schema(responses=FindingSerializer(many=True))
    def get(self, request: Request, key: str) -> Response:
        """The findings, the latest first."""
        return self.page()

    @extend_schema(request=FindingSerializer, responses={201: FindingSerializer})
    def post(self, request: Request, key: str) -> Response:
        """Record a finding. The first one of a stint locks its hypothesis."""
        feature = feature_at(key)
        finding = add_finding(**self.read(FindingSerializer), feature=feature, by=self.person, now=self.now())
        return Response(FindingSerializer(finding).data, status=201)
