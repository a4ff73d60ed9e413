"""Results arrive: each fact once, whole batches or nothing, and every wrong field by its row."""

from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction

import pytest

from features.errors import BadInput, Forbidden
from features.models import Stint
from hypotheses.actions.hypothesis import write_hypothesis
from hypotheses.actions.landing import Landed, land_results
from hypotheses.actions.metric import create_metric, edit_metric
from hypotheses.models import Hypothesis, Metric, Result, Stage
from hypotheses.sources.base import Row
from tests.hypotheses.actions.conftest import DAY

NOW = DAY + timedelta(days=10)


@pytest.fixture
def rate(db) -> Metric:
    return create_metric(key="rate", kind="proportion", by=None, now=DAY)


@pytest.fixture
def basket(db) -> Metric:
    return create_metric(key="basket", kind="mean", by=None, now=DAY)


def row(arm="control", day=1, mean=0.5, **fields) -> Row:
    return Row(**{
        "trial": "reorder-1", "metric": "rate", "arm": arm, "as_of": DAY + timedelta(days=day), "n": 100,
        "mean": mean, "var": mean and mean * (1 - mean), **fields,
    })  # fmt: skip


def land(*rows, **more) -> Landed:
    return land_results(rows=rows, now=NOW, **more)


def test_new_unchanged_and_changed_rows_are_told_apart(trial, rate):
    assert land(row(), row("treatment")) == Landed(new=2)
    assert land(row(), row("treatment")) == Landed(unchanged=2)
    assert land(row(mean=0.6), row("treatment")) == Landed(revised=1, unchanged=1)
    assert land(row(mean=0.6), row(mean=0.6)) == Landed(unchanged=2)
    assert Result.objects.filter(arm__name="control", superseded_at=None).get().revision == 2


def test_a_value_that_goes_back_is_a_third_revision(trial, rate):
    for mean in (0.5, 0.6, 0.5):
        land(row(mean=mean))
    assert list(Result.objects.order_by("revision").values_list("revision", "mean")) == [(1, 0.5), (2, 0.6), (3, 0.5)]


def test_a_stage_counts_one_landing_however_many_rows_changed(trial, rate):
    land(row(), row("treatment"), row(day=2), row("treatment", day=2))
    assert Stage.objects.get().landed == 1
    land(row(), row("treatment"))
    assert Stage.objects.get().landed == 1, "nothing new, nothing to weigh"
    land(row(mean=0.6))
    assert Stage.objects.get().landed == 2


def test_the_same_row_twice_in_a_batch_counts_once_and_a_contradiction_is_refused(trial, rate):
    assert land(row(), row()) == Landed(new=1, unchanged=1)
    with pytest.raises(BadInput, match="Row 1 says something else") as caught:
        land(row(day=2), row(day=2, mean=0.7))
    assert [error.field for error in caught.value.errors] == ["rows.1.as_of"]


def test_sums_are_converted_exactly(trial, basket):
    mean, var, n = 10**9, 4, 1000  # floats of Σy² would leave no digit of the variance right
    total, squares = n * mean, n * mean * mean + (n - 1) * var
    land(row(metric="basket", n=n, mean=None, var=None, sum=str(total), sum_squares=str(squares)))
    result = Result.objects.get()
    assert (result.mean, result.var) == (1e9, 4.0)
    assert float(Fraction(squares) - Fraction(total) ** 2 / n) == (n - 1) * var


def test_a_proportion_needs_no_variance(trial, rate):
    land(row(n=100, mean=0.2, var=None), row("treatment", n=100, mean=None, var=None, sum="20"))
    variances = set(Result.objects.values_list("mean", "var"))
    assert {round(mean, 12) for mean, _ in variances} == {0.2}
    assert all(abs(var - 0.16 * 100 / 99) < 1e-12 for _, var in variances)


def test_an_arm_without_units_and_an_arm_of_one_unit_say_nothing_of_variance(trial, basket):
    land(
        row(metric="basket", n=0, mean=None, var=None),
        row("treatment", metric="basket", n=1, mean=3.5, var=None),
    )
    assert set(Result.objects.values_list("n", "mean", "var")) == {(0, 0.0, 0.0), (1, 3.5, 0.0)}


