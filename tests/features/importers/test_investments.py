"""Money from a CSV file: whole or not at all, known again when it comes a second time."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from features.enums import Category
from features.errors import BadInput
from features.importers.csv_file import text_file
from features.importers.into_ledger import preview_reading, record_reading
from features.importers.investments import read_investments, read_returns
from features.models import AuditEntry, CellCost, Feature, Investment, Return
from features.queries.sums import differences
from tests.factories.rows import saved

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
HEADER = "feature,on,category,amount,currency,rate,person_days,note\n"
COSTS = (
    HEADER
    + "one-tap,2026-11-02,people,,,,2.5,\n"
    + "one-tap,2026-11-02,infrastructure,120.40,,,,hosting\n"
    + "one-tap,2026-11-02,infrastructure,80,,,,mail\n"
    + "receipts,2026-11-03,material,1000,SEK,0.085,,\n"
)


@pytest.fixture(autouse=True)
def features(squad, other_squad):
    made = [saved(Feature, key=key, squad=squad) for key in ("one-tap", "receipts")]
    return [*made, saved(Feature, key="shuffle", squad=other_squad)]


def run(text, name="costs.csv", *, by=None, read=read_investments, withdraw=False, **options):
    reading = read(file=text_file(name, text), **options)
    return record_reading(reading=reading, by=by, now=NOW, withdraw=withdraw)


def counts(filed):
    return filed.new, filed.revised, filed.unchanged, filed.gone


def standing():
    rows = Investment.objects.filter(superseded_at=None).values_list("feature__key", "amount", "person_days")
    return sorted(rows, key=lambda row: (row[0], row[1] or 10**6))


def errors_of(text, **options):
    with pytest.raises(BadInput) as refused:
        run(text, **options)
    assert not Investment.objects.exists()
    return {error.field: error.detail for error in refused.value.errors}


def test_a_file_becomes_entries_and_a_second_time_writes_nothing():
    assert counts(run(COSTS)) == (4, 0, 0, 0)
    assert standing() == [
        ("one-tap", Decimal("80.00"), None), ("one-tap", Decimal("120.40"), None), ("one-tap", None, Decimal("2.500")),
        ("receipts", Decimal("1000.00"), None),
    ]  # fmt: skip
    sek = Investment.objects.get(currency="SEK")
    assert (sek.amount_base, sek.rate, sek.source) == (Decimal("85.00"), Decimal("0.085"), "csv:costs")
    assert counts(run(COSTS)) == (0, 0, 4, 0)
    assert Investment.objects.count() == 4
    assert AuditEntry.objects.count() == 1
    assert not list(differences())


def test_one_changed_line_revises_that_entry_and_no_other():
    run(COSTS)
    assert counts(run(COSTS.replace("120.40", "125.40"))) == (0, 1, 3, 0)
    entry = Investment.objects.get(superseded_at=None, amount=Decimal("125.40"))
    assert (entry.revision, entry.note) == (2, "hosting")
    assert not list(differences())


def test_lines_alike_are_each_booked_and_a_further_one_is_added():
    twice = HEADER + "one-tap,2026-11-02,people,50,,,,\n" * 2
    assert counts(run(twice)) == (2, 0, 0, 0)
    assert counts(run(twice + "one-tap,2026-11-02,people,50,,,,\n")) == (1, 0, 2, 0)


def test_a_line_put_between_others_leaves_the_right_sum():
    run(COSTS)
    lines = COSTS.splitlines(keepends=True)
    run("".join([*lines[:2], "one-tap,2026-11-02,infrastructure,7,,,,domains\n", *lines[2:]]))
    money = Investment.objects.filter(superseded_at=None, category="infrastructure")
    assert sorted(entry.amount for entry in money) == [Decimal(7), Decimal(80), Decimal("120.40")]


def test_what_a_file_no_longer_has_stays_and_is_told_until_it_is_withdrawn():
    run(COSTS)
    run(HEADER + "one-tap,2026-10-01,people,5,,,,\n")  # the same source, another month
    shorter = COSTS.replace("one-tap,2026-11-02,infrastructure,80,,,,mail\n", "")
    assert counts(run(shorter)) == (0, 0, 3, 1)
    assert len(standing()) == 5
    assert counts(run(shorter, withdraw=True)) == (0, 0, 3, 1)
    gone = Investment.objects.get(superseded_at=None, amount=0)
    assert (gone.note, gone.revision) == ("No longer in costs.csv.", 2)
    assert counts(run(shorter, withdraw=True)) == (0, 0, 3, 0), "once is enough"
    assert AuditEntry.objects.last().body["withdrawn"] == 1
    assert counts(run(COSTS)) == (0, 1, 3, 0), "it comes back with the line"
    assert not list(differences())


def test_rows_that_bring_their_own_names_keep_them():
    text = "feature,on,category,amount,source,external_id\n" + "one-tap,2026-11-02,people,5,sap,{}\n" * 2
    assert counts(run(text.format("A-1", "A-2"))) == (2, 0, 0, 0)
    assert counts(run(text.format("A-2", "A-2"))) == (0, 0, 2, 1), "twice alike is once"
    assert set(Investment.objects.values_list("source", "external_id")) == {("sap", "A-1"), ("sap", "A-2")}


def test_one_name_with_two_values_is_refused_however_far_apart():
    header, line = "feature,on,category,amount,external_id\n", "one-tap,2026-11-02,people,{},{}\n"
    text = header + "".join(line.format(5, n) for n in range(2_500)) + line.format(6, 0)
    assert errors_of(text) == {
        "lines.2502.external_id": "“0” stands in the file already, with other values. Keep one of them."
    }


def test_every_wrong_line_is_named_and_nothing_is_written(alice):
    found = errors_of(
        HEADER
        + "one-tpa,2026-11-02,people,5,,,,\n"
        + "one-tap,02.11.2026,peple,5,,,,\n"
        + "one-tap,2026-11-02,people,five,,,,\n"
        + "one-tap,2026-11-02,people,,,,,\n"
        + "one-tap,2026-11-02,people,-5,,,,\n"
        + "one-tap,2026-11-02,people,5,SEK,,,\n"
        + "one-tap,2027-11-02,people,5.0001,,,,\n"
        + "shuffle,2026-11-02,people,5,,,,\n"
        + ",2026-11-02,people,5,,,,\n",
        by=alice,
    )
    assert found == {
        "lines.2.feature": "There is no feature “one-tpa”. Did you mean “one-tap”?",
        "lines.3.on": "“02.11.2026” is not a day. Write it as 2026-11-20.",
        "lines.3.category": "There is no category “peple”. Did you mean “people”?",
        "lines.4.amount": "“five” is not a number with a decimal point. Write it in digits, for example 1250.50.",
        "lines.5.amount": "Give an amount, person-days, or both.",
        "lines.6.amount": "An investment is not negative. What comes back is a return.",
        "lines.7.rate": "Give the rate that turns SEK into EUR.",
        "lines.8.on": "The day lies more than 31 days ahead: record what has happened.",
        "lines.8.amount": "An amount has at most 2 decimals and 12 digits before them.",
        "lines.9.feature": "“shuffle” belongs to another squad: its members, leaders and administrators record it.",
        "lines.10.feature": "Name the feature.",
    }


def test_a_wrong_line_after_many_right_ones_leaves_nothing_behind():
    right = "one-tap,2026-11-02,people,5,,,,\n" * 4_500
    assert list(errors_of(HEADER + right + "one-tap,never,people,5,,,,\n")) == ["lines.4502.on"]
    assert not CellCost.objects.exists()


def test_a_file_without_rows_is_told_so():
    with pytest.raises(BadInput, match="There is no row below its header"):
        run(HEADER)


def test_a_preview_says_what_recording_does_and_writes_nothing(alice):
    run(COSTS.replace("80", "81").replace("receipts", "one-tap"))
    before = Investment.objects.count()
    reading = read_investments(file=text_file("costs.csv", COSTS))
    with CaptureQueriesContext(connection) as seen:
        preview = preview_reading(reading=reading, by=alice, now=NOW)
    assert not [query for query in seen if not query["sql"].startswith(("SELECT", "DECLARE"))]
    assert Investment.objects.count() == before
    assert (preview.new, preview.revised, preview.unchanged, preview.gone) == (1, 1, 2, 1)
    assert [(one.feature, one.rows, one.money, one.days) for one in preview.sums] == [
        ("one-tap", 3, Decimal("200.40"), Decimal("2.500")), ("receipts", 1, Decimal("85.00"), 0),
    ]  # fmt: skip
    assert [(row.line, row.becomes) for row in preview.first] == [
        (2, "unchanged"), (3, "unchanged"), (4, "revised"), (5, "new"),
    ]  # fmt: skip
    assert counts(run(COSTS, by=alice)) == (1, 1, 2, 1)


def test_a_preview_of_a_file_with_errors_counts_what_is_right_too():
    preview = preview_reading(
        reading=read_investments(file=text_file("a.csv", COSTS + "one-tap,soon,people,5,,,,\n")), by=None, now=NOW
    )
    assert (preview.new, preview.wrong, preview.errors[0].field) == (4, 1, "lines.6.on")


def test_returns_come_in_the_same_way_and_may_be_negative():
    text = "feature;on;amount\none-tap;2026-11-02;1.250,50\none-tap;2026-11-03;-20,5\n"
    assert counts(run(text, read=read_returns)) == (2, 0, 0, 0)
    assert counts(run(text, read=read_returns)) == (0, 0, 2, 0)
    assert sorted(Return.objects.values_list("amount", flat=True)) == [Decimal("-20.50"), Decimal("1250.50")]


def test_the_command_tells_what_it_did(tmp_path, capsys):
    path = tmp_path / "costs.csv"
    path.write_text(COSTS)
    call_command("import_investments", path, "--dry-run")
    said = capsys.readouterr().out
    assert "investments: 4 new, 0 revised, 0 unchanged" in said
    assert "one-tap: 3 rows, 200.40 EUR, 2.500 person-days without a rate" in said
    assert not Investment.objects.exists()
    call_command("import_investments", path)
    call_command("import_investments", path, "--source", "csv:costs")
    assert "investments: 0 new, 0 revised, 4 unchanged" in capsys.readouterr().out
    path.write_text(COSTS + "one-tap,never,people,5,,,,\none-tap,2026-11-02,fun,5,,,,\n")
    with pytest.raises(CommandError) as refused:
        call_command("import_investments", path)
    assert str(refused.value).splitlines() == [
        "line 6, on: “never” is not a day. Write it as 2026-11-20.",
        f"line 7, category: There is no category “fun”. It is one of {', '.join(Category)}.",
        "2 errors. Nothing was written.",
    ]


def test_the_command_for_returns(tmp_path, capsys):
    path = tmp_path / "earned.csv"
    path.write_text("feature,on,amount\none-tap,2026-11-02,5\n")
    call_command("import_returns", path)
    assert "returns: 1 new" in capsys.readouterr().out
