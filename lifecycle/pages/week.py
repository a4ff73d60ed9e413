"""A squad's week: which share of it goes into which feature, and what that books."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods, require_safe

from features.actions.allocating import allocate, copy_last_week
from features.actions.ledger import FIRST_DAY
from features.actions.rate_card import may_keep_rates
from features.calendar import WEEK
from features.errors import Conflict, Refusal
from features.models import Squad, Tribe
from features.queries.allocations import HUNDRED, Share, Week, furthest, week_of, week_view
from features.queries.effort import Part
from features.queries.people import may_act_for
from lifecycle.charts import formats
from lifecycle.pages.refusals import show_refusal
from lifecycle.pages.week_forms import RoleForm, WeekForm

UNSAVED: Final = "Nothing is saved yet: the shares of the week before fill what you had left empty. Look, then save."


@dataclass(frozen=True, slots=True)
class Row:
    """One feature of the table: its share, the field to change it in, and what it comes to as it is saved."""

    share: Share
    field: Any
    comes_to: str


@require_safe
def my_week_page(request: HttpRequest) -> HttpResponse:
    """`/week/`: on to the week of the person's squad; `?squad=slug` to that of another."""
    person = request.user
    assert isinstance(person, User)  # noqa: S101 (LoginRequiredMiddleware lets nobody else in)
    asked = request.GET.get("squad", "")
    squads = Squad.objects.order_by("name", "slug")
    squad = squads.filter(slug=asked).first() or squads.filter(people=person).first()
    squad = squad or squads.filter(tribe__leaders=person).first() or squads.first()
    if squad is None:
        return render(request, "lifecycle/week_none.html")
    return redirect("week", squad.slug)


@require_http_methods(["GET", "HEAD", "POST"])
def week_page(request: HttpRequest, slug: str) -> HttpResponse:
    """`/squads/<slug>/week/`, this week's; `?week=` takes any day of another."""
    squad, now = squad_called(slug), timezone.now()
    monday = _asked_week(request, now)
    week = week_view(squad=squad, week=monday, now=now)
    if request.method != "POST":
        return _show(request, week, WeekForm(week=week), now)
    form = WeekForm(request.POST, week=week)
    if not form.is_valid():
        return _show(request, week, form, now, status=400)
    try:
        return _carry_out(request, week, form, now)
    except Conflict as conflict:
        return _show_again(request, squad, monday, conflict, now)
    except Refusal as refusal:
        show_refusal(form, refusal, names=form.names())
        return _show(request, week, form, now, status=refusal.status)


def _carry_out(request: HttpRequest, week: Week, form: WeekForm, now: datetime) -> HttpResponse:
    """Save what was typed, or copy the week before. Who has typed something and then copies loses nothing of it."""
    person = request.user
    assert isinstance(person, User)  # noqa: S101 (as above)
    act = {"squad": week.squad, "week": week.monday, "by": person, "now": now, "expected": form.cleaned_data["state"]}
    typed, here = form.shares(), f"{reverse('week', args=[week.squad.slug])}?week={week.monday}"
    if "copy" not in request.POST:
        done = allocate(shares=typed, **act)
        messages.success(request, "Saved." if done.new or done.revised else "Nothing has changed: it was saved so.")
        return redirect(here)
    if typed != {share.feature.key: share.percent for share in week.shares if share.percent}:
        before = {share.feature.key: share.before for share in week.shares if share.before and share.takes_more}
        filled = WeekForm(week=week, fill={**before, **typed})
        messages.info(request, UNSAVED)
        return _show(request, week, filled, now)
    copied = copy_last_week(**act)
    left = f" Left out: {', '.join(copied.left_out)}." if copied.left_out else ""
    messages.success(request, f"Copied and saved.{left}")
    return redirect(here)


def _show_again(request: HttpRequest, squad: Squad, monday: date, conflict: Conflict, now: datetime) -> HttpResponse:
    """What somebody else has saved meanwhile, beside what was typed; saving again replaces it knowingly."""
    week = week_view(squad=squad, week=monday, now=now)
    typed = request.POST.copy()
    typed["state"] = week.state
    form = WeekForm(typed, week=week)
    form.is_valid()
    if conflict.code == "week_changed":
        form.add_error(None, _told(week))
    else:
        form.add_error(None, conflict.detail)
    return _show(request, week, form, now, status=conflict.status, changed=conflict.code == "week_changed")


