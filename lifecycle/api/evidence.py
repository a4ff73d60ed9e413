"""What the data say of one feature, read with the minimum run of its ladder."""

from datetime import datetime

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from features.api.door import Door
from features.api.fields import A_MOMENT, moment_of
from features.errors import wrong
from hypotheses.api.naming import feature_at
from hypotheses.models import Evidence
from lifecycle.api.shapes import EvidenceAnswerShape
from lifecycle.queries.evidence import evidence_seen
from lifecycle.queries.tweaks import tweak_outlook


class EvidenceDoor(Door):
    """What the data say of one feature."""

    queryset = Evidence.objects.all()
    serializer_class = serializers.Serializer
    parameters = frozenset({"as_of"})

    @extend_schema(
        parameters=[OpenApiParameter("as_of", OpenApiTypes.DATETIME, description="Read as it stood then.")],
        responses=EvidenceAnswerShape,
    )
    def get(self, request: Request, key: str) -> Response:
        """Verdict, readiness, effect and interval, guardrails, checks; the shape stands in the reference."""
        feature = feature_at(key)
        as_of = _moment(request.query_params.get("as_of"))
        view = evidence_seen(feature=feature, now=self.now(), as_of=as_of)
        outlook = tweak_outlook(feature=feature)
        return Response(view.as_json() | {"tweaks": outlook.as_json() if outlook is not None else None})


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    # a “+” that was not encoded arrives as a blank
    moment = moment_of(text.strip().replace(" ", "+"))
    if moment is None:
        raise wrong("as_of", A_MOMENT)
    return moment
