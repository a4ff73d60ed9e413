"""Importing portfolios that were lived elsewhere."""

import os
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from features.errors import BadInput, Forbidden
from features.models import AuditEntry, Feature, Investment, Squad, Stint
from lifecycle.importers.portfolio import import_portfolio
from lifecycle.importers.portfolio_effort import EffortRule
from lifecycle.models import Decision, ExposureChange, Gate
from lifecycle.queries.curve import curve_of
from tests.lifecycle.importers.portfolio_folder import EVENTS, FEATURES, INVESTMENT, write

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
REAL = Path(os.environ.get("FOURSTROKE_REAL_DATA") or Path(__file__).parents[4] / "shared/data") / "portfolio"


def run(folder, dataset="kep", *, rule=None, by=None, now=NOW, **more):
    return import_portfolio(folder=folder, dataset=dataset, rule=rule or EffortRule(), by=by, now=now, **more)


def everything():
    models = (Feature, Stint, Gate, Decision, Investment, ExposureChange, Squad, AuditEntry)
    return {model: list(model.objects.order_by("pk").values()) for model in models}


def stays(feature):
    return [(s.phase, s.iteration, s.started_at.date()) for s in feature.stints.order_by("number")]


def said(report):
    return [(doubt.file, doubt.line, doubt.detail) for doubt in report.left_out]


def test_a_life_keeps_its_phases_its_native_words_and_its_steps_back(tmp_path):
    report = run(write(tmp_path, gz=True))
    feature = Feature.objects.get(key="kep-sig-node-127-userns")
    assert (feature.phase, feature.status, feature.imported, feature.squad.slug) == (
        "maintain_it",
        "active",
        True,
        "kep-sig-node",
    )
    assert feature.native["status_native"] == "implemented/stable"
    assert stays(feature) == [
        ("think_it", 1, date(2022, 2, 1)), ("build_it", 1, date(2022, 6, 9)), ("build_it", 2, date(2023, 2, 7)),
        ("ship_it", 1, date(2024, 2, 8)), ("build_it", 1, date(2024, 6, 8)), ("tweak_it", 1, date(2026, 2, 5)),
        ("maintain_it", 1, date(2026, 3, 24)),
    ]  # fmt: skip
    decisions = feature.decisions.order_by("at")
    assert [d.outcome for d in decisions] == ["advance", "iterate", "advance", "iterate", "advance", "advance"]
    assert all(d.imported and d.by is None for d in decisions)
    first, back = decisions[0], decisions[3]
    assert first.native["changes"][1] == {"field": "stage", "from": "", "to": "alpha"}
    assert first.reason == "status: provisional → implementable; stage: – → alpha; milestone.alpha: – → v1.25 (bbb)"
    assert (back.native["decision"], back.phase, back.moved_to["phase"]) == ("step_back", "ship_it", "build_it")
    assert (report.imported.features, report.imported.decisions, report.doubts) == (2, 9, ())


def test_one_decision_for_each_day_and_source_and_edits_are_none(tmp_path):
    run(write(tmp_path))
    never = Feature.objects.get(key="kep-sig-cli-9-never")
    assert [(d.outcome, d.native["source"]) for d in never.decisions.order_by("pk")] == [
        ("iterate", "iii"), ("iterate", "jjj"), ("kill", "kkk"),
    ]  # fmt: skip
    userns = Feature.objects.get(key="kep-sig-node-127-userns")
    assert [edit["source"] for edit in userns.native["edits"]] == ["aaa", "cce"]


def test_an_ended_feature_ends_on_its_day_and_has_no_open_gate(tmp_path):
    run(write(tmp_path))
    never = Feature.objects.get(key="kep-sig-cli-9-never")
    assert (never.status, never.ended_on, never.phase) == ("ended", date(2024, 10, 5), "build_it")
    assert set(never.gates.values_list("state", flat=True)) == {"decided"}
    assert not never.stints.filter(ended_at=None).exists()


def test_the_current_stay_gets_a_gate_whose_time_box_starts_at_the_import(tmp_path):
    run(write(tmp_path))
    gate = Gate.objects.get(feature__key="kep-sig-node-127-userns", state="open")
    assert (gate.opened_at, gate.stint.phase, gate.stint.started_at.date()) == (NOW, "maintain_it", date(2026, 3, 24))
    assert gate.due_on == NOW.date() + timedelta(days=gate.stint.time_box_days)
    assert gate.look_at > NOW


