"""Before a trial: days, detectable effects, ladders for large and small user bases; and what waiting costs."""

from math import sqrt

import pytest
from scipy import integrate, stats

from hypotheses.statistics.learning import candidates, loss_of_a_unit
from hypotheses.statistics.planner import Traffic, detectable, plan, step, suggested, units_needed
from hypotheses.statistics.planning import required_ratio

MEI = 0.005
BIG = Traffic(units_per_day=20_000, unit_variance=0.09)
SMALL = Traffic(units_per_day=60, unit_variance=0.09)


def test_a_step_takes_the_days_that_its_information_takes():
    half = step(percent=50, traffic=BIG, mei=MEI)
    assert half.decision_days == pytest.approx(required_ratio(0.10) / MEI**2 * 0.09 / (20_000 * 0.25), rel=1e-12)
    assert half.decision_days * 20_000 == pytest.approx(units_needed(unit_variance=0.09, mei=MEI), rel=1e-12)
    assert half.harm_days == pytest.approx(half.decision_days / 16, rel=1e-12)


def test_the_detectable_effect_after_the_days_of_a_decision_is_the_minimum_effect():
    for percent in (5, 25, 50):
        days = step(percent=percent, traffic=BIG, mei=MEI).decision_days
        assert detectable(percent=percent, traffic=BIG, days=days) == pytest.approx(MEI, rel=1e-12)


def test_an_arm_needs_a_hundred_units_before_anything_is_said():
    found = step(percent=1, traffic=Traffic(1_000, 1e-6), mei=MEI)
    assert found.harm_days == 10


def test_a_large_product_climbs_every_step_and_a_small_one_begins_at_half():
    assert suggested(traffic=Traffic(40_000, 0.09), mei=MEI) == (1, 5, 10, 25, 50, 99)
    assert suggested(traffic=BIG, mei=MEI) == (5, 10, 25, 50, 99)
    assert suggested(traffic=SMALL, mei=MEI) == (50, 99)
    assert suggested(traffic=Traffic(3_000, 0.09), mei=MEI) == (10, 50, 99)


def test_a_plan_adds_up_what_its_steps_find_out():
    found = plan(ladder=[(5, 7), (50, 7)], traffic=BIG, mei=MEI)
    first = 7 * 20_000 * 0.05 * 0.95 / 0.09
    rest = (required_ratio(0.10) / MEI**2 - first) * 0.09 / (20_000 * 0.25)
    assert found.days == pytest.approx(7 + max(7, rest), rel=1e-8)
    assert found.warning == ""


def test_a_plan_that_can_never_decide_says_so_and_what_it_could_tell():
    few = Traffic(units_per_day=500, unit_variance=0.09, base=20_000)
    found = plan(ladder=[(50, 7)], traffic=few, mei=MEI)
    assert found.days is None
    assert "can never decide: it needs 190," in found.warning
    assert "there are 20,000" in found.warning
    told = sqrt(4 * required_ratio(0.10) * 0.09 / 20_000)
    assert f"an effect of {told:.3g} or more" in found.warning
    assert plan(ladder=[(50, 7)], traffic=few, mei=told * 1.001).days is not None


def test_a_step_that_is_too_thin_to_see_harm_is_named():
    assert "At 1 % even gross harm" in plan(ladder=[(1, 7), (50, 7)], traffic=Traffic(2_000, 0.09), mei=MEI).warning


@pytest.mark.parametrize(
    "given", [{"units_per_day": 0}, {"unit_variance": -1}, {"base": 0}, {"units_per_day": float("nan")}]
)
def test_traffic_that_cannot_be_is_refused(given):
    with pytest.raises(ValueError, match="must be a finite number above 0"):
        Traffic(**{"units_per_day": 10, "unit_variance": 1, **given})


@pytest.mark.parametrize("percent", [0, 100, -5])
def test_a_step_that_compares_nothing_is_refused(percent):
    with pytest.raises(ValueError, match="treated share"):
        step(percent=percent, traffic=BIG, mei=MEI)


@pytest.mark.parametrize(("estimate", "variance"), [(0.0, 1.0), (0.5, 0.04), (-0.3, 0.09), (4.0, 0.01)])
def test_the_expected_loss_of_a_unit_is_the_integral_of_what_it_loses(estimate, variance):
    density = stats.norm(estimate, sqrt(variance)).pdf
    truth, _ = integrate.quad(lambda x: -x * density(x), estimate - 12 * sqrt(variance), 0)
    assert loss_of_a_unit(estimate=estimate, variance=variance) == pytest.approx(max(truth, 0), rel=1e-6, abs=1e-12)


SO_FAR = {"estimate": -0.002, "variance": 4e-6, "low": -0.008, "units_per_day": 5_000}


def test_more_exposure_decides_sooner_and_costs_more_people():
    found = candidates(percents=(1, 10, 50), days_left=9.0, treated_share=0.1, **SO_FAR)
    assert [each.days for each in found] == sorted((each.days for each in found), reverse=True)
    ten = found[1]
    assert ten.days == pytest.approx(9.0), "at the split of the trial, what the evidence tells"
    assert ten.exposed == pytest.approx(500 * ten.days)
    assert ten.worst_loss == pytest.approx(0.008 * ten.exposed)
    assert 0 < ten.expected_loss < ten.worst_loss
    assert found[2].days == pytest.approx(9.0 * 0.09 / 0.25)


def test_a_plan_decides_when_its_units_are_in_at_whatever_percentage():
    found = candidates(percents=(1, 50), days_left=4, treated_share=None, **SO_FAR)
    assert [(each.days, each.exposed) for each in found] == [(4, 200), (4, 10_000)]


def test_what_is_decided_costs_no_more_waiting():
    [found] = candidates(percents=(50,), days_left=0, treated_share=0.5, **SO_FAR)
    assert (found.days, found.exposed, found.expected_loss, found.worst_loss) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    "wrong", [{"treated_share": 1.0}, {"days_left": -1.0}, {"units_per_day": 0.0}, {"percents": (100,)}]
)
def test_a_cost_of_numbers_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match="must"):
        candidates(**{"percents": (50,), "days_left": 3.0, "treated_share": 0.5, **SO_FAR, **wrong})
