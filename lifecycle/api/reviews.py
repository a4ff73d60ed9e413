"""The quarterly pruning review."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from features.api.door import Door, Rows
from features.api.fields import LARGEST_BIG_INTEGER, Text, Whole
from features.api.strict import Strict
from features.errors import BadInput, Missing
from features.numbers import money, person_days
from lifecycle.actions.reviewing import close_review, open_review, prepare_review, propose, sign_review
from lifecycle.api.shapes import ReviewItemShape, ReviewShape
from lifecycle.enums import GateState, Outcome
from lifecycle.models import Review, ReviewItem
from lifecycle.queries.reviews import Progress, Promise, progress_by, progress_of, promises_of, review_at

OUTCOMES = [(str(outcome), outcome.label) for outcome in Outcome]
WORDS = [str(outcome) for outcome in Outcome]
DECIDED = Q(gate__state=GateState.DECIDED)


class OpenReviewSerializer(Strict):
    """Which quarter, and whether its gates fall due now (`open`) or its facts are only frozen."""

    quarter = Text(max_length=7)
    open = serializers.BooleanField(default=True)


class NoteSerializer(Strict):
    """What somebody who signs wants to have said."""

    note = Text(required=False, allow_blank=True)


class ProposalSerializer(Strict):
    """What the squad proposes; `version` is the one that was seen."""

    outcome = serializers.ChoiceField(choices=WORDS)
    reason = Text()
    critical_reason = Text(required=False, allow_blank=True)
    version = Whole(required=False, min_value=1, max_value=LARGEST_BIG_INTEGER)


class ItemFilter(django_filters.FilterSet):
    """By squad and tribe, what is recommended, and whether it is decided."""

    squad = django_filters.CharFilter(field_name="squad__slug")
    tribe = django_filters.CharFilter(field_name="squad__tribe__slug")
    feature = django_filters.CharFilter(field_name="feature__key")
    recommended = django_filters.ChoiceFilter(choices=OUTCOMES)
    decided = django_filters.ChoiceFilter(choices=[("true", "true"), ("false", "false")], method="of_state")

    def of_state(self, rows: QuerySet[ReviewItem], name: str, value: str) -> QuerySet[ReviewItem]:
        """Those that are decided, or those that wait."""
        return rows.filter(DECIDED) if value == "true" else rows.exclude(DECIDED)


class Reviews(Rows):
    """All reviews, newest quarter first."""

    queryset = Review.objects.prefetch_related("signoffs__by")
    serializer_class = OpenReviewSerializer
    ordering = ("-quarter",)

    @extend_schema(responses=ReviewShape(many=True))
    def get(self, request: Request) -> Response:
        """The reviews with how far each is."""
        rows = self.paginate_queryset(self.get_queryset()) or []
        progress = progress_by(rows)
        return self.get_paginated_response([_review_json(row, progress[row.pk]) for row in rows])

    @extend_schema(request=OpenReviewSerializer, responses={201: ReviewShape})
    def post(self, request: Request) -> Response:
        """Open a quarter's review by hand, or only prepare it. A second time changes nothing."""
        sent = self.read(OpenReviewSerializer)
        act = open_review if sent["open"] else prepare_review
        try:
            review = act(quarter=sent["quarter"], by=self.person, now=self.now())
        except Missing as refused:
            raise BadInput(code="invalid", detail=refused.detail) from refused
        return Response(_review_json(review), status=201, headers={"Location": f"/api/v1/reviews/{review.quarter}/"})


class ReviewDoor(Door):
    """One review."""

    queryset = Review.objects.all()
    serializer_class = serializers.Serializer

    @extend_schema(responses=ReviewShape)
    def get(self, request: Request, quarter: str) -> Response:
        """How far it is, who has signed, and what the last one promised against what happened."""
        review = review_at(quarter)
        promises = [_promise_json(one) for one in promises_of(review, now=self.now())]
        return self.shown({**_review_json(review), "promised": promises})


class ReviewItems(Rows):
    """The items of one review."""

    queryset = ReviewItem.objects.select_related(
        "feature", "squad__tribe", "proposed_by", "gate__decision__by", "review"
    )
    serializer_class = serializers.Serializer
    filterset_class = ItemFilter
    ordering = ("rank", "id")

    @extend_schema(responses=ReviewItemShape(many=True))
    def get(self, request: Request, quarter: str) -> Response:
        """The features with their frozen facts, worst first, each with its proposal and its answer."""
        of_review = self.get_queryset().filter(review=review_at(quarter))
        rows = self.paginate_queryset(self.filter_queryset(of_review)) or []
        return self.get_paginated_response([_item_json(row) for row in rows])


