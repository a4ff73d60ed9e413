"""The planned mode: each look spends its part of α, the last spends the rest, and nothing decides after it."""

import inspect
import sys
from math import isclose, isfinite, isinf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hypotheses.enums import Direction, Readiness, Reason, Verdict
from hypotheses.statistics.arms import ArmStats
from hypotheses.statistics.boundaries import Spending, spending_boundaries
from hypotheses.statistics.case import Guardrail, TrialCase
from hypotheses.statistics.effect import Effect, Stage
from hypotheses.statistics.explanation import explain
from hypotheses.statistics.figures import figures
from hypotheses.statistics.planned import (
    Past,
    PastLook,
    Plan,
    Standing,
    _going_on,
    boundary,
    fraction_of,
    past_after,
    planned_look,
)  # fmt: skip
from hypotheses.statistics.planning import Accrual, days_to_decision
from hypotheses.statistics.reasoning import reasoning
from hypotheses.statistics.verdict import weigh

UNITS, MEI, ALPHA = 40_000, 0.005, 0.10


def stage(n, control, treatment, *, n_treatment=None):
    """n units in control at one rate, as many (unless told) in treatment at another."""
    arms = (
        ArmStats(n, control, control * (1 - control)),
        ArmStats(n_treatment or n, treatment, treatment * (1 - treatment)),
    )
    return Stage(*arms)


def looked(*pairs, units=UNITS, lift=0.0, share=0.5, **more):
    """Weigh look after look, each with (n in each arm) or a tuple of stages; each knows what the earlier ones spent."""
    past, seen = None, []
    for at in pairs:
        stages = at if isinstance(at, tuple) else (stage(at, 0.10, 0.10 + lift),)
        seen.append(weigh(TrialCase(stages, MEI, plan=Plan(units, share, past), **more)))
        if seen[-1].planned:
            past = past_after(past, seen[-1].planned)
    return seen


def worth(n_c, n_t, estimate=0.0, variance=1.0):
    return Effect(estimate, variance, 0.1, n_c, n_t, n_c * n_t / (n_c + n_t))


# --- the boundary -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fractions", [(0.2, 0.4, 0.6, 0.8, 1.0), (0.5, 1.0), (0.1, 0.35, 0.9), (1.0,)])
def test_on_one_scale_it_is_the_boundary_of_the_tables(fractions):
    looks = tuple(PastLook(700 * fraction, fraction, ALPHA) for fraction in fractions)
    want = spending_boundaries(fractions, alpha=ALPHA, two_sided=True, spending=Spending.OBRIEN_FLEMING)
    got = [boundary(looks[: at + 1]) for at in range(len(looks))]
    assert all(isclose(one, other, abs_tol=1e-6) for one, other in zip(got, want, strict=True))


@pytest.mark.parametrize("alpha", [0.10, 0.02])
def test_looks_that_hang_together_otherwise_than_they_spend_cross_just_as_rarely(alpha):
    """A ladder: the plan's fraction runs ahead of the information of the looks before. Checked by drawing."""
    information, fractions = (10, 300, 900, 1000, 4000), (0.1, 0.3, 0.5, 0.55, 1.0)
    looks = tuple(PastLook(i, t, alpha) for i, t in zip(information, fractions, strict=True))
    heights = np.array([boundary(looks[: at + 1]) for at in range(len(looks))])
    steps = np.sqrt(np.diff([0, *information]))
    score = (np.random.default_rng(5).normal(size=(400_000, 5)) * steps).cumsum(axis=1)
    crossed = (score / np.sqrt(information) >= heights).any(axis=1).mean()
    assert isclose(crossed, alpha / 2, rel_tol=0.05)


def test_the_end_spends_what_is_left_over_more_information_than_was_planned():
    early, end = PastLook(500, 0.5, ALPHA), PastLook(1000, 1.0, ALPHA)
    over = PastLook(1400, 1.0, ALPHA)
    assert 1.645 < boundary((early, end)) < boundary((early, over)) < 1.7, "it hangs less on the look before"
    assert boundary((over,)) == pytest.approx(1.6449, abs=1e-4), "with one look it is the classical test"


def test_an_alpha_that_was_lowered_never_spends_again_what_is_spent():
    half = PastLook(500, 0.9, 0.10)
    assert isinf(boundary((half, PastLook(600, 0.95, 0.05))))
    assert boundary((half, PastLook(900, 1.0, 0.09))) > boundary((half, PastLook(900, 1.0, 0.10)))


# --- the part of the plan that is in ----------------------------------------------------------------------------------


def test_under_one_split_the_fraction_is_that_of_the_units():
    assert fraction_of(worth(5_000, 5_000), Plan(UNITS, 0.5)) == pytest.approx(0.25)
    assert fraction_of(worth(5_000, 5_000, variance=1e9), Plan(UNITS, 0.5)) == pytest.approx(0.25), "whatever was seen"
    assert fraction_of(worth(19_999, 20_000), Plan(UNITS, 0.5)) < 1
    assert fraction_of(worth(20_000, 20_000), Plan(UNITS, 0.5)) == 1
    assert fraction_of(worth(90_000, 90_000), Plan(UNITS, 0.5)) == 1