def test_released_to_all_when_it_became_stable_or_was_tagged(tmp_path):
    folder = write(tmp_path)
    run(folder)
    run(folder, "rails")
    released = dict(Feature.objects.values_list("key", "released_on"))
    assert released == {
        "kep-sig-node-127-userns": date(2026, 2, 5),
        "kep-sig-cli-9-never": None,
        "rails-active-job": date(2014, 12, 20),
    }
    job = Feature.objects.get(key="rails-active-job")
    assert (job.phase, job.exposure_percent) == ("maintain_it", 100)
    assert stays(job)[-2:] == [("ship_it", 1, date(2014, 12, 20)), ("maintain_it", 1, date(2014, 12, 20))]
    assert [gate.state for gate in job.gates.order_by("stint__number")] == ["decided", "open"]


def test_commits_become_person_days_by_the_stated_rule_with_bulk_apart(tmp_path):
    folder = write(tmp_path)
    run(folder)
    entry = Investment.objects.get(external_id="sig-node/127-userns/2022-02")
    assert (entry.person_days, entry.amount, entry.on) == (Decimal("1.5"), None, date(2022, 2, 1))
    assert entry.note == "4 commits, 1 of them bulk; 0.5 person-days a commit, 0 a bulk commit."
    assert entry.stint.phase == "think_it"
    assert Investment.objects.get(external_id="sig-node/127-userns/2024-03").stint.phase == "ship_it"
    report = run(folder, rule=EffortRule(Decimal(1), Decimal("0.1")))
    assert (report.recorded.revised, report.recorded.new) == (2, 0)
    assert Investment.objects.get(external_id="sig-node/127-userns/2022-02", superseded_at=None).person_days == Decimal(
        "3.1"
    )


def test_person_days_stay_days_on_the_curve(tmp_path):
    run(write(tmp_path))
    curve = curve_of(feature=Feature.objects.get(key="kep-sig-node-127-userns"), interval="month", now=NOW)
    assert (curve.unit, curve.invested_total, curve.shaded_area) == ("days", Decimal("2.500"), Decimal("2.500"))


def test_running_it_twice_changes_nothing(tmp_path):
    folder = write(tmp_path)
    run(folder)
    before = everything()
    report = run(folder, now=NOW + timedelta(days=3))
    assert everything() == before
    assert (report.imported.features, report.imported.known, report.recorded.unchanged) == (0, 2, 2)


def test_a_dry_run_says_what_would_be_and_does_nothing(tmp_path):
    report = run(write(tmp_path), dry_run=True)
    assert (report.imported.features, report.recorded.new) == (2, 2)
    assert not any(everything().values())


def test_what_happened_since_is_told_and_left_to_the_gate(tmp_path):
    run(write(tmp_path))
    later = [
        *EVENTS,
        ["kep", "sig-node/127-userns", "2026-04-01", "stage", "", "x", "Maintain It", "Killed", "retire", "zzz"],
    ]
    report = run(write(tmp_path, events=later))
    assert said(report)[0][:2] == ("features.csv", 2)
    assert Feature.objects.get(key="kep-sig-node-127-userns").status == "active"


DIRTY_EVENTS = [
    (["2022-13-40", "stage", "", "", "Think It", "Build It", "advance", "d1"], "is not a day"),
    (["2099-01-01", "stage", "", "", "Think It", "Build It", "advance", "d2"], "has not come yet"),
    (["2023-01-01", "stage", "", "", "Think It", "Ponder It", "advance", "d3"], "is not a phase"),
    (["2023-01-01", "stage", "", "", "Think It", "Build It", "hope", "d4"], "is not a decision"),
    (["2023-01-01", "stage", "", "", "", "Build It", "propose", "d5"], "begins once"),
]


@pytest.mark.parametrize(("cells", "why"), DIRTY_EVENTS)
def test_a_dirty_event_is_reported_by_its_line_and_does_not_stop_the_rest(tmp_path, cells, why):
    report = run(write(tmp_path, events=[*EVENTS, ["kep", "sig-node/127-userns", *cells]]))
    [(file, line, detail)] = said(report)
    assert (file, line) == ("phase_events.csv", len(EVENTS) + 2)
    assert why in detail
    assert Feature.objects.get(key="kep-sig-node-127-userns").decisions.count() == 6


def test_events_and_costs_of_features_that_nobody_knows_and_after_the_end(tmp_path):
    unknown = ["kep", "nobody", "2023-01-01", "stage", "", "", "Think It", "Build It", "advance", "s"]
    after = ["kep", "sig-cli/9-never", "2025-01-01", "status", "withdrawn", "x", "Killed", "Killed", "edit", "t"]
    spent = ["kep", "nobody", "2023-01", "1", "0", "0", "0", "0", "0", "0", "0"]
    report = run(write(tmp_path, events=[*EVENTS, unknown, after], investment=[*INVESTMENT, spent]))
    assert [(file, line) for file, line, _ in said(report)] == [
        ("investment.csv", 5), ("phase_events.csv", 18), ("phase_events.csv", 19),
    ]  # fmt: skip


