"""The curve of a feature, from its rows."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.actions.summing import rebuild
from features.errors import BadInput
from features.models import Investment, Return, Stint
from hypotheses.models import Evidence
from lifecycle.curves.curve import Life, draw
from lifecycle.curves.ledger import Earning, Spend, by_day
from lifecycle.models import Decision, ExposureChange, Gate
from lifecycle.queries.curve import curve_of
from tests.factories.rows import booked, saved

pytestmark = pytest.mark.django_db
T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOW = T0 + timedelta(days=20)


@pytest.fixture
def stint() -> Stint:
    return saved(Stint, started_at=T0, phase="think_it")


def entry(stint, on, amount, keep=booked, **more):
    money = {"amount": amount, "amount_base": amount}
    return keep(Investment, feature=stint.feature, stint=stint, on=on, **{**money, **more})


def test_the_curve_of_a_feature_that_has_only_begun(stint):
    curve = curve_of(feature=stint.feature, now=NOW)
    assert [p.start for p in curve.points] == [date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16)]
    assert (curve.invested_total, curve.priced, curve.unit) == (Decimal("0.00"), False, "money")
    assert (curve.bands[0].phase, curve.bands[0].start, curve.bands[0].end) == ("think_it", date(2026, 3, 2), None)


def test_an_interval_that_does_not_exist_is_refused(stint):
    with pytest.raises(BadInput, match="week or month"):
        curve_of(feature=stint.feature, interval="year", now=NOW)


def test_restated_entries_count_once(stint):
    entry(stint, date(2026, 3, 3), 50, superseded_at=T0 + timedelta(days=3))
    entry(stint, date(2026, 3, 3), 70)
    assert curve_of(feature=stint.feature, now=NOW).invested_total == Decimal("70.00")


def test_what_was_spent_while_the_gate_waited_is_undecided_also_after_the_decision(stint):
    due = T0 + timedelta(days=7)
    gate = saved(Gate, stint=stint, opened_at=T0, state="decided", due_at=due, decided_at=NOW)
    saved(Decision, gate=gate, at=NOW)
    stint.due_at = due
    stint.save()
    entry(stint, date(2026, 3, 8), 1)
    entry(stint, date(2026, 3, 9), 2, first_recorded_at=due - timedelta(hours=1), recorded_at=NOW)
    entry(stint, date(2026, 3, 9), 4, first_recorded_at=due)
    entry(stint, date(2026, 3, 10), 8)
    curve = curve_of(feature=stint.feature, now=NOW)
    assert curve.undecided_total == Decimal("12.00")
    assert [mark.outcome for mark in curve.decisions] == ["advance"]


def test_tweaks_roll_up_into_their_parent_but_not_the_other_way(stint):
    tweak = saved(Stint, started_at=T0)
    tweak.feature.parent = stint.feature
    tweak.feature.save()
    deeper = saved(Stint, started_at=T0)
    deeper.feature.parent = tweak.feature
    deeper.feature.save()
    for each, amount in ((stint, 1), (tweak, 10), (deeper, 100)):
        entry(each, date(2026, 3, 3), amount)
    booked(Return, feature=tweak.feature, on=date(2026, 3, 12), amount=500, amount_base=500)
    stint.feature.released_on = date(2026, 3, 10)
    parent = curve_of(feature=stint.feature, now=NOW)
    assert (parent.invested_total, parent.returned_total, parent.break_even_on) == (111, 500, date(2026, 3, 12))
    assert curve_of(feature=tweak.feature, now=NOW).invested_total == 110
    assert curve_of(feature=deeper.feature, now=NOW).invested_total == 100


def test_the_number_of_queries_does_not_grow(stint, django_assert_num_queries):
    for n in range(5):
        entry(stint, date(2026, 3, 3 + n), n)
        saved(ExposureChange, feature=stint.feature, at=T0 + timedelta(days=n))
    saved(Evidence, stint=stint)
    with django_assert_num_queries(6):
        curve_of(feature=stint.feature, now=NOW)


def test_figures_that_are_exact_to_the_day_are_found_within_the_weeks_that_are_summed(stint):
    feature = stint.feature
    feature.released_on = date(2026, 3, 11)
    for on, amount in ((3, 100), (10, 20), (11, 5), (12, 7)):
        entry(stint, date(2026, 3, on), amount)
    for on, amount in ((10, 1000), (17, -8), (18, 60), (19, 60), (20, 60)):
        booked(Return, feature=feature, on=date(2026, 3, on), amount=amount, amount_base=amount)
    curve = curve_of(feature=feature, now=NOW)
    assert (curve.shaded_area, curve.early_returns) == (Decimal("125.00"), Decimal("1000.00"))
    assert (curve.first_return_on, curve.break_even_on) == (date(2026, 3, 18), date(2026, 3, 20))
    assert curve.return_factor == Decimal("1.3030")


def test_a_feature_that_is_never_in_the_red_asks_for_no_days(stint, django_assert_max_num_queries):
    feature = stint.feature
    feature.released_on = date(2026, 3, 3)
    entry(stint, date(2026, 3, 4), 1)
    for week in range(30):
        on = date(2026, 3, 3) + timedelta(weeks=week)
        saved(Return, feature=feature, on=on, amount=100, amount_base=100, external_id=f"w{week}")
    rebuild()
    with django_assert_max_num_queries(16):
        curve = curve_of(feature=feature, now=NOW + timedelta(days=300))
    assert (curve.break_even_on, curve.return_factor) == (None, Decimal(3000))


@given(
    costs=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 50), st.booleans()), max_size=12),
    returns=st.lists(st.tuples(st.integers(0, 40), st.integers(-20, 80)), max_size=12),
    released=st.none() | st.integers(0, 40),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_curve_of_the_sums_is_that_of_the_entries_whatever_they_are(stint, now, costs, returns, released):
    feature, first = stint.feature, date(2026, 3, 2)
    Investment.objects.all().delete()
    Return.objects.all().delete()
    feature.released_on = first + timedelta(days=released) if released is not None else None
    days = [first + timedelta(days=n) for n in range(41)]
    spends = [Spend(days[n], None if bare else Decimal(amount), Decimal(amount)) for n, amount, bare in costs]
    earnings = [Earning(days[n], Decimal(amount)) for n, amount in returns]
    for one in spends:
        entry(stint, one.on, one.amount, keep=saved, person_days=one.days)
    for one in earnings:
        saved(Return, feature=feature, on=one.on, amount=one.amount, amount_base=one.amount)
    rebuild()
    for interval in ("week", "month"):
        kept = curve_of(feature=feature, interval=interval, now=NOW)
        plain = Life(as_of=NOW.date(), days=by_day(spends, earnings), bands=kept.bands, released_on=feature.released_on)
        assert kept == draw(plain, interval=interval)
