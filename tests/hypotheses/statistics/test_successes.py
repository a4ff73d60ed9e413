"""Several success metrics: any of them may validate at its share of α, any may do harm, only together they refute."""

from dataclasses import replace
from itertools import product

import pytest

from hypotheses.enums import Direction, Readiness, Reason, Verdict
from hypotheses.statistics.arms import ArmStats
from hypotheses.statistics.case import ALPHA, Guardrail, Success, TrialCase
from hypotheses.statistics.corrections import spotify_corrections
from hypotheses.statistics.effect import Stage
from hypotheses.statistics.explanation import explain
from hypotheses.statistics.figures import figures
from hypotheses.statistics.planned import Plan, past_after
from hypotheses.statistics.planning import Accrual
from hypotheses.statistics.reasoning import reasoning
from hypotheses.statistics.sequence import half_width
from hypotheses.statistics.successes import together
from hypotheses.statistics.verdict import weigh

MEI = 0.005
TREATED = {
    "won": (40_000, 4_400),
    "open": (10_000, 1_050),
    "refuted": (100_000, 10_010),
    "too_small": (1_000_000, 102_000),
    "harmed": (20_000, 1_760),
    "thin": (80, 16),
    "worse": (300_000, 29_220),
    "same": (5_000, 0),
    "nobody": (0, 0),
}
"""Units in each arm and how many of the treated ordered; of control a tenth did."""
WORD = {
    "won": "validated",
    "refuted": "refuted",
    "too_small": "refuted",
    "worse": "refuted",
    "harmed": "harmful",
    **dict.fromkeys(("open", "thin", "same", "nobody"), "inconclusive"),
}


def stage(kind):
    n, treated = TREATED[kind]
    control = 0 if kind == "same" else n // 10
    if not n:
        return Stage(ArmStats(0, 0.0, 0.0), ArmStats(0, 0.0, 0.0))
    return Stage(ArmStats.of_proportion(n=n, successes=control), ArmStats.of_proportion(n=n, successes=treated))


def case(primary, *others, alpha=ALPHA, **more):
    share = spotify_corrections(success_metrics=1 + len(others), guardrails=0, alpha=alpha, power=0.8).alpha_success
    further = tuple(Success(f"{kind} {at}", (stage(kind),), MEI, Direction.UP) for at, kind in enumerate(others))
    stages = more.pop("stages", None) or (stage(primary),)
    return TrialCase(stages, MEI, alpha=share, guardrail_alpha=alpha, successes=further, **more)


def baskets(treated, n=40_000):
    return Guardrail("basket", (Stage(ArmStats(n, 30.0, 81.0), ArmStats(n, treated, 81.0)),), 0.5, Direction.UP)


def outcome(*kinds, **more):
    weighed = weigh(case(*kinds, **more))
    return str(weighed.verdict), str(weighed.reason)


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (("won", "open"), ("validated", "ok")),
        (("open", "won"), ("validated", "ok")),
        (("refuted", "won"), ("validated", "ok")),
        (("same", "won"), ("validated", "ok")),
        (("open", "open", "won"), ("validated", "ok")),
        (("won", "harmed"), ("harmful", "success_harmed")),
        (("harmed", "won"), ("harmful", "primary")),
        (("refuted", "harmed"), ("harmful", "success_harmed")),
        (("refuted", "refuted"), ("refuted", "effect_excluded")),
        (("too_small", "refuted"), ("refuted", "real_but_too_small")),
        (("refuted", "open"), ("inconclusive", "success_pending")),
        (("refuted", "thin"), ("inconclusive", "success_pending")),
        (("refuted", "nobody"), ("inconclusive", "success_pending")),
        (("open", "refuted"), ("inconclusive", "primary_pending")),
        (("same", "open"), ("inconclusive", "zero_variance")),
        (("thin", "won"), ("inconclusive", "too_few_units")),
        (("nobody", "won"), ("missing", "no_data")),
        (("worse", "won"), ("inconclusive", "success_pending")),
        (("won", "worse"), ("inconclusive", "success_pending")),
        (("won", "worse", "harmed"), ("harmful", "success_harmed")),
        (("worse", "worse"), ("refuted", "effect_excluded")),
    ],
)
def test_harm_of_any_then_success_of_any_then_refuted_by_all(kinds, expected):
    assert outcome(*kinds) == expected


def test_the_rule_holds_for_every_combination():
    """Against a plain reading of the rule, over all outcomes of three metrics."""
    for kinds in product(("won", "open", "refuted", "too_small", "harmed", "worse"), repeat=3):
        words = [WORD[kind] for kind in kinds]
        if "harmful" in words:
            wanted = "harmful"
        elif "validated" in words:
            wanted = "inconclusive" if "worse" in kinds else "validated"
        else:
            wanted = "refuted" if words == ["refuted"] * 3 else "inconclusive"
        assert outcome(*kinds)[0] == wanted, kinds


