"""Numbers are read only after they are trusted."""

from features.enums import Phase
from hypotheses.enums import Verdict
from lifecycle.gates.facts import NO_TRIAL, GateFacts
from lifecycle.gates.finding import Answer, met, unmet


def evidence_trusted(facts: GateFacts) -> Answer:
    """There is evidence, it is not invalid, and no mark on it is uncleared."""
    evidence = facts.evidence
    if evidence.is_findings and facts.phase is Phase.SHIP_IT:
        return unmet(NO_TRIAL)
    if evidence.verdict is Verdict.MISSING:
        return unmet("There are no data yet. No data is missing evidence: register a trial and let its results arrive.")
    if evidence.verdict is Verdict.INVALID:
        return unmet(f"The evidence is invalid ({evidence.reason}). {evidence.explanation or 'Mend the measurement.'}")
    if evidence.uncleared:
        return unmet(f"The evidence is qualified: {', '.join(evidence.uncleared)}. Clear each mark with a reason.")
    return met("The evidence passes its checks.")
