"""What is owed: the gates that wait for an answer, and the removals that are not done."""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from features.enums import Status
from lifecycle.charts import formats
from lifecycle.models import Removal
from lifecycle.pages.feature_parts import undecided
from lifecycle.pages.hindsight_rows import ENDINGS
from lifecycle.pages.review_card import running_reviews
from lifecycle.phases import BREAKER_SHOWN_DAYS
from lifecycle.queries.owed import Owed, owed
from lifecycle.queries.retrospectives import owed as owed_retrospectives

LATE = {"squad": "the squad knows", "tribe": "its tribe knows", "leadership": "leadership knows"}


@require_safe
def owed_page(request: HttpRequest) -> HttpResponse:
    """`/owed/`: everything that waits, most urgent first; `?mine=1` what waits for the person who asks."""
    person, now = request.user, timezone.now()
    assert isinstance(person, User)  # noqa: S101 (LoginRequiredMiddleware lets nobody else in)
    mine = request.GET.get("mine") == "1"
    rows = owed(now=now, person=person if mine else None)
    context = {
        "rows": [_row(row) for row in rows],
        "overdue": sum(row.overdue_days is not None for row in rows),
        "removals": [_removal(removal) for removal in _removals(person if mine else None)],
        "retrospectives": owed_retrospectives(person=person if mine else None),
        "endings": ENDINGS,
        "reviews": running_reviews(person if mine else None),
        "mine": mine,
        "today": timezone.localdate(now),
        "shown_days": BREAKER_SHOWN_DAYS,
    }
    return render(request, "lifecycle/owed.html", context)


def _row(row: Owed) -> dict[str, Any]:
    return {
        "owed": row,
        "told": LATE[row.escalation],
        "undecided": undecided(row.undecided),
        "waits": formats.plural(row.waiting_days, "day") if row.waiting_days else "since today",
        "because": " ".join(dict.fromkeys(row.causes)),
    }


def _removals(person: User | None) -> QuerySet[Removal]:
    rows = Removal.objects.filter(feature__status=Status.REMOVING).select_related("feature__squad", "owner")
    if person is not None and not person.is_superuser:
        squads = Q(feature__squad__people=person) | Q(feature__squad__tribe__leaders=person)
        rows = rows.filter(squads | Q(owner=person)).distinct()
    return rows.prefetch_related("steps").order_by("started_at", "pk")


def _removal(removal: Removal) -> dict[str, Any]:
    steps = list(removal.steps.all())
    owner = removal.owner
    return {
        "feature": removal.feature,
        "owner": (owner.get_full_name() or owner.get_username()) if owner else "",
        "done": sum(step.done_at is not None for step in steps),
        "of": len(steps),
        "since": removal.started_at,
    }
