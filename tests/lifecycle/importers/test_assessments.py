"""Importing gates that were held elsewhere: assessments with their criteria, and what they decided."""

import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.urls import reverse

from features.errors import BadInput
from features.models import AuditEntry, Feature, Stint
from lifecycle.importers.portfolio import import_portfolio
from lifecycle.importers.portfolio_effort import EffortRule
from lifecycle.models import Decision, Gate
from lifecycle.queries.story import story_of
from tests.lifecycle.importers.portfolio_folder import assessed, write

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
REAL = Path(os.environ.get("FOURSTROKE_REAL_DATA") or Path(__file__).parents[4] / "shared/data") / "portfolio"

FEATURES = [["gov", "tax", "Tax", "HMRC", "2015-01-01", "Build It", "alpha pass", "", "{}"]]
FIRST, LATER = "2015-05-19", "2015-06-29"


def report(day=FIRST, result="pass", *, name="tax-report", stage="alpha", feature="tax", again=("", "")):
    return ["gov", name, stage, day, result, *again, feature]


def answers(*results, name="tax-report", stage="alpha"):
    return [["gov", name, stage, str(number), result] for number, result in enumerate(results, start=1)]


def event(day=FIRST, result="pass", *, field="assessment:alpha", source="tax-report", decision="advance"):
    after = "Build It" if decision == "advance" else "Think It"
    return ["gov", "tax", day, field, "", result, "Think It", after, decision, source]


def run(folder, *, assessments=None, criteria=None, events=(), features=FEATURES, now=NOW, **more):
    write(folder, features=features, events=list(events), investment=[])
    assessed(folder, assessments=assessments, criteria=criteria)
    return import_portfolio(folder=folder, dataset="gov", rule=EffortRule(), by=None, now=now, **more)


def told():
    """The decisions on record, oldest first."""
    rows = Decision.objects.order_by("at", "pk")
    return [(str(row.at.date()), row.phase, row.outcome, row.moved_to["phase"]) for row in rows]


def said(doubts):
    return [(doubt.file, doubt.line, doubt.detail) for doubt in doubts]


def everything():
    return {
        model: list(model.objects.order_by("pk").values()) for model in (Feature, Stint, Gate, Decision, AuditEntry)
    }


class TestWhatWasDecided:
    def test_a_pass_advances_and_a_not_pass_iterates_each_at_the_gate_of_its_stage(self, tmp_path):
        rows = [
            report(FIRST, "not_pass", name="r1"),
            report("2015-07-01", "pass", name="r2", stage="beta"),
            report("2016-01-01", "pass_with_conditions", name="r3", stage="live"),
        ]
        made = run(tmp_path, assessments=[rows[0], report(LATER, name="r1b"), *rows[1:]])
        assert told() == [
            (FIRST, "think_it", "iterate", "think_it"),
            (LATER, "think_it", "advance", "build_it"),
            ("2015-07-01", "build_it", "advance", "ship_it"),
            ("2016-01-01", "ship_it", "advance", "tweak_it"),
        ]
        gates = Gate.objects.filter(state="decided")
        assert gates.count() == 4
        assert all(row.imported and row.by is None for row in Decision.objects.all())
        assert made.left_out == ()

    def test_a_reassessment_is_a_decision_of_its_own(self, tmp_path):
        run(tmp_path, assessments=[report(FIRST, "not_pass", again=(LATER, "pass"))], criteria=answers("yes", "no"))
        assert told() == [(FIRST, "think_it", "iterate", "think_it"), (LATER, "think_it", "advance", "build_it")]
        first, again = Decision.objects.order_by("at")
        assert (first.native["changes"][0]["field"], again.native["changes"][0]["field"]) == (
            "assessment:alpha",
            "reassessment:alpha",
        )
        # the report is written when it is over: its criteria are those of its last decision
        assert (first.criteria, [one["result"] for one in again.criteria]) == ([], ["yes", "no"])
        assert (first.overridden_elsewhere, again.overridden_elsewhere) == (False, True)

    @pytest.mark.parametrize("held", [None, [], ("yes", "yes"), ("yes", "no"), ("no", "no", "no"), ("n/a",), ("?",)])
    @pytest.mark.parametrize(("result", "outcome"), [("pass", "advance"), ("not_pass", "iterate")])
    def test_the_decision_is_the_result_whatever_the_criteria_say(self, tmp_path, held, result, outcome):
        criteria = None if held is None else answers(*held)
        run(tmp_path, assessments=[report(result=result)], criteria=criteria)
        decision = Decision.objects.get()
        assert decision.outcome == outcome
        assert decision.reason == f"assessment:alpha: – → {result} (tax-report)"

    def test_both_files_may_be_missing_and_may_be_named_after_the_data_set(self, tmp_path):
        assert run(tmp_path, events=[event()]).rows == {"features": 1, "phase_events": 1, "investment": 0}
        other = tmp_path / "other"
        other.mkdir()
        write(other, features=FEATURES, events=[], investment=[])
        assessed(other, assessments=[report()], criteria=answers("no"), prefix="gov_")
        found = import_portfolio(folder=other, dataset="gov", rule=EffortRule(), by=None, now=NOW)
        assert (found.rows["assessments"], found.rows["criteria"]) == (1, 1)

    def test_a_file_without_a_column_that_is_needed_is_refused_and_writes_nothing(self, tmp_path):
        (tmp_path / "assessments.csv").write_text("dataset,feature_id,date,result\n")
        write(tmp_path, features=FEATURES, events=[], investment=[])
        with pytest.raises(BadInput, match="stage_assessed"):
            import_portfolio(folder=tmp_path, dataset="gov", rule=EffortRule(), by=None, now=NOW)
        assert not Feature.objects.exists()

    def test_without_a_service_the_report_is_about_the_feature_of_its_own_name(self, tmp_path):
        run(tmp_path, assessments=[report(name="tax", feature="")])
        assert Decision.objects.get().feature.key == "gov-tax"


