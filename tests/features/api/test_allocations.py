"""Allocations and the rate card through the REST API."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from features.actions.booking import book_weeks
from features.models import Allocation, AuditEntry, Feature, Rate, Stint
from tests.factories.rows import saved

pytestmark = pytest.mark.django_db
SHARES = "/api/v1/allocations/"
RATES, SEATS = "/api/v1/squads/checkout/rates/", "/api/v1/squads/checkout/seats/"
WEEK = "2026-03-02"


@pytest.fixture
def features(squad, now):
    made = [saved(Feature, key=key, squad=squad) for key in ("one-tap", "gifts")]
    for feature in made:
        saved(Stint, feature=feature, number=1, started_at=now - timedelta(days=900))
    return made


def share(**fields):
    return {"squad": "checkout", "week": WEEK, "feature": "one-tap", "percent": 40} | fields


def test_a_member_sets_a_share_and_it_is_booked(api, alice, bob, features, now):
    answer = api(alice).post(SHARES, share())
    assert answer.status_code == 201, answer.content
    shown = answer.json()
    assert (shown["squad"], shown["week"], shown["feature"], shown["percent"]) == ("checkout", WEEK, "one-tap", 40)
    assert (shown["changed_by"], shown["booked_at"]) == ("alice", None)
    since = {"role": "developer", "from_on": "2026-01-01"}
    assert api(bob).post(SEATS, since | {"people": "2"}).status_code == 201
    assert api(bob).post(RATES, since | {"amount": "600"}).json()["currency"] == "EUR"
    book_weeks(now=now)
    [entry] = api(alice).get("/api/v1/investments/?source=allocation").json()["results"]
    assert (entry["external_id"], entry["person_days"], entry["amount"]) == (
        "checkout:2026-03-02:one-tap:developer", "4.000", "2400.00",
    )  # fmt: skip
    assert api(alice).get(SHARES).json()["results"][0]["booked_at"]


def test_a_list_is_written_whole_and_says_what_is_wrong(api, alice, features):
    rows = [share(), share(feature="gifts", percent="60.5")]
    refused = api(alice).post(SHARES, rows)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "rows.1.percent")
    assert "0.5 more than 100" in refused.json()["detail"]
    assert not Allocation.objects.exists()
    rows[1]["percent"] = "60"
    assert api(alice).post(SHARES, rows).json() == {"new": 2, "revised": 0, "unchanged": 0}
    again = api(alice).post(SHARES, rows)
    assert (again.status_code, again.json()["unchanged"]) == (200, 2)
    assert AuditEntry.objects.filter(act="week_allocated").count() == 1


def test_zero_takes_a_share_out_of_the_list(api, alice, features):
    never = api(alice).post(SHARES, share(percent=0))
    assert (never.status_code, never.json()["id"], never.json()["percent"]) == (200, None, 0)
    api(alice).post(SHARES, share())
    assert api(alice).post(SHARES, share(percent=0)).json()["percent"] == 0
    assert api(alice).get(SHARES).json()["results"] == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"percent": 100.01}, "percent"),
        ({"percent": "-1"}, "percent"),
        ({"percent": "1.005"}, "percent"),
        ({"percent": "half"}, "percent"),
        ({"percent": None}, "percent"),
        ({"week": "2026-03-03"}, "week"),
        ({"week": "2026-W10"}, "week"),
        ({"week": "1969-12-29"}, "week"),
        ({"week": "2199-12-30"}, "week"),
        ({"squad": "nobody"}, "squad"),
        ({"squad": "x" * 100}, "squad"),
        ({"feature": "nothing"}, "feature"),
        ({"feature": 7}, "feature"),
        ({"booked_at": "2026-03-09T00:00:00Z"}, "booked_at"),
        ({"days": 1}, "days"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(api, alice, features, change, field):
    answer = api(alice).post(SHARES, share(**change))
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not Allocation.objects.exists()


def test_others_are_refused_by_row(api, mallory, features):
    saved(Feature, key="theirs", squad=mallory.squads.get())
    rows = [share(squad="playlists", feature="theirs"), share()]
    refused = api(mallory).post(SHARES, rows)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (403, "rows.1.squad")
    assert api(mallory).post(SHARES, share(squad="playlists")).json()["errors"][0]["code"] == "not_yours"


def test_the_list_is_filtered(api, alice, features):
    api(alice).post(SHARES, [share(), share(feature="gifts", percent=5), share(week="2026-03-09")])

    def found(query):
        return [(row["week"], row["feature"]) for row in api(alice).get(f"{SHARES}?{query}").json()["results"]]

    assert found("week=2026-03-09") == found("since=2026-03-03") == [("2026-03-09", "one-tap")]
    assert found("until=2026-03-08&feature=gifts&squad=checkout") == [(WEEK, "gifts")]
    assert found("squad=playlists") == []
    assert api(alice).get(f"{SHARES}?week=monday").status_code == 400
    assert api(alice).get(f"{SHARES}?weeks={WEEK}").status_code == 400


def test_a_batch_costs_the_same_for_two_rows_and_for_forty(api, alice, features, squad):
    def cost(count, word):
        rows = []
        for number in range(count):
            saved(Feature, key=f"{word}{number}", squad=squad)
            week = date(2025, 1, 6) + timedelta(days=7 * number)
            rows.append(share(feature=f"{word}{number}", week=week.isoformat(), percent=5))
        with CaptureQueriesContext(connection) as queries:
            assert api(alice).post(SHARES, rows).json()["new"] == count
        return len(queries)

    cost(1, "warm")
    assert cost(2, "a") == cost(40, "b")


def test_the_rate_card_is_kept_by_leads_and_the_houses_by_administrators(api, alice, bob, root, squad):
    price = {"role": "developer", "from_on": "2026-01-01", "amount": "600"}
    assert api(alice).post(RATES, price).status_code == 403
    assert api(alice).post(SEATS, {"role": "developer", "from_on": "2026-01-01", "people": "2"}).status_code == 403
    assert api(bob).post("/api/v1/rates/", price).status_code == 403
    first = api(root).post("/api/v1/rates/", price | {"amount": "5000", "currency": "SEK", "rate": "0.0872"})
    assert (first.status_code, first.json()["squad"], first.json()["set_by"]) == (201, None, "root")
    assert api(bob).post(RATES, price).json()["squad"] == "checkout"
    assert api(bob).post(RATES, price).status_code == 200, "said again"
    assert [row["amount"] for row in api(alice).get(RATES).json()["results"]] == ["600.00"]

    def listed(query=""):
        return len(api(alice).get(f"/api/v1/rates/{query}").json()["results"])

    assert (listed(), listed("?house=true"), listed("?house=false"), listed("?squad=checkout")) == (2, 1, 1, 1)
    assert listed("?role=designer") == 0
    assert Rate.objects.count() == 2


def test_what_will_not_do_in_the_rate_card_is_named(api, bob, squad):
    price = {"role": "developer", "from_on": "2026-01-01", "amount": "600"}
    for change, field in (
        ({"role": ""}, "role"),
        ({"role": "a:b"}, "role"), ({"amount": "-1"}, "amount"), ({"amount": "1.001"}, "amount"),
        ({"amount": "10000000"}, "amount"),
        ({"from_on": "1.1.2026"}, "from_on"), ({"from_on": "2200-01-01"}, "from_on"),
        ({"currency": "SEK"}, "rate"), ({"squad": "playlists"}, "squad"), ({"people": 2}, "people"),
    ):  # fmt: skip
        answer = api(bob).post(RATES, price | change)
        assert answer.status_code == 400, change
        assert [error["field"] for error in answer.json()["errors"]] == [field], change
    seat = {"role": "developer", "from_on": "2026-01-01", "people": "-1"}
    assert api(bob).post(SEATS, seat).json()["errors"][0]["field"] == "people"
    assert api(bob).post(SEATS, seat | {"people": "10000"}).status_code == 400
    assert api(bob).get("/api/v1/squads/nobody/seats/").status_code == 404
    assert api(bob).post("/api/v1/squads/nobody/rates/", price).status_code == 404
