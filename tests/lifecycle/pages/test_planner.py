"""The planner: from the squad's own traffic, from assumptions, and what is missing before it can say anything."""

from datetime import timedelta

import pytest
from django.utils import timezone

from features.enums import Phase
from hypotheses.actions.trial import end_trial
from hypotheses.models import Hypothesis, Metric
from lifecycle.actions.rolling_out import set_ladder
from lifecycle.models import StricterRule
from tests.factories.beliefs import believing, feature_in, land, metric_called, trial_of

pytestmark = pytest.mark.django_db
API = "/api/v1/features/"


@pytest.fixture
def feature(squad):
    made = feature_in(squad)
    believing(made, guardrails=[])
    return made


def measured(feature):
    """Two thousand units a day, a tenth of which order again."""
    now = timezone.now()
    trial = trial_of(feature, "earlier", now=now, started_at=now - timedelta(days=10))
    land(trial, at=now, now=now, control=(10_000, 0.10), new=(10_000, 0.10))


def test_the_squads_own_traffic_says_how_long_it_takes(at, alice, feature):
    measured(feature)
    page = at(alice).get(f"/features/{feature.key}/plan/").content.decode()
    assert "as earlier has shown" in page
    assert "2,000" in page
    assert "190,3" in page, "units needed: 4 · 13.2 · 0.09 / 0.005²"
    assert "not worth climbing" in page
    assert "At 1 % and 5 % and 10 % even gross harm takes more than 14 days" in page
    assert "we suggest <strong>50%</strong>" in page
    assert "3 days, without harm" in page
    assert "96 days, to be validated" in page
    assert "96 of 28 days at 50 %" in page


def test_what_is_assumed_goes_before_what_was_seen(at, alice, feature):
    measured(feature)
    page = at(alice).get(f"/features/{feature.key}/plan/?units_per_day=200000&minimum_effect=0.01").content.decode()
    assert "200,000" in page
    assert "assumed" in page
    assert "we suggest <strong>1%, 5%, 10%, 25%, 50%, 99%</strong>" in page, "99 % decides in six days"
    assert "Back to what was seen" in page


def test_a_plan_that_can_never_decide_says_so_first(at, alice, feature):
    measured(feature)
    page = at(alice).get(f"/features/{feature.key}/plan/?base=5000").content.decode()
    assert "This plan can never decide" in page
    assert "this plan never decides" in page


@pytest.mark.parametrize(
    "query", ["units_per_day=-5", "base=0", "minimum_effect=much", "units_per_day=nan", "baseline=1.2", "baseline=1"]
)
def test_a_wrong_assumption_is_said_at_its_field(at, alice, feature, query):
    answer = at(alice).get(f"/features/{feature.key}/plan/?{query}")
    assert answer.status_code == 400
    assert "field-error" in answer.content.decode()


def test_without_a_trial_it_asks_for_what_it_needs(at, alice, feature):
    page = at(alice).get(f"/features/{feature.key}/plan/").content.decode()
    assert "No trial of this metric has shown how many units come by each day and how much they vary" in page
    Metric.objects.filter(key="reorder-rate").update(baseline=0.1)
    page = at(alice).get(f"/features/{feature.key}/plan/?units_per_day=1000").content.decode()
    assert "Decided in" in page, "the baseline of a rate tells its variance"


def test_without_a_hypothesis_that_comes_first(at, alice, squad):
    page = at(alice).get(f"/features/{feature_in(squad).key}/plan/").content.decode()
    assert "Write the hypothesis first" in page


def test_it_plans_the_squads_own_ladder(at, alice, squad):
    feature = feature_in(squad, Phase.THINK_IT, step=None)
    believing(feature, guardrails=[])
    set_ladder(feature=feature, steps=[{"percent": 20}, {"percent": 99}], by=alice, now=timezone.now())
    page = at(alice).get(f"/features/{feature.key}/plan/?units_per_day=5000&baseline=0.1").content.decode()
    assert "20%" in page
    assert ">1%" not in page


