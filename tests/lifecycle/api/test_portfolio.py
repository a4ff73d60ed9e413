"""The portfolio over REST. `api` holds every answer against the schema."""

from datetime import date

import pytest

from tests.lifecycle.queries.portfolio.conftest import Book

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/portfolio/"
PATHS = ("investment", "summary", "before-return", "endings", "calibration")


@pytest.fixture
def book(squad):
    return Book(squad)


@pytest.fixture
def story(book):
    """Released in May 2026 for 100 and 30; another killed in August in Build It, for 40 and a day without a rate."""
    feature = book.released("one-tap", build="100", ship="30")
    book.earn(feature, date(2026, 6, 1), "260")
    gift = book.life("gift", ("build_it", date(2026, 8, 3)), killed=date(2026, 8, 14), status="ended")
    book.spend(gift, date(2026, 8, 4), "40")
    book.spend(gift, date(2026, 8, 5), days="1")
    return feature


@pytest.mark.parametrize("path", PATHS)
def test_an_empty_portfolio_is_an_answer(api, alice, path):
    assert api(alice).get(f"{ROOT}{path}/").status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_nobody_is_refused_and_unknown_parameters_too(api, alice, path):
    assert api().get(f"{ROOT}{path}/").status_code == 401
    assert api(alice).get(f"{ROOT}{path}/?team=x").json()["code"] == "unknown_parameter"


def test_investment_by_phase_and_quarter_against_the_time_before(api, alice, story):
    asked = "?interval=quarter&by=phase&from=2026-07-01&to=2026-09-30&compare_from=2026-01-01&compare_to=2026-03-31"
    shown = api(alice).get(f"{ROOT}investment/{asked}").json()
    assert (shown["from"], shown["to"], shown["currency"]) == ("2026-07-01", "2026-09-30", "EUR")
    assert shown["total"] == {"amount": "40.00", "person_days": "1.000"}
    [build] = shown["series"]
    assert build["points"] == [{"start": "2026-07-01", "amount": "40.00", "person_days": "1.000"}]
    difference = shown["comparison"]["total"]["difference"]
    assert difference == {"amount": "-60.00", "person_days": "1.000"}


def test_without_days_all_months_are_shown_and_nothing_is_compared(api, alice, story):
    shown = api(alice).get(f"{ROOT}investment/?by=squad&squad=checkout&tribe=commerce").json()
    assert shown["from"] == "2026-03-01"
    assert shown["comparison"] is None
    assert [(one["key"], one["total"]["amount"]) for one in shown["series"]] == [("checkout", "170.00")]


def test_the_summary(api, alice, story):
    shown = api(alice).get(f"{ROOT}summary/?from=2026-01-01&to=2026-12-31").json()
    assert shown["invested"] == {"amount": "170.00", "person_days": "1.000"}
    assert shown["before_return"]["distribution"]["median"] == "130.00"
    assert shown["returns"]["return_factor"] == "2.00"
    assert shown["returns"]["days_to_first_return"]["median"] == "31.0"
    [build] = [one for one in shown["time_in_phase"] if one["phase"] == "build_it"]
    assert (build["visits"]["count"], build["visits"]["high"]) == (2, "30.0")
    assert [one["quarter"] for one in shown["throughput"]] == ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]
    assert shown["maintenance"]["percent"] == 0.0
    [kills] = [one["kill"] for one in shown["answers"] if one["phase"] == "build_it"]
    assert kills == 100.0


def test_every_feature_with_what_it_cost_before_its_release(api, alice, story):
    shown = api(alice).get(f"{ROOT}before-return/").json()
    assert [(one["feature"], one["before_return"]["amount"]) for one in shown["features"]] == [
        ("gift", "40.00"),
        ("one-tap", "130.00"),
    ]
    assert api(alice).get(f"{ROOT}before-return/?from=2026-06-01").json()["features"] == []


def test_endings(api, alice, story):
    shown = api(alice).get(f"{ROOT}endings/").json()
    assert (shown["from"], shown["count"], shown["cost"]["amount"]) == (None, 1, "40.00")
    [gift] = shown["killed"]
    assert (gift["feature"], gift["phase"], gift["cost"]["person_days"]) == ("gift", "build_it", "1.000")
    assert gift["saving"]["saved"] is None
    assert "Fewer than 5" in gift["saving"]["why"]
    assert api(alice).get(f"{ROOT}endings/?from=2026-09-01").json()["killed"] == []


@pytest.mark.parametrize(
    ("asked", "field", "code"),
    [
        ("from=yesterday", "from", "invalid"),
        ("from=2026-05-01&to=2026-04-01", "to", "invalid"),
        ("to=1066-10-14", "to", "out_of_range"),
        ("squad=nobody", "squad", "unknown"),
        ("by=person", "by", "invalid_choice"),
        ("interval=week", "interval", "invalid_choice"),
        ("compare_from=2026-01-01", "compare_to", "required"),
    ],
)
def test_what_is_wrong_with_a_parameter_is_said_at_it(api, alice, asked, field, code):
    refused = api(alice).get(f"{ROOT}investment/?{asked}")
    assert refused.status_code == 400
    assert [(one["field"], one["code"]) for one in refused.json()["errors"]] == [(field, code)]
