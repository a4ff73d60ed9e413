"""Where a feature stands in the review that runs: on its page, at its gate, and in what is owed."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Q
from django.urls import reverse

from features.models import Feature
from lifecycle.models import Gate, Review, ReviewItem
from lifecycle.pages.review_rows import powers, row_of
from lifecycle.queries.review_items import items_of
from lifecycle.queries.reviews import DECIDED


def review_card(feature: Feature, person: User) -> dict[str, Any] | None:
    """The feature's place in the review that is not closed; None where it stands in none. One query in that case."""
    review = Review.objects.filter(closed_at__isnull=True, items__feature=feature).first()
    if review is None:
        return None
    row = row_of(items_of(review).get(feature=feature), powers(review, person))
    return {"review": review, "row": row, "item": row.item, "of": review.items.count()}


def review_of_gate(gate: Gate) -> tuple[str, str] | None:
    """The quarter of the review that this gate answers, and the address of its item; one query."""
    found = ReviewItem.objects.filter(gate=gate).values_list("review__quarter", "feature__key").last()
    return (found[0], reverse("review-item", args=found)) if found else None


@dataclass(frozen=True, slots=True)
class Running:
    """A review that waits: its quarter, whether it is open, and of the asked features those that wait for an answer."""

    quarter: str
    is_open: bool
    items: int
    waiting: int


def running_reviews(person: User | None) -> list[Running]:
    """The reviews that wait for answers (open) or proposals (prepared), of all or of a person's squads; one query."""
    mine = Q()
    if person is not None and not person.is_superuser:
        squads = Q(squad__memberships__person=person) | Q(squad__tribe__leaders=person)
        mine = Q(pk__in=ReviewItem.objects.filter(squads).values("pk"))
    rows = (
        ReviewItem.objects.filter(mine, review__closed_at__isnull=True)
        .order_by("review__quarter")
        .values_list("review__quarter", "review__opened_at")
        .annotate(
            n=Count("pk"),
            undecided=Count("pk", filter=~DECIDED),
            silent=Count("pk", filter=~DECIDED & Q(proposed="")),
        )
    )
    found = [
        Running(quarter, opened is not None, n, undecided if opened else silent)
        for quarter, opened, n, undecided, silent in rows
    ]
    return [one for one in found if one.waiting]