class TestCriteria:
    def test_they_are_frozen_in_their_own_words_in_the_order_of_their_numbers(self, tmp_path):
        rows = [*answers("yes", "no", "n/a"), ["gov", "tax-report", "alpha", "10", "yes"]]
        run(tmp_path, assessments=[report()], criteria=rows[::-1])
        decision = Decision.objects.get()
        assert decision.criteria == [
            {"number": "1", "result": "yes", "met": True},
            {"number": "2", "result": "no", "met": False},
            {"number": "3", "result": "n/a", "met": None},
            {"number": "10", "result": "yes", "met": True},
        ]
        assert (decision.rules, decision.consent, decision.override_reason) == ([], None, "")

    @pytest.mark.parametrize(
        ("result", "held", "overridden"),
        [
            ("pass", ("yes", "no"), True),
            ("pass", ("yes", "n/a"), False),
            ("pass_with_conditions", ("no",), True),
            ("pass", (), False),
            ("not_pass", ("yes", "no"), False),
            ("not_pass", ("yes", "yes"), False),
        ],
    )
    def test_an_advance_against_an_unmet_one_is_an_override(self, tmp_path, result, held, overridden):
        run(tmp_path, assessments=[report(result=result)], criteria=answers(*held))
        assert Decision.objects.get().overridden_elsewhere is overridden

    def test_the_database_lets_nobody_call_a_decision_of_our_own_overridden_elsewhere(self, tmp_path, root):
        run(tmp_path, assessments=[report()], criteria=answers("no"))
        row = Decision.objects.values().get()
        gate = Gate.objects.get(state="open")
        fresh = row | {"id": None, "gate_id": gate.pk, "by_id": root.pk}
        for wrong in ({"imported": False}, {"outcome": "iterate"}, {"override_reason": "Because."}):
            with pytest.raises(DatabaseError), transaction.atomic():
                Decision.objects.create(**fresh | wrong)
        with pytest.raises(DatabaseError), transaction.atomic():
            Decision.objects.update(criteria=[])

    def test_an_override_is_told_on_its_gate_its_feature_and_in_the_story(self, tmp_path, client, root):
        run(tmp_path, assessments=[report()], criteria=answers("yes", "no", "no"))
        client.force_login(root)
        decision = Decision.objects.get()
        gate = client.get(reverse("gate", args=[decision.gate_id])).content.decode()
        assert "Criteria of the assessment" in gate
        assert "1 of 3 met" in gate
        assert "Advanced with an override" in gate
        assert "Criteria 2, 3 were not met" in gate
        assert "who consented, and why, is not on record" in gate
        feature = client.get(reverse("feature", args=["gov-tax"])).content.decode()
        assert "Advanced with an override: against criteria 2, 3" in feature
        story = [one.what for one in story_of(feature=decision.feature, now=NOW)]
        assert any("against unmet criteria (2, 3)" in what for what in story)

    def test_a_pass_with_all_of_them_met_is_no_override(self, tmp_path, client, root):
        run(tmp_path, assessments=[report()], criteria=answers("yes", "n/a"))
        client.force_login(root)
        page = client.get(reverse("gate", args=[Decision.objects.get().gate_id])).content.decode()
        assert "1 of 2 met" in page
        assert "Advanced with an override" not in page

    def test_rest_shows_them_and_finds_what_was_overridden(self, tmp_path, client, root):
        rows = [report(FIRST, "not_pass", name="r1"), report(LATER, name="r2")]
        run(tmp_path, assessments=rows, criteria=[*answers("no", name="r1"), *answers("yes", "no", name="r2")])
        client.force_login(root)
        url = reverse("api-decisions")
        [shown] = client.get(url, {"overridden": "true"}).json()["results"]
        assert (shown["at"][:10], shown["overridden"]) == (LATER, True)
        assert shown["override"] == {"reason": "", "consent": None, "criteria": ["2"]}
        assert shown["criteria"][1] == {"number": "2", "result": "no", "met": False}
        [other] = client.get(url, {"overridden": "false"}).json()["results"]
        assert (other["at"][:10], other["overridden"], other["override"]) == (FIRST, False, None)
        assert client.get(url, {"overridden": "maybe"}).status_code == 400


