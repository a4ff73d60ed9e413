"""The board: the features of each phase with what matters about them, in six queries, however many they are."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db.models import F, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from features.enums import Phase, Status
from features.errors import wrong
from features.models import Feature, Stint, StintCost
from hypotheses.enums import Readiness, Reason, Verdict
from hypotheses.models import Evidence, Hypothesis, Standing
from hypotheses.queries.freshness import waits_for_minimum
from lifecycle.enums import GateState
from lifecycle.models import Gate, LadderStep
from lifecycle.phases import OVERDUE_AFTER
from lifecycle.queries.cards import Card, GateBadge, Purse, Reading, hypothesis_line
from lifecycle.queries.ladders import DEFAULT

SPARK_POINTS: Final = 30
SOON: Final = timedelta(days=7)
DEFAULT_MINIMUMS: Final = {rung.percent: rung.minimum_days for rung in DEFAULT.rungs}
GATE_STATES: Final = ("open", "due", "overdue", "soon")
"""What the board can be narrowed to: not due yet; due; due and unanswered for a day; due, or within a week."""


@dataclass(frozen=True, slots=True)
class Column:
    """One phase: how many active features it has, what they have cost, and the cards to show (`more` are left out)."""

    phase: Phase
    count: int
    invested: Decimal
    invested_days: Decimal
    cards: tuple[Card, ...]

    @property
    def more(self) -> int:
        """How many features of the column are not shown."""
        return self.count - len(self.cards)


@dataclass(frozen=True, slots=True)
class Board:
    """The five columns, and what stands apart: features being removed, and those that ended or landed, newest first."""

    columns: tuple[Column, ...]
    removing: tuple[Card, ...]
    gone: tuple[Card, ...]
    gone_count: int
    gates_due: int
    gates_overdue: int

    @property
    def count(self) -> int:
        """How many active features there are."""
        return sum(column.count for column in self.columns)

    @property
    def invested(self) -> Decimal:
        """What the active features have cost."""
        return sum((column.invested for column in self.columns), Decimal(0))

    @property
    def invested_days(self) -> Decimal:
        """The person-days without a rate that the active features have cost."""
        return sum((column.invested_days for column in self.columns), Decimal(0))


@dataclass(slots=True)
class _Facts:
    """What was read for the board, by feature or stint."""

    stints: dict[int, Stint]
    purses: dict[int, Purse]
    hypotheses: dict[int, Hypothesis] = field(default_factory=dict)
    evidence: dict[int, list[Evidence]] = field(default_factory=dict)
    minimums: dict[int, dict[Decimal, int]] = field(default_factory=dict)


def board(
    *,
    now: datetime,
    squad: str = "",
    tribe: str = "",
    search: str = "",
    gate_state: str = "",
    per_column: int = 50,
) -> Board:
    """The board, narrowed to a squad, a tribe (slugs), a text, or the state of the gate (`GATE_STATES`).

    Cards stand most urgent first: longest due, then due soonest, then by key. Counts and sums are of all that fits.

    Raises:
        BadInput: another gate state.
    """
    wanted = _wanted(now=now, squad=squad, tribe=tribe, search=search, gate_state=gate_state)
    features = list(wanted.select_related("squad__tribe", "owner"))
    facts = _Facts(_open_stints(wanted), {})
    facts.purses = _purses(wanted, facts.stints)
    piles = _piles(features, facts, now)
    shown = [feature for pile in piles.values() for feature in pile[:per_column]]
    _read_beliefs(shown, facts)

    def cards(pile: Sequence[Feature]) -> tuple[Card, ...]:
        return tuple(_card(feature, facts, now) for feature in pile[:per_column])

    badges = [badge for stint in facts.stints.values() if (badge := _badge(stint, now))]
    return Board(
        columns=tuple(_column(phase, piles[phase], facts, cards(piles[phase])) for phase in Phase),
        removing=cards(piles[Status.REMOVING]),
        gone=cards(piles[Status.ENDED]),
        gone_count=len(piles[Status.ENDED]),
        gates_due=sum(badge.state == GateState.DUE for badge in badges),
        gates_overdue=sum(badge.overdue for badge in badges),
    )


def _wanted(*, now: datetime, squad: str, tribe: str, search: str, gate_state: str) -> QuerySet[Feature]:
    found = Feature.objects.all()
    if squad:
        found = found.filter(squad__slug=squad)
    if tribe:
        found = found.filter(squad__tribe__slug=tribe)
    if text := search.strip():
        said = Hypothesis.objects.filter(
            Q(change__icontains=text) | Q(reason__icontains=text) | Q(audience__icontains=text)
        )
        own = Q(name__icontains=text) | Q(key__icontains=text) | Q(summary__icontains=text)
        found = found.filter(own | Q(pk__in=said.values("feature")))
    if gate_state:
        found = found.filter(pk__in=_gates(gate_state, now).values("feature"))
    return found


def _gates(state: str, now: datetime) -> QuerySet[Gate]:
    """The undecided gates in one of the states that the board can be narrowed to."""
    if state not in GATE_STATES:
        raise wrong("gate_state", f"The state is one of {', '.join(GATE_STATES)}.", code="invalid_choice")
    due = Q(state=GateState.DUE)
    return Gate.objects.filter(
        {
            "open": Q(state=GateState.OPEN),
            "due": due,
            "overdue": due & Q(due_at__lt=now - OVERDUE_AFTER),
            "soon": due | Q(state=GateState.OPEN, due_on__lte=timezone.localdate(now + SOON)),
        }[state]
    )


def _open_stints(wanted: QuerySet[Feature]) -> dict[int, Stint]:
    rows = Stint.objects.filter(feature__in=wanted.values("pk"), ended_at__isnull=True).select_related(
        "gate", "standing"
    )
    return {row.feature_id: row for row in rows}


def _purses(wanted: QuerySet[Feature], stints: Mapping[int, Stint]) -> dict[int, Purse]:
    """What each feature has cost: by stint, so that the running one stands beside its budget."""
    rows = (
        StintCost.objects.filter(feature__in=wanted.values("pk"))
        .order_by()
        .values("feature_id", "stint_id")
        .annotate(
            spent=Sum("money"),
            days=Sum("person_days"),
            bare=Sum("unpriced_days"),
            held=Sum("undecided"),
            held_days=Sum("undecided_unpriced"),
        )
    )
    sums: dict[int, list[Mapping[str, Any]]] = {}
    for row in rows:
        sums.setdefault(row["feature_id"], []).append(row)
    return {pk: _purse(sums.get(pk, ()), stints.get(pk)) for pk in {*sums, *stints}}


def _purse(rows: Iterable[Mapping[str, Any]], stint: Stint | None) -> Purse:
    rows = list(rows)
    running = [row for row in rows if stint is not None and row["stint_id"] == stint.pk]
    return Purse(
        spent=_sum(running, "spent"),
        spent_days=_sum(running, "days"),
        budget=stint.budget_amount if stint else None,
        budget_days=stint.budget_days if stint else None,
        invested=_sum(rows, "spent"),
        invested_days=_sum(rows, "bare"),
        undecided=_sum(running, "held"),
        undecided_days=_sum(running, "held_days"),
    )


def _sum(rows: Iterable[Mapping[str, Any]], name: str) -> Decimal:
    return sum((row[name] for row in rows if row[name] is not None), Decimal(0))


def _piles(features: Iterable[Feature], facts: _Facts, now: datetime) -> dict[str, list[Feature]]:
    """The features of each column, most urgent first, and those that stand apart."""
    piles: dict[str, list[Feature]] = {phase: [] for phase in Phase} | {Status.REMOVING: [], Status.ENDED: []}
    for feature in features:
        if feature.status == Status.ACTIVE:
            piles[Phase(feature.phase)].append(feature)
        else:
            piles[Status.REMOVING if feature.status == Status.REMOVING else Status.ENDED].append(feature)
    for phase in Phase:
        piles[phase].sort(key=lambda feature: _urgency(feature, facts, now))
    piles[Status.ENDED].sort(
        key=lambda feature: (feature.ended_on or timezone.localdate(now), feature.key), reverse=True
    )
    return piles


def _urgency(feature: Feature, facts: _Facts, now: datetime) -> tuple[int, float, str]:
    badge = _badge(facts.stints.get(feature.pk), now)
    if badge is not None and badge.due_at is not None:
        return (0, badge.due_at.timestamp(), feature.key)
    if badge is not None and badge.due_on is not None:
        return (1, badge.due_on.toordinal(), feature.key)
    return (2, 0, feature.key)


def _read_beliefs(shown: Sequence[Feature], facts: _Facts) -> None:
    """What is believed of the shown features, and what the data say: three queries."""
    ids = [feature.pk for feature in shown]
    for version in Hypothesis.objects.filter(feature__in=ids).select_related("metric").order_by("version"):
        facts.hypotheses[version.feature_id] = version
    for row in _latest_evidence(ids):
        facts.evidence.setdefault(row.feature_id, []).append(row)
    served = LadderStep.objects.filter(ladder__feature__in=ids)
    for pk, percent, minimum in served.values_list("ladder__feature", "percent", "minimum_days"):
        facts.minimums.setdefault(pk, {})[percent] = minimum


def _latest_evidence(ids: Collection[int]) -> QuerySet[Evidence]:
    """The last so many of each feature, oldest first, without their bodies."""
    place = Window(RowNumber(), partition_by=F("feature"), order_by=F("as_of").desc())
    rows = Evidence.objects.filter(feature__in=ids, superseded_at__isnull=True).annotate(place=place)
    return rows.filter(place__lte=SPARK_POINTS).defer("body").order_by("as_of", "pk")


def _card(feature: Feature, facts: _Facts, now: datetime) -> Card:
    stint = facts.stints.get(feature.pk)
    hypothesis = facts.hypotheses.get(feature.pk)
    verdict, reason, state = _verdict(feature, stint, facts, now)
    owner = feature.owner
    return Card(
        id=feature.pk,
        key=feature.key,
        name=feature.name,
        phase=feature.phase,
        status=feature.status,
        iteration=feature.iteration,
        step_percent=feature.step_percent,
        exposure_percent=feature.exposure_percent,
        squad=feature.squad.slug,
        squad_name=feature.squad.name,
        tribe=feature.squad.tribe.slug,
        owner=owner.get_username() if owner else "",
        owner_name=(owner.get_full_name() or owner.get_username()) if owner else "",
        parent=feature.parent_id,
        imported=feature.imported,
        ended_on=feature.ended_on,
        hypothesis=hypothesis_line(feature, hypothesis),
        verdict=verdict,
        reason=reason,
        state=state,
        reading=_reading(hypothesis, facts.evidence.get(feature.pk, ()), stint),
        purse=facts.purses.get(feature.pk, Purse()),
        gate=_badge(stint, now),
    )


def _verdict(feature: Feature, stint: Stint | None, facts: _Facts, now: datetime) -> tuple[str, str, str]:
    """Verdict, reason and readiness of the running stint as they read now: the row in place of `evidence_seen`."""
    standing: Standing | None = getattr(stint, "standing", None)
    if standing is None:
        return str(Verdict.MISSING), "", str(Readiness.TOO_EARLY)
    if standing.stale_at is not None and standing.stale_at < now:
        return str(Verdict.INVALID), str(Reason.STALE), str(Readiness.TOO_EARLY)
    state = Readiness.TOO_EARLY if _still_serves(feature, standing, facts) else standing.state
    return standing.verdict, standing.reason, str(state)


def _still_serves(feature: Feature, standing: Standing, facts: _Facts) -> bool:
    """Whether the step's minimum run is not over."""
    if feature.step_percent is None or standing.run_from is None or standing.as_of is None:
        return False
    laid_out = facts.minimums.get(feature.pk, DEFAULT_MINIMUMS)
    minimum = laid_out.get(feature.step_percent, 0)
    return waits_for_minimum(standing.verdict) and standing.as_of - standing.run_from < timedelta(days=minimum)


