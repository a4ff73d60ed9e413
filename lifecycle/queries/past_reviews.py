"""What a pruning review would have said in the past, against what was removed in the year after it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from django.conf import settings
from django.db.models import Q

from features.models import Feature
from lifecycle.enums import Outcome
from lifecycle.gates.keeping import worth_keeping
from lifecycle.queries.portfolio.scope import months_after
from lifecycle.queries.worth import SHIPPED, Worth, worth_of

AHEAD: Final = 12
"""Months in which a removal counts as foreseen or not."""


@dataclass(frozen=True, slots=True)
class Past:
    """One shipped feature on a past day: what would have been recommended, its worth, and whether it went within a
    year.
    """

    key: str
    recommended: Outcome
    worth: Worth
    removed: bool

    @property
    def silent(self) -> bool:
        """Nobody spent anything on it in the twelve months before."""
        return not self.worth.days and self.worth.cost is None


@dataclass(frozen=True, slots=True)
class Hindsight:
    """Many past reviews together. `recommended` counts what each answer met: those that went within a year, and those
    that stayed. `by_upkeep` is the chance that of two features of one review, one that went and one that stayed, the
    one that went had the larger upkeep (0.5: upkeep told nothing; ties count half); None without such a pair.
    """

    reviews: int
    items: int
    removed: int
    recommended: dict[Outcome, tuple[int, int]]
    silent: tuple[int, int]
    by_upkeep: float | None


def shipped_on(day: date, *, keys: str = "") -> list[Past]:
    """Every feature that had been released and was still there on a day, as a review would have seen it. Where nobody
    wrote down when something imported was released, it counts from the day it appeared.
    """
    there = Q(ended_on__isnull=True) | Q(ended_on__gt=day)
    out = Q(released_on__lte=day) | Q(released_on__isnull=True, phase__in=SHIPPED, created_at__date__lte=day)
    rows = Feature.objects.filter(there, out, parent__isnull=True, key__startswith=keys)
    features = {row.pk: row for row in rows.order_by("key")}
    worth = worth_of(features=features, until=day)
    gone_by = months_after(day, AHEAD)
    found = []
    for pk, feature in features.items():
        keeping = worth_keeping(worth[pk].upkeep, currency=settings.CURRENCY)
        removed = feature.ended_on is not None and feature.ended_on <= gone_by
        found.append(Past(feature.key, keeping.outcome, worth[pk], removed))
    return found


def hindsight(days: Iterable[date], *, keys: str = "") -> Hindsight:
    """The reviews of these days together, of features whose key begins so."""
    reviews = [past for day in days if (past := shipped_on(day, keys=keys))]
    everything = [one for past in reviews for one in past]
    met = {outcome: _split(one for one in everything if one.recommended is outcome) for outcome in Outcome}
    return Hindsight(
        reviews=len(reviews),
        items=len(everything),
        removed=sum(one.removed for one in everything),
        recommended=met,
        silent=_split(one for one in everything if one.silent),
        by_upkeep=_chance(reviews),
    )


def _split(some: Iterable[Past]) -> tuple[int, int]:
    """How many went, and how many stayed."""
    flags = [one.removed for one in some]
    return sum(flags), len(flags) - sum(flags)


def _chance(reviews: Sequence[Sequence[Past]]) -> float | None:
    """The Mann–Whitney statistic over all pairs of a removed and a kept feature of the same review."""
    won, pairs = 0.0, 0
    for past in reviews:
        gone = [_upkeep(one) for one in past if one.removed]
        stayed = [_upkeep(one) for one in past if not one.removed]
        won += sum((one > other) + (one == other) / 2 for one in gone for other in stayed)
        pairs += len(gone) * len(stayed)
    return won / pairs if pairs else None


def _upkeep(one: Past) -> tuple[Decimal, Decimal]:
    return one.worth.cost or Decimal(0), one.worth.days
