"""Investment over time: what each layer holds, and one period against another."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from features.errors import BadInput, Missing
from lifecycle.queries.portfolio.asking import asked
from lifecycle.queries.portfolio.investment import compared, invested
from lifecycle.queries.portfolio.scope import Period, Scope, everything, last_months, quarter_at, whole_months
from tests.lifecycle.queries.portfolio.conftest import TODAY

pytestmark = pytest.mark.django_db
D = Decimal
SPRING = Period(date(2026, 3, 1), date(2026, 5, 31))


@pytest.fixture
def spring(book):
    """€100 in Build It in March, €30 and 2 days without a rate in Ship It in April, €7 in Tweak It in May."""
    feature = book.released("one-tap", build="100", ship="30")
    book.spend(feature, date(2026, 4, 12), days="2")
    book.spend(feature, date(2026, 5, 20), "7", category="infrastructure")
    return feature


def shown(stack):
    return [(one.name, [f"{amount.money:.2f}" for amount in one.amounts]) for one in stack.series]


def test_it_is_stacked_by_phase_in_the_order_of_the_phases(spring):
    stack = invested(period=SPRING)
    assert shown(stack) == [
        ("Build It", ["100.00", "0.00", "0.00"]),
        ("Ship It", ["0.00", "30.00", "0.00"]),
        ("Tweak It", ["0.00", "0.00", "7.00"]),
    ]
    assert [f"{one.money:.2f}" for one in stack.totals] == ["100.00", "30.00", "7.00"]


def test_days_without_a_rate_stand_apart_and_are_no_money(spring):
    stack = invested(period=SPRING)
    assert (stack.total.money, stack.total.days, stack.unit) == (D(137), D(2), "money")


def test_it_is_stacked_by_category_squad_and_tribe(spring):
    assert shown(invested(period=SPRING, by="category")) == [
        ("People", ["100.00", "30.00", "0.00"]),
        ("Infrastructure", ["0.00", "0.00", "7.00"]),
    ]
    assert shown(invested(period=SPRING, by="squad")) == [("Checkout", ["100.00", "30.00", "7.00"])]
    assert shown(invested(period=SPRING, by="tribe")) == [("Commerce", ["100.00", "30.00", "7.00"])]


def test_quarters_hold_the_months_that_the_period_holds(spring):
    stack = invested(period=SPRING, interval="quarter")
    assert stack.starts == (date(2026, 1, 1), date(2026, 4, 1))
    assert [f"{one.money:.2f}" for one in stack.totals] == ["100.00", "37.00"]


def test_a_squad_or_a_tribe_alone(spring, book, other_squad):
    other = book.life("other", ("build_it", date(2026, 3, 2)), squad=other_squad)
    book.spend(other, date(2026, 3, 3), "1000")
    assert invested(period=SPRING).total.money == D(1137)
    assert invested(period=SPRING, scope=Scope(squad="checkout")).total.money == D(137)
    assert invested(period=SPRING, scope=Scope(tribe="music")).total.money == D(1000)
    assert [one.key for one in invested(period=SPRING, by="squad").series] == ["playlists", "checkout"]


def test_entries_outside_of_any_stint_are_a_layer_of_their_own(spring, book):
    book.spend(spring, date(2025, 1, 5), "3")
    [layer] = invested(period=whole_months(date(2025, 1, 1), date(2025, 1, 1))).series
    assert (layer.key, layer.name) == ("", "Outside of any phase")


def test_one_period_against_another(spring):
    april, march = (whole_months(date(2026, month, 5), date(2026, month, 5)) for month in (4, 3))
    found = compared(invested(period=april), invested(period=march))
    assert [(one.name, one.now.money, one.before.money, one.difference.money) for one in found.layers] == [
        ("Ship It", D(30), D(0), D(30)),
        ("Build It", D(0), D(100), D(-100)),
    ]
    assert (found.whole.difference.money, found.whole.difference.days) == (D(-70), D(2))


def test_nothing_recorded_is_an_empty_stack(db):
    stack = invested(period=everything(today=TODAY))
    assert (stack.series, stack.total.money, len(stack.totals)) == ((), 0, 1)


def test_it_is_one_query_however_much_there_is(spring, book):
    with CaptureQueriesContext(connection) as one:
        invested(period=SPRING)
    for number in range(5):
        book.released(f"more-{number}", build="5", ship="5")
    with CaptureQueriesContext(connection) as many:
        invested(period=SPRING)
    assert len(one) == len(many) == 1


@pytest.mark.parametrize("fault", [{"by": "person"}, {"interval": "week"}])
def test_what_it_cannot_be_stacked_by_is_refused(db, fault):
    with pytest.raises(BadInput):
        invested(period=SPRING, **fault)


class TestPeriods:
    def test_days_are_widened_to_their_months(self):
        assert whole_months(date(2026, 3, 15), date(2026, 5, 2)) == SPRING
        assert SPRING.before == Period(date(2025, 12, 1), date(2026, 2, 28))
        assert last_months(3, today=date(2026, 1, 31)).first == date(2025, 11, 1)

    def test_a_quarter_has_a_name(self):
        assert quarter_at("2026-Q4") == Period(date(2026, 10, 1), date(2026, 12, 31))
        for name in ("2026-Q5", "26-Q1", "2026", "9999-Q1"):
            with pytest.raises(Missing):
                quarter_at(name)

    def test_without_days_everything_is_meant_and_compared_with_nothing(self, spring):
        what = asked({}, today=TODAY)
        assert (what.period, what.before, what.given) == (Period(date(2026, 3, 1), date(2026, 11, 30)), None, False)

    def test_a_period_is_compared_with_the_months_before_it_or_with_those_that_are_named(self, spring):
        given = {"from": "2026-04-01", "to": "2026-04-30"}
        assert asked(given, today=TODAY).before == Period(date(2026, 3, 1), date(2026, 3, 31))
        named = {**given, "compare_from": "2025-04-01", "compare_to": "2025-04-30"}
        assert asked(named, today=TODAY).before == Period(date(2025, 4, 1), date(2025, 4, 30))

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"from": "2026-13-01"}, "from"),
            ({"to": "20261101"}, "to"),
            ({"from": "2026-05-01", "to": "2026-04-01"}, "to"),
            ({"from": "0001-01-01"}, "from"),
            ({"compare_from": "2026-01-01"}, "compare_to"),
            ({"compare_from": "2026-02-01", "compare_to": "2026-01-01"}, "compare_to"),
            ({"squad": "nobody"}, "squad"),
            ({"tribe": "nobody"}, "tribe"),
        ],
    )
    def test_what_is_wrong_is_named(self, db, given, field):
        with pytest.raises(BadInput) as refused:
            asked(given, today=TODAY)
        assert [error.field for error in refused.value.errors] == [field]
