"""Looking back at an end: the story is filled in, the rest is written together and published for good."""

import hashlib
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from features.errors import LostRace, Refusal
from features.models import Feature
from features.queries.people import may_act_for
from lifecycle.actions.retrospecting import write_retrospective
from lifecycle.charts import formats
from lifecycle.models import Retrospective
from lifecycle.pages.feature_acts import feature_called
from lifecycle.pages.hindsight_rows import ENDINGS, story_row
from lifecycle.pages.refusals import show_refusal
from lifecycle.pages.retrospective_form import KINDS, RetrospectiveForm
from lifecycle.queries.blameless import Blame, blamed, names_of_house
from lifecycle.queries.hindsight import Hindsight, hindsight
from lifecycle.queries.kin import kin_of
from lifecycle.queries.retrospectives import latest_of, texts_of


def retrospective_page(request: HttpRequest, key: str) -> HttpResponse:
    """`/features/<key>/retrospective/`: its latest end. Read by everybody, written by the squad; `?write=1` revises."""
    feature, person = feature_called(key), request.user
    assert isinstance(person, User)  # noqa: S101 (LoginRequiredMiddleware lets nobody else in)
    found = latest_of(feature=feature)
    if found is None:
        crumbs = [("Board", "/"), (feature.name, reverse("feature", args=[key]))]
        return render(request, "lifecycle/retrospective_none.html", {"feature": feature, "crumbs": crumbs}, status=404)
    kin = kin_of(feature=feature)
    if request.method != "POST":
        form = RetrospectiveForm(found=found, kin=kin)
        return _show(request, feature, found, form, blames=_blames(texts_of(found)))
    form = RetrospectiveForm(request.POST, found=found, kin=kin)
    if not form.is_valid():
        return _show(request, feature, found, form, status=400)
    try:
        return _write(request, feature, found, form, person)
    except LostRace as lost:
        now = latest_of(feature=feature) or found
        form.show_after(now.version)
        form.add_error(None, "Somebody else saved meanwhile. What stands now is shown above, yours is below.")
        return _show(request, feature, now, form, status=lost.status, stands=now)
    except Refusal as refusal:
        show_refusal(form, refusal, names=form.names())
        return _show(request, feature, found, form, status=refusal.status)


def _write(
    request: HttpRequest, feature: Feature, found: Retrospective, form: RetrospectiveForm, by: User
) -> HttpResponse:
    """Save or publish. What may read as blame is shown once before it is published; the second time it is published."""
    publish, now = request.POST.get("act") == "publish", timezone.now()
    after, written = form.cleaned_data["after"], form.written()
    blames = _blames(_texts(written)) if publish else ()
    mark = hashlib.sha256("\n".join(blame.sentence for blame in blames).encode()).hexdigest()[:16]
    if blames and form.cleaned_data["read_again"] != mark:
        if found.published_at is None:
            found = write_retrospective(feature=feature, by=by, now=now, after=after, **written)
        form.ask_again(mark, found.version)
        return _show(request, feature, found, form, blames=blames, asks=True)
    write_retrospective(feature=feature, by=by, now=now, after=after, publish=publish, **written)
    said = (
        "It is published, and stays on record." if publish else "The draft is saved. It is owed until it is published."
    )
    messages.success(request, said)
    return redirect("feature-retrospective", feature.key)


def _texts(written: dict[str, Any]) -> dict[str, str]:
    parts = ("statement", "detail")
    rows = enumerate(written["lessons"])
    lessons = {f"lessons.{at}.{name}": row[name] for at, row in rows for name in parts}
    return {name: text for name, text in written.items() if name != "lessons"} | lessons


def _blames(texts: dict[str, str]) -> tuple[Blame, ...]:
    return blamed(texts, names=names_of_house())


def _show(
    request: HttpRequest,
    feature: Feature,
    found: Retrospective,
    form: RetrospectiveForm,
    *,
    status: int = 200,
    blames: tuple[Blame, ...] = (),
    stands: Retrospective | None = None,
    asks: bool = False,
) -> HttpResponse:
    now: datetime = timezone.now()
    told = hindsight(feature=feature, now=now)
    may = may_act_for(request.user, feature.squad)
    published = found.published_at is not None
    context = {
        "feature": feature,
        "found": found,
        "ending": ENDINGS[found.ending],
        "story": [story_row(chapter) for chapter in told.chapters],
        "lead": _lead(told),
        "form": form,
        "writes": may and (not published or form.is_bound or request.GET.get("write") == "1"),
        "may": may,
        "blames": blames if may else (),
        "asks": asks,
        "stands": stands,
        "kinds": KINDS,
        "lessons": list(found.lessons.select_related("repeats__feature").order_by("pk")) if published else [],
        "revisions": list(found.revisions.select_related("by").order_by("-number")) if published else [],
        "owed_days": max((now - found.opened_at).days, 0),
        "crumbs": [("Board", "/"), (feature.name, reverse("feature", args=[feature.key]))],
    }
    return render(request, "lifecycle/retrospective.html", context, status=status)


def _lead(told: Hindsight) -> str:
    """The whole story in a sentence or two."""
    many = len(told.chapters)
    if not many:
        return "No decision was made on it here."
    spent = formats.money_short(told.invested, settings.CURRENCY) if told.invested else ""
    if told.invested_days:
        days = formats.person_days(told.invested_days)
        spent = f"{spent} and {days}" if spent else days
    cost = f" and {spent}" if spent else ""
    against = told.overridden
    tail = f" {against} of them went against what was recommended." if against > 1 else ""
    if against == 1:
        tail = (
            " One of them went against what was recommended." if many > 1 else " It went against what was recommended."
        )
    return f"{formats.plural(many, 'decision')}{cost}.{tail}"
