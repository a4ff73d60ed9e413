"""The kind of upkeep: every way in takes it, and none makes it up."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.management import call_command

from features.actions.rate_card import set_rate
from features.errors import BadInput
from features.importers.csv_file import text_file
from features.importers.git import entry_name
from features.importers.git_effort import Effort
from features.importers.into_ledger import record_reading
from features.importers.investments import read_investments
from features.importers.worklogs import read_worklogs
from features.models import Feature, Investment
from features.queries.sums import differences
from tests.factories.git_history import Work, commit_all, new_repository
from tests.factories.rows import saved

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
MONDAY = date(2026, 3, 2)
LOGS = "Issue Key,Issue Type,Hours,Work date,Username\n"


@pytest.fixture(autouse=True)
def search(squad):
    return saved(Feature, key="search", squad=squad, released_on=date(2026, 3, 9))


def recorded():
    rows = Investment.objects.filter(superseded_at__isnull=True).order_by("on", "external_id")
    return [(one.on, one.upkeep, one.person_days or one.amount) for one in rows]


def csv(text):
    return record_reading(reading=read_investments(file=text_file("costs.csv", text)), by=None, now=NOW)


def test_a_file_may_say_which_kind_of_upkeep_it_was():
    csv("feature,on,category,amount,Kind of upkeep\nsearch,2026-04-01,people,80,Bugs\nsearch,2026-05-01,people,9,\n")
    assert recorded() == [(date(2026, 4, 1), "bugs", 80), (date(2026, 5, 1), "", 9)]


def test_a_word_that_is_none_of_them_is_refused_with_the_one_that_was_meant():
    with pytest.raises(BadInput, match="Did you mean “upgrades”"):
        csv("feature,on,category,amount,upkeep\nsearch,2026-04-01,people,80,upgrade\n")
    assert not Investment.objects.exists()


def test_a_kind_that_is_told_later_is_a_revision_that_moves_no_sum():
    row = "search,2026-04-01,people,80"
    csv(f"feature,on,category,amount\n{row}\n")
    filed = csv(f"feature,on,category,amount,upkeep\n{row},support\n")
    assert (filed.new, filed.revised) == (0, 1)
    assert recorded() == [(date(2026, 4, 1), "support", 80)]
    assert not list(differences())


def test_over_rest_it_is_one_of_the_words_or_left_empty(api, alice):
    entry = {"feature": "search", "on": "2026-04-01", "category": "people", "amount": "5"}
    assert api(alice).post("/api/v1/investments/", entry | {"upkeep": "slowdown"}).json()["upkeep"] == "slowdown"
    assert api(alice).post("/api/v1/investments/", entry | {"upkeep": ""}).json()["upkeep"] == ""
    refused = api(alice).post("/api/v1/investments/", entry | {"upkeep": "love"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "upkeep")
    found = api(alice).get("/api/v1/investments/?upkeep=slowdown").json()["results"]
    assert [one["upkeep"] for one in found] == ["slowdown"]


def test_the_type_of_an_issue_says_the_kind(squad):
    text = LOGS + "S-1,Bug,8,2026-04-01,alice\nS-1,Story,4,2026-04-01,alice\nS-2,Service Request,2,2026-04-02,bob\n"
    mapping = {("project", "s"): "search"}
    record_reading(reading=read_worklogs(file=text_file("t.csv", text), mapping=mapping), by=None, now=NOW)
    assert sorted(recorded()) == [
        (date(2026, 4, 1), "", Decimal("0.5")),
        (date(2026, 4, 1), "bugs", Decimal(1)),
        (date(2026, 4, 2), "support", Decimal("0.25")),
    ]


@pytest.fixture
def run(tmp_path):
    repository, file = new_repository(tmp_path / "shop"), tmp_path / "map.csv"
    file.write_text("path,feature\napp/,search\n")

    def _run(*works, **more):
        commit_all(repository, works)
        call_command("import_git", str(repository), "--map", str(file), **more)
        return recorded()

    return _run


def test_fixes_of_a_released_feature_are_bugs_and_those_before_are_not(run):
    found = run(
        Work(on=MONDAY, message="fix: the box is empty"),
        Work(on=date(2026, 3, 16), message="Fixed a crash on start\n\nIt was old."),
        Work(on=date(2026, 3, 17), message="a new box\n\nno bug here"),
        Work(on=date(2026, 3, 18), message="fixtures for the box"),
    )
    assert sorted(found) == [
        (MONDAY, "", 1), (date(2026, 3, 16), "bugs", 1), (date(2026, 3, 17), "", 2),
    ]  # fmt: skip


def test_a_day_of_fixing_and_making_is_still_one_day_and_the_same_run_writes_nothing(run, capsys):
    both = [Work(on=date(2026, 3, 16), message=message) for message in ("fix it", "make it")]
    half = Decimal("0.5")
    assert sorted(run(*both)) == [(date(2026, 3, 16), "", half), (date(2026, 3, 16), "bugs", half)]
    assert len(run(Work(on=date(2026, 3, 17), paths=("else/a",)), since="2026-03-16")) == 2
    assert Investment.objects.count() == 2, "nothing is restated"


def test_fixes_of_people_with_a_role_are_priced_by_it_and_a_role_called_bugs_is_no_fix(run, squad, tmp_path):
    for role, amount in (("designer", 400), ("bugs", 100)):
        set_rate(squad=squad, role=role, from_on=MONDAY, amount=Decimal(amount), by=None, now=NOW)
    paths = "path,feature,person,role\napp/,search,,\n,,Dora,designer\n,,Emil,Bugs\n"
    (tmp_path / "map.csv").write_text(paths)
    dora, emil, fay = ("Dora <d@example.org>", "Emil <e@example.org>", "Fay <f@example.org>")
    tuesday, wednesday = date(2026, 3, 17), date(2026, 3, 18)
    works = [Work(by=who, on=day, message=what) for who in (dora, emil, fay)
             for day, what in ((tuesday, "fix it"), (wednesday, "make it"))]  # fmt: skip
    run(*works)
    week, made = "search:2026-W12", Investment.objects.filter(superseded_at__isnull=True)
    assert {(one.external_id, one.upkeep, one.person_days, one.amount) for one in made} == {
        (week, "", 1, None), (f"{week}:bugs", "bugs", 1, None),
        (f"{week}:designer", "", 1, 400), (f"{week}:designer:bugs", "bugs", 1, 400),
        (f"{week}:bugs:", "", 1, 100), (f"{week}:bugs::bugs", "bugs", 1, 100),
    }  # fmt: skip
    run()
    assert Investment.objects.count() == 6, "nothing is restated"
    (tmp_path / "map.csv").write_text("path,feature\napp/,search\n")
    run()
    assert {one.external_id: one.person_days for one in made.exclude(person_days=0)} == {week: 3, f"{week}:bugs": 3}
    assert not list(differences())


def test_no_two_entries_have_the_same_name_whatever_roles_are_called():
    roles = ("", "bugs", "bugs:", ":", "a", "a:bugs", "a:bugs:", "a:", "a::bugs", "bugs::bugs", ":bugs")
    efforts = [
        Effort("search", MONDAY, role, upkeep, MONDAY, Decimal(1), 1, 1, "abc")
        for role in roles
        for upkeep in ("", "bugs")
    ]
    assert len({entry_name(each, "week") for each in efforts}) == len(efforts)
