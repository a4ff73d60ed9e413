"""Recording money by the acts themselves: imports, bulk, and two at the same moment."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connections
from django.utils import timezone

from features.actions.investment import InvestmentRow, record_investments
from features.actions.returns import ReturnRow, record_returns
from features.enums import Category
from features.errors import BadInput, Refusal
from features.models import AuditEntry, Feature, Investment, Return
from tests.factories.rows import saved


def row(now, **fields):
    given = {"feature": "one-tap", "on": timezone.localdate(now), "category": Category.PEOPLE, "amount": Decimal(5)}
    return InvestmentRow(**{**given, **fields})


@pytest.fixture
def feature(squad):
    return saved(Feature, key="one-tap", squad=squad)


@pytest.mark.django_db
def test_an_import_acts_for_nobody_and_may(feature, now):
    recorded = record_investments(
        entries=[row(now), row(now, amount=None, person_days=Decimal("0.125"))], by=None, now=now
    )
    assert (recorded.new, recorded.revised, recorded.unchanged) == (2, 0, 0)
    assert list(Investment.objects.order_by("id").values_list("pk", flat=True)) == list(recorded.ids)
    assert AuditEntry.objects.get().by_name == "the system"


@pytest.mark.django_db
def test_what_the_door_does_not_check_the_act_does(feature, now):
    for wrong in (
        {"amount": Decimal("NaN")},
        {"amount": Decimal("Infinity")},
        {"amount": Decimal("0.001")},
        {"person_days": Decimal("0.0001")},
        {"category": "fun"},
        {"note": "x" * 20_001},
        {"currency": "€"},
        {"currency": "SEK", "rate": Decimal("1e-9")},
        {"on": timezone.localdate(now) + timedelta(days=32)},
    ):
        with pytest.raises(BadInput) as refused:
            record_investments(entries=[row(now), row(now, **wrong)], by=None, now=now)
        assert refused.value.errors[0].field.startswith("rows.1."), wrong
    with pytest.raises(BadInput):
        record_returns(entries=[ReturnRow(feature="one-tap", on=timezone.localdate(now))], by=None, now=now)
    assert not Investment.objects.exists()
    assert not Return.objects.exists()


@pytest.mark.django_db
def test_an_entry_that_moves_to_another_feature_is_new_to_both(feature, squad, now):
    other = saved(Feature, key="other", squad=squad)
    start = now - timedelta(days=9)
    stints = [feature.stints.create(number=1, phase="think_it", started_at=start),
              other.stints.create(number=1, phase="think_it", started_at=start)]  # fmt: skip
    record_investments(entries=[row(now, source="s", external_id="1")], by=None, now=now)
    record_investments(entries=[row(now, source="s", external_id="1", feature="other")], by=None, now=now)
    for stint in stints:
        stint.refresh_from_db()
    assert [stint.facts_version for stint in stints] == [2, 1]
    assert Investment.objects.get(superseded_at=None).feature == other


@pytest.mark.django_db
def test_a_long_batch_is_written_whole(feature, now):
    entries = [row(now, source="s", external_id=str(n)) for n in range(2_500)]
    assert record_investments(entries=entries, by=None, now=now).new == 2_500
    assert record_investments(entries=entries, by=None, now=now).unchanged == 2_500


@pytest.mark.django_db(transaction=True)
def test_two_batches_at_once_leave_each_entry_standing_once(feature, alice, now):
    start, refused = threading.Barrier(4), []

    def send(amount):
        start.wait()
        entries = [row(now, source="s", external_id=str(n), amount=Decimal(amount)) for n in range(20)]
        try:
            record_investments(entries=entries, by=alice, now=now)
        except Refusal as error:
            refused.append(error)
        connections.close_all()

    threads = [threading.Thread(target=send, args=[amount]) for amount in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not refused
    standing = Investment.objects.filter(superseded_at=None)
    assert standing.count() == 20
    assert len({entry.amount for entry in standing}) == 1, "the last batch stands whole"
    assert Investment.objects.count() == 80
    assert set(standing.values_list("revision", flat=True)) == {4}
