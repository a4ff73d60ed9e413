"""No step is judged on its first hours."""

from lifecycle.gates.facts import GateFacts
from lifecycle.gates.finding import Answer, met, unmet


def minimum_run(facts: GateFacts) -> Answer:
    """The step's minimum number of days is served."""
    ends = facts.limits.minimum_run_ends
    if ends is None or facts.now >= ends:
        return met("The minimum run is served.")
    days = -(-(ends - facts.now).total_seconds() // 86_400)
    more = f"{days:.0f} more day{'s' if days > 1 else ''}"
    return unmet(f"The step has to run until {ends:%Y-%m-%d %H:%M %Z}, {more}. Wait for it.")