def test_a_small_arm_brings_little_of_a_plan_that_goes_on_half_and_half():
    assert fraction_of(worth(9_900, 100), Plan(UNITS, 0.01)) == pytest.approx(0.25)
    assert fraction_of(worth(9_900, 100), Plan(UNITS, 0.5)) == pytest.approx(99 / (99 + 7_500))


def test_the_fraction_never_falls_when_the_allocation_does_or_a_count():
    past = Past((PastLook(2_500, 0.6, ALPHA),), Standing(0.0, 1.0, 3.0))
    assert fraction_of(worth(5_000, 5_000), Plan(UNITS, 0.5, past)) == 0.6


# --- which looks count ------------------------------------------------------------------------------------------------


def test_a_look_that_brings_next_to_nothing_decides_nothing_and_leaves_the_one_before_standing():
    first, second, third = looked(5_000, 5_100, 5_300)
    assert (first.planned.look is not None, second.planned.look, third.planned.look is not None) == (True, None, True)
    assert second.interval == first.interval != third.interval
    assert second.planned.fraction == pytest.approx(0.255)


def test_looks_of_exactly_the_least_size_all_count():
    assert all(one.planned.look for one in looked(*(200 * day for day in range(1, 101))))


def test_a_long_past_is_reckoned_anew_without_a_deep_stack():
    past = Past(tuple(PastLook(10 * day, day / 100, ALPHA) for day in range(1, 100)), Standing(0.0, 1.0, 2.0))
    warm = planned_look(worth(20_000, 20_000), Plan(UNITS, 0.5, past), ALPHA)
    boundary.cache_clear()
    _going_on.cache_clear()
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 150)
    try:
        cold = planned_look(worth(20_000, 20_000), Plan(UNITS, 0.5, past), ALPHA)
    finally:
        sys.setrecursionlimit(before)
    assert cold == warm


def test_a_look_just_before_the_end_leaves_the_end_its_alpha():
    before, almost, end = looked(10_000, 19_900, 20_000)
    assert (bool(before.planned.look), almost.planned.look, bool(end.planned.look)) == (True, None, True)
    assert end.planned.is_over


def test_after_the_end_nothing_decides_but_harm():
    end, after = looked(20_000, (stage(60_000, 0.10, 0.108),), lift=0.002)
    assert (end.reason, end.state) == (Reason.PRIMARY_PENDING, Readiness.UNDER_POWERED)
    assert (after.reason, after.interval) == (Reason.PRIMARY_PENDING, end.interval), "α is spent"
    assert after.estimate != end.estimate
    *_, harmed = looked(20_000, (stage(60_000, 0.10, 0.085),), lift=0.002)
    assert (harmed.verdict, harmed.reason) == (Verdict.HARMFUL, Reason.PRIMARY)


def test_what_the_end_validated_stays_so():
    end, after = looked(20_000, (stage(60_000, 0.10, 0.1005),), lift=0.008)
    assert (end.verdict, after.verdict) == (Verdict.VALIDATED, Verdict.VALIDATED)
    assert "α is spent" in explain(after)


def test_a_look_that_may_not_be_read_spends_nothing():
    past = None
    stale = weigh(TrialCase((stage(10_000, 0.1, 0.1),), MEI, stale="too old", plan=Plan(UNITS, 0.5)))
    assert (stale.verdict, stale.planned.look) == (Verdict.INVALID, None)
    assert past_after(past, stale.planned) is None
    few = weigh(TrialCase((stage(60, 0.1, 0.1),), MEI, plan=Plan(UNITS, 0.5)))
    assert (few.reason, few.planned.look) == (Reason.TOO_FEW_UNITS, None)


# --- the verdict ------------------------------------------------------------------------------------------------------


def test_at_the_same_units_a_plan_decides_what_is_open_without_one():
    always = weigh(TrialCase((stage(20_000, 0.10, 0.1065),), MEI))
    *_, planned = looked(5_000, 10_000, 15_000, 20_000, lift=0.0065)
    assert (always.verdict, planned.verdict) == (Verdict.INCONCLUSIVE, Verdict.VALIDATED)
    early = looked(2_000, lift=0.02)[0]
    assert weigh(TrialCase((stage(2_000, 0.10, 0.12),), MEI)).half_width < early.half_width, "and it is strict early"


def test_the_other_way_round_it_is_the_same_mirrored():
    up, down = looked(10_000, 20_000, lift=0.008)[-1], looked(10_000, 20_000, lift=-0.008, direction=Direction.DOWN)[-1]
    assert (up.verdict, down.verdict) == (Verdict.VALIDATED, Verdict.VALIDATED)
    assert up.planned.stands.boundary == down.planned.stands.boundary


def test_an_effect_that_is_excluded_is_refuted_at_the_end():
    assert looked(20_000, 40_000, 60_000, units=120_000)[-1].verdict is Verdict.REFUTED


