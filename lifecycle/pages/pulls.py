"""How the data arrive: the sources, their last pulls, and what needs a person."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from features.errors import Refusal
from features.models import Membership, Tribe
from hypotheses.actions.mending import retry_pull
from hypotheses.enums import PullState, SourceKind
from hypotheses.models import Pull, Source
from hypotheses.queries.pulls import PullFact, pull_fact
from lifecycle.charts import formats

LAST: Final = 6
MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
TONES: Final = {
    PullState.SUCCEEDED: ("good", "circle-check"),
    PullState.RUNNING: ("quiet", "loader"),
    PullState.DUE: ("quiet", "clock"),
    PullState.FAILED: ("warn", "triangle-alert"),
    PullState.DEAD: ("bad", "circle-x"),
    PullState.SKIPPED: ("quiet", "skip-forward"),
}


@dataclass(frozen=True, slots=True)
class PullRow:
    """One pull with the words for its state and its age."""

    fact: PullFact
    tone: str
    icon: str
    age: str

    @property
    def again(self) -> bool:
        """Whether a person can try it again."""
        return self.fact.state in {PullState.DEAD, PullState.FAILED}


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source: how many metrics it feeds, whether it rests, what it last brought, its last pulls."""

    source: Source
    kind: str
    metrics: int
    dead: int
    rests_until: datetime | None
    pulls: tuple[PullRow, ...]


@require_safe
def pulls_page(request: HttpRequest) -> HttpResponse:
    """`/pulls/`: four queries, however many sources there are."""
    now = timezone.now()
    sources = Source.objects.annotate(
        fed=Count("metrics", distinct=True),
        dead=Count("pulls", filter=Q(pulls__state=PullState.DEAD), distinct=True),
    ).order_by("-dead", "name")
    place = Window(RowNumber(), partition_by=F("source"), order_by=(F("window_end").desc(), F("pk").desc()))
    latest = Pull.objects.annotate(place=place).filter(Q(place__lte=LAST) | Q(state=PullState.DEAD, place__lte=50))
    found: dict[int, list[PullRow]] = {}
    for pull in latest.select_related("schedule__metric", "source").order_by("-window_end", "-pk"):
        found.setdefault(pull.source_id, []).append(_row(pull, now))
    rows = [_source(source, found.get(source.pk, []), now) for source in sources]
    context = {
        "rows": rows,
        "dead": sum(row.dead for row in rows),
        "may": _may_retry(request.user),
    }
    return render(request, "lifecycle/pulls.html", context)


@require_POST
def retry_page(request: HttpRequest, pull_id: int) -> HttpResponse:
    """Try a failed or dead pull again, now."""
    pull = Pull.objects.filter(pk=pull_id).first()
    if pull is None:
        raise Http404(f"There is no pull {pull_id}.")
    person = request.user
    assert isinstance(person, User)  # noqa: S101 (LoginRequiredMiddleware lets nobody else in)
    if not _may_retry(person):
        messages.error(request, "Members of squads, tribe leaders and administrators try pulls again.")
        return redirect("pulls")
    try:
        retry_pull(pull=pull, by=person, now=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, "It is due again; a worker takes it up within a minute.")
    return redirect("pulls")


def _may_retry(person: object) -> bool:
    """Whether a person is anything to any squad: data belong to everybody who decides on them."""
    if not isinstance(person, User) or not person.is_active:
        return False
    return (
        person.is_superuser
        or Membership.objects.filter(person=person).exists()
        or Tribe.objects.filter(leaders=person).exists()
    )


def _source(source: Source, pulls: list[PullRow], now: datetime) -> SourceRow:
    rests = source.breaker_until if source.breaker_until and source.breaker_until > now else None
    kind = {SourceKind.SQL: "SQL", SourceKind.HTTP: "HTTP"}.get(SourceKind(source.kind), source.get_kind_display())
    return SourceRow(source, kind, getattr(source, "fed", 0), getattr(source, "dead", 0), rests, tuple(pulls))


def _row(pull: Pull, now: datetime) -> PullRow:
    tone, icon = TONES[PullState(pull.state)]
    return PullRow(pull_fact(pull), tone, icon, _age(now - (pull.finished_at or pull.started_at or pull.due_at)))


def _age(age: timedelta) -> str:
    """``just now``, ``3 minutes ago``, ``5 hours ago``, ``2 days ago``; what is still to come is ``in …``."""
    later, size = age < timedelta(0), abs(age)
    if size < MINUTE:
        return "in a moment" if later else "just now"
    if size < HOUR:
        words = formats.plural(int(size.total_seconds() // 60), "minute")
    elif size < DAY:
        words = formats.plural(int(size / HOUR), "hour")
    else:
        words = formats.plural(size.days, "day")
    return f"in {words}" if later else f"{words} ago"
