"""Sources of metric results. A secret goes in and never comes out."""

from typing import Any

import django_filters
from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from features.api.door import Door, Rows
from features.api.fields import Key, OneOf, Ref, Text, Whole
from features.api.strict import Strict
from features.errors import Missing
from hypotheses.actions.mending import retry_dead
from hypotheses.actions.source import create_source, edit_source
from hypotheses.api.naming import with_rows
from hypotheses.doorbell import ring
from hypotheses.enums import SourceKind
from hypotheses.models import Source
from hypotheses.queries.catalogue import require_catalogue_writer, require_source_keeper
from hypotheses.queries.probe import Probe, try_source


class SourceSerializer(Strict):
    """Where results come from. `config` depends on the kind; `has_secret` tells that one is kept."""

    fixed = frozenset({"key", "kind"})
    key = Key()
    name = Text(max_length=160, required=False)
    kind = OneOf(SourceKind)
    config = serializers.DictField(required=False)
    secret = Text(write_only=True, required=False, allow_blank=True, max_length=4_000, trim_whitespace=False)
    has_secret = serializers.SerializerMethodField()
    max_concurrency = Whole(min_value=1, max_value=100, required=False)
    owner = Ref("username", required=False, allow_null=True)
    fail_streak = serializers.IntegerField(read_only=True)
    breaker_until = serializers.DateTimeField(read_only=True, allow_null=True)

    def get_has_secret(self, source: Source) -> bool:
        """Whether a secret is kept."""
        return bool(source.secret)


class ProbeSerializer(serializers.Serializer[Probe]):
    """What came of trying a source."""

    ok = serializers.BooleanField()
    detail = serializers.CharField()
    seconds = serializers.FloatField()


class RetriedSerializer(serializers.Serializer[Any]):
    """How many pulls were made due again."""

    pulls = serializers.IntegerField()


class SourceFilter(django_filters.FilterSet):
    """By kind."""

    kind = django_filters.ChoiceFilter(choices=[(str(k), k.label) for k in SourceKind])


def source_at(key: str) -> Source:
    """The source of an address.

    Raises:
        Missing: there is none with this key.
    """
    source = Source.objects.select_related("owner").filter(key=key).first()
    if source is None:
        raise Missing(code="not_found", detail=f"There is no source “{key}”.")
    return source


class Sources(Rows):
    """All sources."""

    queryset = Source.objects.select_related("owner")
    serializer_class = SourceSerializer
    filterset_class = SourceFilter
    ordering = ("key",)

    @extend_schema(responses=SourceSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The sources, by key."""
        return self.page()

    @extend_schema(request=SourceSerializer, responses={201: SourceSerializer})
    def post(self, request: Request) -> Response:
        """Add a source; its owner is who adds it, unless another is named."""
        given: dict[str, Any] = {"name": "", **with_rows(self.read(SourceSerializer))}
        source = create_source(**given, by=self.person, now=self.now())
        data = SourceSerializer(source).data
        return self.shown(data, version=source.version, status=201, location=f"{request.path}{source.key}/")


class SourceDoor(Door):
    """One source."""

    queryset = Source.objects.all()
    serializer_class = SourceSerializer

    def get(self, request: Request, key: str) -> Response:
        """The source, without its secret."""
        source = source_at(key)
        return self.shown(SourceSerializer(source).data, version=source.version)

    def patch(self, request: Request, key: str) -> Response:
        """Change it. Where it points and its secret change together."""
        source = source_at(key)
        changes = with_rows(self.read(SourceSerializer, partial=True))
        edit_source(source=source, by=self.person, now=self.now(), version=self.expected_version(), **changes)
        return self.get(request, key)


class SourceTest(Door):
    """Trying a source. Nothing is written, so an `Idempotency-Key` has nothing to keep."""

    queryset = Source.objects.all()
    serializer_class = ProbeSerializer
    keeps_replies = False

    @extend_schema(request=None, responses=ProbeSerializer)
    def post(self, request: Request, key: str) -> Response:
        """Reach the source now, and say how that went."""
        source = source_at(key)
        require_source_keeper(self.person, source)
        self.read_nothing()
        return Response(ProbeSerializer(try_source(source=source)).data)


class SourceRetry(Door):
    """Trying all dead pulls of a source again."""

    queryset = Source.objects.all()
    serializer_class = RetriedSerializer

    @extend_schema(request=None, responses=RetriedSerializer)
    def post(self, request: Request, key: str) -> Response:
        """Make all its dead pulls due at once and end its rest: for when the source has been mended."""
        source = source_at(key)
        require_catalogue_writer(self.person)
        self.read_nothing()
        count = retry_dead(source=source, by=self.person, now=self.now())
        transaction.on_commit(ring)
        return Response({"pulls": count})
