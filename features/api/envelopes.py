"""What one stint of each phase may spend in a squad."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from features.actions.enveloping import set_envelope
from features.api.door import Door
from features.api.fields import Money, OneOf, PersonDays, Text
from features.api.strict import Strict
from features.enums import Phase
from features.errors import Missing
from features.models import Envelope, Squad
from features.queries.envelopes import envelopes_of


class UsualSerializer(serializers.Serializer[Any]):
    """What ended stints of the phase cost here: how many, their median and upper quartile."""

    stints = serializers.IntegerField()
    median = Money(allow_null=True)
    upper = Money(allow_null=True)


class PhaseEnvelopeSerializer(Strict):
    """One phase: money or person-days, one of them; neither takes the envelope away."""

    phase = OneOf(Phase)
    amount = Money(required=False, allow_null=True)
    days = PersonDays(required=False, allow_null=True)
    note = Text(required=False, allow_blank=True, write_only=True)
    usual = UsualSerializer(read_only=True)


class EnvelopesSerializer(serializers.Serializer[Any]):
    """The five phases in order."""

    phases = PhaseEnvelopeSerializer(many=True)


class Envelopes(Door):
    """The envelopes of one squad."""

    queryset = Envelope.objects.none()
    serializer_class = PhaseEnvelopeSerializer

    @extend_schema(responses=EnvelopesSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """The five phases, each with its envelope and what was usual."""
        return Response(EnvelopesSerializer({"phases": envelopes_of(squad=_squad(slug))}).data)

    @extend_schema(request=PhaseEnvelopeSerializer, responses=EnvelopesSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Set the envelope of a phase: new stints get it as their budget where none is named."""
        squad = _squad(slug)
        set_envelope(squad=squad, by=self.person, now=self.now(), **self.read(PhaseEnvelopeSerializer))
        return self.get(request, slug)


def _squad(slug: str) -> Squad:
    squad = Squad.objects.filter(slug=slug).first()
    if squad is None:
        raise Missing(code="not_found", detail=f"There is no squad “{slug}”.")
    return squad
