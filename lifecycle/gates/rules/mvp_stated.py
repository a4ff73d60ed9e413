"""The smallest thing that can validate is written down."""

from lifecycle.gates.facts import GateFacts
from lifecycle.gates.finding import Answer, met, unmet


def mvp_stated(facts: GateFacts) -> Answer:
    """The smallest version that can validate the hypothesis, and what it leaves out."""
    if facts.hypothesis is not None and facts.hypothesis.mvp.strip():
        return met("The smallest version that can validate is stated.")
    return unmet("State the MVP in the hypothesis: the smallest version that can validate it, and what it leaves out.")
