"""The history, and the proof that it is unbroken."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from features.api.door import Door, Rows
from features.api.filters import DayFilter
from features.api.strict import Strict
from features.models import AuditEntry
from features.queries.audit import Chain, verify_chain


class AuditSerializer(Strict):
    """One act. `by` is a username, or the name of the policy or import that acted."""

    number = serializers.IntegerField(read_only=True)
    at = serializers.DateTimeField(read_only=True)
    by = serializers.CharField(source="by_name", read_only=True)
    act = serializers.CharField(read_only=True)
    subject = serializers.CharField(read_only=True)
    body = serializers.JSONField(read_only=True)
    previous = serializers.CharField(read_only=True)
    digest = serializers.CharField(read_only=True)


class ChainSerializer(serializers.Serializer[Chain]):
    """What the proof found."""

    unbroken = serializers.BooleanField()
    entries = serializers.IntegerField()
    digest = serializers.CharField()
    first_broken = serializers.IntegerField(allow_null=True)
    because = serializers.CharField()


class AuditFilter(django_filters.FilterSet):
    """By what it is about, what was done, by whom, and when."""

    subject = django_filters.CharFilter()
    act = django_filters.CharFilter()
    by = django_filters.CharFilter(field_name="by_name")
    since = DayFilter(field_name="at", lookup_expr="date__gte")
    until = DayFilter(field_name="at", lookup_expr="date__lte")


class Audit(Rows):
    """The history, newest first."""

    queryset = AuditEntry.objects.all()
    serializer_class = AuditSerializer
    filterset_class = AuditFilter
    ordering = ("-number",)

    @extend_schema(responses=AuditSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The acts, newest first."""
        return self.page()


class AuditProof(Door):
    """The proof."""

    serializer_class = ChainSerializer
    queryset: Any = AuditEntry.objects.none()

    @extend_schema(responses=ChainSerializer)
    def get(self, request: Request) -> Response:
        """Walk the whole history and say whether it is unbroken."""
        return Response(ChainSerializer(verify_chain()).data)
