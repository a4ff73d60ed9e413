"""The catalogue of metrics, and their pulls."""

from dataclasses import asdict
from typing import Any, Final

import django_filters
from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from features.api.door import Door, Rows
from features.api.fields import Key, Moment, Number, OneOf, Ref, Text, Whole
from features.api.strict import Strict
from features.errors import Missing
from hypotheses.actions.mending import pull_now, retry_pull, skip_pull
from hypotheses.actions.metric import create_metric, edit_metric
from hypotheses.api.naming import metric_at, with_rows
from hypotheses.doorbell import ring
from hypotheses.enums import Better, MetricKind, PullState
from hypotheses.models import Metric, Pull
from hypotheses.queries.catalogue import require_catalogue_writer
from hypotheses.queries.clock import database_now
from hypotheses.queries.probe import Preview, preview
from hypotheses.queries.pulls import is_late, pull_fact, pulls

FOR_PAGES: Final = frozenset({"metric_name", "source_name"})
"""What a pull tells people only; programs know metrics and sources by their keys."""


class ScheduleSerializer(Strict):
    """When a metric is pulled. `start` begins it earlier: all windows since then are read."""

    every_seconds = Whole(min_value=1, required=False)
    delay_seconds = Whole(required=False)
    restate_after = serializers.ListField(child=Whole(), required=False, max_length=5)
    start = Moment(write_only=True, required=False)
    enabled = serializers.BooleanField(required=False)


class MetricSerializer(Strict):
    """A product metric: what one unit contributes, its unit, which way is better, where it comes from."""

    fixed = frozenset({"key"})
    key = Key()
    name = Text(max_length=160, required=False)
    kind = OneOf(MetricKind)
    unit = Text(max_length=40, required=False, allow_blank=True)
    better = OneOf(Better, required=False)
    description = Text(required=False, allow_blank=True)
    owner = Ref("username", required=False, allow_null=True)
    source = Ref("key", required=False, allow_null=True)  # type: ignore[assignment]  # DRF keeps fields apart
    query = Text(required=False, allow_blank=True)
    baseline = Number(required=False, allow_null=True)
    schedule = ScheduleSerializer(required=False, allow_null=True)
    definition_hash = serializers.CharField(read_only=True)


class WindowSerializer(serializers.Serializer[Any]):
    """The time that a pull is about."""

    start = serializers.DateTimeField()
    end = serializers.DateTimeField()


class PullSerializer(serializers.Serializer[Any]):
    """One fetch of one metric for one window. `next_attempt_at` while it waits; `error` a sentence: of one that
    succeeded, which of its rows were not landed.
    """

    id = serializers.IntegerField()
    metric = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # DRF keeps fields apart
    state = serializers.ChoiceField(choices=[str(state) for state in PullState])
    window_start = serializers.DateTimeField()
    window_end = serializers.DateTimeField()
    window = WindowSerializer()
    pass_number = serializers.IntegerField()
    attempts = serializers.IntegerField()
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    error = serializers.CharField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    seconds = serializers.FloatField(allow_null=True)
    rows = serializers.IntegerField(allow_null=True)
    bytes = serializers.IntegerField(allow_null=True)

    def to_representation(self, instance: Pull) -> dict[str, Any]:
        """The pull as people see it."""
        fact = asdict(pull_fact(instance))
        fact["window"] = {"start": fact["window_start"], "end": fact["window_end"]}
        return {name: value for name, value in fact.items() if name not in FOR_PAGES}


class SkipSerializer(Strict):
    """Why a window is left out."""

    reason = Text()


class ReadRowSerializer(serializers.Serializer[Any]):
    """A row as the source gave it; null where it gave nothing. `sum` and `sum_squares` are exact decimal texts."""

    trial = serializers.CharField()
    arm = serializers.CharField()
    stage = serializers.CharField(allow_null=True)
    as_of = serializers.DateTimeField()
    n = serializers.IntegerField()
    mean = serializers.FloatField(allow_null=True)
    var = serializers.FloatField(allow_null=True)
    sum = serializers.CharField(allow_null=True)
    sum_squares = serializers.CharField(allow_null=True)
    mean_x = serializers.FloatField(allow_null=True)
    var_x = serializers.FloatField(allow_null=True)
    cov_xy = serializers.FloatField(allow_null=True)
    n_assigned = serializers.IntegerField(allow_null=True)
    n_multi_arm = serializers.IntegerField(allow_null=True)
    design_weight = serializers.FloatField(allow_null=True)


class PreviewSerializer(serializers.Serializer[Preview]):
    """What a metric's query brings now: the first rows, how many there were, how many bytes were read for them."""

    ok = serializers.BooleanField()
    detail = serializers.CharField()
    seconds = serializers.FloatField()
    bytes = serializers.IntegerField()
    count = serializers.IntegerField()
    rows = ReadRowSerializer(many=True)


class MetricFilter(django_filters.FilterSet):
    """By kind, source and owner."""

    kind = django_filters.ChoiceFilter(choices=[(str(k), k.label) for k in MetricKind])
    source = django_filters.CharFilter(field_name="source__key")
    owner = django_filters.CharFilter(field_name="owner__username")


