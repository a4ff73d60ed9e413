"""Evidence is distrusted first: what makes it stale, in words that name the cause."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

OLDEST = timedelta(hours=48)
FEWEST_CARRIED = 100
TOO_QUICK = 2.0
"""Below this many units chance alone may repeat a count; and so many times its rate no stage fills by chance."""


def stale_because(
    *,
    watermark: datetime | None,
    now: datetime,
    pull_interval: timedelta,
    counts: Iterable[tuple[str, float, float]] = (),
    definition_changed: bool = False,
) -> str:
    """Why results may not be read, or "" when they may.

    watermark: up to when the data are complete, None when nothing has arrived. counts: (arm, matured units in the last
    snapshot, in this one). Stale when the watermark is older than max(2 pull intervals, 48 h), when a count fell, or
    when the metric's definition changed under the trial.
    """
    if watermark is None:
        return "no result has arrived yet"
    if definition_changed:
        return "the metric's definition changed since the trial began"
    for arm, before, after in counts:
        if after < before:
            return f"the count of {arm} fell from {before:,.0f} to {after:,.0f} since the last snapshot"
    limit = longest_silence(pull_interval)
    if now - watermark > limit:
        return f"the data end {hours(now - watermark)} ago, more than the {hours(limit)} allowed"
    return ""


def longest_silence(pull_interval: timedelta) -> timedelta:
    """How long nothing may arrive before results are stale: two pull intervals, at least 48 hours."""
    return max(2 * pull_interval, OLDEST)


def goes_on_because(*, counts: Sequence[tuple[str, float, float, float]], ran: timedelta, since: timedelta) -> str:
    """Why the totals of a stage were not begun anew when it opened, or "" when they may well have been.

    counts: of each arm its name, the units of the closed stage, those in the first snapshot of the new one, and how
    many times faster the new one fills by design. ran: how long the closed stage had run; since: how long the new one.
    Totals go on when every arm has at least the closed stage's units (100 or more), and more than twice what the time
    that passed could have brought: a rollout that grows tenfold brings many at once, but never more than its rate.
    """
    if ran <= timedelta() or since <= timedelta():
        return ""
    for _, closed, opened, growth in counts:
        if not opened >= closed >= FEWEST_CARRIED or opened <= TOO_QUICK * closed * growth * (since / ran):
            return ""
    return "; ".join(
        f"{arm} ended with {closed:,.0f} units and begins with {opened:,.0f}" for arm, closed, opened, _ in counts
    )


def hours(span: timedelta) -> str:
    """A span in whole hours, or in days from three days on."""
    whole = span // timedelta(hours=1)
    return f"{whole} hours" if whole < 72 else f"{whole // 24} days"
