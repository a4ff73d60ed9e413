"""Nothing that does harm goes further."""

from features.enums import Phase
from hypotheses.enums import Reason, Verdict
from lifecycle.gates.facts import NO_TRIAL, GateFacts
from lifecycle.gates.finding import Answer, met, unmet


def not_harmful(facts: GateFacts) -> Answer:
    """The verdict is not harmful and no guardrail is harmed.

    Invalid evidence never satisfies a must rule; in Ship It, where a trial has to run, neither does missing evidence.
    """
    evidence = facts.evidence
    if evidence.is_harmful:
        own = "a success metric" if evidence.reason == Reason.SUCCESS_HARMED else "its own metric"
        whom = f"it harms {', '.join(evidence.harmed)}" if evidence.harmed else f"it moves {own} the wrong way"
        which = f" ({evidence.arm})" if evidence.arm else ""
        return unmet(f"The change does harm{which}: {whom}. Lower its exposure, then iterate or kill.")
    if evidence.is_findings and facts.phase is Phase.SHIP_IT:
        return unmet(NO_TRIAL)
    if evidence.verdict is Verdict.INVALID:
        return unmet(f"Whether it does harm cannot be told: the evidence is invalid ({evidence.reason}).")
    if evidence.verdict is Verdict.MISSING and facts.phase is Phase.SHIP_IT:
        return unmet("Whether it does harm cannot be told: no result has arrived at this step.")
    if evidence.verdict is Verdict.MISSING:
        return met("Nothing was measured in this stint, so nothing was seen to do harm.")
    return met("No harm is seen.")