DIRTY_COSTS = [
    (["2022-20", "1", "0"], "is not a month"), (["2022-04-09", "1", "0"], "is not a month"),
    (["2099-01", "1", "0"], "has not come yet"), (["2022-04", "many", "0"], "is not a number of commits"),
    (["2022-04", "1", "5"], "cannot be"), (["2022-02", "1", "0"], "stands in line 2 already"),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "why"), DIRTY_COSTS)
def test_dirty_costs_are_reported(tmp_path, cells, why):
    month, commits, bulk = cells
    row = ["kep", "sig-node/127-userns", month, commits, "", "", "", "", "", bulk, ""]
    [(file, line, detail)] = said(run(write(tmp_path, investment=[*INVESTMENT, row])))
    assert (file, line) == ("investment.csv", 5)
    assert why in detail
    assert Investment.objects.count() == 2


DIRTY_FEATURES = [
    (["x", "X", "t", "never", "Think It", "", ""], "there is no event"),
    (["x", "X", "t", "2099-01-01", "Think It", "", ""], "has not come yet"),
    (["x", "X", "t", "2022-01-01", "Ponder It", "", ""], "is not a phase"),
    (["x", "X", "t", "2022-01-01", "Killed", "", "2021-01-01"], "before it was created"),
    (["sig-cli/9-never", "X", "t", "2022-01-01", "Think It", "", ""], "stands in line 3 already"),
    (["", "X", "t", "2022-01-01", "Think It", "", ""], "has no id"),
]


@pytest.mark.parametrize(("cells", "why"), DIRTY_FEATURES)
def test_dirty_features_are_left_out(tmp_path, cells, why):
    [(file, line, detail)] = said(run(write(tmp_path, features=[*FEATURES, ["kep", *cells, "{}"]])))
    assert (file, line) == ("features.csv", 5)
    assert why in detail
    assert Feature.objects.count() == 2


MENDED = [
    (["x", "X", "t", "2025-1-9", "Think It", "", ""], "was read as 2025-01-09"),
    (["x", "X", "t", "2022-01-01", "Parked", "deferred/", ""], "stays active"),
    (["x", "X", "t", "2022-01-01", "Think It", "provisional|implemented", ""], "template"),
    (["x", "X", "t", "2022-01-01", "Think It", "", "some day"], "counts as not ended"),
    (["x", "X", "t", "2022-01-01", "Killed", "", ""], "nobody wrote down when"),
    (["x", "X", "t", "2022-01-01", "Killed", "", "soon"], "nobody wrote down when"),
    (["x", "X" * 200, "t", "2022-01-01", "Think It", "", ""], "200 characters"),
    (["x", "X", "t", "2022-01-01", "Maintain It", "", ""], ""),
]


@pytest.mark.parametrize(("cells", "why"), MENDED)
def test_what_can_be_put_right_is_taken_in_and_told(tmp_path, cells, why):
    report = run(write(tmp_path, features=[*FEATURES, ["kep", *cells, "{}"]]))
    assert report.left_out == ()
    assert not why or any(doubt.line == 5 and why in doubt.detail for doubt in report.mended)
    feature = Feature.objects.get(key="kep-x")
    assert (feature.status == "ended") == (cells[4] == "Killed")


def test_a_placeholder_for_the_first_day_gives_way_to_the_first_event(tmp_path):
    rows = [["kep", "sig-node/127-userns", "U", "t", "yyyy-mm-dd", "Maintain It", "", "", "{}"]]
    report = run(write(tmp_path, features=rows, investment=[]))
    assert "begins with its first event on 2022-03-08" in report.mended[0].detail
    assert Feature.objects.get().created_at.date() == date(2022, 3, 8)


def test_a_row_with_the_wrong_number_of_cells_and_cells_that_span_lines(tmp_path):
    folder = write(
        tmp_path, features=[["kep", "two", "A\ntitle", "t", "2022-01-01", "Think It", "", "", "{}"], ["kep", "short"]]
    )
    report = run(folder)
    assert ("features.csv", 4, "The row has 2 cells; the header has 9.") in said(report)
    assert Feature.objects.get().name == "A\ntitle"


