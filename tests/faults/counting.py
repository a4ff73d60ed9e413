"""A source that counts how often each window is asked for, and gives another answer each time."""

import json
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

QUICK, SLOW = 0.05, 1.0
"""Seconds that an answer takes; slow while a worker is frozen, so that it is frozen amid a fetch."""


class CountingSource:
    """`asked[window]`: how often. As no two answers are alike, whatever is landed twice shows as a second revision."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.seconds = QUICK
        source = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                window = parse_qs(urlsplit(self.path).query)["from"][0]
                source.asked[window] += 1
                times = source.asked[window]
                time.sleep(source.seconds)
                rows = [
                    {"trial": "t", "arm": arm, "n": 1000 + times, "mean": 1.0, "var": 1.0} for arm in ("control", "new")
                ]
                body = json.dumps(rows).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None
        self.server.request_queue_size = 128
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
