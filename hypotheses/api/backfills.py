"""Reading past ranges of a metric once more: started, looked at, stopped, resumed."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from features.api.door import Door, Rows
from features.api.fields import Moment
from features.api.strict import Strict
from features.errors import Missing
from hypotheses.actions.backfilling import resume_backfill, start_backfill, stop_backfill
from hypotheses.api.naming import metric_at
from hypotheses.doorbell import ring
from hypotheses.enums import BackfillState
from hypotheses.models import Backfill
from hypotheses.queries.backfills import backfills, progress


class RangeSerializer(Strict):
    """The range: windows that end after `since` and begin before `until`; left out, up to the last that has closed."""

    since = Moment()
    until = Moment(required=False, allow_null=True)


class BackfillSerializer(serializers.Serializer[Any]):
    """A past range that is read once more, and how far that has come, in windows."""

    id = serializers.IntegerField()
    metric = serializers.CharField()
    state = serializers.ChoiceField(choices=[str(state) for state in BackfillState])
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    windows = serializers.IntegerField()
    read = serializers.IntegerField()
    left = serializers.IntegerField()
    dead = serializers.IntegerField()
    started_at = serializers.DateTimeField()
    started_by = serializers.CharField()
    stopped_at = serializers.DateTimeField(allow_null=True)
    stopped_by = serializers.CharField()
    finished_at = serializers.DateTimeField(allow_null=True)

    def to_representation(self, instance: Backfill) -> dict[str, Any]:
        """The backfill in numbers."""
        come = progress(instance)
        return {**asdict(come), "read": come.read}


def _shown(pk: int) -> dict[str, Any]:
    found = backfills().filter(pk=pk).first()
    if found is None:
        raise Missing(code="not_found", detail=f"There is no backfill {pk}.")
    return dict(BackfillSerializer(found).data)


class MetricBackfills(Rows):
    """The backfills of one metric."""

    queryset = Backfill.objects.all()
    serializer_class = BackfillSerializer
    ordering = ("-id",)

    def get_queryset(self) -> QuerySet[Backfill]:
        """Those of the metric in the address."""
        return backfills(metric=metric_at(self.kwargs["key"]))

    @extend_schema(responses=BackfillSerializer(many=True))
    def get(self, request: Request, key: str) -> Response:
        """The backfills of the metric, the latest first."""
        return self.page()

    @extend_schema(request=RangeSerializer, responses={201: BackfillSerializer})
    def post(self, request: Request, key: str) -> Response:
        """Read a past range once more. The same range while it is being read is the same backfill."""
        metric = metric_at(key)
        made = start_backfill(metric=metric, by=self.person, now=self.now(), **self.read(RangeSerializer))
        transaction.on_commit(ring)
        return Response(_shown(made.pk), status=201)


class BackfillDoor(Door):
    """One backfill."""

    queryset = Backfill.objects.all()
    serializer_class = BackfillSerializer

    def get(self, request: Request, pk: int) -> Response:
        """How far it has come."""
        return Response(_shown(pk))


class BackfillAct(Door):
    """Stopping a backfill, or going on with it."""

    queryset = Backfill.objects.all()
    serializer_class = BackfillSerializer

    def carry_out(self, act: Callable[..., Backfill], pk: int) -> Response:
        """Do it, and show how far it has come."""
        _shown(pk)
        self.read_nothing()
        act(backfill=Backfill.objects.get(pk=pk), by=self.person, now=self.now())
        return Response(_shown(pk))


class BackfillStop(BackfillAct):
    """Stopping."""

    @extend_schema(request=None, responses=BackfillSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Let it rest: what is being read ends, what waits is held. One that rests stays as it is."""
        return self.carry_out(stop_backfill, pk)


class BackfillResume(BackfillAct):
    """Going on."""

    @extend_schema(request=None, responses=BackfillSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Go on where it was stopped. One that runs stays as it is."""
        answer = self.carry_out(resume_backfill, pk)
        transaction.on_commit(ring)
        return answer
