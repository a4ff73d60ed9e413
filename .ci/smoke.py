"""Walks through a running Fourstroke with the standard library only: pages, sign-in, a pull that has just succeeded."""

import http.cookiejar
import json
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

START_SECONDS = 240
PULL_SECONDS = 90
FEWEST_FEATURES = 25


def main(address: str, log: Path) -> None:
    """Raise, or print what was seen."""
    began = datetime.now(UTC)
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def get(path: str) -> str:
        with opener.open(address + path, timeout=20) as answer:
            return answer.read().decode()

    def await_start() -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                get("/healthz")
            except (urllib.error.URLError, ConnectionError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)
            else:
                return

    await_start()
    username, password = demo_person(log)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', get("/login/"))
    form = {"username": username, "password": password, "csrfmiddlewaretoken": token.group(1)}
    opener.open(address + "/login/", urllib.parse.urlencode(form).encode(), timeout=20).read()

    board = get("/")
    assert "Think It" in board, "the board shows its columns"
    assert "Maintain It" in board, "the board shows its columns"
    features = json.loads(get("/api/v1/features/?page_size=100"))["results"]
    assert len(features) >= FEWEST_FEATURES, f"about 30 demo features, not {len(features)}"
    shipped = next(feature for feature in features if feature["phase"] == "ship_it" and feature["status"] == "active")
    page = get(f"/features/{shipped['key']}/")
    assert "<svg" in page, "the feature page draws its curve"
    due = json.loads(get("/api/v1/gates/?state=due"))["results"]
    assert due, "a gate is due"
    assert "Iterate" in get(f"/gates/{due[0]['id']}/"), "the gate page offers its answers"
    newest = await_pull(get, began)
    print(f"{len(features)} features, {len(due)} gates due, a pull succeeded {newest}")


def demo_person(log: Path) -> tuple[str, str]:
    """A squad member's name and password, as `make run` prints them."""
    found = re.search(r"^\s*(\S+)\s+(\S+)\s+.*squad member", log.read_text(), re.MULTILINE)
    assert found, "make run prints the demo people and their passwords"
    return found.group(1), found.group(2)


def await_pull(get, began: datetime) -> str:
    """The time of a pull that the worker made after this walk began."""
    deadline = time.monotonic() + PULL_SECONDS
    while time.monotonic() < deadline:
        for pull in json.loads(get("/api/v1/pulls/?state=succeeded&page_size=50"))["results"]:
            if pull["finished_at"] and datetime.fromisoformat(pull["finished_at"]) > began:
                return pull["finished_at"]
        time.sleep(1)
    raise AssertionError(f"no pull succeeded within {PULL_SECONDS} s of the start")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
