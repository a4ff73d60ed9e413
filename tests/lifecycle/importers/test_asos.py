"""Replaying the ASOS experiments: a small file in their form, through the real path."""

import csv
import gzip
import json
import os
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from features.errors import BadInput
from features.models import Feature
from hypotheses.models import Evidence, Hypothesis, Pull, Result, Trial
from lifecycle.importers.asos import replay
from lifecycle.importers.asos_table import as_markdown, courses, fixed_p, summary
from lifecycle.models import Gate
from tests.lifecycle.importers.asos_file import P, Q, series, write

REAL = Path(os.environ.get("FOURSTROKE_REAL_DATA") or Path(__file__).parents[4] / "shared/data") / "ab"
FILE = REAL / "asos_experiments.csv.gz"


@pytest.fixture
def folder(tmp_path, settings):
    settings.VAR = tmp_path
    return tmp_path


def quiet(_: str) -> None:
    pass


def run(folder, *rows, **more):
    done = replay(
        file=write(folder / "small.csv", *rows),
        folder=folder,
        tell=quiet,
        **{"minimum_effect": 0.02, "every": 1, **more},
    )
    return done, {(row.experiment, row.metric): row for row in courses(done.series)}


@pytest.mark.django_db(transaction=True)
def test_each_series_is_lived_through_the_real_path(folder):
    done, rows = run(
        folder,
        series("aa", "1", treated=Q),
        series("aa", "2", treated=10.0),
        series("bb", "1", treated=0.092),
        series("cc", "1", treated=P, ratio=0.97),
        series("dd", "1", treated=P, dip=12),
    )
    assert (len(done.series), done.days, done.pulls, done.failed) == (5, 6, 12, 0)
    assert (Trial.objects.count(), Feature.objects.count(), Pull.objects.filter(state="succeeded").count()) == (
        5,
        5,
        12,
    )
    assert Result.objects.count() == 5 * 12 * 2
    assert Evidence.objects.filter(superseded_at=None).count() == 5 * 12
    good, same, bad = rows["aa", "1"], rows["aa", "2"], rows["bb", "1"]
    assert (good.decided, good.verdict, good.always_valid) == ("validated", "validated", True)
    assert (same.decided, same.verdict, same.fixed_ever) == ("refuted", "refuted", False)
    assert (bad.decided, bad.gate_cause) == ("harmful", "evidence harmful")
    assert (rows["cc", "1"].verdict, rows["cc", "1"].reason) == ("invalid", "srm")
    assert (rows["dd", "1"].falls, rows["dd", "1"].verdict, rows["dd", "1"].reason) == (1, "invalid", "stale")
    assert good.gate_due_day == pytest.approx(-(-good.decided_day // 1)), "the gate falls due on the day it is decided"
    sums = summary(list(rows.values()))
    assert (sums["experiments"], sums["series"], sums["looks"], sums["decided_at_some_look"]) == (4, 5, 60, 3)
    assert (sums["treatments_with_broken_sample_ratio"], sums["series_with_a_falling_count"]) == (1, 1)
    table = as_markdown(list(rows.values()), sums)
    assert "| aa | 1 | 1 | 12 | validated |" in table
    assert "| decided at some look | 3 | 60.0 % |" in table
    assert "Series with a falling count (experiment · variant · metric): dd · 1 · metric 1 (1×)." in table
    assert "Treatments with a broken sample ratio at the end (experiment · variant): cc · 1." in table


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_without_a_variance_is_left_out_and_the_others_are_not(folder):
    holes = [[*row[:8], "", ""] if row[3] == 1.5 else row for row in series("aa", "2", treated=10.0, days=2)]
    done, rows = run(folder, holes, series("bb", "2", treated=10.0, days=2))
    assert (done.pulls, done.failed) == (2, 0)
    assert [(row.snapshots, row.looks) for row in rows.values()] == [(4, 3), (4, 4)]


@pytest.mark.django_db(transaction=True)
def test_the_minimum_effect_is_a_share_of_the_first_control_mean(folder):
    run(folder, series("aa", "2", treated=10.0, days=1), minimum_effect=0.03)
    hypothesis = Hypothesis.objects.get()
    assert (hypothesis.baseline, hypothesis.minimum_effect_absolute) == (10.0, pytest.approx(0.3))


@pytest.mark.django_db(transaction=True)
def test_looking_less_often_weighs_the_same_snapshots(folder):
    _, rows = run(folder, series("aa", "1", treated=Q), series("bb", "1", treated=0.1), every=4)
    assert [row.looks for row in rows.values()] == [12, 12]
    assert rows["aa", "1"].decided == "validated"
    assert Gate.objects.get(feature__key="asos-aa-v1-m1").due_at.day == 6 + 4


@pytest.mark.django_db(transaction=True)
def test_a_part_of_the_experiments(folder):
    parts = [series(name, "1", treated=P, days=1) for name in ("aa", "bb", "cc", "dd")]
    done, _ = run(folder, *parts, experiments=3, part=(1, 2))
    assert [one.experiment for one in done.series] == ["bb"]


@pytest.mark.django_db(transaction=True)
def test_what_is_not_the_data_set_is_refused(folder):
    with pytest.raises(BadInput, match="no file"):
        replay(file=folder / "none.csv", folder=folder, minimum_effect=0.01, tell=quiet)
    (folder / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(BadInput, match="lacks the column experiment_id"):
        replay(file=folder / "other.csv", folder=folder, minimum_effect=0.01, tell=quiet)
    (folder / "bytes.csv.gz").write_bytes(b"\x00\x01 no gzip")
    with pytest.raises(BadInput, match="cannot be read"):
        replay(file=folder / "bytes.csv.gz", folder=folder, minimum_effect=0.01, tell=quiet)
    assert not Feature.objects.exists()


def test_the_fixed_test_is_the_usual_one():
    same = {"control": (1000, 0.1, 0.09), "treatment": (1000, 0.1, 0.09)}
    assert fixed_p(same) == 1.0
    apart = {"control": (1000, 0.0, 1.0), "treatment": (1000, 1.959964 * (2 / 1000) ** 0.5, 1.0)}
    assert fixed_p(apart) == pytest.approx(0.05, rel=1e-5)
    assert fixed_p({"control": (1, 0.0, 0.0)}) == 1.0


@pytest.mark.django_db
def test_the_command_works_in_a_database_of_its_own(tmp_path, capfd):
    file = write(tmp_path / "small.csv", series("aa", "1", treated=Q, days=2), series("bb", "1", treated=P, days=2))
    call_command("replay_asos", file, "--jobs", "2", "--json")
    told = json.loads(capfd.readouterr().out)
    assert (told["failed"], told["summary"]["series"], told["summary"]["looks"]) == (0, 2, 8)
    assert [row["experiment"] for row in told["series"]] == ["aa", "bb"]
    assert not Feature.objects.exists()
    assert not list(Path(settings.VAR).glob("asos*"))


def test_the_command_refuses_what_makes_no_sense(tmp_path):
    file = write(tmp_path / "small.csv")
    with pytest.raises(CommandError, match="no file"):
        call_command("replay_asos", tmp_path / "none.csv")
    with pytest.raises(CommandError, match="share between 0 and 1"):
        call_command("replay_asos", file, "--minimum-effect", "2")
    with pytest.raises(CommandError):
        call_command("replay_asos", file, "--jobs", "0")


@pytest.mark.real_data
@pytest.mark.skipif(
    not FILE.exists(), reason="the ASOS experiments are not here; set FOURSTROKE_REAL_DATA to their folder"
)
@pytest.mark.django_db(transaction=True)
def test_a_short_real_experiment(folder):
    with gzip.open(FILE, "rt", newline="") as file:
        header, *rows = csv.reader(file)
    ends = {row[0]: max(float(each[3]) for each in rows if each[0] == row[0]) for row in rows[::200]}
    short = min(ends, key=lambda one: (ends[one], one))
    with (folder / "short.csv").open("w", newline="") as file:
        csv.writer(file).writerows([header, *(row for row in rows if row[0] == short)])
    done = replay(file=folder / "short.csv", folder=folder, minimum_effect=0.01, tell=quiet)
    told = courses(done.series)
    assert (done.failed, {row.metric for row in told}) == (0, {"1", "2", "3", "4"})
    whole = [row for row in rows if row[0] == short and all(row[6:10])]
    assert sum(row.looks for row in told) == len(whole)
