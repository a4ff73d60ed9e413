"""One gate as people and programs read it, and whether a feature may rise to a percentage."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone

from features.enums import Phase, Status
from features.models import Feature
from features.numbers import money, percentage, person_days
from lifecycle.enums import GateState
from lifecycle.gates.causes import causes, no_longer
from lifecycle.gates.facts import Budget, GateFacts, SpendFacts
from lifecycle.gates.recommendation import recommend
from lifecycle.gates.registry import asked
from lifecycle.models import Gate
from lifecycle.phases import OVERDUE_AFTER, plain
from lifecycle.queries.deciders import deciders_of, standing_needed
from lifecycle.queries.decisions import DecisionView, consent_json, decision_of, decision_view
from lifecycle.queries.facts import load_facts
from lifecycle.queries.ladders import ladder_of
from lifecycle.queries.learning import cost_of_learning, price_of
from lifecycle.queries.spend import undecided_spend

PLAIN = (
    "id", "feature", "feature_name", "squad", "phase", "iteration", "state", "overdue_days", "recommendation",
    "evidence", "may_decide", "held", "time_box_days", "currency", "cost_of_learning",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CauseView:
    """One reason why a gate is due, with its time; `by` (a username) where somebody called.

    `still`: whether it holds now (None for a decided gate, which is shown as it was); `no_longer`: why not, or "".
    """

    cause: str
    key: str
    at: datetime
    detail: str
    by: str | None
    still: bool | None = None
    no_longer: str = ""

    def as_json(self) -> dict[str, Any]:
        """As the API shows it."""
        words = ("cause", "key", "detail", "by", "still", "no_longer")
        return {word: getattr(self, word) for word in words} | {"at": self.at.isoformat()}


@dataclass(frozen=True, slots=True)
class GateView:
    """A gate with its rules, causes and recommendation: as they are now, or as they were when it was decided.

    `evidence` has the shape of docs/reference/evidence.md. `deciders` are usernames; `may_decide` is about the person
    who was asked for. `held`: due, so exposure cannot rise, no tweak can start, the hypothesis cannot be revised.
    """

    id: int
    feature: str
    feature_name: str
    squad: str
    phase: str
    iteration: int
    step: Decimal | None
    state: str
    opened_at: datetime
    due_on: date | None
    due_at: datetime | None
    decided_at: datetime | None
    overdue_days: int | None
    due_because: tuple[CauseView, ...]
    rules: tuple[dict[str, Any], ...]
    recommendation: dict[str, Any]
    evidence: dict[str, Any]
    deciders: tuple[str, ...]
    may_decide: bool
    held: bool
    time_box_days: int | None
    budget: Budget
    spent: SpendFacts
    undecided: SpendFacts
    currency: str
    consents: tuple[dict[str, Any], ...]
    decision: DecisionView | None
    cost_of_learning: list[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        """As the API shows it: decimals as texts, percentages as numbers, times in ISO 8601."""
        return {name: getattr(self, name) for name in PLAIN} | {
            "step": percentage(self.step),
            "opened_at": self.opened_at.isoformat(),
            "due_on": self.due_on.isoformat() if self.due_on else None,
            "due_at": self.due_at.isoformat() if self.due_at else None,
            "decided_at": self.decided_at.isoformat() if self.decided_at else None,
            "due_because": [cause.as_json() for cause in self.due_because],
            "rules": list(self.rules),
            "deciders": list(self.deciders),
            "budget": _budget_json(self.budget),
            "spent": spend_json(self.spent),
            "undecided_spend": spend_json(self.undecided),
            "consents": list(self.consents),
            "decision": self.decision.as_json() if self.decision else None,
        }


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a gate shows: computed now, or frozen with its decision."""

    rules: tuple[dict[str, Any], ...]
    recommendation: dict[str, Any]
    evidence: dict[str, Any]
    spent: SpendFacts
    undecided: SpendFacts
    decision: DecisionView | None = None
    facts: GateFacts | None = None


def gate_view(*, gate: Gate, now: datetime, person: User | AnonymousUser | None = None) -> GateView:
    """One gate with all that its page shows. A decided one shows what was seen when it was decided."""
    feature, stint, due = gate.feature, gate.stint, gate.state == GateState.DUE
    decision = decision_of(gate_id=gate.pk) if gate.state == GateState.DECIDED else None
    seen = _as_decided(decision_view(decision)) if decision else _as_now(gate, now)
    standing = standing_needed(phase=stint.phase, step_percent=stint.step_percent)
    deciders = deciders_of(squad=feature.squad, standing=standing)
    return GateView(
        id=gate.pk,
        feature=feature.key,
        feature_name=feature.name,
        squad=feature.squad.slug,
        phase=stint.phase,
        iteration=stint.iteration,
        step=stint.step_percent,
        state=gate.state,
        opened_at=gate.opened_at,
        due_on=gate.due_on,
        due_at=gate.due_at,
        decided_at=gate.decided_at,
        overdue_days=overdue_days(due_at=gate.due_at, now=now) if due else None,
        due_because=_causes(gate, seen.facts),
        rules=seen.rules,
        recommendation=seen.recommendation,
        evidence=seen.evidence,
        deciders=tuple(decider.get_username() for decider in deciders),
        may_decide=person is not None and any(decider.pk == person.pk for decider in deciders),
        held=due,
        time_box_days=stint.time_box_days,
        budget=Budget(amount=stint.budget_amount, days=stint.budget_days),
        spent=seen.spent,
        undecided=seen.undecided,
        currency=settings.CURRENCY,
        consents=tuple(consent_json(consent) for consent in gate.consents.select_related("by")),
        decision=seen.decision,
        cost_of_learning=_cost(gate, seen, now),
    )


