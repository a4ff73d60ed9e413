"""What the data say now: stored evidence as it may be read today, findings without a trial, and what is missing."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from features.models import Feature
from hypotheses.actions.finding import add_finding
from hypotheses.actions.hypothesis import write_hypothesis
from hypotheses.actions.trial import end_trial
from hypotheses.actions.weighing import weigh_all
from hypotheses.models import Evidence, Schedule
from hypotheses.queries.course import course_of
from hypotheses.queries.evidence import evidence_of, verdicts_for
from tests.factories.beliefs import (
    DAY,
    START,
    believing,
    feature_in,
    land,
    metric_called,
    next_stint,
    trial_of,
)

pytestmark = pytest.mark.django_db

GOOD = {"control": (20_000, 0.10), "new": (20_000, 0.13)}
BAD = {"control": (20_000, 0.10), "new": (20_000, 0.07)}
HOUR = timedelta(hours=1)


@pytest.fixture
def feature(squad):
    feature = feature_in(squad)
    believing(feature, guardrails=[])
    return feature


@pytest.fixture
def trial(feature):
    return trial_of(feature)


def found(feature, *, population="customers", **fields):
    fields = {"kind": "prototype_test", "now": START, **fields}
    return add_finding(feature=feature, by=None, cohort={"population": population}, **fields)


# missing


def test_nothing_at_all_is_missing_and_says_what_to_do(squad):
    view = evidence_of(feature=feature_in(squad), now=START)
    assert (view.verdict, view.reason, view.state, view.as_of) == ("missing", "no_data", "too_early", None)
    assert "Write the hypothesis first" in view.explanation
    assert not view.is_trusted


def test_a_hypothesis_without_results_or_findings_is_missing(feature):
    assert "Register a trial" in evidence_of(feature=feature, now=START).explanation


def test_a_trial_without_results_is_missing_and_named(feature, trial):
    assert trial.key in evidence_of(feature=feature, now=START).explanation


def test_results_that_wait_to_be_weighed_are_said_to_wait(feature, trial):
    land(trial, at=START + DAY, **GOOD)
    view = evidence_of(feature=feature, now=START + DAY)
    assert (view.verdict, "about to be weighed" in view.explanation) == ("missing", True)


def test_results_of_another_metric_only_are_said_to_be_of_no_use(feature, trial):
    metric_called("something-else")
    land(trial, at=START + DAY, metric="something-else", **GOOD)
    weigh_all(now=START + DAY)
    view = evidence_of(feature=feature, now=START + DAY)
    assert (view.verdict, "of no metric that the hypothesis names" in view.explanation) == ("missing", True)


def test_results_before_any_hypothesis_are_invalid(squad):
    feature = feature_in(squad)
    metric_called("reorder-rate")
    land(trial_of(feature), at=START + DAY, **GOOD)
    weigh_all(now=START + DAY)
    view = evidence_of(feature=feature, now=START + DAY)
    assert (view.verdict, view.reason) == ("invalid", "hypothesis_incomplete")


def test_a_new_stint_begins_with_no_evidence_of_its_own(feature, trial):
    land(trial, at=START + DAY, **GOOD)
    weigh_all(now=START + DAY)
    next_stint(feature, now=START + 2 * DAY)
    assert evidence_of(feature=feature, now=START + 2 * DAY).verdict == "missing"


def test_a_feature_that_has_ended_shows_its_last_stint(feature, trial):
    land(trial, at=START + DAY, **GOOD)
    weigh_all(now=START + DAY)
    feature.stints.update(ended_at=START + 2 * DAY)
    view = evidence_of(feature=feature, now=START + 300 * DAY)
    assert (view.verdict, view.is_stale) == ("validated", False)


def test_before_the_first_stint_nothing_was_known(feature):
    view = evidence_of(feature=feature, now=START, as_of=START - DAY)
    assert (view.verdict, view.stint_id) == ("missing", None)
    assert view.as_json()["feature"] == feature.key


# stale


def test_data_that_end_too_long_ago_are_stale_and_recover(feature, trial):
    land(trial, at=START + 8 * DAY, **GOOD)
    weigh_all(now=START + 8 * DAY)
    fresh = evidence_of(feature=feature, now=START + 10 * DAY)
    assert (fresh.verdict, fresh.is_stale) == ("validated", False)
    view = evidence_of(feature=feature, now=START + 10 * DAY + HOUR)
    assert (view.verdict, view.reason, view.state, view.is_stale) == ("invalid", "stale", "too_early", True)
    assert (view.stored_verdict, view.is_trusted) == ("validated", False)
    assert "Reorder rate" in view.explanation
    assert [check["ok"] for check in view.checks if check["code"] == "stale"] == [False]
    land(trial, at=START + 10 * DAY, control=(30_000, 0.10), new=(30_000, 0.13))
    weigh_all(now=START + 10 * DAY + HOUR)
    assert evidence_of(feature=feature, now=START + 10 * DAY + HOUR).verdict == "validated"


@pytest.mark.parametrize(
    ("schedule", "hours", "stale"),
    [
        ({"every_seconds": 3 * 86_400}, 144, False),
        ({"every_seconds": 3 * 86_400}, 145, True),
        ({"every_seconds": 3600}, 48, False),
        ({"every_seconds": 3600}, 49, True),
        ({"every_seconds": 3600, "delay_seconds": 86_400}, 72, False),
        ({"every_seconds": 3600, "delay_seconds": 86_400}, 73, True),
        ({"every_seconds": 3 * 86_400, "enabled": False}, 49, True),
    ],
)
def test_how_old_is_too_old_depends_on_how_often_it_is_pulled(feature, trial, schedule, hours, stale):
    Schedule.objects.create(metric=metric_called("reorder-rate"), cursor=START, **schedule)
    land(trial, at=START + 8 * DAY, **GOOD)
    weigh_all(now=START + 8 * DAY)
    assert evidence_of(feature=feature, now=START + 8 * DAY + hours * HOUR).is_stale is stale


def test_a_guardrail_whose_data_stopped_makes_the_evidence_stale(squad):
    feature = feature_in(squad)
    believing(feature)
    trial = trial_of(feature)
    land(trial, at=START + DAY, metric="basket-value", control=(9000, 30.0, 9.0), new=(9000, 30.0, 9.0))
    land(trial, at=START + 4 * DAY, **GOOD)
    weigh_all(now=START + 4 * DAY)
    view = evidence_of(feature=feature, now=START + 4 * DAY)
    assert (view.reason, "Basket value" in view.explanation) == ("stale", True)


def test_a_definition_that_changed_since_makes_it_stale(feature, trial):
    metric = metric_called("reorder-rate")
    metric.definition_hash = "old"
    metric.save()
    land(trial, at=START + 8 * DAY, **GOOD)
    weigh_all(now=START + 8 * DAY)
    metric.definition_hash = "new"
    metric.save()
    view = evidence_of(feature=feature, now=START + 8 * DAY)
    assert (view.reason, "definition changed" in view.explanation) == ("stale", True)


def test_a_trial_that_has_ended_is_not_stale(feature, trial):
    land(trial, at=START + 8 * DAY, **GOOD)
    weigh_all(now=START + 8 * DAY)
    end_trial(trial=trial, by=None, now=START + 9 * DAY)
    assert evidence_of(feature=feature, now=START + 90 * DAY).verdict == "validated"


# too early


def test_good_news_before_the_minimum_run_is_too_early_and_says_when(feature, trial):
    land(trial, at=START + 2 * DAY, **GOOD)
    weigh_all(now=START + 2 * DAY)
    view = evidence_of(feature=feature, now=START + 2 * DAY)
    assert (view.verdict, view.state, view.days_left) == ("validated", "too_early", pytest.approx(5))
    assert "5 days left" in view.explanation
    shorter = evidence_of(feature=feature, now=START + 2 * DAY, minimum_days=2)
    assert (shorter.state, shorter.days_left) == ("decision_ready", None)
    assert Evidence.objects.get().state == "decision_ready", "the stored state is that of the data alone"


def test_harm_is_never_too_early(feature, trial):
    land(trial, at=START + 1 * HOUR, **BAD)
    weigh_all(now=START + HOUR)
    view = evidence_of(feature=feature, now=START + HOUR)
    assert (view.verdict, view.state) == ("harmful", "decision_ready")


def test_the_run_counts_from_the_start_of_the_stage_and_never_from_before_the_stint(feature):
    trial = trial_of(feature, started_at=START + 20 * DAY)
    land(trial, at=START + 22 * DAY, control=(30_000, 0.10), new=(30_000, 0.13))
    weigh_all(now=START + 22 * DAY)
    view = evidence_of(feature=feature, now=START + 22 * DAY)
    assert (view.run_days, view.state) == (2, "too_early")
    earlier = trial_of(feature, key="begun-before-the-step", started_at=START - 9 * DAY)
    land(earlier, at=START + DAY, **GOOD)
    weigh_all(now=START + 22 * DAY)
    assert evidence_of(feature=feature, now=START + 22 * DAY).run_days == 22, "the step began at START"


# as of


def test_an_earlier_moment_reads_as_it_stood_then(feature, trial):
    land(trial, at=START + 8 * DAY, **GOOD)
    land(trial, at=START + 9 * DAY, control=(30_000, 0.10), new=(30_000, 0.07))
    weigh_all(now=START + 9 * DAY)
    now = START + 30 * DAY
    then = evidence_of(feature=feature, now=now, as_of=START + 8 * DAY + HOUR)
    assert (then.verdict, then.as_of, then.is_stale) == ("validated", START + 8 * DAY, False)
    assert evidence_of(feature=feature, now=now, as_of=START + 9 * DAY).verdict == "harmful"
    assert evidence_of(feature=feature, now=now, as_of=now + DAY).is_stale
    assert evidence_of(feature=feature, now=now, as_of=START + HOUR).verdict == "missing"


def test_a_moment_of_an_earlier_stint_reads_that_stint(feature, trial):
    land(trial, at=START + 8 * DAY, **GOOD)
    weigh_all(now=START + 8 * DAY)
    next_stint(feature, now=START + 9 * DAY, step=50)
    then = evidence_of(feature=feature, now=START + 30 * DAY, as_of=START + 8 * DAY)
    assert (then.verdict, then.step) == ("validated", "25")


def test_an_earlier_stint_names_the_hypothesis_of_then(feature):
    next_stint(feature, now=START + 9 * DAY)
    write_hypothesis(feature=feature, by=None, now=START + 9 * DAY, minimum_effect=0.1)
    now = START + 10 * DAY
    assert evidence_of(feature=feature, now=now).hypothesis_version == 2
    assert evidence_of(feature=feature, now=now, as_of=START + DAY).hypothesis_version == 1


# findings


@pytest.mark.parametrize(
    ("successes", "trials", "verdict", "state"),
    [(8, 10, "validated", "decision_ready"), (5, 10, "inconclusive", "trend"), (1, 10, "refuted", "decision_ready")],
)
def test_without_a_trial_the_beta_rule_decides(feature, successes, trials, verdict, state):
    found(feature, successes=successes, trials=trials)
    view = evidence_of(feature=feature, now=START)
    assert (view.verdict, view.state, view.reason) == (verdict, state, "findings")
    assert "weaker evidence than a trial" in view.explanation
    assert view.findings[0]["verdict"] == verdict
    assert view.primary is None


def test_customers_decide_and_employees_are_counted_apart(feature):
    found(feature, successes=0, trials=20, population="employees")
    found(feature, successes=4, trials=5)
    found(feature, successes=4, trials=5, population="prospects")
    view = evidence_of(feature=feature, now=START)
    combined = view.findings_combined
    assert (combined["customers"]["successes"], combined["customers"]["trials"]) == (8, 10)
    assert combined["customers"]["probability"] == pytest.approx(0.96728515625)
    assert combined["employees"]["verdict"] == "refuted"
    assert [finding["verdict"] for finding in view.findings] == ["refuted", "inconclusive", "inconclusive"]
    assert (view.verdict, view.uncleared_marks) == ("validated", ())


def test_employees_only_keep_their_verdict_but_are_marked(feature):
    found(feature, successes=9, trials=10, population="employees")
    view = evidence_of(feature=feature, now=START)
    assert (view.verdict, view.is_trusted) == ("validated", False)
    assert [mark["code"] for mark in view.uncleared_marks] == ["transfer"]
    assert "Only employees" in view.explanation


def test_counted_employees_beside_uncounted_customers_are_marked_too(feature):
    found(feature, successes=9, trials=10, population="employees")
    found(feature, kind="interviews")
    assert not evidence_of(feature=feature, now=START).is_trusted


def test_counts_against_another_target_are_not_put_together(feature):
    found(feature, successes=0, trials=50, target=0.9)
    found(feature, successes=8, trials=10)
    view = evidence_of(feature=feature, now=START)
    assert (view.verdict, view.findings_combined["customers"]["findings"]) == ("validated", 1)


def test_interviews_alone_decide_nothing(feature):
    found(feature, kind="interviews", note="twelve talks")
    view = evidence_of(feature=feature, now=START)
    assert (view.verdict, view.state, view.findings[0]["verdict"]) == ("inconclusive", "too_early", None)
    assert "none with counts" in view.explanation


def test_certainty_is_never_claimed(feature):
    found(feature, successes=100_000, trials=100_000)
    assert "above 99.9 %" in evidence_of(feature=feature, now=START).explanation


def test_with_a_trial_its_verdict_stands_and_the_findings_stand_beside_it(feature, trial):
    found(feature, successes=1, trials=10)
    land(trial, at=START + 8 * DAY, **GOOD)
    weigh_all(now=START + 8 * DAY)
    view = evidence_of(feature=feature, now=START + 8 * DAY)
    assert (view.verdict, len(view.findings)) == ("validated", 1)


def test_findings_of_later_are_not_part_of_an_earlier_moment(feature):
    found(feature, successes=8, trials=10, now=START + 5 * DAY)
    assert evidence_of(feature=feature, now=START + 9 * DAY, as_of=START + DAY).verdict == "missing"


# the shape


def test_the_shape_is_the_agreed_one(squad):
    feature = feature_in(squad)
    believing(feature)
    trial = trial_of(feature)
    units = {"n_assigned": 20_100, "n": 20_000}
    land(trial, at=START + 8 * DAY, control={**units, "mean": 0.10}, new={**units, "mean": 0.13})
    land(trial, at=START + 8 * DAY, metric="basket-value", control=(20_000, 30.0, 9.0), new=(20_000, 30.1, 9.0))
    weigh_all(now=START + 8 * DAY)
    shown = json.loads(json.dumps(evidence_of(feature=feature, now=START + 8 * DAY).as_json(), allow_nan=False))
    assert set(shown) >= {
        "feature", "hypothesis_version", "phase", "step", "as_of", "state", "verdict", "reason", "days_left",
        "explanation", "primary", "guardrails", "checks", "marks", "stages", "findings",
    }  # fmt: skip
    assert (shown["feature"], shown["hypothesis_version"]) == (feature.key, 1)
    assert (shown["phase"], shown["step"], shown["as_of"]) == ("ship_it", "25", "2026-03-10T09:00:00+00:00")
    assert (shown["state"], shown["verdict"], shown["reason"], shown["days_left"]) == (
        "decision_ready",
        "validated",
        "ok",
        None,
    )
    primary = shown["primary"]
    assert set(primary) == {
        "metric", "arm", "unit", "direction", "minimum_effect", "alpha", "estimate", "variance", "interval",
        "harm_bound", "p", "relative", "n", "mode", "information_fraction", "plan",
    }  # fmt: skip
    assert (primary["metric"], primary["unit"], primary["minimum_effect"]) == ("reorder-rate", "share", 0.005)
    assert primary["interval"][0] < primary["estimate"] < primary["interval"][1]
    assert primary["relative"]["estimate"] == pytest.approx(0.3)
    assert primary["n"] == {"control": 20_000, "treatment": 20_000}
    reckoned = {"interval": None, "estimate": None, "variance": None, "harm_bound": None}
    assert shown["guardrails"][0] | reckoned == {
        "metric": "basket-value", "unit": "EUR", "direction": "up", "margin": 0.5, "tau": 0.5, "estimate": None,
        "variance": None, "interval": None, "harm_bound": None, "n": {"control": 20_000, "treatment": 20_000},
        "status": "safe",
    }  # fmt: skip
    assert {check["code"] for check in shown["checks"]} == {"stale", "srm", "contaminated", "too_few_units"}
    (stage,) = shown["stages"]
    assert (stage["percent"], stage["from"], stage["to"]) == (25, "2026-03-02T09:00:00+00:00", None)
    assert stage["arms"][0] == {"arm": "control", "n": 20_000, "mean": 0.1, "var": 0.1 * 0.9, "n_assigned": 20_100}


# lists and courses


def test_a_list_says_the_same_as_each_page_in_the_same_number_of_queries(squad):
    def many(count: int) -> list[Feature]:
        made = [feature_in(squad) for _ in range(count)]
        for at, each in enumerate(made):
            believing(each, guardrails=[])
            if at % 3 == 0:
                land(trial_of(each), at=START + 8 * DAY, **(GOOD if at % 2 else BAD))
            elif at % 3 == 1:
                found(each, successes=8, trials=10)
        weigh_all(now=START + 8 * DAY)
        return made

    now = START + 8 * DAY
    counts = []
    for count in (1, 12):
        features = many(count)
        with CaptureQueriesContext(connection) as queries:
            views = verdicts_for(feature_ids=[feature.pk for feature in features], now=now)
        counts.append(len(queries))
        assert views == {feature.pk: evidence_of(feature=feature, now=now) for feature in features}
    assert counts[0] == counts[1]


def test_the_course_has_each_moment_and_each_change_of_stage(feature, trial):
    land(trial, at=START + DAY, **BAD)
    land(trial, at=START + 2 * DAY, stage="half", **GOOD)
    weigh_all(now=START + 2 * DAY)
    course = course_of(feature=feature)
    assert (course.points[0].as_of, course.points[0].verdict) == (START + DAY, "harmful")
    assert all(point.low < point.estimate < point.high for point in course.points)
    assert [change.label for change in course.stages] == ["25", "half"]
    assert len(course_of(feature=feature, until=START + DAY).points) == 1
    assert course_of(feature=feature, stint=next_stint(feature, now=START + 3 * DAY)).points == ()
