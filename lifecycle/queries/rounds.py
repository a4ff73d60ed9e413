"""One round of scoring as somebody may see it: before the reveal, how many have played and one's own cards."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Count, Q

from features.enums import Phase, Role, Standing, Status
from features.errors import Missing
from features.models import Feature, Squad
from features.queries.people import may_act_for
from lifecycle.models import AskedGoal, AskedPerson, Play, Round
from lifecycle.poker import contribution, far_apart


@dataclass(frozen=True, slots=True)
class Card:
    """Who played what for a goal; None is “cannot say”."""

    person: str
    name: str
    points: int | None


@dataclass(frozen=True, slots=True)
class GoalScored:
    """One goal of a round: its weight and part of all weights (0 to 1); after the reveal what its cards came to, the
    least points first. `adds` is its part of the score; `own` the card of who looks, and `played` whether there is one.
    """

    key: str
    name: str
    why: str
    weight: int
    share: float
    count: int = 0
    lowest: int | None = None
    low: Decimal | None = None
    median: Decimal | None = None
    high: Decimal | None = None
    highest: int | None = None
    adds: Decimal | None = None
    cards: tuple[Card, ...] = ()
    played: bool = False
    own: int | None = None

    @property
    def far_apart(self) -> bool:
        """Whether opinions on it lie so far apart that they have to be talked about."""
        return self.lowest is not None and self.highest is not None and far_apart(self.lowest, self.highest)


@dataclass(frozen=True, slots=True)
class RoundView:
    """A round as one person sees it. `asked` and `played` count people; one has played who put a card to every goal."""

    round: Round
    feature: Feature
    goals: tuple[GoalScored, ...]
    asked: int
    played: int
    is_asked: bool
    leads: bool

    @property
    def revealed(self) -> bool:
        """Whether the cards can be seen."""
        return self.round.closed_at is not None

    @property
    def open(self) -> bool:
        """Whether cards can still be put down."""
        return not self.revealed and is_thinking(self.feature)

    @property
    def has_played(self) -> bool:
        """Whether who looks has put a card to every goal."""
        return self.is_asked and all(goal.played for goal in self.goals)

    @property
    def apart(self) -> tuple[GoalScored, ...]:
        """The goals on which opinions lie far apart."""
        return tuple(goal for goal in self.goals if goal.far_apart)

    @property
    def unknown(self) -> tuple[GoalScored, ...]:
        """After the reveal: the goals to which nobody could say anything; the score leaves them out."""
        return tuple(goal for goal in self.goals if goal.median is None) if self.revealed else ()


def is_thinking(feature: Feature) -> bool:
    """Whether it can be scored now."""
    return feature.status == Status.ACTIVE and feature.phase == Phase.THINK_IT


def round_at(pk: int) -> Round:
    """The round of an address.

    Raises:
        Missing: there is none with this id.
    """
    rows = Round.objects.select_related("feature__squad__tribe", "opened_by", "closed_by")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Missing(code="not_found", detail=f"There is no round {pk}.")
    return found


def played_all(found: Round) -> bool:
    """Whether everybody who was asked has put a card to every goal."""
    return found.plays.count() == found.goals.count() * found.people.count()


def round_seen(found: Round, person: User | AnonymousUser) -> RoundView:
    """The round as a person may see it. Of hidden cards the database is asked for one's own and a count alone."""
    return rounds_seen(found.feature, [found], person)[0]


def rounds_seen(feature: Feature, rounds: Sequence[Round], person: User | AnonymousUser) -> list[RoundView]:
    """Rounds of one feature as a person may see them, in nine queries however many there are."""
    leads = may_act_for(person, feature.squad, at_least=Standing.LEAD)
    asked = set(AskedPerson.objects.filter(round__in=rounds, person=person.pk).values_list("round", flat=True))
    goals: dict[int, list[AskedGoal]] = {one.pk: [] for one in rounds}
    for goal in AskedGoal.objects.filter(round__in=rounds).select_related("goal"):
        goals[goal.round_id].append(goal)
    counts, plays = open_counts(rounds), _shown(rounds, person)
    return [
        RoundView(
            round=one,
            feature=feature,
            goals=_goals(goals[one.pk], plays.get(one.pk, ()), person, revealed=one.closed_at is not None),
            asked=counts[one.pk][0],
            played=counts[one.pk][1],
            is_asked=one.pk in asked,
            leads=leads,
        )
        for one in rounds
    ]


def _shown(rounds: Sequence[Round], person: User | AnonymousUser) -> dict[int, list[Play]]:
    """By round: all cards of a revealed one, of a hidden one only the person's own."""
    may_be_seen = Q(round__closed_at__isnull=False) | Q(person=person.pk)
    found: dict[int, list[Play]] = {}
    for one in Play.objects.filter(may_be_seen, round__in=rounds).select_related("person").order_by("points", "pk"):
        found.setdefault(one.round_id, []).append(one)
    return found


