"""A quarter's pruning review: how far it is, value against upkeep, and the table in which it is decided."""

from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from features.queries.people import leads_somebody
from lifecycle.charts import formats
from lifecycle.charts.value_and_upkeep import Weighed, WorthChart
from lifecycle.models import Review
from lifecycle.pages.review_item import name_of, review_or_404
from lifecycle.pages.review_rows import DONE, WORDS, powers, row_of
from lifecycle.pages.reviews import state_of
from lifecycle.pages.week import places
from lifecycle.queries.retrospectives import owed
from lifecycle.queries.review_items import PAGE, SORTS, STATES, Asked, a_quarter, items_of, page_of, weighed
from lifecycle.queries.reviews import SIGNATURES, Progress, Promise, progress_of, promises_of, quarter_of

KEPT: Final = ("squad", "tribe", "recommended", "state", "doubts", "sort", "turned")
COLUMNS: Final = (
    ("name", "Feature", ""), ("value", "Value", "r"), ("upkeep", "Upkeep", "r"), ("ratio", "Ratio", "r"),
    ("age", "Age", ""), ("rank", "Advice", ""),
)  # fmt: skip
"""The columns by which the table is ordered: the name of the order, the word, and the class of the cells."""
LONGEST_NUMBER: Final = 10
ASKS: Final = 200
"""At most so many rows are asked for changes at once."""


@require_safe
def review_page(request: HttpRequest, quarter: str) -> HttpResponse:
    """`/reviews/2026-Q4/`: `squad`, `tribe`, `recommended`, `state`, `doubts=1`, `sort`, `turned=1`, `page`."""
    review, person, now = review_or_404(quarter), _person(request), timezone.now()
    asked = asked_for(request)
    page, may = page_of(review, asked), powers(review, person)
    context = {
        **head(review, person),
        "rows": [row_of(item, may) for item in page.items],
        "page": page,
        "asked": asked,
        "pager": _pager(asked, page.number, page.pages),
        "first": (page.number - 1) * PAGE + 1,
        "heads": [_head(asked, *column) for column in COLUMNS],
        "chart": worth_chart(review),
        "promises": promises_shown(review, now),
        "words": WORDS,
        "states": STATES,
        "squad": asked.squad,
        "tribe": asked.tribe,
        "places": places(),
        "columns": 7,
        "pdf": reverse("review-pdf", args=[review.quarter]),
        "crumbs": [("Reviews", reverse("reviews"))],
    }
    return render(request, "lifecycle/review.html", context)


@require_safe
def live_page(request: HttpRequest, quarter: str) -> HttpResponse:
    """What an open page asks for every few seconds: the head, and of the rows that it shows (`i`, each a word for its
    state as it is shown) those that others have changed since.
    """
    review, person = review_or_404(quarter), _person(request)
    shown = {}
    for word in request.GET.getlist("i")[:ASKS]:
        pk = word.partition(".")[0]
        if pk.isdecimal() and len(pk) < LONGEST_NUMBER:
            shown[int(pk)] = word
    may = powers(review, person)
    rows = [row_of(item, may) for item in items_of(review).filter(pk__in=shown)]
    changed = [row for row in rows if row.state != shown[row.item.pk]]
    return render(request, "lifecycle/_review_live.html", {**head(review, person), "rows": changed, "columns": 7})


def head(review: Review, person: User) -> dict[str, Any]:
    """What stays in view: how far it is, who has signed, what can be done next and what still blocks it."""
    progress = progress_of(review)
    signed = list(review.signoffs.select_related("by"))
    missing = max(SIGNATURES - len(signed), 0)
    unwritten = len(owed(period=quarter_of(review)))
    leads = leads_somebody(person)
    return {
        "review": review,
        "progress": progress,
        "state": state_of(review),
        "signed": [(name_of(one.by), one.at) for one in signed],
        "blocks": _blocks(review, progress, missing, unwritten),
        "may_open": leads and review.opened_at is None,
        "may_sign": leads
        and review.opened_at is not None
        and review.closed_at is None
        and not progress.left
        and all(one.by_id != person.pk for one in signed),
        "may_close": leads and review.closed_at is None and review.opened_at is not None,
        "closable": not progress.left and not missing and not unwritten,
    }


