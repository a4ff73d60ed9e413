"""Imported days of work cost what the rate card of the feature's squad says on the day: by role, or by its seats."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from features.actions.rate_card import set_rate, set_seat
from features.errors import BadInput
from features.importers.csv_file import text_file
from features.importers.into_ledger import preview_reading, record_reading
from features.importers.mapping import read_mapping, read_people, read_rates
from features.importers.worklogs import KINDS, Pay, read_worklogs
from features.models import Feature, Investment
from features.queries.rates import load_rates
from features.queries.sums import differences
from tests.factories.git_history import Work, commit_all, new_repository
from tests.factories.rows import saved

pytestmark = pytest.mark.django_db

D = Decimal
NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
JANUARY, MONDAY, FRIDAY = date(2026, 1, 1), date(2026, 3, 2), date(2026, 3, 6)
ALMA, BO, CLEO = "Alma <alma@example.org>", "Bo <bo@example.org>", "Cleo <cleo@example.org>"
PATHS = "path,feature,person,role\napp/,search,,\nmusic/,shuffle,,\n"
NEAR = "Did you mean “designer”? They know: designer, developer."
ISSUES = "issue,person,role,feature\nSHOP-7,,,search\nPLAY-1,,,shuffle\n"
LOGS = (
    "Issue Key,Hours,Work date,Username\n"
    "SHOP-7,8,2026-03-02,alma\nSHOP-7,4,2026-03-02,bo\nSHOP-7,8,2026-03-06,cleo\nPLAY-1,8,2026-03-02,alma\n"
)


@pytest.fixture(autouse=True)
def features(squad, other_squad):
    return saved(Feature, key="search", squad=squad), saved(Feature, key="shuffle", squad=other_squad)


@pytest.fixture
def rate(squad):
    def say(role, amount, *, of=squad, since=JANUARY, **more):
        set_rate(squad=of, role=role, from_on=since, amount=D(amount), by=None, now=NOW, **more)

    return say


@pytest.fixture
def seats(squad):
    def say(role, people, *, of=squad, since=JANUARY):
        set_seat(squad=of, role=role, from_on=since, people=D(people), by=None, now=NOW)

    return say


@pytest.fixture
def card(rate, seats):
    """Three developers at 600 and a designer at 400: 550 in the mean."""
    rate("developer", 600)
    rate("designer", 400)
    seats("developer", 3)
    seats("designer", 1)


@pytest.fixture
def repository(tmp_path):
    works = [Work(on=MONDAY), Work(by=BO, on=MONDAY), Work(by=CLEO, on=FRIDAY), Work(on=MONDAY, paths=("music/a",))]
    return commit_all(new_repository(tmp_path / "shop"), works)


@pytest.fixture
def git(tmp_path, repository):
    """Imports the history under a map; what the command says."""

    def run(*words, paths=PATHS):
        (tmp_path / "map.csv").write_text(paths)
        out = io.StringIO()
        call_command("import_git", str(repository), "--map", str(tmp_path / "map.csv"), *words, stdout=out)
        return out.getvalue()

    return run


def logs(text=LOGS, *, mapping=ISSUES, **pay):
    file = text_file("map.csv", mapping)
    return read_worklogs(
        file=text_file("tempo.csv", text),
        mapping=read_mapping(file=file, kinds=KINDS, people=True),
        people=read_people(file=file, kinds=KINDS),
        pay=Pay(**pay),
        rates=read_rates(["SEK=0.1"]),
    )


def record(reading):
    filed = record_reading(reading=reading, by=None, now=NOW)
    assert not list(differences()), "the sums follow"
    return filed.new, filed.revised, filed.unchanged


def standing(**which):
    rows = Investment.objects.filter(superseded_at=None, **which).exclude(person_days=0)
    return {row.external_id: (row.person_days, row.amount) for row in rows}


def worked():
    rows = Investment.objects.filter(superseded_at=None).order_by("feature__key", "on", "-person_days")
    return [(row.feature_id and row.feature.key, row.on.day, row.person_days, row.amount) for row in rows]


# Git


def test_an_authors_day_costs_what_the_card_says_of_the_role(card, git):
    out = git(paths=f"{PATHS},,Alma,Developer\n,,bo@EXAMPLE.org,designer\n,,Dora,designer\n")
    assert standing(feature__key="search") == {
        "search:2026-W10:developer": (D("0.500"), D("300.00")), "search:2026-W10:designer": (D(1), D("400.00")),
        "search:2026-W10": (D(1), D("550.00")),
    }  # fmt: skip
    assert Investment.objects.get(external_id="search:2026-W10:designer").note.endswith(
        "Rate card: designer, 400.00 EUR a day."
    )
    assert "Rate card: the mean of the squad's seats, 550.00 EUR a day." in Investment.objects.get(amount=550).note
    assert "3.000 person-days, 1,250.00 EUR by the squads' rate cards" in out
    by_role = "1.000 by designer, 0.500 by developer, 1.000 by the mean of the squad's seats"
    assert f"Person-days at the squads' rate cards: {by_role}." in out
    assert "0.500 person-days stay days: playlists has no rate for developer on that day." in out
    assert "the map's line 6 is no author of what counts here: Dora" in out
    assert "0 new, 0 restated, 4 unchanged" in git(paths=f"{PATHS},,Alma,Developer\n,,bo@EXAMPLE.org,designer\n")


def test_without_a_card_days_are_days_and_nothing_is_said_of_prices(git):
    out = git()
    assert standing() == {"search:2026-W10": (D("2.500"), None), "shuffle:2026-W10": (D("0.500"), None)}
    assert "rate" not in out.split("The rule")[0]


def test_a_role_for_all_whom_the_map_does_not_name(card, git, rate, other_squad):
    rate("developer", 6000, of=other_squad, currency="SEK", rate=D("0.1"))
    out = git("--role", "developer", paths=f"{PATHS},,Bo,designer\n,,Cleo,developer\n")
    assert standing() == {
        "search:2026-W10": (D("1.500"), D("900.00")), "search:2026-W10:designer": (D(1), D("400.00")),
        "shuffle:2026-W10": (D("0.500"), D("3000.00")),
    }  # fmt: skip
    kept = Investment.objects.get(feature__key="shuffle")
    assert (kept.currency, kept.rate, kept.amount_base) == ("SEK", D("0.1"), D("300.00"))
    assert "3.000 person-days, 1,600.00 EUR by the squads' rate cards" in out
    assert "0 new, 0 restated, 3 unchanged" in git(
        "--role", "developer", paths=f"{PATHS},,Bo,designer\n,,Cleo,developer\n"
    )


def test_the_rate_is_that_of_the_entrys_day(card, git, rate, repository):
    rate("developer", 1000, since=date(2026, 3, 9))
    commit_all(repository, [Work(on=date(2026, 3, 10))])
    git("--role", "developer")
    assert standing(feature__key="search") == {
        "search:2026-W10": (D("2.500"), D("1500.00")), "search:2026-W11": (D(1), D("1000.00")),
    }  # fmt: skip
    git("--role", "developer", "--by", "month")
    assert standing(feature__key="search") == {"search:2026-03": (D("3.500"), D("2100.00"))}


def test_a_card_that_changes_restates_what_it_is_about_and_says_so(card, git, rate):
    git("--role", "developer")
    rate("developer", 650, since=MONDAY)
    said = git("--role", "developer", "--dry-run")
    assert "1 restated entry has the same days at another price; what stood before is kept" in said
    assert standing()["search:2026-W10"] == (D("2.500"), D("1500.00")), "until somebody imports again"
    git("--role", "developer")
    assert standing()["search:2026-W10"] == (D("2.500"), D("1625.00"))
    kept = Investment.objects.get(external_id="search:2026-W10", revision=1)
    assert (kept.amount, kept.superseded_at is None) == (D("1500.00"), False)
    assert "another price" not in git("--role", "developer")
    rate("developer", 900, since=date(2026, 3, 3))
    assert "0 new, 0 restated, 2 unchanged" in git("--role", "developer"), "it begins after the entry's day"


def test_one_rate_for_all_overrides_the_cards_and_days_can_stay_days(card, git):
    paths = f"{PATHS},,Alma,developer\n"
    git(paths=paths)
    git("--rate", "100", paths=paths)
    assert standing() == {"search:2026-W10": (D("2.500"), D("250.00")), "shuffle:2026-W10": (D("0.500"), D("50.00"))}
    git("--days-only", paths=paths)
    assert standing() == {"search:2026-W10": (D("2.500"), None), "shuffle:2026-W10": (D("0.500"), None)}
    assert not list(differences())
    with pytest.raises(CommandError, match="not allowed with argument"):
        git("--days-only", "--rate", "100")


def test_entries_in_another_currency_can_be_emptied(git, rate, seats, repository):
    rate("developer", 6000, currency="SEK", rate=D("0.1"))
    seats("developer", 1)
    git(paths=f"{PATHS},,Alma,developer\n")
    git()
    gone = Investment.objects.get(external_id="search:2026-W10:developer", superseded_at=None)
    assert (gone.person_days, gone.amount, gone.currency, gone.rate) == (0, 0, "SEK", D("0.1"))
    assert not list(differences())


def test_from_a_day_on_the_weeks_of_roles_are_weeks_as_well(card, git):
    git(paths=f"{PATHS},,Alma,developer\n,,Bo,developer\n,,Cleo,developer\n")
    with pytest.raises(CommandError, match="is recorded by week"):
        git("--by", "month", "--since", "2026-03-01")


@pytest.mark.parametrize(
    ("lines", "words", "said"),
    [
        (",,Alma,desinger\n", (), "Line 4: “desinger” (of Alma) is no role of the rate cards. " + NEAR),
        (",,Alma,\n", (), "Line 4: a person comes with a role"),
        (",,,designer\n", (), "Line 4: a person comes with a role"),
        ("lib/,search,Alma,designer\n", (), "Line 4: it names “Alma” and a path"),
        (",,Alma,designer\n,,alma,developer\n", (), "Line 5: “alma” stands in line 4 already"),
        ("", ("--role", "intern"), "“intern” is no role of the rate cards. They know: designer, developer."),
    ],
)  # fmt: skip
def test_a_role_that_makes_no_sense_is_named_and_nothing_is_read(card, git, lines, words, said):
    with pytest.raises(CommandError) as refused:
        git(*words, paths=PATHS + lines)
    assert said in str(refused.value)
    assert not Investment.objects.exists()


def test_a_role_without_any_card_says_where_it_would_stand(git):
    with pytest.raises(CommandError, match="have no rate card, and the house has none"):
        git("--role", "developer")


# The mean of the seats


def test_the_mean_is_in_the_currency_of_the_rates_or_else_in_the_houses(rate, seats, squad):
    def mean(day=MONDAY):
        return load_rates(squads=[squad.pk]).mean_on(squad=squad.pk, day=day)

    assert mean() is None
    seats("developer", 2)
    assert mean() is None, "nobody has a price"
    rate("developer", 6000, currency="SEK", rate=D("0.1"))
    assert (mean().amount, mean().currency, mean().rate) == (6000, "SEK", D("0.1"))
    rate("designer", 400)
    seats("designer", 1)
    assert (mean().amount, mean().currency, mean().rate) == (D("533.33"), "EUR", 1)  # (2 × 600 + 400) / 3
    assert mean(date(2025, 12, 31)) is None


def test_a_seat_without_a_rate_leaves_days_days_and_says_which(card, seats, git):
    seats("intern", 1)
    out = git()
    assert standing()["search:2026-W10"] == (D("2.500"), None)
    assert "2.500 person-days stay days: the mean of checkout is not known without a rate for intern" in out
    assert "playlists" not in out, "a squad without any card is as before"


def test_before_the_first_seat_days_stay_days(card, git, repository):
    commit_all(repository, [Work(on=date(2025, 12, 30))])
    assert "1.000 person-days stay days: checkout has no seats on that day." in git()


# Worklogs


def test_worklogs_cost_what_the_card_says_of_the_role_on_the_day(card, rate, root):
    rate("designer", 420, since=date(2026, 3, 5))
    mapping = f"{ISSUES},Bo,developer,\n,cleo,Designer,\n,dora,designer,\n"
    reading = logs(mapping=mapping)
    assert record(reading) == (4, 0, 0)
    assert worked() == [
        ("search", 2, D(1), D("550.00")), ("search", 2, D("0.500"), D("300.00")), ("search", 6, D(1), D("420.00")),
        ("shuffle", 2, D(1), None),
    ]  # fmt: skip
    by_role = "1.000 by designer, 0.500 by developer, 1.000 by the mean of the squad's seats"
    assert list(reading.remarks)[1:] == [
        f"Person-days at the squads' rate cards: {by_role}.",
        "People of the mapping who have no worklog here: dora (line 6).",
    ]
    kept = "".join(str(row) for row in Investment.objects.values_list("external_id", "note"))
    assert "alma" not in kept.lower(), "names of people are not kept"
    assert record(logs(mapping=mapping)) == (0, 0, 4)


def test_worklogs_are_revised_when_the_card_says_another_price_and_it_is_told(card, rate):
    record(logs(role="Developer"))
    rate("developer", 700, since=FRIDAY)
    reading = logs(role="developer")
    said = "1 entry that stands has the same days at another price: each is revised, and the earlier price is kept."
    assert reading.remarks[-1] == said
    shown = preview_reading(reading=reading, by=None, now=NOW)
    assert (shown.new, shown.revised, shown.unchanged) == (0, 1, 3)
    assert record(reading) == (0, 1, 3)
    assert worked()[2] == ("search", 6, D(1), D("700.00"))
    assert said not in logs(role="developer").remarks


def test_worklogs_at_one_rate_or_as_days_do_not_ask_the_card(card):
    record(logs(rate=D(6000), currency="SEK"))
    assert {(row[2] * 6000, row[3]) for row in worked()} == {(D(6000), D(6000)), (D(3000), D(3000))}
    record(logs(days_only=True))
    assert {row[3] for row in worked()} == {None}
    with pytest.raises(BadInput, match="The file is in NOK"):
        logs(rate=D(1), currency="NOK")


@pytest.mark.parametrize(
    ("lines", "place", "said"),
    [
        (",bo,desinger,\n", "lines.4.role", "“desinger” (of bo) is no role of the rate cards. " + NEAR),
        (",bo,,\n", "lines.4.role", "A person comes with a role"),
        (",,designer,\n", "lines.4.person", "A person comes with a role"),
        (",bo,designer,search\n", "lines.4.person", "Give “bo” a line without a feature"),
        (",bo,designer,\n,BO,developer,\n", "lines.5.person", "“BO” stands in line 4 already"),
    ],
)  # fmt: skip
def test_lines_of_people_that_make_no_sense_are_named(card, lines, place, said):
    with pytest.raises(BadInput) as refused:
        logs(mapping=ISSUES + lines)
    assert refused.value.errors[0].field == place
    assert said in refused.value.errors[0].detail


def test_a_role_for_all_that_no_card_knows(card):
    with pytest.raises(BadInput, match=r"“intern” is no role of the rate cards. They know: designer, developer."):
        logs(role="intern")


def test_the_command_takes_a_role_or_one_rate(card, tmp_path, capsys):
    (tmp_path / "tempo.csv").write_text(LOGS)
    (tmp_path / "map.csv").write_text(f"{ISSUES},bo,designer,\n")
    words = ("import_worklogs", str(tmp_path / "tempo.csv"), "--map", str(tmp_path / "map.csv"))
    call_command(*words, "--role", "developer")
    assert "Person-days at the squads' rate cards: 0.500 by designer, 2.000 by developer." in capsys.readouterr().out
    assert [row[3] for row in worked()] == [600, 200, 600, None]
    call_command(*words, "--days-only")
    assert {row[3] for row in worked()} == {None}
    with pytest.raises(CommandError, match="not allowed with argument"):
        call_command(*words, "--days-only", "--rate", "600")