def test_keys_stay_within_their_length_and_apart(tmp_path):
    rows = [["kep", name, "", "", "2022-01-01", "Think It", "", "", "{}"] for name in ("a/b", "a-b", "y" * 200)]
    run(write(tmp_path, features=rows, events=[], investment=[]))
    keys = list(Feature.objects.values_list("key", flat=True))
    assert len(set(keys)) == 3
    assert all(len(key) <= 80 for key in keys)
    assert set(Squad.objects.values_list("slug", flat=True)) == {"kep-no-team"}


def test_a_feature_of_our_own_is_never_touched(tmp_path, squad):
    Feature.objects.create(key="rails-active-job", name="Ours", squad=squad, created_at=NOW)
    report = run(write(tmp_path), "rails")
    assert "was not imported" in said(report)[0][2]
    assert Feature.objects.get(key="rails-active-job").name == "Ours"
    assert not Investment.objects.exists()


def test_missing_files_columns_and_data_sets_are_refused_with_a_sentence(tmp_path):
    with pytest.raises(BadInput, match=r"no features\.csv"):
        run(tmp_path)
    write(tmp_path)
    with pytest.raises(BadInput, match="no features of “tc39”"):
        run(tmp_path, "tc39")
    (tmp_path / "investment.csv").write_text("dataset,feature_id\n")
    with pytest.raises(BadInput, match="lacks the column month"):
        run(tmp_path)
    (tmp_path / "investment.csv").unlink()
    (tmp_path / "investment.csv.gz").write_bytes(b"not gzip")
    with pytest.raises(BadInput, match="cannot be read"):
        run(tmp_path)


def test_only_administrators_import(tmp_path, alice, root):
    with pytest.raises(Forbidden):
        run(write(tmp_path), by=alice)
    assert not Feature.objects.exists()
    assert run(write(tmp_path), by=root).imported.features == 2


def test_the_history_tells_of_the_import_once(tmp_path):
    run(write(tmp_path))
    acts = list(AuditEntry.objects.values_list("act", "subject", "by_name"))
    assert ("history.imported", "dataset:kep", "import") in acts
    count = len(acts)
    run(write(tmp_path))
    assert AuditEntry.objects.count() == count


def test_the_command_prints_what_it_did(tmp_path, capsys):
    folder = write(tmp_path, events=[*EVENTS, ["kep", "nobody", *DIRTY_EVENTS[0][0]]])
    call_command("import_portfolio", folder, "--dataset", "kep", "--dataset", "rails", "--days-per-commit", "2")
    printed = capsys.readouterr().out
    assert "Investment: 2 person-days a commit" in printed
    assert "phase_events.csv:18: There is no feature “nobody”" in printed
    assert "rails: read 1 features" in printed
    with pytest.raises(CommandError, match="not a number of person-days"):
        call_command("import_portfolio", folder, "--dataset", "kep", "--days-per-commit", "nan")
    with pytest.raises(CommandError, match="no features of “x”"):
        call_command("import_portfolio", folder, "--dataset", "x")


@pytest.mark.real_data
@pytest.mark.skipif(
    not REAL.exists(), reason="the real portfolios are not here; set FOURSTROKE_REAL_DATA to their folder"
)
def test_the_real_portfolios_come_in_whole():
    reports = [run(REAL, dataset) for dataset in ("kep", "rails")]
    assert sum(report.rows["features"] for report in reports) == Feature.objects.count() == 1_182
    assert sum(report.rows["phase_events"] for report in reports) == 6_819
    assert Investment.objects.count() == 24_921
    phases = Counter(Feature.objects.filter(native__dataset="kep").values_list("phase", "status"))
    active = {phase: count for (phase, status), count in phases.items() if status == "active"}
    # one parked feature stands in Think It
    assert active == {"think_it": 72, "build_it": 136, "ship_it": 94, "tweak_it": 66, "maintain_it": 296}
    assert Feature.objects.filter(status="ended").count() == 20 + 149
    assert Gate.objects.filter(state="open").count() == 1_182 - 169
    slipped = Feature.objects.get(native__feature_id="sig-node/127-user-namespaces")
    told = [(d.phase, d.outcome) for d in slipped.decisions.order_by("at", "pk")]
    assert Counter(told) == {
        ("think_it", "advance"): 1, ("build_it", "iterate"): 3, ("build_it", "advance"): 1,
        ("ship_it", "iterate"): 3, ("ship_it", "advance"): 1, ("tweak_it", "advance"): 1,
    }  # fmt: skip
    with transaction.atomic():
        assert all(run(REAL, dataset).imported.features == 0 for dataset in ("kep", "rails"))
