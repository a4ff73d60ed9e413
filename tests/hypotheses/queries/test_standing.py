"""Lists show and filter by the verdict that the feature's own page shows, at each moment of its life."""

from datetime import timedelta

import pytest

from features.models import Feature
from hypotheses.actions.finding import add_finding
from hypotheses.actions.metric import definition_hash, edit_metric
from hypotheses.actions.trial import end_trial
from hypotheses.actions.weighing import weigh_all
from hypotheses.models import Evidence, Metric, Standing
from hypotheses.queries.evidence import evidence_of, standing_verdict
from tests.factories.beliefs import DAY, START, believing, feature_in, land, metric_called, next_stint, trial_of

pytestmark = pytest.mark.django_db

GOOD = {"control": (20_000, 0.10), "new": (20_000, 0.13)}
BAD = {"control": (20_000, 0.10), "new": (20_000, 0.07)}


@pytest.fixture
def feature(squad):
    feature = feature_in(squad)
    believing(feature, guardrails=[])
    return feature


@pytest.fixture
def trial(feature):
    return trial_of(feature)


def listed(feature, *, now):
    """The verdict of the list, which has to be the one of the page."""
    verdict = Feature.objects.annotate(verdict=standing_verdict(now)).get(pk=feature.pk).verdict
    assert verdict == evidence_of(feature=feature, now=now).verdict
    return verdict


def test_who_knows_nothing_stands_as_missing(squad):
    assert listed(feature_in(squad), now=START) == "missing"


def test_a_trial_stands_as_it_was_weighed_and_falls_when_its_data_are_stale(feature, trial):
    land(trial, at=START + 8 * DAY, **GOOD)
    weigh_all(now=START + 8 * DAY)
    assert listed(feature, now=START + 9 * DAY) == "validated"
    assert listed(feature, now=START + 10 * DAY) == "validated"
    assert listed(feature, now=START + 11 * DAY) == "invalid"
    land(trial, at=START + 11 * DAY, **BAD)
    weigh_all(now=START + 11 * DAY)
    assert listed(feature, now=START + 11 * DAY) == "harmful"


def test_findings_stand_where_no_trial_runs(feature):
    cohort = {"population": "customers"}
    add_finding(feature=feature, by=None, now=START, kind="prototype_test", cohort=cohort, successes=9, trials=10)
    assert listed(feature, now=START) == "validated"
    add_finding(feature=feature, by=None, now=START, kind="prototype_test", cohort=cohort, successes=0, trials=90)
    assert listed(feature, now=START) == "refuted"


def test_a_trial_that_is_over_does_not_grow_stale(feature, trial, alice):
    land(trial, at=START + 8 * DAY, **GOOD)
    weigh_all(now=START + 8 * DAY)
    end_trial(trial=trial, by=None, now=START + 9 * DAY)
    assert listed(feature, now=START + 90 * DAY) == "validated"
    trial_of(feature, "another", started_at=START + 91 * DAY)
    assert listed(feature, now=START + 92 * DAY) == "invalid"


def test_another_definition_of_the_metric_is_seen_at_once(feature, trial, root):
    metric = Metric.objects.get(hypotheses__feature=feature)
    land(trial, at=START + 8 * DAY, **GOOD)
    weigh_all(now=START + 8 * DAY)
    evidence = Evidence.objects.get()
    evidence.body["basis"]["definitions"] = {metric.key: definition_hash(metric)}
    evidence.save()
    edit_metric(metric=metric, by=root, now=START + 9 * DAY, unit="orders")
    before = listed(feature, now=START + 9 * DAY)
    edit_metric(metric=metric, by=root, now=START + 9 * DAY, query="SELECT 1")
    assert (before, listed(feature, now=START + 9 * DAY)) == ("validated", "invalid")


@pytest.mark.parametrize("metric", ["reorder-rate", "basket-value", "returning"])
def test_it_is_whatever_the_hypothesis_asks_of_the_metric(squad, metric):
    metric_called("returning")
    feature, at = feature_in(squad), START + 8 * DAY
    returns = {"metric": "returning", "direction": "up", "minimum_effect": 0.005}
    believing(feature, success_metrics=[returns])
    edit_metric(metric=metric_called(metric), by=None, now=START, query="SELECT 1")
    trial = trial_of(feature)
    for share in ("reorder-rate", "returning"):
        land(trial, at=at, metric=share, **{arm: {"n": n, "mean": mean} for arm, (n, mean) in GOOD.items()})
    land(trial, at=at, metric="basket-value", control=(20_000, 30.0, 9.0), new=(20_000, 30.1, 9.0))
    weigh_all(now=at)
    before = listed(feature, now=at)
    edit_metric(metric=metric_called(metric), by=None, now=at, query="SELECT 2")
    assert (before, listed(feature, now=at + timedelta(hours=1))) == ("validated", "invalid")


def test_the_next_stint_begins_with_nothing_and_the_last_word_stays_when_all_has_ended(feature, trial):
    land(trial, at=START + 8 * DAY, **GOOD)
    weigh_all(now=START + 8 * DAY)
    feature.stints.update(ended_at=START + 9 * DAY)
    assert listed(feature, now=START + 900 * DAY) == "validated"
    feature.stints.update(ended_at=None)
    next_stint(feature, now=START + 9 * DAY)
    assert listed(feature, now=START + 9 * DAY) == "missing"


def test_it_is_one_row_a_stint_however_often_it_is_restated(feature, trial):
    for day in range(1, 5):
        land(trial, at=START + day * DAY, **GOOD)
        weigh_all(now=START + day * DAY)
    assert Standing.objects.count() == 1