def test_the_largest_numbers_that_can_be_kept_are_kept(trial, basket):
    most = 2**63 - 1
    land(row(metric="basket", n=most, mean=1e300, var=1e308, n_assigned=most, n_multi_arm=most))
    result = Result.objects.get()
    assert (result.n, result.mean, result.var) == (most, 1e300, 1e308)
    assert (result.n_assigned, result.n_multi_arm) == (most, most)


def test_units_in_several_arms_may_be_those_that_have_not_matured(trial, rate):
    assert land(row(n_multi_arm=150, n_assigned=150), row("treatment", n_multi_arm=100)).new == 2


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"trial": "nobody-knows"}, "trial", "No trial with the key “nobody-knows” is registered"),
        ({"arm": "purple"}, "arm", "has no arm “purple”. Its arms are control, treatment"),
        ({"metric": "unheard-of"}, "metric", "No metric with the key “unheard-of”"),
        ({"n": -1}, "n", "-1 is negative"),
        ({"n": 1.5}, "n", "not a whole number"),
        ({"n": True}, "n", "not a whole number"),
        ({"n": 2**63}, "n", "more than can be kept"),
        ({"mean": float("nan")}, "mean", "cannot be weighed"),
        ({"mean": float("inf")}, "mean", "cannot be weighed"),
        ({"mean": "0.5"}, "mean", "not a number"),
        ({"mean": 1.5}, "mean", "A proportion lies within 0 and 1"),
        ({"mean": None}, "mean", "missing"),
        ({"var": -0.1}, "var", "negative"),
        ({"var": None, "metric": "basket"}, "var", "missing"),
        ({"sum": "50"}, "sum", "not both"),
        ({"mean": None, "var": None, "sum": "50", "metric": "basket"}, "sum_squares", "missing"),
        ({"mean": None, "var": None, "sum": "fifty", "sum_squares": "9"}, "sum", "fifty"),
        ({"mean": None, "var": None, "sum": "50", "sum_squares": "1"}, "sum", "smaller"),
        ({"n_assigned": 99}, "n_assigned", "99 units were assigned, yet 100 have matured"),
        ({"n_multi_arm": -1}, "n_multi_arm", "negative"),
        ({"n_multi_arm": 101}, "n_multi_arm", "101 units of this arm were seen in several arms, yet it has 100"),
        ({"n_multi_arm": 151, "n_assigned": 150}, "n_multi_arm", "yet it has 150"),
        ({"design_weight": 0.0}, "design_weight", "above 0"),
        ({"mean_x": 1.0}, "var_x", "together"),
        ({"mean_x": 1.0, "var_x": 0.1, "cov_xy": 9.0}, "cov_xy", "larger than the two variances allow"),
        ({"as_of": datetime(2026, 3, 3)}, "as_of", "offset"),  # noqa: DTZ001
        ({"as_of": NOW + timedelta(days=2)}, "as_of", "lies in the future"),
        ({"stage": "x" * 41}, "stage", "1 to 40 characters"),
    ],
)
def test_a_wrong_field_is_named_with_its_row_and_nothing_is_written(trial, rate, basket, wrong, field, sentence):
    with pytest.raises(BadInput) as caught:
        land(row(), replace(row("treatment"), **wrong))
    assert [error.field for error in caught.value.errors] == [f"rows.1.{field}"]
    assert sentence in caught.value.errors[0].detail
    assert caught.value.detail.startswith(f"Nothing was recorded. Row 2, {field}: ")
    assert not Result.objects.exists()


def test_a_ratio_needs_both_measures(trial):
    create_metric(key="rate", kind="ratio", by=None, now=DAY)
    with pytest.raises(BadInput, match="A ratio needs mean_x, var_x and cov_xy"):
        land(row())
    assert land(row(mean_x=2.0, var_x=1.0, cov_xy=0.1)) == Landed(new=1)


def test_all_wrong_rows_are_told_at_once_up_to_a_limit(trial, rate):
    with pytest.raises(BadInput) as caught:
        land(*[row(day=day, n=-1) for day in range(9)])
    assert len(caught.value.errors) == 9


def test_falling_counts_are_recorded_for_the_evidence_to_flag(trial, rate):
    land(row(day=1, n=500))
    assert land(row(day=2, n=400)) == Landed(new=1)


