"""Spend before return is the shaded area of the curve, to the cent, for every feature."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from features.actions.summing import release
from features.models import Feature
from features.queries.sums import differences
from lifecycle.queries.curve import curve_of
from lifecycle.queries.portfolio.before_return import spent_before_return
from lifecycle.queries.portfolio.scope import Period, Scope
from lifecycle.queries.portfolio.summary import shaded
from tests.lifecycle.queries.portfolio.conftest import NOW, Book, noon

pytestmark = pytest.mark.django_db
D = Decimal
RELEASE = date(2026, 5, 1)


def before(feature):
    [found] = [one for one in spent_before_return().features if one.id == feature.pk]
    return found.before


def let_go(feature, on):
    """It is released to all on this day, as a decision does it."""
    feature.released_on = on
    feature.save()
    release(feature=feature)


def test_the_day_of_release_counts_and_the_day_after_does_not(book):
    feature = book.released("one-tap", build="100", ship="30")
    book.spend(feature, RELEASE, "5")
    book.spend(feature, RELEASE + timedelta(days=1), "1000")
    assert before(feature).money == D(135)


def test_entries_from_before_the_first_stint_count_too(book):
    feature = book.released("one-tap", build="100", ship="30")
    book.spend(feature, date(2025, 1, 1), "20")
    assert before(feature).money == D(150)


def test_days_without_a_rate_stay_days(book):
    feature = book.released("one-tap", build="100", ship="30")
    book.spend(feature, date(2026, 4, 20), days="4")
    assert (before(feature).money, before(feature).days) == (D(130), D(4))


def test_while_there_is_no_release_all_counts_so_far(book):
    feature = book.life("idea", ("think_it", date(2026, 10, 5)))
    book.spend(feature, date(2026, 10, 6), "11")
    found = spent_before_return()
    assert found.so_far.money == before(feature).money == D(11)
    assert found.released == ()


def test_a_tweak_counts_with_its_parent_and_not_beside_it(book):
    parent = book.released("one-tap", build="100", ship="30")
    tweak = book.life("tweak", ("think_it", RELEASE), parent=parent)
    book.spend(tweak, RELEASE, "3")
    book.spend(tweak, date(2026, 6, 1), "40")
    [found] = spent_before_return().features
    assert (found.before.money, found.whole.money) == (D(133), D(173))


def test_a_release_in_the_middle_of_an_imported_stay_cuts_it_by_the_day(book):
    feature = book.life("imported", ("build_it", date(2026, 3, 2)), released=RELEASE)
    for on, amount in ((date(2026, 4, 2), "10"), (RELEASE, "5"), (date(2026, 6, 1), "70")):
        book.spend(feature, on, amount)
    assert before(feature).money == D(15)


def test_what_was_recorded_ahead_for_days_after_the_release_does_not_count(book):
    """1 May 2026 is a Friday: the next day shares its cell, the tenth day after does not."""
    feature = book.life("one-tap", ("build_it", date(2026, 3, 2)))
    for days, amount in ((-1, "10"), (0, "5"), (1, "1000"), (10, "10000")):
        book.spend(feature, RELEASE + timedelta(days=days), amount)
    feature.stints.update(ended_at=noon(RELEASE))
    assert before(feature).money == D(11015)
    let_go(feature, RELEASE)
    assert before(feature).money == D(15)
    book.spend(feature, RELEASE + timedelta(days=2), "7")
    book.spend(feature, RELEASE, "6")
    assert before(feature).money == D(21)


def test_that_a_tweak_lands_leaves_what_came_before_its_parents_release(book):
    parent = book.released("one-tap", build="100", ship="30")
    tweak = book.life("tweak", ("ship_it", RELEASE), parent=parent)
    book.spend(tweak, RELEASE, "3")
    book.spend(tweak, date(2026, 6, 1), "40")
    let_go(tweak, date(2026, 5, 20))
    assert before(parent).money == D(133)
    assert list(differences()) == []


def test_the_distribution_is_of_what_was_released_in_the_period(book):
    for number, cost in enumerate(("100", "200", "300", "400")):
        book.released(f"feature-{number}", build=cost, ship="0")
    found = spent_before_return()
    lying = shaded(found, period=Period(date(2026, 4, 1), date(2026, 6, 30)))
    assert (lying.spread.lower, lying.spread.median, lying.spread.upper) == (D(175), D(250), D(325))
    assert sum(one.count for one in lying.bins) == 4
    assert shaded(found, period=Period(date(2026, 6, 1), date(2026, 6, 30))).spread is None


def test_a_squad_alone(book, other_squad):
    book.released("one-tap", build="100", ship="30")
    book.released("mix", build="1", ship="1", squad=other_squad)
    assert [one.key for one in spent_before_return(scope=Scope(tribe="music")).features] == ["mix"]


def test_it_costs_the_same_with_one_feature_and_with_many(book):
    book.released("one-tap", build="100", ship="30")
    with CaptureQueriesContext(connection) as one:
        spent_before_return()
    for number in range(6):
        book.released(f"more-{number}", build="5", ship="5")
    with CaptureQueriesContext(connection) as many:
        spent_before_return()
    assert len(one) == len(many) == 2


DAYS = st.dates(date(2026, 2, 20), date(2026, 6, 20))
ENTRIES = st.lists(st.tuples(st.booleans(), DAYS, st.integers(0, 10**6)), max_size=12)


@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(entries=ENTRIES, on=st.dates(date(2026, 3, 10), date(2026, 5, 30)), early=st.booleans())
def test_it_is_the_shaded_area_of_the_curve_whatever_was_recorded_when(squad, entries, on, early):
    """Also where entries were recorded ahead, while the stint before the release was still open (`early`)."""
    book, name = Book(squad), f"f{Feature.objects.count()}"
    stays = [("build_it", date(2026, 3, 2))] if early else [("build_it", date(2026, 3, 2)), ("tweak_it", on)]
    parent = book.life(name, *stays, released=None if early else on)
    tweak = book.life(f"{name}-tweak", ("think_it", on), parent=parent)
    for of_tweak, day, cents in entries:
        latest = on + timedelta(days=31) if early else day
        book.spend(tweak if of_tweak else parent, min(day, latest), D(cents) / 100)
    if early:
        parent.stints.update(ended_at=noon(on))
        let_go(parent, on)
    curve = curve_of(feature=parent, now=NOW)
    assert before(parent).money == curve.shaded_area
    assert list(differences()) == []