def _cost(gate: Gate, seen: _Seen, now: datetime) -> list[dict[str, Any]]:
    if seen.decision is not None:
        return seen.decision.cost_of_learning
    ladder, price = ladder_of(feature=gate.feature), price_of(body=seen.evidence, now=now)
    return cost_of_learning(body=seen.evidence, ladder=ladder, price=price)


def _as_now(gate: Gate, now: datetime) -> _Seen:
    facts = load_facts(gate=gate, now=now)
    findings = asked(facts)
    return _Seen(
        rules=tuple(finding.as_json() for finding in findings),
        recommendation=recommend(facts, findings).as_json(),
        evidence=facts.frozen,
        spent=facts.spent,
        undecided=undecided_spend(gate=gate),
        facts=facts,
    )


def _as_decided(decision: DecisionView) -> _Seen:
    spent, since = decision.invested_days or Decimal(0), decision.undecided_days or Decimal(0)
    return _Seen(
        rules=tuple(decision.rules),
        recommendation=decision.recommendation,
        evidence=decision.evidence,
        spent=SpendFacts(amount=decision.invested, days=spent, unpriced=spent),
        undecided=SpendFacts(amount=decision.undecided_spend, days=since, unpriced=since),
        decision=decision,
    )


def overdue_days(*, due_at: datetime | None, now: datetime) -> int | None:
    """For how many whole days a due gate is overdue; None while it is not."""
    if due_at is None or now - due_at < OVERDUE_AFTER:
        return None
    return (now - due_at).days


def spend_json(spend: SpendFacts) -> dict[str, str]:
    """Money and person-days without a rate, apart: days are never shown as zero money."""
    return {"amount": money(spend.amount), "person_days": person_days(spend.unpriced)}


def _budget_json(budget: Budget) -> dict[str, str | None] | None:
    if budget.amount is None and budget.days is None:
        return None
    amount, days = budget.amount, budget.days
    return {
        "amount": money(amount) if amount is not None else None,
        "days": str(days) if days is not None else None,
    }


def _causes(gate: Gate, facts: GateFacts | None) -> tuple[CauseView, ...]:
    """Why it fell due; with facts, also whether that still holds."""
    rows: Iterable[Any] = gate.causes.select_related("by")
    views = []
    for row in rows:
        by = row.by.get_username() if row.by else None
        gone = no_longer(facts, cause=row.cause, key=row.key) if facts else ""
        views.append(CauseView(row.cause, row.key, row.at, row.detail, by, not gone if facts else None, gone))
    return tuple(views)


@dataclass(frozen=True, slots=True)
class LadderAnswer:
    """Whether a feature may be at a percentage, why, and which gate stands before more (None when it has ended)."""

    allowed: bool
    because: str
    gate_id: int | None

    def as_json(self) -> dict[str, Any]:
        """As flag services and pipelines read it."""
        return {"allowed": self.allowed, "because": self.because, "gate": self.gate_id}


def is_unjudged(gate: Gate, *, now: datetime) -> bool:
    """Whether something is new that no judgement has seen: a moment that has come, or facts of the gate's stint."""
    stint = gate.stint
    return (gate.look_at is not None and gate.look_at <= now) or stint.facts_version > stint.judged_version


def due_since(gate: Gate, *, now: datetime) -> datetime | None:
    """Since when an undecided gate is due, also while the clock has not said so yet; None when it is not."""
    if gate.state == GateState.DUE or not is_unjudged(gate, now=now):
        return gate.due_at
    return next((max(cause.at, gate.opened_at) for cause in causes(load_facts(gate=gate, now=now))), None)


def may_rise(*, feature: Feature, percent: Decimal, now: datetime) -> LadderAnswer:
    """Whether a feature may be shown to so many percent now: fewer always, more than was decided never."""
    undecided = Gate.objects.filter(feature=feature).exclude(state=GateState.DECIDED)
    gate = undecided.select_related("stint", "feature__squad").first()
    gate_id = gate.pk if gate else None
    if percent <= feature.exposure_percent:
        at = f"{feature.name} is at {plain(feature.exposure_percent)} %"
        return LadderAnswer(True, f"{at}, and may always go down.", gate_id)
    if feature.status != Status.ACTIVE and percent > feature.ceiling_percent:
        return LadderAnswer(False, f"{feature.name} is “{Status(feature.status).label}”.", gate_id)
    if percent > feature.ceiling_percent:
        where = f"{feature.name} is in {Phase(feature.phase).label}, and {plain(feature.ceiling_percent)} % is decided."
        return LadderAnswer(False, f"{where} More is decided at its gate.", gate_id)
    since = due_since(gate, now=now) if gate is not None else None
    if since is not None:
        day = timezone.localdate(since)
        return LadderAnswer(
            False, f"Its gate is due since {day:%Y-%m-%d}; until it is decided, exposure cannot rise.", gate_id
        )
    return LadderAnswer(True, f"{plain(feature.ceiling_percent)} % is decided.", gate_id)
