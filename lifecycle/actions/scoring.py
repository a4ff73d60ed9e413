"""Scoring by poker: a round is opened, everybody plays hidden cards, the last one or a lead reveals them, for good."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from features.actions.recording import record
from features.enums import Phase, Standing, Status
from features.errors import Conflict, FieldError, Forbidden, Missing
from features.models import Feature
from features.queries.people import may_act_for
from features.texts import needed_text, visible
from hypotheses.queries.checking import Complaints
from lifecycle.models import AskedGoal, AskedPerson, Play, Round
from lifecycle.poker import SCALE, score_of, tally
from lifecycle.queries.goals import asked_on
from lifecycle.queries.rounds import played_all

MISSED: Final = "Say what was talked about since the last round: it stands with the new one."
EARLY: Final = "Say why it is revealed before all have played: it stays on record."
TALLY: Final = ("lowest", "low", "median", "high", "highest")


@transaction.atomic
def open_round(*, feature: Feature, by: User, now: datetime, why: Any = "") -> Round:
    """Ask everybody of the squad to score a feature that is in Think It, for the goals and weights of today.

    After a revealed round this is a repeat, and says in `why` what was talked about; the earlier rounds stay.

    Raises:
        Forbidden: neither a lead, a leader of its tribe nor an administrator. BadInput: a repeat without `why`.
        Conflict: `not_in_think_it`, `round_open`, `no_goals`, `nobody_to_ask`.
    """
    feature = _locked(feature.pk)
    _require_lead(by, feature, "open")
    _require_thinking(feature)
    last = Round.objects.filter(feature=feature).order_by("-number").first()
    if last is not None and last.closed_at is None:
        detail = f"Round {last.number} of {feature.name} is open: reveal it first."
        raise Conflict(code="round_open", detail=detail, extra={"round": last.pk})
    told = needed_text(why, "why", MISSED) if last else visible(why if isinstance(why, str) else "")
    goals, people = _asked(feature, now)
    number = last.number + 1 if last else 1
    made = Round.objects.create(feature=feature, number=number, why=told, opened_at=now, opened_by=by)
    AskedGoal.objects.bulk_create(AskedGoal(round=made, goal_id=pk, weight=weight) for pk, weight in goals.items())
    AskedPerson.objects.bulk_create(AskedPerson(round=made, person=person) for person in people)
    body = {"round": number, "why": told, "asked": [person.get_username() for person in people]}
    body["weights"] = {goal.goal.key: goal.weight for goal in made.goals.select_related("goal")}
    record(act="round.opened", subject=f"feature:{feature.key}", by=by, now=now, body=body)
    return made


def _asked(feature: Feature, now: datetime) -> tuple[dict[int, int], list[User]]:
    goals = asked_on(timezone.localdate(now))
    if not goals:
        detail = "The house has no goal to score by. Tribe leaders and administrators set goals."
        raise Conflict(code="no_goals", detail=detail)
    people = list(User.objects.filter(memberships__squad=feature.squad_id, is_active=True).order_by("username"))
    if not people:
        raise Conflict(code="nobody_to_ask", detail=f"{feature.squad.name} has no members who could score it.")
    return goals, people


@transaction.atomic
def play(*, round_id: int, plays: Any, by: User, now: datetime) -> Round:
    """Put down cards: `plays` maps goals, by key, to points or None (“cannot say”). One card a person and goal; until
    the round is revealed it can be put down anew. The last card of the last person reveals the round.

    Nothing is told of it: the reveal records who played what. The same cards sent again change nothing.

    Raises:
        Missing: no such round. Forbidden: `not_asked`. BadInput: what is wrong, by goal.
        Conflict: `round_revealed`, `not_in_think_it`.
    """
    found = _locked_round(round_id)
    if not AskedPerson.objects.filter(round=found, person=by).exists():
        who = f"This round asks those who were of {found.feature.squad.name} when it was opened."
        raise Forbidden(code="not_asked", detail=who)
    goals = {asked.goal.key: asked.goal_id for asked in found.goals.select_related("goal")}
    cards = _cards(plays, goals)
    if found.closed_at is not None:
        return _said_before(found, cards, by)
    _require_thinking(found.feature)
    for goal, points in cards.items():
        Play.objects.update_or_create(round=found, person=by, goal_id=goal, defaults={"points": points, "at": now})
    if played_all(found):
        _reveal(found, by, now, "")
    return found


def _cards(plays: Any, goals: Mapping[str, int]) -> dict[int, int | None]:
    """By goal (its id), the points; what is wrong with them is told of each."""
    wrong = Complaints()
    given = wrong.mapping(plays, "plays")
    if not given and not wrong.errors:
        wrong.add("plays", "Give points for at least one goal.", code="required")
    wrong.unknown(map(str, given), goals, prefix="plays.")
    for key, points in given.items():
        is_card = points is None or (isinstance(points, int) and not isinstance(points, bool) and points in SCALE)
        if not is_card:
            scale = ", ".join(map(str, SCALE))
            wrong.add(f"plays.{key}", f"Points are one of {scale}; leave them out for “cannot say”.")
    wrong.refuse("Nothing was played")
    return {goals[key]: points for key, points in given.items()}


def _said_before(found: Round, cards: Mapping[int, int | None], by: User) -> Round:
    """A card that was put down before the reveal may arrive again, and no other."""
    stand = dict(found.plays.filter(person=by).values_list("goal", "points"))
    if all(goal in stand and stand[goal] == points for goal, points in cards.items()):
        return found
    detail = f"Round {found.number} was revealed: its cards stay as they are. A lead can open it again as a new round."
    raise Conflict(code="round_revealed", detail=detail)


@transaction.atomic
def reveal(*, round_id: int, reason: Any, by: User, now: datetime) -> Round:
    """Reveal a round before all have played, with the reason. What was revealed already stays as it is.

    Raises:
        Missing: no such round. BadInput: no reason. Conflict: `nothing_played`.
        Forbidden: neither a lead, a leader of its tribe nor an administrator.
    """
    found = _locked_round(round_id)
    _require_lead(by, found.feature, "reveal")
    if found.closed_at is not None:
        return found
    told = needed_text(reason, "reason", EARLY)
    if not found.plays.exists():
        raise Conflict(code="nothing_played", detail="Nobody has played yet, so there is nothing to reveal.")
    _reveal(found, by, now, told)
    return found


def _reveal(found: Round, by: User, now: datetime, reason: str) -> None:
    """Freeze what the points come to, and record every card, within the caller's transaction and lock."""
    plays = list(found.plays.select_related("person", "goal").order_by("goal__key", "person__username"))
    goals = list(found.goals.select_related("goal"))
    for asked in goals:
        told = tally([one.points for one in plays if one.goal_id == asked.goal_id and one.points is not None])
        if told is not None:
            asked.count = told.count
            for name in TALLY:
                setattr(asked, name, getattr(told, name))
    AskedGoal.objects.bulk_update(goals, ["count", *TALLY])
    score = score_of((asked.weight, asked.median, asked.low, asked.high) for asked in goals)
    if score is not None:
        found.score, found.score_low, found.score_high = score.value, score.low, score.high
    found.closed_at, found.closed_by, found.reveal_reason = max(now, found.opened_at), by, reason
    found.save()
    body = {"round": found.number, "score": found.score, "reason": reason, "plays": _as_body(plays)}
    record(act="round.revealed", subject=f"feature:{found.feature.key}", by=by, now=now, body=body)


