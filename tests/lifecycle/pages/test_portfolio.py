"""The portfolio for leadership, and the quarterly pack."""

import csv
import io
import re
from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.lifecycle.queries.portfolio.conftest import NOW, Book

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def november():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def book(squad):
    return Book(squad)


@pytest.fixture
def story(book):
    """Five features released in May for 100 to 1,000 (median 300); one on its way for 11; one killed early for 40."""
    for number, build in enumerate(("50", "150", "250", "350", "950")):
        book.earn(book.released(f"done-{number}", build=build, ship="50"), date(2026, 6, 1), "600")
    book.spend(book.life("idea", ("think_it", date(2026, 11, 2))), date(2026, 11, 3), "11")
    gift = book.life("gift", ("build_it", date(2026, 8, 3)), killed=date(2026, 8, 14), status="ended")
    book.spend(gift, date(2026, 8, 4), "40")
    book.spend(gift, date(2026, 8, 5), days="3")


def text_of(client, path="/portfolio/", status=200):
    answer = client.get(path)
    assert answer.status_code == status
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).replace("\xa0", " ").split())


def test_an_empty_portfolio_says_what_to_do_next(at, alice):
    page = text_of(at(alice))
    assert "The portfolio is empty" in page
    assert "Add a feature" in page


def test_everybody_signed_in_may_read_and_nobody_else(at, mallory):
    assert at(mallory).get("/portfolio/").status_code == 200
    assert at().get("/portfolio/").status_code == 302


def test_it_says_the_year_in_a_sentence(at, alice, story):
    page = text_of(at(alice))
    assert "€2.05k and 3 d without a rate was invested from December 2025 to November 2026 so far" in page
    assert "1 feature is not released yet and has cost €11 so far." in page


def test_its_five_numbers(at, alice, story):
    page = text_of(at(alice))
    assert "Before return, so far €11 median of 5 released: €300" in page
    assert "Undecided €0 no gate waits" in page
    assert "Maintenance share 0%" in page


def test_days_without_a_rate_are_said_and_not_drawn(at, alice, story):
    assert "3 person-days without a rate are not in the picture: they are no money." in text_of(at(alice))


def test_an_early_kill_shows_its_method_beside_its_number(at, alice, story, book):
    other = book.life("map", ("think_it", date(2026, 9, 1)), killed=date(2026, 9, 9), status="ended")
    book.spend(other, date(2026, 9, 2), "7")
    page = text_of(at(alice))
    assert "Saved by early kills €300 1 of 2 early kills" in page
    assert "€300 (median of 5 released, Checkout) − €0" in page
    assert "Fewer than 5 features were released" in page  # the other one, of which part is in days


def test_returns_and_what_they_are_of(at, alice, story):
    page = text_of(at(alice))
    assert "Returned since release €3k 5 of 5 released features priced" in page
    assert "Return factor ×1.50" in page
    assert "First return after release 31 days median of 5" in page


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("?span=3m", "from September 2026 to November 2026 so far"),
        ("?span=all", "from March 2026 to November 2026 so far"),
        (
            "?from=2026-03-15&to=2026-04-02",
            "to April 2026, and nothing in January 2026 to February 2026",
        ),
        ("?from=2026-08-01&to=2026-08-31&compare_from=2026-04-01&compare_to=2026-04-30", "less than in April 2026"),
        ("?span=century&by=colour", "from December 2025 to November 2026"),
    ],
)
def test_the_period_stands_in_the_address(at, alice, story, asked, said):
    assert said in text_of(at(alice), f"/portfolio/{asked}")


@pytest.mark.parametrize("by", ["phase", "squad", "tribe", "category"])
def test_it_is_stacked_by_what_is_chosen(at, alice, story, by):
    answer = at(alice).get(f"/portfolio/?by={by}&span=all").content.decode()
    word = {"phase": "Build It", "squad": "Checkout", "tribe": "Commerce", "category": "People"}[by]
    assert f'<th scope="col" class="r">{word}</th>' in answer
    assert re.search(rf'href="[^"]*by={by}[^"]*#invested"\s+aria-current="true"', answer)


def test_a_squad_or_a_tribe_alone(at, alice, story, other_squad):
    assert "No feature of these" in text_of(at(alice), "/portfolio/?squad=playlists")
    assert "€2.05k" in text_of(at(alice), "/portfolio/?tribe=commerce")


@pytest.mark.parametrize("asked", ["?from=nonsense", "?from=2026-05-01&to=2026-01-01", "?squad=nobody", "?tribe=%00x"])
def test_what_cannot_be_shown_is_said_and_the_year_stands_instead(at, alice, story, asked):
    page = text_of(at(alice), f"/portfolio/{asked}", status=400)
    assert "This period or part cannot be shown" in page
    assert "from December 2025 to November 2026" in page


def test_it_costs_the_same_with_one_feature_and_with_many(at, alice, book):
    book.released("one-tap", build="100", ship="30")
    client = at(alice)
    with CaptureQueriesContext(connection) as one:
        text_of(client)
    for number in range(6):
        book.released(f"more-{number}", build="5", ship="5")
    with CaptureQueriesContext(connection) as many:
        text_of(client)
    assert len(one) == len(many) <= 40


class TestThePack:
    def test_it_holds_the_figures_of_a_quarter_against_the_one_before(self, at, alice, story):
        page = text_of(at(alice), "/portfolio/pack/2026-Q3/")
        assert "Portfolio 2026-Q3" in page
        assert "from July 2026 to September 2026, €210 less than in April 2026 to June 2026" in page
        assert "so far, as known" not in page

    def test_a_quarter_that_runs_says_so(self, at, alice, story):
        assert "October 2026 to December 2026 so far, as known on" in text_of(at(alice), "/portfolio/pack/2026-q4/")

    @pytest.mark.parametrize("path", ["2026-Q5/", "nonsense/", "2026-Q4/?squad=nobody", "2026-Q7.csv"])
    def test_there_is_no_such_quarter(self, at, alice, path):
        assert at(alice).get(f"/portfolio/pack/{path}").status_code == 404

    def test_an_empty_one_says_so(self, at, alice):
        assert "The portfolio is empty" in text_of(at(alice), "/portfolio/pack/2026-Q3/")

    def test_the_file_has_one_line_a_feature_with_its_figures(self, at, alice, story):
        answer = at(alice).get("/portfolio/pack/2026-Q3.csv")
        assert answer["Content-Disposition"] == 'attachment; filename="portfolio-2026-Q3.csv"'
        rows = {row["feature"]: row for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))}
        assert len(rows) == 7
        gift, done = rows["gift"], rows["done-0"]
        assert (gift["invested_in_period"], gift["invested_in_period_days"], gift["ended_on"]) == (
            "40.00",
            "3.000",
            "2026-08-14",
        )
        assert (done["invested_in_period"], done["before_return"], done["returned"]) == ("0.00", "100.00", "600.00")
        assert gift["returned"] == ""

    def test_a_name_is_no_formula(self, at, alice, book):
        book.life("evil", ("think_it", date(2026, 8, 3)), name="=1+1")
        assert "'=1+1" in at(alice).get("/portfolio/pack/2026-Q3.csv").content.decode()

    def test_nobody_gets_none(self, at, story):
        assert at().get("/portfolio/pack/2026-Q3.csv").status_code == 302
