"""Investment from a git history: what is counted, what is left out and said, and that no run doubles or loses a day."""

import io
import shutil
import tempfile
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.actions.investment import InvestmentRow, record_investments
from features.enums import Category
from features.importers import git as importer
from features.models import AuditEntry, Feature, Investment
from features.queries.sums import differences
from tests.factories.git_history import Work, commit_all, git, new_repository
from tests.factories.rows import saved

pytestmark = pytest.mark.django_db

D = Decimal
ALMA, BO = "Alma <alma@example.org>", "Bo <bo@example.org>"
MONDAY = date(2026, 3, 2)
MAP = "path,feature\napp/,search\nplayer/,player\nvendor/,-\n"


@pytest.fixture
def features(squad):
    return [saved(Feature, key=key, squad=squad) for key in ("search", "player")]


@pytest.fixture
def repository(tmp_path):
    return new_repository(tmp_path / "shop")


@pytest.fixture
def map_file(tmp_path):
    return written_map(tmp_path, MAP)


@pytest.fixture
def run(repository, map_file, features):
    def _run(*words, of=repository, by=map_file):
        out = io.StringIO()
        call_command("import_git", str(of), "--map", str(by), *words, stdout=out)
        return out.getvalue()

    return _run


def written_map(folder, text, name="map.csv"):
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def standing(**which):
    rows = Investment.objects.filter(superseded_at__isnull=True, **which).order_by("external_id")
    return {row.external_id: row.person_days for row in rows}


def day(number):
    return MONDAY + timedelta(days=number)


# What is counted


def test_an_authors_day_is_one_person_day_however_many_commits_it_has(repository, run):
    commit_all(repository, [Work(on=MONDAY, message=str(number)) for number in range(7)])
    run()
    entry = Investment.objects.get()
    assert (entry.external_id, entry.source, entry.on) == ("search:2026-W10", "git:shop", MONDAY)
    assert (entry.person_days, entry.amount, entry.category) == (D("1.000"), None, "people")
    assert entry.note.startswith("7 commits by 1 person, the last ")
    assert "Person-days: 1 at most for each day on which an author commits (1 a commit)" in entry.note
    assert not list(differences())


def test_a_day_is_split_over_its_commits_and_a_commit_over_its_files(repository, run):
    commit_all(
        repository,
        [
            Work(on=MONDAY, paths=("app/a", "app/b", "app/c", "player/a")),
            Work(on=MONDAY, paths=("player/a", "docs/a")),
        ],
    )
    out = run()
    assert standing() == {"search:2026-W10": D("0.375"), "player:2026-W10": D("0.375")}
    assert "outside the map: 0.250 person-days, of 1 commit, most in\n               1  docs/*" in out


def test_two_people_on_one_day_are_two_days_and_the_same_address_is_one_person(repository, run):
    commit_all(
        repository,
        [Work(on=MONDAY), Work(by="A. <ALMA@example.org>", on=MONDAY), Work(by=BO, on=MONDAY), Work(by=BO, on=day(1))],
    )
    run()
    assert standing() == {"search:2026-W10": D("3.000")}
    assert "4 commits by 2 people" in Investment.objects.get().note


def test_the_mailmap_says_who_is_who(repository, run):
    commit_all(repository, [Work(on=MONDAY), Work(by="Alma <alma@home.example>", on=MONDAY)])
    (repository / ".mailmap").write_text("Alma <alma@example.org> <alma@home.example>\n")
    run()
    assert standing() == {"search:2026-W10": D("1.000")}


def test_an_entry_is_dated_to_the_first_day_that_counts_for_it(repository, run):
    commit_all(repository, [Work(on=day(4)), Work(on=day(1)), Work(on=day(2), paths=("player/a",))])
    run("--by", "month")
    assert [*Investment.objects.order_by("on").values_list("external_id", "on")] == [
        ("search:2026-03", day(1)), ("player:2026-03", day(2)),
    ]  # fmt: skip


