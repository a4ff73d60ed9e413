"""Time in phase, flow, answers, maintenance share and returns of small lives."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lifecycle.curves.spread import drift, histogram, quantile, spread
from lifecycle.queries.curve import curve_of
from lifecycle.queries.portfolio.before_return import spent_before_return
from lifecycle.queries.portfolio.earned import earned
from lifecycle.queries.portfolio.investment import invested
from lifecycle.queries.portfolio.pace import pace
from lifecycle.queries.portfolio.scope import Period
from lifecycle.queries.portfolio.summary import summary
from lifecycle.queries.portfolio.upkeep import upkeep
from lifecycle.queries.portfolio.waiting import waiting
from tests.factories import lives
from tests.lifecycle.queries.portfolio.conftest import NOW, TODAY

pytestmark = pytest.mark.django_db
D = Decimal
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))


class TestPace:
    def test_a_visit_is_all_iterations_together(self, book):
        stays = ("think_it", date(2026, 3, 2)), ("think_it", date(2026, 3, 12)), ("build_it", date(2026, 3, 22))
        book.life("one-tap", *stays)
        think, build, *_ = pace(period=YEAR).times
        assert (think.visits.median, think.stints.median, think.stints.count) == (D(20), D(10), 2)
        assert (build.visits, build.running) == (None, 1)

    def test_a_visit_counts_in_the_period_in_which_it_ended_with_all_its_days(self, book):
        book.life("one-tap", ("think_it", date(2025, 12, 2)), ("build_it", date(2026, 1, 1)))
        january = Period(date(2026, 1, 1), date(2026, 1, 31))
        assert pace(period=january).times[0].visits.median == D(30)
        assert pace(period=Period(date(2026, 2, 1), date(2026, 2, 28))).times[0].visits is None

    def test_features_are_counted_where_they_come_in_and_where_they_leave(self, book):
        book.life("one-tap", ("think_it", date(2026, 3, 2)), ("build_it", date(2026, 4, 5)))
        book.life("gift", ("think_it", date(2026, 3, 2)), killed=date(2026, 5, 5), status="ended")
        first, second, *_ = pace(period=YEAR).flows
        assert (first.entered, first.left) == ((2, 0, 0, 0, 0), (0, 0, 0, 0, 0))
        assert (second.entered, second.left, second.ended) == ((0, 1, 0, 0, 0), (2, 0, 0, 0, 0), 1)

    def test_answers_are_shares_of_all_answers_of_the_phase(self, squad, alice):
        life = lives.building(squad, alice)
        life.wait(1).call()
        life.decide("iterate")
        life.wait(1).call()
        life.decide("kill")
        think, build, *_, maintain = pace(period=YEAR).answers
        assert (think.count, think.rate("advance")) == (1, D(1))
        assert (build.iterate, build.kill, build.rate("kill")) == (1, 1, D("0.5"))
        assert maintain.rate("kill") is None

    def test_it_is_four_queries(self, book):
        for number in range(3):
            book.released(f"feature-{number}", build="1", ship="1")
        with CaptureQueriesContext(connection) as asked:
            pace(period=YEAR)
        assert len(asked) == 4


class TestUpkeep:
    def share_of(self, book, **months):
        feature = book.released("one-tap", build="0", ship="0")
        other = book.life("other", ("build_it", date(2026, 1, 1)))
        for month, (kept, rest) in months.items():
            day = date(2026, int(month[1:]), 15)
            book.spend(feature, day, kept)
            book.spend(other, day, rest)
        period = Period(date(2026, 5, 1), date(2026, 11, 30))
        return upkeep(invested(period=period), today=TODAY)

    def test_it_is_what_tweak_it_and_maintain_it_cost_of_all(self, book):
        found = self.share_of(book, m5=("25", "75"), m6=("50", "50"))
        assert [share for share in found.shares if share is not None] == [D("0.25"), D("0.5")]
        assert found.share == D("0.375")
        assert found.told == "Too few months to tell whether it grows."

    def test_a_month_without_spending_is_not_zero(self, book):
        assert self.share_of(book, m5=("25", "75")).shares[1:] == (None,) * 6

    def test_a_drift_is_told_from_the_months_that_are_over(self, book):
        shares = {f"m{month}": (str(10 * (month - 4)), str(100 - 10 * (month - 4))) for month in range(5, 11)}
        found = self.share_of(book, **shares, m11=("0", "1000"))
        assert found.told == "It grows by about 10.0 points a month."


class TestReturns:
    def test_factor_first_return_and_break_even_are_those_of_the_curve(self, book):
        feature = book.released("one-tap", build="100", ship="30")
        for on, amount in ((date(2026, 5, 11), "60"), (date(2026, 6, 8), "90"), (date(2026, 7, 6), "110")):
            book.earn(feature, on, amount)
        found, curve = earned(spent_before_return()), curve_of(feature=feature, now=NOW)
        assert (found.returned, found.priced, found.repaid) == (D(260), 1, 1)
        assert (found.factor, curve.return_factor) == (D(2), D(2))
        assert found.first_return.median == (curve.first_return_on - feature.released_on).days == 10
        assert curve.break_even_on == date(2026, 6, 8)
        assert found.break_even.median == (date(2026, 6, 14) - feature.released_on).days  # the end of that week

    def test_nothing_is_earned_before_release(self, book):
        feature = book.released("one-tap", build="100", ship="30")
        book.earn(feature, date(2026, 4, 30), "1000")
        book.earn(feature, date(2026, 5, 1), "5")
        found = earned(spent_before_return())
        assert (found.returned, found.repaid) == (D(5), 0)
        assert found.first_return.median == 0

    def test_what_is_not_priced_is_counted_and_left_out(self, book):
        feature = book.released("one-tap", build="100", ship="30")
        book.spend(feature, date(2026, 6, 1), days="2")
        book.earn(feature, date(2026, 6, 1), "500")
        book.released("silent", build="1", ship="1")
        found = earned(spent_before_return())
        assert (found.returned, found.priced, found.unpriced, found.factor) == (D(500), 0, 2, None)

    def test_what_a_tweak_returns_is_its_parents(self, book):
        parent = book.released("one-tap", build="100", ship="30")
        tweak = book.life("tweak", ("think_it", date(2026, 6, 1)), parent=parent)
        book.earn(tweak, date(2026, 7, 1), "13")
        assert earned(spent_before_return()).factor == D("0.1")


class TestWaiting:
    def test_what_is_spent_after_a_gate_fell_due_waits(self, book, squad, alice):
        life = lives.building(squad, alice)
        life.wait(1).call()
        life.wait(3)
        book.spend(life.feature, life.now.date(), "70")
        found = waiting(now=life.now)
        assert ([one.feature for one in found.gates], found.now.money) == ([life.feature.key], D(70))
        life.decide("kill")
        found = waiting(now=life.now)
        assert (found.gates, found.before.money) == ((), D(70))
        assert found.answered == ((life.now.date().replace(day=1), found.before),)


class TestSpread:
    def test_quartiles_lie_between_their_neighbours(self):
        values = [D(value) for value in (1, 2, 3, 4)]
        found = spread(values[::-1])
        assert (found.lower, found.median, found.upper, found.total) == (D("1.75"), D("2.5"), D("3.25"), D(10))
        assert quantile(values, D(1)) == D(4)
        assert spread([]) is None

    @pytest.mark.parametrize("values", [["5"], ["0"], ["0.01", "0.02"], ["-3", "4"], ["1e9", "1"], ["7", "7", "7"]])
    def test_a_histogram_holds_every_value_once(self, values):
        bins = histogram([D(value) for value in values])
        assert sum(one.count for one in bins) == len(values)
        assert all(one.low < one.high for one in bins)
        assert 1 <= len(bins) <= 20

    def test_a_line_is_told_only_where_it_is_one(self):
        assert drift([0.1]) is None
        assert drift([0.1, 0.2]).error is None
        assert drift([0.1, 0.2, None, 0.4, 0.5, 0.6, 0.7]).clear
        assert not drift([0.5, 0.1, 0.6, 0.2, 0.4, 0.3, 0.5]).clear


def test_the_whole_summary_costs_the_same_with_one_feature_and_with_many(book):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            found = summary(period=YEAR, before=YEAR.before, now=NOW)
        return found, len(queries)

    book.earn(book.released("one-tap", build="100", ship="30"), date(2026, 6, 1), "500")
    found, one = asked()
    assert not found.empty
    for number in range(5):
        book.earn(book.released(f"more-{number}", build="1", ship="1"), date(2026, 6, 1), "50")
    assert asked()[1] == one <= 32


def test_a_portfolio_without_anything_is_empty(db):
    assert summary(period=YEAR, before=YEAR.before, now=NOW).empty
