"""The pruning review over REST: open it, propose, decide at the gate, sign, close."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lifecycle.models import Review, ReviewItem, SignOff
from lifecycle.queries.portfolio.scope import quarter_name
from tests.factories import lives
from tests.factories.rows import saved

pytestmark = pytest.mark.django_db
REVIEWS = "/api/v1/reviews/"


@pytest.fixture
def kept(squad, alice):
    return lives.maintaining(squad, alice)


@pytest.fixture
def quarter():
    return quarter_name(timezone.localdate())


def test_a_review_from_its_opening_to_its_end(kept, api, alice, root, quarter):
    leader, member, own = api(root), api(alice), f"{REVIEWS}{quarter}/"
    second = api(User.objects.create_superuser("lena"))
    prepared = leader.post(REVIEWS, {"quarter": quarter, "open": False})
    assert (prepared.status_code, prepared.json()["state"], prepared.json()["items"]) == (201, "prepared", 1)
    [item] = member.get(f"{own}items/").json()["results"]
    assert item["recommended"]["outcome"] == "iterate"
    assert item["value"] is None
    proposal = {"outcome": "advance", "reason": "It runs every refund.", "version": item["version"]}
    proposed = member.post(f"{own}items/{item['feature']}/", proposal)
    assert proposed.json()["proposal"]["by"] == "alice"
    late = member.post(f"{own}items/{item['feature']}/", proposal)
    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
    assert leader.post(REVIEWS, {"quarter": quarter}).json()["state"] == "open"
    assert member.get(f"/api/v1/gates/?review={quarter}").json()["results"][0]["id"] == item["gate"]
    refused = leader.post(f"{own}close/")
    assert (refused.status_code, refused.json()["code"], refused.json()["items"]) == (
        409, "undecided_items", [item["feature"]],
    )  # fmt: skip
    answer = {"outcome": "advance", "reason": "It runs every refund."}
    assert member.post(f"/api/v1/gates/{item['gate']}/decision/", answer).status_code == 201
    assert member.get(f"{own}items/?decided=true").json()["results"][0]["decision"]["outcome"] == "advance"
    assert member.get(f"{own}items/?decided=false&recommended=iterate").json()["results"] == []
    assert leader.post(f"{own}close/").json()["code"] == "signoffs_missing"
    assert leader.post(f"{own}signoffs/", {"note": "Looked at."}).status_code == 201
    assert second.post(f"{own}signoffs/").status_code == 201
    closed = leader.post(f"{own}close/").json()
    assert (closed["state"], closed["keep"], len(closed["signoffs"])) == ("closed", 1, 2)


def test_what_cannot_be_is_refused_with_a_reason(kept, api, alice, bob, quarter, root):
    assert api(alice).post(REVIEWS, {"quarter": quarter}).json()["code"] == "not_yours"
    assert api(root).post(REVIEWS, {"quarter": "summer"}).status_code == 400
    assert api(alice).get(f"{REVIEWS}{quarter}/").status_code == 404
    api(root).post(REVIEWS, {"quarter": quarter})
    assert api(root).post(f"{REVIEWS}{quarter}/items/nothing/", {"outcome": "kill", "reason": "x"}).status_code == 404
    assert api(root).post(f"{REVIEWS}{quarter}/items/{kept.feature.key}/", {"outcome": "maybe"}).status_code == 400


def test_lists_cost_the_same_for_one_row_and_for_many(kept, api, alice, root):
    client = api(alice)
    first = saved(ReviewItem, review=saved(Review, quarter="2025-Q1"))
    saved(SignOff, review=first.review)
    for path, more in ((REVIEWS, lambda: saved(SignOff)), (f"{REVIEWS}2025-Q1/items/", lambda: more_of(first.review))):
        with CaptureQueriesContext(connection) as one:
            client.get(path)
        for _ in range(3):
            more()
        with CaptureQueriesContext(connection) as many:
            assert len(client.get(path).json()["results"]) > 3
        assert len(many) == len(one), path


def more_of(review):
    saved(ReviewItem, review=review)
