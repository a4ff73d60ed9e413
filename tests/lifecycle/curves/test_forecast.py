"""What the present rates make of the net position."""

from datetime import date, timedelta
from decimal import Decimal

from lifecycle.curves.curve import Life, draw
from lifecycle.curves.forecast import forecast
from lifecycle.curves.ledger import Earning, Spend, by_day

RELEASED = date(2026, 1, 5)
LOOK = RELEASED + timedelta(days=140)
WEEKS = [RELEASED + timedelta(days=7 * n) for n in range(20)]


def story(*, returned=300, spent=100, before=10_000):
    spends = [Spend(RELEASED - timedelta(days=30), Decimal(before)), *(Spend(on, Decimal(spent)) for on in WEEKS)]
    return by_day(spends, [Earning(on + timedelta(days=1), Decimal(returned)) for on in WEEKS])


def ahead(**fields):
    return forecast(days=story(**fields), released_on=RELEASED, as_of=LOOK)


def test_the_rates_are_those_of_the_last_quarter():
    found = ahead()
    assert (found.invested, found.returned) == (Decimal("100.00"), Decimal("300.00"))
    assert found.since == LOOK - timedelta(days=91)


def test_break_even_is_when_the_rates_have_paid_back_what_is_missing():
    found = ahead()  # 10,000 + 20 × 100 − 20 × 300 are missing: 6,000, at 200 a week
    assert found.break_even_on == LOOK + timedelta(weeks=30)
    assert found.net == Decimal(-6_000 + 26 * 200)


def test_at_a_loss_it_is_never_reached():
    assert ahead(returned=90).break_even_on is None
    assert ahead(returned=101, before=1_000_000).break_even_on is None, "within ten years"


def test_less_than_four_weeks_tell_nothing():
    assert forecast(days=story(), released_on=RELEASED, as_of=RELEASED + timedelta(days=27)) is None


def test_only_what_is_priced_released_and_there_has_one():
    told = {"as_of": LOOK, "days": story()}
    assert draw(Life(**told, released_on=RELEASED)).forecast.break_even_on == LOOK + timedelta(weeks=30)
    assert draw(Life(**told)).forecast is None
    assert draw(Life(**told, released_on=RELEASED, ended_on=LOOK)).forecast is None


def test_the_times_of_the_return_map_are_counted_from_the_release():
    curve = draw(Life(as_of=LOOK, days=story(before=1_000), released_on=RELEASED))
    assert curve.days_to_first_return == 1
    assert curve.days_to_break_even_after_release == 29
    assert curve.as_json()["days_to_break_even"] == 29 + (RELEASED - date(2025, 12, 1)).days
