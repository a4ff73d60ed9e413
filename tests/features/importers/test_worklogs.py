"""Hours from Jira and Tempo become person-days of features."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from features.errors import BadInput
from features.importers.csv_file import text_file
from features.importers.into_ledger import record_reading
from features.importers.mapping import read_mapping, read_rates
from features.importers.worklogs import KINDS, Pay, read_worklogs, seconds_of, work_day
from features.models import Feature, Investment
from tests.factories.rows import saved

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
MAP = (
    "issue,epic,label,component,project,feature\n"
    "SHOP-7,,,,,receipts\n,SHOP-1,,,,one-tap\n,,checkout,,,one-tap\n,,,,APP,receipts\n"
)
TEMPO = (
    '"Issue Key","Issue summary","Hours","Work date","Username","Full name",'
    '"Component","Project Key","Epic Link","Work Description"\n'
    'SHOP-2,"Button, big",6,2026-10-19 09:00,alice,Alice A,,SHOP,SHOP-1,"first\nlines"\n'
    "SHOP-2,Button,1.5,2026-10-19 16:00,alice,Alice A,,SHOP,SHOP-1,\n"
    "SHOP-2,Button,2,2026-10-19 09:00,bob,Bob B,,SHOP,SHOP-1,\n"
    "SHOP-7,Receipt,8,2026-10-20 09:00,bob,Bob B,,SHOP,SHOP-1,\n"
    "MISC-1,Meeting,4,2026-10-20 09:00,bob,Bob B,,MISC,,\n"
)  # fmt: skip
JIRA = (
    "Issue key,Summary,Labels,Labels,Component/s,Log Work,Log Work,Time Spent\n"
    "SHOP-9,Pay,misc,checkout,,fixed; it;19/Oct/26 9:00 AM;alice;5400,;20/Oct/26 9:00 AM;bob;1800,7200\n"
    "APP-3,Slip,,,,done;2026-10-21 10:00;alice;28800,,28800\n"
    "APP-4,Nobody worked,,,,,,\n"
)


@pytest.fixture(autouse=True)
def features(squad):
    return [saved(Feature, key=key, squad=squad) for key in ("one-tap", "receipts")]


def reading(text, name="tempo.csv", *, mapping=MAP, **options):
    known = read_mapping(file=text_file("map.csv", mapping), kinds=KINDS)
    return read_worklogs(file=text_file(name, text), mapping=known, rates=read_rates(["SEK=0.1"]), **options)


def run(text, *args, withdraw=False, **options):
    filed = record_reading(reading=reading(text, *args, **options), by=None, now=NOW, withdraw=withdraw)
    return filed.new, filed.revised, filed.unchanged, filed.gone


def standing():
    rows = Investment.objects.filter(superseded_at=None).order_by("feature__key", "on", "-person_days")
    return [(row.feature.key, row.on.day, str(row.person_days), row.amount) for row in rows]


@pytest.mark.django_db
def test_tempo_hours_are_added_up_by_feature_person_and_day():
    assert run(TEMPO) == (3, 0, 0, 0)
    assert standing() == [
        ("one-tap", 19, "0.938", None), ("one-tap", 19, "0.250", None), ("receipts", 20, "1.000", None),
    ]  # fmt: skip
    assert run(TEMPO) == (0, 0, 3, 0)
    assert run(TEMPO.replace("Button,1.5", "Button,2")) == (0, 1, 2, 0)
    kept = "".join(str(row) for row in Investment.objects.values_list("external_id", "note"))
    assert "alice" not in kept.lower(), "the ledger is about features"


@pytest.mark.django_db
def test_hours_that_lead_to_no_feature_are_told():
    assert list(reading(TEMPO).remarks) == [
        "21.50 h in all; 17.50 h belong to features.",
        "4.00 h (18.6%) lead to no feature, and are not recorded: MISC-1 4.00 h.",
    ]


@pytest.mark.django_db
def test_jiras_own_export_holds_its_worklogs_in_cells():
    assert run(JIRA, "jira.csv") == (3, 0, 0, 0)
    assert standing() == [
        ("one-tap", 19, "0.188", None), ("one-tap", 20, "0.063", None), ("receipts", 21, "1.000", None),
    ]  # fmt: skip


@pytest.mark.django_db
def test_worklogs_with_ids_are_entries_of_their_own_and_follow_their_issue():
    text = "tempoWorklogId;issueKey;timeSpentSeconds;startDate;author\n"
    text += "11;SHOP-7;3600;2026-10-19;a\n12;SHOP-7;3600;2026-10-19;a\n"
    assert run(text) == (2, 0, 0, 0)
    assert set(Investment.objects.values_list("external_id", flat=True)) == {"worklog:11", "worklog:12"}
    assert run(text, mapping="issue,feature\nSHOP-7,one-tap\n") == (0, 2, 0, 0)
    assert {row[0] for row in standing()} == {"one-tap"}
    with pytest.raises(BadInput, match="The worklog 12 stands in the file already"):
        run(text + "12;SHOP-7;60;2026-10-19;a\n")


@pytest.mark.django_db
def test_a_rate_makes_money_of_days_and_another_currency_keeps_its_own():
    run(TEMPO, pay=Pay(hours_per_day=Decimal("7.5"), rate=Decimal(6000), currency="SEK"))
    entry = Investment.objects.get(feature__key="receipts")
    assert (entry.person_days, entry.amount, entry.currency, entry.amount_base) == (
        Decimal("1.067"), Decimal("6402.00"), "SEK", Decimal("640.20"),
    )  # fmt: skip


@pytest.mark.django_db
def test_lines_that_could_mean_two_things_are_named():
    text = (
        "Issue,Date,Time Spent,Author,Labels\nSHOP-7,10/09/2026,1h,a,\nSHOP-7,2026-10-19,90,a,\n"
        'SHOP-3,2026-10-19,1h 30m,a,"checkout, other"\nSHOP-7,2026-10-19,900h,a,\n'
    )
    with pytest.raises(BadInput) as refused:
        run(text, mapping=MAP + ",,other,,,receipts\n")
    assert [(error.field, error.detail) for error in refused.value.errors] == [
        ("lines.2.day", "“10/09/2026” is not a day, or could be two. Export it as 2026-10-19, or 19/Oct/26."),
        ("lines.3.spent", "“90” is no time spent with its unit, such as 1h 30m."),
        ("lines.4.label", "Its labels lead to one-tap and receipts. Map the issue SHOP-3 itself."),
        ("lines.5.spent", "“900h” is not the time of one worklog."),
    ]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1h 30m", 5400), ("1.5h", 5400), ("45m", 2700), ("2d", 57600), ("1w 1d", 172800), ("30s", 30)],
)  # fmt: skip
def test_times_spent_are_read_with_their_units(text, seconds):
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "90", "soon", "1h30", ".h", "1..5h"])
def test_times_without_a_unit_are_none(text):
    assert not seconds_of(text)


def test_days_are_read_in_the_forms_that_name_their_month():
    for text in ("2026-10-19", "2026-10-19 09:00", "2026-10-19T09:00:00.000+0200", "19/Oct/26 9:00 AM", "19/Oct/2026"):
        assert work_day(text) == date(2026, 10, 19), text
    for text in ("19.10.2026", "10/19/2026", "31/Feb/26", "2026-13-01", ""):
        assert work_day(text) is None, text


@pytest.mark.django_db
def test_the_command(tmp_path, capsys):
    (tmp_path / "tempo.csv").write_text(TEMPO)
    (tmp_path / "map.csv").write_text(MAP)
    call_command("import_worklogs", tmp_path / "tempo.csv", "--map", str(tmp_path / "map.csv"), "--rate", "500")
    said = capsys.readouterr().out
    assert "worklogs: 3 new, 0 revised, 0 unchanged" in said
    assert "lead to no feature" in said
    assert sum(row[3] for row in standing()) == Decimal("1094.00")
    with pytest.raises(CommandError, match="“none” is not a number above 0"):
        call_command(
            "import_worklogs", tmp_path / "tempo.csv", "--map", str(tmp_path / "map.csv"), "--hours-per-day", "none"
        )
