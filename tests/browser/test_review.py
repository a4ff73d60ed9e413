"""A pruning review held by several people: side by side, by keyboard alone, and without JavaScript."""

import re

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import expect

from lifecycle.actions.reviewing import open_review, propose
from lifecycle.models import Decision, ReviewItem
from lifecycle.queries.portfolio.scope import quarter_name
from tests.factories import lives

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NAMES = ("Mood lights", "Photo map", "Night mode")


@pytest.fixture
def review(transactional_db, squad, alice, bob):
    """An open review of three features."""
    for name in NAMES:
        lives.maintaining(squad, alice, name=name, hypothesis=lives.hypothesis(audience=name))
    now = timezone.now()
    return open_review(quarter=quarter_name(timezone.localdate(now)), by=None, now=now)


@pytest.fixture
def address(review):
    return f"/reviews/{review.quarter}/"


def row(page, name):
    return page.locator("[data-item]", has=page.get_by_role("link", name=name, exact=True))


def answer(page, name, word, reason):
    row(page, name).get_by_role("link", name=re.compile(f"^{word}")).click()
    page.get_by_label("Reason").fill(reason)
    page.get_by_role("button", name=f"{word} it").click()
    expect(row(page, name).locator(".answer-stands")).to_contain_text(word)


def test_two_people_decide_at_once_and_nothing_is_overwritten(visitor, address, review):
    one, two = visitor("alice"), visitor("bob")
    first, second = one.go(address), two.go(address)
    row(second, "Photo map").get_by_role("link", name=re.compile("^Kill")).click()
    second.get_by_label("Reason").fill("Nobody opens it.")
    answer(first, "Mood lights", "Keep", "It pays.")
    answer(first, "Photo map", "Keep", "It pays, too.")
    # the other sees both the progress and the row, and what is being typed has not moved
    expect(second.locator("#review-head")).to_contain_text("2 of 3 decided")
    expect(row(second, "Mood lights").locator(".answer-stands")).to_contain_text("Keep")
    expect(second.get_by_label("Reason")).to_have_value("Nobody opens it.")
    second.get_by_role("button", name="Kill it").click()
    told = row(second, "Photo map").get_by_role("alert")
    expect(told).to_contain_text("was first, at")
    expect(told).to_contain_text("kept, “It pays, too.”")
    expect(told).to_contain_text("Yours was not recorded: “Nobody opens it.”")
    answer(second, "Night mode", "Kill", "Nobody opens it at all.")
    expect(first.locator("#review-head")).to_contain_text("3 of 3 decided")
    found = ReviewItem.objects.filter(review=review).values_list("feature__name", "gate__decision__outcome")
    assert dict(found) == {"Mood lights": "advance", "Photo map": "advance", "Night mode": "kill"}
    assert not one.wrong
    assert not [said for said in two.wrong if "409" not in said]  # the browser notes the answer it was refused


def test_by_keyboard_alone(visitor, address, review):
    somebody = visitor("alice")
    page = somebody.go(address)
    names = [item.feature.name for item in review.items.select_related("feature").order_by("rank")]
    page.keyboard.press("?")
    expect(page.get_by_text("next, previous")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(row(page, names[1]).locator("tr").first).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("3")
    expect(page.get_by_label("Reason")).to_be_focused()
    page.keyboard.type("j is typed, not walked")
    page.keyboard.press("Escape")
    expect(page.get_by_label("Reason")).to_have_count(0)
    expect(row(page, names[0]).locator("tr").first).to_be_focused()
    page.keyboard.press("1")
    expect(page.get_by_label("Reason")).to_be_focused()
    page.keyboard.type("It pays.")
    page.keyboard.press("Control+Enter")
    expect(row(page, names[1]).locator("tr").first).to_be_focused()  # the next that waits has its turn
    page.keyboard.press("3")
    expect(page.get_by_label("Reason")).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".field-error")).to_contain_text("Say why")
    page.get_by_label("Reason").focus()
    page.keyboard.type("Nobody opens it.")
    page.keyboard.press("Control+Enter")
    expect(row(page, names[2]).locator("tr").first).to_be_focused()
    expect(page.locator("#review-head")).to_contain_text("2 of 3 decided")
    outcomes = {one.feature.name: one.outcome for one in Decision.objects.filter(gate__review_items__review=review)}
    assert outcomes == {names[0]: "advance", names[1]: "kill"}
    assert not [said for said in somebody.wrong if "400" not in said]


def test_a_changed_mind_keeps_what_was_typed(visitor, address):
    page = visitor("alice").go(address)
    page.keyboard.press("1")
    page.get_by_label("Reason").fill("Hard to say.")
    page.locator("[data-item]:has([data-answering]) [data-answer='2']").click()
    expect(page.get_by_text("What do you question?")).to_be_visible()
    expect(page.get_by_label("Reason")).to_have_value("Hard to say.")


def test_without_javascript_the_whole_review_is_held(visitor, address, review, alice):
    User.objects.filter(username="alice").update(is_superuser=True)
    somebody = visitor("alice", width=390, scripts=False)
    for name in NAMES:
        page = somebody.go(address)
        row(page, name).get_by_role("link", name=re.compile("^Keep")).click()
        page.get_by_role("button", name="Keep it").click()
        expect(page.locator(".field-error")).to_contain_text("Say why")
        page.get_by_label("Reason").fill("It pays.")
        page.get_by_role("button", name="Keep it").click()
        expect(page.locator(".messages")).to_contain_text(f"Kept: {name}.")
    page.get_by_role("link", name="Sign").click()
    page.get_by_role("button", name="Sign").click()
    expect(page.locator("#review-head")).to_contain_text("1 signature is missing")
    assert not somebody.sideways()


def test_a_proposal_that_somebody_else_has_written_meanwhile_is_shown(visitor, address, review, alice, bob):
    one = visitor("alice")
    page = one.go(address)
    item = review.items.order_by("rank").first()
    row(page, item.feature.name).get_by_role("link", name=re.compile("^Kill")).click()
    page.get_by_label("Reason").fill("Nobody opens it.")
    propose(item_id=item.pk, outcome="advance", reason="We do.", version=None, by=bob, now=timezone.now())
    page.get_by_role("button", name="Only propose").click()
    expect(page.get_by_role("alert")).to_contain_text("has proposed Keep meanwhile: “We do.”")
    page.get_by_role("button", name="Only propose").click()
    expect(row(page, item.feature.name)).to_contain_text("proposes kill: Nobody opens it.")
