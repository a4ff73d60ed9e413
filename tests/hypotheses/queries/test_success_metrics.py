"""A hypothesis with further success metrics: stated, weighed, kept, told, and made again."""

import pytest

from features.errors import BadInput, Conflict
from features.models import AuditEntry
from hypotheses.actions.hypothesis import write_hypothesis
from hypotheses.actions.metric import edit_metric
from hypotheses.actions.weighing import weigh_all
from hypotheses.models import Evidence, SuccessMetric
from hypotheses.queries.catalogue import counts_using, features_using
from hypotheses.queries.evidence import evidence_of
from hypotheses.queries.frozen import retrace
from hypotheses.queries.reasons import reasoning_of
from hypotheses.queries.recomputing import recompute
from hypotheses.statistics.case import ALPHA
from hypotheses.statistics.sequence import interval
from tests.factories.beliefs import (
    DAY,
    START,
    believing,
    current,
    feature_in,
    land,
    metric_called,
    next_stint,
    stint_of,
    trial_of,
)

pytestmark = pytest.mark.django_db

RETURNS = {"metric": "returning", "direction": "up", "minimum_effect": 0.005}
ERRORS = {"metric": "errors", "direction": "down", "minimum_effect": 0.01}
OPEN, WON, LOST = 0.101, 0.13, 0.07


@pytest.fixture
def feature(squad):
    metric_called("returning")
    metric_called("errors", better="down")
    return feature_in(squad, time_box_days=30)


def measured(feature, *, rates, day=1, units=20_000, weigh=True, key=""):
    """One snapshot of each of these metrics; baskets stay as they are."""
    trial = feature.trials.first() or trial_of(feature, key)
    at = START + day * DAY
    for metric, rate in rates.items():
        land(trial, at=at, metric=metric, control=(units, 0.10), new=(units, rate))
    land(trial, at=at, metric="basket-value", control=(units, 30.0, 9.0), new=(units, 30.1, 9.0))
    if weigh:
        weigh_all(now=at)
    return trial


def only(feature) -> Evidence:
    (row,) = current(feature)
    return row


def seen(feature, day=1):
    return evidence_of(feature=feature, now=START + day * DAY, minimum_days=0)


class TestStated:
    def test_it_is_kept_with_the_version_and_goes_on_to_the_next(self, feature):
        believing(feature, success_metrics=[RETURNS, ERRORS])
        written = write_hypothesis(feature=feature, by=None, now=START, change="two taps")
        kept = written.success_metrics.values_list("metric__key", "direction", "minimum_effect")
        assert list(kept) == [("returning", "up", 0.005), ("errors", "down", 0.01)]
        assert str(written.success_metrics.first()) == "Returning up by 0.005"

    def test_it_is_on_record(self, feature):
        believing(feature, success_metrics=[RETURNS])
        assert AuditEntry.objects.get(act="hypothesis.written").body["success_metrics"] == [RETURNS]

    def test_writing_what_stands_writes_nothing(self, feature):
        first = believing(feature, success_metrics=[RETURNS])
        assert believing(feature, success_metrics=[RETURNS]) == first
        assert believing(feature, success_metrics=[]).version == 2
        assert SuccessMetric.objects.count() == 1

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ("returning", "success_metrics"),
            (["returning"], "success_metrics.0"),
            ([{**RETURNS, "metric": "nothing"}], "success_metrics.0.metric"),
            ([{**RETURNS, "metric": None}], "success_metrics.0.metric"),
            ([{**RETURNS, "direction": "left"}], "success_metrics.0.direction"),
            ([{**RETURNS, "direction": None}], "success_metrics.0.direction"),
            ([{**RETURNS, "minimum_effect": 0}], "success_metrics.0.minimum_effect"),
            ([{**RETURNS, "minimum_effect": None}], "success_metrics.0.minimum_effect"),
            ([{**RETURNS, "minimum_effect": 5}], "success_metrics.0.minimum_effect"),
            ([{**RETURNS, "minimum_effect": 1e-200}], "success_metrics.0.minimum_effect"),
            ([{**RETURNS, "effect_scale": "relative"}], "success_metrics.0.effect_scale"),
            ([RETURNS, RETURNS], "success_metrics.1.metric"),
            ([{**RETURNS, "metric": "reorder-rate"}], "success_metrics.0.metric"),
            ([{**RETURNS, "metric": "basket-value"}], "guardrails.0.metric"),
        ],
    )
    def test_what_is_wrong_is_said_at_its_field(self, feature, wrong, field):
        with pytest.raises(BadInput) as refused:
            believing(feature, success_metrics=wrong)
        assert field in [error.field for error in refused.value.errors]
        assert not SuccessMetric.objects.exists()

    def test_its_metric_is_in_use(self, feature):
        believing(feature, success_metrics=[RETURNS])
        metric = metric_called("returning")
        assert features_using(metric=metric) == [feature]
        assert counts_using(metrics=[metric]) == {metric.pk: 1}

    def test_once_it_is_locked_its_metric_keeps_its_kind(self, feature):
        believing(feature, success_metrics=[ERRORS])
        measured(feature, rates={"reorder-rate": OPEN})
        with pytest.raises(Conflict):
            edit_metric(metric=metric_called("errors"), by=None, now=START, better="up")


