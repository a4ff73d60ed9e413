"""Decisions as people and programs read them: what was answered, and what was seen."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import Q

from features.errors import Conflict
from features.models import Feature
from features.numbers import money, percentage, person_days
from hypotheses.enums import ArmRole, MetricKind
from hypotheses.models import Hypothesis, Result
from lifecycle.models import Consent, Decision, ExposureChange

OVERRIDDEN: Final = Q(consent__isnull=False) | Q(overridden_elsewhere=True)
"""Advanced against must rules here, or against the criteria of an imported assessment."""


@dataclass(frozen=True, slots=True)
class DecisionView:
    """One decision. `by` is a username, None when a policy decided or history was imported.

    `criteria`: those of an imported assessment. `override` of such a one names the `criteria` that were not met; its
    `reason` is blank and its `consent` None, because nobody here knows them.
    """

    id: int
    gate: int
    feature: str
    outcome: str
    reason: str
    by: str | None
    policy: str
    at: datetime
    phase: str
    iteration: int
    step: Decimal | None
    moved_to: dict[str, Any]
    questions: list[str]
    next: dict[str, Any]
    evidence: dict[str, Any]
    rules: list[dict[str, Any]]
    recommendation: dict[str, Any]
    cost_of_learning: list[dict[str, Any]]
    followed: bool | None
    invested: Decimal
    invested_days: Decimal | None
    undecided_spend: Decimal
    undecided_days: Decimal | None
    overridden: bool
    override: dict[str, Any] | None
    criteria: list[dict[str, Any]]
    imported: bool
    native: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """As the API shows it: decimals as texts, percentages as numbers, times in ISO 8601."""
        shown = {name: getattr(self, name) for name in self.__slots__}
        return shown | {
            "at": self.at.isoformat(),
            "step": percentage(self.step),
            "invested": money(self.invested),
            "invested_days": person_days(self.invested_days) if self.invested_days is not None else None,
            "undecided_spend": money(self.undecided_spend),
            "undecided_days": person_days(self.undecided_days) if self.undecided_days is not None else None,
        }


def decision_view(decision: Decision) -> DecisionView:
    """A decision as it was made. Costs no query when feature, by and consent__by were selected with it."""
    return DecisionView(
        id=decision.pk,
        gate=decision.gate_id,
        feature=decision.feature.key,
        outcome=decision.outcome,
        reason=decision.reason,
        by=decision.by.get_username() if decision.by else None,
        policy=decision.policy,
        at=decision.at,
        phase=decision.phase,
        iteration=decision.iteration,
        step=decision.step_percent,
        moved_to=decision.moved_to,
        questions=decision.questions,
        next=decision.next,
        evidence=decision.evidence,
        rules=decision.rules,
        recommendation=decision.recommendation,
        cost_of_learning=decision.cost_of_learning,
        followed=decision.followed,
        invested=decision.invested,
        invested_days=decision.invested_days,
        undecided_spend=decision.undecided_spend,
        undecided_days=decision.undecided_days,
        overridden=decision.consent_id is not None or decision.overridden_elsewhere,
        override=_override(decision),
        criteria=decision.criteria,
        imported=decision.imported,
        native=decision.native,
    )


def decision_of(*, gate_id: int) -> Decision | None:
    """The decision on a gate with everything that `decision_view` shows, None while there is none."""
    rows = Decision.objects.select_related("feature", "by", "consent__by")
    return rows.filter(gate=gate_id).first()


def already_decided(*, gate_id: int) -> Conflict:
    """The refusal of an act on a decided gate: who answered it, when and how, with the decision itself."""
    decision = decision_of(gate_id=gate_id)
    if decision is None:
        return Conflict(code="already_decided", detail="The gate is decided already.")
    who = decision.by.get_username() if decision.by else decision.policy or "an import"
    return Conflict(
        code="already_decided",
        detail=f"{who} decided this gate at {decision.at:%Y-%m-%d %H:%M %Z}: {decision.outcome}. A decision is final.",
        extra={"decision": decision_view(decision).as_json()},
    )


def criteria_unmet(decision: Decision) -> list[str]:
    """The numbers of the criteria that an imported assessment found not to be met."""
    return [one["number"] for one in decision.criteria if one["met"] is False]


def _override(decision: Decision) -> dict[str, Any] | None:
    if decision.overridden_elsewhere:
        return {"reason": "", "consent": None, "criteria": criteria_unmet(decision)}
    if decision.consent is None:
        return None
    return {"reason": decision.override_reason, "consent": consent_json(decision.consent)}


def consent_json(consent: Consent) -> dict[str, Any]:
    """A consent as the API shows it."""
    return {
        "id": consent.pk,
        "by": consent.by.get_username(),
        "rules": consent.rules,
        "reason": consent.reason,
        "at": consent.at.isoformat(),
    }


def was_exposed(*, feature: Feature) -> bool:
    """Whether anybody ever had the feature: an exposure above 0, a beta, or an internal release."""
    if feature.exposure_percent > 0 or ExposureChange.objects.filter(feature=feature, to_percent__gt=0).exists():
        return True
    return feature.findings.filter(kind__in=["beta", "internal_release"]).exists()


def released_value(*, hypothesis: Hypothesis | None, stint_id: int, arm: str = "") -> float | None:
    """What the metric is for those who have the feature: the treatment's mean in the stint's latest result.

    `arm`: which treatment that is, where there are several; the first unless it is named.
    """
    if hypothesis is None or hypothesis.metric is None:
        return None
    rows = Result.objects.filter(
        stage__stint=stint_id,
        metric=hypothesis.metric,
        arm__role=ArmRole.TREATMENT,
        superseded_at__isnull=True,
        n__gt=0,
    )
    if arm:
        rows = rows.filter(arm__name=arm)
    last = rows.order_by("-as_of", "-stage__number", "arm_id").values("mean", "mean_x").first()
    if last is None:
        return None
    if hypothesis.metric.kind != MetricKind.RATIO:
        return float(last["mean"])
    return last["mean"] / last["mean_x"] if last["mean_x"] else None
