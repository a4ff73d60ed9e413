"""The rate card: who may set what, from which day it holds, and what stands in the history."""

from datetime import date
from decimal import Decimal

import pytest

from features.actions.rate_card import set_rate, set_role, set_seat
from features.errors import BadInput, Forbidden
from features.models import AuditEntry, Rate, Seat
from features.queries.rates import load_rates

pytestmark = pytest.mark.django_db
JANUARY, MARCH = date(2026, 1, 1), date(2026, 3, 1)


@pytest.fixture
def rate(squad, bob, now):
    def act(**fields):
        given = {"squad": squad, "role": "developer", "from_on": JANUARY, "amount": Decimal(600), "by": bob}
        return set_rate(**{**given, **fields}, now=now)

    return act


@pytest.fixture
def seat(squad, bob, now):
    def act(**fields):
        given = {"squad": squad, "role": "developer", "from_on": JANUARY, "people": Decimal(2), "by": bob}
        return set_seat(**{**given, **fields}, now=now)

    return act


def test_the_squads_own_rate_comes_before_the_houses_and_each_from_its_day(rate, squad, root):
    rate(squad=None, by=root, amount=Decimal(500))
    rate(from_on=MARCH, amount=Decimal(700))
    rates = load_rates(squads=[squad.pk])

    def on(*day, role="developer"):
        found = rates.rate_on(squad=squad.pk, role=role, day=date(*day))
        return found and found.amount

    assert (on(2025, 12, 31), on(2026, 1, 1), on(2026, 2, 28), on(2026, 3, 1)) == (None, 500, 500, 700)
    assert on(2026, 3, 1, role="designer") is None


def test_seats_hold_until_the_next_and_none_ends_them(seat, squad):
    seat()
    seat(role="designer", people=Decimal("0.5"), from_on=date(2026, 3, 4))
    seat(people=Decimal(0), from_on=date(2026, 3, 6))
    rates = load_rates(squads=[squad.pk])
    assert rates.people_on(squad=squad.pk, day=date(2025, 12, 31)) == {}
    assert rates.people_on(squad=squad.pk, day=date(2026, 3, 5)) == {"designer": Decimal("0.5"), "developer": 2}
    assert rates.people_on(squad=squad.pk, day=date(2026, 3, 6)) == {"designer": Decimal("0.5")}
    assert rates.days_in(squad=squad.pk, week=date(2026, 3, 2)) == {"developer": 8, "designer": Decimal("1.5")}


def test_who_may(rate, seat, alice, bob, carol, root, mallory):
    for person in (bob, carol, root, None):
        rate(by=person)
        seat(by=person)
    for person in (alice, mallory):
        for act in (rate, seat):
            with pytest.raises(Forbidden) as refused:
                act(by=person)
            assert "Leads of Checkout" in refused.value.detail
    for person in (bob, carol):
        with pytest.raises(Forbidden):
            rate(squad=None, by=person)


def test_each_change_stands_in_the_history_with_before_and_after_and_the_same_again_writes_nothing(rate, seat):
    assert rate().changed
    assert not rate(role="  Developer ").changed, "roles are kept in lower case"
    assert rate(amount=Decimal(650)).changed
    seat()
    assert not seat().changed
    assert (Rate.objects.count(), Seat.objects.count(), AuditEntry.objects.count()) == (1, 1, 3)
    body = AuditEntry.objects.get(number=2).body
    assert (body["role"], body["from_on"], body["before"]["amount"], body["after"]["amount"]) == (
        "developer", "2026-01-01", "600.00", "650",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"role": " "}, "role"),
        ({"role": "x" * 41}, "role"),
        ({"role": "a:b"}, "role"),
        ({"amount": Decimal(-1)}, "amount"),
        ({"amount": Decimal("0.001")}, "amount"),
        ({"amount": Decimal("NaN")}, "amount"),
        ({"amount": Decimal(10) ** 7}, "amount"),
        ({"amount": Decimal(10) ** 6, "currency": "BTC", "rate": Decimal(50_000)}, "amount"),
        ({"currency": "SEK"}, "rate"),
        ({"rate": Decimal(2)}, "rate"),
        ({"currency": "SEK", "rate": Decimal(0)}, "rate"),
        ({"currency": "kr"}, "currency"),
        ({"from_on": date(1969, 1, 1)}, "from_on"),
    ],
)
def test_what_will_not_do_is_named(rate, fields, name):
    with pytest.raises(BadInput) as refused:
        rate(**fields)
    assert [error.field for error in refused.value.errors] == [name]
    assert not Rate.objects.exists()


def test_people_are_counted_in_hundredths(seat):
    for people in ("-1", "0.001", "10000", "NaN"):
        with pytest.raises(BadInput):
            seat(people=Decimal(people))


def test_both_at_once_or_neither(squad, bob, now):
    given = {"squad": squad, "role": "developer", "from_on": JANUARY, "by": bob, "now": now}
    with pytest.raises(BadInput):
        set_role(**given)
    with pytest.raises(BadInput):
        set_role(**given, people=Decimal(1), amount=Decimal(-1))
    assert not Seat.objects.exists()
    assert len(set_role(**given, people=Decimal(1), amount=Decimal(600))) == 2