def test_members_write_for_their_own_squad_only(trial, rate, alice, mallory, carol, root):
    with pytest.raises(Forbidden, match="belongs to another squad"):
        land(row(), by=mallory)
    assert not Result.objects.exists()
    for person, day in ((alice, 1), (carol, 2), (root, 3)):
        assert land(row(day=day), by=person).new == 1


def test_a_result_without_a_stage_goes_to_the_one_that_was_open_then(trial, rate, feature):
    first = trial.stages.get()
    land(row(day=1), row("treatment", day=1))
    land(row(day=3, stage="5", opens_stage=True))
    second = trial.stages.get(label="5")
    first.refresh_from_db()
    assert (second.number, second.started_at, first.ended_at) == (2, DAY + timedelta(days=3), DAY + timedelta(days=3))
    assert second.stint == feature.stints.get()
    assert second.shares == {"control": 0.5, "treatment": 0.5}
    land(row("treatment", day=2), row("treatment", day=4))
    found = {r.as_of: r.stage.label for r in Result.objects.filter(arm__name="treatment")}
    assert found[DAY + timedelta(days=2)] == "1"
    assert found[DAY + timedelta(days=4)] == "5"


def test_results_from_before_the_trial_are_refused_when_pushed_and_left_out_when_pulled(trial, rate, due):
    with pytest.raises(BadInput, match="nothing counts in it before") as caught:
        land(row(), row(day=-30))
    assert [error.field for error in caught.value.errors] == ["rows.1.as_of"]
    landed = land(row(), row(day=-30), pull=due())
    assert (landed.new, landed.left_out.early) == (1, ("reorder-1",))
    assert "1 from before the trial began (reorder-1)" in landed.remark(of=2)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"mean": 0.1, "var": 1e-9}, "var"),
        ({"mean": 0.1, "var": 0.5}, "var"),
        ({"mean": None, "var": None, "sum": "30", "sum_squares": "3.0"}, "sum"),
        ({"mean": None, "var": None, "sum": "30", "sum_squares": "300"}, "sum_squares"),
        ({"n": 0, "mean": 0.1, "var": 0.09}, "mean"),
        ({"n": 1, "mean": 1.0, "var": 0.09}, "var"),
    ],
)
def test_units_of_zero_or_one_have_no_other_variance_than_their_mean_tells(trial, rate, fields, name):
    with pytest.raises(BadInput) as caught:
        land(row(**fields))
    assert [error.field for error in caught.value.errors] == [f"rows.0.{name}"]


@pytest.mark.parametrize("var", [0.24, 0.2424, 0.242424242424, 0.2425])
def test_a_variance_that_was_rounded_is_taken(trial, rate, var):
    assert land(row(mean=0.4, var=var)).new == 1


def test_a_moment_may_be_ahead_by_what_clocks_differ(trial, rate):
    ahead = (NOW - DAY) / timedelta(days=1)
    assert land(row(day=ahead + 4 / 1440)).new == 1
    with pytest.raises(BadInput, match="lies in the future"):
        land(row(day=ahead + 6 / 1440))


def test_a_backfill_stays_in_the_stage_that_counted_it_when_the_next_one_opens(trial, rate, feature):
    history = [row(arm, day=day) for arm in ("control", "treatment") for day in (0, 1, 2)]
    assert land(*history).new == 6
    Stage.objects.update(ended_at=DAY + timedelta(days=3))
    Stage.objects.create(
        trial=trial, stint=feature.stints.get(), label="25", number=2, started_at=DAY + timedelta(days=3)
    )
    assert land(*history) == Landed(unchanged=6), "nothing is counted a second time"
    land(row(day=4))
    assert Result.objects.get(stage__label="25").as_of == DAY + timedelta(days=4)


def test_new_labels_open_one_stage_after_the_other(trial, rate):
    land(
        row(day=5, stage="25", opens_stage=True),
        row(day=2, stage="5", opens_stage=True),
        row("treatment", day=2, stage="5"),
    )
    assert list(trial.stages.values_list("number", "label", "ended_at__day")) == [
        (1, "1", 4),
        (2, "5", 7),
        (3, "25", None),
    ]


