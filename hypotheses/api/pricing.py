"""What one unit of a metric is worth."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from features.api.door import Rows
from features.api.fields import Day, Exact, Ref, Text
from features.api.strict import Strict
from hypotheses.actions.pricing import price_unit
from hypotheses.api.naming import metric_at, with_rows
from hypotheses.models import UnitValue


class UnitValueSerializer(Strict):
    """What it is worth, from a day on, when one unit has one more of the metric; `rate` turns `currency` into the
    house's own.
    """

    from_on = Day()
    amount = Exact(max_digits=16, decimal_places=4)
    currency = Text(max_length=3, required=False)
    rate = Exact(max_digits=18, decimal_places=8, required=False)
    owner = Ref("username", required=False, allow_null=True)
    note = Text(required=False, allow_blank=True)
    set_at = serializers.DateTimeField(read_only=True)
    set_by = Ref("username", read_only=True, allow_null=True)


class UnitValues(Rows):
    """The prices of one metric. Without any it is unpriced, and its effects are no money."""

    queryset = UnitValue.objects.all()
    serializer_class = UnitValueSerializer
    ordering = ("-from_on", "-id")

    def get_queryset(self) -> Any:
        """Those of the metric in the address."""
        return UnitValue.objects.filter(metric=metric_at(self.kwargs["key"])).select_related("owner", "set_by")

    @extend_schema(responses=UnitValueSerializer(many=True))
    def get(self, request: Request, key: str) -> Response:
        """The prices, the newest day first."""
        return self.page()

    @extend_schema(request=UnitValueSerializer, responses={201: UnitValueSerializer})
    def post(self, request: Request, key: str) -> Response:
        """Say what a unit is worth from a day on; what was said of that day is replaced."""
        metric = metric_at(key)
        value = price_unit(metric=metric, by=self.person, now=self.now(), **with_rows(self.read(UnitValueSerializer)))
        return Response(UnitValueSerializer(value).data, status=201)
