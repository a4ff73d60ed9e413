"""The story that a retrospective begins with: each decision, what informed it, and how it came out."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from features.enums import Status
from features.models import Feature
from lifecycle.enums import Outcome
from lifecycle.models import Decision, Removal
from lifecycle.queries.promises import Kept, promises_of


@dataclass(frozen=True, slots=True)
class Seen:
    """What the evidence said: verdict, effect with its interval (None: no trial had told), unit, harmed guardrails."""

    verdict: str
    explanation: str
    metric: str = ""
    unit: str = ""
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    harmed: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As the API shows it."""
        known = self.estimate is not None
        return {
            "verdict": self.verdict,
            "metric": self.metric or None,
            "unit": self.unit,
            "estimate": self.estimate,
            "interval": [self.low, self.high] if known else None,
            "harmed": list(self.harmed),
        }


@dataclass(frozen=True, slots=True)
class CameOut:
    """What was known later: at the next gate (`days` on, what was then seen and answered), or once all had it.

    `fate`: what the feature came to, for the decision that ended it; with the day, where it is known. `delivered` is
    the effect measured after the release that a promise was made on.
    """

    days: int | None = None
    seen: Seen | None = None
    answered: str = ""
    fate: str = ""
    on: date | None = None
    delivered: float | None = None
    within: bool | None = None

    def as_json(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "days": self.days,
            "seen": self.seen.as_json() if self.seen else None,
            "answered": self.answered or None,
            "fate": self.fate or None,
            "on": self.on.isoformat() if self.on else None,
            "delivered": self.delivered,
            "within": self.within,
        }


@dataclass(frozen=True, slots=True)
class Chapter:
    """One decision. It says what was decided and on what, and never who: a retrospective names no culprit."""

    decision: Decision
    recommended: str
    because: str
    followed: bool | None
    seen: Seen
    unmet: tuple[str, ...]
    came_out: CameOut

    def as_json(self) -> dict[str, Any]:
        """As the API shows it."""
        one = self.decision
        return {
            "decision": one.pk,
            "gate": one.gate_id,
            "at": one.at.isoformat(),
            "phase": one.phase,
            "iteration": one.iteration,
            "step": float(one.step_percent) if one.step_percent is not None else None,
            "outcome": one.outcome,
            "reason": one.reason,
            "questions": one.questions,
            "recommended": self.recommended or None,
            "followed": self.followed,
            "seen": self.seen.as_json(),
            "unmet": list(self.unmet),
            "overridden": bool(one.override_reason),
            "came_out": self.came_out.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Hindsight:
    """All decisions of a feature, oldest first, and what it cost in all until now."""

    chapters: tuple[Chapter, ...]
    invested: Decimal
    invested_days: Decimal

    @property
    def followed(self) -> int:
        """How many decisions followed what was recommended."""
        return sum(chapter.followed is True for chapter in self.chapters)

    @property
    def overridden(self) -> int:
        """How many went against it."""
        return sum(chapter.followed is False for chapter in self.chapters)


def hindsight(*, feature: Feature, now: datetime) -> Hindsight:
    """The story of a feature for those who look back on it: the same number of queries, however long it is."""
    rows = list(Decision.objects.filter(feature=feature).order_by("at", "pk"))
    kept = promises_of(feature=feature, now=now)
    removal = Removal.objects.filter(feature=feature).first()
    following = [*rows[1:], None]
    chapters = tuple(
        _chapter(one, later, _fate(feature, one, removal) if later is None else CameOut(), kept)
        for one, later in zip(rows, following, strict=True)
    )
    return Hindsight(
        chapters,
        invested=sum((one.invested for one in rows), Decimal(0)),
        invested_days=sum((one.invested_days or Decimal(0) for one in rows), Decimal(0)),
    )


def _chapter(one: Decision, later: Decision | None, fate: CameOut, kept: Kept | None) -> Chapter:
    unmet = tuple(rule["code"] for rule in one.rules if rule.get("level") == "must" and rule.get("met") is False)
    return Chapter(
        decision=one,
        recommended=one.recommendation.get("outcome") or "",
        because=one.recommendation.get("because") or "",
        followed=one.followed,
        seen=_seen(one.evidence),
        unmet=unmet if one.outcome == Outcome.ADVANCE else (),
        came_out=_came_out(one, later, fate, kept),
    )


def _seen(body: dict[str, Any]) -> Seen:
    primary = body.get("primary") or {}
    low, high = primary.get("interval") or (None, None)
    return Seen(
        verdict=body.get("verdict") or "missing",
        explanation=body.get("explanation") or "",
        metric=primary.get("metric") or "",
        unit=primary.get("unit") or "",
        estimate=primary.get("estimate"),
        low=low,
        high=high,
        harmed=tuple(row["metric"] for row in body.get("guardrails") or () if row.get("status") == "harmed"),
    )


def _came_out(one: Decision, later: Decision | None, fate: CameOut, kept: Kept | None) -> CameOut:
    promise = next((each for each in kept.promises if each.decision == one.pk), None) if kept else None
    told = promise.delivered.estimate if promise else None
    within = promise.pair.within if promise and promise.pair else None
    if later is None:
        return CameOut(fate=fate.fate, on=fate.on, delivered=told, within=within)
    days = (later.at - one.at).days
    return CameOut(days, _seen(later.evidence), later.outcome, delivered=told, within=within)


def _fate(feature: Feature, last: Decision, removal: Removal | None) -> CameOut:
    """What came of the last decision."""
    if feature.status == Status.REMOVING:
        began = removal.started_at if removal else None
        return CameOut(fate="removing", on=timezone.localdate(began) if began else None)
    if feature.status in {Status.ENDED, Status.LANDED}:
        return CameOut(fate=str(feature.status), on=feature.ended_on)
    return CameOut(fate="goes_on", on=timezone.localdate(last.at))