def test_a_guardrail_that_is_harmed_or_pending_stops_success_of_any_metric():
    assert outcome("open", "won", guardrails=(baskets(28.8),)) == ("harmful", "guardrail")
    assert outcome("open", "won", guardrails=(baskets(29.95, 4_000),)) == ("inconclusive", "guardrail_pending")
    assert outcome("open", "won", guardrails=(baskets(30.05),)) == ("validated", "ok")


@pytest.mark.parametrize("distrust", [{"stale": "old"}, {"contaminated": "by another"}, {"counted_twice": "twice"}])
def test_what_cannot_be_trusted_is_read_of_no_metric(distrust):
    weighed = weigh(case("won", "won", "harmed", **distrust))
    assert weighed.verdict is Verdict.INVALID
    assert {(one.verdict, one.reason) for one in weighed.successes} == {(Verdict.INVALID, weighed.reason)}


def test_each_metric_has_its_share_of_alpha_and_guardrails_keep_theirs():
    rail = baskets(30.05)
    alone = weigh(case("won", guardrails=(rail,)))
    weighed = weigh(case("won", "won", "won", guardrails=(rail,)))
    assert weighed.case.alpha == ALPHA / 3
    for one in (weighed, *weighed.successes):
        assert one.half_width == half_width(one.effect.variance, MEI, ALPHA / 3)
    assert weighed.guardrails == alone.guardrails


def test_what_is_enough_for_one_metric_is_not_enough_for_one_of_several():
    stages = (Stage(*(ArmStats.of_proportion(n=40_000, successes=k) for k in (4_000, 4_262))),)
    assert weigh(case("", stages=stages)).verdict is Verdict.VALIDATED
    assert weigh(case("", "open", "open", stages=stages)).verdict is Verdict.INCONCLUSIVE


def test_less_may_be_better():
    down = Success("errors", (stage("harmed"),), MEI, Direction.DOWN)
    weighed = weigh(replace(case("open"), alpha=ALPHA / 2, successes=(down,)))
    assert (weighed.verdict, weighed.successes[0].verdict) == (Verdict.VALIDATED, Verdict.VALIDATED)


def test_the_days_left_are_those_of_the_nearest_pending_metric():
    slow = Accrual(units_per_day=500, treated_share=0.5, plan_days=1_000)
    small, large = weigh(case("open", accrual=slow, alpha=ALPHA / 2)), weigh(case("open", "refuted", accrual=slow))
    assert large.days_left == small.days_left, "a refuted metric is waited for no longer"
    nearer = Success("near", (stage("open"),), 2 * MEI, Direction.UP)
    both = weigh(replace(large.case, successes=(nearer,)))
    only = weigh(replace(small.case, stages=(stage("open"),), mei=2 * MEI))
    assert both.days_left == only.days_left < small.days_left
    assert weigh(case("refuted", "thin", accrual=slow)).days_left is not None
    assert weigh(case("refuted", "nobody", accrual=slow)).days_left is None


def test_what_is_shown_worse_holds_the_others_up_until_its_harm_is_known():
    fast = Accrual(units_per_day=10_000, treated_share=0.5, plan_days=1_000)
    for kinds, named in ((("worse", "won"), "won 0 moved the right way, but the metric is shown worse"),
                         (("won", "worse"), "the metric moved the right way, but worse 0 is shown worse")):  # fmt: skip
        weighed = weigh(case(*kinds, accrual=fast))
        assert explain(weighed).startswith(f"Undecided: {named}, and how much worse is still open.")
        worse = weighed if kinds[0] == "worse" else weighed.successes[0]
        assert -MEI < worse.estimate + worse.half_width < 0 < worse.harm_bound
        assert 0 < weighed.days_left < 20, "then its harm is gross, if it stays where it is"
        told = reasoning(figures(weighed, metric="rate"))
        assert any("shown worse" in line for line in told.neighbours)
        assert any("nothing is validated until U reaches 0" in line for line in told.changes)


def test_it_is_a_trend_once_a_pending_metric_has_half_of_its_information():
    assert weigh(case("refuted", "thin")).state is Readiness.TOO_EARLY, "what the refuted one knows does not count"
    assert weigh(case("refuted", "open")).state is Readiness.TOO_EARLY
    nearer = (Success("near", (stage("open"),), 4 * MEI, Direction.UP),)
    assert weigh(replace(case("refuted", "open"), successes=nearer)).state is not Readiness.TOO_EARLY


@pytest.mark.parametrize(
    ("kind", "why"), [("nobody", "no results in this stint"), ("same", "no unit differs from another")]
)
def test_a_metric_of_which_nothing_can_be_told_is_named_and_not_waited_for(kind, why):
    weighed = weigh(case("refuted", kind, accrual=Accrual(units_per_day=500, treated_share=0.5, plan_days=1_000)))
    assert (weighed.state, weighed.days_left) == (Readiness.TREND, None)
    assert f"the metric is refuted, but nothing can be told of {kind} 0 ({why}). Send results" in explain(weighed)
    assert weigh(case("refuted", kind, minimum_run_served=False)).state is Readiness.TOO_EARLY
    assert "nothing can be told" not in explain(weigh(case("refuted", kind, "thin")))


