"""The ledger of pulls as Prometheus reads it at `/metrics`: the figures to alert on (docs/how-to/run-in-production.md).

They are read from the database at each scrape, so they are true whatever the broker does, and the same in every web
process. An installation with several of them takes the maximum, not the sum.
"""

import logging
from collections.abc import Iterable, Iterator

from django.db import Error
from prometheus_client import REGISTRY, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from hypotheses.queries.clock import database_now
from hypotheses.queries.pulls import Heartbeat, heartbeat

log = logging.getLogger(__name__)


class Ledger(Collector):
    """Asks the ledger when Prometheus asks. A database that does not answer leaves the other metrics as they are."""

    def describe(self) -> Iterable[Metric]:
        """Nothing ahead of time: otherwise the registry would read the database while the process starts."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """The gauges, or only the one that says that there are none."""
        try:
            found = heartbeat(now=database_now())
        except Error as error:  # not DatabaseError: the InterfaceError of a connection that is gone is none
            log.warning("the ledger cannot be read for /metrics (%s)", type(error).__name__)
            found = None
        yield _gauge("ledger_up", "1 while the ledger of pulls can be read, else 0.", float(found is not None))
        if found is not None:
            yield from _figures(found)


def _figures(found: Heartbeat) -> Iterator[Metric]:
    if found.tick_age_seconds is not None:
        yield _gauge("tick_age_seconds", "Seconds since a clock and a worker last made a tick.", found.tick_age_seconds)
    yield _gauge("pull_oldest_due_seconds", "How long the oldest due pull has been waiting.", found.oldest_due_seconds)
    states = GaugeMetricFamily("fourstroke_pulls", "Pulls by what is to be done about them.", labels=["state"])
    for state, count in (("due", found.due), ("running", found.running), ("dead", found.dead)):
        states.add_metric([state], count)
    yield states
    yield _gauge("sources_resting", "Sources that rest after failures in a row.", found.resting_sources)


def _gauge(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(f"fourstroke_{name}", told, value=value)


def show_the_ledger() -> None:
    """Add the ledger to what `/metrics` shows, once in a process."""
    if not any(isinstance(known, Ledger) for known in REGISTRY._collector_to_names):  # noqa: SLF001 (no other way to ask)
        REGISTRY.register(Ledger())
