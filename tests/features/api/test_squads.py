"""Tribes and squads through the REST API."""

import pytest

from features.models import AuditEntry, Membership, Squad, Tribe

pytestmark = pytest.mark.django_db


def test_an_administrator_makes_a_squad_and_with_it_its_tribe(api, root, alice):
    body = {
        "slug": "search",
        "name": "Search",
        "tribe": "discovery",
        "members": [{"username": "alice", "role": "lead"}],
    }
    answer = api(root).post("/api/v1/squads/", body)
    assert answer.status_code == 201, answer.content
    assert answer.json() == body
    assert answer["Location"] == "/api/v1/squads/search/"
    assert Tribe.objects.get(slug="discovery").name == "Discovery"
    assert api(alice).get("/api/v1/squads/search/").json() == body
    assert list(AuditEntry.objects.values_list("act", flat=True)) == ["tribe_created", "squad_created"]


def test_others_do_not_make_squads(api, alice, bob, carol):
    for person in (alice, bob, carol):
        answer = api(person).post("/api/v1/squads/", {"slug": "x", "name": "X", "tribe": "y"})
        assert (answer.status_code, answer.json()["code"]) == (403, "not_yours")
    assert not Tribe.objects.filter(slug="y").exists()


def test_a_slug_is_taken_once(api, root, squad):
    answer = api(root).post("/api/v1/squads/", {"slug": "checkout", "name": "X", "tribe": "new-one"})
    assert (answer.status_code, answer.json()["code"]) == (409, "slug_taken")
    assert not Tribe.objects.filter(slug="new-one").exists(), "nothing is half written"
    answer = api(root).post("/api/v1/tribes/", {"slug": "commerce", "name": "X"})
    assert (answer.status_code, answer.json()["code"]) == (409, "slug_taken")


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"slug": "No Slug"}, "slug", "invalid"),
        ({"slug": None}, "slug", "null"),
        ({"name": ""}, "name", "blank"),
        ({"name": 5}, "name", "invalid"),
        ({"name": "x" * 121}, "name", "max_length"),
        ({"tribe": "No Slug"}, "tribe", "invalid"),
        ({"members": "alice"}, "members", "not_a_list"),
        ({"members": [{"username": "nobody"}]}, "members.0.username", "unknown"),
        ({"members": [{"username": "alice"}, {"username": "alice"}]}, "members.1.username", "duplicate"),
        ({"members": [{"username": "alice", "role": "king"}]}, "members.0.role", "invalid_choice"),
        ({"members": [{"username": "alice", "rank": 1}]}, "members.0.rank", "unknown_field"),
        ({"colour": "red"}, "colour", "unknown_field"),
    ],
)
def test_what_is_wrong_is_named(api, root, alice, change, field, code):
    answer = api(root).post("/api/v1/squads/", {"slug": "search", "name": "Search", "tribe": "t", **change})
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert {(error["field"], error["code"]) for error in answer.json()["errors"]} == {(field, code)}
    assert not Squad.objects.filter(slug="search").exists()


def test_a_lead_says_who_is_in_the_squad_and_nothing_else(api, squad, alice, bob, mallory):
    members = [{"username": "bob", "role": "lead"}, {"username": "mallory", "role": "member"}]
    address = "/api/v1/squads/checkout/"
    assert api(bob).patch(address, {"members": members}).json()["members"] == members
    assert not Membership.objects.filter(squad=squad, person=alice).exists()
    assert api(bob).patch(address, {"name": "Mine"}).status_code == 403
    assert api(alice).patch(address, {"members": []}).status_code == 403
    assert api(mallory).patch(address, {"members": []}).status_code == 403


def test_the_slug_never_changes(api, root, squad):
    answer = api(root).patch("/api/v1/squads/checkout/", {"slug": "other"})
    assert answer.json()["errors"] == [{"field": "slug", "code": "immutable", "detail": "This never changes."}]


def test_of_two_administrators_the_later_one_is_told(api, root, squad):
    address = "/api/v1/squads/checkout/"
    seen = api(root).get(address)["ETag"]
    assert api(root).patch(address, {"name": "First"}, headers={"If-Match": seen}).status_code == 200
    lost = api(root).patch(address, {"name": "Second"}, headers={"If-Match": seen})
    assert (lost.status_code, lost.json()["code"]) == (412, "changed_meanwhile")
    assert api(root).patch(address, {"name": "Third"}, headers={"If-Match": "nonsense"}).status_code == 412
    assert api(root).patch(address, {"name": "Fourth"}, headers={"If-Match": "*"}).json()["name"] == "Fourth"
    assert Squad.objects.get().name == "Fourth"


def test_a_reader_who_has_it_already_is_not_sent_it_again(api, alice, squad):
    address = "/api/v1/squads/checkout/"
    tag = api(alice).get(address)["ETag"]
    again = api(alice).get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)


def test_squads_are_found_by_tribe_and_member(api, alice, squad, other_squad):
    found = api(alice).get("/api/v1/squads/?tribe=music").json()["results"]
    assert [row["slug"] for row in found] == ["playlists"]
    found = api(alice).get("/api/v1/squads/?member=alice").json()["results"]
    assert [row["slug"] for row in found] == ["checkout"]


def test_a_tribe_names_its_leaders_and_squads(api, root, squad, carol):
    row = {"slug": "commerce", "name": "Commerce", "leaders": ["carol"], "squads": ["checkout"]}
    assert api(root).get("/api/v1/tribes/").json()["results"] == [row]
    changed = api(root).patch("/api/v1/tribes/commerce/", {"leaders": []})
    assert changed.json() == row | {"leaders": []}
    assert api(carol).patch("/api/v1/tribes/commerce/", {"name": "Mine"}).status_code == 403
    unknown = api(root).patch("/api/v1/tribes/commerce/", {"leaders": ["nobody"]})
    assert unknown.json()["errors"][0]["field"] == "leaders.0"


def test_the_list_costs_the_same_for_one_squad_and_for_twenty(api, root, squad, tribe, django_assert_num_queries):
    with django_assert_num_queries(2):
        api(root).get("/api/v1/squads/")
    Squad.objects.bulk_create(Squad(slug=f"squad-{n}", name="S", tribe=tribe) for n in range(20))
    with django_assert_num_queries(2):
        assert len(api(root).get("/api/v1/squads/").json()["results"]) == 21
