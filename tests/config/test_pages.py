"""Lists come in pages."""

import base64
import json

import pytest

from features.models import Tribe

pytestmark = pytest.mark.django_db
TRIBES = "/api/v1/tribes/"


@pytest.fixture
def tribes(db):
    return Tribe.objects.bulk_create(Tribe(slug=f"t{n:03}", name="T") for n in range(7))


def slugs(page):
    return [row["slug"] for row in page["results"]]


def cursor(*content):
    return base64.urlsafe_b64encode(json.dumps(list(content)).encode()).decode().rstrip("=")


def test_a_list_is_walked_forwards_and_backwards(api, alice, tribes):
    first = api(alice).get(TRIBES + "?page_size=3").json()
    assert (slugs(first), first["previous"]) == (["commerce", "t000", "t001"], None)
    second = api(alice).get(first["next"]).json()
    third = api(alice).get(second["next"]).json()
    assert (slugs(second), slugs(third), third["next"]) == (["t002", "t003", "t004"], ["t005", "t006"], None)
    back = api(alice).get(third["previous"]).json()
    assert slugs(back) == slugs(second)
    again = api(alice).get(back["previous"]).json()
    assert (slugs(again), again["previous"]) == (slugs(first), None)


def test_what_is_added_or_removed_meanwhile_shifts_nothing(api, alice, tribes):
    first = api(alice).get(TRIBES + "?page_size=3").json()
    Tribe.objects.create(slug="aaa", name="Before")
    Tribe.objects.filter(slug="t001").delete()
    assert slugs(api(alice).get(first["next"]).json()) == ["t002", "t003", "t004"]


@pytest.mark.parametrize("size", ["0", "501", "-1", "x", "1.5", "", "٣", "9" * 5000])
def test_a_page_has_1_to_500_rows(api, alice, size):
    answer = api(alice).get(f"{TRIBES}?page_size={size}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "page_size")


def test_the_largest_page_is_given(api, alice, tribes):
    assert len(api(alice).get(TRIBES + "?page_size=500").json()["results"]) == 8


@pytest.mark.parametrize(
    "text",
    [
        "nonsense", "%00", "é", "AAAA", cursor(), cursor(0), cursor(2, "a"), cursor(0, "a", "b"), cursor(0, 5),
        cursor(0, "\x00"), cursor(0, "\ud800"), cursor(0, ["a"]), cursor("a"),
        base64.urlsafe_b64encode(b"5").decode(), base64.urlsafe_b64encode(b"[" * 5000).decode(),
    ],
)  # fmt: skip
def test_a_cursor_that_is_not_ours_is_refused(api, alice, text):
    answer = api(alice).get(TRIBES, {"cursor": text})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "invalid_cursor")


@pytest.mark.parametrize("place", [("soon", "1"), ("2026-01-01", "x"), ("2026-01-01", "9" * 40), ("9999-99-99", "1")])
def test_a_cursor_of_days_and_numbers_is_checked_too(api, alice, place):
    answer = api(alice).get("/api/v1/investments/", {"cursor": cursor(0, *place)})
    assert answer.status_code in {200, 400}
    assert answer.status_code == 400 or answer.json()["results"] == []
