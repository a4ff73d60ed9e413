"""A window, a folder that may be read, and a plug over whatever a test writes into it."""

from datetime import UTC, datetime

import pytest

from hypotheses.sources.base import Definition, Limits, Window
from hypotheses.sources.registry import open_plug

WINDOW = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))


@pytest.fixture
def ask(tmp_path):
    """Reads: `ask("file", {"path": …}, "SELECT …")` gives the rows."""

    def read(kind, config, query="", *, secret="", **limits):
        plug = open_plug(kind=kind, config=config, secret=secret, limits=Limits(folders=(tmp_path,), **limits))
        return plug.read(WINDOW, Definition("m", query))

    return read
