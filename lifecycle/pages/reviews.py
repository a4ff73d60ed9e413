"""All pruning reviews, and what leadership does with one: prepare it, open it, sign it, close it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from features.errors import Refusal
from features.queries.people import leads_somebody
from lifecycle.actions.reviewing import close_review, open_review, prepare_review, sign_review
from lifecycle.models import Review
from lifecycle.pages.review_item import review_or_404
from lifecycle.queries.portfolio.scope import quarter_name
from lifecycle.queries.reviews import SIGNATURES, considered, progress_by, progress_of


@dataclass(frozen=True, slots=True)
class Act:
    """What leadership does with a review: the question, what follows from it, and the button."""

    title: str
    follows: tuple[str, ...]
    button: str
    done: str


ACTS: Final[dict[str, Act]] = {
    "prepare": Act(
        "Prepare the review",
        (
            "The worth and the upkeep of every feature in Tweak It and Maintain It are frozen as they are known now.",
            "What is recorded later stands in the next review.",
            "Squads can propose an answer for each of their features.",
            "No gate falls due yet: that is what opening does.",
        ),
        "Prepare it",
        "Prepared. Squads can propose now.",
    ),
    "open": Act(
        "Open the review",
        (
            "The gate of every feature in it falls due now: until it is decided, no tweak can start.",
            "Its people are told. What they spend from now on, until somebody decides, is shown as undecided.",
            "Features that have shipped since it was prepared are taken in; what was decided since then counts.",
            "It cannot be taken back. A gate stays due until it is decided.",
        ),
        "Open it, and make the gates due",
        "Open. Every gate in it is due now.",
    ),
    "sign": Act(
        "Sign the review",
        (
            "You answer for it: everything in it is decided, and you have seen how.",
            f"{SIGNATURES} different people sign before it can close. A signature is not taken back.",
        ),
        "Sign",
        "Signed.",
    ),
    "close": Act(
        "Close the review",
        (
            "Nothing in it changes any more, neither facts nor proposals nor signatures.",
            "The next review holds against it what it promised: removals, tweaks, and the upkeep that was to be saved.",
        ),
        "Close it for good",
        "Closed. The next review looks back on it.",
    ),
}


@require_safe
def reviews_page(request: HttpRequest) -> HttpResponse:
    """`/reviews/`: every quarter that was reviewed, the newest first, and what can be done about this one."""
    now = timezone.now()
    quarter = quarter_name(timezone.localdate(now))
    reviews = list(Review.objects.select_related("closed_by"))
    progress = progress_by(reviews)
    present = next((review for review in reviews if review.quarter == quarter), None)
    context = {
        "rows": [(review, state_of(review), progress[review.pk]) for review in reviews],
        "quarter": quarter,
        "present": present,
        "act": _next_act(present),
        "shipped": len(considered(now=now)) if present is None else 0,
        "leads": leads_somebody(_person(request)),
    }
    return render(request, "lifecycle/reviews.html", context)


def _next_act(review: Review | None) -> str:
    """What can be done by hand about this quarter's review now, on the list of all."""
    if review is None:
        return "prepare"
    return "open" if review.opened_at is None else ""


def state_of(review: Review) -> tuple[str, str, str, datetime]:
    """A review's state in a word, its tone, its icon, and since when."""
    if review.closed_at is not None:
        return "Closed", "tone-quiet", "lock", review.closed_at
    if review.opened_at is not None:
        return "Open", "tone-warn", "bell-ring", review.opened_at
    return "Prepared", "chip-line", "clipboard-list", review.prepared_at


@require_http_methods(["GET", "HEAD", "POST"])
def act_on_review(request: HttpRequest, quarter: str, act: str) -> HttpResponse:
    """`/reviews/2026-Q4/open/` and the others of `ACTS`: says what follows (GET), does it (POST)."""
    person, now = _person(request), timezone.now()
    name, fault, status = quarter.upper(), "", 200
    review = Review.objects.filter(quarter=name).first()
    if act in {"sign", "close"} and review is None:
        review_or_404(quarter)
    if act in {"prepare", "open"} and review is None and name != quarter_name(timezone.localdate(now)):
        raise Http404(f"The review of {quarter} is not of this quarter.")
    if request.method == "POST":
        try:
            _carry_out(act, name, person, now, request.POST.get("note", ""))
        except Refusal as refusal:
            fault, status = refusal.detail, refusal.status
        else:
            messages.success(request, ACTS[act].done)
            return redirect("review", name)
    context = {
        "quarter": name,
        "review": review,
        "act": ACTS[act],
        "name": act,
        "fault": fault,
        "leads": leads_somebody(person),
        "count": _count(review, now),
        "crumbs": _crumbs(review, name),
    }
    return render(request, "lifecycle/review_act.html", context, status=status)


def _carry_out(act: str, quarter: str, person: User, now: datetime, note: str) -> None:
    if act == "sign":
        sign_review(quarter=quarter, by=person, now=now, note=note)
        return
    {"prepare": prepare_review, "open": open_review, "close": close_review}[act](quarter=quarter, by=person, now=now)


def _count(review: Review | None, now: datetime) -> int:
    return progress_of(review).items if review is not None else len(considered(now=now))


def _crumbs(review: Review | None, name: str) -> list[Any]:
    here = [(name, reverse("review", args=[name]))] if review is not None else []
    return [("Reviews", reverse("reviews")), *here]


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 (LoginRequiredMiddleware lets nobody else in)
    return request.user