def test_a_day_is_the_authors_own_wherever_they_are(repository, run):
    late = datetime(2026, 3, 8, 23, 30, tzinfo=timezone(timedelta(hours=-8)))  # Monday in UTC, Sunday for its author
    commit_all(repository, [Work(on=late), Work(by=BO, on=datetime(2026, 3, 8, 23, 30, tzinfo=UTC))])
    run()
    assert standing() == {"search:2026-W10": D("2.000")}


def test_a_team_of_part_timers_has_its_own_rule(repository, run):
    commit_all(repository, [Work(on=MONDAY, message=str(number)) for number in range(3)] + [Work(by=BO, on=MONDAY)])
    out = run("--day-share", "0.8", "--days-per-commit", "0.3")
    assert standing() == {"search:2026-W10": D("1.100")}  # 0.8 at most for three commits, and 0.3
    assert "Person-days: 0.8 at most for each day on which an author commits (0.3 a commit)" in out
    run("--day-share", "0.5")
    assert standing() == {"search:2026-W10": D("1.000")}
    assert Investment.objects.get(superseded_at__isnull=True).revision == 2


def test_days_become_money_only_where_a_rate_is_given(repository, run):
    commit_all(repository, [Work(on=MONDAY, paths=("app/a", "docs/a", "docs/b"))])
    out = run("--rate", "500.50")
    entry = Investment.objects.get()
    assert (entry.person_days, entry.amount, entry.currency) == (D("0.333"), D("166.67"), "EUR")
    assert "166.67 EUR at 500.50 a day" in out
    run()
    assert Investment.objects.get(superseded_at__isnull=True).amount is None
    assert not list(differences())


# What is left out, and said


def test_bulk_commits_merges_and_empty_commits_are_kept_apart(repository, run):
    commit_all(repository, [Work(on=MONDAY, paths=tuple(f"app/{n}" for n in range(101)))])
    commit_all(repository, [Work(on=day(1), paths=())])
    side = git(repository, "rev-parse", "main")
    commit_all(repository, [Work(on=day(2), paths=("app/merged",), merges=side)])
    commit_all(repository, [Work(on=day(3))])
    out = run()
    assert standing() == {"search:2026-W10": D("1.000")}
    assert "read 3 of 3 commits" in out
    assert "not counted: 1 bulk commit (more than 100 files)" in out
    assert "1 commit of no file" in out
    run("--bulk", "0")
    assert standing() == {"search:2026-W10": D("2.000")}


def test_a_commit_of_as_many_files_as_the_limit_still_counts(repository, run):
    commit_all(repository, [Work(on=MONDAY, paths=tuple(f"app/{n}" for n in range(100)))])
    run()
    assert standing() == {"search:2026-W10": D("1.000")}


def test_paths_left_out_on_purpose_take_no_share_and_do_not_make_a_commit_large(repository, run):
    vendored = tuple(f"vendor/{n}" for n in range(500))
    commit_all(repository, [Work(on=MONDAY, paths=(*vendored, "app/a")), Work(on=day(1), paths=vendored)])
    out = run()
    assert standing() == {"search:2026-W10": D("1.000")}
    assert "not counted: 1 commit of nothing but paths that the map leaves out" in out


def test_bots_are_named_and_can_be_left_out(repository, run):
    bot = "renovate[bot] <29139614+renovate[bot]@users.noreply.example>"
    commit_all(repository, [Work(on=MONDAY), Work(by=bot, on=MONDAY)])
    assert "--not-author '[bot]' leaves them out" in run()
    assert standing() == {"search:2026-W10": D("2.000")}
    assert "1 commit by authors left out ([BOT])" in run("--not-author", "[BOT]")
    assert standing() == {"search:2026-W10": D("1.000")}