def _goals(
    asked: Sequence[AskedGoal], plays: Sequence[Play], person: User | AnonymousUser, *, revealed: bool
) -> tuple[GoalScored, ...]:
    own = {one.goal_id: one.points for one in plays if one.person_id == person.pk}
    whole = sum(one.weight for one in asked)
    known = sum(one.weight for one in asked if one.median is not None)
    return tuple(
        GoalScored(
            key=one.goal.key,
            name=one.goal.name,
            why=one.goal.why,
            weight=one.weight,
            share=one.weight / whole,
            count=one.count,
            lowest=one.lowest,
            low=one.low,
            median=one.median,
            high=one.high,
            highest=one.highest,
            adds=contribution(weight=one.weight, whole=known, median=one.median) if one.median is not None else None,
            cards=tuple(_card(play) for play in plays if revealed and play.goal_id == one.goal_id),
            played=one.goal_id in own,
            own=own.get(one.goal_id),
        )
        for one in asked
    )


def _card(play: Play) -> Card:
    return Card(play.person.get_username(), play.person.get_full_name() or play.person.get_username(), play.points)


def rounds_of(feature: Feature) -> list[Round]:
    """All rounds of a feature, newest first."""
    rows = Round.objects.filter(feature=feature).select_related("opened_by", "closed_by")
    return list(rows.order_by("-number"))


def round_json(view: RoundView) -> dict[str, Any]:
    """As the API shows it."""
    found = view.round
    return {
        "id": found.pk,
        "feature": view.feature.key,
        "number": found.number,
        "state": "revealed" if view.revealed else ("open" if view.open else "left"),
        "why": found.why,
        "opened_at": found.opened_at,
        "opened_by": found.opened_by.get_username(),
        "revealed_at": found.closed_at,
        "revealed_by": found.closed_by.get_username() if found.closed_by else None,
        "reveal_reason": found.reveal_reason,
        "asked": view.asked,
        "played": view.played,
        "score": number(found.score),
        "score_interval": interval(found.score_low, found.score_high),
        "goals": [_goal_json(goal) for goal in view.goals],
        "own": [{"goal": goal.key, "points": goal.own} for goal in view.goals if goal.played],
    }


def _goal_json(goal: GoalScored) -> dict[str, Any]:
    return {
        "goal": goal.key,
        "name": goal.name,
        "weight": goal.weight,
        "median": number(goal.median),
        "middle_half": interval(goal.low, goal.high),
        "range": interval(goal.lowest, goal.highest),
        "adds": number(goal.adds),
        "far_apart": goal.far_apart,
        "plays": [{"person": card.person, "points": card.points} for card in goal.cards],
    }


def number(value: Decimal | int | None) -> float | None:
    """Points as a number of JSON."""
    return None if value is None else float(value)


def interval(low: Decimal | int | None, high: Decimal | int | None) -> list[float] | None:
    """Both ends, or None."""
    return None if low is None or high is None else [float(low), float(high)]


def waiting_rounds(*, person: User) -> list[tuple[Round, int, int]]:
    """The open rounds that wait for a person's cards, the oldest first: each with how many were asked, and played."""
    rows = Round.objects.filter(closed_at__isnull=True, people__person=person)
    rows = rows.filter(feature__status=Status.ACTIVE, feature__phase=Phase.THINK_IT)
    rounds = list(rows.select_related("feature__squad").order_by("opened_at", "pk"))
    counts = open_counts(rounds)
    own = dict(
        Play.objects.filter(round__in=rounds, person=person).order_by().values_list("round").annotate(n=Count("pk"))
    )
    goals = dict(AskedGoal.objects.filter(round__in=rounds).order_by().values_list("round").annotate(n=Count("pk")))
    return [(one, *counts[one.pk]) for one in rounds if own.get(one.pk, 0) < goals[one.pk]]


def squads_led(person: User) -> frozenset[int]:
    """The squads, by id, for which a person opens and reveals rounds. One query."""
    led = Q(memberships__person=person, memberships__role=Role.LEAD) | Q(tribe__leaders=person)
    rows = Squad.objects.all() if person.is_superuser else Squad.objects.filter(led)
    return frozenset(rows.order_by().values_list("pk", flat=True))


def open_counts(rounds: Sequence[Round]) -> dict[int, tuple[int, int]]:
    """By round (its id): how many people were asked, and how many have put a card to every goal. Three queries."""
    asked = dict(AskedPerson.objects.filter(round__in=rounds).order_by().values_list("round").annotate(n=Count("pk")))
    goals = dict(AskedGoal.objects.filter(round__in=rounds).order_by().values_list("round").annotate(n=Count("pk")))
    played: dict[int, int] = {}
    cards = Play.objects.filter(round__in=rounds).order_by().values_list("round", "person").annotate(n=Count("pk"))
    for pk, _, count in cards:
        played[pk] = played.get(pk, 0) + (count == goals[pk])
    return {one.pk: (asked.get(one.pk, 0), played.get(one.pk, 0)) for one in rounds}
