"""A shipped feature is worth more than keeping it costs."""

from lifecycle.enums import Outcome
from lifecycle.gates.facts import GateFacts
from lifecycle.gates.finding import Answer, met, unmet
from lifecycle.gates.keeping import worth_keeping


def earns_its_keep(facts: GateFacts) -> Answer:
    """Its least worth exceeds its upkeep of the last twelve months, with the estimate for months that are unknown."""
    found = worth_keeping(facts.upkeep, currency=facts.currency)
    return met(found.because) if found.outcome is Outcome.ADVANCE else unmet(found.because)
