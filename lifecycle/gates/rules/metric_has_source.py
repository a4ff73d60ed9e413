"""The metric's results really arrive."""

from hypotheses.enums import PullState
from lifecycle.gates.facts import FeedFacts, GateFacts
from lifecycle.gates.finding import Answer, met, unmet


def metric_has_source(facts: GateFacts) -> Answer:
    """A pulled metric's last pull succeeded; a pushed one has results."""
    if facts.feed is None:
        return unmet("The hypothesis names no metric. Choose one from the catalogue.")
    return of_pulled(facts.feed) if facts.feed.pulled else of_pushed(facts.feed)


def of_pulled(feed: FeedFacts) -> Answer:
    """The state of a metric that is read from a source."""
    if feed.last_pull is PullState.SUCCEEDED:
        return met(f"The last pull of {feed.metric} succeeded.")
    if feed.last_pull is None:
        return unmet(f"{feed.metric} has not been pulled yet. Give it a schedule, or pull it now.")
    error = feed.error.rstrip(".") or "no reason given"
    return unmet(f"The last pull of {feed.metric} failed: {error}. Mend the source and retry.")


def of_pushed(feed: FeedFacts) -> Answer:
    """The state of a metric whose results are sent to us."""
    if feed.has_results:
        return met(f"Results of {feed.metric} were pushed.")
    return unmet(f"{feed.metric} has neither a source nor a pushed result. Give it a source, or push its first result.")
