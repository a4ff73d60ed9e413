"""The goals of the house: what each weighs on a day, and all that it weighed before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Prefetch

from lifecycle.models import Goal, GoalWeight


@dataclass(frozen=True, slots=True)
class GoalNow:
    """A goal as it stands on a day. `weight` is None before its first day and from its end on; `share` is its part of
    all weights of that day, 0 to 1. `weights`: all it weighed or will, newest first.
    """

    goal: Goal
    weight: int | None
    share: float | None
    weights: tuple[GoalWeight, ...]

    @property
    def state(self) -> str:
        """`asked`, `ahead` or `ended`."""
        if self.weight is not None:
            return "asked"
        return "ahead" if self.goal.ended_on is None else "ended"


def may_set_goals(person: User | AnonymousUser) -> bool:
    """Leaders of any tribe and administrators."""
    return isinstance(person, User) and person.is_active and (person.is_superuser or person.tribes_led.exists())


def goals_on(day: date) -> list[GoalNow]:
    """Every goal there is or was, those that are asked for first, the weightiest first. Two queries."""
    weights = GoalWeight.objects.select_related("set_by").order_by("-from_on")
    rows = Goal.objects.select_related("owner", "created_by").prefetch_related(Prefetch("weights", weights))
    found = [(goal, _weight(goal, day)) for goal in rows]
    whole = sum(weight for _, weight in found if weight)
    told = [
        GoalNow(goal, weight, weight / whole if weight else None, tuple(goal.weights.all())) for goal, weight in found
    ]
    return sorted(told, key=lambda one: (-(one.weight or 0), one.goal.ended_on is not None, one.goal.name.casefold()))


def asked_on(day: date) -> dict[int, int]:
    """What is asked for on a day: the weight of each goal, by its id."""
    return {one.goal.pk: one.weight for one in goals_on(day) if one.weight}


def _weight(goal: Goal, day: date) -> int | None:
    if goal.ended_on is not None and goal.ended_on <= day:
        return None
    return next((one.weight for one in goal.weights.all() if one.from_on <= day), None)


def goal_json(one: GoalNow) -> dict[str, Any]:
    """As the API shows it."""
    goal = one.goal
    return {
        "key": goal.key,
        "name": goal.name,
        "why": goal.why,
        "owner": goal.owner.get_username() if goal.owner else None,
        "weight": one.weight,
        "share_percent": round(100 * one.share, 2) if one.share is not None else None,
        "state": one.state,
        "ended_on": goal.ended_on,
        "weights": [_weight_json(weight) for weight in one.weights],
    }


def _weight_json(weight: GoalWeight) -> dict[str, Any]:
    by = weight.set_by.get_username() if weight.set_by else None
    return {"weight": weight.weight, "from_on": weight.from_on, "set_at": weight.set_at, "set_by": by}


def in_order(goals: Sequence[GoalNow]) -> list[GoalNow]:
    """Those that are asked for."""
    return [one for one in goals if one.weight]
