"""The sums of the ledger say what its entries say, whatever happens to them."""

import io
import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.actions.feature import edit_feature
from features.actions.investment import InvestmentRow, record_investments
from features.actions.returns import ReturnRow, record_returns
from features.calendar import cell_of, days_of_cell
from features.enums import Category, Phase
from features.errors import Refusal
from features.models import CellCost, CellReturn, Feature, MonthCost, Squad, Stint, StintCost
from features.queries.sums import differences
from tests.factories.rows import T0, person, saved

D = Decimal


@pytest.fixture
def feature(squad):
    found = saved(Feature, key="one-tap", squad=squad)
    saved(Stint, feature=found, number=1, phase=Phase.THINK_IT, started_at=T0 - timedelta(days=30), ended_at=T0)
    saved(Stint, feature=found, number=2, phase=Phase.BUILD_IT, started_at=T0)
    return found


def spent(on, amount="10.00", **fields):
    given = {"feature": "one-tap", "on": on, "category": Category.PEOPLE, "amount": D(amount) if amount else None}
    return InvestmentRow(**{**given, **fields})


def earned(on, amount="10.00", **fields):
    return ReturnRow(feature="one-tap", on=on, amount=D(amount), **fields)


def unequal():
    return list(differences())


@pytest.mark.django_db
def test_a_week_that_two_months_share_is_two_cells(feature, now):
    monday = date(2026, 3, 30)
    record_investments(entries=[spent(monday), spent(date(2026, 4, 1)), spent(date(2026, 4, 5))], by=None, now=now)
    cells = CellCost.objects.order_by("cell").values_list("cell", "money", "entries")
    assert list(cells) == [(monday, D("10.00"), 1), (date(2026, 4, 1), D("20.00"), 2)]
    assert list(MonthCost.objects.order_by("month").values_list("month", "phase", "money")) == [
        (date(2026, 3, 1), "build_it", D("10.00")),
        (date(2026, 4, 1), "build_it", D("20.00")),
    ]
    assert unequal() == []


@pytest.mark.django_db
def test_a_correction_takes_the_earlier_amount_out_again(feature, now):
    day = date(2026, 3, 3)
    known = {"source": "books", "external_id": "1"}
    record_investments(entries=[spent(day, **known), spent(day, None, person_days=D("1.5"))], by=None, now=now)
    record_investments(entries=[spent(day + timedelta(days=60), "12.50", **known)], by=None, now=now)
    assert StintCost.objects.get().money == D("12.50")
    assert (StintCost.objects.get().unpriced_days, StintCost.objects.get().unpriced) == (D("1.500"), 1)
    assert CellCost.objects.get(cell=cell_of(day)).money == 0
    assert unequal() == []


@pytest.mark.django_db
def test_days_outside_every_stint_have_their_own_row(feature, now):
    early = date(2020, 1, 1)
    record_investments(entries=[spent(early), spent(early)], by=None, now=now)
    record_investments(entries=[spent(early)], by=None, now=now)
    assert (StintCost.objects.get().stint, StintCost.objects.get().money) == (None, D("30.00"))
    assert MonthCost.objects.get().phase == ""
    assert unequal() == []


@pytest.mark.django_db
def test_returns_keep_what_may_have_come_in_by_any_day(feature, now):
    day = date(2026, 3, 3)
    record_returns(entries=[earned(day, "100.00"), earned(day + timedelta(days=1), "-30.00")], by=None, now=now)
    found = CellReturn.objects.get()
    assert (found.amount, found.gained, found.entries, found.bounded) == (D("70.00"), D("100.00"), 2, 0)
    assert unequal() == []


@pytest.mark.django_db
def test_a_feature_that_changes_hands_takes_its_past_with_it(feature, now, squad):
    record_investments(entries=[spent(date(2026, 3, 3)), spent(date(2026, 2, 10))], by=None, now=now)
    other = saved(Squad, tribe=squad.tribe)
    boss = person()
    boss.is_superuser = True
    boss.save()
    edit_feature(key="one-tap", by=boss, now=now, squad=other.slug)
    assert sum(row.money for row in MonthCost.objects.filter(squad=squad)) == 0
    assert sum(row.money for row in MonthCost.objects.filter(squad=other)) == D("20.00")
    assert unequal() == []


DAYS = st.dates(date(2026, 1, 20), date(2026, 4, 10))
COSTS = st.builds(
    lambda on, cents, days, category, name: spent(
        on,
        str(D(cents) / 100) if cents is not None else None,
        person_days=D(days) / 1000 if days or cents is None else None,
        category=category,
        source="books" if name else "",
        external_id=name,
    ),
    DAYS,
    st.none() | st.integers(0, 10**9),
    st.integers(0, 20_000),
    st.sampled_from(list(Category)),
    st.sampled_from(["", "a", "b", "c"]),
)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(COSTS, max_size=6), max_size=5))
def test_whatever_is_sent_however_often_corrected_the_sums_equal_the_entries(feature, now, batches):
    for batch in batches:
        try:
            record_investments(entries=batch, by=None, now=now)
        except Refusal:
            continue  # two rows of one name that differ
    assert unequal() == []


def test_the_days_of_a_cell_are_those_that_share_its_week_and_its_month():
    assert days_of_cell(date(2026, 4, 1)) == tuple(date(2026, 4, day) for day in range(1, 6))
    assert days_of_cell(date(2026, 3, 31)) == (date(2026, 3, 30), date(2026, 3, 31))


@pytest.mark.django_db
def test_the_command_proves_it_or_says_what_differs_and_mends_it(feature, now):
    record_investments(entries=[spent(date(2026, 3, 3))], by=None, now=now)
    said = io.StringIO()
    call_command("check_rollups", stdout=said)
    assert "Every sum equals its entries." in said.getvalue()
    CellCost.objects.update(money=D("11.00"))
    MonthCost.objects.all().delete()
    with pytest.raises(CommandError, match="2 sums differ"):
        call_command("check_rollups", stdout=said)
    assert "kept 11.00" in said.getvalue()
    assert "kept nothing" in said.getvalue()
    call_command("check_rollups", "--repair", stdout=said)
    assert unequal() == []


@pytest.mark.django_db(transaction=True)
def test_two_batches_at_once_lose_nothing_of_the_sums(squad, now):
    keys = ["one-tap", "two-tap"]
    for key in keys:
        saved(Feature, key=key, squad=squad)

    def send(order):
        try:
            for place in range(8):
                entries = [spent(date(2026, 3, 3), feature=key, source="t", external_id=f"{key} {order[0]} {place}")
                           for key in order]  # fmt: skip
                record_investments(entries=entries, by=None, now=now)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send, args=(order,)) for order in (keys, keys[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert unequal() == []
    assert sum(row.entries for row in MonthCost.objects.all()) == 32
