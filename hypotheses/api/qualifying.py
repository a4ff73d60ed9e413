"""What is said of evidence besides its numbers: marks that people clear, early looks, and what trials share."""

from dataclasses import asdict
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from features.api.door import Door, Rows
from features.api.fields import Key, Moment, Number, OneOf, Text
from features.api.strict import Strict
from features.errors import wrong
from hypotheses.actions.overlapping import record_overlap, register_external_trial, withdraw_overlap
from hypotheses.actions.qualifying import clear_mark
from hypotheses.api.naming import feature_at, trial_at
from hypotheses.enums import MarkCode
from hypotheses.models import ExternalTrial, Overlap, Trial
from hypotheses.queries.evidence import evidence_of
from hypotheses.queries.overlaps import overlap_fact
from hypotheses.queries.unfolded import looks_at


class MarkSerializer(Strict):
    """Which mark, and why the evidence may be used all the same."""

    code = OneOf(MarkCode)
    reason = Text()


class MarkShape(serializers.Serializer[Any]):
    """What qualifies evidence, and who cleared it."""

    code = serializers.CharField()
    detail = serializers.CharField()
    facts = serializers.CharField(required=False)
    cleared_by = serializers.CharField(allow_null=True)
    cleared_at = serializers.DateTimeField(required=False)
    reason = serializers.CharField(allow_blank=True)


class MarksShape(serializers.Serializer[Any]):
    """All marks of a feature's evidence, cleared or not."""

    marks = MarkShape(many=True)


class Marks(Door):
    """The marks of a feature's evidence."""

    queryset = Overlap.objects.all()
    serializer_class = MarkSerializer

    @extend_schema(responses=MarksShape)
    def get(self, request: Request, key: str) -> Response:
        """The marks, cleared or not."""
        view = evidence_of(feature=feature_at(key), now=self.now())
        return Response({"marks": list(view.marks)})

    @extend_schema(request=MarkSerializer, responses=MarksShape)
    def post(self, request: Request, key: str) -> Response:
        """Clear a mark, with the reason. One that is cleared stays as it is."""
        feature = feature_at(key)
        clear_mark(feature=feature, by=self.person, now=self.now(), **self.read(MarkSerializer))
        return self.get(request, key)


class LookShape(serializers.Serializer[Any]):
    """Somebody looked at numbers that were too early to decide on."""

    by = serializers.CharField()
    name = serializers.CharField()
    as_of = serializers.DateTimeField()
    at = serializers.DateTimeField()


class LooksShape(serializers.Serializer[Any]):
    """All early looks at the numbers of the current stint."""

    looks = LookShape(many=True)


class Looks(Door):
    """Early looks at a feature's evidence."""

    queryset = Overlap.objects.all()
    serializer_class = LooksShape

    @extend_schema(responses=LooksShape)
    def get(self, request: Request, key: str) -> Response:
        """Who looked early at the numbers of the current stint, the latest first."""
        view = evidence_of(feature=feature_at(key), now=self.now())
        looks = [asdict(look) for look in looks_at(stint_id=view.stint_id)]
        return Response(LooksShape({"looks": looks}).data)


class ExternalTrialSerializer(Strict):
    """A trial that another system runs, known for its overlap with ours."""

    key = Key()
    name = Text(max_length=160, required=False, allow_blank=True)
    system = Text(max_length=80)
    created_at = serializers.DateTimeField(read_only=True)


class ExternalTrials(Rows):
    """Trials of other systems."""

    queryset = ExternalTrial.objects.all()
    serializer_class = ExternalTrialSerializer
    ordering = ("key",)

    @extend_schema(responses=ExternalTrialSerializer(many=True))
    def get(self, request: Request) -> Response:
        """They, by key."""
        return self.page()

    @extend_schema(request=ExternalTrialSerializer, responses={201: ExternalTrialSerializer})
    def post(self, request: Request) -> Response:
        """Make one known."""
        given = {"name": "", **self.read(ExternalTrialSerializer)}
        made = register_external_trial(**given, by=self.person, now=self.now())
        return Response(ExternalTrialSerializer(made).data, status=201)


class OverlapSerializer(Strict):
    """What a treatment shares with another trial: counted in 2 × 2 (rows by our arms, control first), or declared."""

    other = Text(max_length=80)
    treatment = Text(max_length=60, required=False, allow_blank=True)
    as_of = Moment(required=False)
    n_arms = serializers.ListField(child=Number(), required=False, allow_null=True, max_length=2)
    cells = serializers.ListField(
        child=serializers.ListField(child=Number(), max_length=2), required=False, allow_null=True, max_length=2
    )
    means = serializers.ListField(
        child=serializers.ListField(child=Number(), max_length=2), required=False, allow_null=True, max_length=2
    )
    variances = serializers.ListField(
        child=serializers.ListField(child=Number(), max_length=2), required=False, allow_null=True, max_length=2
    )
    declared = serializers.BooleanField(required=False)
    withdrawn = serializers.BooleanField(required=False, write_only=True)
    note = Text(required=False, allow_blank=True)
    revision = serializers.IntegerField(read_only=True)
    share = serializers.FloatField(read_only=True, allow_null=True)
    disturbs = serializers.CharField(read_only=True, allow_blank=True)

    def to_representation(self, instance: Overlap) -> dict[str, Any]:
        """The overlap, with what its counts come to."""
        fact = overlap_fact(instance)
        weighed = fact.weighed
        told: dict[str, Any] = {"other": fact.other, "treatment": fact.treatment, "disturbs": fact.disturbs}
        told["share"] = weighed.share if weighed else None
        kept = {name: getattr(instance, name) for name in ("n_arms", "cells", "means", "variances", "declared", "note")}
        moment = serializers.DateTimeField().to_representation(instance.as_of)
        return {**told, **kept, "as_of": moment, "revision": instance.revision}


class Overlaps(Rows):
    """What one trial shares with others."""

    queryset = Overlap.objects.all()
    serializer_class = OverlapSerializer
    ordering = ("-as_of", "-id")

    def get_queryset(self) -> QuerySet[Overlap]:
        """The current overlaps of the trial in the address."""
        current = Overlap.objects.filter(trial=trial_at(self.kwargs["key"]), superseded_at__isnull=True)
        return current.select_related("trial", "treatment", "other", "external")

    @extend_schema(responses=OverlapSerializer(many=True))
    def get(self, request: Request, key: str) -> Response:
        """The overlaps, the latest first."""
        return self.page()

    @extend_schema(request=OverlapSerializer, responses={201: OverlapSerializer})
    def post(self, request: Request, key: str) -> Response:
        """Record one. Known by (treatment, other, as_of): sent again unchanged it writes nothing. `withdrawn` takes
        back what was declared, with the reason in `note`; it answers with the overlap as it was.
        """
        trial, given = trial_at(key), self.read(OverlapSerializer)
        if given.pop("withdrawn", False):
            return self._withdrawn(trial, given)
        made = record_overlap(trial=trial, by=self.person, now=self.now(), **given)
        return Response(OverlapSerializer(made).data, status=201)

    def _withdrawn(self, trial: Trial, given: dict[str, Any]) -> Response:
        words = {name: given.pop(name, "") for name in ("other", "treatment")}
        reason = given.pop("note", "")
        if given:
            raise wrong(min(given), "Withdrawing takes `other`, `treatment` and `note` only.")
        withdraw_overlap(trial=trial, by=self.person, now=self.now(), reason=reason, **words)
        rows = Overlap.objects.filter(trial=trial, declared=True).order_by("-superseded_at", "-pk")
        return Response(OverlapSerializer(rows.first()).data, status=201)