def test_a_feature_that_has_ended_takes_facts_but_no_new_stage(trial, rate, feature):
    Stint.objects.update(ended_at=NOW)
    assert land(row()).new == 1
    with pytest.raises(BadInput, match="has ended"):
        land(row(day=2, stage="99", opens_stage=True))


def test_a_mistyped_stage_opens_none_and_the_stages_there_are_are_named(trial, rate):
    land(row(day=2, stage="5", opens_stage=True))
    with pytest.raises(BadInput, match="no stage “5%”") as caught:
        land(row(day=3), row(day=3, stage="5%"), row("treatment", day=3, stage="50"))
    assert [(error.field, error.code) for error in caught.value.errors] == [
        ("rows.1.stage", "unknown"),
        ("rows.2.stage", "unknown"),
    ]
    assert "has “1”, “5”" in caught.value.errors[0].detail
    assert '"opens_stage": true' in caught.value.errors[0].detail
    assert (trial.stages.count(), Result.objects.count()) == (2, 1)


def test_the_stages_named_are_those_of_this_stint(trial, rate, feature):
    earlier = feature.stints.get()
    Stint.objects.filter(pk=earlier.pk).update(ended_at=DAY)
    stint = Stint.objects.create(feature=feature, number=2, phase=earlier.phase, started_at=DAY)
    with pytest.raises(BadInput, match="none that began in this stint"):
        land(row(stage="5"))
    Stage.objects.update(ended_at=DAY)
    Stage.objects.create(trial=trial, stint=stint, label="1 again", number=2, started_at=DAY)
    with pytest.raises(BadInput, match=r"has “1 again”. Correct"):
        land(row(stage="5"))
    assert land(row(day=-1, stage="1")).new == 1, "an earlier stage still takes its facts"


def test_opening_a_stage_twice_is_opening_it_once(trial, rate):
    given = row(day=2, stage="5", opens_stage=True)
    assert land(given, replace(given, opens_stage=False)) == Landed(new=1, unchanged=1)
    assert land(given) == Landed(unchanged=1)
    assert trial.stages.count() == 2


def test_a_stage_is_opened_by_its_name(trial, rate):
    with pytest.raises(BadInput, match="Name the stage that it opens") as caught:
        land(row(opens_stage=True))
    assert [error.field for error in caught.value.errors] == ["rows.0.opens_stage"]


@pytest.mark.parametrize("fields", [{"stage": "5"}, {"stage": "25", "opens_stage": True}])
def test_a_result_from_before_the_stage_it_names_is_refused(trial, rate, fields):
    land(row(day=2, stage="5", opens_stage=True))
    with pytest.raises(BadInput, match="begins at 2026-03-04T00:00:00") as caught:
        land(row(day=3), row(day=1, **fields))
    assert [error.field for error in caught.value.errors] == ["rows.1.as_of"]
    assert (trial.stages.count(), Result.objects.count()) == (2, 1)


def test_the_first_result_locks_the_hypothesis(trial, rate, feature, alice):
    write_hypothesis(
        feature=feature, by=alice, now=DAY, change="One tap", audience="All", reason="Less work", metric="rate",
        direction="up", minimum_effect=0.1, effect_scale="relative",
    )  # fmt: skip
    assert Hypothesis.objects.get().locked_at is None
    land(row(mean=0.5), row("treatment"))
    locked = Hypothesis.objects.get()
    assert (locked.locked_at, locked.baseline, locked.minimum_effect_absolute) == (NOW, 0.5, 0.05)
    land(row(day=2, mean=0.9, var=0.09))
    assert Hypothesis.objects.get().baseline == 0.5


def test_a_changed_definition_marks_new_values_with_its_hash(trial, rate):
    land(row())
    edit_metric(metric=rate, by=None, now=DAY, query="SELECT something else")
    assert land(row()) == Landed(revised=1), "the same number, but measured in another way"
    assert Result.objects.get(superseded_at=None).definition_hash == Metric.objects.get().definition_hash


def test_nothing_sent_is_nothing_done(db):
    assert land() == Landed()


def test_queries_do_not_grow_with_the_rows(trial, rate, django_assert_max_num_queries):
    with django_assert_max_num_queries(25):
        land(*[row(arm, day=day / 50) for arm in ("control", "treatment") for day in range(200)])
