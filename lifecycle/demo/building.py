"""Making the demo, once; and telling whether it is there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction

from features.actions.recording import record
from features.models import AuditEntry, Feature, Squad
from lifecycle.actions.judging import judge_all, judge_gate
from lifecycle.demo.calendar import HISTORY_WEEKS, HOUR, Calendar
from lifecycle.demo.catalogue import STORES
from lifecycle.demo.costs import book
from lifecycle.demo.feeding import BROKEN, folder, open_feed
from lifecycle.demo.keeping import tell
from lifecycle.demo.lives import LIVES
from lifecycle.demo.living import Company, Course
from lifecycle.demo.looking_back import look_back
from lifecycle.demo.people import hire
from lifecycle.demo.reviews import prepare
from lifecycle.demo.scoring import RAISED, raise_goal, score_ideas, set_goals
from lifecycle.demo.script import Life
from lifecycle.demo.warehouse import break_file, write_files
from lifecycle.demo.weeks import allocate_weeks, seat
from lifecycle.enums import GateState
from lifecycle.models import Gate

ACT, SUBJECT = "demo.made", "demo:portfolio"
CLOSE: Final = 2
"""From so many weeks before the last Thursday on, every gate is judged each week."""


@dataclass(frozen=True, slots=True)
class Made:
    """What is there: the number of features, and the moment at which the demo was made."""

    features: int
    made: datetime


def standing() -> Made | None:
    """The demo that is there already, or None."""
    entry = AuditEntry.objects.filter(subject=SUBJECT, act=ACT).only("at").first()
    return Made(Feature.objects.count(), entry.at) if entry else None


def is_empty() -> bool:
    """Whether nobody has begun to use this installation."""
    return not User.objects.exists() and not Squad.objects.exists() and not Feature.objects.exists()


def build(*, now: datetime, lives: Sequence[Life] = LIVES) -> Made:
    """Make the demo in an empty installation, all of it or nothing.

    Raises:
        StoryError: a life cannot be lived as it is told.
    """
    calendar = Calendar(now)
    write_files(lives=lives, calendar=calendar, folder=folder())
    with transaction.atomic():
        people = hire(now=calendar.beginning)
        squads = {squad.slug: squad for squad in Squad.objects.all()}
        seat(squads=squads, by=people["admin"], calendar=calendar)
        set_goals(people=people, now=calendar.beginning)
        company = Company(calendar, people, squads, {life.key: Course(life) for life in lives})
        _live_through(company, lives, people)
        made = Made(Feature.objects.count(), now)
        record(act=ACT, subject=SUBJECT, by=None, now=now, by_name="the demo", body={"features": made.features})
    return made


def _live_through(company: Company, lives: Sequence[Life], people: Mapping[str, User]) -> None:
    """Week by week: read the warehouse, book the costs, judge the gates, then do what people did until the next."""
    calendar = company.calendar
    feed = open_feed(lives=lives, calendar=calendar, people=people)
    for weeks in range(HISTORY_WEEKS, -1, -1):
        closing = calendar.closing(weeks)
        if weeks == RAISED[2]:
            raise_goal(people=people, now=closing)
        feed.read_up_to(closing)
        book(lives=lives, calendar=calendar, closing=closing)
        allocate_weeks(lives=lives, company=company, now=closing + 6 * HOUR)
        _judge(company, now=closing + 6 * HOUR, all_of_them=weeks <= CLOSE)
        company.end_holdbacks(now=closing + 6 * HOUR)
        company.answer_what_is_due(now=closing + 7 * HOUR)
        look_back(people=people, now=closing + 7 * HOUR)
        company.live(until=calendar.closing(weeks - 1) if weeks else calendar.made)
    feed.go_live()
    since = (calendar.made - calendar.eve) / timedelta(days=1)
    if since >= 1:
        book(lives=lives, calendar=calendar, closing=calendar.made, days=min(since, 6.9))
    allocate_weeks(lives=lives, company=company, now=calendar.made)
    score_ideas(people=people, made=calendar.made)
    tell(people=people, eve=calendar.eve, now=calendar.made)
    judge_all(now=calendar.made)
    prepare(people=people, now=calendar.made)


def _judge(company: Company, *, now: datetime, all_of_them: bool) -> None:
    """Judge every gate, or of the distant past only those whose answer waits for it: each decision judges its own."""
    if all_of_them:
        judge_all(now=now)
        return
    timely = Gate.objects.filter(feature__in=company.waiting(), state=GateState.OPEN, look_at__lte=now)
    for gate_id in timely.order_by("pk").values_list("pk", flat=True):
        judge_gate(gate_id=gate_id, now=now)


def restore_files(*, made: datetime, lives: Sequence[Life] = LIVES) -> bool:
    """Write the warehouse files again where they are gone, with the same numbers; True when any was gone.

    `made` is when the demo was made.
    """
    gone = [key for key, store in STORES.items() if store.file and not (folder() / store.file).exists()]
    if gone:
        write_files(lives=lives, calendar=Calendar(made), folder=folder(), sources=gone)
    if BROKEN in gone:
        break_file(folder() / STORES[BROKEN].file)
    return bool(gone)