class TestOneFactOnce:
    def test_what_an_event_tells_already_is_one_decision_with_the_criteria(self, tmp_path):
        done = run(tmp_path, events=[event()], assessments=[report()], criteria=answers("no"))
        assert told() == [(FIRST, "think_it", "advance", "build_it")]
        assert Decision.objects.get().overridden_elsewhere
        assert done.doubts == ()

    def test_also_when_the_event_names_another_source(self, tmp_path):
        run(tmp_path, events=[event(source="tracker")], assessments=[report()], criteria=answers("no"))
        decision = Decision.objects.get()
        assert (decision.native["source"], len(decision.criteria)) == ("tracker", 1)

    def test_an_assessment_that_no_event_tells_takes_its_place_among_them(self, tmp_path):
        events = [
            ["gov", "tax", "2015-08-01", "assessment:beta", "", "pass", "Build It", "Ship It", "advance", "other"],
        ]
        features = [[*FEATURES[0][:5], "Ship It", *FEATURES[0][6:]]]
        run(tmp_path, features=features, events=events, assessments=[report()], criteria=answers("yes"))
        assert told() == [(FIRST, "think_it", "advance", "build_it"), ("2015-08-01", "build_it", "advance", "ship_it")]

    @pytest.mark.parametrize(
        ("wrong", "why"),
        [
            (event(result="not_pass", decision="iterate"), "“iterate” on 2015-05-19"),
            (event("2015-05-18"), "2015-05-18"),
        ],
    )
    def test_an_event_that_tells_it_otherwise_gives_way_to_the_result(self, tmp_path, wrong, why):
        done = run(tmp_path, events=[wrong], assessments=[report()])
        assert told() == [(FIRST, "think_it", "advance", "build_it")]
        [(file, line, detail)] = said(done.left_out)
        assert (file, line) == ("phase_events.csv", 2)
        assert why in detail

    def test_a_later_report_that_tells_the_assessment_again_adds_its_reassessment_only(self, tmp_path):
        rows = [report(FIRST, "pass", name="second", again=(LATER, "pass")), report(FIRST, "not_pass", name="first")]
        events = [
            event(source="second"),
            event(result="not_pass", decision="iterate", source="first"),
            event(LATER, field="reassessment:alpha", source="second"),
        ]
        criteria = [*answers("no", name="first"), *answers("yes", name="second")]
        done = run(tmp_path, events=events, assessments=rows, criteria=criteria)
        assert told() == [(FIRST, "think_it", "iterate", "think_it"), (LATER, "think_it", "advance", "build_it")]
        assert [one.criteria[0]["result"] for one in Decision.objects.order_by("at")] == ["no", "yes"]
        [(file, line, _)] = said(done.left_out)
        assert (file, line) == ("phase_events.csv", 2)
        assert "already, as “not_pass”" in done.mended[0].detail

    def test_importing_again_changes_nothing(self, tmp_path):
        given = {"events": [event()], "assessments": [report(again=(LATER, "pass"))], "criteria": answers("no", "yes")}
        run(tmp_path, **given)
        before = everything()
        again = run(tmp_path, now=NOW + timedelta(days=3), **given)
        assert everything() == before
        assert (again.imported.features, again.imported.known, again.left_out) == (0, 1, ())

    def test_criteria_that_come_later_are_told_and_change_no_decision(self, tmp_path):
        run(tmp_path, events=[event()])
        before = everything()
        later = run(tmp_path, events=[event()], assessments=[report()], criteria=answers("no"))
        assert everything() == before
        [(file, line, detail)] = said(later.left_out)
        assert (file, line) == ("features.csv", 2)
        assert "A decision is final" in detail


DIRTY = [
    (report(feature="nobody"), "There is no feature “nobody”"),
    (report(day="yyyy-mm-dd"), "“yyyy-mm-dd” is not a day"),
    (report(day=""), "“” is not a day"),
    (report(day="2099-01-01"), "has not come yet"),
    (report(result=""), "result “” is not one of"),
    (report(result="pass|not_pass"), "result “pass|not_pass” is not one of"),
    (report(stage="gamma"), "“gamma” is not a stage"),
]


