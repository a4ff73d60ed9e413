"""Sign in, see what is due, decide, and find it on the curve: by mouse, by keyboard alone, and without JavaScript."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
REASON = "Eight of ten could do it."


def decided(page: Page, gate: int) -> None:
    """The phase has moved, and the diamond stands on the curve."""
    expect(page.locator("h1")).to_have_text("One-tap reorder")
    expect(page.locator(".messages")).to_contain_text("is in Build It now")
    expect(page.locator(".page-meta .chip-phase")).to_have_text("Build It")
    mark = page.locator(f'.figure svg a[href="/gates/{gate}/"]').first
    expect(mark).to_have_attribute("aria-label", re.compile("Advance on .*Think It"))


def test_by_mouse(visitor, due, alice):
    gate, somebody = due.gate.pk, visitor("alice")
    page = somebody.page
    page.get_by_role("link", name="1 gate due").click()
    page.get_by_role("link", name="Open the gate of One-tap reorder").click()
    expect(page.locator("h1")).to_have_text("Is One-tap reorder worth building?")
    page.get_by_label("Reason").fill(REASON)
    page.get_by_role("button", name="Advance").click()
    decided(page, gate)
    assert not somebody.wrong


def test_by_keyboard_alone(visitor, due, alice):
    gate, somebody = due.gate.pk, visitor()
    page = somebody.go("/login/")
    _tab_to(page, "[name=username]")
    page.keyboard.type("alice")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(somebody.address + "/")
    _tab_to(page, f'a[href="/gates/{gate}/"]')
    page.keyboard.press("Enter")
    page.wait_for_url("**/gates/*/")
    _tab_to(page, "textarea[name=reason]")
    page.keyboard.type(REASON)
    page.keyboard.press("Tab")
    page.keyboard.press("a")  # the letter of the answer goes to it; it is pressed by Enter
    assert page.evaluate("document.activeElement.value") == "advance"
    page.keyboard.press("Enter")
    decided(page, gate)
    assert not somebody.wrong


def _tab_to(page: Page, selector: str) -> None:
    for _ in range(120):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by Tab")


def test_without_javascript(visitor, due, alice):
    gate, somebody = due.gate.pk, visitor("alice", width=390, scripts=False)
    page = somebody.go(f"/gates/{gate}/")
    page.get_by_role("button", name="Advance").click()
    expect(page.locator(".field-error")).to_contain_text("Say why")
    page.get_by_label("Reason").fill(REASON)
    page.get_by_role("button", name="Advance").click()
    decided(page, gate)


def test_a_filter_is_asked_as_soon_as_it_is_chosen(visitor, due, alice):
    page = visitor("alice").page
    page.get_by_label("Gate").select_option("open")
    page.wait_for_url("**gate_state=open**")
    expect(page.get_by_text("No feature fits")).to_be_visible()


def test_the_curve_is_read_step_by_step(visitor, due, alice):
    page = visitor("alice").go(f"/features/{due.feature.key}/")
    reader = page.locator(".reader:visible").first
    if reader.count():
        reader.focus()
        page.keyboard.press("ArrowLeft")
        expect(page.locator(".tip:visible").first).to_be_visible()
