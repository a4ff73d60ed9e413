"""The library of lessons, and one lesson with what speaks for it and against it."""

from typing import Any, Final

from django import forms
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from features.errors import Refusal
from features.models import Feature, Squad, Tag, Tribe
from hypotheses.models import Hypothesis, Metric
from lifecycle.actions.lessons import add_evidence
from lifecycle.enums import Ending, LessonStatus, Side
from lifecycle.models import Lesson
from lifecycle.pages.fields import LongText
from lifecycle.pages.hindsight_rows import ENDINGS
from lifecycle.pages.refusals import show_refusal
from lifecycle.pages.retrospective_form import KINDS
from lifecycle.pages.sent_once import OnceForm, send_once
from lifecycle.queries.lessons import Asked, asked_of, library

PER_PAGE: Final = 30
MOST_FEATURES: Final = 1000
"""So many features are suggested while a key is typed."""
STATUSES: Final = {
    LessonStatus.EMERGING: "Emerging",
    LessonStatus.SUPPORTED: "Supported",
    LessonStatus.CONFIRMED: "Confirmed",
    LessonStatus.REJECTED: "Rejected",
}
SHORT_ENDINGS: Final = {
    Ending.KILLED: "Killed",
    Ending.LANDED: "Landed",
    Ending.MOVED_ON: "Moved on",
    Ending.REMOVED: "Taken out",
}


class EvidenceForm(OnceForm):
    """What speaks for a lesson or against it, and where that can be looked at."""

    side = forms.ChoiceField(
        label="It speaks",
        choices=[(Side.FOR, "for the lesson"), (Side.AGAINST, "against it")],
        widget=forms.RadioSelect,
    )
    note = LongText(label="How", rows=2, placeholder="What happened, in a sentence")
    feature = forms.CharField(
        label="Feature",
        required=False,
        max_length=80,
        help_text="Its key, as in its address.",
        widget=forms.TextInput(attrs={"list": "feature-keys", "autocomplete": "off"}),
    )
    decision = forms.IntegerField(
        label="Decision",
        required=False,
        min_value=1,
        max_value=2**31 - 1,
        help_text="Its number in the REST API, where one decision says it all.",
    )
    url = forms.CharField(label="Link", required=False, max_length=500)


@require_safe
def lessons_page(request: HttpRequest) -> HttpResponse:
    """`/lessons/`: `?search=` and the filters, `?before=` and `?after=` the id that a page ends or begins with."""
    asked = asked_of(request.GET)
    rows, older, newer = _page(asked, request)
    context = {
        "rows": rows,
        "asked": asked,
        "older": older,
        "newer": newer,
        "kinds": KINDS,
        "choices": _choices(asked),
        "wall": f"{reverse('lessons-wall')}?{urlencode(asked.given)}".rstrip("?"),
        "any": bool(rows) or bool(asked.given) or Lesson.objects.exists(),
    }
    return render(request, "lifecycle/lessons.html", context)


def _page(asked: Asked, request: HttpRequest) -> tuple[list[Lesson], str, str]:
    """The lessons of a page, and the addresses of the older and the newer ones: found by id, so that none is skipped
    when others come in meanwhile.
    """
    before, after = (_number(request.GET.get(name, "")) for name in ("before", "after"))
    found = library(asked)
    if after is not None:
        rows = list(found.filter(pk__gt=after).order_by("pk")[: PER_PAGE + 1])
        more_newer, rows = len(rows) > PER_PAGE, rows[:PER_PAGE][::-1]
        more_older = True
    else:
        chosen = found.filter(pk__lt=before) if before is not None else found
        rows = list(chosen[: PER_PAGE + 1])
        more_older, rows = len(rows) > PER_PAGE, rows[:PER_PAGE]
        more_newer = before is not None
    older = _address(asked, before=rows[-1].pk) if rows and more_older else ""
    newer = _address(asked, after=rows[0].pk) if rows and more_newer else ""
    return rows, older, newer


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004 (32 bits)


def _address(asked: Asked, **place: int) -> str:
    return f"?{urlencode(asked.given | {name: str(pk) for name, pk in place.items()})}"


def _choices(asked: Asked) -> list[dict[str, Any]]:
    """The filters: name, word for all of them, and what can be chosen, what is chosen marked."""
    metrics = Metric.objects.filter(pk__in=Hypothesis.objects.filter(feature__lessons__isnull=False).values("metric"))
    tags = Tag.objects.filter(features__lessons__isnull=False).distinct()
    every = (
        ("kind", "All kinds", list(KINDS.items())),
        ("status", "Any standing", list(STATUSES.items())),
        ("outcome", "All ends", list(SHORT_ENDINGS.items())),
        ("tribe", "All tribes", list(Tribe.objects.order_by("name").values_list("slug", "name"))),
        ("squad", "All squads", list(Squad.objects.order_by("name").values_list("slug", "name"))),
        ("tag", "All tags", [(name, name) for name in tags.order_by("name").values_list("name", flat=True)]),
        ("metric", "All metrics", list(metrics.order_by("name").values_list("key", "name"))),
    )
    return [
        {"name": name, "all": words, "options": options, "chosen": getattr(asked, name)}
        for name, words, options in every
    ]


def lesson_page(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """`/lessons/<id>/`: a lesson, its evidence, and the form that adds to it."""
    lesson = library(Asked()).filter(pk=lesson_id).first()
    if lesson is None:
        raise Http404(f"There is no lesson {lesson_id}.")
    person = request.user
    assert isinstance(person, User)  # noqa: S101 (LoginRequiredMiddleware lets nobody else in)
    if request.method != "POST":
        return _show(request, lesson, EvidenceForm())
    form, status = EvidenceForm(request.POST), 400
    if form.is_valid():
        try:
            return _add(request, lesson, form, person)
        except Refusal as refusal:
            show_refusal(form, refusal)
            status = refusal.status
    return _show(request, lesson, form, status=status)


def _add(request: HttpRequest, lesson: Lesson, form: EvidenceForm, by: User) -> HttpResponse:
    now, given = timezone.now(), {name: value for name, value in form.cleaned_data.items() if name != "token"}

    def act() -> tuple[str, str]:
        add_evidence(lesson_id=lesson.pk, by=by, now=now, **given)
        stands = Lesson.objects.values_list("status", flat=True).get(pk=lesson.pk)
        return reverse("lesson", args=[lesson.pk]), f"The evidence is added. The lesson is {stands}."

    return send_once(request, form, by=by, now=now, act=act)


def _show(request: HttpRequest, lesson: Lesson, form: EvidenceForm, *, status: int = 200) -> HttpResponse:
    evidence = list(lesson.evidence.select_related("feature", "decision", "by").order_by("-pk"))
    context = {
        "lesson": lesson,
        "kinds": KINDS,
        "ending": ENDINGS[lesson.retrospective.ending],
        "sides": [
            ("For", "plus", [one for one in evidence if one.side == Side.FOR]),
            ("Against", "minus", [one for one in evidence if one.side == Side.AGAINST]),
        ],
        "again": list(lesson.repeated_by.select_related("feature").order_by("-pk")),
        "form": form,
        "features": Feature.objects.order_by("name").values_list("key", "name")[:MOST_FEATURES],
        "crumbs": [("Lessons", reverse("lessons"))],
    }
    return render(request, "lifecycle/lesson.html", context, status=status)
