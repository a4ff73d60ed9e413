"""The order of the backlog: what is in Think It, by the score of its last revealed round; what has none, apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from features.enums import Phase, Status
from features.models import Feature
from lifecycle.models import AskedGoal, Round
from lifecycle.poker import contribution, far_apart, score_of
from lifecycle.queries.goals import GoalNow, goals_on
from lifecycle.queries.rounds import interval, number, open_counts


@dataclass(frozen=True, slots=True)
class Part:
    """What one goal adds to a score: its part of the round's weights (0 to 1), the median, and the points it adds."""

    key: str
    name: str
    share: float
    median: Decimal | None
    adds: Decimal | None
    far_apart: bool


@dataclass(frozen=True, slots=True)
class Scored:
    """A feature in Think It. `place` counts from 1, equal scores share one; None while it has no score.

    `today`: the same points by the weights of today, where those are others than the round's, or where today asks for
    another goal; `waiting`: of its open round, its id, how many were asked and how many have played.
    """

    feature: Feature
    place: int | None = None
    round: Round | None = None
    rounds: int = 0
    parts: tuple[Part, ...] = ()
    today: Decimal | None = None
    outdated: bool = False
    waiting: tuple[int, int, int] | None = None

    @property
    def score(self) -> Decimal | None:
        """Of its last revealed round."""
        return self.round.score if self.round else None

    @property
    def apart(self) -> tuple[Part, ...]:
        """The goals on which opinions lie far apart."""
        return tuple(part for part in self.parts if part.far_apart)


@dataclass(frozen=True, slots=True)
class Backlog:
    """`ordered`: the scored, best first; `unscored`: the others, the longest waiting first. `goals`: those of today."""

    ordered: tuple[Scored, ...]
    unscored: tuple[Scored, ...]
    goals: tuple[GoalNow, ...]


def backlog(*, now: datetime, squad: str = "", tribe: str = "") -> Backlog:
    """What is in Think It, of a squad or a tribe (slugs). Nine queries, however much it is."""
    goals = [one for one in goals_on(timezone.localdate(now)) if one.weight]
    features = _thinking(squad, tribe)
    rounds = _last_rounds(features)
    asked = _asked(rounds)
    waiting = _waiting(features)
    weights = {one.goal.pk: one.weight or 0 for one in goals}
    rows = [_row(feature, rounds.get(feature.pk), asked, weights, waiting.get(feature.pk)) for feature in features]
    scored = sorted((row for row in rows if row.score is not None), key=_best_first)
    unscored = sorted(
        (row for row in rows if row.score is None), key=lambda row: (row.feature.created_at, row.feature.pk)
    )
    return Backlog(tuple(_placed(scored)), tuple(unscored), tuple(goals))


def _thinking(squad: str, tribe: str) -> list[Feature]:
    rows = Feature.objects.filter(status=Status.ACTIVE, phase=Phase.THINK_IT).select_related("squad__tribe", "owner")
    if squad:
        rows = rows.filter(squad__slug=squad)
    if tribe:
        rows = rows.filter(squad__tribe__slug=tribe)
    return list(rows)


def _last_rounds(features: Sequence[Feature]) -> dict[int, Round]:
    """By feature, its last revealed round."""
    newest = Round.objects.filter(feature=OuterRef("feature"), closed_at__isnull=False).order_by("-number")
    rows = Round.objects.filter(feature__status=Status.ACTIVE, feature__phase=Phase.THINK_IT)
    held = {feature.pk for feature in features}
    found = rows.filter(pk=Subquery(newest.values("pk")[:1]))
    return {one.feature_id: one for one in found if one.feature_id in held}


def _asked(rounds: Mapping[int, Round]) -> dict[int, list[AskedGoal]]:
    found: dict[int, list[AskedGoal]] = {}
    for one in AskedGoal.objects.filter(round__in=list(rounds.values())).select_related("goal"):
        found.setdefault(one.round_id, []).append(one)
    return found


