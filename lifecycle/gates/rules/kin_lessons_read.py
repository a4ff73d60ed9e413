"""What others have learnt about the same thing is read before work on it begins."""

from lifecycle.gates.facts import GateFacts
from lifecycle.gates.finding import Answer, met, unmet


def kin_lessons_read(facts: GateFacts) -> Answer:
    """Somebody of the squad has acknowledged the lessons of the feature's kin, those that came since included."""
    kin = facts.kin
    if not kin.lessons:
        return met("The library holds no lesson of its kin.")
    if kin.unread:
        many = f"{kin.unread} of {kin.lessons} lessons" if kin.lessons > 1 else "The one lesson"
        verb = "were" if kin.unread > 1 else "was"
        return unmet(f"{many} of its kin {verb} not acknowledged. Read them on the feature's page, and say so there.")
    return met(f"The lessons of its kin were read: {kin.lessons}, acknowledged by {kin.read_by}.")
