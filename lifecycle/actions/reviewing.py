"""The pruning review (law 14): its facts are frozen, its gates fall due, it is signed, and closed for good."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from features.actions.recording import record
from features.errors import Conflict, Forbidden, LostRace, Missing, wrong
from features.models import Feature
from features.queries.people import require_may_act_for
from features.texts import needed_text
from hypotheses.queries.checking import Complaints
from lifecycle.actions.deciding import decide
from lifecycle.actions.ringing import ring_many
from lifecycle.enums import Cause, GateState, Outcome
from lifecycle.models import Decision, Gate, Review, ReviewItem, SignOff
from lifecycle.queries.portfolio.scope import quarter_at, quarter_name
from lifecycle.queries.retrospectives import owed
from lifecycle.queries.reviews import (
    SIGNATURES,
    Considered,
    considered,
    progress_of,
    quarter_of,
    review_at,
    undecided_items,
)

SLICE: Final = 500
NAMED: Final = 20
"""So many of what is missing are named in a refusal."""


def keep_the_calendar(*, now: datetime) -> Review | None:
    """What the clock does: prepare the quarter's review, later open it, so many days before the quarter ends.

    Gives the review where something was done. Without any shipped feature there is nothing to review.
    """
    today = timezone.localdate(now)
    name = quarter_name(today)
    left = (quarter_at(name).last - today).days
    found = Review.objects.filter(quarter=name).first()
    if found is None and left < settings.REVIEW_PREPARED_DAYS and considered(now=now):
        found = prepare_review(quarter=name, by=None, now=now)
    elif found is None or found.opened_at is not None or left >= settings.REVIEW_OPENED_DAYS:
        return None
    return open_review(quarter=name, by=None, now=now) if left < settings.REVIEW_OPENED_DAYS else found


def prepare_review(*, quarter: str, by: User | None, now: datetime) -> Review:
    """Freeze the facts of every shipped feature, so that squads can propose an answer; nothing falls due yet.

    A second time changes nothing. `by` None is the clock.

    Raises:
        Missing: no such quarter. BadInput: it has not begun. Forbidden: neither a leader nor an administrator.
    """
    name = _name(quarter, now)
    _require_leadership(by)
    with transaction.atomic():
        review, new = Review.objects.get_or_create(quarter=name, defaults={"prepared_at": now, "prepared_by": by})
        if new:
            count = _take_in(review, considered(now=now))
            body = {"features": count}
            record(act="review.prepared", subject=f"review:{name}", by=by, now=now, body=body)
    return review


def open_review(*, quarter: str, by: User | None, now: datetime) -> Review:
    """Make the gate of every shipped feature due, with cause `review`. What was decided since the review was prepared
    counts, and is not asked again; what has shipped since then is taken in.

    A second time changes nothing.

    Raises:
        Missing, BadInput, Forbidden: as for preparing.
    """
    review = prepare_review(quarter=quarter, by=by, now=now)
    with transaction.atomic():
        review = Review.objects.select_for_update().get(pk=review.pk)
        if review.opened_at is not None:
            return review
        _catch_up(review, now)
        gates = list(review.items.exclude(gate__state=GateState.DECIDED).values_list("gate", flat=True))
        detail = f"The pruning review of {review.quarter} has opened."
        ring_many(gates=gates, cause=Cause.REVIEW, key=review.quarter, detail=detail, now=now, by=by)
        review.opened_at, review.opened_by = max(now, review.prepared_at), by
        review.save(update_fields=["opened_at", "opened_by"])
        body = {"gates": len(gates)}
        record(act="review.opened", subject=f"review:{review.quarter}", by=by, now=now, body=body)
    return review


def _name(quarter: str, now: datetime) -> str:
    period = quarter_at(quarter)
    if period.first > timezone.localdate(now):
        raise wrong("quarter", f"{quarter_name(period.first)} has not begun: it is reviewed when it ends.")
    return quarter_name(period.first)


def _take_in(review: Review, found: Sequence[Considered], *, after: int = 0) -> int:
    items = [_item(review, one, rank) for rank, one in enumerate(found, start=after + 1)]
    ReviewItem.objects.bulk_create(items, batch_size=SLICE)
    return len(items)


def _item(review: Review, one: Considered, rank: int) -> ReviewItem:
    worth = one.worth
    return ReviewItem(
        review=review,
        feature=one.feature,
        gate=one.gate,
        squad=one.feature.squad,
        rank=rank,
        recommended=one.keeping.outcome,
        because=one.keeping.because,
        value=worth.value,
        value_low=worth.value_low,
        value_high=worth.value_high,
        cost=worth.cost,
        cost_most=worth.cost_most,
        days=worth.days,
        doubts=one.doubts,
        facts=one.facts,
    )


def _catch_up(review: Review, now: datetime) -> None:
    """Features that shipped since it was prepared, and items whose gate was answered before that and opened anew."""
    held = set(review.items.values_list("feature", flat=True))
    _take_in(review, considered(now=now, but=held), after=len(held))


@transaction.atomic
def propose(
    *, item_id: int, outcome: Any, reason: Any, critical_reason: Any = "", version: int | None, by: User, now: datetime
) -> ReviewItem:
    """What the squad proposes for its feature, before or while the review is open.

    `version` is the one that was seen: two people of a squad do not overwrite each other.

    Raises:
        Missing: no such item. Forbidden: not of the squad. BadInput: no such answer, or no reason.
        Conflict: `already_decided`, `review_closed`. LostRace: somebody else has proposed meanwhile.
    """
    item = _locked_item(item_id)
    require_may_act_for(by, item.feature.squad)
    _require_undecided(item)
    wrong_fields = Complaints()
    word = wrong_fields.word(outcome, "outcome", Outcome)
    wrong_fields.refuse("The proposal is not of the form that is asked for")
    if version is not None and version != item.version:
        raise LostRace(
            code="changed_meanwhile",
            detail=f"{item.proposed_by or 'Somebody'} has changed this proposal meanwhile: look at it first.",
            extra={"version": item.version},
        )
    item.proposed = str(word)
    item.proposed_reason = needed_text(reason, "reason", "Say why: it is read when the review decides.")
    item.critical_reason = _critical(word, critical_reason)
    item.proposed_by, item.proposed_at, item.version = by, now, item.version + 1
    item.save()
    body = {"review": item.review.quarter, "outcome": item.proposed, "reason": item.proposed_reason}
    record(act="review.proposed", subject=f"feature:{item.feature.key}", by=by, now=now, body=body)
    return item


@transaction.atomic
def decide_item(
    *,
    item_id: int,
    outcome: Any,
    reason: Any,
    by: User,
    now: datetime,
    questions: Sequence[str] = (),
    next: Any = None,  # noqa: A002 (the public name)
    critical_reason: Any = "",
) -> Decision:
    """Answer an item: through its gate, by the same laws as every other decision.

    `critical_reason`: why a feature is kept that is rarely used but must not fail when it is.

    Raises:
        Missing: no such item. Conflict: `review_not_open`, `review_closed`; and what `decide` raises.
    """
    item = _locked_item(item_id)
    _require_open(item.review)
    decision = decide(
        gate_id=item.gate_id, by=by, now=now, outcome=outcome, reason=reason, questions=questions, next=next
    )
    critical = _critical(Outcome(decision.outcome), critical_reason)
    if critical != item.critical_reason:
        ReviewItem.objects.filter(pk=item.pk).update(critical_reason=critical)
    return decision


def _critical(outcome: Any, reason: Any) -> str:
    text = str(reason or "").strip()
    if text and outcome != Outcome.ADVANCE:
        raise wrong("critical_reason", "Rare but critical is a reason to keep. Leave it out, or keep the feature.")
    return needed_text(text, "critical_reason", "") if text else ""


@transaction.atomic
def sign_review(*, quarter: str, by: User, now: datetime, note: str = "") -> SignOff:
    """Answer for a review whose items are all decided. The first time counts; signing again changes nothing.

    Raises:
        Missing: no such review. Forbidden: neither a leader nor an administrator.
        Conflict: `review_not_open`, `review_closed`, `undecided_items` with the list.
    """
    review = _locked(quarter)
    _require_leadership(by)
    _require_open(review)
    _require_decided(review)
    signed, new = SignOff.objects.get_or_create(review=review, by=by, defaults={"at": now, "note": note.strip()})
    if new:
        record(act="review.signed", subject=f"review:{review.quarter}", by=by, now=now, body={"note": signed.note})
    return signed


@transaction.atomic
def close_review(*, quarter: str, by: User, now: datetime) -> Review:
    """Close a review for good: nothing in it changes any more. A second time changes nothing.

    Raises:
        Missing: no such review. Forbidden: neither a leader nor an administrator.
        Conflict: `review_not_open`, `undecided_items` with the list, `owed_retrospectives` with the list,
            `signoffs_missing`.
    """
    review = _locked(quarter)
    _require_leadership(by)
    if review.closed_at is not None:
        return review
    _require_open(review)
    _require_decided(review)
    _require_looked_back(review)
    signed = review.signoffs.count()
    if signed < SIGNATURES:
        detail = f"{SIGNATURES} people sign a review before it closes; {signed} did."
        raise Conflict(code="signoffs_missing", detail=detail, extra={"signed": signed})
    review.closed_at, review.closed_by = now, by
    review.save(update_fields=["closed_at", "closed_by"])
    found = progress_of(review)
    body = {"kept": found.kept, "tweaked": found.tweaked, "killed": found.killed}
    record(act="review.closed", subject=f"review:{review.quarter}", by=by, now=now, body=body)
    return review


def _locked(quarter: str) -> Review:
    return Review.objects.select_for_update().get(pk=review_at(quarter).pk)


def _locked_item(item_id: int) -> ReviewItem:
    """The item with its feature's lock first, as everywhere."""
    found = ReviewItem.objects.filter(pk=item_id).values_list("feature", flat=True).first()
    if found is None:
        raise Missing(code="not_found", detail=f"There is no review item {item_id}.")
    list(Feature.objects.select_for_update(no_key=True).filter(pk=found).values_list("pk"))
    rows = ReviewItem.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("review", "feature__squad", "gate", "proposed_by").get(pk=item_id)


