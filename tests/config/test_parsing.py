"""Bodies are read strictly: what is written twice, or in other digits, is refused by name."""

import json
from time import perf_counter

import pytest
from rest_framework.exceptions import ParseError

from config.api.parsing import StrictJSON
from features.models import Feature
from lifecycle.models import Gate
from tests.factories.rows import saved

INVESTMENTS = "/api/v1/investments/"


def read(text):
    from io import BytesIO

    return StrictJSON().parse(BytesIO(text.encode()))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('{"amount": "1", "note": "x", "amount": "2"}', "amount"),
        ('[{"a": 1}, {"b": {"c": 1, "c": 1}}]', "c"),
        ('{"é": 1, "\\u00e9": 2}', "é"),
    ],
)
def test_a_name_that_stands_twice_in_one_object_is_named(text, name):
    with pytest.raises(ParseError, match=f"“{name}” stands twice") as refused:
        read(text)
    assert refused.value.get_codes() == "malformed_json"


def test_the_same_name_in_several_objects_is_no_duplicate():
    assert read('[{"a": {"a": 1}}, {"a": 2}]') == [{"a": {"a": 1}}, {"a": 2}]


@pytest.mark.parametrize("text", ["9" * 100_000, "-" + "9" * 5_000, "1" + "0" * 1000, "1" * 50_000 + ".5", "1e400"])
def test_a_number_that_is_too_long_or_too_large_is_refused_at_once(text):
    began = perf_counter()
    with pytest.raises(ParseError, match="number") as refused:
        read(f'{{"amount": {text}}}')
    assert perf_counter() - began < 0.05
    assert "sys." not in str(refused.value.detail)
    assert len(str(refused.value.detail)) < 200


def test_large_numbers_that_are_kept_are_read():
    assert read("[9223372036854775807, 1e308, -0.5]") == [2**63 - 1, 1e308, -0.5]


DIGITS = ["١٢", "１２", "1_000", "१.५"]


@pytest.mark.django_db
@pytest.mark.parametrize("digits", DIGITS)
@pytest.mark.parametrize("field", ["amount", "person_days", "rate"])
def test_numbers_are_written_in_the_digits_0_to_9(api, alice, squad, digits, field):
    saved(Feature, key="one-tap", squad=squad)
    row = {"feature": "one-tap", "on": "2026-01-05", "category": "people", "amount": "1", "currency": "SEK"}
    refused = api(alice).post(INVESTMENTS, {**row, "rate": "1.5", field: digits})
    assert refused.status_code == 400
    [error] = refused.json()["errors"]
    assert (error["field"], error["code"]) == (field, "invalid")
    assert "digits 0 to 9" in error["detail"]


@pytest.mark.django_db
@pytest.mark.parametrize("digits", DIGITS)
def test_so_are_percentages_counts_effects_and_budgets(api, alice, squad, digits):
    base = {"name": "One tap", "squad": "checkout"}
    client, path = api(alice), "/api/v1/features/"
    for body, field in (
        ({"budget": {"amount": digits}}, "budget.amount"),
        ({"time_box_days": digits}, "time_box_days"),
        ({"hypothesis": {"minimum_effect": digits}}, "hypothesis.minimum_effect"),
    ):
        refused = client.post(path, {**base, **body})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, field)
    client.post(path, {**base, "key": "it"})
    assert client.get(f"{path}it/ladder/check/?percent={digits}").status_code == 400
    for body in ({"steps": [{"percent": digits}]}, {"steps": [{"percent": 5, "minimum_days": digits}]}):
        assert client.put(f"{path}it/ladder/", body).status_code == 400
    assert client.post(f"{path}it/exposure/", {"percent": digits, "reason": "x"}).status_code == 400
    gate = Gate.objects.get()
    client.post(f"/api/v1/gates/{gate.pk}/call/", {"reason": "Now."})
    answer = {"outcome": "iterate", "reason": "x", "questions": ["mvp"]}
    refused = client.post(f"/api/v1/gates/{gate.pk}/decision/", {**answer, "next": {"budget": {"days": digits}}})
    assert refused.json()["errors"][0]["field"] == "next.budget.days"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "day", ["٢٠٢٦-٠١-٠٥", "05/01/2026", "20260105", "2026-W02-1", "2026-1-5", "2026-01-05T00:00:00Z", 5]
)
def test_days_have_one_form_and_the_refusal_says_it(api, alice, squad, day):
    saved(Feature, key="one-tap", squad=squad)
    row = {"feature": "one-tap", "on": day, "category": "people", "amount": "1"}
    [error] = api(alice).post(INVESTMENTS, row).json()["errors"]
    assert (error["field"], error["code"]) == ("on", "invalid")
    assert "YYYY-MM-DD" in error["detail"]
    assert api(alice).get(f"{INVESTMENTS}?since={day}").status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize("moment", ["yesterday", "2026-01-05", "٢٠٢٦-٠١-٠٥T00:00:00Z", "2026-13-05T00:00:00Z", 5, None])
def test_a_wrong_time_is_told_the_form_that_is_asked_for(api, alice, squad, moment):
    saved(Feature, key="one-tap", squad=squad)
    address = "/api/v1/features/one-tap/evidence/"
    asked = api(alice).get(address, {"as_of": "x" if moment is None else moment})
    assert asked.status_code == 400
    assert "2026-11-20T06:00:00Z" in asked.json()["errors"][0]["detail"]
    trial = {"key": "t", "feature": "one-tap", "arms": [], "started_at": moment if moment is not None else {}}
    written = api(alice).post("/api/v1/trials/", trial).json()["errors"]
    [error] = [error for error in written if error["field"] == "started_at"]
    assert "2026-11-20T06:00:00Z" in error["detail"], json.dumps(error)


@pytest.mark.parametrize("digits", DIGITS)
def test_so_are_the_sums_of_results(digits):
    from rest_framework.exceptions import ValidationError

    from hypotheses.api.trials import DecimalText

    with pytest.raises(ValidationError, match="decimal digits"):
        DecimalText().run_validation(digits)
