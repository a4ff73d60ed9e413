"""What failure cost and what early kills saved, added up by hand."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from features.models import Squad
from lifecycle.queries.portfolio.endings import ended_without_decision, endings
from lifecycle.queries.portfolio.scope import Period, Scope

pytestmark = pytest.mark.django_db
D = Decimal
DEATH = date(2026, 8, 14)


def killed(book, key="gift", *, phase="build_it", cost=None, status="ended", **fields):
    stays = [("think_it", date(2026, 7, 1))]
    if phase != "think_it":
        stays.append((phase, date(2026, 8, 3)))
    feature = book.life(key, *stays, killed=DEATH, status=status, **fields)
    if cost is not None:
        book.spend(feature, date(2026, 8, 4), cost)
    return feature


def five_released(book, **fields):
    """Build It and Ship It of five features: 100, 200, 300, 400 and 1,000; the median is 300."""
    for number, build in enumerate(("50", "150", "250", "350", "950")):
        made = book.released(f"done-{number}", build=build, ship="50", **fields)
        book.spend(made, date(2026, 6, 1), "9999", category="infrastructure")


def only():
    [found] = endings().killed
    return found


def test_the_cost_of_failure_stands_by_the_phase_of_the_kill(book):
    feature = killed(book, cost="40")
    book.spend(feature, date(2026, 7, 2), "8")
    killed(book, "map", phase="think_it")
    by_phase = {one.phase: (one.count, one.cost.money) for one in endings().by_phase}
    assert by_phase["build_it"] == (1, D(48))
    assert by_phase["think_it"] == (1, D(0))
    assert by_phase["maintain_it"] == (0, D(0))


def test_what_taking_it_out_costs_is_part_of_its_cost(book):
    feature = killed(book, cost="40", status="removing")
    book.spend(feature, date(2026, 9, 1), "5")
    assert endings().cost.money == D(45)


def test_an_early_kill_saved_what_like_features_cost_less_what_it_had_cost(book):
    five_released(book)
    killed(book, cost="40")
    saving = only().saving
    assert (saving.group, saving.name, saving.count) == ("squad", "Checkout", 5)
    assert (saving.typical, saving.spent, saving.saved) == (D(300), D(40), D(260))


def test_one_killed_in_think_it_saved_all_of_it(book):
    five_released(book)
    killed(book, phase="think_it")
    assert only().saving.saved == D(300)


def test_a_saving_is_never_below_zero(book):
    five_released(book)
    killed(book, phase="ship_it", cost="5000")
    assert only().saving.saved == 0


def test_a_kill_after_ship_it_saves_nothing(book):
    five_released(book)
    killed(book, phase="tweak_it", released=date(2026, 8, 3))
    assert only().saving is None
    assert endings().saved() == 0


def test_where_the_squad_released_too_few_its_tribe_stands_in_and_then_the_house(book, tribe, other_squad):
    neighbour = Squad.objects.create(slug="search", name="Search", tribe=tribe)
    killed(book, cost="40")
    five_released(book, squad=other_squad)
    assert (only().saving.group, only().saving.name) == ("house", "the house")
    for number in range(5):
        book.released(f"near-{number}", build="10", ship="60", squad=neighbour)
    saving = only().saving
    assert (saving.group, saving.name, saving.count, saving.saved) == ("tribe", "Commerce", 5, D(30))


def test_with_too_few_released_nothing_is_claimed(book):
    for number in range(4):
        book.released(f"done-{number}", build="100", ship="100")
    killed(book, cost="40")
    saving = only().saving
    assert (saving.saved, saving.typical) == (None, None)
    assert saving.why.startswith("Fewer than 5 features were released")
    assert (endings().saved(), endings().counted()) == (D(0), 0)


def test_a_feature_of_which_nothing_was_recorded_is_no_measure(book):
    for number in range(4):
        book.released(f"done-{number}", build="100", ship="100")
    stays = ("ship_it", date(2026, 4, 1)), ("tweak_it", date(2026, 5, 1))
    book.life("silent", *stays, released=date(2026, 5, 1))
    killed(book, cost="40")
    assert only().saving.saved is None


def test_days_without_a_rate_are_held_against_days(book):
    for number in range(5):
        stays = ("build_it", date(2026, 3, 2)), ("tweak_it", date(2026, 5, 1))
        made = book.life(f"done-{number}", *stays, released=date(2026, 5, 1))
        book.spend(made, date(2026, 3, 3), days="20")
    book.spend(killed(book), date(2026, 8, 4), days="6")
    saving = only().saving
    assert (saving.unit, saving.saved) == ("days", D(14))
    assert (endings().saved("money"), endings().saved("days")) == (0, D(14))


def test_a_tweak_that_dies_with_its_parent_counts_once(book):
    parent = killed(book, cost="40", phase="tweak_it", status="removing", released=date(2026, 8, 3))
    tweak = killed(book, "tweak", cost="3", parent=parent)
    found = only()
    assert (found.key, found.cost.money) == ("gift", D(43))
    assert tweak.parent == parent


def test_a_tweak_whose_parent_stands_counts_alone_and_is_held_against_tweaks(book):
    five_released(book)
    parent = book.released("one-tap", build="1", ship="1")
    killed(book, "tweak", cost="3", parent=parent)
    assert (only().tweak, only().cost.money, only().saving.saved) == (True, D(3), None)


def test_a_period_and_a_squad_alone(book, other_squad):
    killed(book)
    august = Period(date(2026, 8, 1), date(2026, 8, 31))
    july = Period(date(2026, 7, 1), date(2026, 7, 31))
    assert [len(endings(period=one).killed) for one in (august, july)] == [1, 0]
    assert endings(scope=Scope(squad="playlists")).killed == ()


def test_what_ended_without_a_decision_on_record_is_told_apart(book):
    killed(book)
    stays = [("build_it", date(2026, 3, 2))]
    feature = book.life("lost", *stays)
    type(feature).objects.filter(pk=feature.pk).update(status="ended", ended_on=DEATH)
    assert ended_without_decision() == 1
    assert [one.key for one in endings().killed] == ["gift"]


def test_it_costs_the_same_with_one_kill_and_with_many(book):
    killed(book, cost="1")
    with CaptureQueriesContext(connection) as one:
        endings()
    for number in range(4):
        killed(book, f"more-{number}", cost="1")
    with CaptureQueriesContext(connection) as many:
        endings()
    assert len(one) == len(many) == 3