def test_programs_ask_for_the_same(api, alice, feature):
    measured(feature)
    told = api(alice).get(f"{API}{feature.key}/plan/").json()
    assert told["from_trial"] == "earlier"
    assert told["units_per_day"] == pytest.approx(2000)
    assert [step["percent"] for step in told["steps"]] == [1, 5, 10, 25, 50, 99]
    assert told["suggested_percents"] == [50]
    assert [step["proves"] for step in told["steps"]] == [False, False, False, True, True, True]
    assert told["days"] == pytest.approx(sum(step["days"] for step in told["steps"]))
    refused = api(alice).get(f"{API}{feature.key}/plan/?base=none")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "base")
    assert api(alice).get(f"{API}{feature.key}/plan/?bass=5").status_code == 400


def test_a_stage_that_has_just_begun_tells_little_of_a_day(api, alice, feature):
    measured(feature)
    now = timezone.now()
    trial = trial_of(feature, "fresh", now=now, started_at=now - timedelta(minutes=30))
    land(trial, at=now, now=now, control=(900, 0.10), new=(900, 0.10))
    assert api(alice).get(f"{API}{feature.key}/plan/").json()["from_trial"] == "earlier"


def test_a_squad_without_a_trial_learns_from_others(api, alice, feature, other_squad):
    neighbour = feature_in(other_squad)
    believing(neighbour, guardrails=[])
    measured(neighbour)
    metric_called("reorder-rate")
    assert api(alice).get(f"{API}{feature.key}/plan/").json()["from_trial"] == "earlier"


def test_after_its_end_nobody_new_came(api, alice, feature):
    now = timezone.now()
    trial = trial_of(feature, "earlier", now=now, started_at=now - timedelta(days=40))
    end_trial(trial=trial, by=alice, now=now, ended_at=now - timedelta(days=30))
    land(trial, at=now, now=now, control=(10_000, 0.10), new=(10_000, 0.10))
    assert api(alice).get(f"{API}{feature.key}/plan/").json()["units_per_day"] == pytest.approx(2000)


@pytest.mark.parametrize("behind", [timedelta(minutes=7), timedelta(hours=11)])
def test_arms_that_are_written_one_after_another_go_together(api, alice, feature, behind):
    now = timezone.now()
    trial = trial_of(feature, "earlier", now=now, started_at=now - timedelta(days=10))
    land(trial, at=now - behind, now=now, control=(10_000, 0.10))
    land(trial, at=now, now=now, new=(10_000, 0.10))
    told = api(alice).get(f"{API}{feature.key}/plan/").json()
    assert (told["from_trial"], told["units_per_day"]) == ("earlier", pytest.approx(2000))


def test_todays_treatment_waits_for_todays_control(api, alice, feature):
    now = timezone.now()
    trial = trial_of(feature, "earlier", now=now, started_at=now - timedelta(days=11))
    land(trial, at=now - timedelta(days=1), now=now, control=(10_000, 0.10), new=(10_000, 0.10))
    land(trial, at=now, now=now, new=(11_000, 0.10))
    assert api(alice).get(f"{API}{feature.key}/plan/").json()["units_per_day"] == pytest.approx(2000)


def planned(api, alice, feature, query=""):
    """The plan as programs are told it."""
    return api(alice).get(f"{API}{feature.key}/plan/{query}")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?minimum_effect=1e-170", "minimum_effect"),
        ("?unit_variance=1e17&minimum_effect=1e-150", "minimum_effect"),
        ("?units_per_day=1e-300&unit_variance=1e17", "units_per_day"),
        ("?base=1e999", "base"),
        ("?baseline=1.2", "baseline"),
        ("?baseline=-0.2", "baseline"),
    ],
)
def test_what_nobody_can_assume_is_refused_at_its_field(api, alice, feature, query, field):
    measured(feature)
    refused = planned(api, alice, feature, query)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, field)


def test_a_baseline_above_one_is_no_rate_but_may_be_a_mean(api, alice, squad):
    feature = feature_in(squad)
    metric_called("basket-value", kind="mean", unit="EUR")
    believing(feature, metric="basket-value", guardrails=[], minimum_effect=0.1, effect_scale="relative")
    told = planned(api, alice, feature, "?baseline=20&unit_variance=100&units_per_day=1000").json()
    assert (told["minimum_effect"], told["problem"]) == (2, "")


