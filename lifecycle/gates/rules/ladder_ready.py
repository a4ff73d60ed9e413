"""The way out to everybody is laid out before the first customer sees it."""

from decimal import Decimal

from lifecycle.gates.facts import GateFacts
from lifecycle.gates.finding import Answer, met, unmet
from lifecycle.phases import plain


def ladder_ready(facts: GateFacts) -> Answer:
    """Steps that leave room for the holdback, and guardrails (each has its margin, or it could not be stored)."""
    percents = [rung.percent for rung in facts.ladder.rungs]
    if not percents:
        return unmet("The ladder has no steps. Set them, for example 1, 5, 10, 25, 50 and 99 %.")
    room = Decimal(100) - facts.ladder.holdback_percent
    if max(percents) > room:
        top = f"The last step, {plain(max(percents))} %, is above the {plain(room)} %"
        return unmet(f"{top} that the holdback leaves. Lower one of them.")
    if facts.hypothesis is None or not facts.hypothesis.guardrails:
        return unmet("No guardrail watches the rollout. Add at least one, with its margin, to the hypothesis.")
    steps = ", ".join(f"{plain(percent)}" for percent in percents)
    return met(f"Steps {steps} %, holdback {plain(facts.ladder.holdback_percent)} %.")
