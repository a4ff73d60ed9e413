"""Trials, and the results that are pushed for them."""

import re
from dataclasses import asdict
from typing import Any, Final

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from features.api.door import Door, Rows, single
from features.api.fields import LARGEST_BIG_INTEGER, Key, Moment, Number, OneOf, Percent, Ref, Text, Whole
from features.api.ledger import RecordedSerializer, one_or_many
from features.api.strict import Strict
from features.errors import Refusal, wrong
from hypotheses.actions.landing import land_results
from hypotheses.actions.trial import end_trial, register_trial
from hypotheses.api.naming import named_feature, trial_at
from hypotheses.enums import ArmRole, Population
from hypotheses.models import Result, Stage, Trial
from hypotheses.queries.clock import database_now
from hypotheses.sources.base import Row

DECIMAL: Final = re.compile(r"[+-]?[0-9]{1,60}(\.[0-9]{1,60})?")


class Many(serializers.ListField):
    """Rows of a relation, each through the child serializer."""

    def to_representation(self, data: Any) -> list[Any]:
        """The rows in their order."""
        return [self.child.to_representation(row) for row in data.all()]


class ArmSerializer(Strict):
    """One arm, and the share of the units that it is meant to get (any positive weight)."""

    name = Text(max_length=60)
    role = OneOf(ArmRole)
    share = Number(required=False)


class StageSerializer(serializers.Serializer[Stage]):
    """A stretch of constant allocation."""

    label = serializers.CharField()  # type: ignore[assignment]  # DRF keeps fields apart
    percent = Percent(allow_null=True)
    shares = serializers.DictField()
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class TrialSerializer(Strict):
    """One controlled comparison of arms for the hypothesis in force. `stage` labels the first stage."""

    fixed = frozenset(
        {
            "key", "feature", "name", "unit", "audience", "market", "population", "exclusive", "arms", "started_at",
            "stage",
        }
    )  # fmt: skip
    key = Key()
    feature = Ref("key", max_length=80)
    hypothesis_version = serializers.IntegerField(
        source="hypothesis.version", read_only=True, default=None, allow_null=True
    )
    name = Text(max_length=160, required=False, allow_blank=True)
    unit = Text(max_length=60, required=False)
    audience = Text(required=False, allow_blank=True)
    market = Text(max_length=80, required=False, allow_blank=True)
    population = OneOf(Population, required=False)
    exclusive = serializers.BooleanField(required=False)
    arms = Many(child=ArmSerializer(), min_length=2, max_length=50)
    started_at = Moment(required=False)
    ended_at = Moment(required=False, allow_null=True)
    stage = Text(max_length=40, write_only=True, required=False, allow_blank=True)
    stages = Many(child=StageSerializer(), read_only=True)


class Label(Text):
    """A stage's label; a number is taken for its text."""

    def to_internal_value(self, data: Any) -> str:
        """The label."""
        whole = isinstance(data, int) and not isinstance(data, bool)
        return super().to_internal_value(str(data) if whole else data)


class DecimalText(Text):
    """A number written out in decimal digits, kept exactly as it is written."""

    def to_internal_value(self, data: Any) -> str:
        """The digits."""
        whole = isinstance(data, int) and not isinstance(data, bool)
        text = super().to_internal_value(str(data) if whole else data)
        if not DECIMAL.fullmatch(text):
            detail = "Write the number out in decimal digits, for example “12045.75”."
            raise serializers.ValidationError(detail, code="invalid")
        return text


def _count() -> Whole:
    return Whole(max_value=LARGEST_BIG_INTEGER, required=False, allow_null=True)


def _number() -> Number:
    return Number(required=False, allow_null=True)


class ResultSerializer(Strict):
    """The sufficient statistics of one arm for one metric, cumulative within its stage. Never raw user rows."""

    metric = Ref("key", max_length=80)
    arm = Ref("name", max_length=60)
    stage = Label(max_length=40, required=False, allow_null=True)
    opens_stage = serializers.BooleanField(write_only=True, required=False)
    as_of = Moment()
    n = Whole(max_value=LARGEST_BIG_INTEGER)
    mean = _number()
    var = _number()
    sum = DecimalText(write_only=True, required=False, allow_null=True)
    sum_squares = DecimalText(write_only=True, required=False, allow_null=True)
    mean_x = _number()
    var_x = _number()
    cov_xy = _number()
    n_assigned = _count()
    n_multi_arm = _count()
    design_weight = _number()
    revision = serializers.IntegerField(read_only=True)
    recorded_at = serializers.DateTimeField(read_only=True)
    superseded_at = serializers.DateTimeField(read_only=True, allow_null=True)
    source = serializers.CharField(read_only=True)  # type: ignore[assignment]  # DRF keeps fields apart

    def to_representation(self, instance: Result) -> dict[str, Any]:
        """The result, with its stage by label."""
        return {**super().to_representation(instance), "stage": instance.stage.label}