def _told(week: Week) -> str:
    stands = [f"{one.feature.name} {formats.percentage(one.percent)}" for one in week.shares if one.percent]
    said = ", ".join(stands) or "nothing"
    when = f" at {timezone.localtime(week.at):%H:%M}" if week.at else ""
    return (
        f"{week.by or 'Somebody'} saved this week{when}, after you had opened it. It now says: {said}. "
        f"Nothing of yours was saved. What you typed is still here: save again to put it in place of that."
    )


def _show(
    request: HttpRequest, week: Week, form: WeekForm, now: datetime, *, status: int = 200, changed: bool = False
) -> HttpResponse:
    person, today = request.user, timezone.localdate(now)
    assert isinstance(person, User)  # noqa: S101 (as above)
    may = may_act_for(person, week.squad)
    this_week = week_of(today)
    total = form.total() if may else week.total
    capacity = sum(week.capacity.values(), Decimal(0))
    context = {
        "week": week,
        "form": form,
        "may": may,
        "keeps": may_keep_rates(person, week.squad),
        "changed": changed,
        "total": total,
        "left": HUNDRED - total,
        "over": max(total - HUNDRED, Decimal(0)),
        "unsaved": form.unsaved,
        "rows": [_row(share, form if may else None) for share in week.shares],
        "days": capacity,
        "books": _books(week.parts),
        "before_words": _week_words(week.before, week.monday),
        "is_this_week": week.monday == this_week,
        "previous": week.monday - WEEK if week.monday > FIRST_DAY + WEEK else None,
        "next": week.monday + WEEK if week.monday < furthest(today) else None,
        "booked_on": week.monday + WEEK,
        "role_form": RoleForm(initial={"from_on": week.monday, "currency": settings.CURRENCY}),
        "places": places(),
        "here": f"{reverse('week', args=[week.squad.slug])}?week={week.monday}",
        "crumbs": [("Board", "/"), (week.squad.name, f"/?squad={week.squad.slug}")],
    }
    return render(request, "lifecycle/week.html", context, status=status)


def _row(share: Share, form: WeekForm | None) -> Row:
    field = form.bound(share.feature.key) if form else None
    return Row(share, field, formats.person_days_short(share.person_days) if share.person_days else "")


def _books(parts: Iterable[Part]) -> dict[str, Any]:
    """What the week as it is saved comes to: by role, in all, and the days that have no rate."""
    roles: dict[str, list[Part]] = {}
    for part in parts:
        roles.setdefault(part.role, []).append(part)
    lines = [(role, _days(some), _money(some)) for role, some in sorted(roles.items())]
    every = [part for some in roles.values() for part in some]
    return {
        "lines": lines,
        "days": _days(every),
        "money": _money(every),
        "unpriced": _days(part for part in every if part.price is None),
    }


def _days(parts: Iterable[Part]) -> Decimal:
    return sum((part.person_days for part in parts), Decimal(0))


def _money(parts: Iterable[Part]) -> Decimal | None:
    """In `CURRENCY`; None where nothing has a rate."""
    amounts = [amount for part in parts if (amount := part.amount_base) is not None]
    return sum(amounts, Decimal(0)) if amounts else None


def _week_words(week: date | None, shown: date) -> str:
    """`last week`, or the week of a day when there is a gap."""
    if week is None:
        return ""
    return "the week before" if shown - week == WEEK else f"the week of {formats.day_short(week)}"


def _asked_week(request: HttpRequest, now: datetime) -> date:
    """The Monday of the week that is asked for; of this week, when that is no day or one out of reach."""
    today = timezone.localdate(now)
    try:
        asked = parse_date(request.GET.get("week", "")) or today
    except ValueError:  # written like a day, and none: 2026-02-30
        asked = today
    first = week_of(FIRST_DAY + timedelta(days=6))
    return min(max(week_of(asked) if asked > first else first, first), furthest(today))


def squad_called(slug: str) -> Squad:
    """The squad with this slug, with its tribe.

    Raises:
        Http404: there is none.
    """
    squad = Squad.objects.select_related("tribe").filter(slug=slug).first()
    if squad is None:
        raise Http404(f"There is no squad {slug}.")
    return squad


def places() -> list[tuple[Tribe, list[Squad]]]:
    """The squads by tribe, to choose from: one query."""
    tribes: dict[Tribe, list[Squad]] = {}
    for squad in Squad.objects.select_related("tribe").order_by("tribe__name", "name"):
        tribes.setdefault(squad.tribe, []).append(squad)
    return list(tribes.items())