def test_co_authors_count_when_asked_for_each_under_their_own_name(repository, run):
    message = f"pair\n\nCo-authored-by: {BO}\nCo-authored-by: A <alma@home.example>\nco-authored-by: nobody at all\n"
    commit_all(repository, [Work(on=MONDAY, message=message), Work(on=day(1), message="alone")])
    (repository / ".mailmap").write_text("Alma <alma@example.org> <alma@home.example>\n")
    run()
    assert standing() == {"search:2026-W10": D("2.000")}
    run("--co-authors")
    assert standing() == {"search:2026-W10": D("3.000")}


def test_days_to_come_wait_and_broken_dates_are_said(repository, run, now):
    commit_all(repository, [Work(on=MONDAY), Work(on=now + timedelta(days=40)), Work(on="0 +0000")])
    out = run()
    assert standing() == {"search:2026-W10": D("1.000")}
    assert "1 commit dated after today" in out
    assert "1 commit without a date after 1970-01-01" in out


def test_a_shared_day_that_rounds_to_nothing_is_no_entry(repository, run):
    many = [Work(on=MONDAY, message=str(n)) for n in range(30)]
    commit_all(repository, [*many, Work(on=MONDAY, paths=("player/a", *(f"app/{n}" for n in range(99))))])
    run()
    assert standing() == {"search:2026-W10": D("1.000")}


# Names that are not names


def test_odd_names_of_files_are_read_as_they_are(tmp_path, repository, run):
    paths = ('app/"quoted"', "app/two\nlines", "app/naïve ☃", b"app/latin-\xe9", "app/\\back", "docs/tab\there/x")
    commit_all(repository, [Work(on=MONDAY, paths=paths)])
    out = run()
    assert standing() == {"search:2026-W10": D("0.833")}
    assert "docs/tab\\there/" in out


def test_letters_that_unicode_can_write_in_two_ways_are_the_same(tmp_path, repository, run):
    commit_all(repository, [Work(on=MONDAY, paths=("cafe\u0301/menu",))])
    run(by=written_map(tmp_path, "path,feature\ncafé/,search\n"))
    assert standing() == {"search:2026-W10": D("1.000")}


def test_a_renamed_file_is_work_on_both_sides(repository, run):
    commit_all(repository, [Work(on=MONDAY), Work(on=day(1), paths=(), moved=(("app/a.py", "player/a.py"),))])
    run()
    assert standing() == {"search:2026-W10": D("1.500"), "player:2026-W10": D("0.500")}


# Again and again


def test_running_it_again_writes_nothing(repository, run):
    commit_all(repository, [Work(on=day(number)) for number in range(40)])
    run()
    entries, audits = Investment.objects.count(), AuditEntry.objects.count()
    assert "0 new, 0 restated, 6 unchanged, 0 set to 0" in run()
    assert (Investment.objects.count(), AuditEntry.objects.count()) == (entries, audits)


def test_new_commits_change_their_own_weeks_only(repository, run):
    commit_all(repository, [Work(on=day(number)) for number in range(10)])
    run()
    commit_all(repository, [Work(on=day(10)), Work(by=BO, on=day(20))])
    assert "1 new, 1 restated, 1 unchanged" in run()
    assert standing() == {"search:2026-W10": D("7.000"), "search:2026-W11": D("4.000"), "search:2026-W12": D("1.000")}


def test_a_run_that_was_cut_off_is_completed_by_the_next(repository, run, monkeypatch):
    commit_all(repository, [Work(on=day(7 * number)) for number in range(3)])
    real, sent = importer.record_investments, []

    def killed(**batch):
        if sent:
            raise KeyboardInterrupt
        sent.append(real(**batch))

    monkeypatch.setattr(importer, "BATCH", 1)
    monkeypatch.setattr(importer, "record_investments", killed)
    with pytest.raises(CommandError, match="the same command goes on"):
        run()
    assert standing() == {"search:2026-W10": D("1.000")}
    monkeypatch.undo()
    assert "2 new, 0 restated, 1 unchanged" in run()
    assert not list(differences())


