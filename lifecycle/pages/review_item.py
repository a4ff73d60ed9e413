"""One item of a review: its facts, the answer to it, and the proposal of its squad. A page, and a row for htmx."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from features.errors import Conflict, LostRace, Refusal, RulesUnmet
from lifecycle.actions.reviewing import decide_item, propose
from lifecycle.charts import formats
from lifecycle.enums import Outcome
from lifecycle.models import Review, ReviewItem
from lifecycle.pages.gate_words import RULES, choices
from lifecycle.pages.going_back import page_before
from lifecycle.pages.refusals import show_refusal
from lifecycle.pages.review_forms import NAMES, AnswerForm
from lifecycle.pages.review_rows import DONE, WORDS, ItemRow, powers, row_of
from lifecycle.queries.ladders import ladder_of
from lifecycle.queries.review_items import decision_of, items_of

CHANGED: Final = "review-changed"
"""The event by which an open page learns that its progress has changed."""


@dataclass(slots=True)
class Typed:
    """What somebody typed, what is said to it, and the status of that."""

    form: AnswerForm | None = None
    outcome: str = ""
    status: int = 200
    lost: str = ""
    unmet: tuple[str, ...] = ()


@require_http_methods(["GET", "HEAD", "POST"])
def item_page(request: HttpRequest, quarter: str, key: str) -> HttpResponse:
    """`/reviews/2026-Q4/items/<key>/`: `?answer=kill` opens the form of that answer; a POST sends it.

    Its `act` is `decide` or `propose`; left out, who may decide decides. htmx is given the row alone.
    """
    item = _item(quarter, key)
    if request.method != "POST":
        outcome = request.GET.get("answer", "")
        return _show(request, item, Typed(outcome=outcome if outcome in WORDS else ""))
    outcome = request.POST.get("outcome", "")
    form = AnswerForm(request.POST, item=item, outcome=outcome)
    row = row_of(item, powers(item.review, _person(request)))
    proposes = request.POST.get("act", "") == "propose" or (row.may_propose and not row.may_decide)
    if outcome not in WORDS:
        form.add_error(None, "Choose one of the three answers.")
    if not form.is_valid():
        return _show(request, item, Typed(form=form, outcome=outcome, status=400))
    return _carried_out(request, item, form, proposes=proposes)


def _carried_out(request: HttpRequest, item: ReviewItem, form: AnswerForm, *, proposes: bool) -> HttpResponse:
    by, now, outcome = _person(request), timezone.now(), form.cleaned_data["outcome"]
    try:
        if proposes:
            propose(item_id=item.pk, by=by, now=now, **form.proposal())
        else:
            decide_item(item_id=item.pk, by=by, now=now, **form.decision())
    except LostRace as lost:
        return _show(request, item, _overtaken(request, item, outcome, lost))
    except Refusal as refusal:
        return _show(request, item, _refused(item, form, outcome, refusal))
    quarter = item.review.quarter
    if request.headers.get("HX-Request"):
        answer = _show(request, item, Typed())
        answer["HX-Trigger"] = CHANGED
        return answer
    said = f"Proposed: {WORDS[outcome]}" if proposes else DONE[outcome]
    messages.success(request, f"{said}: {item.feature.name}.")
    return redirect(f"{page_before(request, otherwise=reverse('review', args=[quarter]))}#i{item.pk}")


def _overtaken(request: HttpRequest, item: ReviewItem, outcome: str, lost: LostRace) -> Typed:
    """Somebody has proposed meanwhile: theirs is shown beside what was typed; sending again replaces it knowingly."""
    fresh = _item(item.review.quarter, item.feature.key)
    typed = request.POST.copy()
    typed["version"] = str(fresh.version)
    form = AnswerForm(typed, item=fresh, outcome=outcome)
    form.is_valid()
    theirs = f"{name_of(fresh.proposed_by)} has proposed {WORDS.get(fresh.proposed, '')} meanwhile"
    yours = "Nothing of yours was saved. What you typed is still here: send it again to put it in place of that."
    form.add_error(None, f"{theirs}: “{fresh.proposed_reason}” {yours}")
    return Typed(form=form, outcome=outcome, status=lost.status)


def _refused(item: ReviewItem, form: AnswerForm, outcome: str, refusal: Refusal) -> Typed:
    show_refusal(form, refusal, names=NAMES)
    typed = Typed(form=form, outcome=outcome, status=refusal.status)
    if isinstance(refusal, RulesUnmet):
        typed.unmet = tuple(
            f"{RULES.get(rule['code'], rule['code'])}: {rule.get('detail', '')}" for rule in refusal.extra["rules"]
        )
    if isinstance(refusal, Conflict) and refusal.code == "already_decided":
        typed.lost = _lost(_item(item.review.quarter, item.feature.key), form)
    return typed


def _lost(item: ReviewItem, form: AnswerForm) -> str:
    """Who was first, with what, and what was typed in vain, so that it can be copied."""
    stood = decision_of(item)
    if stood is None:
        return ""
    when = timezone.localtime(stood.at)
    return (
        f"{name_of(stood.by)} was first, at {when:%H:%M}: {DONE[stood.outcome].lower()}, “{stood.reason}” "
        f"Yours was not recorded: “{form.data.get('reason', '')}”"
    )


def name_of(person: Any) -> str:
    """How a person is called."""
    return (person.get_full_name() or person.get_username()) if person else "The house's policy"


def _show(request: HttpRequest, item: ReviewItem, typed: Typed) -> HttpResponse:
    fresh = _item(item.review.quarter, item.feature.key)
    review, alone = fresh.review, bool(request.headers.get("HX-Request"))
    row = row_of(fresh, powers(review, _person(request)))
    opens = bool(typed.outcome) and row.may and not typed.lost
    form = typed.form or (_form(request, fresh, typed.outcome) if opens else None)
    context = {
        "review": review,
        "row": row,
        "item": fresh,
        "form": form if opens else None,
        "outcome": typed.outcome,
        "word": WORDS.get(typed.outcome, ""),
        "does": _does(row).get(typed.outcome, ""),
        "consequences": [(name, WORDS[name], does) for name, does in _does(row).items()],
        "lost": typed.lost,
        "unmet": typed.unmet,
        "alone": alone,
        "refused": typed.form if typed.form and not opens and not typed.lost else None,
        "columns": 7,
        "crumbs": _crumbs(review),
    }
    template = "lifecycle/_review_row.html" if alone else "lifecycle/review_item.html"
    return render(request, template, context, status=typed.status)


def _form(request: HttpRequest, item: ReviewItem, outcome: str) -> AnswerForm:
    """The form as it opens: with what was typed for another answer, or else with the squad's own proposal."""
    given = request.GET
    own = item.proposed == outcome
    initial = {
        "outcome": outcome,
        "version": item.version,
        "back": _came_from(request, item.review),
        "reason": given.get("reason", "") or (item.proposed_reason if own else ""),
        "critical_reason": given.get("critical_reason", "") or (item.critical_reason if own else ""),
        "questions": given.getlist("questions"),
        "tweak_name": given.get("tweak_name", ""),
    }
    return AnswerForm(item=item, outcome=outcome, initial=initial)


