"""The register of features."""

from collections.abc import Mapping
from typing import Any, Final

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from features.actions.feature import edit_feature, owner_of
from features.api.door import Door, Rows
from features.api.fields import Key, Percent, Text, Whole
from features.api.strict import DECIDED, Strict
from features.enums import Phase, Status
from features.errors import Missing, wrong
from features.models import Feature, Squad
from hypotheses.api.beliefs import HypothesisSerializer
from hypotheses.enums import Verdict
from lifecycle.actions.registering import register_feature
from lifecycle.api.shapes import CauseSerializer
from lifecycle.enums import GateState
from lifecycle.queries.register import COLUMNS, feature_json, matching, register, words_of


class GateOfFeatureSerializer(serializers.Serializer[Any]):
    """The gate that stands at the end of the feature's stint."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=[str(state) for state in GateState])
    due_on = serializers.DateField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)
    due_because = CauseSerializer(many=True)


TERMS: Final = dict.fromkeys(
    ("time_box_days", "budget"),
    "This was given for the first stint. The next one's is given in `next`, with the decision at the gate.",
)


class FeatureSerializer(Strict):
    """A feature. What is decided at gates is shown only: writing it is refused with `decided_at_gates`."""

    decided = DECIDED
    fixed = frozenset({"key", "parent", "succeeds", "time_box_days", "budget", "hypothesis"})
    instead = TERMS | {"hypothesis": "Write the next version at the feature's hypotheses/."}
    key = Key(required=False)
    name = Text(max_length=160)
    squad = Text(max_length=60)
    owner = Text(max_length=150, required=False, allow_null=True)
    summary = Text(required=False, allow_blank=True)
    tags = serializers.ListField(child=Text(max_length=40), required=False, max_length=50)
    parent = Text(max_length=80, required=False, allow_null=True)  # type: ignore[assignment]  # DRF keeps fields apart
    succeeds = Text(max_length=80, required=False, allow_null=True, write_only=True)
    time_box_days = Whole(min_value=1, max_value=3650, required=False, allow_null=True, write_only=True)
    budget = serializers.JSONField(required=False, allow_null=True, write_only=True)
    hypothesis = HypothesisSerializer(required=False, allow_null=True, write_only=True)
    phase = serializers.ChoiceField(choices=[str(phase) for phase in Phase], read_only=True)
    status = serializers.ChoiceField(choices=[str(status) for status in Status], read_only=True)
    iteration = serializers.IntegerField(read_only=True)
    step = Percent(read_only=True, allow_null=True)
    exposure_percent = Percent(read_only=True)
    ceiling_percent = Percent(read_only=True)
    gate = GateOfFeatureSerializer(read_only=True, allow_null=True)
    invested = serializers.CharField(read_only=True)
    invested_days = serializers.CharField(read_only=True)
    undecided_spend = serializers.CharField(read_only=True)
    undecided_days = serializers.CharField(read_only=True)
    verdict = serializers.ChoiceField(choices=[str(verdict) for verdict in Verdict], read_only=True)
    released_on = serializers.DateField(read_only=True, allow_null=True)
    ended_on = serializers.DateField(read_only=True, allow_null=True)
    imported = serializers.BooleanField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)


class FeatureFilter(django_filters.FilterSet):
    """By whose it is, where it stands, what waits, and what it speaks of."""

    squad = django_filters.CharFilter(field_name="squad__slug")
    tribe = django_filters.CharFilter(field_name="squad__tribe__slug")
    phase = django_filters.ChoiceFilter(choices=[(str(phase), phase.label) for phase in Phase])
    status = django_filters.ChoiceFilter(choices=[(str(status), status.label) for status in Status])
    gate_state = django_filters.ChoiceFilter(
        field_name="gate__state", choices=[(str(s), s.label) for s in (GateState.OPEN, GateState.DUE)]
    )
    verdict = django_filters.ChoiceFilter(choices=[(str(verdict), verdict.label) for verdict in Verdict])
    owner = django_filters.CharFilter(field_name="owner__username")
    tag = django_filters.CharFilter(field_name="tags__name")
    parent = django_filters.CharFilter(field_name="parent__key")
    search = django_filters.CharFilter(method="speaking_of", max_length=200)

    def speaking_of(self, rows: QuerySet[Feature], name: str, value: str) -> QuerySet[Feature]:
        """Name, key, summary and hypotheses."""
        return rows.filter(matching(value))


class Features(Rows):
    """All features."""

    queryset = Feature.objects.all()
    serializer_class = FeatureSerializer
    filterset_class = FeatureFilter
    ordering = ("key",)

    def get_queryset(self) -> QuerySet[Feature]:
        """The register."""
        return register(now=self.now())

    @extend_schema(responses=FeatureSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The features, by key."""
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()).values(*COLUMNS)) or []
        words = words_of(rows)
        return self.get_paginated_response([feature_json(row, words[row["id"]]) for row in rows])

    @extend_schema(request=FeatureSerializer, responses={201: FeatureSerializer})
    def post(self, request: Request) -> Response:
        """Register a feature: Think It, with its first stint and gate. A key that is left out is made from the name."""
        given = self.read(FeatureSerializer)
        feature = register_feature(**_with_rows(given), by=self.person, now=self.now())
        return self.shown(
            _one(feature.key, self.now()),
            version=feature.version,
            status=201,
            location=f"{request.path}{feature.key}/",
        )


class FeatureDoor(Door):
    """One feature."""

    queryset = Feature.objects.all()
    serializer_class = FeatureSerializer

    def get(self, request: Request, key: str) -> Response:
        """The feature as it stands now."""
        row = _one(key, self.now())
        return self.shown(row, version=Feature.objects.values_list("version", flat=True).get(key=key))

    def patch(self, request: Request, key: str) -> Response:
        """Change name, summary, owner, tags or squad. Where it goes next is decided at its gate."""
        changes = self.read(FeatureSerializer, partial=True)
        edit_feature(key=key, by=self.person, now=self.now(), version=self.expected_version(), **changes)
        return self.get(request, key)


def _one(key: str, now: Any) -> dict[str, Any]:
    row = register(now=now).filter(key=key).values(*COLUMNS).first()
    if row is None:
        raise Missing(code="not_found", detail=f"There is no feature “{key}”.")
    return feature_json(row, words_of([row])[row["id"]])


def _with_rows(given: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(given)
    squad = Squad.objects.filter(slug=found["squad"]).first()
    if squad is None:
        raise wrong("squad", f"There is no squad “{found['squad']}”.", code="unknown")
    found["squad"] = squad
    found["owner"] = owner_of(found.get("owner"))
    for name in ("parent", "succeeds"):
        if found.get(name) is not None:
            found[name] = _named(name, found[name])
    return found


def _named(field: str, key: str) -> Feature:
    feature = Feature.objects.select_related("squad").filter(key=key).first()
    if feature is None:
        raise wrong(field, f"There is no feature “{key}”.", code="unknown")
    return feature