class TestWeighed:
    def test_another_metric_than_the_primary_validates(self, feature):
        believing(feature, success_metrics=[RETURNS])
        measured(feature, rates={"reorder-rate": OPEN, "returning": WON})
        row = only(feature)
        assert (row.verdict, row.reason) == ("validated", "ok")
        assert row.body["primary"]["verdict"] == "inconclusive"
        (one,) = row.body["successes"]
        assert one.items() >= {
            "metric": "returning", "unit": "share", "direction": "up", "minimum_effect": 0.005, "alpha": ALPHA / 2,
            "verdict": "validated", "reason": "ok", "n": {"control": 20_000, "treatment": 20_000},
        }.items()  # fmt: skip
        assert one["estimate"] == pytest.approx(0.03)
        assert one["interval"] == pytest.approx(interval(one["estimate"], one["variance"], 0.005, ALPHA / 2))
        assert row.body["explanation"].startswith("Validated: Returning moved the right way, and every guardrail is")

    def test_alpha_is_shared_among_success_metrics_and_not_with_guardrails(self, feature):
        believing(feature, success_metrics=[RETURNS, ERRORS])
        measured(feature, rates={"reorder-rate": OPEN, "returning": OPEN, "errors": OPEN})
        body = only(feature).body
        assert [part["alpha"] for part in (body["primary"], *body["successes"])] == [ALPHA / 3] * 3
        (rail,) = body["guardrails"]
        assert rail["interval"] == pytest.approx(interval(rail["estimate"], rail["variance"], 0.5, ALPHA))
        assert rail["alpha"] == ALPHA

    def test_harm_to_one_of_them_is_harm(self, feature):
        believing(feature, success_metrics=[ERRORS])
        measured(feature, rates={"reorder-rate": WON, "errors": WON})
        assert (only(feature).verdict, only(feature).reason) == ("harmful", "success_harmed")

    def test_without_results_of_its_own_it_is_pending(self, feature):
        believing(feature, success_metrics=[RETURNS])
        measured(feature, rates={"reorder-rate": 0.1}, units=200_000)
        row = only(feature)
        assert (row.verdict, row.reason) == ("inconclusive", "success_pending")
        assert row.body["successes"][0]["reason"] == "too_few_units"
        assert "nothing can be told of Returning (no results in this stint)" in row.body["explanation"]
        assert (seen(feature).state, seen(feature).waits_for) == ("trend", ("returning",))

    def test_every_treatment_is_told_with_its_own(self, feature):
        believing(feature, success_metrics=[RETURNS], guardrails=[])
        arms = [
            {"name": "control", "role": "control", "share": 1},
            *({"name": name, "role": "treatment", "share": 1} for name in "ab"),
        ]
        trial = trial_of(feature, arms=arms)
        for metric, b in (("reorder-rate", OPEN), ("returning", WON)):
            land(trial, at=START + DAY, metric=metric, control=(20_000, 0.1), a=(20_000, 0.1), b=(20_000, b))
        weigh_all(now=START + DAY)
        body = only(feature).body
        assert (body["verdict"], body["primary"]["arm"]) == ("validated", "b")
        assert body["primary"]["alpha"] == ALPHA / 2 / 2
        assert body["others"][0]["successes"][0]["verdict"] != "validated"

    def test_without_one_a_body_has_no_word_of_it(self, feature):
        believing(feature)
        measured(feature, rates={"reorder-rate": WON, "returning": WON})
        body = only(feature).body
        assert "successes" not in body
        assert not {"verdict", "reason"} & set(body["primary"])
        assert "alpha" not in body["guardrails"][0]
        assert seen(feature).as_json()["successes"] == []

    def test_other_minimum_effects_are_other_inputs(self, squad, feature):
        digests = set()
        for at, more in enumerate(([RETURNS], [{**RETURNS, "minimum_effect": 0.01}], [])):
            other = feature_in(squad)
            believing(other, success_metrics=more)
            measured(other, rates={"reorder-rate": OPEN}, key=f"trial-{at}")
            digests.add(only(other).body["basis"]["digest"])
        assert len(digests) == 3

    def test_a_plan_is_the_primarys(self, feature):
        believing(feature, success_metrics=[RETURNS], planned_units=80_000)
        for day in (1, 2):
            measured(feature, rates={"reorder-rate": OPEN, "returning": OPEN}, day=day, units=day * 20_000)
        body = current(feature)[-1].body
        assert body["primary"]["mode"] == "planned"
        assert body["primary"]["plan"]["looks"] == 2
        assert body["successes"][0]["interval"] == pytest.approx(
            interval(*(body["successes"][0][name] for name in ("estimate", "variance")), 0.005, ALPHA / 2)
        )


