"""A window, a folder that may be read, a real HTTP server, and a plug over whatever a test writes into it."""

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network

import pytest

from hypotheses.sources.base import Definition, Limits, PermanentSourceError, Window
from hypotheses.sources.registry import open_plug
from tests.hypotheses.sources.spark_server import SparkServer

WINDOW = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
HERE = (ip_network("127.0.0.0/8"),)


@pytest.fixture
def ask(tmp_path):
    """Reads: `ask("file", {"path": …}, "SELECT …")` gives the rows. All trials are ours: a row that cannot be read is
    an error.
    """

    def read(kind, config, query="", *, secret="", **limits):
        limits = Limits(**{"folders": (tmp_path,), "networks": HERE, **limits})
        plug = open_plug(kind=kind, config=config, secret=secret, limits=limits)
        reading = plug.read(WINDOW, Definition("m", query))
        if reading.unreadable:
            raise PermanentSourceError(reading.unreadable[0].sentence)
        return reading

    return read


@pytest.fixture(scope="session")
def spark_server(tmp_path_factory):
    made = SparkServer(tmp_path_factory.mktemp("spark"))
    yield made
    made.close()


class Service:
    """A real server on this machine. `answers[path]` is JSON, bytes, or what is done with the request."""

    def __init__(self):
        self.answers, self.asked = {}, []
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                service.asked.append(self)
                answer = service.answers.get(self.path, service.answers.get(self.path.partition("?")[0]))
                if callable(answer):
                    answer(self)
                elif answer is None:
                    self.give(404, b"{}")
                else:
                    self.give(200, answer if isinstance(answer, bytes) else json.dumps(answer).encode())

            def give(self, status, body=b"", **headers):
                self.send_response(status)
                for name, value in {"Content_Length": len(body), **headers}.items():
                    self.send_header(name.replace("_", "-"), str(value))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # a client that hangs up is what many tests are about
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def service():
    made = Service()
    yield made
    made.close()


@pytest.fixture
def elsewhere():
    """A second service: another origin."""
    made = Service()
    yield made
    made.close()
