"""A hypothesis comes before its data, in versions, and is fixed once."""

import pytest

from features.errors import BadInput, Conflict, Forbidden
from features.models import AuditEntry
from hypotheses.actions.finding import add_finding
from hypotheses.actions.hypothesis import lock_hypothesis, write_hypothesis
from hypotheses.models import Guardrail, Hypothesis
from tests.factories.beliefs import (
    DAY,
    START,
    believing,
    feature_in,
    land,
    metric_called,
    next_stint,
    stint_of,
    trial_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def feature(squad):
    return feature_in(squad)


def refused(feature, **fields) -> dict[str, str]:
    with pytest.raises(BadInput) as refusal:
        write_hypothesis(feature=feature, by=None, now=START, **fields)
    assert not Hypothesis.objects.exists(), "nothing may be half written"
    assert not AuditEntry.objects.exists()
    return {error.field: error.detail for error in refusal.value.errors}


def test_somebody_of_another_squad_may_not_write_it(feature, mallory):
    with pytest.raises(Forbidden):
        write_hypothesis(feature=feature, by=mallory, now=START, change="mine now")
    assert not Hypothesis.objects.exists()


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"minimum_effect": 0}, "minimum_effect"),
        ({"minimum_effect": -0.1}, "minimum_effect"),
        ({"minimum_effect": 1e-200}, "minimum_effect"),
        ({"metric": "basket-value", "minimum_effect": 1e160}, "minimum_effect"),
        ({"minimum_effect": "much"}, "minimum_effect"),
        ({"minimum_effect": float("nan")}, "minimum_effect"),
        ({"minimum_effect": True}, "minimum_effect"),
        ({"planned_units": 0}, "planned_units"),
        ({"planned_units": -1}, "planned_units"),
        ({"planned_units": 0.5}, "planned_units"),
        ({"planned_units": True}, "planned_units"),
        ({"planned_units": "40000"}, "planned_units"),
        ({"planned_units": 2**31}, "planned_units"),
        ({"direction": "sideways"}, "direction"),
        ({"effect_scale": "vast"}, "effect_scale"),
        ({"effect_scale": None}, "effect_scale"),
        ({"metric": "no-such-metric"}, "metric"),
        ({"metric": 7}, "metric"),
        ({"change": 7}, "change"),
        ({"change": "a\x00b"}, "change"),
        ({"chnage": "a slip"}, "chnage"),
        ({"guardrails": "basket-value"}, "guardrails"),
        ({"guardrails": ["basket-value"]}, "guardrails.0"),
        ({"guardrails": [{"metric": "basket-value"}]}, "guardrails.0.margin"),
        ({"guardrails": [{"metric": "basket-value", "margin": -1}]}, "guardrails.0.margin"),
        ({"guardrails": [{"metric": "basket-value", "margin": 1e-200}]}, "guardrails.0.margin"),
        (
            {"guardrails": [{"metric": "basket-value", "margin": 0, "minimum_effect": 1e200}]},
            "guardrails.0.minimum_effect",
        ),
        ({"guardrails": [{"metric": "nothing", "margin": 1}]}, "guardrails.0.metric"),
        ({"guardrails": [{"margin": 1}]}, "guardrails.0.metric"),
        ({"guardrails": [{"metric": "basket-value", "margin": 1, "size": 2}]}, "guardrails.0.size"),
        ({"guardrails": [{"metric": "basket-value", "margin": 0, "minimum_effect": 0}]}, "guardrails.0.minimum_effect"),
        ({"guardrails": [{"metric": "basket-value", "margin": 1}] * 2}, "guardrails.1.metric"),
        ({"metric": "basket-value", "guardrails": [{"metric": "basket-value", "margin": 1}]}, "guardrails.0.metric"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_written(feature, fields, wrong):
    metric_called("basket-value")
    assert wrong in refused(feature, **fields)


def test_all_wrong_fields_are_told_at_once(feature):
    assert set(refused(feature, direction="sideways", minimum_effect=0, metric="none")) == {
        "direction",
        "minimum_effect",
        "metric",
    }


@pytest.mark.parametrize("size", [1.01, 5, 1e30])
def test_nothing_moves_a_share_by_more_than_all_of_it(feature, size):
    metric_called("reorder-rate")
    metric_called("error-rate")
    metric_called("basket-value", kind="mean")
    assert refused(feature, metric="reorder-rate", minimum_effect=size).keys() == {"minimum_effect"}
    assert refused(feature, guardrails=[{"metric": "error-rate", "margin": size}]).keys() == {"guardrails.0.margin"}
    fine = {"metric": "basket-value", "minimum_effect": size, "guardrails": []}
    assert believing(feature, **fine).minimum_effect == size
    relative = {"metric": "reorder-rate", "minimum_effect": size, "effect_scale": "relative", "guardrails": []}
    assert believing(feature, **relative).minimum_effect == size


def test_a_feature_that_has_ended_takes_no_hypothesis(feature):
    feature.stints.update(ended_at=START)
    with pytest.raises(Conflict) as refusal:
        believing(feature)
    assert refusal.value.code == "feature_ended"


def test_parts_may_be_missing_and_are_filled_in_later(feature, alice):
    first = write_hypothesis(feature=feature, by=alice, now=START, change="one tap")
    assert (first.version, first.metric, first.minimum_effect, first.direction) == (1, None, None, "")
    second = write_hypothesis(
        feature=feature,
        by=alice,
        now=START,
        metric=metric_called("reorder-rate").key,
        direction="up",
        minimum_effect="0.5",
    )
    assert (second.version, second.change, second.minimum_effect) == (2, "one tap", 0.5)
    assert Hypothesis.objects.get(version=1).metric is None, "an earlier version stays as it was"


def test_guardrails_stay_when_not_mentioned_and_go_when_emptied(feature):
    believing(feature)
    kept = write_hypothesis(feature=feature, by=None, now=START, audience="everybody")
    assert [guardrail.metric.key for guardrail in kept.guardrails.all()] == ["basket-value"]
    gone = write_hypothesis(feature=feature, by=None, now=START, guardrails=[])
    assert not gone.guardrails.exists()
    assert Guardrail.objects.filter(hypothesis=kept).exists()


def test_writing_the_same_twice_is_one_version(feature):
    first = believing(feature)
    again = believing(feature)
    assert (again.pk, Hypothesis.objects.count(), AuditEntry.objects.count()) == (first.pk, 1, 1)


def test_after_a_result_it_is_locked_until_an_iterate(feature):
    believing(feature)
    land(trial_of(feature), at=START + DAY, control=(1000, 0.1), new=(1000, 0.1))
    with pytest.raises(Conflict) as refusal:
        write_hypothesis(feature=feature, by=None, now=START + DAY, minimum_effect=0.001)
    assert refusal.value.code == "hypothesis_locked"
    assert "2026-03-03" in refusal.value.detail
    assert "iterate" in refusal.value.detail
    next_stint(feature, now=START + 2 * DAY)
    later = write_hypothesis(feature=feature, by=None, now=START + 2 * DAY, minimum_effect=0.001)
    assert (later.version, later.locked_at) == (2, None)


def test_a_plan_is_stated_kept_and_withdrawn_before_the_data_only(feature):
    planned = believing(feature, planned_units=40_000)
    assert AuditEntry.objects.latest("pk").body["planned_units"] == 40_000
    worded = write_hypothesis(feature=feature, by=None, now=START, reason="habit")
    assert (worded.version, worded.planned_units) == (2, 40_000), "what is not mentioned stays"
    withdrawn = write_hypothesis(feature=feature, by=None, now=START, planned_units=None)
    assert (withdrawn.planned_units, planned.planned_units) == (None, 40_000)
    land(trial_of(feature), at=START + DAY, control=(1000, 0.1), new=(1000, 0.1))
    with pytest.raises(Conflict) as refusal:
        write_hypothesis(feature=feature, by=None, now=START + DAY, planned_units=50_000)
    assert refusal.value.code == "hypothesis_locked"


def test_after_a_finding_it_is_locked_too(feature):
    believing(feature)
    add_finding(feature=feature, by=None, now=START, kind="interviews", cohort={"population": "customers"})
    with pytest.raises(Conflict, match="first finding"):
        write_hypothesis(feature=feature, by=None, now=START, change="another")


def test_wrong_input_to_a_locked_hypothesis_is_still_told_as_wrong_input(feature):
    believing(feature)
    add_finding(feature=feature, by=None, now=START, kind="interviews", cohort={"population": "customers"})
    with pytest.raises(BadInput):
        write_hypothesis(feature=feature, by=None, now=START, direction="sideways")


def test_an_absolute_effect_is_locked_as_it_is(feature):
    believing(feature)
    locked = lock_hypothesis(stint=stint_of(feature), now=START)
    assert (locked.minimum_effect_absolute, locked.baseline, locked.locked_at) == (0.005, None, START)


def test_a_relative_effect_is_turned_absolute_once_with_the_first_control_mean(feature):
    believing(feature, minimum_effect=0.05, effect_scale="relative")
    trial = trial_of(feature)
    land(trial, at=START + DAY, control=(1000, 0.2), new=(1000, 0.9))
    land(trial, at=START + 2 * DAY, control=(2000, 0.4), new=(2000, 0.9))
    lock_hypothesis(stint=stint_of(feature), now=START + 3 * DAY, baseline=0.8)
    locked = Hypothesis.objects.get()
    assert locked.locked_at == START + DAY
    assert (locked.baseline, locked.minimum_effect_absolute) == (0.2, pytest.approx(0.01))


def test_the_baseline_that_the_metric_states_comes_first(feature):
    metric_called("reorder-rate", baseline=-0.1)
    believing(feature, minimum_effect=0.05, effect_scale="relative")
    land(trial_of(feature), at=START + DAY, control=(1000, 0.2), new=(1000, 0.2))
    locked = Hypothesis.objects.get()
    assert (locked.baseline, locked.minimum_effect_absolute) == (-0.1, pytest.approx(0.005))


@pytest.mark.parametrize("mean", [0.0])
def test_a_relative_effect_on_a_baseline_of_zero_stays_unlocked(feature, mean):
    believing(feature, minimum_effect=0.05, effect_scale="relative")
    land(trial_of(feature), at=START + DAY, control=(1000, mean), new=(1000, 0.2))
    assert Hypothesis.objects.get().locked_at is None


def test_without_a_baseline_a_relative_effect_waits_for_the_first_result(squad):
    feature = feature_in(squad, "think_it")
    believing(feature, minimum_effect=0.05, effect_scale="relative")
    add_finding(feature=feature, by=None, now=START, kind="interviews", cohort={"population": "customers"})
    assert Hypothesis.objects.get().locked_at is None
    next_stint(feature, now=START + DAY)
    land(trial_of(feature), at=START + 2 * DAY, control=(1000, 0.2), new=(1000, 0.2))
    assert Hypothesis.objects.get().minimum_effect_absolute == pytest.approx(0.01)


def test_a_baseline_of_a_ratio_is_the_ratio(feature):
    metric_called("orders-per-session", kind="ratio")
    believing(feature, metric="orders-per-session", minimum_effect=0.1, effect_scale="relative", guardrails=[])
    arm = {"n": 1000, "mean": 0.4, "var": 0.6, "mean_x": 4.0, "var_x": 6.0, "cov_xy": 0.9}
    land(trial_of(feature), at=START + DAY, metric="orders-per-session", control=arm, new=arm)
    assert Hypothesis.objects.get().baseline == pytest.approx(0.1)


def test_locking_without_a_hypothesis_is_nothing(feature):
    assert lock_hypothesis(stint=stint_of(feature), now=START) is None


def test_late_results_of_an_earlier_stint_lock_what_was_believed_then(feature):
    before = believing(feature)
    first = stint_of(feature)
    next_stint(feature, now=START + DAY)
    write_hypothesis(feature=feature, by=None, now=START + DAY, minimum_effect=0.1)
    assert lock_hypothesis(stint=first, now=START + DAY).pk == before.pk