def _waiting(features: Sequence[Feature]) -> dict[int, tuple[int, int, int]]:
    held = {feature.pk for feature in features}
    rows = Round.objects.filter(closed_at__isnull=True, feature__status=Status.ACTIVE, feature__phase=Phase.THINK_IT)
    rounds = [one for one in rows if one.feature_id in held]
    counts = open_counts(rounds)
    return {one.feature_id: (one.pk, *counts[one.pk]) for one in rounds}


def _row(
    feature: Feature,
    found: Round | None,
    asked: Mapping[int, Sequence[AskedGoal]],
    weights: Mapping[int, int],
    waiting: tuple[int, int, int] | None,
) -> Scored:
    if found is None:
        return Scored(feature, waiting=waiting)
    goals = asked.get(found.pk, [])
    outdated = {one.goal_id: one.weight for one in goals} != dict(weights)
    return Scored(
        feature=feature,
        round=found,
        rounds=found.number,
        parts=parts_of(goals),
        today=_today(goals, weights) if outdated else None,
        outdated=outdated,
        waiting=waiting,
    )


def parts_of(goals: Sequence[AskedGoal]) -> tuple[Part, ...]:
    """What each goal of a round adds, the weightiest first."""
    whole = sum(one.weight for one in goals)
    known = sum(one.weight for one in goals if one.median is not None)
    return tuple(
        Part(
            key=one.goal.key,
            name=one.goal.name,
            share=one.weight / whole,
            median=one.median,
            adds=None if one.median is None else contribution(weight=one.weight, whole=known, median=one.median),
            far_apart=one.lowest is not None and one.highest is not None and far_apart(one.lowest, one.highest),
        )
        for one in sorted(goals, key=lambda one: (-one.weight, one.goal.key))
    )


def _today(goals: Sequence[AskedGoal], weights: Mapping[int, int]) -> Decimal | None:
    """The points of a round by other weights; None where they say nothing of the goals that count now."""
    told = {one.goal_id: one for one in goals if one.median is not None}
    parts = ((weight, told[pk].median, told[pk].low, told[pk].high) for pk, weight in weights.items() if pk in told)
    score = score_of(parts)
    return score.value if score else None


def _best_first(row: Scored) -> tuple[Decimal, Decimal, str]:
    high = row.round.score_high if row.round and row.round.score_high is not None else Decimal(0)
    return -(row.score or Decimal(0)), -high, row.feature.key


def _placed(rows: Sequence[Scored]) -> list[Scored]:
    placed: list[Scored] = []
    for at, row in enumerate(rows, start=1):
        same = placed and placed[-1].score == row.score
        place = placed[-1].place if same else at
        placed.append(
            Scored(row.feature, place, row.round, row.rounds, row.parts, row.today, row.outdated, row.waiting)
        )
    return placed


def scored_json(row: Scored) -> dict[str, Any]:
    """As the API shows it."""
    found, feature = row.round, row.feature
    return {
        "place": row.place,
        "feature": feature.key,
        "feature_name": feature.name,
        "squad": feature.squad.slug,
        "tribe": feature.squad.tribe.slug,
        "score": number(row.score),
        "score_interval": interval(found.score_low, found.score_high) if found else None,
        "score_by_weights_of_today": number(row.today if row.outdated else row.score),
        "outdated": row.outdated,
        "round": found.pk if found else None,
        "rounds": row.rounds,
        "revealed_at": found.closed_at if found else None,
        "goals": [_part_json(part) for part in row.parts],
        "open_round": {"id": row.waiting[0], "asked": row.waiting[1], "played": row.waiting[2]}
        if row.waiting
        else None,
    }


def _part_json(part: Part) -> dict[str, Any]:
    return {
        "goal": part.key,
        "share_percent": round(100 * part.share, 2),
        "median": number(part.median),
        "adds": number(part.adds),
        "far_apart": part.far_apart,
    }
