"""Worker and clock in this very process: a thread each, over a broker in memory.

The ledger of pulls is on disk, so nothing is lost when the process is killed; the broker only rings.
"""

import hashlib
import socket
import threading
import time
from typing import Any, Final

from celery import Celery, current_app
from celery.beat import EmbeddedService
from celery.worker import WorkController, state
from django.conf import settings

from hypotheses import doorbell, tasks
from hypotheses.actions.claiming import give_back
from hypotheses.actions.pulling import LEAVING

WORKERS: Final = 4
READY_SECONDS: Final = 30
LEAVE_SECONDS: Final = 40.0
"""The longest that a pull in hand may take to end: the deadline of one read, and some."""


class _Worker(WorkController):  # type: ignore[misc]  # Celery carries no types
    """Celery's worker without its own signals and banner; says when it listens."""

    ready: threading.Event

    def on_consumer_ready(self, consumer: Any) -> None:  # noqa: ARG002 (as Celery calls it)
        """It takes messages from now on."""
        self.ready.set()


class Embedded:
    """The worker and the clock of one `up`: `start`, watch `alive`, `stop`."""

    def __init__(self) -> None:
        folder = hashlib.sha256(str(settings.VAR).encode()).hexdigest()[:8]
        self.name = f"up-{folder}@{socket.gethostname()}"
        self.app: Celery = current_app._get_current_object()  # noqa: SLF001 (threads need the app itself, not its proxy)
        self._thread: threading.Thread | None = None
        self._clock: Any = None

    def start(self) -> None:
        """Take back what an earlier `up` was cut off from, start both threads, and ring for the first pull.

        Raises:
            RuntimeError: the worker did not come up.
        """
        LEAVING.clear()
        tasks.process_name = self.name
        give_back(worker=self.name)
        self.app.loader.import_default_modules()
        _Worker.ready = threading.Event()
        worker = _Worker(
            app=self.app,
            hostname=self.name,
            pool="threads",
            concurrency=WORKERS,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        self._thread = threading.Thread(target=worker.start, name="worker", daemon=True)
        self._thread.start()
        if not _Worker.ready.wait(READY_SECONDS):
            raise RuntimeError("the worker did not come up")
        self._clock = EmbeddedService(self.app, thread=True)
        self._clock.start()
        tasks.tick.delay()
        doorbell.ring()  # what was cut off is read at once, even when the last tick was a moment ago

    @property
    def alive(self) -> bool:
        """Whether worker and clock still run."""
        return self._thread is not None and self._thread.is_alive() and self._clock.is_alive()

    def stop(self) -> bool:
        """Stop the clock, take no new pull, and wait until those in hand have ended; whether they did."""
        LEAVING.set()
        if self._clock is not None:
            self._clock.service.stop(wait=False)
        state.should_stop = 0
        ends = time.monotonic() + LEAVE_SECONDS
        while state.active_requests and time.monotonic() < ends:
            time.sleep(0.02)
        return not state.active_requests
