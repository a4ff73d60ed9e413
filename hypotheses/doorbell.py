"""The doorbell: a message that wakes one worker. It carries no truth; what is due stands in the database."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError

DRAIN = "hypotheses.tasks.drain"

log = logging.getLogger(__name__)


def ring(*, first: int | None = None) -> None:
    """Ring one worker, for a pull that a person wants now; call it after the commit.

    A broker that cannot be reached does no harm: the next tick finds the row.
    """
    try:
        current_app.send_task(DRAIN, kwargs={"first": first}, retry=False)
    except OperationalError as error:
        log.warning("the broker cannot be reached (%s); the next tick rings", type(error).__name__)
