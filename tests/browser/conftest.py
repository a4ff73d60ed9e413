"""A real Chromium in front of a real server. Run by `make test-browser`."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.factories import lives

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright keeps an event loop in the thread of the test

PASSWORD = "a-good-password"  # of the people in tests/conftest.py


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args) -> dict:
    """Debian's Chromium, which asks nobody else for anything."""
    args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    return {**browser_type_launch_args, "executable_path": path, "args": args}


@pytest.fixture(scope="session", autouse=True)
def _styles() -> None:
    """The style sheet as it would be built now."""
    from django.core.management import call_command

    call_command("build_assets", verbosity=0)


class Visitor:
    """One signed-in person with a browser, who remembers what went wrong in it."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context, self.address = context, address
        self.page: Page = context.new_page()
        self.wrong: list[str] = []
        self.page.on("console", lambda said: self._note(said.text) if said.type in {"error", "warning"} else None)
        self.page.on("pageerror", lambda error: self._note(str(error)))
        self.page.on("request", lambda asked: None if self._own(asked.url) else self._note(f"foreign: {asked.url}"))

    def _own(self, url: str) -> bool:
        return url.startswith((self.address, "data:"))

    def _note(self, words: str) -> None:
        self.wrong.append(f"{self.page.url}: {words}")

    def sign_in(self, username: str) -> "Visitor":
        self.go("/login/")
        self.page.fill("[name=username]", username)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("main [type=submit], .door-card [type=submit]")
        self.page.wait_for_url(self.address + "/")
        return self

    def go(self, path: str) -> Page:
        self.page.goto(self.address + path)
        return self.page

    def sideways(self) -> int:
        """How many pixels the page could be scrolled sideways."""
        root = "document.documentElement"
        return self.page.evaluate(f"Math.max(0, {root}.scrollWidth - {root}.clientWidth)")


@pytest.fixture
def visitor(browser: Browser, live_server) -> Iterator:
    """`visitor("alice", width=390, theme="dark", scripts=False)`; closed after the test."""
    opened: list[BrowserContext] = []

    def visit(username: str = "", *, width: int = 1280, theme: str = "light", scripts: bool = True) -> Visitor:
        height = 844 if width < 700 else 900
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme, java_script_enabled=scripts
        )
        opened.append(context)
        context.set_default_timeout(10_000)
        made = Visitor(context, live_server.url)
        return made.sign_in(username) if username else made

    yield visit
    for context in opened:
        context.close()


@pytest.fixture
def due(transactional_db, squad, alice):
    """A feature in Think It whose gate is due, all its rules met."""
    life = lives.thinking(squad, alice, name="One-tap reorder")
    life.meet_rules()
    life.call("We know enough.")
    return life
