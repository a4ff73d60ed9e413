"""The card of a feature's page that says how it was scored, and whose cards are missing."""

from typing import Any

from django.contrib.auth.models import AnonymousUser, User

from features.models import Feature
from lifecycle.pages.backlog import bar_of, points
from lifecycle.pages.rounds import newest_scored
from lifecycle.queries.rounds import is_thinking, rounds_of, rounds_seen
from lifecycle.queries.scorecard import parts_of


def scorecard_card(*, feature: Feature, person: User | AnonymousUser) -> dict[str, Any] | None:
    """What the card shows; None where there is nothing to score any more and nothing was."""
    rounds = rounds_of(feature)
    if not rounds:
        return {"rounds": 0} if is_thinking(feature) else None
    newest = rounds[0]
    last = newest_scored(rounds)
    waiting = rounds_seen(feature, [newest], person)[0] if newest.closed_at is None else None
    parts = parts_of(list(last.goals.select_related("goal"))) if last else ()
    return {
        "rounds": len(rounds),
        "last": last,
        "score": points(last.score) if last else "",
        "middle": f"{points(last.score_low)} to {points(last.score_high)}" if last and last.score is not None else "",
        "bar": bar_of(parts),
        "parts": [(part, points(part.median), points(part.adds)) for part in parts],
        "waiting": waiting if waiting and waiting.open else None,
        "thinking": is_thinking(feature),
    }
