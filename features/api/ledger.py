"""Investments and returns: lists of what stands, and batches that are written whole or not at all."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from features.actions.investment import InvestmentRow, record_investments
from features.actions.ledger import Recorded
from features.actions.returns import ReturnRow, record_returns
from features.api.door import Rows, single
from features.api.fields import Day, Exact, Money, OneOf, PersonDays, Ref, Text
from features.api.filters import DayFilter
from features.api.strict import Strict
from features.enums import Category, Upkeep
from features.errors import Refusal
from features.models import Investment, Return
from features.models.ledger import LedgerEntry

LARGEST_RATE_DIGITS = 18


class EntrySerializer(Strict):
    """What investments and returns have in common. `rate` turns `currency` into the house's own."""

    id = serializers.IntegerField(read_only=True)
    feature = Ref("key", max_length=80)
    on = Day()
    currency = Text(max_length=3, required=False)
    rate = Exact(max_digits=LARGEST_RATE_DIGITS, decimal_places=8, required=False)
    amount_base = Money(read_only=True, allow_null=True)
    source = Text(max_length=80, required=False, allow_blank=True)  # type: ignore[assignment]  # DRF keeps fields apart
    external_id = Text(max_length=200, required=False, allow_blank=True)
    note = Text(required=False, allow_blank=True)
    revision = serializers.IntegerField(read_only=True)
    recorded_at = serializers.DateTimeField(read_only=True)
    recorded_by = Ref("username", read_only=True, allow_null=True)
    superseded_at = serializers.DateTimeField(read_only=True, allow_null=True)


class InvestmentSerializer(EntrySerializer):
    """What one day cost: an amount, person-days, or both. `upkeep`: which kind of maintenance it was, in Tweak It and
    Maintain It.
    """

    category = OneOf(Category)
    upkeep = OneOf(Upkeep, required=False, allow_blank=True)
    amount = Money(required=False, allow_null=True)
    person_days = PersonDays(required=False, allow_null=True)


class ReturnSerializer(EntrySerializer):
    """What one day earned; a loss is negative. `low` and `high` bound a measured one."""

    amount = Money()
    low = Money(required=False, allow_null=True, write_only=True)
    high = Money(required=False, allow_null=True, write_only=True)
    low_base = Money(read_only=True, allow_null=True)
    high_base = Money(read_only=True, allow_null=True)


class RecordedSerializer(serializers.Serializer[Any]):
    """What a batch came to."""

    new = serializers.IntegerField()
    revised = serializers.IntegerField()
    unchanged = serializers.IntegerField()


class EntryFilter(django_filters.FilterSet):
    """Current entries; with `history=true` the superseded ones as well."""

    feature = django_filters.CharFilter(field_name="feature__key")
    squad = django_filters.CharFilter(field_name="feature__squad__slug")
    source = django_filters.CharFilter()
    external_id = django_filters.CharFilter()
    since = DayFilter(field_name="on", lookup_expr="gte")
    until = DayFilter(field_name="on", lookup_expr="lte")
    history = django_filters.ChoiceFilter(choices=[("true", "true"), ("false", "false")], method="all_of_them")

    def all_of_them(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Nothing to leave out here: `filter_queryset` does."""
        return rows

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Without `history=true`, what was superseded is left out."""
        found: QuerySet[Any] = super().filter_queryset(queryset)
        return found if self.form.cleaned_data["history"] == "true" else found.filter(superseded_at__isnull=True)


class InvestmentFilter(EntryFilter):
    """By category and kind of upkeep as well."""

    upkeep = django_filters.ChoiceFilter(choices=[(str(u), u.label) for u in Upkeep])
    category = django_filters.ChoiceFilter(choices=[(str(c), c.label) for c in Category])


class _Entries(ABC, Rows):
    """What the two lists have in common."""

    ordering = ("-on", "-id")
    model: ClassVar[type[LedgerEntry]]

    def get_queryset(self) -> Any:
        """The entries with what they show of features and people."""
        return self.model._default_manager.select_related("feature", "recorded_by")

    def answer(self, rows: Sequence[dict[str, Any]], *, is_list: bool) -> Response:
        """Record the rows; answer with the counts for a list, with the entry for a single one."""
        try:
            recorded = self.record(rows)
        except Refusal as refused:
            raise refused if is_list else single(refused) from refused
        status = 201 if recorded.new or recorded.revised else 200
        if is_list:
            return Response(RecordedSerializer(recorded).data, status=status)
        entry = self.get_queryset().get(pk=recorded.ids[0])
        return Response(self.get_serializer(entry).data, status=status)

    @abstractmethod
    def record(self, rows: Sequence[dict[str, Any]]) -> Recorded:
        """The act itself."""


def one_or_many(form: type[serializers.Serializer[Any]]) -> Any:
    """One row or a list of rows, for the OpenAPI schema."""
    return one_of(f"{_name(form)}OrList", form(), form(many=True))


def _answered(form: type[serializers.Serializer[Any]]) -> dict[int, Any]:
    """201 when something was written, 200 when not: a single row as it stands, a list with its counts."""
    either = one_of(f"{_name(form)}OrCounts", form(), RecordedSerializer())
    return {201: either, 200: either}


def _name(form: type[serializers.Serializer[Any]]) -> str:
    return form.__name__.removesuffix("Serializer")


def one_of(name: str, *forms: Any) -> Any:
    """One of several forms, under a name of its own, for the OpenAPI schema."""
    return PolymorphicProxySerializer(
        component_name=name, serializers=list(forms), resource_type_field_name=None, many=False
    )


class Investments(_Entries):
    """What features cost."""

    queryset = Investment.objects.all()
    model = Investment
    serializer_class = InvestmentSerializer
    filterset_class = InvestmentFilter

    @extend_schema(responses=InvestmentSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The entries, newest day first."""
        return self.page()

    @extend_schema(request=one_or_many(InvestmentSerializer), responses=_answered(InvestmentSerializer))
    def post(self, request: Request) -> Response:
        """Record one investment, or a list of them: all or nothing, again and again by (source, external_id)."""
        rows, is_list = self.read_rows(InvestmentSerializer)
        return self.answer(rows, is_list=is_list)

    def record(self, rows: Sequence[dict[str, Any]]) -> Recorded:
        """Record the investments."""
        entries = [InvestmentRow(**row) for row in rows]
        return record_investments(entries=entries, by=self.person, now=self.now())


class Returns(_Entries):
    """What features earned."""

    queryset = Return.objects.all()
    model = Return
    serializer_class = ReturnSerializer
    filterset_class = EntryFilter

    @extend_schema(responses=ReturnSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The entries, newest day first."""
        return self.page()

    @extend_schema(request=one_or_many(ReturnSerializer), responses=_answered(ReturnSerializer))
    def post(self, request: Request) -> Response:
        """Record one return, or a list of them: all or nothing, again and again by (source, external_id)."""
        rows, is_list = self.read_rows(ReturnSerializer)
        return self.answer(rows, is_list=is_list)

    def record(self, rows: Sequence[dict[str, Any]]) -> Recorded:
        """Record the returns."""
        return record_returns(entries=[ReturnRow(**row) for row in rows], by=self.person, now=self.now())