def _blocks(review: Review, progress: Progress, missing: int, unwritten: int) -> list[str]:
    """What stands between the review and its end."""
    if review.closed_at is not None:
        return []
    found = ["it is not open"] if review.opened_at is None else []
    if progress.left:
        found.append(f"{formats.plural(progress.left, 'item')} {'is' if progress.left == 1 else 'are'} not decided")
    if unwritten:
        found.append(f"{formats.plural(unwritten, 'retrospective')} {'is' if unwritten == 1 else 'are'} owed")
    if missing:
        found.append(f"{formats.plural(missing, 'signature')} {'is' if missing == 1 else 'are'} missing")
    return found


def asked_for(request: HttpRequest) -> Asked:
    """What the address asks for; what makes no sense in it counts as not said."""
    given = {name: request.GET.get(name, "").replace("\x00", "") for name in (*KEPT, "page")}
    number = given["page"]
    return Asked(
        squad=given["squad"],
        tribe=given["tribe"],
        recommended=given["recommended"] if given["recommended"] in WORDS else "",
        state=given["state"] if given["state"] in STATES else "",
        doubts=given["doubts"] == "1",
        sort=given["sort"] if given["sort"] in SORTS else "rank",
        turned=given["turned"] == "1",
        page=int(number) if number.isdecimal() and len(number) < LONGEST_NUMBER else 1,
    )


def _query(asked: Asked, **other: Any) -> str:
    """The address of the same page with something else in it; only what is said stands there."""
    usual = Asked()
    said = {name: other.get(name, getattr(asked, name)) for name in (*KEPT, "page")}
    words = {name: int(value) if value is True else value for name, value in said.items()}
    return "?" + urlencode({name: value for name, value in words.items() if value and value != getattr(usual, name)})


def _head(asked: Asked, sort: str, word: str, cls: str) -> dict[str, Any]:
    """A column's head: the link that orders by it, or turns it round, and which way it is ordered now."""
    here = asked.sort == sort
    down = SORTS[sort][1] != asked.turned
    link = _query(asked, sort=sort, turned=here and not asked.turned, page=1)
    return {"word": word, "cls": cls, "href": link, "order": ("descending" if down else "ascending") if here else ""}


def _pager(asked: Asked, number: int, pages: int) -> dict[str, Any]:
    return {
        "previous": _query(asked, page=number - 1) if number > 1 else "",
        "next": _query(asked, page=number + 1) if number < pages else "",
    }


def worth_chart(review: Review) -> WorthChart:
    """Every item by value and known upkeep a quarter."""
    return WorthChart(
        tuple(
            Weighed(name, _float(value), _float(cost), decided or recommended, decided is not None)
            for name, value, cost, recommended, decided in weighed(review)
        ),
        settings.CURRENCY,
    )


def _float(twelve_months: Any) -> float | None:
    amount = a_quarter(twelve_months)
    return None if amount is None else float(amount)


def promises_shown(review: Review, now: datetime) -> dict[str, Any]:
    """What the closed review before this one promised, each with what became of it, and the sums of it."""
    found = promises_of(review, now=now)
    saved = [one.saved for one in found if one.saved is not None]
    return {
        "rows": [_promised(one) for one in found],
        "kept": sum(one.kept for one in found),
        "saved": sum(saved) if saved else None,
        "open": sum(not one.kept for one in found),
        "of": _quarter_before(found),
    }


def _quarter_before(found: list[Promise]) -> str:
    return found[0].item.review.quarter if found else ""


def _promised(one: Promise) -> dict[str, Any]:
    return {"promise": one, "item": one.item, "word": DONE[one.outcome]}


def rows_for_report(review: Review, person: User) -> list[Any]:
    """Every item, worst first; nothing can be done on paper."""
    may = powers(review, person)
    return [row_of(item, may) for item in items_of(review)]


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 (LoginRequiredMiddleware lets nobody else in)
    return request.user
