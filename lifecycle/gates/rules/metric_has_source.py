"""The results of the metrics that may validate really arrive."""

from hypotheses.enums import PullState
from lifecycle.gates.facts import FeedFacts, GateFacts
from lifecycle.gates.finding import Answer, met, unmet


def metric_has_source(facts: GateFacts) -> Answer:
    """Of each pulled metric the last pull succeeded; a pushed one has results. The first that is missing is told."""
    if not facts.success_feeds:
        return unmet("The hypothesis names no metric. Choose one from the catalogue.")
    answers = [of_pulled(feed) if feed.pulled else of_pushed(feed) for feed in facts.success_feeds]
    missing = next((answer for answer in answers if not answer.met), None)
    return missing or met(" ".join(answer.detail for answer in answers))


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
