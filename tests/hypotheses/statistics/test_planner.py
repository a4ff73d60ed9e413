"""Before a trial: days, detectable effects, ladders for large and small user bases; and what waiting costs."""

from math import sqrt

import pytest
from scipy import integrate, stats

from hypotheses.statistics.learning import candidates, loss_of_a_unit
from hypotheses.statistics.planner import Asked, Traffic, detectable, plan, step, suggested, units_needed
from hypotheses.statistics.planning import required_ratio

MEI = 0.005
BIG = Traffic(units_per_day=20_000, unit_variance=0.09)
SMALL = Traffic(units_per_day=60, unit_variance=0.09)


def looks(percent, minimum_days=7, course_days=14):
    """A step that looks for harm only."""
    return Asked(percent, minimum_days, False, course_days)


def proves(percent, minimum_days=7, course_days=28):
    """A step that has to be validated."""
    return Asked(percent, minimum_days, True, course_days)


def test_a_step_takes_the_days_that_its_information_takes():
    half = step(percent=50, traffic=BIG, mei=MEI)
    assert half.decision_days == pytest.approx(required_ratio(0.10) / MEI**2 * 0.09 / (20_000 * 0.25), rel=1e-12)
    assert half.decision_days * 20_000 == pytest.approx(units_needed(unit_variance=0.09, mei=MEI), rel=1e-12)
    assert half.harm_days == pytest.approx(half.decision_days / 16, rel=1e-12)


def test_the_detectable_effect_after_the_days_of_a_decision_is_the_minimum_effect():
    for percent in (5, 25, 50):
        days = step(percent=percent, traffic=BIG, mei=MEI).decision_days
        assert detectable(percent=percent, traffic=BIG, days=days) == pytest.approx(MEI, rel=1e-12)


@pytest.mark.parametrize("percent", [1, 99])
def test_the_smaller_arm_needs_a_hundred_units_before_anything_is_said(percent):
    found = step(percent=percent, traffic=Traffic(1_000, 1e-6), mei=MEI)
    assert found.harm_days == pytest.approx(10)
    assert found.decision_days == pytest.approx(10)


def test_a_large_product_climbs_every_step_and_a_small_one_begins_at_half():
    assert suggested(traffic=Traffic(400_000, 0.09), mei=MEI) == (1, 5, 10, 25, 50, 99)
    assert suggested(traffic=Traffic(40_000, 0.09), mei=MEI) == (1, 5, 10, 25, 50), "99 % would take 120 days"
    assert suggested(traffic=BIG, mei=MEI) == (5, 10, 25, 50)
    assert suggested(traffic=Traffic(3_000, 0.09), mei=MEI) == (10, 50)
    assert suggested(traffic=SMALL, mei=MEI) == (50,)


def test_a_suggestion_leaves_units_for_the_step_that_decides():
    needed = units_needed(unit_variance=0.09, mei=MEI)
    assert suggested(traffic=Traffic(20_000, 0.09, base=needed * 1.3), mei=MEI) == (10, 50)
    assert suggested(traffic=Traffic(20_000, 0.09, base=needed * 1.01), mei=MEI) == (50,)
    assert suggested(traffic=Traffic(20_000, 0.09, base=needed / 2), mei=MEI) == (50,)


def test_each_step_that_proves_needs_the_whole_information_again():
    found = plan(ladder=[looks(5), proves(25), proves(50)], traffic=BIG, mei=MEI)
    whole = required_ratio(0.10) / MEI**2 * 0.09 / 20_000
    assert [each.days for each in found.steps] == pytest.approx([7, whole / (0.25 * 0.75), whole / 0.25])
    assert found.days == pytest.approx(7 + whole / (0.25 * 0.75) + whole / 0.25)
    assert found.warning == ""


def test_a_step_is_served_for_its_minimum_days_however_soon_it_decides():
    found = plan(ladder=[looks(5, 3), proves(50, 7)], traffic=Traffic(10_000_000, 0.09), mei=MEI)
    assert (found.days, [each.days for each in found.steps]) == (10, [3, 7])


