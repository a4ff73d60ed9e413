"""Gates and decisions."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from features.api.door import Door, Rows
from features.api.fields import LARGEST_BIG_INTEGER, Text, Whole
from features.api.filters import DayFilter
from features.api.strict import Strict
from features.enums import Phase, Status
from features.errors import Missing
from features.numbers import percentage
from lifecycle.actions.calling import call_gate
from lifecycle.actions.consenting import consent
from lifecycle.actions.deciding import decide
from lifecycle.api.shapes import (
    ConsentShownSerializer,
    DecisionShownSerializer,
    GateBriefSerializer,
    GateShownSerializer,
    OwedSerializer,
)
from lifecycle.enums import Cause, GateState, Outcome, Question
from lifecycle.models import Decision, Gate
from lifecycle.phases import OVERDUE_AFTER
from lifecycle.queries.decisions import OVERRIDDEN, consent_json, decision_view
from lifecycle.queries.gates import gate_view, overdue_days, spend_json
from lifecycle.queries.owed import Owed, owed


class ReasonSerializer(Strict):
    """Why."""

    reason = Text()


class ConsentSerializer(Strict):
    """A second person accepts that exactly these rules are overridden."""

    rules = serializers.ListField(child=Text(max_length=40), max_length=50)
    reason = Text()


class OverrideSerializer(Strict):
    """Against unmet must rules: the decider's own reason, and the second person's consent by its id."""

    reason = Text()
    consent = Whole(min_value=1, max_value=LARGEST_BIG_INTEGER)


class DecisionSerializer(Strict):
    """The answer to a gate. `next` carries time_box_days, budget, hypothesis and tweak."""

    outcome = serializers.ChoiceField(choices=[str(outcome) for outcome in Outcome])
    reason = Text()
    questions = serializers.ListField(
        child=serializers.ChoiceField(choices=[str(question) for question in Question]), required=False, max_length=3
    )
    next = serializers.DictField(required=False, allow_null=True)
    override = OverrideSerializer(required=False, allow_null=True)


class GateFilter(django_filters.FilterSet):
    """By state and place; `overdue=true`: due and unanswered for longer than a day; `review`: a quarter, `2026-Q4`."""

    state = django_filters.ChoiceFilter(choices=[(str(state), state.label) for state in GateState])
    phase = django_filters.ChoiceFilter(field_name="stint__phase", choices=[(str(p), p.label) for p in Phase])
    feature = django_filters.CharFilter(field_name="feature__key")
    squad = django_filters.CharFilter(field_name="feature__squad__slug")
    tribe = django_filters.CharFilter(field_name="feature__squad__tribe__slug")
    overdue = django_filters.ChoiceFilter(choices=[("true", "true"), ("false", "false")], method="only_overdue")
    review = django_filters.CharFilter(method="of_review")

    def only_overdue(self, rows: QuerySet[Gate], name: str, value: str) -> QuerySet[Gate]:
        """Those that have waited too long, or the others."""
        late = {"state": GateState.DUE, "due_at__lte": timezone.now() - OVERDUE_AFTER}
        return rows.filter(**late) if value == "true" else rows.exclude(**late)

    def of_review(self, rows: QuerySet[Gate], name: str, value: str) -> QuerySet[Gate]:
        """Those that a quarter's pruning review made due."""
        return rows.filter(causes__cause=Cause.REVIEW, causes__key=value)


class DecisionFilter(django_filters.FilterSet):
    """By feature, squad, answer, phase and day; `overridden=true`: advanced against rules or criteria."""

    feature = django_filters.CharFilter(field_name="feature__key")
    squad = django_filters.CharFilter(field_name="feature__squad__slug")
    outcome = django_filters.ChoiceFilter(choices=[(str(outcome), outcome.label) for outcome in Outcome])
    phase = django_filters.ChoiceFilter(choices=[(str(phase), phase.label) for phase in Phase])
    since = DayFilter(field_name="at", lookup_expr="date__gte")
    until = DayFilter(field_name="at", lookup_expr="date__lte")
    overridden = django_filters.ChoiceFilter(choices=[("true", "true"), ("false", "false")], method="only_overridden")

    def only_overridden(self, rows: QuerySet[Decision], name: str, value: str) -> QuerySet[Decision]:
        """Those that went on against unmet must rules or criteria, or the others."""
        return rows.filter(OVERRIDDEN) if value == "true" else rows.exclude(OVERRIDDEN)


def gate_at(pk: int) -> Gate:
    """The gate of an address.

    Raises:
        Missing: there is none with this id.
    """
    gate = Gate.objects.select_related("feature__squad__tribe", "feature__owner", "stint").filter(pk=pk).first()
    if gate is None:
        raise Missing(code="not_found", detail=f"There is no gate {pk}.")
    return gate


def _brief(gate: Gate, now: Any) -> dict[str, Any]:
    """A gate in a list: without what has to be computed for it (rules, recommendation, evidence, deciders)."""
    feature, stint, due = gate.feature, gate.stint, gate.state == GateState.DUE
    causes = [
        {"cause": cause.cause, "key": cause.key, "at": cause.at, "detail": cause.detail} for cause in gate.causes.all()
    ]
    return {
        "id": gate.pk,
        "feature": feature.key,
        "feature_name": feature.name,
        "squad": feature.squad.slug,
        "phase": stint.phase,
        "iteration": stint.iteration,
        "step": percentage(stint.step_percent),
        "state": gate.state,
        "opened_at": gate.opened_at,
        "due_on": gate.due_on,
        "due_at": gate.due_at,
        "decided_at": gate.decided_at,
        "overdue_days": overdue_days(due_at=gate.due_at, now=now) if due else None,
        "due_because": causes,
        "held": due and feature.status == Status.ACTIVE,
    }


