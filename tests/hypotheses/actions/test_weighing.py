"""Stored results become evidence: each moment once, a restated one as a revision, and nothing is lost meanwhile."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hypotheses.actions import weighing
from hypotheses.actions.finding import add_finding
from hypotheses.actions.trial import end_trial, open_stages
from hypotheses.actions.weighing import weigh_all, weigh_stint
from hypotheses.models import Evidence, Result, Stage
from hypotheses.queries.recomputing import recompute
from hypotheses.queries.weighable import readings
from tests.factories.beliefs import (
    DAY,
    START,
    TWO_ARMS,
    believing,
    current,
    feature_in,
    land,
    metric_called,
    next_stint,
    rows,
    stint_of,
    trial_of,
)  # fmt: skip

pytestmark = pytest.mark.django_db

GOOD = {"control": (20_000, 0.10), "new": (20_000, 0.13)}
EVEN = {"control": (20_000, 0.10), "new": (20_000, 0.10)}


@pytest.fixture
def feature(squad):
    feature = feature_in(squad)
    believing(feature, guardrails=[])
    return feature


@pytest.fixture
def trial(feature):
    return trial_of(feature)


def weigh(feature, at=START) -> int:
    return weigh_stint(stint=stint_of(feature), now=at)


def only(feature) -> Evidence:
    (row,) = current(feature)
    return row


# what cannot be judged


@pytest.mark.usefixtures("trial")
def test_nothing_landed_is_nothing_to_weigh():
    assert weigh_all(now=START) == 0
    assert not Evidence.objects.exists()


def test_results_without_any_hypothesis_are_looked_at_once_and_give_no_row(squad):
    feature = feature_in(squad)
    metric_called("reorder-rate")
    land(trial_of(feature), at=START + DAY, **GOOD)
    assert weigh_all(now=START + DAY) == 0
    assert Stage.objects.get().weighed == Stage.objects.get().landed == 1


@pytest.mark.parametrize(
    ("fields", "word"),
    [({"metric": None}, "metric"), ({"direction": ""}, "direction"), ({"minimum_effect": None}, "effect")],
)
def test_an_incomplete_hypothesis_judges_nothing_and_says_what_is_missing(squad, fields, word):
    feature = feature_in(squad)
    believing(feature, **{"guardrails": [], **fields})
    land(trial_of(feature), at=START + DAY, **GOOD)
    weigh(feature)
    assert (only(feature).verdict, only(feature).reason) == ("invalid", "hypothesis_incomplete")
    assert word in only(feature).body["explanation"]


def test_a_relative_effect_on_a_zero_baseline_is_a_clear_problem_and_no_crash(squad):
    feature = feature_in(squad)
    believing(feature, minimum_effect=0.05, effect_scale="relative", guardrails=[])
    land(trial_of(feature), at=START + DAY, control=(1000, 0.0), new=(1000, 0.2))
    weigh(feature)
    assert (only(feature).verdict, only(feature).reason) == ("invalid", "hypothesis_incomplete")
    assert "baseline is 0" in only(feature).body["explanation"]


def test_numbers_beyond_comparison_are_invalid_and_say_so(squad):
    feature = feature_in(squad)
    metric_called("revenue", kind="mean")
    believing(feature, metric="revenue", minimum_effect=1e-30, guardrails=[])
    land(trial_of(feature), at=START + DAY, metric="revenue", control=(1000, 1.0, 1e300), new=(1000, 1.0, 1e300))
    weigh(feature)
    assert (only(feature).verdict, only(feature).reason, only(feature).estimate) == ("invalid", "unreadable", None)


def test_an_arm_without_units_is_invalid_until_it_arrives(feature, trial):
    land(trial, at=START + DAY, control=(20_000, 0.10))
    weigh(feature)
    assert (only(feature).verdict, only(feature).reason) == ("invalid", "stale")
    land(trial, at=START + DAY, new=(20_000, 0.13))
    weigh(feature)
    assert (only(feature).verdict, only(feature).revision) == ("validated", 2)


def test_while_an_arm_of_a_snapshot_is_missing_the_one_before_stands(feature, trial):
    land(trial, at=START + DAY, **GOOD)
    land(trial, at=START + 2 * DAY, control=(30_000, 0.10))
    weigh(feature)
    assert [row.verdict for row in current(feature)] == ["validated", "validated"]
    assert current(feature)[1].body["primary"]["n"]["control"] == 20_000
    land(trial, at=START + 2 * DAY, new=(30_000, 0.07))
    weigh(feature)
    assert [(row.verdict, row.revision) for row in current(feature)] == [("validated", 1), ("harmful", 2)]


def test_arms_that_report_minutes_apart_make_one_snapshot(feature, trial):
    for day in (1, 2, 3):
        land(trial, at=START + day * DAY, control=(20_000 * day, 0.10))
        land(trial, at=START + day * DAY + timedelta(minutes=5), new=(20_000 * day, 0.13))
    weigh(feature)
    said = [
        (row.verdict, [arm["n"] for stage in row.body["stages"] for arm in stage["arms"]]) for row in current(feature)
    ]
    assert said == [
        ("invalid", [20_000]),
        ("validated", [20_000, 20_000]),
        ("validated", [20_000, 20_000]),
        ("validated", [40_000, 40_000]),
        ("validated", [40_000, 40_000]),
        ("validated", [60_000, 60_000]),
    ], "a new control is never compared with the treatment of the day before"


def test_hourly_arms_are_paired_within_their_hour(feature, trial):
    for hour in (1, 2, 3):
        moment = START + timedelta(hours=hour)
        land(trial, at=moment, control={"n": 9_000 * hour, "mean": 0.1, "n_assigned": 9_000 * hour})
        late = {"n": 9_000 * hour, "mean": 0.13, "n_assigned": 9_000 * hour}
        land(trial, at=moment + timedelta(minutes=5), new=late)
    weigh(feature)
    assert {row.verdict for row in current(feature)[1:]} == {"validated"}, "no split of an hour against two"


def test_arms_that_never_meet_are_told_with_their_times(feature, trial):
    land(trial, at=START + DAY, new=(20_000, 0.13))
    for day in (2, 3):
        land(trial, at=START + day * DAY, control=(20_000, 0.10))
    weigh(feature)
    row = current(feature)[-1]
    assert (row.verdict, row.reason) == ("invalid", "stale")
    assert "control as of 2026-03-05 09:00, new as of 2026-03-03 09:00" in row.body["explanation"]
    assert "at most 12 hours apart" in row.body["explanation"]
    assert "new has no result" not in row.body["explanation"]
    assert recompute(evidence=row).same


def test_an_arm_that_falls_silent_hides_nothing_when_it_is_the_holdback(feature):
    arms = [*TWO_ARMS, {"name": "held", "role": "holdback", "share": 0.01}]
    trial = trial_of(feature, arms=arms)
    land(trial, at=START + DAY, **EVEN, held=(400, 0.10))
    land(trial, at=START + 2 * DAY, control=(40_000, 0.10), new=(40_000, 0.05))
    weigh(feature)
    assert [row.verdict for row in current(feature)] == ["inconclusive", "harmful"]
    assert [arm["arm"] for arm in current(feature)[1].body["stages"][0]["arms"]] == ["control", "new"]


def test_a_stage_whose_first_snapshot_is_half_there_leaves_the_others_standing(feature, trial):
    land(trial, at=START + DAY, **GOOD)
    open_stages(feature=feature, stint=stint_of(feature), percent=Decimal(50), now=START + 2 * DAY)
    land(trial, at=START + 3 * DAY, control=(3_000, 0.10))
    weigh(feature)
    row = current(feature)[-1]
    assert (row.verdict, [stage["label"] for stage in row.body["stages"]]) == ("validated", ["25"])
    assert row.body["basis"]["watermarks"]["reorder-rate"] == (START + DAY).isoformat(), "and it grows old from there"


@pytest.fixture
def lowered(feature, trial):
    """Ten days at 25 %, then 10 % from START + 10 days on."""
    land(trial, at=START + 9 * DAY, control=(90_000, 0.10), new=(90_000, 0.13))
    open_stages(feature=feature, stint=stint_of(feature), percent=Decimal(10), now=START + 10 * DAY)
    return trial


def test_totals_that_go_on_from_the_stage_before_are_counted_twice_and_invalid(feature, lowered):
    land(lowered, at=START + 11 * DAY, control=(104_000, 0.10), new=(104_000, 0.13))
    land(lowered, at=START + 12 * DAY, control=(108_000, 0.10), new=(108_000, 0.13))
    weigh(feature)
    assert [row.verdict for row in current(feature)] == ["validated", "invalid", "invalid"]
    row = current(feature)[-1]
    assert row.reason == "counted_twice"
    assert "the totals of stage “10”" in row.body["explanation"]
    assert (
        "go on from those of “25”: control ended with 90,000 units and begins with 104,000" in row.body["explanation"]
    )
    assert [check["ok"] for check in row.body["checks"] if check["code"] == "counted_twice"] == [False]
    assert recompute(evidence=row).same
    restated = {"control": (4_000, 0.10), "new": (4_000, 0.13)}
    land(lowered, at=START + 11 * DAY, now=START + 13 * DAY, **restated)
    land(lowered, at=START + 12 * DAY, now=START + 13 * DAY, control=(8_000, 0.10), new=(8_000, 0.13))
    weigh(feature)
    assert [row.verdict for row in current(feature)] == ["validated"] * 3, "read again, it may be read"


def test_a_stage_that_begins_anew_raises_no_alarm(feature, lowered):
    land(lowered, at=START + 11 * DAY, control=(4_000, 0.10), new=(4_000, 0.13))
    weigh(feature)
    assert [row.verdict for row in current(feature)] == ["validated", "validated"]


@pytest.mark.parametrize("treated", [0.5, 0.01])
def test_a_rollout_that_grows_tenfold_raises_no_alarm(squad, treated):
    feature = feature_in(squad, step=1)
    believing(feature, guardrails=[])
    shares = zip(TWO_ARMS, (1 - treated, treated), strict=True)
    trial = trial_of(feature, arms=[{**arm, "share": share} for arm, share in shares])
    land(trial, at=START + DAY, control=(2_000 if treated == 0.5 else 198_000, 0.10), new=(2_000, 0.10))
    open_stages(feature=feature, stint=stint_of(feature), percent=Decimal(10), now=START + 2 * DAY)
    many = 30_000
    land(trial, at=START + 3 * DAY, control=(many if treated == 0.5 else 250_000, 0.10), new=(many, 0.10))
    weigh(feature)
    assert "counted_twice" not in [row.reason for row in current(feature)]


def test_counts_fall_between_complete_snapshots_only(feature, trial):
    land(trial, at=START + DAY, **GOOD)
    land(trial, at=START + 2 * DAY, control=(30_000, 0.10))
    land(trial, at=START + 3 * DAY, control=(25_000, 0.10), new=(25_000, 0.13))
    land(trial, at=START + 4 * DAY, control=(24_000, 0.10), new=(26_000, 0.13))
    weigh(feature)
    assert [row.verdict for row in current(feature)] == ["validated", "validated", "validated", "invalid"]
    assert "control fell from 25,000 to 24,000" in current(feature)[-1].body["explanation"]


def test_one_stint_that_breaks_does_not_hold_up_the_others(feature, trial, squad, monkeypatch, caplog):
    land(trial, at=START + DAY, **GOOD)
    other = feature_in(squad)
    believing(other, guardrails=[])
    land(trial_of(other), at=START + DAY, **GOOD)

    def broken(*, facts):
        if facts.feature == feature.key:
            raise RuntimeError("broken")
        return readings(facts=facts)

    monkeypatch.setattr(weighing, "readings", broken)
    assert weigh_all(now=START + DAY) == 1
    assert current(other)
    assert feature.key in caplog.text
    monkeypatch.undo()
    assert weigh_all(now=START + DAY) == 1


# distrust


def test_a_split_that_is_not_the_designed_one_is_invalid(feature, trial):
    arms = {
        "control": {"n": 20_000, "mean": 0.1, "n_assigned": 20_000},
        "new": {"n": 21_000, "mean": 0.13, "n_assigned": 21_000},
    }
    land(trial, at=START + DAY, **arms)
    weigh(feature)
    assert (only(feature).verdict, only(feature).reason) == ("invalid", "srm")


def test_the_weights_that_come_with_the_results_are_the_design(feature, trial):
    arms = {
        "control": {"n": 20_000, "mean": 0.1, "n_assigned": 20_000, "design_weight": 20},
        "new": {"n": 21_000, "mean": 0.13, "n_assigned": 21_000, "design_weight": 21},
    }
    land(trial, at=START + DAY, **arms)
    weigh(feature)
    assert only(feature).verdict == "validated"
    (split,) = [check for check in only(feature).body["checks"] if check["code"] == "srm"]
    assert split["ok"] is True


def test_a_holdback_is_counted_in_the_split_and_not_compared(feature):
    arms = [*({**arm, "share": 0.45} for arm in TWO_ARMS), {"name": "held", "role": "holdback", "share": 0.1}]
    trial = trial_of(feature, arms=arms)
    fair = {
        "control": {"n": 9000, "mean": 0.1, "n_assigned": 9000},
        "new": {"n": 9000, "mean": 0.15, "n_assigned": 9000},
    }
    land(trial, at=START + DAY, **fair, held={"n": 2000, "mean": 0.9, "n_assigned": 2000})
    land(trial, at=START + 2 * DAY, **fair, held={"n": 3000, "mean": 0.9, "n_assigned": 3000})
    weigh(feature)
    assert [row.verdict for row in current(feature)] == ["validated", "invalid"]
    assert current(feature)[0].estimate == pytest.approx(0.05)


def test_units_in_several_arms_contaminate(feature, trial):
    several = {"n": 20_000, "mean": 0.1, "n_multi_arm": 500}
    land(trial, at=START + DAY, control=several, new={**several, "mean": 0.13})
    weigh(feature)
    assert (only(feature).verdict, only(feature).reason) == ("invalid", "contaminated")
    few = {"n": 20_000, "mean": 0.1, "n_multi_arm": 300}
    land(trial, at=START + DAY, control=few, new={**few, "mean": 0.13})
    weigh(feature)
    assert only(feature).verdict == "validated", "both arms report the same units: they are not added up"


def test_counts_beyond_what_a_float_tells_apart_are_kept_exactly_and_weighed(feature, trial):
    most = 2**63 - 1
    control = {"n": most - 1, "mean": 0.10, "n_assigned": most}
    land(trial, at=START + DAY, control=control, new={**control, "n": most, "mean": 0.13})
    weigh(feature)
    assert only(feature).verdict == "validated"
    assert only(feature).estimate == pytest.approx(0.03)
    assert set(Result.objects.values_list("n", flat=True)) == {most - 1, most}


def test_a_count_that_fell_is_invalid_while_it_is_the_last_word(feature, trial):
    land(trial, at=START + DAY, **GOOD)
    land(trial, at=START + 2 * DAY, control=(19_000, 0.10), new=(21_000, 0.13))
    land(trial, at=START + 3 * DAY, control=(22_000, 0.10), new=(22_000, 0.13))
    weigh(feature)
    assert [(row.verdict, row.reason) for row in current(feature)] == [
        ("validated", "ok"), ("invalid", "stale"), ("validated", "ok"),
    ]  # fmt: skip
    assert "control fell from 20,000 to 19,000" in current(feature)[1].body["explanation"]


def test_a_definition_that_changes_is_invalid_from_then_on_and_not_before(feature, trial):
    metric = metric_called("reorder-rate")
    metric.definition_hash = "old"
    metric.save()
    land(trial, at=START + DAY, **GOOD)
    metric.definition_hash = "new"
    metric.save()
    land(trial, at=START + 2 * DAY, control=(30_000, 0.10), new=(30_000, 0.13))
    weigh(feature)
    assert [row.verdict for row in current(feature)] == ["validated", "invalid"]
    assert "definition changed" in current(feature)[1].body["explanation"]


def test_a_trial_among_employees_is_marked(feature):
    land(trial_of(feature, population="employees"), at=START + DAY, **GOOD)
    weigh(feature)
    assert [mark["code"] for mark in only(feature).body["marks"]] == ["transfer"]


# verdicts


@pytest.mark.parametrize(
    ("treated", "verdict", "reason"),
    [
        ((20_000, 0.13), "validated", "ok"),
        ((20_000, 0.08), "harmful", "primary"),
        ((50, 0.13), "inconclusive", "too_few_units"),
        ((20_000, 0.102), "inconclusive", "primary_pending"),
    ],
)
def test_the_verdict_is_the_engine_s(feature, trial, treated, verdict, reason):
    land(trial, at=START + DAY, control=(20_000, 0.10), new=treated)
    weigh(feature)
    row = only(feature)
    assert (row.verdict, row.reason, row.body["verdict"]) == (verdict, reason, verdict)
    assert row.low < row.estimate < row.high


def test_a_direction_downwards_mirrors_the_verdict(squad):
    feature = feature_in(squad)
    believing(feature, direction="down", guardrails=[])
    land(trial_of(feature), at=START + DAY, **GOOD)
    weigh(feature)
    assert only(feature).verdict == "harmful"


def test_a_harmed_guardrail_is_harmful_a_silent_one_is_pending(squad):
    feature = feature_in(squad)
    believing(feature)
    trial = trial_of(feature)
    land(trial, at=START + DAY, **GOOD)
    weigh(feature)
    assert (only(feature).verdict, only(feature).reason) == ("inconclusive", "guardrail_pending")
    assert only(feature).body["guardrails"][0]["status"] == "unknown"
    land(trial, at=START + DAY, metric="basket-value", control=(20_000, 30.0, 9.0), new=(20_000, 28.0, 9.0))
    weigh(feature)
    assert (only(feature).verdict, only(feature).reason, only(feature).revision) == ("harmful", "guardrail", 2)
    land(trial, at=START + DAY, metric="basket-value", control=(20_000, 30.0, 9.0), new=(20_000, 30.1, 9.0))
    weigh(feature)
    assert (only(feature).verdict, only(feature).revision) == ("validated", 3)
    assert only(feature).body["guardrails"][0]["status"] == "safe"


def test_a_ratio_is_weighed_by_the_delta_method(squad):
    feature = feature_in(squad)
    metric_called("orders-per-session", kind="ratio", unit="orders")
    believing(feature, metric="orders-per-session", minimum_effect=0.001, guardrails=[])
    land(
        trial_of(feature), at=START + DAY, metric="orders-per-session",
        control={"n": 20_000, "mean": 0.4, "var": 0.6, "mean_x": 4.0, "var_x": 6.0, "cov_xy": 0.9},
        new={"n": 20_100, "mean": 0.43, "var": 0.64, "mean_x": 4.02, "var_x": 6.1, "cov_xy": 0.95},
    )  # fmt: skip
    weigh(feature)
    assert only(feature).estimate == pytest.approx(0.006965174129353241, rel=1e-9)
    assert only(feature).body["stages"][0]["arms"][0]["mean"] == pytest.approx(0.1)


def test_a_covariate_takes_noise_out(squad):
    feature = feature_in(squad)
    metric_called("spend", kind="mean")
    believing(feature, metric="spend", minimum_effect=0.1, guardrails=[])
    land(
        trial_of(feature), at=START + DAY, metric="spend",
        control={"n": 50_000, "mean": 10.0, "var": 25.0, "mean_x": 8.0, "var_x": 16.0, "cov_xy": 12.0},
        new={"n": 50_100, "mean": 10.12, "var": 25.2, "mean_x": 8.05, "var_x": 16.1, "cov_xy": 12.1},
    )  # fmt: skip
    weigh(feature)
    assert only(feature).estimate == pytest.approx(0.08246102040865821, rel=1e-9)


def test_several_treatments_share_alpha_and_the_first_is_the_primary(feature):
    arms = [
        {"name": "control", "role": "control", "share": 1},
        *({"name": n, "role": "treatment", "share": 1} for n in "ab"),
    ]
    trial = trial_of(feature, arms=arms)
    land(trial, at=START + DAY, control=(20_000, 0.1), a=(20_000, 0.13), b=(20_000, 0.1))
    alone = feature_in(feature.squad)
    believing(alone, guardrails=[])
    land(trial_of(alone), at=START + DAY, **GOOD)
    weigh_all(now=START + DAY)
    both, single = only(feature), only(alone)
    assert (both.verdict, both.estimate) == ("validated", pytest.approx(0.03))
    assert both.body["primary"]["arm"] == "a"
    assert [(other["arm"], other["verdict"]) for other in both.body["others"]] == [("b", "inconclusive")]
    assert "b: Undecided" in both.body["explanation"]
    assert both.high - both.low > single.high - single.low, "each has half of alpha"


def test_treatments_are_paired_by_their_names_over_trials(feature):
    first = trial_of(
        feature,
        key="first",
        arms=[TWO_ARMS[0], *({"name": name, "role": "treatment", "share": 0.5} for name in ("green", "blue"))],
    )
    second = trial_of(feature, key="second", arms=[TWO_ARMS[0], {"name": "blue", "role": "treatment", "share": 0.5}])
    land(first, at=START + DAY, control=(40_000, 0.10), green=(40_000, 0.10), blue=(40_000, 0.05))
    land(second, at=START + DAY, control=(40_000, 0.10), blue=(40_000, 0.05))
    weigh(feature)
    body = only(feature).body
    found = {body["primary"]["arm"]: body["primary"], **{other["arm"]: other["primary"] for other in body["others"]}}
    assert {name: (part["estimate"], part["n"]["treatment"]) for name, part in found.items()} == {
        "green": (pytest.approx(0, abs=1e-12), 40_000),
        "blue": (pytest.approx(-0.05), 80_000),
    }


# time


def test_stages_of_the_stint_combine_without_pooling_and_those_of_others_do_not(feature, trial):
    land(trial, at=START + DAY, control=(20_000, 0.9), new=(20_000, 0.1))
    stint = next_stint(feature, now=START + 2 * DAY)
    open_stages(feature=feature, stint=stint, percent=Decimal(25), now=START + 2 * DAY)
    land(trial, at=START + 3 * DAY, control=(9_000, 0.10), new=(1_000, 0.13))
    open_stages(feature=feature, stint=stint, percent=Decimal(50), now=START + 4 * DAY)
    land(trial, at=START + 5 * DAY, control=(5_000, 0.20), new=(5_000, 0.23))
    weigh_all(now=START + 5 * DAY)
    first, second, third = current(feature)
    assert first.estimate == pytest.approx(-0.8)
    assert second.estimate == pytest.approx(0.03)
    assert third.estimate == pytest.approx(0.03), "pooled, it would be far off"
    assert [stage["label"] for stage in third.body["stages"]] == ["25-2", "50"]
    assert third.body["stages"][0]["to"] is not None
    assert second.body["stages"][0]["to"] is None, "as of then it was still open"


def test_late_results_are_weighed_in_the_stint_that_they_belong_to(feature, trial):
    before = stint_of(feature)
    next_stint(feature, now=START + 2 * DAY)
    land(trial, at=START + DAY, now=START + 3 * DAY, **GOOD)
    weigh_all(now=START + 3 * DAY)
    assert only(feature).stint == before


def test_a_restated_result_is_a_revision_and_earlier_moments_stay(feature, trial):
    land(trial, at=START + DAY, **GOOD)
    land(trial, at=START + 2 * DAY, control=(30_000, 0.10), new=(30_000, 0.13))
    weigh(feature, START + 2 * DAY)
    earlier = Evidence.objects.get(as_of=START + DAY)
    land(trial, at=START + 2 * DAY, now=START + 3 * DAY, new=(30_000, 0.07))
    assert weigh(feature, START + 3 * DAY) == 1
    again = current(feature)
    assert [(row.verdict, row.revision) for row in again] == [("validated", 1), ("harmful", 2)]
    assert again[0].pk == earlier.pk
    assert again[0].body == earlier.body
    old = Evidence.objects.get(as_of=START + 2 * DAY, revision=1)
    assert (old.verdict, old.superseded_at) == ("validated", START + 3 * DAY)


def test_weighing_twice_writes_nothing_and_rings_nothing(feature, trial):
    land(trial, at=START + DAY, **GOOD)
    assert weigh_all(now=START + DAY) == 1
    rung = stint_of(feature).facts_version
    assert weigh_all(now=START + 2 * DAY) == 0
    assert weigh(feature, START + 3 * DAY) == 0
    assert (Evidence.objects.count(), stint_of(feature).facts_version) == (1, rung)


def test_new_evidence_rings_the_stint_once(feature, trial):
    land(trial, at=START + DAY, **GOOD)
    land(trial, at=START + 2 * DAY, **GOOD)
    before = stint_of(feature).facts_version
    weigh(feature)
    assert stint_of(feature).facts_version == before + 1


def test_a_restatement_that_changes_nothing_is_no_revision(feature, trial):
    land(trial, at=START + DAY, **GOOD)
    weigh(feature)
    metric = metric_called("reorder-rate")
    metric.definition_hash = "first"
    metric.save()
    assert land(trial, at=START + DAY, **GOOD).revised == 2
    assert weigh(feature, START + 2 * DAY) == 0
    assert Stage.objects.get().weighed == 2


def test_renaming_a_metric_does_not_revise_the_past(feature, trial):
    land(trial, at=START + DAY, **GOOD)
    weigh(feature)
    metric = metric_called("reorder-rate")
    metric.name = "Orders again"
    metric.save()
    land(trial, at=START + 2 * DAY, **EVEN)
    assert weigh(feature, START + 2 * DAY) == 1


def test_ending_the_trial_does_not_revise_the_past(feature, trial):
    land(trial, at=START + DAY, **GOOD)
    weigh(feature)
    end_trial(trial=trial, by=None, now=START + 3 * DAY)
    land(trial, at=START + 2 * DAY, now=START + 3 * DAY, control=(30_000, 0.10), new=(30_000, 0.13))
    weigh(feature, START + 3 * DAY)
    assert [row.revision for row in current(feature)] == [1, 1]


def test_results_that_land_during_the_weighing_are_left_for_the_next(feature, trial, monkeypatch):
    land(trial, at=START + DAY, **GOOD)

    def and_meanwhile(*, facts):
        found = readings(facts=facts)
        monkeypatch.undo()
        land(trial, at=START + 2 * DAY, control=(30_000, 0.10), new=(30_000, 0.13))
        return found

    monkeypatch.setattr(weighing, "readings", and_meanwhile)
    assert weigh_all(now=START + 2 * DAY) == 1
    assert (Stage.objects.get().landed, Stage.objects.get().weighed) == (2, 1)
    assert weigh_all(now=START + 2 * DAY) == 1
    assert len(current(feature)) == 2


def test_who_finds_the_stage_weighed_by_somebody_else_starts_over(feature, trial, monkeypatch):
    land(trial, at=START + DAY, **GOOD)

    def overtaken(*, facts):
        found = readings(facts=facts)
        monkeypatch.undo()
        land(trial, at=START + DAY, now=START + 2 * DAY, new=(20_000, 0.07))
        assert weigh(feature, START + 2 * DAY) == 1
        return found

    monkeypatch.setattr(weighing, "readings", overtaken)
    assert weigh(feature, START + 2 * DAY) == 0
    assert (only(feature).verdict, Evidence.objects.count()) == ("harmful", 1), "old news never replaces newer"


def test_days_left_need_a_stage_that_runs_and_learns(feature, trial):
    land(trial, at=START + 2 * DAY, control=(2_000, 0.100), new=(2_000, 0.102))
    weigh(feature)
    assert only(feature).days_left > 1
    end_trial(trial=trial, by=None, now=START + 2 * DAY)
    land(trial, at=START + 3 * DAY, control=(2_001, 0.100), new=(2_001, 0.102))
    weigh(feature)
    assert current(feature)[-1].days_left is None


def test_more_days_than_the_time_box_has_is_under_powered(squad):
    feature = feature_in(squad, time_box_days=14)
    believing(feature, guardrails=[])
    land(trial_of(feature), at=START + 10 * DAY, control=(2_000, 0.100), new=(2_000, 0.102))
    weigh(feature)
    assert only(feature).state == "under_powered"
    assert "Under-powered" in only(feature).body["explanation"]


def test_the_number_of_queries_does_not_grow_with_the_number_of_moments(squad):
    def asked(days: int) -> int:
        feature = feature_in(squad)
        believing(feature)
        trial = trial_of(feature)
        for day in range(1, days + 1):
            land(trial, at=START + day * DAY, control=(day * 1000, 0.1), new=(day * 1000, 0.11))
        stint = stint_of(feature)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert weigh_stint(stint=stint, now=START + 40 * DAY) == days
        return len(queries)

    assert asked(1) == asked(30)


# doors


def test_the_command_weighs_what_landed_and_names_an_unknown_feature(feature, trial, capsys):
    land(trial, at=START + DAY, **GOOD)
    call_command("weigh_evidence")
    assert "1 rows" in capsys.readouterr().out
    call_command("weigh_evidence", feature=feature.key)
    assert "0 rows" in capsys.readouterr().out
    with pytest.raises(CommandError, match="no-such"):
        call_command("weigh_evidence", feature="no-such")


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_weigh_each_moment_once(squad):
    feature = feature_in(squad)
    believing(feature, guardrails=[])
    trial = trial_of(feature)
    days = 12
    for day in range(1, days + 1):
        land(trial, at=START + day * DAY, control=(day * 1000, 0.1), new=(day * 1000, 0.11))
    written, failures, start = [], [], threading.Barrier(4)

    def worker() -> None:
        try:
            start.wait()
            written.append(weigh_all(now=START + timedelta(days=days)))
        except Exception as error:  # noqa: BLE001
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert sum(written) == days
    assert [row.revision for row in current(feature)] == [1] * days
    assert stint_of(feature).facts_version == 1
    assert Stage.objects.get().weighed == Stage.objects.get().landed


@pytest.mark.django_db(transaction=True)
def test_landing_and_weighing_at_once_lose_nothing(squad):
    feature = feature_in(squad)
    believing(feature, guardrails=[])
    trial = trial_of(feature)
    failures = []
    done = threading.Event()

    def landing() -> None:
        try:
            for day in range(1, 16):
                land(trial, at=START + day * DAY, control=(day * 1000, 0.1), new=(day * 1000, 0.11))
        except Exception as error:  # noqa: BLE001
            failures.append(error)
        finally:
            done.set()
            connection.close()

    def weighing_all_along() -> None:
        try:
            while not done.is_set():
                weigh_all(now=START + 15 * DAY)
        except Exception as error:  # noqa: BLE001
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=landing), *(threading.Thread(target=weighing_all_along) for _ in range(2))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    weigh_all(now=START + 15 * DAY)
    assert not failures
    assert Result.objects.count() == 30
    assert [row.as_of for row in current(feature)] == [START + day * DAY for day in range(1, 16)]


def test_a_finding_beside_results_changes_no_evidence(feature, trial):
    add_finding(feature=feature, by=None, now=START, kind="interviews", cohort={"population": "customers"})
    land(trial, at=START + DAY, **GOOD)
    assert weigh(feature) == 1
    assert len(rows(trial, at=START, **GOOD)) == 2
