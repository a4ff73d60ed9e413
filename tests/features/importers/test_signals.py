"""What tells of upkeep and costs nothing to collect: from a git repository, and from a list of bugs."""

import io
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from features.models import AuditEntry, Feature, Signal
from tests.factories.git_history import Work, commit_all, git, new_repository
from tests.factories.rows import saved

pytestmark = pytest.mark.django_db
ALMA, BO, CY = "Alma <alma@example.org>", "Bo <bo@example.org>", "Cy <cy@example.org>"
TODAY = timezone.localdate()
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def features(squad):
    return [saved(Feature, key=key, squad=squad) for key in ("search", "player")]


@pytest.fixture
def repository(tmp_path):
    return new_repository(tmp_path / "shop")


@pytest.fixture
def run(repository, tmp_path):
    (tmp_path / "map.csv").write_text("path,feature\napp/,search\nplayer/,player\n")

    def _run(*words):
        out = io.StringIO()
        call_command("import_signals", str(repository), "--map", str(tmp_path / "map.csv"), *words, stdout=out)
        return out.getvalue()

    return _run


def write(repository, **files):
    """Real files, for what is read of the tree."""
    if git(repository, "for-each-ref"):
        git(repository, "reset", "--hard", "-q")
    for name, text in files.items():
        path = repository / name.replace("__", "/").replace("_txt", ".txt").replace("_json", ".json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git(repository, "add", "-A")
    git(repository, "-c", "user.name=Alma", "-c", "user.email=alma@example.org", "commit", "-qm", "files")


def standing(key="search"):
    rows = Signal.objects.filter(feature__key=key, superseded_at__isnull=True)
    return {row.kind: (row.value, row.detail) for row in rows}


def test_commits_and_fixes_of_the_last_year_are_counted_by_path(repository, run):
    commit_all(repository, [
        Work(ALMA, TODAY - DAY * 400, message="fix: long ago"),
        Work(ALMA, TODAY - DAY * 9, message="fix the box"),
        Work(BO, TODAY - DAY * 8, message="a box", paths=("app/a.py", "player/b.py")),
        Work(BO, TODAY - DAY * 7, paths=("else/a.py",)),
    ])  # fmt: skip
    run()
    assert (standing()["commits"][0], standing()["fix_commits"][0]) == (2, 1)
    assert (standing("player")["commits"][0], standing("player")["fix_commits"][0]) == (1, 0)


def test_owners_have_left_when_they_are_silent_for_a_year_or_their_account_is_closed(repository, run):
    User.objects.create_user("bo", email="Bo@example.org", is_active=False)
    commit_all(repository, [
        *[Work(ALMA, TODAY - DAY * (400 + n)) for n in range(4)],
        *[Work(BO, TODAY - DAY * n) for n in range(3)],
        Work(CY, TODAY - DAY),
    ])  # fmt: skip
    run()
    assert standing()["owners_left"] == (1, "of 1 who made half of its commits"), "four of eight commits are Alma’s"
    commit_all(repository, [Work(BO, TODAY - DAY * n) for n in range(2)])
    run()
    assert standing()["owners_left"] == (1, "of 1 who made half of its commits"), (
        "now it is Bo, whose account is closed"
    )
    commit_all(repository, [Work(CY, TODAY - DAY * n, paths=("player/x",)) for n in range(2)])
    run()
    assert standing("player")["owners_left"][0] == 0


def test_lines_pins_and_flags_are_read_from_the_tip(repository, run, tmp_path):
    write(
        repository,
        app__a="one\ntwo\nif OneTap: pass\n",
        app__requirements_txt="django==5.2\n# old==1\nrequests>=2\nfoo[bar] === 1.0\n",
        app__package_json='{"name": "x", "version": "1.0.0", "dependencies": {"a": "1.2.3", "b": "^2.0.0"}}',
        player__b="OneTapper\n",
    )
    (tmp_path / "flags.csv").write_text("feature,flag\nsearch,OneTap\nplayer,gone-flag\n")
    run("--flags", str(tmp_path / "flags.csv"))
    assert standing()["code_size"] == (3 + 4 + 1, "3 files")
    assert standing()["dependency_pins"] == (3, "in 2 manifests")
    assert standing()["flag_in_code"] == (1, "OneTap")
    assert standing("player")["flag_in_code"] == (0, "gone-flag")
    assert "dependency_pins" not in standing("player"), "without a manifest nothing is known, which is not 0"


def test_the_same_look_writes_nothing_and_a_changed_count_keeps_the_earlier_one(repository, run):
    commit_all(repository, [Work(ALMA, TODAY - DAY)])
    assert "0 revised" in run()
    before = Signal.objects.count()
    assert f"0 new, 0 revised, {before} unchanged" in run()
    assert AuditEntry.objects.filter(act="signals_recorded").count() == 1
    commit_all(repository, [Work(ALMA, TODAY)])
    run()
    commits = Signal.objects.filter(kind="commits", feature__key="search").order_by("revision")
    assert [(one.value, one.revision, one.superseded_at is None) for one in commits] == [(1, 1, False), (2, 2, True)]


def test_a_dry_run_and_a_wrong_map_write_nothing(repository, run, tmp_path):
    commit_all(repository, [Work(ALMA, TODAY)])
    assert "commits in a year 1" in run("--dry-run")
    (tmp_path / "map.csv").write_text("path,feature\napp/,serch\n")
    with pytest.raises(CommandError, match="no feature “serch”"):
        run()
    assert not Signal.objects.exists()


def bugs(tmp_path, text):
    (tmp_path / "bugs.csv").write_text(text)
    call_command("import_bugs", str(tmp_path / "bugs.csv"), stdout=io.StringIO())


def test_open_bugs_come_one_a_row_or_counted_and_those_that_are_gone_are_none(tmp_path):
    bugs(tmp_path, "feature,summary\nsearch,empty\nsearch,slow\nplayer,loud\n")
    assert (standing()["open_bugs"][0], standing("player")["open_bugs"][0]) == (2, 1)
    bugs(tmp_path, "feature,open_bugs\nsearch,7\n")
    assert (standing()["open_bugs"][0], standing("player")["open_bugs"][0]) == (7, 0)
    with pytest.raises(CommandError, match="not a number of bugs"):
        bugs(tmp_path, "feature,open_bugs\nsearch,many\n")


def test_over_rest_signals_are_read_and_sent(api, alice, mallory):
    at = "/api/v1/features/search/signals/"
    row = {"kind": "open_bugs", "on": TODAY.isoformat(), "value": 4}
    assert api(alice).post(at, row).json() == {"new": 1, "revised": 0, "unchanged": 0}
    assert api(alice).post(at, [row | {"value": 5}]).json()["revised"] == 1
    assert [one["value"] for one in api(alice).get(at).json()["results"]] == [5]
    assert api(mallory).post(at, row).status_code == 403
    assert api(alice).post(at, row | {"on": "2199-01-01"}).status_code == 400
    assert api(alice).post("/api/v1/features/nothing/signals/", row).status_code == 404
