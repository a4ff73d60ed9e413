"""Reading pruning reviews: what a feature's item freezes, how far a review is, and what the last one promised."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from features.enums import Phase, Status
from features.errors import Missing
from features.models import Feature
from features.texts import visible
from lifecycle.enums import GateState, Outcome
from lifecycle.gates.keeping import Keeping, worth_keeping
from lifecycle.models import Decision, Gate, Review, ReviewItem
from lifecycle.queries.portfolio.scope import Period, quarter_at
from lifecycle.queries.worth import SHIPPED, Worth, worth_of

ORDER: Final = {Outcome.KILL: 0, Outcome.ITERATE: 1, Outcome.ADVANCE: 2}
DECIDED: Final = Q(gate__state=GateState.DECIDED)
SIGNATURES: Final = 2
"""So many different people sign a review before it closes."""


@dataclass(frozen=True, slots=True)
class Considered:
    """One shipped feature as a review sees it: its undecided gate, its worth, what follows, and how often it was kept
    against that before.
    """

    feature: Feature
    gate: Gate
    worth: Worth
    keeping: Keeping
    doubts: int
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a review is: its items, those decided by answer, and those with a proposal of their squad."""

    items: int
    decided: int
    proposed: int
    kept: int
    tweaked: int
    killed: int

    @property
    def left(self) -> int:
        """What is still to decide."""
        return self.items - self.decided

    @property
    def share(self) -> float:
        """The decided part, from 0 to 1; all of it where there is nothing to decide."""
        return self.decided / self.items if self.items else 1.0


def review_at(quarter: str) -> Review:
    """The review of a quarter (`2026-Q4`).

    Raises:
        Missing: there is none.
    """
    found = Review.objects.filter(quarter=visible(quarter).upper()).first()
    if found is None:
        raise Missing(code="not_found", detail=f"There is no review of {quarter}. Name a quarter as 2026-Q4.")
    return found


def progress_of(review: Review) -> Progress:
    """One query."""
    return progress_by([review])[review.pk]


def progress_by(reviews: Collection[Review]) -> dict[int, Progress]:
    """Of each review (by id) how far it is, in one query."""
    answered = {f"n_{outcome}": Count("pk", filter=Q(gate__decision__outcome=outcome)) for outcome in Outcome}
    counted = {"n_decided": Count("pk", filter=DECIDED), "n_proposed": Count("pk", filter=~Q(proposed=""))}
    rows = ReviewItem.objects.filter(review__in=reviews).order_by().values("review")
    found = {row["review"]: row for row in rows.annotate(n=Count("pk"), **counted, **answered)}
    return {review.pk: _progress(found.get(review.pk, {})) for review in reviews}


def _progress(row: Mapping[str, Any]) -> Progress:
    names = ("n", "n_decided", "n_proposed", "n_advance", "n_iterate", "n_kill")
    return Progress(*(row.get(name, 0) for name in names))


def undecided_items(review: Review) -> QuerySet[ReviewItem]:
    """The items that still wait, worst first."""
    return review.items.exclude(DECIDED).select_related("feature", "squad").order_by("rank")


def considered(*, now: datetime, but: Collection[int] = ()) -> list[Considered]:
    """Every feature in Tweak It or Maintain It with an undecided gate, worst first; without those named by id.

    About a dozen queries for each 2,000 features.
    """
    today = timezone.localdate(now)
    shipped = Feature.objects.filter(status=Status.ACTIVE, phase__in=SHIPPED, parent__isnull=True)
    features = {row.pk: row for row in shipped.select_related("squad") if row.pk not in but}
    undecided = Gate.objects.exclude(state=GateState.DECIDED).filter(feature__status=Status.ACTIVE)
    gates = {gate.feature_id: gate for gate in undecided.filter(feature__phase__in=SHIPPED).select_related("stint")}
    worth = worth_of(features=features, until=today)
    doubts, last = _doubts(), _last_decisions(features)
    found = []
    for pk, feature in features.items():
        if pk in gates:
            keeping = worth_keeping(worth[pk].upkeep, currency=settings.CURRENCY)
            told = _facts(feature, gates[pk], worth[pk], last.get(pk), today)
            found.append(Considered(feature, gates[pk], worth[pk], keeping, doubts.get(pk, 0), told))
    return sorted(found, key=_worst_first)


def _worst_first(one: Considered) -> tuple[int, Decimal, Decimal, str]:
    """To be killed before unclear before kept; within these by what it lacks to earn its keep, then by its days."""
    lacking = (one.worth.value_high or Decimal(0)) - (one.worth.cost or Decimal(0))
    return ORDER[one.keeping.outcome], lacking, -one.worth.days, one.feature.key


