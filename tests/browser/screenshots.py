"""Pictures of the running product for the documentation: `make screenshots` while `make run` serves the demo."""

import os
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ADDRESS = os.environ.get("ADDRESS", "http://127.0.0.1:8000")
PERSON, PASSWORD = os.environ.get("PERSON", "alma"), os.environ.get("PASSWORD", "one-tap-and-it-is-yours")
FEATURE = os.environ.get("FEATURE", "one-tap-reorder")
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
MOST = 250_000


def main() -> int:
    """Take all pictures; 1 when one of them is too heavy for a page of documentation."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = play.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=args)
        feature, gate = f"/features/{FEATURE}/", _due_gate(browser)
        _take(browser, "board", "/")
        _take(browser, "feature", feature, height=1300)
        _take(browser, "feature-dark", feature, theme="dark", height=1300)
        _take(browser, "portfolio", "/portfolio/", height=1300)
        _take(browser, "portfolio-dark", "/portfolio/", theme="dark", height=1300)
        _take(browser, "week", "/squads/checkout/week/")
        _take(browser, "gate", gate, height=1150)
        _take(browser, "board-phone", "/", width=390, theme="dark")
    heavy = [one.name for one in PICTURES.glob("*.png") if one.stat().st_size > MOST]
    sys.stdout.write(f"Pictures in {PICTURES}.\n" + (f"Too heavy: {', '.join(heavy)}\n" if heavy else ""))
    return 1 if heavy else 0


def _signed_in(browser: Browser, *, width: int = 1280, height: int = 844, theme: str = "light") -> Page:
    page = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme).new_page()
    page.goto(f"{ADDRESS}/login/")
    page.fill("[name=username]", PERSON)
    page.fill("[name=password]", PASSWORD)
    page.click(".door-card [type=submit]")
    page.wait_for_url(f"{ADDRESS}/")
    return page


def _due_gate(browser: Browser) -> str:
    """The gate that the person decides on: the one named in GATE, or the last of those that wait for them."""
    if named := os.environ.get("GATE"):
        return f"/gates/{named}/"
    page = _signed_in(browser)
    page.goto(f"{ADDRESS}/owed/?mine=1")
    return str(page.locator("td a.button").last.get_attribute("href"))


def _take(
    browser: Browser, name: str, path: str, *, width: int = 1280, height: int = 844, theme: str = "light"
) -> None:
    page = _signed_in(browser, width=width, height=height, theme=theme)
    page.goto(ADDRESS + path)
    page.screenshot(path=PICTURES / f"{name}.png")
    page.context.close()


if __name__ == "__main__":
    sys.exit(main())
