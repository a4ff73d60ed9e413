"""Whether scores knew anything: the order in which squads scored features, held against what these came to.

All plays were made in Think It, before anything was measured. What was scored low and never built was not measured
either, so the scores that are compared lie closer together than those that were given: ρ is, if anything, too small.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Max

from hypotheses.statistics.ranks import RankCorrelation, rank_correlation
from lifecycle.models import AskedGoal, Round
from lifecycle.queries.calibration import pair_of
from lifecycle.queries.portfolio.before_return import spent_before_return
from lifecycle.queries.portfolio.earned import returned_since_release
from lifecycle.queries.portfolio.scope import Scope
from lifecycle.queries.promises import Kept


@dataclass(frozen=True, slots=True)
class Outcome:
    """One scored feature: its last score (points), by goal the medians, and what came of it: the delivered effect in
    minimum effects, and how often its cost came back; None while that is not known.
    """

    key: str
    name: str
    squad: str
    squad_name: str
    score: float
    medians: Mapping[str, float]
    delivered: float | None
    factor: float | None


@dataclass(frozen=True, slots=True)
class Told:
    """What a score, or the points of one goal, told of effects and of returns."""

    slug: str
    name: str
    effect: RankCorrelation
    returns: RankCorrelation


@dataclass(frozen=True, slots=True)
class Foresight:
    """Of the house (or of what was asked for), by squad, and by goal; `features`: those of which something is known."""

    whole: Told
    by_squad: tuple[Told, ...]
    by_goal: tuple[Told, ...]
    features: tuple[Outcome, ...]


def foresight(*, measured: Iterable[Kept], squad: str = "", tribe: str = "") -> Foresight:
    """Scores against what was delivered by features that were `measured`, and against returns. Eight queries and two
    more, however many there are.
    """
    effects = {one.feature_id: pair.delivered for one in measured if (pair := pair_of(one)) is not None}
    factors = _factors(Scope(squad=squad, tribe=tribe))
    rounds = _scored({*effects, *factors})
    medians, goals = _medians(rounds)
    found = tuple(
        Outcome(
            key=one.feature.key,
            name=one.feature.name,
            squad=one.feature.squad.slug,
            squad_name=one.feature.squad.name,
            score=float(one.score or 0),
            medians=medians.get(one.pk, {}),
            delivered=effects.get(one.feature_id),
            factor=factors.get(one.feature_id),
        )
        for one in rounds
    )
    return Foresight(_told("", "All", found, _score), _by_squad(found), _by_goal(found, goals), found)


def _factors(scope: Scope) -> dict[int, float]:
    """By released feature, with its tweaks: returned since its release for each unit of money that it cost."""
    came = returned_since_release(scope=scope)
    spent = (one for one in spent_before_return(scope=scope).released if one.id in came and not one.whole.unpriced)
    return {one.id: float(came[one.id] / one.whole.money) for one in spent if one.whole.money > Decimal(0)}


def _scored(features: Iterable[int]) -> list[Round]:
    """The last revealed round of each feature, where it has a score."""
    held = set(features)
    revealed = Round.objects.filter(closed_at__isnull=False).order_by()
    last = dict(revealed.values_list("feature").annotate(last=Max("number")))
    rows = Round.objects.filter(score__isnull=False).select_related("feature__squad").order_by("feature__key")
    return [one for one in rows if one.feature_id in held and one.number == last[one.feature_id]]


def _medians(rounds: Sequence[Round]) -> tuple[dict[int, dict[str, float]], dict[str, str]]:
    """By round and goal (its key), the median; and the names of the goals."""
    found: dict[int, dict[str, float]] = {}
    names: dict[str, str] = {}
    rows = AskedGoal.objects.filter(round__in=rounds, median__isnull=False).select_related("goal")
    for one in rows.order_by("goal__key"):
        found.setdefault(one.round_id, {})[one.goal.key] = float(one.median or 0)
        names[one.goal.key] = one.goal.name
    return found, names


def _score(one: Outcome) -> float | None:
    return one.score


def _told(slug: str, name: str, found: Sequence[Outcome], points: Callable[[Outcome], float | None]) -> Told:
    given = [(points(one), one) for one in found]
    effects = [(at, one.delivered) for at, one in given if at is not None and one.delivered is not None]
    factors = [(at, one.factor) for at, one in given if at is not None and one.factor is not None]
    return Told(slug, name, rank_correlation(effects), rank_correlation(factors))


def _by_squad(found: Sequence[Outcome]) -> tuple[Told, ...]:
    names = {one.squad: one.squad_name for one in found}
    return tuple(
        _told(slug, name, [one for one in found if one.squad == slug], _score)
        for slug, name in sorted(names.items(), key=lambda item: item[1].casefold())
    )


def _by_goal(found: Sequence[Outcome], goals: Mapping[str, str]) -> tuple[Told, ...]:
    def points(key: str) -> Callable[[Outcome], float | None]:
        return lambda one: one.medians.get(key)

    return tuple(
        _told(key, name, found, points(key)) for key, name in sorted(goals.items(), key=lambda item: item[1].casefold())
    )


def foresight_json(found: Foresight) -> dict[str, Any]:
    """As the API shows it."""
    return {
        "summary": _told_json(found.whole),
        "by_squad": [{"squad": one.slug, **_told_json(one)} for one in found.by_squad],
        "by_goal": [{"goal": one.slug, **_told_json(one)} for one in found.by_goal],
        "features": [
            {
                "feature": one.key,
                "squad": one.squad,
                "score": one.score,
                "delivered": one.delivered,
                "return_factor": None if one.factor is None else round(one.factor, 4),
            }
            for one in found.features
        ],
    }


def _told_json(one: Told) -> dict[str, Any]:
    return {"effect": _rank_json(one.effect), "returns": _rank_json(one.returns)}


def _rank_json(one: RankCorrelation) -> dict[str, Any]:
    interval = list(one.interval) if one.interval else None
    return {"count": one.count, "rho": one.rho, "interval": interval, "tells": one.tells}
