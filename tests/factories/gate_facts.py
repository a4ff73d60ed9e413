"""Facts of a gate that is in order, made without a database; each test changes what it is about."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from features.enums import Phase
from hypotheses.enums import FindingKind, GuardrailStatus, Population, PullState, Readiness, Verdict
from lifecycle.enums import GateState
from lifecycle.gates.facts import (
    EvidenceFacts,
    FeedFacts,
    FindingFacts,
    GateFacts,
    HypothesisFacts,
    KinFacts,
    LadderFacts,
    RemovalFacts,
    TweaksFacts,
    Upkeep,
)
from lifecycle.phases import DEFAULT_HOLDBACK, DEFAULT_LADDER, place_of

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOW = START + timedelta(days=10)


def hypothesis(**fields) -> HypothesisFacts:
    values = {
        "version": 1, "audience": "returning customers", "reason": "they order the same", "metric": "reorder-rate",
        "direction": "up", "minimum_effect": 0.005, "mvp": "one button", "guardrails": ("basket-value",),
    }  # fmt: skip
    return HypothesisFacts(**{**values, **fields})


def finding(population: Population = Population.CUSTOMERS) -> FindingFacts:
    return FindingFacts(FindingKind.INTERVIEWS, population)


def feed(metric: str = "reorder-rate", **fields) -> FeedFacts:
    values = {"pulled": True, "last_pull": PullState.SUCCEEDED, "error": "", "has_results": True}
    return FeedFacts(metric, **{**values, **fields})


def evidence(verdict: Verdict = Verdict.VALIDATED, **fields) -> EvidenceFacts:
    values = {
        "reason": "ok", "state": Readiness.DECISION_READY, "as_of": NOW - timedelta(days=1),
        "guardrails": (("basket-value", GuardrailStatus.SAFE),),
    }  # fmt: skip
    return EvidenceFacts(verdict, **{**values, **fields})


def facts(phase: Phase = Phase.SHIP_IT, step: int | None = 25, **fields) -> GateFacts:
    """A gate where every rule is met."""
    percent = Decimal(step) if phase is Phase.SHIP_IT and step is not None else None
    last = percent == DEFAULT_LADDER[-1].percent
    values = {
        "now": NOW,
        "gate_id": 1,
        "state": GateState.DUE,
        "feature": "one-tap-reorder",
        "tweak": False,
        "phase": phase,
        "place": place_of(phase=phase, step_percent=percent, last_step=last),
        "iteration": 1,
        "step_percent": percent,
        "started_at": START,
        "due_on": date(2026, 3, 30),
        "stint_days": 28,
        "evidence": evidence(),
        "ladder": LadderFacts(DEFAULT_LADDER, DEFAULT_HOLDBACK),
        "hypothesis": hypothesis(),
        "findings": (finding(),),
        "success_feeds": (feed(),),
        "guardrail_feeds": (feed("basket-value"),),
        "tweaks": TweaksFacts(diminishing=True, told="The last two tweaks were refuted: a local maximum."),
        "upkeep": Upkeep(Decimal(200), Decimal(300), Decimal(100), Decimal(100)),
        "kin": KinFacts(lessons=4, unread=0, read_by="bob"),
        "removal": RemovalFacts(plan="Delete the module.", owner="bob"),
    }
    return GateFacts(**{**values, **fields})
