"""The evidence of one feature as people and programs read it; the shape is in docs/reference/evidence.md."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hypotheses.enums import Readiness, Reason, Verdict

Part = dict[str, Any]

JSON_FIELDS = (
    "feature", "hypothesis_version", "phase", "step", "as_of", "state", "verdict", "reason", "days_left", "explanation",
    "primary", "successes", "guardrails", "checks", "marks", "stages", "findings", "findings_combined", "others",
    "evidence_id", "revision",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceView:
    """What the data say of one stint at one moment.

    verdict, state: after the overlays of the reading (stale data, the step's minimum run). stored_verdict: before them.
    primary: None without a trial. is_stale: whether the overlay of stale data applies. run_days: how long the stint's
    trials had run at `as_of`; None without results. marks: what qualifies the evidence; one with `cleared_by` null is
    not cleared. evidence_id, revision: the stored row that this was read from; None for findings and where nothing is
    known.
    """

    feature: str
    feature_id: int
    stint_id: int | None
    phase: str
    step: str | None
    hypothesis_version: int | None
    as_of: datetime | None
    state: Readiness
    verdict: Verdict
    reason: str
    explanation: str
    stored_verdict: Verdict
    days_left: float | None = None
    primary: Part | None = None
    successes: tuple[Part, ...] = ()
    guardrails: tuple[Part, ...] = ()
    checks: tuple[Part, ...] = ()
    marks: tuple[Part, ...] = ()
    stages: tuple[Part, ...] = ()
    findings: tuple[Part, ...] = ()
    findings_combined: Part | None = None
    others: tuple[Part, ...] = ()
    is_stale: bool = False
    run_days: float | None = None
    evidence_id: int | None = None
    revision: int | None = None
    weighed_at: datetime | None = None

    @property
    def uncleared_marks(self) -> tuple[Part, ...]:
        """The marks that still qualify the evidence."""
        return tuple(mark for mark in self.marks if mark["cleared_by"] is None)

    @property
    def is_trusted(self) -> bool:
        """Whether it may satisfy a must rule: something is known, it is not invalid, and no mark is uncleared."""
        return self.verdict not in {Verdict.INVALID, Verdict.MISSING} and not self.uncleared_marks

    @property
    def waits_for(self) -> tuple[str, ...]:
        """The success metrics (their keys) of which nothing can be told: no result has come, or no unit differs from
        another. Empty unless the evidence waits for nothing else.
        """
        if self.reason != Reason.SUCCESS_PENDING or (self.primary or {}).get("verdict") != Verdict.REFUTED:
            return ()
        still_open = [one for one in self.successes if one["verdict"] == Verdict.INCONCLUSIVE]
        mute = [one for one in still_open if one["estimate"] is None or one["reason"] == Reason.ZERO_VARIANCE]
        return tuple(one["metric"] for one in mute) if len(mute) == len(still_open) else ()

    def as_json(self) -> Part:
        """The public shape, of plain JSON values; what a decision freezes."""
        shown = {name: getattr(self, name) for name in JSON_FIELDS}
        shown |= {"as_of": self.as_of.isoformat() if self.as_of else None, "state": str(self.state)}
        shown |= {"verdict": str(self.verdict), "reason": str(self.reason)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in shown.items()}
