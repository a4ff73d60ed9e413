"""The pruning review of the demo: this quarter's, prepared, with the first proposals of its squads."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.models import User
from django.utils import timezone

from lifecycle.actions.reviewing import prepare_review, propose
from lifecycle.enums import Outcome
from lifecycle.models import ReviewItem
from lifecycle.queries.portfolio.scope import quarter_name

KEEP, TWEAK, KILL = Outcome.ADVANCE, Outcome.ITERATE, Outcome.KILL
BEFORE: Final = timedelta(days=1)
"""The facts were frozen a day before the demo is made; proposals have come since then."""
PROPOSALS: Final[dict[str, tuple[Outcome, str, str]]] = {
    "family-rooms": (TWEAK, "Two months are too short to judge rooms. Invitations by link come next.", ""),
    "store-finder-map": (KILL, "Opened by one in two hundred, and the shops are on every receipt anyway.", ""),
    "quiet-hours": (KEEP, "Seldom switched on, and it must hold on the night that it is.", "Support promises it."),
    "guest-checkout": (KEEP, "It earns many times what it costs, and nobody has touched it since spring.", ""),
}
"""By feature: what its owner proposes, why, and why it is critical though rare."""


def prepare(*, people: Mapping[str, User], now: datetime) -> None:
    """Prepare this quarter's review. It is not opened: that would make the gates of all shipped features due."""
    frozen = now - BEFORE
    review = prepare_review(quarter=quarter_name(timezone.localdate(frozen)), by=None, now=frozen)
    rows = ReviewItem.objects.filter(review=review).select_related("feature__owner")
    items = {item.feature.key: item for item in rows}
    for place, (key, (outcome, reason, critical)) in enumerate(PROPOSALS.items()):
        owner = items[key].feature.owner if key in items else None
        if owner is not None:
            propose(
                item_id=items[key].pk, outcome=outcome, reason=reason, critical_reason=critical, version=None,
                by=people[owner.username], now=frozen + timedelta(hours=2 + place),
            )  # fmt: skip
