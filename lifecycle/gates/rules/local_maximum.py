"""Moving on is right when the next tweak would bring too little."""

from lifecycle.gates.facts import GateFacts
from lifecycle.gates.finding import Answer, met, unmet


def local_maximum(facts: GateFacts) -> Answer:
    """The last tweaks no longer reach the minimum effect; else the decision's reason says why to move on."""
    tweaks = facts.tweaks
    if tweaks.diminishing:
        return met(tweaks.told)
    seen = tweaks.told or "Fewer than two tweaks were measured, so nothing says that the next one brings too little."
    return unmet(f"{seen} Start a tweak, or say in your reason why the squad moves on.")