def test_a_dry_run_says_what_would_be_and_writes_nothing(repository, run):
    commit_all(repository, [Work(on=MONDAY)])
    assert "1 would be new" in run("--dry-run")
    assert not Investment.objects.exists()


def test_from_a_day_on_whole_weeks_are_recorded_and_the_earlier_ones_left(repository, run):
    commit_all(repository, [Work(on=day(number)) for number in range(21)])
    assert "read 14 of 21 commits" in run("--since", str(day(9)))
    assert standing() == {"search:2026-W11": D("7.000"), "search:2026-W12": D("7.000")}
    run("--since", str(day(15)), "--day-share", "0.5")
    assert standing() == {"search:2026-W11": D("7.000"), "search:2026-W12": D("3.500")}


def test_from_weeks_to_months_nothing_counts_twice(repository, run):
    commit_all(repository, [Work(on=day(number)) for number in range(14)])
    run()
    with pytest.raises(CommandError, match="recorded by week"):
        run("--by", "month", "--since", str(MONDAY))
    assert "1 new, 0 restated, 0 unchanged, 2 set to 0" in run("--by", "month")
    assert standing() == {"search:2026-03": D("14.000"), "search:2026-W10": 0, "search:2026-W11": 0}
    assert not list(differences())
    assert "0 new, 0 restated, 1 unchanged, 0 set to 0" in run("--by", "month")


def test_entries_of_others_under_the_same_source_stay(repository, run, now):
    other = InvestmentRow(
        feature="search", on=MONDAY, category=Category.MATERIAL, amount=D(5), source="git:shop", external_id="mine"
    )
    record_investments(entries=[other], by=None, now=now)
    commit_all(repository, [Work(on=MONDAY)])
    run()
    assert Investment.objects.get(external_id="mine").superseded_at is None


@st.composite
def histories(draw):
    works = draw(
        st.lists(
            st.builds(
                Work,
                by=st.sampled_from([ALMA, BO, "Cleo <cleo@example.org>"]),
                on=st.integers(0, 40).map(day),
                paths=st.sets(
                    st.sampled_from(["app/a", "app/b", "app/c", "player/a", "docs/a", "vendor/a"]), min_size=1
                ).map(tuple),
                message=st.integers().map(str),
            ),
            min_size=1,
            max_size=12,
        )
    )
    first = Work(on=MONDAY, message="first")
    cuts = sorted(draw(st.sets(st.integers(1, len(works)), max_size=3)) | {len(works) + 1})
    return [first, *works], cuts


def by_hand(works, by):
    """The rule once more, in the plainest way."""
    owners = {"app": "search", "player": "player", "docs": None}
    days: dict = {}
    for work in works:
        files = [owners[path.split("/")[0]] for path in work.paths if not path.startswith("vendor/")]
        if files:
            days.setdefault((work.by, work.on), []).append(files)
    found: dict = {}
    for (_, on), commits in days.items():
        for files in commits:
            for owner in filter(None, files):
                key = f"{owner}:{on:%G-W%V}" if by == "week" else f"{owner}:{on:%Y-%m}"
                found[key] = found.get(key, 0) + Fraction(1, len(commits) * len(files))
    return {key: D(int(part * 1000 + Fraction(1, 2))) / 1000 for key, part in found.items()}


@given(case=histories(), by=st.sampled_from(["week", "month"]))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_split_of_a_history_over_runs_gives_the_same_entries(case, by, run):
    works, cuts = case
    folder = Path(tempfile.mkdtemp(prefix="split-"))
    try:
        with transaction.atomic():
            for begin, end in pairwise([0, *cuts]):
                commit_all(new_repository(folder / "grown"), works[begin:end])
                run("--by", by, of=folder / "grown")
            assert standing() == by_hand(works, by)
            assert not list(differences())
            git(folder, "clone", "-q", "--bare", "grown", "whole.git")
            assert "0 new, 0 restated" in run("--by", by, "--name", "grown", of=folder / "whole.git")
            with pytest.raises(CommandError, match="count twice"):
                run("--by", by, of=folder / "whole.git")
            transaction.set_rollback(True)
    finally:
        shutil.rmtree(folder)


