"""The guardrails that watch load, errors and everything else hold, and we can still see them."""

from hypotheses.enums import GuardrailStatus
from lifecycle.gates.facts import GateFacts
from lifecycle.gates.finding import Answer, met, unmet
from lifecycle.gates.rules.metric_has_source import of_pulled


def systems_hold(facts: GateFacts) -> Answer:
    """No guardrail is harmed, and the last pull of each guardrail that is pulled succeeded."""
    if facts.evidence.harmed:
        return unmet(f"{', '.join(facts.evidence.harmed)} gave way. Lower the exposure, then iterate or kill.")
    for feed in facts.guardrail_feeds:
        answer = of_pulled(feed) if feed.pulled else met("")
        if not answer.met:
            return unmet(f"A guardrail cannot be seen. {answer.detail}")
    seen = {metric for metric, status in facts.evidence.guardrails if status is not GuardrailStatus.UNKNOWN}
    waiting = [feed.metric for feed in facts.guardrail_feeds if feed.metric not in seen]
    if waiting:
        return met(f"No guardrail gave way; not yet settled: {', '.join(waiting)}.")
    return met("All guardrails hold.")
