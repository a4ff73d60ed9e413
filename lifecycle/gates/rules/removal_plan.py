"""What goes in must be able to come out."""

from lifecycle.gates.facts import GateFacts
from lifecycle.gates.finding import Answer, met, unmet


def removal_plan(facts: GateFacts) -> Answer:
    """How the feature is taken out, and who owns that."""
    if not facts.removal.plan.strip():
        return unmet("There is no removal plan. Write how the feature would be taken out again, and who owns that.")
    if not facts.removal.owner:
        return unmet("The removal plan has no owner. Name one.")
    return met(f"{facts.removal.owner} owns the removal plan.")
