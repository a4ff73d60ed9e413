"""The effect that was promised is shown."""

from features.enums import Phase
from hypotheses.enums import Verdict
from lifecycle.gates.facts import NO_TRIAL, GateFacts
from lifecycle.gates.finding import Answer, met, unmet


def validated(facts: GateFacts) -> Answer:
    """The verdict is validated. Qualified evidence does not satisfy a must unaided: its marks are cleared first."""
    evidence = facts.evidence
    if evidence.is_findings and facts.phase is Phase.SHIP_IT:
        return unmet(NO_TRIAL)
    if evidence.verdict is not Verdict.VALIDATED:
        left = f" About {evidence.days_left:.0f} days are left." if evidence.days_left else ""
        return unmet(f"The evidence is {evidence.verdict}, not validated.{left} Let it run on, iterate or kill.")
    if evidence.uncleared:
        return unmet(f"Validated, but qualified: {', '.join(evidence.uncleared)}. Clear each mark with a reason.")
    return met(f"The hypothesis is validated{f' by {evidence.arm}' if evidence.arm else ''}.")
