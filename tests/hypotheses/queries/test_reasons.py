"""Why evidence says what it says is told from its body alone, with the numbers of the weighing itself."""

import pytest

from hypotheses.actions.finding import add_finding
from hypotheses.actions.weighing import weigh_stint
from hypotheses.models import Evidence
from hypotheses.queries.cases import case_at
from hypotheses.queries.evidence import evidence_of
from hypotheses.queries.reasons import reasoning_of
from hypotheses.queries.recomputing import _look, recompute
from hypotheses.queries.weighable import weighable
from hypotheses.statistics.figures import figures
from hypotheses.statistics.finding_reasoning import finding_reasoning
from hypotheses.statistics.reasoning import reasoning
from hypotheses.statistics.verdict import weigh
from tests.factories.beliefs import DAY, START, believing, feature_in, land, stint_of, trial_of

pytestmark = pytest.mark.django_db
NAMES = {"reorder-rate": ("Reorder rate", "share"), "basket-value": ("Basket value", "EUR")}


@pytest.fixture
def feature(squad):
    feature = feature_in(squad, time_box_days=30)
    believing(feature)
    return feature


def measured(feature, rate, *, basket=20.0, units=20_000):
    trial = trial_of(feature)
    land(trial, at=START + 8 * DAY, control=(units, 0.10), new=(units, rate))
    land(trial, at=START + 8 * DAY, metric="basket-value", control=(units, 20.0, 4.0), new=(units, basket, 4.0))
    weigh_stint(stint=stint_of(feature), now=START + 8 * DAY)
    return Evidence.objects.get(feature=feature)


@pytest.mark.parametrize(
    ("rate", "basket", "units", "reason"),
    [
        (0.13, 20.0, 20_000, "ok"),
        (0.13, 18.0, 20_000, "guardrail"),
        (0.08, 20.0, 20_000, "primary"),
        (0.10, 20.0, 200_000, "effect_excluded"),
        (0.101, 20.0, 2_000, "primary_pending"),
        (0.13, 20.0, 50, "too_few_units"),
    ],
)
def test_a_body_is_explained_as_the_weighing_itself(feature, rate, basket, units, reason):
    row = measured(feature, rate, basket=basket, units=units)
    assert row.reason == reason
    facts = weighable(stint=stint_of(feature))
    weighed = weigh(case_at(facts=facts, yardstick=facts.yardstick, look=_look(row, facts), treatment="new"))
    names = {"basket-value": ("Basket value", "EUR"), "reorder-rate": ("Reorder rate", "share")}
    want = reasoning(figures(weighed, metric="Reorder rate", unit="share", guardrail_units=("EUR",)))
    told = reasoning_of(body=row.body, names=names)
    assert [(step.reason, step.matched) for step in told.steps] == [(step.reason, step.matched) for step in want.steps]
    assert (told.arithmetic, told.changes, told.again) == (want.arithmetic, want.changes, want.again)


def test_what_was_laid_over_at_the_reading_is_what_is_explained(feature):
    measured(feature, 0.13)
    old = evidence_of(feature=feature, now=START + 20 * DAY).as_json()
    told = reasoning_of(body=old, names=NAMES)
    assert [step.matched for step in told.steps[:3]] == [False, True, None]
    assert "ago" in told.steps[1].says
    assert not told.arithmetic
    early = evidence_of(feature=feature, now=START + 9 * DAY, minimum_days=14).as_json()
    assert reasoning_of(body=early, names=NAMES).again == "Look again in about 6 days."


def test_a_body_of_before_such_numbers_were_kept_is_not_explained_and_still_proved(feature):
    row = measured(feature, 0.13)
    for part in (row.body["primary"], *row.body["guardrails"]):
        del part["variance"]
    assert reasoning_of(body=row.body, names=NAMES) is None
    assert recompute(evidence=row).same


def test_where_nothing_can_be_compared_there_is_nothing_to_explain(feature):
    assert reasoning_of(body=evidence_of(feature=feature, now=START).as_json(), names={}) is None


class TestFindings:
    def test_they_are_explained_by_the_beta_rule(self, feature):
        add_finding(
            feature=feature, by=None, now=START, kind="prototype_test", cohort={"population": "customers"},
            successes=8, trials=10,
        )  # fmt: skip
        told = reasoning_of(body=evidence_of(feature=feature, now=START + DAY).as_json(), names={})
        assert [step.matched for step in told.steps] == [True, None, None]
        assert told.steps[0].says == "P = 0.9673."
        assert told.arithmetic[2].value == "Beta(9, 3)"
        assert told.changes[1] == "Inconclusive if the next one fails."

    def test_findings_without_counts_have_nothing_to_reckon(self, feature):
        add_finding(feature=feature, by=None, now=START, kind="interviews", cohort={"population": "customers"})
        assert reasoning_of(body=evidence_of(feature=feature, now=START + DAY).as_json(), names={}) is None

    @pytest.mark.parametrize(
        ("successes", "trials", "changes"),
        [
            (5, 10, ("Validated if the next 7 people succeed.", "Refuted if the next 7 people fail.")),
            (1, 10, ("Validated if the next 17 people succeed.", "Inconclusive if the next 3 people succeed.")),
            (0, 400, ("Validated would take more than 50 people who succeed, one after another.",)),
        ],
    )
    def test_how_many_more_people_would_change_it(self, successes, trials, changes):
        from hypotheses.statistics.beta import probability_at_least

        chance = probability_at_least(successes=successes, units=trials, target=0.5)
        told = finding_reasoning(successes=successes, trials=trials, target=0.5, probability=chance)
        assert told.changes[: len(changes)] == changes