class TrialFilter(django_filters.FilterSet):
    """By feature, squad, and whether it runs."""

    feature = django_filters.CharFilter(field_name="feature__key")
    squad = django_filters.CharFilter(field_name="feature__squad__slug")
    running = django_filters.ChoiceFilter(choices=[("true", "true"), ("false", "false")], method="only_running")

    def only_running(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Those without an end, or those with one."""
        return rows.filter(ended_at__isnull=value == "true")


class ResultFilter(django_filters.FilterSet):
    """Current results; with `history=true` the superseded ones as well."""

    metric = django_filters.CharFilter(field_name="metric__key")
    arm = django_filters.CharFilter(field_name="arm__name")
    stage = django_filters.CharFilter(field_name="stage__label")
    history = django_filters.ChoiceFilter(choices=[("true", "true"), ("false", "false")], method="all_of_them")

    def all_of_them(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Nothing to leave out here: `filter_queryset` does."""
        return rows

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Without `history=true`, what was superseded is left out."""
        found: QuerySet[Any] = super().filter_queryset(queryset)
        return found if self.form.cleaned_data["history"] == "true" else found.filter(superseded_at__isnull=True)


class Trials(Rows):
    """All trials."""

    queryset = Trial.objects.select_related("feature", "hypothesis").prefetch_related("arms", "stages")
    serializer_class = TrialSerializer
    filterset_class = TrialFilter
    ordering = ("key",)

    @extend_schema(responses=TrialSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The trials, by key."""
        return self.page()

    @extend_schema(request=TrialSerializer, responses={201: TrialSerializer})
    def post(self, request: Request) -> Response:
        """Register a trial and open its first stage."""
        given = self.read(TrialSerializer)
        feature = named_feature(given.pop("feature"))
        trial = register_trial(**given, feature=feature, by=self.person, now=self.now())
        data = TrialSerializer(trial_at(trial.key)).data
        return self.shown(data, version=trial.version, status=201, location=f"{request.path}{trial.key}/")


class TrialDoor(Door):
    """One trial."""

    queryset = Trial.objects.all()
    serializer_class = TrialSerializer

    def get(self, request: Request, key: str) -> Response:
        """The trial with its arms and stages."""
        trial = trial_at(key)
        return self.shown(TrialSerializer(trial).data, version=trial.version)

    def patch(self, request: Request, key: str) -> Response:
        """End it: `{"ended_at": …}`. Everything else was fixed when it was registered."""
        trial = trial_at(key)
        ended_at = self.read(TrialSerializer, partial=True).get("ended_at")
        if ended_at is None:
            raise wrong("ended_at", "Say when it ended; nothing else of a trial changes.", code="required")
        self.require_version(trial.version)
        end_trial(trial=trial, by=self.person, now=self.now(), ended_at=ended_at)
        return self.get(request, key)


class TrialResults(Rows):
    """The results of one trial."""

    queryset = Result.objects.all()
    serializer_class = ResultSerializer
    filterset_class = ResultFilter
    ordering = ("-as_of", "-id")

    def get_queryset(self) -> QuerySet[Result]:
        """The results of the trial in the address."""
        trial = trial_at(self.kwargs["key"])
        return Result.objects.filter(stage__trial=trial).select_related("stage", "metric", "arm")

    @extend_schema(responses=ResultSerializer(many=True))
    def get(self, request: Request, key: str) -> Response:
        """The results, the latest first."""
        return self.page()

    @extend_schema(
        request=one_or_many(ResultSerializer),
        responses={201: RecordedSerializer, 200: RecordedSerializer},
    )
    def post(self, request: Request, key: str) -> Response:
        """Record results, one or a list: all or nothing, again and again by (stage, metric, arm, as_of)."""
        trial = trial_at(key)
        given, is_list = self.read_rows(ResultSerializer)
        rows = [Row(trial=trial.key, **row) for row in given]
        try:
            landed = land_results(rows=rows, now=database_now(), by=self.person)  # the clock of the pulls
        except Refusal as refused:
            raise refused if is_list else single(refused) from refused
        status = 201 if landed.new or landed.revised else 200
        return Response(RecordedSerializer(asdict(landed)).data, status=status)
