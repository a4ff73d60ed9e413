"""A hypothesis with a plan: what each moment decides follows from the looks before it, and can be made again."""

import pytest

from hypotheses.actions.weighing import weigh_stint
from hypotheses.models import Evidence
from hypotheses.queries.planned_looks import past_as_json, past_from_json
from hypotheses.queries.reasons import reasoning_of
from hypotheses.queries.recomputing import recompute
from hypotheses.statistics.planned import Past, PastLook, Standing
from tests.factories.beliefs import (
    DAY,
    START,
    TWO_ARMS,
    believing,
    current,
    feature_in,
    land,
    metric_called,
    stint_of,
    trial_of,
)  # fmt: skip

pytestmark = pytest.mark.django_db


@pytest.fixture
def feature(squad):
    feature = feature_in(squad)
    believing(feature, guardrails=[], planned_units=40_000)
    return feature


@pytest.fixture
def trial(feature):
    return trial_of(feature)


def told(trial, day: int, units: int, *, lift: float = 0.0, **more):
    land(trial, at=START + day * DAY, control=(units, 0.10), new=(units, 0.10 + lift), **more)


def weigh(feature, day: int = 30) -> int:
    return weigh_stint(stint=stint_of(feature), now=START + day * DAY)


def primaries(feature) -> list[dict]:
    return [row.body["primary"] for row in current(feature)]


def counted(feature) -> list[bool]:
    return [each["plan"]["counts"] for each in primaries(feature)]


def test_every_snapshot_is_a_look_that_knows_what_the_ones_before_it_spent(feature, trial):
    for day, units in ((1, 5_000), (2, 10_000), (3, 15_000), (4, 20_000)):
        told(trial, day, units, lift=0.0065)
    assert weigh(feature) == 4
    assert [each["mode"] for each in primaries(feature)] == ["planned"] * 4
    assert [each["information_fraction"] for each in primaries(feature)] == [0.25, 0.5, 0.75, 1.0]
    heights = [each["plan"]["boundary"] for each in primaries(feature)]
    assert heights == sorted(heights, reverse=True)
    assert heights[-1] > 1.65, "earlier looks spent some of α, so the last one has less than a test without them"
    assert [row.verdict for row in current(feature)] == ["inconclusive"] * 3 + ["validated"]
    assert "All of the plan is in" in current(feature)[-1].body["explanation"]
    assert primaries(feature)[-1]["p"] is None


def test_a_row_does_not_depend_on_when_it_was_weighed(feature, trial):
    for day, units in ((1, 5_000), (2, 10_000), (3, 15_000)):
        told(trial, day, units, lift=0.006)
        weigh(feature, day)
    one_by_one = primaries(feature)
    Evidence.objects.all().delete()
    told(trial, 3, 15_001, lift=0.006)
    told(trial, 3, 15_000, lift=0.006)
    weigh(feature)
    assert primaries(feature) == one_by_one


def test_hourly_results_between_two_looks_leave_the_one_before_standing(feature, trial):
    for part, units in enumerate((10_000, 10_050, 10_100)):
        land(trial, at=START + DAY + part * DAY / 24, control=(units, 0.10), new=(units, 0.10 + 0.004 * part))
    weigh(feature)
    assert counted(feature) == [True, False, False]
    rows = current(feature)
    assert rows[0].low == rows[1].low == rows[2].low
    assert rows[0].estimate != rows[2].estimate


def test_results_after_the_end_decide_nothing(feature, trial):
    told(trial, 1, 20_000, lift=0.002)
    told(trial, 2, 80_000, lift=0.008)
    weigh(feature)
    assert counted(feature) == [True, False]
    assert [(row.verdict, row.state) for row in current(feature)] == [("inconclusive", "under_powered")] * 2