def test_a_step_that_cannot_decide_within_its_course_is_named_with_both():
    found = plan(ladder=[proves(50), proves(99, course_days=14)], traffic=BIG, mei=MEI)
    assert found.days == pytest.approx(9.5 + 240.4, abs=0.1)
    assert "longer than a step's full course: 241 of 14 days at 99 %." in found.warning
    assert "at 50 %" not in found.warning


def test_a_plan_that_can_never_decide_says_so_and_what_it_could_tell():
    few = Traffic(units_per_day=500, unit_variance=0.09, base=20_000)
    found = plan(ladder=[proves(50)], traffic=few, mei=MEI)
    assert found.days is None
    assert "can never decide: it needs 190," in found.warning
    assert "there are 20,000" in found.warning
    told = sqrt(4 * required_ratio(0.10) * 0.09 / 20_000)
    assert f"an effect of {told:.3g} or more" in found.warning
    assert plan(ladder=[proves(50)], traffic=few, mei=told * 1.001).days is not None


def test_what_could_be_told_is_that_of_the_same_error_rate():
    few = Traffic(units_per_day=500, unit_variance=0.09, base=20_000)
    told = sqrt(4 * required_ratio(0.01) * 0.09 / 20_000)
    assert f"an effect of {told:.3g} or more" in plan(ladder=[proves(50)], traffic=few, mei=MEI, alpha=0.01).warning


def test_a_step_that_alone_has_too_few_units_is_named():
    found = plan(ladder=[proves(50), proves(99)], traffic=Traffic(20_000, 0.09, base=285_576), mei=MEI)
    assert found.days is None
    assert "can never decide at 99 %: that takes more than the 285,576 units" in found.warning


def test_steps_that_use_the_units_up_are_told_from_too_few_units():
    found = plan(ladder=[looks(5), proves(50)], traffic=Traffic(20_000, 0.09, base=285_576), mei=MEI)
    assert found.days is None
    assert "there are 285,576 units, enough for each step by itself" in found.warning
    assert "use up 330,3" in found.warning
    assert "Begin higher" in found.warning
    assert plan(ladder=[proves(50)], traffic=Traffic(20_000, 0.09, base=285_576), mei=MEI).days is not None


def test_a_step_that_is_too_thin_to_see_harm_is_named():
    assert (
        "At 1 % even gross harm" in plan(ladder=[looks(1), proves(50)], traffic=Traffic(2_000, 0.09), mei=MEI).warning
    )


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


class TestWithDeclaredUnits:
    NEEDED = 1.06 * 4 * 0.09 / MEI**2 * (stats.norm.ppf(0.95) + stats.norm.ppf(0.8)) ** 2

    def ladder(self, planned, *steps):
        return plan(ladder=steps, traffic=Traffic(20_000, 0.09, planned=planned), mei=MEI)

    def test_they_need_about_what_a_classical_test_does(self):
        found = self.ladder(100_000, proves(50))
        assert found.units_needed == pytest.approx(self.NEEDED, rel=1e-9)
        assert found.steps[0].decision_days == pytest.approx(self.NEEDED / 20_000)
        assert (found.days, found.warning) == (7, "")

    def test_harm_is_looked_for_as_without_a_plan(self):
        assert self.ladder(100_000, proves(50)).steps[0].harm_days == step(percent=50, traffic=BIG, mei=MEI).harm_days

    def test_too_few_decide_nothing_and_say_what_they_could_tell(self):
        found = self.ladder(self.NEEDED / 4, proves(50))
        assert (found.days, found.steps[0].decision_days) == (None, None)
        assert "practically cannot decide" in found.warning
        assert "can tell an effect of 0.01 or more" in found.warning

    def test_a_step_that_its_plan_ends_before_is_named(self):
        found = self.ladder(self.NEEDED * 1.1, looks(10), proves(25), proves(50))
        assert [each.days is None for each in found.steps] == [False, True, False]
        assert "cannot decide at 25 %" in found.warning