def test_harm_and_guardrails_stay_as_they_are_without_a_plan():
    rail = Guardrail("errors", (stage(5_000, 0.02, 0.03),), 0.002, Direction.DOWN)
    planned = looked(5_000, guardrails=(rail,))[0]
    always = weigh(TrialCase((stage(5_000, 0.10, 0.10),), MEI, guardrails=(rail,)))
    assert planned.guardrails == always.guardrails
    assert planned.harm_bound == always.harm_bound
    assert planned.reason is Reason.GUARDRAIL


def test_no_p_is_told_that_the_boundary_does_not_know():
    planned = looked(20_000, lift=0.008)[0]
    assert (planned.p, planned.s_value) == (None, None)


def test_without_variance_there_is_no_look():
    flat = TrialCase((Stage(ArmStats(500, 1.0, 0.0), ArmStats(500, 1.0, 0.0)),), MEI, plan=Plan(UNITS, 0.5))
    assert (weigh(flat).reason, weigh(flat).planned) == (Reason.ZERO_VARIANCE, None)


def test_the_days_left_are_those_to_the_end_of_the_plan():
    accrual = Accrual(units_per_day=2_000, treated_share=0.5, plan_days=28)
    seen = looked(10_000, accrual=accrual)[0]
    assert (seen.days_left, seen.state) == (10, Readiness.TREND)
    alone = days_to_decision(mei=MEI, unit_variance=0.09, accrual=accrual, alpha=ALPHA, variance=seen.variance)
    assert alone > 10
    late = looked(10_000, accrual=Accrual(2_000, 0.5, plan_days=9))[0]
    assert late.state is Readiness.UNDER_POWERED
    over = looked(20_000, accrual=accrual, lift=0.002)[0]
    assert (over.days_left, over.state) == (None, Readiness.UNDER_POWERED)


@pytest.mark.parametrize(("units", "share"), [(0, 0.5), (-1, 0.5), (float("nan"), 0.5), (100, 0.0), (100, 1.0)])
def test_a_plan_that_cannot_be_is_refused(units, share):
    with pytest.raises(ValueError, match=r"planned units|share"):
        Plan(units, share)


# --- in words ---------------------------------------------------------------------------------------------------------


def told(weighed):
    return reasoning(figures(weighed, metric="reorder rate", unit="share"))


def test_it_says_how_far_the_plan_is_and_how_high_the_boundary():
    first, second = looked(10_000, 10_100, lift=0.001)
    assert "50 % of the plan is in; the interval is 2.54 standard errors wide on either side." in explain(first)
    assert "the interval is that of the last look that counted" in explain(second)
    names = [line.name for line in told(first).arithmetic]
    assert {"part of the plan", "boundary"} <= set(names)
    assert not {"r", "p", "s"} & set(names)
    assert "d of then" in [line.name for line in told(second).arithmetic]


def test_at_the_end_undecided_it_says_what_to_do():
    end = looked(20_000, lift=0.002)[0]
    assert "no further look can decide this" in explain(end)
    assert told(end).again == "Not at all: the plan is at its end. Only harm is still looked for."
    assert told(end).changes[0].startswith("Nothing but harm")


def test_what_the_end_has_decided_nothing_changes_but_harm():
    end, on_the_way = looked(20_000, lift=0.008)[0], looked(15_000, lift=0.02)[0]
    assert told(end).changes[0].startswith("Nothing but harm")
    assert told(on_the_way).changes[0].startswith("It is open again when L falls to 0")
    assert told(end).again == "It may decide now. To look again is harmless: the plan counts its looks."


def test_where_no_number_is_read_the_plan_is_not_told():
    stale = weigh(TrialCase((stage(10_000, 0.1, 0.1),), MEI, stale="too old", plan=Plan(UNITS, 0.5)))
    assert "plan" not in explain(stale)


def test_a_first_look_with_next_to_nothing_has_a_boundary_that_can_be_kept():
    assert 1e4 < planned_look(worth(1, 1), Plan(2**31 - 1, 0.5), ALPHA).stands.boundary < 1e7


@given(
    st.lists(
        st.tuples(st.floats(0, 30_000), st.floats(0.001, 0.999), st.floats(0, 1), st.sampled_from([0.10, 0.05])),
        min_size=1,
        max_size=12,
    )
)
@settings(deadline=None, max_examples=60)
def test_whatever_comes_in_the_fraction_grows_and_the_interval_is_finite(days):
    """Also counts that fall, splits that turn round, a second treatment that joins."""
    past, before = None, 0.0
    for units, share, falls, alpha in days:
        effect = worth(1 + units * (1 - share) * (1 - falls / 2), 1 + units * share)
        seen = planned_look(effect, Plan(UNITS, share, past), alpha)
        past = past_after(past, seen)
        assert before <= seen.fraction <= 1
        assert isfinite(seen.stands.half_width)
        assert seen.stands == past.stands
        before = past.looks[-1].fraction
    information = [look.information for look in past.looks]
    assert information == sorted(information)
