from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from lifecycle.charts import formats

NBSP = "\xa0"


@pytest.mark.parametrize(
    ("amount", "short", "long"),
    [
        (0, "£0", "£0"),
        (0.5, "£0.50", "£0.50"),
        (-0.001, "£0.00", "£0.00"),
        (942, "£942", "£942"),
        (9400, "£9.4k", "£9,400"),
        (442_000, "£442k", "£442,000"),
        (999_499, "£999k", "£999,499"),
        (999_960, "£1m", "£999,960"),
        (1_204_500, "£1.2m", "£1,204,500"),
        (Decimal("-588000.4"), "−£588k", "−£588,000"),
        (12.4e9, "£12.4bn", "£12,400,000,000"),
        (None, "not known", "not known"),
    ],
)
def test_money_short_and_long(amount, short, long):
    assert formats.money_short(amount, "GBP") == short
    assert formats.money(amount, "GBP") == long


def test_money_of_other_countries():
    assert formats.money(12.5, "EUR") == "€12.50"
    assert formats.money(-3, "CHF") == f"−CHF{NBSP}3"
    assert formats.money_short(1500, "nok") == f"NOK{NBSP}1.5k"


def test_effects_carry_a_true_sign_and_their_unit():
    assert formats.effect(0.0071, unit="share") == f"+0.71{NBSP}pp"
    assert formats.effect(-0.003, unit="share", scale="relative") == "−0.3%"
    assert formats.effect(0, unit="share") == f"0.00{NBSP}pp"
    assert formats.effect(-0.000001, unit="share") == f"0.00{NBSP}pp"
    assert formats.effect(12.345, unit="ms") == f"+12.3{NBSP}ms"
    assert formats.effect(None, unit="ms") == "not known"


def test_an_interval_says_its_unit_once():
    assert formats.interval(0.0042, 0.01, unit="share") == f"+0.42 to +1.00{NBSP}pp"
    assert formats.interval(-3, 12, unit="ms") == f"−3 to +12{NBSP}ms"
    assert formats.interval(None, 1, unit="ms") == "not known"


def test_percentages_of_a_ladder_and_shares():
    assert [formats.percentage(value) for value in (1, 0.5, 99, 100)] == ["1%", "0.5%", "99%", "100%"]
    assert [formats.percent(value) for value in (0.5, 0.042, 0.0004, 1)] == ["50%", "4.2%", "0.04%", "100%"]


def test_days_have_years_and_distances_have_words():
    assert formats.day(date(2025, 8, 11)) == "11 August 2025"
    assert formats.day_short(datetime(2025, 8, 11, 9, 0, tzinfo=UTC)) == "11 Aug 2025"
    assert [formats.days_away(days) for days in (6, 1, 0, -1, -12, None)] == [
        "in 6 days", "tomorrow", "today", "1 day late", "12 days late", "not known",
    ]  # fmt: skip


def test_person_days_are_never_money():
    assert formats.person_days(1) == f"1{NBSP}person-day"
    assert formats.person_days(12.5) == f"12.5{NBSP}person-days"
    assert formats.amount(12.5, unit="days", currency="GBP") == f"12.5{NBSP}d"