def _reading(hypothesis: Hypothesis | None, rows: Sequence[Evidence], stint: Stint | None) -> Reading | None:
    if hypothesis is None or hypothesis.metric is None:
        return None
    metric, last = hypothesis.metric, rows[-1] if rows else None
    if last is not None and last.hypothesis_id != hypothesis.pk:
        rows, last = [row for row in rows if row.hypothesis_id == hypothesis.pk], None
        last = rows[-1] if rows else None
    return Reading(
        metric=metric.key,
        metric_name=metric.name,
        unit=metric.unit,
        kind=metric.kind,
        better=metric.better,
        estimate=last.estimate if last else None,
        low=last.low if last else None,
        high=last.high if last else None,
        minimum_effect=hypothesis.minimum_effect_absolute,
        as_of=last.as_of if last else None,
        spark=tuple(row.estimate for row in rows),
        current=last is not None and stint is not None and last.stint_id == stint.pk,
    )


def _badge(stint: Stint | None, now: datetime) -> GateBadge | None:
    gate = getattr(stint, "gate", None) if stint is not None else None
    if gate is None:
        return None
    days = (gate.due_on - timezone.localdate(now)).days if gate.due_on else None
    if gate.due_at is not None:
        days = (now - gate.due_at).days
    overdue = gate.state == GateState.DUE and gate.due_at < now - OVERDUE_AFTER
    return GateBadge(gate.pk, gate.state, gate.due_on, gate.due_at, days, overdue)


def _column(phase: Phase, features: Sequence[Feature], facts: _Facts, cards: tuple[Card, ...]) -> Column:
    purses = [facts.purses.get(feature.pk, Purse()) for feature in features]
    return Column(
        phase=phase,
        count=len(features),
        invested=sum((purse.invested for purse in purses), Decimal(0)),
        invested_days=sum((purse.invested_days for purse in purses), Decimal(0)),
        cards=cards,
    )