def _came_from(request: HttpRequest, review: Review) -> str:
    """The review as it was filtered and ordered, where it was left for this page."""
    home, before = reverse("review", args=[review.quarter]), urlsplit(request.headers.get("Referer", ""))
    return f"{home}?{before.query}" if before.path == home and before.query else home


def _does(row: ItemRow) -> dict[str, str]:
    """What each answer will do, in the order of their keys."""
    item = row.item
    if row.decision:
        return {}
    found = choices(
        feature=item.feature, phase=row.phase, step=None, ladder=ladder_of(feature=item.feature), exposed=True,
        advised=item.recommended,
    )  # fmt: skip
    does = {choice.outcome: choice.does for choice in found}
    if item.cost:
        saves = formats.money_short(item.cost, settings.CURRENCY)
        does[Outcome.KILL.value] += f" It saves {saves} a year of known upkeep, once it is gone."
    return {name: does[name] for name in WORDS}


def _item(quarter: str, key: str) -> ReviewItem:
    review = review_or_404(quarter)
    found = items_of(review).filter(feature__key=key).first()
    if found is None:
        raise Http404(f"{key} does not stand in the review of {quarter}.")
    return found


def review_or_404(quarter: str) -> Review:
    """The review of a quarter, as pages ask for it.

    Raises:
        Http404: there is none.
    """
    found = Review.objects.filter(quarter=quarter.upper()).first()
    if found is None:
        raise Http404(f"There is no review of {quarter}.")
    return found


def _crumbs(review: Review) -> list[tuple[str, str]]:
    return [("Reviews", reverse("reviews")), (review.quarter, reverse("review", args=[review.quarter]))]


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 (LoginRequiredMiddleware lets nobody else in)
    return request.user
