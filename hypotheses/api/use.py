"""How much a feature is used: which metrics tell it, and what they said."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from features.api.door import Door, Rows, single
from features.api.fields import LARGEST_BIG_INTEGER, Day, Moment, Number, Ref, Text, Whole
from features.api.ledger import RecordedSerializer, one_or_many
from features.api.strict import Strict
from features.errors import Refusal, wrong
from features.models import Feature
from hypotheses.actions.using import PREFIX, hold_use, land_use, name_use
from hypotheses.api.naming import feature_at
from hypotheses.enums import Quadrant, UseKind, UseState
from hypotheses.models import Metric, UseReading
from hypotheses.queries.clock import database_now
from hypotheses.queries.use import use_of
from hypotheses.sources.base import Row


class ToldShape(serializers.Serializer[Any]):
    """The newest reading of one metric; `stale`: it is too old to be read as how the feature is used now."""

    metric = serializers.CharField()
    since = serializers.DateField()
    value = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField(allow_null=True)
    as_of = serializers.DateTimeField(allow_null=True)
    stale = serializers.BooleanField()


class UseShape(serializers.Serializer[Any]):
    """How much a feature is used. `no_data` is not `no_use`; the quadrant needs both numbers."""

    adoption = ToldShape(allow_null=True)
    frequency = ToldShape(allow_null=True)
    state = serializers.ChoiceField(choices=[str(one) for one in UseState])
    quadrant = serializers.ChoiceField(choices=[str(one) for one in Quadrant], allow_null=True)
    told = serializers.CharField()


class UsageForm(Strict):
    """The keys of the metrics that tell it; null takes one away, what is left out stays. `since`: the first day whose
    readings count.
    """

    adoption = Text(max_length=80, required=False, allow_null=True)
    frequency = Text(max_length=80, required=False, allow_null=True)
    since = Day(required=False, allow_null=True)


class UseReadingSerializer(Strict):
    """What a metric said of the whole audience at one moment: `n` units, and of them the share that used it, or
    the uses of one user in a week.
    """

    metric = Ref("key", max_length=80)
    as_of = Moment()
    n = Whole(max_value=LARGEST_BIG_INTEGER)
    value = Number()
    source = serializers.CharField(read_only=True)  # type: ignore[assignment]  # DRF keeps fields apart
    revision = serializers.IntegerField(read_only=True)
    recorded_at = serializers.DateTimeField(read_only=True)


class UseDoor(Door):
    """How much one feature is used."""

    queryset = Feature.objects.all()
    serializer_class = serializers.Serializer

    @extend_schema(responses=UseShape)
    def get(self, request: Request, key: str) -> Response:
        """Its adoption and frequency with their as-of times, and the quadrant they put it into."""
        return self.shown(_body(feature_at(key)))

    @extend_schema(request=UsageForm, responses=UseShape)
    def put(self, request: Request, key: str) -> Response:
        """Say which metrics of the catalogue tell it."""
        feature, given = feature_at(key), self.read(UsageForm)
        metrics = {kind: _metric(given, kind) for kind in UseKind if kind.value in given}
        with transaction.atomic():
            self.require_shown(_body(hold_use(feature)))  # nobody changes it between look and act
            name_use(feature=feature, metrics=metrics, since=given.get("since"), by=self.person, now=self.now())
        return self.get(request, key)


class UseReadings(Rows):
    """The readings of one feature."""

    queryset = UseReading.objects.all()
    serializer_class = UseReadingSerializer
    ordering = ("-as_of", "-id")

    def get_queryset(self) -> QuerySet[UseReading]:
        """Those that stand."""
        feature = feature_at(self.kwargs["key"])
        return UseReading.objects.filter(feature=feature, superseded_at__isnull=True).select_related("metric")

    @extend_schema(responses=UseReadingSerializer(many=True))
    def get(self, request: Request, key: str) -> Response:
        """The readings, the latest first."""
        return self.page()

    @extend_schema(
        request=one_or_many(UseReadingSerializer), responses={201: RecordedSerializer, 200: RecordedSerializer}
    )
    def post(self, request: Request, key: str) -> Response:
        """Record readings, one or a list: all or nothing, again and again by (metric, as_of)."""
        feature = feature_at(key)
        given, is_list = self.read_rows(UseReadingSerializer)
        rows = [
            Row(trial=f"{PREFIX}{feature.key}", arm="all", metric=one["metric"], as_of=one["as_of"], n=one["n"],
                mean=one["value"])
            for one in given
        ]  # fmt: skip
        try:
            landed = land_use(rows=rows, now=database_now(), by=self.person)
        except Refusal as refused:
            raise refused if is_list else single(refused) from refused
        counts = {"new": landed.new, "revised": landed.revised, "unchanged": landed.unchanged}
        return Response(counts, status=201 if landed.new or landed.revised else 200)


def _body(feature: Feature) -> dict[str, Any]:
    return use_of(features=[feature.pk])[feature.pk].as_json()


def _metric(given: dict[str, Any], kind: UseKind) -> Metric | None:
    key = given[kind.value]
    if key is None:
        return None
    metric = Metric.objects.filter(key=key).first()
    if metric is None:
        raise wrong(kind.value, f"There is no metric “{key}”.", code="unknown")
    return metric