class TestWithAPlan:
    def at_the_end(self, *others, kind="open"):
        n, treated = TREATED[kind]
        half = tuple(ArmStats.of_proportion(n=n // 2, successes=k // 2) for k in (n // 10, treated))
        plan = Plan(2 * n, 0.5)
        first = weigh(case("", *others, stages=(Stage(*half),), plan=plan))
        return weigh(case(kind, *others, plan=replace(plan, past=past_after(None, first.planned))))

    def test_it_is_the_primarys_and_the_others_stay_always_valid(self):
        weighed = self.at_the_end("open")
        assert weighed.planned.is_over
        assert weighed.half_width == weighed.planned.stands.half_width
        (other,) = weighed.successes
        assert other.half_width == half_width(other.effect.variance, MEI, ALPHA / 2)

    def test_after_its_end_another_metric_may_still_decide(self):
        assert not self.at_the_end("open").ended_undecided
        assert self.at_the_end("refuted").ended_undecided
        assert self.at_the_end("refuted").state is Readiness.UNDER_POWERED
        assert self.at_the_end("won").verdict is Verdict.VALIDATED

    def test_the_plan_has_its_share_of_alpha(self):
        assert self.at_the_end("open", "open").planned.look.alpha == ALPHA / 3


def test_without_a_further_metric_nothing_changes():
    plain = TrialCase((stage("won"),), MEI, guardrails=(baskets(30.05),))
    for alike in (replace(plain, guardrail_alpha=ALPHA), replace(plain, successes=())):
        one, other = weigh(plain), weigh(alike)
        assert [getattr(one, name) for name in ("half_width", "harm_bound", "guardrails", "verdict", "reason")] == [
            getattr(other, name) for name in ("half_width", "harm_bound", "guardrails", "verdict", "reason")
        ]
        assert explain(one) == explain(other)
        assert reasoning(figures(one, metric="rate")) == reasoning(figures(other, metric="rate"))
    own = Verdict.REFUTED, Reason.EFFECT_EXCLUDED
    assert together(own, ()) == own


@pytest.mark.parametrize("wrong", [{"mei": 0}, {"mei": -1}, {"direction": 0}])
def test_a_success_metric_has_a_size_and_a_direction(wrong):
    with pytest.raises(ValueError):  # noqa: PT011 - any sentence
        Success(**{"name": "x", "stages": (), "mei": 1.0, "direction": 1, **wrong})


def test_the_guardrails_alpha_is_a_level():
    with pytest.raises(ValueError, match="guardrails' alpha"):
        TrialCase((), MEI, guardrail_alpha=1.5)


@pytest.mark.parametrize(
    ("kinds", "sentence"),
    [
        (("open", "won"), "Validated: won 0 moved the right way; the metric itself is still open. One of its 2"),
        (("refuted", "won", "won"), "Validated: won 0 and won 1 moved the right way; the metric itself is refuted."),
        (("won", "harmed"), "Harmful: harmed 0 moved the wrong way."),
        (("refuted", "open"), "Undecided: the metric is refuted, but open 0 may still move as hoped. One of its 2"),
        (("refuted", "refuted"), "All 2 success metrics are refuted, each at 1/2 of α."),
    ],
)
def test_the_explanation_says_which_metric_it_was(kinds, sentence):
    assert sentence in explain(weigh(case(*kinds)))


def test_a_pending_guardrail_is_said_to_hold_up_the_metric_that_moved():
    said = explain(weigh(case("open", "won", guardrails=(baskets(29.95, 4_000),))))
    assert said.startswith("Undecided: won 0 moved the right way, but basket is not yet shown to be safe.")


ALL = [*TREATED]


@pytest.mark.parametrize("kinds", [*product(ALL, repeat=2), ("open", "won", "refuted")])
def test_every_outcome_is_one_row_and_is_explained(kinds):
    for rails in ((), (baskets(29.95, 4_000),), (baskets(28.8),)):
        weighed = weigh(case(*kinds, guardrails=rails))
        told = reasoning(figures(weighed, metric="rate"))
        matched = [step for step in told.steps if step.matched]
        assert [(step.verdict, step.reason) for step in matched] == [(weighed.verdict, weighed.reason)]
        assert told.neighbours
        assert all(told.neighbours)
        assert explain(weighed)


def test_the_reasoning_names_what_each_metric_lacks():
    told = reasoning(figures(weigh(case("refuted", "open")), metric="rate"))
    text = " ".join(told.changes)
    assert "rate: open again when U reaches its minimum effect" in text
    assert "open 0: validated when L rises above 0" in text
    assert any(line.name == "open 0: U_h" for line in told.arithmetic)
    won = " ".join(reasoning(figures(weigh(case("open", "won")), metric="rate")).neighbours)
    assert "Not inconclusive: won 0 is validated, one is enough." in won
