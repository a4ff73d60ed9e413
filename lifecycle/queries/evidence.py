"""What the data say of one feature, read as its gate reads it: with the minimum run of the step it is on."""

from datetime import datetime

from features.models import Feature
from hypotheses.queries.evidence import evidence_of
from hypotheses.queries.evidence_view import EvidenceView
from lifecycle.gates.facts import LadderFacts
from lifecycle.queries.ladders import ladder_of, rung_at


def evidence_seen(*, feature: Feature, now: datetime, as_of: datetime | None = None) -> EvidenceView:
    """The evidence now, or as it stood at `as_of`. Too early is what the feature's own ladder calls too early."""
    return evidence_of(feature=feature, now=now, as_of=as_of, minimum_days=minimum_days_of(feature))


def minimum_days_of(feature: Feature) -> int:
    """The minimum run of the step that the feature is on; 0 outside the ladder."""
    if feature.step_percent is None:
        return 0
    ladder: LadderFacts = ladder_of(feature=feature)
    rung = rung_at(ladder, feature.step_percent)
    return rung.minimum_days if rung else 0