# What was recorded is not taken away by mistake


def test_a_clone_that_is_behind_takes_nothing_back(tmp_path, repository, run):
    commit_all(repository, [Work(on=MONDAY)])
    git(tmp_path, "clone", "-q", "--bare", "shop", "behind/shop.git")
    commit_all(repository, [Work(on=day(7))])
    run()
    with pytest.raises(CommandError, match="If this clone is behind, fetch first"):
        run(of=tmp_path / "behind/shop.git")
    assert standing() == {"search:2026-W10": D("1.000"), "search:2026-W11": D("1.000")}


def test_another_repository_of_the_same_name_needs_another_name(tmp_path, repository, run):
    commit_all(repository, [Work(on=MONDAY)])
    run()
    other = commit_all(new_repository(tmp_path / "other/shop"), [Work(by=BO, on=MONDAY)])
    with pytest.raises(CommandError, match="give it a name of its own with --name"):
        run(of=other)
    run("--name", "other-shop", of=other)
    assert standing(source="git:shop") == standing(source="git:other-shop") == {"search:2026-W10": D("1.000")}


def test_a_rewritten_history_is_restated_when_asked(repository, run):
    commit_all(repository, [Work(on=MONDAY), Work(on=day(7)), Work(on=day(14))])
    run()
    git(repository, "update-ref", "refs/heads/main", "main~2")
    commit_all(repository, [Work(by=BO, on=day(14), message="squashed")])
    with pytest.raises(CommandError, match="--restate records what it says now"):
        run()
    assert "0 new, 1 restated, 1 unchanged, 1 set to 0" in run("--restate")
    assert standing() == {"search:2026-W10": D("1.000"), "search:2026-W11": 0, "search:2026-W12": D("1.000")}
    assert "set to 0" in run()  # and it goes on as usual
    with pytest.raises(CommandError, match="leave --since out"):
        run("--restate", "--since", "2026-03-01")


def test_a_map_that_forgets_a_feature_is_asked_about(tmp_path, repository, run):
    commit_all(repository, [Work(on=MONDAY), Work(by=BO, on=MONDAY, paths=("player/a",))])
    run()
    short = written_map(tmp_path, "path,feature\napp/,search\n", "short.csv")
    with pytest.raises(CommandError, match="no longer names “player”"):
        run(by=short)
    assert "1 set to 0" in run("--restate", by=short)
    assert standing() == {"search:2026-W10": D("1.000"), "player:2026-W10": 0}


def test_paths_that_change_hands_take_their_days_along(tmp_path, repository, run):
    commit_all(repository, [Work(on=MONDAY), Work(by=BO, on=MONDAY, paths=("player/a",))])
    run()
    run(by=written_map(tmp_path, "path,feature\napp/,player\nplayer/,player\nnowhere/,search\n", "moved.csv"))
    assert standing() == {"search:2026-W10": 0, "player:2026-W10": D("2.000")}


# What cannot be read


def test_a_map_that_fits_nothing_says_where_the_commits_are(tmp_path, repository, run):
    commit_all(repository, [Work(on=MONDAY, paths=("lib/core/a",))])
    with pytest.raises(CommandError, match=r"counts for a feature of the map.* lib/core/ \(1\)"):
        run()


def test_a_feature_that_is_not_there_is_said_before_anything_is_read(tmp_path, run):
    wrong = written_map(tmp_path, "path,feature\napp/,search\nlib/,serach\n")
    with pytest.raises(CommandError, match="Line 3: there is no feature “serach”"):
        run(by=wrong, of=tmp_path / "nowhere at all")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--rate", "-1"), "--rate -1: write a number above 0"),
        (("--rate", "NaN"), "--rate NaN"),
        (("--day-share", "0"), "--day-share 0"),
        (("--days-per-commit", "0.0001"), "3 decimals at most"),
        (("--bulk", "-1"), "--bulk is 0 or more"),
        (("--not-author", " "), "--not-author is not empty"),
        (("--since", "yesterday"), "write a day as 2026-03-01"),
        (("--name", "x" * 61), "1 to 60 letters"),
        (("--ref=--all",), "leads to no commit"),
        (("--ref", "gone"), "“gone” leads to no commit"),
    ],
)
def test_words_that_make_no_sense_are_refused(repository, run, words, said):
    commit_all(repository, [Work(on=MONDAY)])
    with pytest.raises(CommandError, match=said):
        run(*words)
    assert not Investment.objects.exists()


