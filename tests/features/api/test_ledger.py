"""Investments and returns through the REST API."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from features.models import AuditEntry, Feature, Investment, Return, Stint
from tests.factories.rows import saved

pytestmark = pytest.mark.django_db
INVESTMENTS = "/api/v1/investments/"


@pytest.fixture
def feature(squad, now):
    made = saved(Feature, key="one-tap", squad=squad)
    saved(Stint, feature=made, number=1, started_at=now - timedelta(days=30))
    return made


def entry(now, **fields):
    day = timezone.localdate(now).isoformat()
    return {"feature": "one-tap", "on": day, "category": "people", "amount": "100.50"} | fields


def test_a_member_records_what_a_day_cost(api, alice, feature, now):
    answer = api(alice).post(INVESTMENTS, entry(now, person_days="1.5", note="Prototype"))
    assert answer.status_code == 201, answer.content
    shown = answer.json()
    assert shown["amount"] == shown["amount_base"] == "100.50"
    assert (shown["person_days"], shown["currency"], shown["recorded_by"]) == ("1.500", "EUR", "alice")
    kept = Investment.objects.get()
    assert kept.stint == feature.stints.get()
    assert feature.stints.get().facts_version == 1, "its gate has something new to judge"
    assert AuditEntry.objects.get().subject == "feature:one-tap"


def test_days_without_a_price_stay_days(api, alice, feature, now):
    answer = api(alice).post(INVESTMENTS, entry(now, amount=None, person_days="2"))
    assert (answer.status_code, answer.json()["amount"], answer.json()["amount_base"]) == (201, None, None)


def test_sent_again_unchanged_it_writes_nothing(api, alice, feature, now):
    row = entry(now, source="books", external_id="1")
    assert api(alice).post(INVESTMENTS, [row]).json() == {"new": 1, "revised": 0, "unchanged": 0}
    again = api(alice).post(INVESTMENTS, [row])
    assert (again.status_code, again.json()) == (200, {"new": 0, "revised": 0, "unchanged": 1})
    assert AuditEntry.objects.count() == 1
    assert feature.stints.get().facts_version == 1


def test_a_change_is_a_revision_that_keeps_the_earlier_one(api, alice, bob, feature, now):
    row = entry(now, source="books", external_id="1")
    api(alice).post(INVESTMENTS, row)
    changed = api(bob).post(INVESTMENTS, row | {"amount": "90"}).json()
    assert (changed["revision"], changed["amount"]) == (2, "90.00")
    listed = api(alice).get(INVESTMENTS).json()["results"]
    assert [row["amount"] for row in listed] == ["90.00"]
    history = api(alice).get(INVESTMENTS + "?history=true").json()["results"]
    assert [row["amount"] for row in history] == ["90.00", "100.50"]
    first, second = Investment.objects.order_by("revision")
    assert first.superseded_at is not None
    assert second.first_recorded_at == first.first_recorded_at


def test_a_currency_is_refused_by_its_form_and_says_so(api, alice, feature, now):
    refused = api(alice).post(INVESTMENTS, entry(now, currency="usd", rate="0.9")).json()
    [error] = refused["errors"]
    assert error["detail"] == "“usd” is not three capital letters, A to Z, as ISO 4217 writes currencies: EUR."
    assert api(alice).post(INVESTMENTS, entry(now, currency="ZZZ", rate="0.9")).status_code == 201


def test_another_currency_brings_its_rate(api, alice, feature, now):
    refused = api(alice).post(INVESTMENTS, entry(now, currency="SEK"))
    assert refused.json()["errors"][0]["field"] == "rate"
    taken = api(alice).post(INVESTMENTS, entry(now, currency="SEK", rate="0.0872"))
    assert (taken.json()["amount"], taken.json()["amount_base"]) == ("100.50", "8.76")
    assert api(alice).post(INVESTMENTS, entry(now, rate="2")).json()["errors"][0]["field"] == "rate"


def test_a_batch_is_written_whole_or_not_at_all(api, alice, feature, now):
    rows = [entry(now), entry(now, amount="-1"), entry(now, feature="nothing"), entry(now, amount="x")]
    errors = api(alice).post(INVESTMENTS, rows).json()["errors"]
    assert [error["field"] for error in errors] == ["rows.3.amount"], "what is not of the form is said first"
    errors = api(alice).post(INVESTMENTS, rows[:3]).json()["errors"]
    assert [error["field"] for error in errors] == ["rows.1.amount"]
    errors = api(alice).post(INVESTMENTS, [rows[0], rows[2]]).json()["errors"]
    assert errors == [{"field": "rows.1.feature", "code": "unknown", "detail": "There is no feature “nothing”."}]
    assert not Investment.objects.exists()


def test_one_row_is_told_without_a_row_number(api, alice, feature, now):
    problem = api(alice).post(INVESTMENTS, entry(now, feature="nothing")).json()
    assert problem["errors"][0]["field"] == "feature"
    assert "rows" not in problem["detail"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": "-0.01"}, "amount"),
        ({"amount": "1e400"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": "1.005"}, "amount"),
        ({"amount": None}, "amount"),
        ({"amount": {}}, "amount"),
        ({"amount": "999999999999.99", "currency": "SEK", "rate": "2"}, "amount"),
        ({"person_days": "-1"}, "person_days"),
        ({"person_days": "1000000"}, "person_days"),
        ({"category": "fun"}, "category"),
        ({"category": []}, "category"),
        ({"on": "2999-01-01"}, "on"),
        ({"on": "1815-12-10"}, "on"),
        ({"on": "tomorrow"}, "on"),
        ({"on": 5}, "on"),
        ({"on": "2026-02-30"}, "on"),
        ({"currency": "eur"}, "currency"),
        ({"currency": "EU"}, "currency"),
        ({"currency": "SEK", "rate": "0"}, "rate"),
        ({"currency": "SEK", "rate": "-1"}, "rate"),
        ({"source": "x" * 81}, "source"),
        ({"external_id": "x" * 201}, "external_id"),
        ({"feature": "x" * 5000}, "feature"),
        ({"feature": 7}, "feature"),
        ({"stint": 1}, "stint"),
        ({"amount_base": "1"}, "amount_base"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(api, alice, feature, now, change, field):
    answer = api(alice).post(INVESTMENTS, entry(now, **change))
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not Investment.objects.exists()


def test_an_entry_that_stands_twice_alike_in_one_batch_is_written_once(api, alice, feature, now):
    row = entry(now, source="books", external_id="1")
    alike = [row, {**row, "currency": "EUR"}, {**row, "amount": "100.5"}, entry(now, external_id="2", source="books")]
    assert api(alice).post(INVESTMENTS, alike).json() == {"new": 2, "revised": 0, "unchanged": 2}
    changed = [{**row, "amount": "7"}] * 2
    assert api(alice).post(INVESTMENTS, changed).json() == {"new": 0, "revised": 1, "unchanged": 1}
    assert api(alice).post(INVESTMENTS, changed).json() == {"new": 0, "revised": 0, "unchanged": 2}
    assert Investment.objects.count() == 3


def test_an_entry_that_stands_twice_with_other_values_names_both_rows(api, alice, feature, now):
    row = entry(now, source="books", external_id="1")
    refused = api(alice).post(INVESTMENTS, [entry(now), row, row, row | {"amount": "1"}])
    [error] = refused.json()["errors"]
    assert (refused.status_code, error["field"], error["code"]) == (400, "rows.3.external_id", "duplicate")
    assert "rows 1 and 3" in error["detail"]
    assert not Investment.objects.exists()


def test_who_is_not_of_the_squad_is_refused_by_row(api, alice, mallory, carol, root, feature, now):
    theirs = saved(Feature, key="theirs", squad=mallory.squads.get())
    rows = [entry(now), entry(now, feature=theirs.key)]
    refused = api(alice).post(INVESTMENTS, rows)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_yours")
    assert [error["field"] for error in refused.json()["errors"]] == ["rows.1.feature"]
    assert api(mallory).post(INVESTMENTS, entry(now)).status_code == 403
    assert api(carol).post(INVESTMENTS, entry(now)).status_code == 201
    assert api(root).post(INVESTMENTS, rows).status_code == 201


def test_nobody_takes_over_an_entry_of_another_squad(api, alice, mallory, feature, now):
    theirs = saved(Feature, key="theirs", squad=mallory.squads.get())
    row = entry(now, source="books", external_id="1")
    api(alice).post(INVESTMENTS, row)
    assert api(mallory).post(INVESTMENTS, row | {"feature": theirs.key}).status_code == 403


def test_facts_are_never_refused_after_the_end(api, alice, feature, now):
    feature.stints.update(ended_at=now)
    Feature.objects.update(status="ended", ended_on=timezone.localdate(now))
    assert api(alice).post(INVESTMENTS, entry(now)).status_code == 201


def test_an_entry_belongs_to_the_stay_that_contains_its_day(api, alice, feature, now):
    first = feature.stints.get()
    first.ended_at = now - timedelta(days=10)
    first.save()
    second = saved(Stint, feature=feature, number=2, started_at=first.ended_at)

    def stint_of(days):
        day = timezone.localdate(now - timedelta(days=days)).isoformat()
        return Investment.objects.get(pk=api(alice).post(INVESTMENTS, entry(now, on=day)).json()["id"]).stint

    assert stint_of(20) == first
    assert stint_of(10) == second, "on the day of the change, the one that is open"
    assert stint_of(5) == second
    assert stint_of(100) is None, "before the feature existed here"


def test_a_batch_costs_the_same_for_two_rows_and_for_forty(api, alice, feature, now):
    def cost(count, word):
        rows = [entry(now, source="books", external_id=f"{word}{n}") for n in range(count)]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert api(alice).post(INVESTMENTS, rows).json()["new"] == count
        return len(queries)

    cost(1, "warm")
    assert cost(2, "a") == cost(40, "b")


def test_the_list_is_filtered(api, alice, feature, now):
    yesterday = timezone.localdate(now) - timedelta(days=1)
    api(alice).post(INVESTMENTS, [entry(now), entry(now, on=yesterday.isoformat(), category="material")])

    def found(query):
        return [row["category"] for row in api(alice).get(f"{INVESTMENTS}?{query}").json()["results"]]

    assert found("category=material") == ["material"]
    assert found(f"until={yesterday}") == ["material"]
    assert found("feature=one-tap&squad=checkout") == ["people", "material"]
    assert found("feature=nothing") == []
    for query in ("category=fun", "since=yesterday", "since=01/02/2026", "categroy=people", "feature=a&feature=b"):
        assert api(alice).get(f"{INVESTMENTS}?{query}").status_code == 400, query


def test_the_pages_hold_every_entry_once_also_on_one_day(api, alice, feature, now):
    api(alice).post(INVESTMENTS, [entry(now, note=str(n)) for n in range(7)])
    address, seen, before = INVESTMENTS + "?page_size=3", [], None
    while address:
        page = api(alice).get(address).json()
        seen.append([row["note"] for row in page["results"]])
        before, address = page["previous"], page["next"]
    assert seen == [["6", "5", "4"], ["3", "2", "1"], ["0"]]
    back = api(alice).get(before).json()
    assert [row["note"] for row in back["results"]] == ["3", "2", "1"]
    assert back["next"]
    first = api(alice).get(back["previous"]).json()
    assert ([row["note"] for row in first["results"]], first["previous"]) == (["6", "5", "4"], None)


def test_returns_may_be_losses(api, alice, feature, now):
    day = timezone.localdate(now).isoformat()
    row = {"feature": "one-tap", "on": day, "amount": "-20", "source": "shop", "external_id": "1"}
    assert api(alice).post("/api/v1/returns/", row).json()["amount"] == "-20.00"
    assert api(alice).post("/api/v1/returns/", [row]).json() == {"new": 0, "revised": 0, "unchanged": 1}
    assert api(alice).post("/api/v1/returns/", row | {"category": "people"}).json()["code"] == "unknown_field"
    missing = api(alice).post("/api/v1/returns/", {"feature": "one-tap", "on": day})
    assert missing.json()["errors"][0]["code"] == "required"
    assert Return.objects.get().amount_base == Decimal(-20)
    assert len(api(alice).get("/api/v1/returns/?feature=one-tap").json()["results"]) == 1


def test_an_empty_or_endless_batch_is_refused(api, alice, feature, now, monkeypatch):
    assert api(alice).post(INVESTMENTS, []).status_code == 400
    monkeypatch.setattr("features.api.door.MOST_ROWS", 2)
    assert api(alice).post(INVESTMENTS, [entry(now)] * 3).status_code == 400
    assert not Investment.objects.exists()
