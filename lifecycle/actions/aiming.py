"""The house's goals: what scoring asks for, and what each weighs, from a day on."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

from features.actions.recording import record
from features.actions.squad import require_version
from features.errors import BadInput, Conflict, FieldError, Forbidden, Missing
from hypotheses.queries.checking import Complaints
from lifecycle.models import Goal, GoalWeight
from lifecycle.models.scorecard import MOST_WEIGHT
from lifecycle.queries.goals import may_set_goals

LONGEST_KEY: Final = 60
LONGEST_NAME: Final = 80
LAST_DAY: Final = date(2199, 12, 31)
FIELDS: Final = ("name", "why", "owner", "weight", "from_on", "ended_on")


@transaction.atomic
def set_goal(
    *,
    name: Any,
    why: Any,
    weight: Any,
    by: User | None,
    now: datetime,
    from_on: date | None = None,
    owner: User | None = None,
    ended_on: date | None = None,
) -> Goal:
    """A new goal of the house, asked for from a day on (today where none is given); its key is made from its name.

    Raises:
        BadInput: what is wrong, by field. Forbidden: neither a tribe leader nor an administrator.
        Conflict: `key_taken`, there is or was such a goal.
    """
    require_leadership(by)
    today, wrong = timezone.localdate(now), Complaints()
    goal = Goal(created_at=now, created_by=by, owner=owner, ended_on=ended_on)
    goal.name, goal.why = _name(name, wrong), _why(why, wrong)
    parts = _weight(weight, wrong)
    first = _day(from_on or today, "from_on", today, wrong)
    _last_day(ended_on, max(first, today), wrong)
    wrong.refuse("The goal was not set")
    goal.key = slugify(goal.name).replace("_", "-")[:LONGEST_KEY].strip("-") or "goal"
    try:
        with transaction.atomic():
            goal.save(force_insert=True)
    except IntegrityError as error:
        detail = f"There is or was a goal “{goal.key}” already. Change its weight, or choose another name."
        raise Conflict(code="key_taken", detail=detail, errors=[FieldError("name", "taken", detail)]) from error
    GoalWeight.objects.create(goal=goal, from_on=first, weight=parts, set_at=now, set_by=by)
    body = {"name": goal.name, "why": goal.why, "weight": parts, "from_on": first, "owner": _who(owner)}
    record(act="goal.set", subject=f"goal:{goal.key}", by=by, now=now, body=body)
    return goal


@transaction.atomic
def change_goal(
    *, key: str, by: User | None, now: datetime, changes: Mapping[str, Any], version: int | None = None
) -> Goal:
    """Change a goal's name, reason, owner, its weight from a day on (today where `from_on` is left out), or the day on
    which it is asked for no longer (`ended_on`; None takes it up again). Rounds keep the weights they were opened with.

    Raises:
        Missing: no such goal. BadInput, Forbidden: as for setting one. LostRace: changed since that version.
    """
    require_leadership(by)
    goal = Goal.objects.select_for_update(no_key=True).filter(key=key).first()
    if goal is None:
        raise Missing(code="not_found", detail=f"There is no goal “{key}”.")
    require_version(goal.version, version)
    before = _told(goal)
    _apply(goal, changes, by, now)
    after = _told(goal)
    if before == after:
        return goal
    goal.version += 1
    goal.save()
    body = {"before": before, "after": after}
    record(act="goal.changed", subject=f"goal:{goal.key}", by=by, now=now, body=body)
    return goal


def _apply(goal: Goal, changes: Mapping[str, Any], by: User | None, now: datetime) -> None:
    today, wrong = timezone.localdate(now), Complaints()
    wrong.unknown(changes, FIELDS)
    if "name" in changes:
        goal.name = _name(changes["name"], wrong)
    if "why" in changes:
        goal.why = _why(changes["why"], wrong)
    if "owner" in changes:
        goal.owner = changes["owner"]
    if "ended_on" in changes and changes["ended_on"] != goal.ended_on:
        goal.ended_on = changes["ended_on"]
        _last_day(goal.ended_on, today, wrong)
    if changes.get("from_on") is not None and changes.get("weight") is None:
        wrong.add("weight", "Say what it weighs from that day on.", code="required")
    if changes.get("weight") is not None:
        first = _day(changes.get("from_on") or today, "from_on", today, wrong)
        parts = _weight(changes["weight"], wrong)
        wrong.refuse("The goal was not changed")
        _weigh(goal, first, parts, by, now)
    wrong.refuse("The goal was not changed")


def _weigh(goal: Goal, first: date, parts: int, by: User | None, now: datetime) -> None:
    """Write the weight where it says something new: what stands on that day is not said again."""
    standing = goal.weights.filter(from_on__lte=first).order_by("-from_on").first()
    if standing is not None and standing.weight == parts:
        return
    said = {"weight": parts, "set_at": now, "set_by": by}
    GoalWeight.objects.update_or_create(goal=goal, from_on=first, defaults=said)


def _name(value: Any, wrong: Complaints) -> str:
    name = wrong.text(value, "name", most=LONGEST_NAME)
    if not name and not wrong.errors:
        wrong.add("name", "Give the goal a name, for example “Keep members”.", code="required")
    return name


def _why(value: Any, wrong: Complaints) -> str:
    why = wrong.text(value, "why", most=20_000)
    if not why and all(error.field != "why" for error in wrong.errors):
        wrong.add("why", "Say why the house is after this: squads score by it.", code="required")
    return why


def _weight(value: Any, wrong: Complaints) -> int:
    weight = value if isinstance(value, int) and not isinstance(value, bool) else 0
    if not 1 <= weight <= MOST_WEIGHT:
        wrong.add(
            "weight", f"A weight is a whole number from 1 to {MOST_WEIGHT}; what counts is its part of all weights."
        )
    return weight


def _day(day: date, field: str, today: date, wrong: Complaints) -> date:
    if not today <= day <= LAST_DAY:
        wrong.add(field, "This begins today or later: rounds that were opened before keep their weights.")
    return day


def _last_day(day: date | None, first: date, wrong: Complaints) -> None:
    if day is not None and not first <= day <= LAST_DAY:
        wrong.add("ended_on", f"A goal ends on {first} or later: it has been asked for until then.")


def _told(goal: Goal) -> dict[str, Any]:
    weights = {str(one.from_on): one.weight for one in goal.weights.order_by("from_on")}
    ended = str(goal.ended_on) if goal.ended_on else None
    return {"name": goal.name, "why": goal.why, "owner": _who(goal.owner), "ended_on": ended, "weights": weights}


def _who(person: User | None) -> str | None:
    return person.get_username() if person else None


def require_leadership(by: User | None) -> None:
    """Leaders of a tribe and administrators; `by` None is the system itself.

    Raises:
        Forbidden: somebody else.
    """
    if by is not None and not may_set_goals(by):
        raise Forbidden(code="not_yours", detail="Tribe leaders and administrators set the goals of the house.")


def owner_called(username: Any) -> User | None:
    """The active person who is to own a goal, by username; None for nobody.

    Raises:
        BadInput: there is nobody of that name, or not any more.
    """
    if not username:
        return None
    person = User.objects.filter(username=username, is_active=True).first()
    if person is None:
        detail = f"There is nobody active called “{username}”."
        raise BadInput(code="invalid", detail=detail, errors=[FieldError("owner", "unknown", detail)])
    return person
