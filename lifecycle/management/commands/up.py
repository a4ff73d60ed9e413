"""`manage.py up`: everything on one machine."""

import contextlib
import os
import signal
import socket
import threading
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any, Final

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.core.servers.basehttp import get_internal_wsgi_application
from django.db import OperationalError
from filelock import FileLock, Timeout
from waitress.server import create_server

from lifecycle.management.embedded import Embedded

PRODUCTION: Final = """CELERY_BROKER_URL names a broker, so this process serves the web only. Beside it run
  celery -A config worker        (as many as you like)
  celery -A config beat          (one, or two for safety)"""


class Command(BaseCommand):
    """Web, worker and clock in one process; with a broker of its own (CELERY_BROKER_URL), the web only.

    A lock keeps a second one off the same data; a taken port fails before anything starts. Ctrl-C or SIGTERM finish the
    pulls in hand and leave; a second one leaves at once. Killed, nothing is lost: the next start goes on.
    """

    help = "Serve Fourstroke: web, worker and clock in one process (the web only, where CELERY_BROKER_URL is set)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen, and with how many threads."""
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (0.0.0.0: all)")
        parser.add_argument("--port", type=int, default=8000, help="the port to listen on (0: any free one)")
        parser.add_argument("--threads", type=int, default=4, help="threads that answer requests")

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until a signal comes."""
        stopping = _signals()
        with _only_one(), _bound(options["host"], options["port"]) as listener:
            embedded = self._prepared() if settings.EMBEDDED else None
            server = create_server(
                get_internal_wsgi_application(), sockets=[listener], threads=options["threads"], ident="Fourstroke"
            )
            threading.Thread(target=server.run, name="web", daemon=True).start()
            self._say(listener, embedded)
            failed = _wait(stopping, embedded)
            if embedded is not None and not embedded.stop():
                self.stderr.write("A pull in hand did not end in time; it is due again at the next start.")
            server.close()
        self.stdout.write("Fourstroke has stopped." if not failed else "The worker has died: Fourstroke stops.")
        self.stdout.flush()
        os._exit(1 if failed else 0)  # the threads that are left hold nothing that has to be saved

    def _prepared(self) -> Embedded:
        """The database and the static files in order, then worker and clock started."""
        try:
            call_command("migrate", interactive=False, verbosity=0)
        except OperationalError as error:
            raise CommandError(f"The database cannot be used: {str(error).strip()}. Check DATABASE_URL.") from error
        if not settings.DEBUG and not (Path(settings.STATIC_ROOT) / "staticfiles.json").exists():
            call_command("build_assets", verbosity=0)
            call_command("collectstatic", interactive=False, verbosity=0)
        embedded = Embedded()
        embedded.start()
        return embedded

    def _say(self, listener: socket.socket, embedded: Embedded | None) -> None:
        host, port = listener.getsockname()[:2]
        if embedded is None:
            self.stdout.write(PRODUCTION)
        shown = "localhost" if host in ("0.0.0.0", "::") else host  # noqa: S104 (a comparison)
        self.stdout.write(f"Fourstroke is at http://{shown}:{port}/ (Ctrl-C stops it)")
        self.stdout.flush()


def _signals() -> threading.Event:
    """An event that the first Ctrl-C or SIGTERM sets; the second one leaves at once."""
    stopping = threading.Event()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        if stopping.is_set():
            os._exit(128 + number)
        stopping.set()

    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)
    return stopping


@contextlib.contextmanager
def _only_one() -> Iterator[None]:
    """Hold the data folder, when worker and clock run in here; the lock goes with the process, however it ends."""
    if not settings.EMBEDDED:
        yield
        return
    lock = FileLock(Path(settings.VAR) / "up.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise CommandError(
            f"Fourstroke runs already on the data folder {settings.VAR}. Stop that one, or name another folder in VAR."
        ) from error
    with lock:
        yield


@contextlib.contextmanager
def _bound(host: str, port: int) -> Iterator[socket.socket]:
    """The socket to serve on, bound before anything starts."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(1024)
        except (OSError, OverflowError) as error:
            reason = "is taken by another program" if "in use" in str(error) else f"cannot be used ({error})"
            raise CommandError(f"Port {port} on {host} {reason}. Name another one: up --port {port + 1}") from error
        yield listener


def _wait(stopping: threading.Event, embedded: Embedded | None) -> bool:
    """Until a signal comes, or the worker or the clock has died; whether it was that."""
    while not stopping.wait(1.0):
        if embedded is not None and not embedded.alive:
            return True
    return False