def test_a_folder_that_is_no_repository_and_one_without_commits(tmp_path, run, repository):
    with pytest.raises(CommandError, match="is not a git repository"):
        run(of=tmp_path)
    with pytest.raises(CommandError, match="leads to no commit"):
        run()
    with pytest.raises(CommandError, match="There is no folder"):
        run(of=tmp_path / "gone")
    with pytest.raises(CommandError, match="Give a map with --map"):
        call_command("import_git", str(repository))


def test_a_shallow_clone_would_lie(tmp_path, repository, run):
    commit_all(repository, [Work(on=day(number)) for number in range(3)])
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repository}", "shallow")
    with pytest.raises(CommandError, match="git fetch --unshallow"):
        run(of=tmp_path / "shallow")


def test_a_history_with_a_hole_is_not_half_recorded(repository, run):
    commit_all(repository, [Work(on=MONDAY), Work(on=day(7))])
    tree = git(repository, "rev-parse", "main^{tree}")
    git(repository, "repack", "-adq")
    pack = next((repository / ".git/objects/pack").glob("*.pack")).rename(repository / "taken.pack")
    for index in (repository / ".git/objects/pack").glob("*"):
        index.unlink()
    with pack.open("rb") as packed:
        git(repository, "unpack-objects", "-q", stdin=packed)
    (repository / ".git/objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(CommandError, match="git could not read"):
        run()
    assert not Investment.objects.exists()


def test_without_git_it_says_so(repository, run, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(CommandError, match="git is not installed"):
        run()


def test_a_hook_that_points_git_elsewhere_does_not_mislead_it(tmp_path, repository, run, monkeypatch):
    commit_all(repository, [Work(on=MONDAY)])
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    run()
    assert standing() == {"search:2026-W10": D("1.000")}


def test_somebody_who_watches_sees_a_bar_and_ctrl_c_leaves_nothing_by_halves(
    repository, map_file, features, monkeypatch
):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    commit_all(repository, [Work(on=MONDAY)])
    out = Terminal()
    call_command("import_git", str(repository), "--map", str(map_file), stdout=out)
    assert "█ 1 of 1 commits (100%)" in out.getvalue()

    def interrupted(**_):
        raise KeyboardInterrupt

    monkeypatch.setattr("features.management.commands.import_git.import_git", interrupted)
    with pytest.raises(CommandError, match="the same command goes on"):
        call_command("import_git", str(repository), "--map", str(map_file), stdout=out)


def test_a_first_map_is_suggested_and_asks_to_be_filled_in(tmp_path, repository, run):
    commit_all(
        repository,
        [
            Work(on=MONDAY, paths=("app/models/deep/a", "README", b"#d\xe9/x/y")),
            Work(on=day(1), paths=("app/models/b",)),
        ],
    )
    out = io.StringIO()
    call_command("import_git", str(repository), "--suggest", stdout=out)
    assert out.getvalue() == "path,feature,commits\napp/models/,,2\n./#d?/x/,,1\n*,,1\n"
    with pytest.raises(CommandError, match="Line 2: “app/models” has no feature"):
        run(by=written_map(tmp_path, out.getvalue(), "suggested.csv"))
    filled = out.getvalue().replace(",,", ",search,")
    run(by=written_map(tmp_path, filled, "filled.csv"))
    assert standing() == {"search:2026-W10": D("2.000")}
