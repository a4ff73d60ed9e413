"""Numbers are read only after they are trusted."""

from hypotheses.enums import Verdict
from lifecycle.gates.facts import GateFacts
from lifecycle.gates.finding import Answer, met, unmet


def evidence_trusted(facts: GateFacts) -> Answer:
    """There is evidence, it is not invalid, and no mark on it is uncleared."""
    evidence = facts.evidence
    if evidence.verdict is Verdict.MISSING:
        return unmet("There are no data yet. No data is missing evidence: register a trial and let its results arrive.")
    if evidence.verdict is Verdict.INVALID:
        return unmet(f"The evidence is invalid ({evidence.reason}). {evidence.explanation or 'Mend the measurement.'}")
    if evidence.uncleared:
        return unmet(f"The evidence is qualified: {', '.join(evidence.uncleared)}. Clear each mark with a reason.")
    return met("The evidence passes its checks.")
