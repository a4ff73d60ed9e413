"""How squads scored what they thought about: goals of the house, rounds of the past, and one that waits today."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.models import User

from features.models import Feature
from lifecycle.actions.aiming import change_goal, set_goal
from lifecycle.actions.scoring import open_round, play
from lifecycle.demo.calendar import DAY, MINUTE
from lifecycle.demo.people import TEAMS
from lifecycle.demo.script import Life
from lifecycle.models import Round
from lifecycle.poker import SCALE

GOALS: Final = (
    ("keep", "Keep members", 50, "A member who stays two years pays for five who leave after a month.", "zoe"),
    ("reach", "Reach new people", 20, "Two of our three markets grow no more.", "cleo"),
    ("calm", "Fewer calls", 20, "Support answers after two days; members notice.", "hugo"),
)
"""Word of the script, name, weight of the beginning, why, owner."""
KEYS: Final = {"keep": "keep-members", "reach": "reach-new-people", "calm": "fewer-calls"}
RAISED: Final = ("reach", 30, 26)
"""A goal, what it has weighed since so many weeks before the last Thursday."""

Hand = tuple[int | None, int | None, int | None]
"""Points for the goals in their order."""


@dataclass(frozen=True, slots=True)
class Scoring:
    """A round: so many days before the demo is made, by person the hand; somebody left out has not played yet."""

    days: float
    hands: Mapping[str, Hand]
    why: str = ""


SCORED: Final[Mapping[str, tuple[Scoring, ...]]] = {
    "loyalty-stamps": (
        Scoring(9, {"alma": (8, 2, 1), "bo": (5, 2, 2), "dario": (8, 3, 1), "emeka": (5, 2, 1)}),
    ),
    "taste-quiz": (
        Scoring(30, {"otto": (2, 8, 1), "alma": (3, 1, 1), "pia": (3, 8, 0), "quinn": (2, 0, 1)}),
        Scoring(23, {"otto": (2, 5, 1), "alma": (3, 3, 1), "pia": (3, 5, 1), "quinn": (2, 5, 1)},
                why="Quinn and Alma had thought of members only; the quiz also stands on the start page, without a "
                    "sign-in."),
    ),
    "saved-carts": (Scoring(14, {"ines": (3, 1, 5), "jonas": (5, 2, 5), "kaya": (3, 1, 3)}),),
    "gift-month": (Scoring(6, {"uma": (1, 8, None), "viggo": (2, 8, None), "wanda": (8, 8, None)}),),
    "queue-together": (Scoring(2, {"otto": (5, 5, 1), "pia": (8, 3, 0)}),),
}  # fmt: skip
"""What is thought about today. The last round waits for two."""


def set_goals(*, people: Mapping[str, User], now: datetime) -> None:
    """What the house is after, from the beginning of the history on."""
    for _, name, weight, why, owner in GOALS:
        set_goal(name=name, why=why, weight=weight, by=people["admin"], now=now, owner=people[owner])


def raise_goal(*, people: Mapping[str, User], now: datetime) -> None:
    """The year's one change of weights."""
    word, weight, _ = RAISED
    change_goal(key=KEYS[word], by=people["zoe"], now=now, changes={"weight": weight})


def score_at_birth(*, life: Life, feature: Feature, people: Mapping[str, User], now: datetime) -> None:
    """The round that a squad of the past held on the day a feature was registered.

    What it turned out to do (the script knows) shines through a little: squads see some of it, and err as people do.
    """
    if life.key in SCORED or life.experiment is None:
        return
    team, size = TEAMS[life.squad], abs(life.experiment.effect / life.belief.effect)
    found = open_round(feature=feature, by=people[team.lead], now=now + MINUTE)
    for place, name in enumerate((team.lead, *team.members), start=2):
        seed = sum(f"{life.key} {name}".encode())
        drift = (seed * 7) % 5 - 2
        keep = min(max(round(size * 1.4) + 1 + drift // 2, 0), len(SCALE) - 1)
        hand = (SCALE[keep], SCALE[(seed // 3 + sum(life.key.encode())) % len(SCALE)], SCALE[(seed + place) % 4])
        _play(found, people[name], hand, now + place * MINUTE)


def score_ideas(*, people: Mapping[str, User], made: datetime) -> None:
    """What is in Think It now: scored, scored again, and waiting."""
    rounds = [(made - one.days * DAY, key, one) for key, told in SCORED.items() for one in told]
    for at, key, one in sorted(rounds, key=lambda row: row[0]):
        feature = Feature.objects.filter(key=key).select_related("squad").first()
        if feature is None:
            continue
        found = open_round(feature=feature, by=people[TEAMS[feature.squad.slug].lead], now=at, why=one.why)
        for place, (name, hand) in enumerate(one.hands.items(), start=1):
            _play(found, people[name], hand, at + timedelta(minutes=10 * place))


def _play(found: Round, person: User, hand: Hand, at: datetime) -> None:
    play(round_id=found.pk, plays=dict(zip(KEYS.values(), hand, strict=True)), by=person, now=at)
