"""Cloud bills: a sample in the columns of FOCUS 1.0 comes in to the cent, and what is nobody's is told."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from features.errors import BadInput
from features.importers.csv_file import file_at, text_file
from features.importers.focus import read_focus, spread, tags_of
from features.importers.into_ledger import record_reading
from features.importers.mapping import read_mapping, read_rates
from features.models import Feature, Investment
from features.queries.sums import differences
from tests.factories.rows import saved

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
SAMPLE = Path(__file__).parent / "files/focus.csv"
HEADER = "EffectiveCost,BillingCurrency,ChargePeriodStart,ChargeCategory,Tags\n"
D = Decimal


@pytest.fixture
def features(squad):
    return [saved(Feature, key=key, squad=squad) for key in ("one-tap", "receipts")]


def bill(file=None, *, rates=("USD=0.9",), **options):
    options = {"tag": "feature", "rates": read_rates(rates), **options}
    return read_focus(file=file or file_at(SAMPLE), **options)


def run(reading, **options):
    filed = record_reading(reading=reading, by=None, now=NOW, **options)
    return filed.new, filed.revised, filed.unchanged, filed.gone


def standing(feature):
    rows = Investment.objects.filter(superseded_at=None, feature__key=feature).order_by("on")
    return [(row.on.day, row.amount) for row in rows]


@pytest.mark.django_db
def test_the_sample_goes_round_to_the_cent(features):
    """One-tap: 12.8349999999, 10.3333333333, -4.6666666666, 0.2512; receipts: 0, 5.005, -1.005. Credits lower days."""
    assert run(bill()) == (7, 0, 0, 0)
    assert standing("one-tap") == [(1, D("12.83")), (2, D("5.92")), (3, 0), (4, 0)]
    assert sum(amount for _, amount in standing("one-tap")) == D("18.75")  # 18.7528666666
    assert standing("receipts") == [(1, 0), (2, D("4.00")), (3, 0)]
    assert not list(differences())
    entry = Investment.objects.get(feature__key="one-tap", on=date(2026, 10, 1))
    assert (entry.category, entry.currency, entry.rate, entry.amount_base) == (
        "infrastructure", "USD", D("0.9"), D("11.55"),
    )  # fmt: skip
    assert (entry.source, entry.external_id) == ("focus:focus", "one-tap:2026-10-01:USD")


@pytest.mark.django_db
def test_the_whole_bill_is_accounted_for(features):
    kinds = "Adjustment -1.01, Credit -15.00, Purchase 0.00, Tax 5.00, Usage 69.01"
    assert list(bill().remarks) == [
        f"58.00 USD in all ({kinds}); 22.75 belongs to features.",
        "28.25 USD (48.7%) has no tag “feature”, and is not recorded.",
        "7.00 USD (12.1%) has a tag “feature” that leads to no feature, and is not recorded: old-search 7.00.",
    ]


@pytest.mark.django_db
def test_the_same_bill_again_writes_nothing_and_a_restated_one_revises(features, tmp_path):
    run(bill())
    assert run(bill()) == (0, 0, 7, 0)
    restated = tmp_path / "focus.csv"
    restated.write_text(SAMPLE.read_text().replace("5.005,Example", "6.005,Example"))
    assert run(bill(file_at(restated))) == (0, 1, 6, 0)
    assert sum(amount for _, amount in standing("receipts")) == D("5.00")


@pytest.mark.django_db
def test_the_invoice_can_be_booked_instead(features):
    run(bill(cost="billed"))
    assert standing("receipts") == [(1, D("299.00")), (2, 0), (3, 0)], "the reservation when it was paid"


@pytest.mark.django_db
def test_tag_values_are_mapped_to_features(features, tmp_path):
    mapping = read_mapping(file=text_file("map.csv", "value,feature\nOLD-search,receipts\n"), kinds=("value",))
    assert run(bill(mapping=mapping)) == (1, 0, 0, 0)
    assert standing("receipts") == [(2, D("7.00"))]
    with pytest.raises(BadInput) as refused:
        read_mapping(
            file=text_file("map.csv", "value,feature\na,one-tpa\n,one-tap\nb,one-tap\nb,receipts\n"), kinds=("value",)
        )
    assert [(error.field, error.detail) for error in refused.value.errors] == [
        ("lines.2.feature", "There is no feature “one-tpa”. Did you mean “one-tap”?"),
        ("lines.3", "Give one of value; here are 0."),
        ("lines.5.value", "“b” leads to one-tap already. Keep one of them."),
    ]


@pytest.mark.django_db
def test_a_charge_that_moves_to_another_tag_is_told_and_can_be_withdrawn(features, tmp_path):
    run(bill())
    restated = tmp_path / "focus.csv"
    restated.write_text(SAMPLE.read_text().replace("Receipts", "one-tap").replace("receipts", "one-tap"))
    assert run(bill(file_at(restated)))[3] == 1, "the day of receipts that cost something"
    assert sum(amount for _, amount in standing("receipts")) == 4, "until it is withdrawn, it is there twice"
    run(bill(file_at(restated)), withdraw=True)
    assert sum(amount for _, amount in standing("receipts")) == 0
    assert sum(amount for _, amount in standing("one-tap")) == D("22.75")


@pytest.mark.django_db
def test_more_credit_than_cost_is_told_and_never_negative(features):
    charge = '{},EUR,2026-10-0{},{},"{{""feature"": ""one-tap""}}"\n'
    reading = bill(text_file("b.csv", HEADER + charge.format(5, 1, "Usage") + charge.format(-12.3, 2, "Credit")))
    run(reading)
    assert standing("one-tap") == [(1, 0), (2, 0)]
    assert reading.remarks[-1].startswith("one-tap was credited 7.30 EUR more than it cost in this file.")


@pytest.mark.django_db
def test_charges_that_cannot_be_read_are_named_by_their_line(features):
    text = HEADER + (
        '"1,5",USD,2026-10-01,Usage,{}\n5,US Dollar,2026-10-01,Usage,{}\n'
        "5,USD,01/10/2026,Usage,{}\n5,USD,2026-10-01,Usage,one-tap\n"
    )
    with pytest.raises(BadInput) as refused:
        run(bill(text_file("b.csv", text)))
    assert [error.field for error in refused.value.errors] == [
        "lines.2.EffectiveCost", "lines.3.BillingCurrency", "lines.4.ChargePeriodStart", "lines.5.Tags",
    ]  # fmt: skip


@pytest.mark.django_db
def test_what_is_missing_is_asked_for(features):
    with pytest.raises(BadInput, match=r"The file is in USD\. Give its rate to EUR"):
        bill(rates=())
    with pytest.raises(BadInput, match=r"“USD=free” is no rate"):
        bill(rates=("USD=free",))
    with pytest.raises(BadInput, match=r"The column Tags is missing"):
        bill(text_file("b.csv", "EffectiveCost,BillingCurrency,ChargePeriodStart\n"))
    with pytest.raises(BadInput, match=r"holds nothing to record\. 5\.00 EUR in all"):
        run(bill(text_file("b.csv", HEADER + "5,EUR,2026-10-01,Usage,\n")))


@pytest.mark.parametrize(
    "text", ['{"feature": "a"}', '"feature": "a"', '[{"key": "feature", "value": "a"}]', '{"feature":"a","n":null}']
)
def test_tags_are_read_in_the_forms_that_clouds_write(text):
    assert tags_of(text)["feature"] == "a"


def test_no_tags_are_none_and_nonsense_is_refused():
    assert tags_of("") == tags_of("null") == tags_of("{}") == {}
    assert tags_of("feature=a") is None


@given(st.lists(st.decimals(min_value=-1000, max_value=1000, places=10), min_size=1, max_size=40))
def test_days_add_up_to_the_bill_and_none_is_below_zero(amounts):
    days = {date.fromordinal(738_000 + n): amount for n, amount in enumerate(amounts)}
    cents, over = spread(days)
    total = sum(amounts).quantize(D("0.01"), "ROUND_HALF_UP")
    assert sum(cents.values()) + over == total
    assert min(cents.values()) >= 0
    assert over <= 0
    assert not (over and any(cents.values()))


@pytest.mark.django_db
def test_the_command(features, capsys):
    with pytest.raises(CommandError, match="Give its rate to EUR"):
        call_command("import_focus", SAMPLE)
    call_command("import_focus", SAMPLE, "--rate", "USD=0.9", "--dry-run")
    assert "28.25 USD (48.7%) has no tag" in capsys.readouterr().out
    call_command("import_focus", SAMPLE, "--rate", "USD=0.9", "--source", "focus:aws")
    assert "cloud costs by feature and day: 7 new" in capsys.readouterr().out
