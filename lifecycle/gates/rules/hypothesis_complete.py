"""The hypothesis says all that has to be fixed before the data."""

from lifecycle.gates.facts import GateFacts, HypothesisFacts
from lifecycle.gates.finding import Answer, met, unmet


def hypothesis_complete(facts: GateFacts) -> Answer:
    """Metric, direction, minimum effect, audience, reason and at least one guardrail are given."""
    if facts.hypothesis is None:
        return unmet(
            "There is no hypothesis yet. Write one: what change moves which metric by how much, for whom and why."
        )
    missing = _missing(facts.hypothesis)
    if missing:
        return unmet(f"The hypothesis lacks {_listed(missing)}. Add what is missing in its next version.")
    return met(f"Version {facts.hypothesis.version} of the hypothesis is complete.")


def _missing(hypothesis: HypothesisFacts) -> list[str]:
    parts = {
        "a metric": hypothesis.metric,
        "a direction": hypothesis.direction,
        "a minimum effect": hypothesis.minimum_effect,
        "an audience": hypothesis.audience,
        "a reason": hypothesis.reason,
        "a guardrail": hypothesis.guardrails,
    }
    return [name for name, value in parts.items() if not value]


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
