"""Stored evidence can be made again from the results that it read, also when they were restated since."""

import pytest

from hypotheses.actions.trial import end_trial
from hypotheses.actions.weighing import weigh_all
from hypotheses.models import Evidence, Result
from hypotheses.queries.recomputing import recompute
from tests.factories.beliefs import DAY, START, believing, feature_in, land, metric_called, trial_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def trial(squad):
    feature = feature_in(squad, time_box_days=30)
    believing(feature)
    trial = trial_of(feature)
    for day in (1, 2, 3):
        units = day * 4000
        land(trial, at=START + day * DAY, control=(units, 0.10), new=(units, 0.103))
        land(trial, at=START + day * DAY, metric="basket-value", control=(units, 30.0, 9.0), new=(units, 30.1, 9.0))
    weigh_all(now=START + 3 * DAY)
    return trial


def test_every_row_is_reproduced_years_later(trial):
    land(trial, at=START + 2 * DAY, now=START + 4 * DAY, new=(8_000, 0.05))
    weigh_all(now=START + 4 * DAY)
    end_trial(trial=trial, by=None, now=START + 5 * DAY)
    metric = metric_called("reorder-rate")
    metric.name = "Something else"
    metric.save()
    assert Evidence.objects.count() == 4, "three moments, one of them revised"
    assert [recompute(evidence=row).differs for row in Evidence.objects.all()] == [()] * 4


def test_a_number_that_was_tampered_with_is_found(trial):
    row = Evidence.objects.get(as_of=START + 2 * DAY)
    row.body["primary"]["estimate"] += 1e-6
    assert recompute(evidence=row).differs == ("primary",)
    Result.objects.filter(as_of=START + 3 * DAY, metric__key="reorder-rate", arm__name="new").update(mean=0.2)
    assert not recompute(evidence=Evidence.objects.get(as_of=START + 3 * DAY)).same
    assert recompute(evidence=Evidence.objects.get(as_of=START + DAY)).same


def test_what_made_results_untrustworthy_is_reproduced_too(trial):
    metric = metric_called("reorder-rate")
    metric.definition_hash = "first"
    metric.save()
    land(trial, at=START + 4 * DAY, control=(100, 0.10), new=(16_000, 0.103))
    metric.definition_hash = "second"
    metric.save()
    land(trial, at=START + 5 * DAY, control=(20_000, 0.10), new=(20_000, 0.103))
    weigh_all(now=START + 5 * DAY)
    rows = Evidence.objects.filter(as_of__gt=START + 3 * DAY)
    assert [(row.reason, recompute(evidence=row).differs) for row in rows] == [("stale", ()), ("stale", ())]