class TestDoubts:
    @pytest.mark.parametrize(("row", "why"), DIRTY)
    def test_an_assessment_that_cannot_be_placed_is_left_out_and_told(self, tmp_path, row, why):
        done = run(tmp_path, assessments=[row])
        [(file, line, detail)] = said(done.left_out)
        assert (file, line) == ("assessments.csv", 2)
        assert why in detail
        assert Feature.objects.count() == 1
        assert not Decision.objects.exists()

    @pytest.mark.parametrize(
        ("again", "why"),
        [
            ((LATER, ""), "reassessment's result “”"),
            (("", "pass"), "reassessment's day “”"),
            (("2015-05-01", "pass"), "does not come after"),
            ((FIRST, "pass"), "does not come after"),
        ],
    )
    def test_a_reassessment_that_cannot_be_placed_leaves_its_assessment(self, tmp_path, again, why):
        done = run(tmp_path, assessments=[report(again=again)], criteria=answers("no"))
        assert done.left_out == ()
        assert why in done.mended[0].detail
        assert told() == [(FIRST, "think_it", "advance", "build_it")]
        assert Decision.objects.get().overridden_elsewhere

    def test_a_report_that_stands_twice_is_one_decision(self, tmp_path):
        done = run(tmp_path, assessments=[report(), report()], criteria=[*answers("yes"), *answers("no")])
        assert Decision.objects.get().criteria == [{"number": "1", "result": "yes", "met": True}]
        assert [(file, line) for file, line, _ in said(done.left_out)] == [("assessments.csv", 3), ("criteria.csv", 3)]
        assert "which is kept" in done.left_out[1].detail

    @pytest.mark.parametrize(
        ("row", "why"),
        [
            (["gov", "tax-report", "alpha", "9", "maybe"], "“maybe” does not say"),
            (["gov", "tax-report", "alpha", "9", ""], "“” does not say"),
            (["gov", "tax-report", "alpha", "", "yes"], "has no number"),
            (["gov", "tax-report", "beta", "9", "yes"], "There is no assessment"),
            (["gov", "nobody", "alpha", "9", "yes"], "There is no assessment"),
            (["gov", "tax-report", "alpha", "9"], "cells"),
        ],
    )
    def test_a_criterion_that_cannot_be_read_is_left_out_and_told(self, tmp_path, row, why):
        done = run(tmp_path, assessments=[report()], criteria=[*answers("yes"), row])
        [(file, line, detail)] = said(done.left_out)
        assert (file, line) == ("criteria.csv", 3)
        assert why in detail
        assert len(Decision.objects.get().criteria) == 1

    def test_criteria_without_assessments_are_told(self, tmp_path):
        done = run(tmp_path, events=[event()], criteria=answers("no"))
        assert "There is no assessment of “tax-report”" in done.left_out[0].detail
        assert Decision.objects.get().criteria == []

    def test_the_command_counts_the_files(self, tmp_path, capsys):
        write(tmp_path, features=FEATURES, events=[], investment=[])
        assessed(tmp_path, assessments=[report()], criteria=answers("no"))
        call_command("import_portfolio", tmp_path, "--dataset", "gov")
        assert "1 assessments, 1 criteria" in capsys.readouterr().out


@pytest.mark.real_data
@pytest.mark.skipif(
    not REAL.exists(), reason="the real portfolios are not here; set FOURSTROKE_REAL_DATA to their folder"
)
def test_the_real_assessments_and_what_was_passed_against_their_criteria():
    given = {"folder": REAL, "dataset": "govuk", "rule": EffortRule(), "by": None, "now": NOW}
    done = import_portfolio(**given)
    assert (done.rows["assessments"], done.rows["criteria"], Feature.objects.count()) == (85, 1_716, 70)
    assert Counter(Decision.objects.values_list("outcome", flat=True)) == {"advance": 64, "iterate": 19}
    unmet = [row for row in Decision.objects.all() if any(one["met"] is False for one in row.criteria)]
    # 29 reports name one; 4 of them are self-certifications whose result nobody wrote down
    assert Counter((row.outcome, row.overridden_elsewhere) for row in unmet) == {
        ("advance", True): 13,
        ("iterate", False): 12,
    }
    assert Counter(len(row.criteria) for row in Decision.objects.all()) == {0: 18, 18: 25, 26: 40}
    plea = Feature.objects.get(native__feature_id="make-a-plea").decisions.order_by("at")
    assert [(str(row.at.date()), row.outcome) for row in plea] == [
        ("2015-06-22", "iterate"),
        ("2015-09-24", "advance"),
    ]
    before = everything()
    assert import_portfolio(**given).imported.features == 0
    assert everything() == before