class TestRead:
    def test_stale_evidence_says_it_of_each_metric(self, feature):
        believing(feature, success_metrics=[RETURNS])
        measured(feature, rates={"reorder-rate": OPEN, "returning": WON})
        view = seen(feature, day=20)
        parts = (view.primary, *view.successes)
        assert [(part["verdict"], part["reason"]) for part in parts] == [("invalid", "stale")] * 2

    def test_data_of_it_that_end_too_early_are_stale_too(self, feature):
        believing(feature, success_metrics=[RETURNS])
        measured(feature, rates={"reorder-rate": OPEN, "returning": WON})
        for day in (4, 5):
            measured(feature, rates={"reorder-rate": OPEN}, day=day, units=20_000 + day)
        view = seen(feature, day=5)
        assert (view.verdict, view.reason) == ("invalid", "stale")
        assert "Returning" in view.explanation

    def test_it_is_explained_from_what_is_kept(self, feature):
        believing(feature, success_metrics=[RETURNS])
        measured(feature, rates={"reorder-rate": OPEN, "returning": WON})
        told = reasoning_of(body=only(feature).body, names={"returning": ("Coming back", "share")})
        assert told.steps[-1].matched
        assert any("Coming back is validated, one is enough" in line for line in told.neighbours)
        assert any(line.name == "Coming back: U_h" for line in told.arithmetic)


class TestProved:
    def test_it_is_made_again(self, feature):
        believing(feature, success_metrics=[RETURNS, ERRORS])
        measured(feature, rates={"reorder-rate": OPEN, "returning": WON, "errors": OPEN})
        row = only(feature)
        assert recompute(evidence=row).same
        row.body["successes"][0]["estimate"] += 1e-6
        assert recompute(evidence=row).differs == ("successes",)

    @pytest.mark.parametrize("day", [1, 20], ids=["fresh", "stale"])
    @pytest.mark.parametrize("more", [[RETURNS], []], ids=["several", "one"])
    def test_what_was_frozen_follows(self, feature, more, day):
        believing(feature, success_metrics=more)
        measured(feature, rates={"reorder-rate": OPEN, "returning": WON})
        assert self.retraced(feature, seen(feature, day).as_json(), day) == []

    def test_what_was_frozen_before_there_were_any_follows_still(self, feature):
        believing(feature)
        measured(feature, rates={"reorder-rate": WON})
        frozen = seen(feature).as_json()
        del frozen["successes"]
        assert self.retraced(feature, frozen) == []

    def test_what_was_tampered_with_is_named(self, feature):
        believing(feature, success_metrics=[RETURNS])
        measured(feature, rates={"reorder-rate": OPEN, "returning": WON})
        frozen = seen(feature).as_json()
        frozen["successes"] = [{**frozen["successes"][0], "verdict": "refuted"}]
        assert self.retraced(feature, frozen) == ["successes.0.verdict"]
        assert self.retraced(feature, {**frozen, "successes": []}) == ["successes"]
        del frozen["successes"]
        assert self.retraced(feature, frozen) == ["successes"]

    def retraced(self, feature, frozen, day=1):
        at, stint = START + day * DAY, stint_of(feature)
        found = retrace(frozen=frozen, feature_id=feature.pk, stint_id=stint.pk, at=at)
        return [one.field for one in found.differences]


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        ([], [RETURNS], True),
        ([RETURNS], [], True),
        ([RETURNS], [{**RETURNS, "minimum_effect": 0.001}], True),
        ([RETURNS], [{**RETURNS, "direction": "down"}], True),
        ([RETURNS], [{**RETURNS, "minimum_effect": 0.02}], True),
        ([RETURNS], [RETURNS], False),
    ],
)
def test_another_way_to_succeed_after_the_data_moves_the_goalposts(feature, before, after, moved):
    believing(feature, success_metrics=before)
    measured(feature, rates={"reorder-rate": OPEN})
    next_stint(feature, now=START + 2 * DAY)
    write_hypothesis(feature=feature, by=None, now=START + 2 * DAY, success_metrics=after, audience="everybody")
    trial = trial_of(feature, "second", started_at=START + 2 * DAY)
    land(trial, at=START + 3 * DAY, control=(20_000, 0.1), new=(20_000, OPEN))
    weigh_all(now=START + 3 * DAY)
    marks = {mark["code"]: mark["detail"] for mark in seen(feature, day=3).marks}
    assert ("success metrics" in marks.get("moved_goalposts", "")) is moved
