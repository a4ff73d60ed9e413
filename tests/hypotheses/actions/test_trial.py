"""A trial is one control, at least one treatment, and stages that follow exposure."""

from datetime import datetime
from decimal import Decimal

import pytest

from features.errors import BadInput, Conflict, Forbidden
from hypotheses.actions.trial import end_trial, open_stages
from hypotheses.models import Stage, Trial
from tests.factories.beliefs import (
    DAY,
    START,
    TWO_ARMS,
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


def arm(name="new", role="treatment", share=0.5):
    return {"name": name, "role": role, "share": share}


CONTROL = arm("control", "control")


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"key": "Not A Slug"}, "key"),
        ({"key": "x" * 81}, "key"),
        ({"arms": []}, "arms"),
        ({"arms": "two"}, "arms"),
        ({"arms": [CONTROL]}, "arms"),
        ({"arms": [arm()]}, "arms"),
        ({"arms": [CONTROL, arm("other", "control"), arm()]}, "arms"),
        ({"arms": [CONTROL, arm("holdback", "holdback")]}, "arms"),
        ({"arms": [CONTROL, arm("control")]}, "arms.1.name"),
        ({"arms": [CONTROL, arm("")]}, "arms.1.name"),
        ({"arms": [CONTROL, arm(role="boss")]}, "arms.1.role"),
        ({"arms": [CONTROL, arm(share=0)]}, "arms.1.share"),
        ({"arms": [CONTROL, arm(share=-1)]}, "arms.1.share"),
        ({"arms": [CONTROL, arm(share="half")]}, "arms.1.share"),
        ({"arms": [CONTROL, {**arm(), "size": 1}]}, "arms.1.size"),
        ({"arms": [CONTROL, "new"]}, "arms.1"),
        ({"population": "martians"}, "population"),
        ({"started_at": datetime(2026, 3, 2)}, "started_at"),  # noqa: DTZ001
        ({"started_at": "today"}, "started_at"),
        ({"ended_at": START - DAY}, "ended_at"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_written(feature, fields, wrong):
    with pytest.raises(BadInput) as refusal:
        trial_of(feature, **{"key": "trial", **fields})
    assert wrong in [error.field for error in refusal.value.errors]
    assert not Trial.objects.exists()


def test_a_key_is_used_once(feature, squad):
    trial_of(feature, "the-trial")
    with pytest.raises(Conflict) as refusal:
        trial_of(feature_in(squad), "the-trial")
    assert refusal.value.code == "key_taken"
    assert Trial.objects.count() == 1


def test_somebody_of_another_squad_may_not_register_or_end_one(feature, mallory):
    with pytest.raises(Forbidden):
        trial_of(feature, by=mallory)
    trial = trial_of(feature)
    with pytest.raises(Forbidden):
        end_trial(trial=trial, by=mallory, now=START + DAY)


def test_its_first_stage_is_open_in_the_current_stint(feature):
    believing(feature)
    trial = trial_of(feature)
    stage = trial.stages.get()
    assert (stage.stint, stage.label, stage.percent, stage.ended_at) == (stint_of(feature), "25", 25, None)
    assert trial.hypothesis.version == 1
    assert trial_of(feature_in(feature.squad, "think_it")).stages.get().label == "1"


def test_ending_closes_the_stage_once(feature, alice):
    trial = trial_of(feature)
    end_trial(trial=trial, by=alice, now=START + DAY)
    again = end_trial(trial=trial, by=alice, now=START + 5 * DAY)
    assert again.ended_at == START + DAY
    assert trial.stages.get().ended_at == START + DAY
    assert stint_of(feature).facts_version == 1


@pytest.mark.parametrize("ended_at", [START - DAY, START + 2 * DAY])
def test_an_end_before_the_start_or_in_the_future_is_refused(feature, ended_at):
    trial = trial_of(feature)
    with pytest.raises(BadInput):
        end_trial(trial=trial, by=None, now=START + DAY, ended_at=ended_at)
    assert Trial.objects.get().ended_at is None


def test_moving_exposure_closes_the_open_stage_and_opens_the_next(feature):
    trial = trial_of(feature)
    at = START + 3 * DAY
    opened = open_stages(feature=feature, stint=stint_of(feature), percent=Decimal(50), now=at)
    first, second = trial.stages.all()
    assert [second] == opened
    assert (first.ended_at, second.started_at, second.label, second.percent) == (at, at, "50", 50)
    open_stages(feature=feature, stint=stint_of(feature), percent=Decimal(50), now=at + DAY)
    assert trial.stages.count() == 2, "asking twice changes nothing"


def test_a_new_stint_at_the_same_percentage_is_a_new_stage_with_a_label_of_its_own(feature):
    trial = trial_of(feature)
    metric_called("reorder-rate")
    land(trial, at=START + DAY, control=(10, 0.1), new=(10, 0.1))
    stint = next_stint(feature, now=START + 2 * DAY)
    open_stages(feature=feature, stint=stint, percent=Decimal(25), now=START + 2 * DAY)
    assert list(trial.stages.values_list("label", "stint")) == [
        ("25", trial.stages.first().stint_id),
        ("25-2", stint.pk),
    ]


def test_a_trial_that_has_not_begun_moves_along_instead_of_closing(feature):
    trial = trial_of(feature, started_at=START + 5 * DAY)
    stint = next_stint(feature, now=START + DAY)
    open_stages(feature=feature, stint=stint, percent=Decimal(50), now=START + DAY)
    stage = trial.stages.get()
    assert (stage.stint, stage.percent, stage.label, stage.started_at) == (stint, 50, "50", START + 5 * DAY)


def test_ended_trials_and_those_of_others_stay_as_they_are(feature, squad):
    ended = trial_of(feature)
    end_trial(trial=ended, by=None, now=START + DAY)
    trial_of(feature_in(squad), "of-another")
    assert open_stages(feature=feature, stint=stint_of(feature), percent=Decimal(50), now=START + DAY) == []
    assert Stage.objects.count() == 2


def test_a_split_that_was_the_exposure_follows_the_ladder_and_another_stays(squad):
    feature = feature_in(squad, step=1)
    rollout = trial_of(feature, "rollout", arms=[{**CONTROL, "share": 99}, arm(share=1)])
    halves = trial_of(feature, "halves", arms=TWO_ARMS)
    open_stages(feature=feature, stint=stint_of(feature), percent=Decimal(5), now=START + DAY)
    assert rollout.stages.get(number=2).shares == pytest.approx({"control": 0.95, "new": 0.05}, rel=1e-9)
    assert halves.stages.get(number=2).shares == {"control": 0.5, "new": 0.5}