def test_what_may_not_be_read_spends_nothing(feature, trial):
    told(trial, 1, 10_000)
    land(trial, at=START + 2 * DAY, control=(12_000, 0.10), new=(8_000, 0.10))
    told(trial, 3, 13_000)
    weigh(feature)
    assert [row.verdict for row in current(feature)] == ["inconclusive", "invalid", "inconclusive"]
    assert counted(feature) == [True, False, True]
    assert primaries(feature)[2]["plan"]["looks"] == 2


def test_a_restated_look_restates_what_came_after_it_and_the_earlier_rows_stay_provable(feature, trial):
    told(trial, 1, 5_000, lift=0.004)
    told(trial, 2, 10_000, lift=0.004)
    weigh(feature, 2)
    before = primaries(feature)
    told(trial, 1, 9_000, lift=0.004, now=START + 3 * DAY)
    assert weigh(feature, 3) == 2, "the second look has less left to spend"
    assert [row.revision for row in current(feature)] == [2, 2]
    assert primaries(feature)[1]["plan"]["boundary"] != before[1]["plan"]["boundary"]
    assert [recompute(evidence=row).differs for row in Evidence.objects.all()] == [()] * 4
    assert weigh(feature, 4) == 0


def test_a_plan_that_was_tampered_with_is_found(feature, trial):
    told(trial, 1, 5_000)
    told(trial, 2, 10_000)
    weigh(feature)
    row = current(feature)[-1]
    row.body["basis"]["past_looks"]["new"]["looks"][0][1] = 0.01
    assert recompute(evidence=row).differs == ("primary",)


def test_several_treatments_each_have_their_own_looks(feature):
    third = {"name": "bold", "role": "treatment", "share": 0.5}
    trial = trial_of(feature, arms=[*TWO_ARMS, third])
    for day in (1, 2):
        arms = {"control": (5_000 * day, 0.10), "new": (5_000 * day, 0.10), "bold": (5_000 * day, 0.101)}
        land(trial, at=START + day * DAY, **arms)
    weigh(feature)
    row = current(feature)[-1]
    assert set(row.body["basis"]["past_looks"]) == {"new", "bold"}
    assert row.body["others"][0]["primary"]["information_fraction"] == 0.5
    assert row.body["primary"]["alpha"] == 0.05
    assert recompute(evidence=row).same


def test_without_a_plan_nothing_of_it_is_said(squad):
    feature = feature_in(squad)
    believing(feature, guardrails=[])
    told(trial_of(feature), 1, 5_000)
    weigh(feature)
    only = primaries(feature)[0]
    assert (only["mode"], only["information_fraction"], only["plan"]) == ("always_valid", None, None)
    assert only["p"] is not None
    assert current(feature)[0].body["basis"]["past_looks"] == {}


def test_unreadable_numbers_are_no_look(squad):
    feature = feature_in(squad)
    metric_called("revenue", kind="mean")
    believing(feature, metric="revenue", guardrails=[], planned_units=40_000)
    trial = trial_of(feature)
    for day, spread in ((1, 1.0), (2, 1e306), (3, 1.0)):
        arm = (5_000 * day, 1.0, spread)
        land(trial, at=START + day * DAY, metric="revenue", control=arm, new=arm)
    weigh(feature)
    assert [row.reason for row in current(feature)][1] == "unreadable"
    assert primaries(feature)[2]["plan"]["looks"] == 2


def test_the_kept_body_explains_the_boundary(feature, trial):
    told(trial, 1, 10_000, lift=0.002)
    told(trial, 2, 10_050, lift=0.003)
    weigh(feature)
    first, second = (reasoning_of(body=row.body, names={}) for row in current(feature))
    assert "boundary" in [line.name for line in first.arithmetic]
    assert "d of then" in [line.name for line in second.arithmetic]
    assert "L" in [line.name for line in second.arithmetic]


def test_the_looks_come_back_from_json_as_they_went():
    past = {"new": Past((PastLook(1.5, 0.1, 0.1), PastLook(1 / 3, 0.7, 0.05)), Standing(-0.1, 0.2, 2.5))}
    assert past_from_json(past_as_json(past)) == past