class ReviewProposal(Door):
    """What a squad proposes for one feature of a review."""

    queryset = ReviewItem.objects.all()
    serializer_class = ProposalSerializer

    @extend_schema(request=ProposalSerializer, responses=ReviewItemShape)
    def post(self, request: Request, quarter: str, key: str) -> Response:
        """Propose an answer with its reason. It is decided at the gate: `gates/{id}/decision/`."""
        sent = self.read(ProposalSerializer)
        item = _item_at(quarter, key)
        propose(item_id=item.pk, by=self.person, now=self.now(), **{"version": None, **sent})
        return Response(_item_json(_item_at(quarter, key)))


class ReviewSignOffs(Door):
    """Signing a review."""

    queryset = Review.objects.all()
    serializer_class = NoteSerializer

    @extend_schema(request=NoteSerializer, responses={201: ReviewShape})
    def post(self, request: Request, quarter: str) -> Response:
        """Answer for the review: everything in it is decided. Once a person."""
        sign_review(quarter=quarter, by=self.person, now=self.now(), **self.read(NoteSerializer))
        return Response(_review_json(review_at(quarter)), status=201)


class ReviewClosing(Door):
    """Closing a review."""

    queryset = Review.objects.all()
    serializer_class = serializers.Serializer

    @extend_schema(request=None, responses=ReviewShape)
    def post(self, request: Request, quarter: str) -> Response:
        """Close it for good: every item decided, no retrospective owed, two signatures."""
        self.read_nothing()
        return Response(_review_json(close_review(quarter=quarter, by=self.person, now=self.now())))


def _item_at(quarter: str, key: str) -> ReviewItem:
    found = ReviewItems.queryset.filter(review=review_at(quarter), feature__key=key).first()
    if found is None:
        raise Missing(code="not_found", detail=f"“{key}” is not in the review of {quarter}.")
    return found


def _review_json(review: Review, progress: Progress | None = None) -> dict[str, Any]:
    found = progress or progress_of(review)
    return {
        "quarter": review.quarter,
        "state": "closed" if review.closed_at else "open" if review.opened_at else "prepared",
        "prepared_at": review.prepared_at,
        "opened_at": review.opened_at,
        "closed_at": review.closed_at,
        "items": found.items,
        "decided": found.decided,
        "proposed": found.proposed,
        "keep": found.kept,
        "tweak": found.tweaked,
        "kill": found.killed,
        "signoffs": [{"by": one.by.get_username(), "at": one.at, "note": one.note} for one in review.signoffs.all()],
    }


def _item_json(item: ReviewItem) -> dict[str, Any]:
    decision = getattr(item.gate, "decision", None)
    return {
        "feature": item.feature.key,
        "name": item.feature.name,
        "squad": item.squad.slug,
        "tribe": item.squad.tribe.slug,
        "gate": item.gate_id,
        "rank": item.rank,
        "recommended": {"outcome": item.recommended, "because": item.because},
        "value": money(item.value) if item.value is not None else None,
        "value_low": money(item.value_low) if item.value_low is not None else None,
        "value_high": money(item.value_high) if item.value_high is not None else None,
        "cost": money(item.cost) if item.cost is not None else None,
        "cost_with_estimate": money(item.cost_most) if item.cost_most is not None else None,
        "person_days": person_days(item.days),
        "doubts": item.doubts,
        "facts": item.facts,
        "proposal": _proposal_json(item),
        "critical_reason": item.critical_reason,
        "decision": {
            "id": decision.pk,
            "outcome": decision.outcome,
            "reason": decision.reason,
            "by": decision.by.get_username() if decision.by else None,
            "at": decision.at,
        }
        if decision
        else None,
        "version": item.version,
    }


def _proposal_json(item: ReviewItem) -> dict[str, Any] | None:
    if not item.proposed:
        return None
    by = item.proposed_by.get_username() if item.proposed_by else None
    return {"outcome": item.proposed, "reason": item.proposed_reason, "by": by, "at": item.proposed_at}


def _promise_json(promise: Promise) -> dict[str, Any]:
    return {
        "feature": promise.item.feature.key,
        "outcome": promise.outcome,
        "saved": money(promise.saved) if promise.saved is not None else None,
        "since": money(promise.since) if promise.since is not None else None,
        "kept": promise.kept,
        "told": promise.told,
    }
