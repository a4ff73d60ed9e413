"""Somebody outside the company was looked at or listened to."""

from hypotheses.enums import Population
from lifecycle.gates.facts import GateFacts
from lifecycle.gates.finding import Answer, met, unmet


def finding_from_customers(facts: GateFacts) -> Answer:
    """At least one finding whose cohort is not employees only."""
    outside = [finding for finding in facts.findings if finding.population is not Population.EMPLOYEES]
    if outside:
        return met(f"{len(outside)} of {len(facts.findings)} findings come from people outside the company.")
    if facts.findings:
        return unmet("All findings come from employees. Add one from customers, prospects or a panel.")
    return unmet("There is no finding yet. Add one, such as a prototype test or interviews with customers.")