class PullFilter(django_filters.FilterSet):
    """By state, metric and source; `late=true`: should have been read a while ago, or is to be tried again."""

    state = django_filters.ChoiceFilter(choices=[(str(state), state.label) for state in PullState])
    metric = django_filters.CharFilter(field_name="schedule__metric__key")
    source = django_filters.CharFilter(field_name="source__key")
    late = django_filters.ChoiceFilter(choices=[("true", "true"), ("false", "false")], method="only_late")

    def only_late(self, rows: QuerySet[Pull], name: str, value: str) -> QuerySet[Pull]:
        """By the database's clock."""
        late = is_late(now=database_now())
        return rows.filter(late) if value == "true" else rows.exclude(late)


class Metrics(Rows):
    """All metrics."""

    queryset = Metric.objects.select_related("source", "owner", "schedule")
    serializer_class = MetricSerializer
    filterset_class = MetricFilter
    ordering = ("key",)

    @extend_schema(responses=MetricSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The metrics, by key."""
        return self.page()

    @extend_schema(request=MetricSerializer, responses={201: MetricSerializer})
    def post(self, request: Request) -> Response:
        """Add a metric; with a source that is pulled it gets a schedule, each day unless another is given."""
        metric = create_metric(**with_rows(self.read(MetricSerializer)), by=self.person, now=self.now())
        data = MetricSerializer(metric_at(metric.key)).data
        return self.shown(data, version=metric.version, status=201, location=f"{request.path}{metric.key}/")


class MetricDoor(Door):
    """One metric."""

    queryset = Metric.objects.all()
    serializer_class = MetricSerializer

    def get(self, request: Request, key: str) -> Response:
        """The metric."""
        metric = metric_at(key)
        return self.shown(MetricSerializer(metric).data, version=metric.version)

    def patch(self, request: Request, key: str) -> Response:
        """Change it. With kind, query or source its definition changes; results keep the one they came under."""
        metric = metric_at(key)
        changes = with_rows(self.read(MetricSerializer, partial=True))
        edit_metric(metric=metric, by=self.person, now=self.now(), version=self.expected_version(), **changes)
        return self.get(request, key)


class MetricPreview(Door):
    """Trying a metric's query. Nothing is written, so an `Idempotency-Key` has nothing to keep."""

    queryset = Metric.objects.all()
    serializer_class = PreviewSerializer
    keeps_replies = False

    @extend_schema(request=None, responses=PreviewSerializer)
    def post(self, request: Request, key: str) -> Response:
        """Ask the source for the last day now, and show the first 20 rows that came."""
        metric = metric_at(key)
        require_catalogue_writer(self.person)
        self.read_nothing()
        return Response(PreviewSerializer(preview(metric=metric, now=self.now())).data)


class MetricPulls(Rows):
    """The pulls of one metric."""

    queryset = Pull.objects.all()
    serializer_class = PullSerializer
    filterset_class = PullFilter
    ordering = ("-window_end", "-id")

    def get_queryset(self) -> QuerySet[Pull]:
        """The pulls of the metric in the address."""
        return pulls(metric=metric_at(self.kwargs["key"]))

    @extend_schema(responses=PullSerializer(many=True))
    def get(self, request: Request, key: str) -> Response:
        """The pulls of the metric, the latest windows first."""
        return self.page()

    @extend_schema(request=None, responses={201: PullSerializer})
    def post(self, request: Request, key: str) -> Response:
        """Pull the metric now: its last closed window once more, and what has come since."""
        metric = metric_at(key)
        require_catalogue_writer(self.person)
        self.read_nothing()
        pull = pull_now(metric=metric, by=self.person, now=self.now())
        transaction.on_commit(lambda: ring(first=pull.pk))
        return Response(PullSerializer(pulls().get(pk=pull.pk)).data, status=201)


class Pulls(Rows):
    """All pulls."""

    queryset = Pull.objects.all()
    serializer_class = PullSerializer
    filterset_class = PullFilter
    ordering = ("-window_end", "-id")

    def get_queryset(self) -> QuerySet[Pull]:
        """With metrics and sources."""
        return pulls()

    @extend_schema(responses=PullSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The pulls, the latest windows first."""
        return self.page()


def pull_at(pk: int) -> Pull:
    """The pull of an address.

    Raises:
        Missing: there is none with this number.
    """
    pull = pulls().filter(pk=pk).first()
    if pull is None:
        raise Missing(code="not_found", detail=f"There is no pull {pk}.")
    return pull


class PullRetry(Door):
    """Trying a pull again."""

    queryset = Pull.objects.all()
    serializer_class = PullSerializer

    @extend_schema(request=None, responses=PullSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Make a failed or dead pull due at once. One that waits or runs stays as it is."""
        pull = pull_at(pk)
        require_catalogue_writer(self.person)
        self.read_nothing()
        retry_pull(pull=pull, by=self.person, now=self.now())
        transaction.on_commit(lambda: ring(first=pk))
        return Response(PullSerializer(pull_at(pk)).data)


class PullSkip(Door):
    """Leaving a window out."""

    queryset = Pull.objects.all()
    serializer_class = PullSerializer

    @extend_schema(request=SkipSerializer, responses=PullSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Leave a window out for good, with a reason; for a pull that waits, failed or is dead."""
        pull = pull_at(pk)
        require_catalogue_writer(self.person)
        skip_pull(pull=pull, by=self.person, now=self.now(), **self.read(SkipSerializer))
        return Response(PullSerializer(pull_at(pk)).data)
