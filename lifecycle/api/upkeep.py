"""What keeping a feature costs, by month and kind."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from features.api.door import Door
from features.models import Feature
from hypotheses.api.naming import feature_at
from lifecycle.queries.maintenance_table import maintenance_table


class UpkeepAmountShape(serializers.Serializer[Any]):
    """Money in `CURRENCY`, and apart from it person-days without a rate."""

    amount = serializers.CharField()
    person_days = serializers.CharField()


class UpkeepMonthShape(serializers.Serializer[Any]):
    """One month; without an entry it is not `known`, and has no `total`."""

    start = serializers.DateField()
    known = serializers.BooleanField()
    total = UpkeepAmountShape(allow_null=True)
    kinds = serializers.DictField(child=UpkeepAmountShape())


class UpkeepDriftShape(serializers.Serializer[Any]):
    """The line through the known months: what it gains a month, and whether that can be told from chance."""

    unit = serializers.ChoiceField(choices=["money", "days"])
    months = serializers.IntegerField()
    a_month = serializers.FloatField()
    clear = serializers.BooleanField()


def _ledger_shape() -> type[serializers.Serializer[Any]]:
    fields: dict[str, Any] = {
        "__doc__": "The twelve whole months before this one. `estimate` is beside `known`, never in it.",
        "from": serializers.DateField(),
        "to": serializers.DateField(),
        "known": UpkeepAmountShape(),
        "tweaks": UpkeepAmountShape(),
        "months_known": serializers.IntegerField(),
        "months_unknown": serializers.IntegerField(),
        "unknown_months": serializers.ListField(child=serializers.DateField()),
        "estimate": UpkeepAmountShape(allow_null=True),
        "estimate_basis": serializers.ChoiceField(choices=["own", "squad", ""]),
        "with_estimate": UpkeepAmountShape(),
        "drift": UpkeepDriftShape(allow_null=True),
        "months": UpkeepMonthShape(many=True),
    }
    return type(
        "MaintenanceLedgerShape", (serializers.Serializer,), fields
    )  # `from` is no name that a class body can give


MaintenanceLedgerShape = _ledger_shape()


class UpkeepDoor(Door):
    """The maintenance ledger of one feature."""

    queryset = Feature.objects.all()
    serializer_class = serializers.Serializer

    @extend_schema(responses=MaintenanceLedgerShape)
    def get(self, request: Request, key: str) -> Response:
        """The twelve whole months before this one, by month and kind; what nobody accounted for is unknown."""
        table = maintenance_table(feature=feature_at(key), until=timezone.localdate(self.now()))
        return Response(table.as_json())