class Gates(Rows):
    """All gates, briefly; one gate shows its rules, recommendation and evidence as well."""

    queryset = Gate.objects.select_related("feature__squad", "stint").prefetch_related("causes")
    serializer_class = serializers.Serializer
    filterset_class = GateFilter
    ordering = ("id",)

    @extend_schema(responses=GateBriefSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The gates, oldest first."""
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        now = self.now()
        return self.get_paginated_response([_brief(gate, now) for gate in rows])


class GateDoor(Door):
    """One gate."""

    queryset = Gate.objects.all()
    serializer_class = serializers.Serializer

    @extend_schema(responses=GateShownSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """The gate with rules, causes, recommendation, deciders and evidence; a decided one as it was seen then."""
        return self.shown(gate_view(gate=gate_at(pk), now=self.now(), person=self.person).as_json())


class GateCall(Door):
    """Asking for the decision."""

    queryset = Gate.objects.all()
    serializer_class = ReasonSerializer

    @extend_schema(request=ReasonSerializer, responses=GateShownSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Make the gate due now, with a reason. Calling again changes nothing."""
        call_gate(gate_id=pk, **self.read(ReasonSerializer), by=self.person, now=self.now())
        return self.shown(gate_view(gate=gate_at(pk), now=self.now(), person=self.person).as_json())


class GateConsents(Door):
    """Consenting to an override."""

    queryset = Gate.objects.all()
    serializer_class = ConsentSerializer

    @extend_schema(request=ConsentSerializer, responses={201: ConsentShownSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Consent that the gate's unmet must rules are overridden: exactly those."""
        given = consent(gate_id=pk, **self.read(ConsentSerializer), by=self.person, now=self.now())
        return Response(consent_json(given), status=201)


class GateDecision(Door):
    """Answering a gate."""

    queryset = Decision.objects.all()
    serializer_class = DecisionSerializer

    @extend_schema(request=DecisionSerializer, responses={201: DecisionShownSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Iterate, kill or advance. The feature moves and the next gate opens, all of it or nothing."""
        made = decide(gate_id=pk, **self.read(DecisionSerializer), by=self.person, now=self.now())
        decision = Decision.objects.select_related("feature", "by", "consent__by").get(pk=made.pk)
        location = f"/api/v1/decisions/{decision.pk}/"
        return Response(decision_view(decision).as_json(), status=201, headers={"Location": location})


class Decisions(Rows):
    """All decisions. They are final: nothing here writes them."""

    queryset = Decision.objects.select_related("feature", "by", "consent__by")
    serializer_class = serializers.Serializer
    filterset_class = DecisionFilter
    ordering = ("-at", "-id")

    @extend_schema(responses=DecisionShownSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The decisions, newest first, with the evidence as it was seen."""
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response([decision_view(row).as_json() for row in rows])


class DecisionDoor(Door):
    """One decision."""

    queryset = Decision.objects.all()
    serializer_class = serializers.Serializer

    @extend_schema(responses=DecisionShownSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """The decision with what was seen when it was made."""
        decision = Decision.objects.select_related("feature", "by", "consent__by").filter(pk=pk).first()
        if decision is None:
            raise Missing(code="not_found", detail=f"There is no decision {pk}.")
        return self.shown(decision_view(decision).as_json(), version=1)


class OwedGates(Rows):
    """What is owed: the gates that wait for an answer."""

    queryset = Gate.objects.none()
    serializer_class = serializers.Serializer
    parameters = frozenset({"squad", "tribe", "mine"})

    @extend_schema(
        parameters=[
            OpenApiParameter("squad", OpenApiTypes.STR),
            OpenApiParameter("tribe", OpenApiTypes.STR),
            OpenApiParameter("mine", OpenApiTypes.STR, enum=["true", "false"], description="Only what I may decide."),
        ],
        responses=OwedSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """The due gates, the longest waiting first, with what was spent meanwhile."""
        asked = request.query_params
        mine = asked.get("mine", "false")
        if mine not in {"true", "false"}:
            raise serializers.ValidationError({"mine": ["Say true or false."]})
        rows = owed(
            now=self.now(),
            person=self.person if mine == "true" else None,
            squad=asked.get("squad") or None,
            tribe=asked.get("tribe") or None,
        )
        page = self.paginate_queryset(rows) or []
        return self.get_paginated_response([_owed_json(row) for row in page])


def _owed_json(row: Owed) -> dict[str, Any]:
    return {
        "gate": row.gate_id,
        "feature": row.feature,
        "feature_name": row.feature_name,
        "squad": row.squad,
        "tribe": row.tribe,
        "owner": row.owner,
        "phase": row.phase,
        "iteration": row.iteration,
        "step": percentage(row.step),
        "due_at": row.due_at,
        "waiting_days": row.waiting_days,
        "overdue_days": row.overdue_days,
        "escalation": str(row.escalation),
        "due_because": list(row.causes),
        "undecided_spend": spend_json(row.undecided),
    }
