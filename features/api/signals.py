"""What tells of a feature's upkeep."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from features.actions.signalling import SignalRow, record_signals
from features.api.door import Rows, single
from features.api.fields import LARGEST_BIG_INTEGER, Day, OneOf, Ref, Text, Whole
from features.api.ledger import RecordedSerializer, one_or_many
from features.api.strict import Strict
from features.enums import SignalKind
from features.errors import Missing, Refusal
from features.models import Feature, Signal


class SignalSerializer(Strict):
    """One count as it was on a day. A kind that is not listed was never looked at, which is not zero."""

    kind = OneOf(SignalKind)
    on = Day()
    value = Whole(min_value=0, max_value=LARGEST_BIG_INTEGER)
    detail = Text(max_length=200, required=False, allow_blank=True)
    source = Text(max_length=80, required=False, allow_blank=True)  # type: ignore[assignment]  # DRF keeps fields apart
    revision = serializers.IntegerField(read_only=True)
    recorded_at = serializers.DateTimeField(read_only=True)
    recorded_by = Ref("username", read_only=True, allow_null=True)


class Signals(Rows):
    """The signals of one feature."""

    queryset = Signal.objects.all()
    serializer_class = SignalSerializer
    ordering = ("kind", "id")

    def get_queryset(self) -> QuerySet[Signal]:
        """Those that stand, one of each kind."""
        rows = Signal.objects.filter(feature=self._feature(), superseded_at__isnull=True)
        return rows.select_related("recorded_by")

    @extend_schema(responses=SignalSerializer(many=True))
    def get(self, request: Request, key: str) -> Response:
        """The signals, one of each kind that was looked at."""
        return self.page()

    @extend_schema(request=one_or_many(SignalSerializer), responses={201: RecordedSerializer, 200: RecordedSerializer})
    def post(self, request: Request, key: str) -> Response:
        """Record signals, one or a list: all or nothing; another count is a revision."""
        feature = self._feature()
        given, is_list = self.read_rows(SignalSerializer)
        rows = [SignalRow(feature=feature.key, **one) for one in given]
        try:
            done = record_signals(rows=rows, by=self.person, now=self.now())
        except Refusal as refused:
            raise refused if is_list else single(refused) from refused
        return Response(RecordedSerializer(done).data, status=201 if done.new or done.revised else 200)

    def _feature(self) -> Feature:
        feature = Feature.objects.filter(key=str(self.kwargs["key"])).first()
        if feature is None:
            raise Missing(code="not_found", detail=f"There is no feature “{self.kwargs['key']}”.")
        return feature
