"""Whether the evidence that a decision froze follows from the stored results."""

from hypotheses.queries.frozen import Retraced, retrace
from lifecycle.models import Decision


def retraced(decision: Decision) -> Retraced:
    """Make the evidence of a decision again, and compare it with what was frozen, field by field.

    A decision that was imported saw nothing here, so nothing can differ.
    """
    if decision.imported and not decision.evidence:
        return Retraced("nothing: it was imported, and what its people saw stands in the system that it came from")
    stint = decision.gate.stint_id
    return retrace(frozen=decision.evidence, feature_id=decision.feature_id, stint_id=stint, at=decision.at)