def _facts(feature: Feature, gate: Gate, worth: Worth, last: Mapping[str, Any] | None, today: date) -> dict[str, Any]:
    released = feature.released_on
    return {
        "phase": str(gate.stint.phase),
        "iteration": gate.stint.iteration,
        "since": timezone.localdate(gate.stint.started_at).isoformat(),
        "released_on": released.isoformat() if released else None,
        "age_days": (today - released).days if released else None,
        "months_known": worth.known,
        "months_unknown": worth.unknown,
        "last_cost_on": worth.last_cost_on.isoformat() if worth.last_cost_on else None,
        "ratio": str(worth.ratio) if worth.ratio is not None else None,
        "last_decision": last,
        "imported": feature.imported,
    }


def _last_decisions(features: Collection[int]) -> dict[int, dict[str, Any]]:
    """By feature, its newest decision."""
    rows = Decision.objects.filter(feature__phase__in=SHIPPED, feature__status=Status.ACTIVE).order_by("at", "pk")
    found = {}
    for feature, pk, outcome, phase, at in rows.values_list("feature", "pk", "outcome", "phase", "at"):
        if feature in features:
            found[feature] = {"id": pk, "outcome": outcome, "phase": phase, "on": timezone.localdate(at).isoformat()}
    return found


def _doubts() -> dict[int, int]:
    """By feature: in how many closed reviews in a row, the last ones, it was kept against the recommendation."""
    rows = ReviewItem.objects.filter(review__closed_at__isnull=False).order_by("-review__quarter")
    over: set[int] = set()
    found: dict[int, int] = {}
    for feature, recommended, outcome in rows.values_list("feature", "recommended", "gate__decision__outcome"):
        if feature in over:
            continue
        if recommended != Outcome.ADVANCE and outcome == Outcome.ADVANCE:
            found[feature] = found.get(feature, 0) + 1
        else:
            over.add(feature)
    return found


@dataclass(frozen=True, slots=True)
class Promise:
    """What the last review decided of one feature, and what has become of it.

    `saved`: the upkeep of twelve months that a kill promised to save, in `CURRENCY`; `since`: what was spent on it
    since. `told` says in words how it stands.
    """

    item: ReviewItem
    outcome: str
    saved: Decimal | None
    since: Decimal | None
    kept: bool
    told: str


def promises_of(review: Review, *, now: datetime) -> list[Promise]:
    """What the closed review before this one promised against what happened: removals, tweaks, upkeep."""
    last = Review.objects.filter(quarter__lt=review.quarter, closed_at__isnull=False).first()
    if last is None:
        return []
    rows = last.items.select_related("feature", "squad", "gate__decision").exclude(
        gate__decision__outcome=Outcome.ADVANCE
    )
    items = list(rows.order_by("rank"))
    tweaks = _tweaks_since(items)
    worth = worth_of(features=[item.feature_id for item in items], until=timezone.localdate(now))
    return [_promise(item, tweaks.get(item.feature_id, ()), worth[item.feature_id]) for item in items]


def _tweaks_since(items: Collection[ReviewItem]) -> dict[int, list[Feature]]:
    found: dict[int, list[Feature]] = {}
    decided = {item.feature_id: item.gate.decided_at for item in items}
    for tweak in Feature.objects.filter(parent__in=decided).order_by("pk"):
        if tweak.parent_id is not None and tweak.created_at >= (decided[tweak.parent_id] or tweak.created_at):
            found.setdefault(tweak.parent_id, []).append(tweak)
    return found


def _promise(item: ReviewItem, tweaks: Collection[Feature], worth: Worth) -> Promise:
    outcome = item.gate.decision.outcome
    if outcome == Outcome.KILL:
        gone = item.feature.status == Status.ENDED
        told = f"Gone since {item.feature.ended_on}." if gone else "Its removal is not done."
        return Promise(item, outcome, item.cost, worth.cost, gone, told)
    landed = sum(1 for tweak in tweaks if tweak.status == Status.LANDED)
    told = f"{len(tweaks)} started, {landed} landed." if tweaks else "No tweak was started."
    back = item.feature.phase != Phase.MAINTAIN_IT and item.facts.get("phase") == Phase.MAINTAIN_IT
    return Promise(item, outcome, None, None, bool(tweaks) or back, told)


def quarter_of(review: Review) -> Period:
    """The months of its quarter."""
    return quarter_at(review.quarter)