@pytest.mark.parametrize("query", ["minimum_effect=1e-12&unit_variance=1e18", "units_per_day=1e-9"])
def test_numbers_that_lead_beyond_all_measure_are_a_problem(at, api, alice, feature, query):
    measured(feature)
    page = at(alice).get(f"/features/{feature.key}/plan/?{query}")
    assert page.status_code == 200
    assert "nobody could ever tell: say a larger minimum effect" in page.content.decode()
    assert planned(api, alice, feature, f"?{query}").json()["steps"] == []


@pytest.mark.parametrize("effect", [1e-200, 1e-20])
def test_a_stored_effect_that_nothing_can_be_planned_with_is_a_problem(at, api, alice, squad, effect):
    feature = feature_in(squad)
    believing(feature, guardrails=[])
    Hypothesis.objects.update(minimum_effect=effect)  # as if it came from elsewhere
    measured(feature)
    assert at(alice).get(f"/features/{feature.key}/plan/").status_code == 200
    assert (
        f"The minimum effect that is known, {effect:g}, is not from" in planned(api, alice, feature).json()["problem"]
    )


def test_a_stored_effect_beyond_any_number_is_not_written_down(api, alice, squad):
    feature = feature_in(squad)
    metric_called("basket-value", kind="mean", unit="EUR", baseline=1e200)
    believing(feature, metric="basket-value", guardrails=[], minimum_effect=1, effect_scale="relative")
    Hypothesis.objects.update(minimum_effect=1e200)
    told = planned(api, alice, feature, "?units_per_day=10&unit_variance=1").json()
    assert told["minimum_effect"] is None
    assert "known, inf, is not from" in told["problem"]


def test_what_is_missing_is_asked_where_it_can_be_said(api, alice, squad):
    feature = feature_in(squad)
    believing(feature, guardrails=[], minimum_effect=None)
    assert planned(api, alice, feature).json()["problem"] == (
        "No trial of this metric has shown how many units come by each day and how much they vary yet: "
        "say the new units a day below, and give the baseline below. "
        "The minimum effect is not stated: state it in the hypothesis, or below."
    )


def test_a_relative_effect_asks_for_the_baseline(api, alice, squad):
    feature = feature_in(squad)
    believing(feature, guardrails=[], minimum_effect=0.05, effect_scale="relative")
    problem = planned(api, alice, feature, "?units_per_day=100&unit_variance=0.1").json()["problem"]
    assert problem == "The minimum effect is a share of a baseline that is not known: give the baseline below."


def test_a_stricter_squad_has_to_prove_at_each_step(api, alice, feature):
    measured(feature)
    StricterRule.objects.create(squad=feature.squad, rule="validated")
    assert all(step["proves"] for step in planned(api, alice, feature).json()["steps"])


def test_the_last_step_proves_however_low_it_is(api, alice, squad):
    feature = feature_in(squad, Phase.THINK_IT, step=None)
    believing(feature, guardrails=[])
    measured(feature)
    set_ladder(feature=feature, steps=[{"percent": 5}, {"percent": 20}], by=alice, now=timezone.now())
    assert [step["proves"] for step in planned(api, alice, feature).json()["steps"]] == [False, True]


def test_everybody_compares_with_nobody(api, alice, squad):
    feature = feature_in(squad, Phase.THINK_IT, step=None)
    believing(feature, guardrails=[])
    measured(feature)
    steps = [{"percent": 50}, {"percent": 100}]
    set_ladder(feature=feature, steps=steps, holdback_percent=0, by=alice, now=timezone.now())
    told = planned(api, alice, feature).json()
    assert told["days"] is None
    assert "At 100 % nobody is left to compare with" in told["warning"]


@pytest.mark.parametrize(
    ("declared", "warned"),
    [
        (1_000, "This plan practically cannot decide: it declares 1,000 units, and 94,371 are needed at 50 %."),
        (
            100_000,
            "This plan practically cannot decide at 25 % and 99 %: that takes more than the 100,000 units declared",
        ),
        (None, ""),
    ],
)
def test_a_declared_plan_is_reckoned_with(api, alice, squad, declared, warned):
    feature = feature_in(squad)
    believing(feature, guardrails=[], planned_units=declared)
    told = planned(api, alice, feature, "?units_per_day=5000&baseline=0.1").json()
    assert warned in told["warning"]
    assert told["planned_units"] == declared
    assert (told["units_needed"] < 100_000) is (declared is not None), (
        "what a plan needs is half of what endless looks do"
    )
    assert ("cannot decide" in told["warning"]) is bool(warned)