def _require_open(review: Review) -> None:
    if review.closed_at is not None:
        raise Conflict(code="review_closed", detail=f"The review of {review.quarter} is closed and never changes.")
    if review.opened_at is None:
        detail = f"The review of {review.quarter} is being prepared. Propose now, decide when it opens."
        raise Conflict(code="review_not_open", detail=detail)


def _require_undecided(item: ReviewItem) -> None:
    if item.review.closed_at is not None:
        _require_open(item.review)
    if Gate.objects.filter(pk=item.gate_id, state=GateState.DECIDED).exists():
        raise Conflict(code="already_decided", detail=f"{item.feature.name} has been decided already.")


def _require_decided(review: Review) -> None:
    count = undecided_items(review).count()
    if count:
        named = [item.feature.key for item in undecided_items(review)[:NAMED]]
        more = f" and {count - NAMED:,} more" if count > NAMED else ""
        detail = f"{count:,} items are not decided: {', '.join(named)}{more}."
        raise Conflict(code="undecided_items", detail=detail, extra={"items": named, "count": count})


def _require_looked_back(review: Review) -> None:
    """Every end of its quarter has its retrospective (law 15)."""
    missing = owed(period=quarter_of(review))
    if missing:
        named = [one.feature for one in missing[:NAMED]]
        more = f" and {len(missing) - NAMED:,} more" if len(missing) > NAMED else ""
        detail = f"{len(missing):,} retrospectives of {review.quarter} are owed: {', '.join(named)}{more}."
        raise Conflict(code="owed_retrospectives", detail=detail, extra={"features": named, "count": len(missing)})


def _require_leadership(by: User | None) -> None:
    """Leaders of a tribe and administrators; `by` None is the clock.

    Raises:
        Forbidden: somebody else.
    """
    if by is None or (by.is_active and (by.is_superuser or by.tribes_led.exists())):
        return
    raise Forbidden(code="not_yours", detail="Tribe leaders and administrators open, sign and close reviews.")
