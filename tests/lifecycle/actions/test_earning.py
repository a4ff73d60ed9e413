"""What a released feature earns: price × effect × units, booked once a week by the clock."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from features.actions.returns import ReturnRow, record_returns
from features.calendar import start_of
from features.errors import BadInput, Forbidden
from features.models import AuditEntry, Return
from features.queries.sums import differences
from hypotheses.actions.pricing import price_unit
from hypotheses.models import Metric, UnitValue
from lifecycle.actions.earning import earn_all
from lifecycle.queries.curve import curve_of
from tests.factories import lives
from tests.factories.rows import person

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)
EFFECT = lives.GOOD - lives.BASELINE


@pytest.fixture
def life(squad, alice):
    """Just released; the holdback's trial goes on."""
    return lives.tweaking(squad, alice)


def price(amount="40", **fields):
    metric = Metric.objects.get(key="reorder-rate")
    given = {"by": None, "now": lives.START, "amount": amount, "from_on": date(2020, 1, 1), **fields}
    return price_unit(metric=metric, **given)


def count(life, units):
    """The holdback's counts go up to so many units."""
    life.measure(units=units)


def monday_after(life):
    """Some hours into the next week."""
    start = start_of(timezone.localdate(life.now), "week") + WEEK
    life.now = timezone.make_aware(timezone.datetime.combine(start, timezone.datetime.min.time())) + timedelta(hours=6)
    return life


def standing():
    return Return.objects.filter(superseded_at__isnull=True).order_by("on")


def test_nothing_is_earned_while_nobody_says_what_a_unit_is_worth(life):
    count(life.wait(0.5), 30_000)
    assert earn_all(now=monday_after(life).now) == 0
    assert not Return.objects.exists()
    assert curve_of(feature=life.refresh(), now=life.now).priced is False


def test_a_week_that_is_over_is_booked_once_with_its_interval(life):
    price()
    count(life.wait(0.1), 10_000)
    released = life.refresh().released_on
    count(life.wait(0.4), 40_000)
    assert earn_all(now=life.now) == 0  # the week is not over
    monday_after(life)
    assert earn_all(now=life.now) == 1
    assert earn_all(now=life.now + timedelta(hours=1)) == 0
    entry = standing().get()
    assert entry.on == start_of(released, "week") + timedelta(days=6)
    assert entry.source == "measured"
    assert entry.low_base < entry.amount < entry.high_base
    assert "units (counted)" in entry.note
    assert float(entry.amount) == pytest.approx(40_000 * EFFECT * 40, rel=0.02)
    assert list(differences()) == []


def test_restated_results_and_another_price_are_revisions(life):
    price()
    count(life.wait(0.5), 40_000)
    earn_all(now=monday_after(life).now)
    first = standing().get()
    price("20", now=life.now + timedelta(minutes=1))
    life.wait(60)
    assert earn_all(now=life.now) >= 1
    again = Return.objects.filter(external_id=first.external_id, superseded_at__isnull=True).get()
    assert (again.revision, again.amount) == (2, first.amount / 2)


def test_weeks_that_nobody_counts_carry_the_last_units_on_and_say_so(life):
    price()
    count(life.wait(0.5), 40_000)
    earn_all(now=monday_after(life).now)
    life.wait(21)
    earn_all(now=life.now)
    weeks = list(standing())
    assert len(weeks) == 4
    assert all("carried on" in row.note for row in weeks[1:])
    life.wait(800)
    earn_all(now=life.now)
    assert standing().count() == 1 + 52  # the counted week, and a year after the last count


def test_one_lively_day_is_not_taken_for_every_day(life):
    price()
    count(life.wait(0.5), 40_000)
    earn_all(now=monday_after(life).now)
    earn_all(now=life.wait(7).now)
    counted, carried = standing()
    assert carried.amount == counted.amount  # a week of them, not fourteen half-days


def test_what_is_taken_out_earns_until_then(life):
    price()
    count(life.wait(0.5), 40_000)
    life.call()
    life.decide("kill")
    killed_on = timezone.localdate(life.now)
    life.wait(60)
    earn_all(now=life.now)
    assert [row.on for row in standing()] == [start_of(killed_on, "week") + timedelta(days=6)]
    assert earn_all(now=life.wait(30).now) == 0


def test_a_pass_asks_the_same_however_long_a_feature_has_earned(life, django_assert_max_num_queries):
    price()
    count(life.wait(0.5), 40_000)
    earn_all(now=life.wait(800).now)
    with django_assert_max_num_queries(12):
        assert earn_all(now=life.wait(7).now) == 0


def test_what_finance_enters_stands_alone(life):
    price()
    count(life.wait(0.5), 40_000)
    earn_all(now=monday_after(life).now)
    entered = ReturnRow(feature=life.feature.key, on=life.now.date(), amount=Decimal(100), source="finance")
    record_returns(entries=[entered], by=None, now=life.now)
    assert earn_all(now=life.now + timedelta(hours=1)) == 1
    assert earn_all(now=life.now + timedelta(hours=2)) == 0
    assert sum(row.amount for row in standing()) == 100
    assert list(differences()) == []


def test_evidence_that_cannot_be_trusted_earns_nothing(life):
    price()
    monday_after(life)
    Metric.objects.get(key="reorder-rate").results.update(superseded_at=life.now)
    assert earn_all(now=life.now) == 0


class TestPrices:
    @pytest.fixture(autouse=True)
    def metrics(self):
        lives.hypothesis()

    def test_what_was_said_of_a_day_is_replaced_and_on_record(self):
        price("40", note="margin of an order")
        price("40", note="margin of an order")
        price("-1.25", from_on=date(2021, 1, 1))
        price("41")
        assert [str(value.amount) for value in UnitValue.objects.order_by("from_on")] == ["41.0000", "-1.2500"]
        assert AuditEntry.objects.filter(act="metric.priced").count() == 3

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"amount": "1.00001"}, "4 decimals"),
            ({"amount": "much"}, "Give an amount"),
            ({"currency": "SEK"}, "Give the rate"),
            ({"currency": "kronor", "rate": "1"}, "three capital letters"),
            ({"rate": "2"}, "to itself is 1"),
            ({"from_on": date(1960, 1, 1)}, "between 1970"),
        ],
    )
    def test_what_cannot_be_meant_is_refused(self, fields, said):
        with pytest.raises(BadInput, match=said):
            price(**fields)
        assert not UnitValue.objects.exists()

    def test_only_its_keepers_price_a_metric(self):
        with pytest.raises(Forbidden):
            price(by=person())

    def test_rest_tells_and_takes_them(self, api, alice):
        path = "/api/v1/metrics/reorder-rate/values/"
        alice.is_superuser = True
        alice.save()
        client = api(alice)
        body = {"from_on": "2026-01-01", "amount": "38.5", "currency": "SEK", "rate": "0.09", "note": "margin"}
        assert client.post(path, body, format="json").status_code == 201
        [row] = client.get(path).json()["results"]
        assert (row["amount"], row["currency"], row["set_by"]) == ("38.5000", "SEK", alice.username)
        assert client.post(path, {"amount": "1"}, format="json").status_code == 400