def _as_body(plays: Sequence[Play]) -> dict[str, dict[str, int | None]]:
    """By goal and person, the points."""
    told: dict[str, dict[str, int | None]] = {}
    for one in plays:
        told.setdefault(one.goal.key, {})[one.person.get_username()] = one.points
    return told


def _locked(feature_id: int) -> Feature:
    rows = Feature.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("squad").get(pk=feature_id)


def _locked_round(round_id: int) -> Round:
    """The round with its feature's lock, which everything about its rounds takes first."""
    pk = Round.objects.filter(pk=round_id).values_list("feature", flat=True).first()
    if pk is None:
        raise Missing(code="not_found", detail=f"There is no round {round_id}.")
    feature = _locked(pk)
    found = Round.objects.get(pk=round_id)
    found.feature = feature
    return found


def _require_lead(by: User, feature: Feature, act: str) -> None:
    if not may_act_for(by, feature.squad, at_least=Standing.LEAD):
        who = f"Leads of {feature.squad.name}, leaders of its tribe and administrators {act} rounds."
        raise Forbidden(code="not_yours", detail=who)


def _require_thinking(feature: Feature) -> None:
    if feature.status != Status.ACTIVE or feature.phase != Phase.THINK_IT:
        where = f"in {Phase(feature.phase).label}" if feature.status == Status.ACTIVE else str(feature.status)
        detail = f"{feature.name} is {where}: scores are given in Think It."
        raise Conflict(code="not_in_think_it", detail=detail, errors=[FieldError("feature", "not_in_think_it", detail)])
