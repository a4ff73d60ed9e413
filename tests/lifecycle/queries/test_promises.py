"""What was promised at gates, and what came of it after full release."""

import itertools

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lifecycle.actions.registering import register_feature
from lifecycle.actions.rolling_out import set_ladder
from lifecycle.enums import Delivery
from lifecycle.queries.calibration import report, result_of
from lifecycle.queries.promises import promises_of
from tests.factories import lives
from tests.factories.lives import BASELINE, GOOD

pytestmark = pytest.mark.django_db
_groups = itertools.count(1)
LADDER = [{"percent": percent, "minimum_days": 7, "full_course_days": 21} for percent in (25, 99)]


def climbing(squad, alice, **fields):
    """A feature on a ladder of 25 and 99 %, in Think It, for people whom no other feature is for."""
    stated = lives.hypothesis(audience=f"group {next(_groups)}", **fields)
    life = lives.thinking(squad, alice, hypothesis=stated)
    set_ladder(feature=life.feature, steps=LADDER, by=alice, now=life.now)
    return life


def released(squad, alice, rate=GOOD, days=10, **fields):
    """Released on a promise of three points; the data since then say this rate."""
    life = climbing(squad, alice, **fields).reach("tweak_it")
    if rate is not None:
        life.wait(days).measure(rate)
    return life


def promises(life):
    return promises_of(feature=life.refresh(), now=life.now)


class TestOneFeature:
    def test_each_gate_that_saw_an_effect_promised_it(self, squad, alice):
        kept = promises(released(squad, alice, 0.12))
        assert [(one.phase, one.step) for one in kept.promises] == [
            ("build_it", None), ("ship_it", 25), ("ship_it", 99),
        ]  # fmt: skip
        first = kept.promises[1]
        assert first.estimate == pytest.approx(GOOD - BASELINE)
        assert first.low < first.estimate < first.high
        assert (first.metric, first.minimum_effect, first.verdict) == ("reorder-rate", 0.005, "validated")

    def test_what_was_measured_after_the_release_was_delivered(self, squad, alice):
        life = released(squad, alice, 0.12)
        kept = promises(life)
        assert kept.delivered.state is Delivery.MEASURED
        assert kept.delivered.estimate == pytest.approx(0.02)
        assert kept.delivered.as_of == life.now
        assert kept.speaking.pair.promised == pytest.approx(6)
        assert kept.speaking.pair.delivered == pytest.approx(4)

    def test_the_first_validated_gate_speaks_for_the_feature(self, squad, alice):
        kept = promises(released(squad, alice, 0.12))
        assert [one.counts for one in kept.promises] == [False, True, False]
        result = result_of(kept)
        assert (result.count, result.bias_interval) == (1, None)
        assert result.bias == pytest.approx(-2)
        assert result.shrinkage == pytest.approx(4 / 6)

    def test_what_another_success_metric_carried_is_no_promise_of_the_primary(self, squad, alice):
        lives.metric("returning")
        returns = {"metric": "returning", "direction": "up", "minimum_effect": 0.005}
        life = climbing(squad, alice, success_metrics=[returns])
        life.also = {"returning": 0.12}
        life.reach("ship_it", 25)
        for _ in LADDER:
            life.wait(8).measure(BASELINE, units=400_000)
            life.call()
            assert life.decide("advance").evidence["verdict"] == "validated"
        life.wait(10).measure(BASELINE, units=400_000)
        kept = promises(life)
        assert [one.verdict for one in kept.promises][1:] == ["refuted", "refuted"]
        assert kept.speaking is None

    def test_down_is_good_where_the_hypothesis_says_so(self, squad, alice):
        life = climbing(squad, alice, direction="down").reach("ship_it", 25)
        life.wait(7).measure(0.07)
        life.call()
        life.decide("advance")
        life.wait(7).measure(0.07)
        life.call()
        life.decide("advance")
        life.wait(10).measure(0.08)
        pair = promises(life).speaking.pair
        assert (pair.promised, pair.delivered) == (pytest.approx(6), pytest.approx(4))
        assert pair.low < pair.promised < pair.high

    def test_the_latest_data_of_the_first_stint_after_the_release_count(self, squad, alice):
        life = released(squad, alice, 0.12)
        life.wait(1).measure(0.115)
        life.call()
        life.decide("advance")
        life.wait(10).measure(0.10)
        assert promises(life).delivered.estimate == pytest.approx(0.015)


class TestNothingIsKnown:
    def test_of_a_feature_that_promised_nothing(self, squad, alice):
        assert promises(lives.building(squad, alice)) is None

    def test_of_one_that_is_not_released(self, squad, alice):
        kept = promises(climbing(squad, alice).reach("ship_it", 99))
        assert {one.delivered.state for one in kept.promises} == {Delivery.UNKNOWN}
        assert "not released" in kept.promises[0].delivered.why
        assert kept.speaking is None
        assert result_of(kept).bias is None

    def test_while_no_result_has_come_since(self, squad, alice):
        kept = promises(released(squad, alice, None))
        assert kept.speaking.pair is None
        assert "No result" in kept.speaking.delivered.why

    def test_while_the_data_are_of_less_than_a_week(self, squad, alice):
        kept = promises(released(squad, alice, 0.12, days=3))
        assert kept.delivered.state is Delivery.TOO_EARLY
        assert kept.delivered.estimate is None
        assert kept.speaking.pair is None

    def test_while_too_few_units_have_come(self, squad, alice):
        life = released(squad, alice, None)
        life.wait(10).measure(0.12, units=50)
        kept = promises(life)
        assert kept.delivered.state is Delivery.TOO_EARLY
        assert "100 units" in kept.delivered.why

    def test_while_the_data_are_too_early_to_decide_on(self, squad, alice):
        life = released(squad, alice, None)
        life.wait(10).measure(0.104, units=20_000)
        kept = promises(life)
        assert kept.delivered.state is Delivery.TOO_EARLY
        assert "half" in kept.delivered.why
        assert kept.delivered.estimate is None

    def test_when_what_came_cannot_be_trusted(self, squad, alice):
        life = released(squad, alice, 0.12)
        life.wait(1).measure(0.12, units=10)  # the counts fell
        assert promises(life).delivered.estimate == pytest.approx(0.02)  # the last that could be

    def test_when_another_version_was_released_than_the_gate_saw(self, squad, alice):
        life = climbing(squad, alice).reach("ship_it", 99)
        life.wait(8).measure()
        life.call()
        life.decide("iterate", questions=["mvp"])
        life.wait(8).measure()
        life.call()
        life.decide("advance")
        life.wait(10).measure(0.12)
        kept = promises(life)
        assert [one.delivered.state for one in kept.promises[1:]] == [Delivery.UNKNOWN, Delivery.MEASURED]
        assert "Another version" in kept.promises[1].delivered.why
        assert kept.speaking.step == 99


class TestTweaks:
    def test_a_landed_tweak_moves_the_feature_so_its_own_delivery_ends_there(self, squad, alice):
        parent = released(squad, alice, 0.12)
        begun = {"name": "Bigger button", "hypothesis": lives.hypothesis(), "by": alice, "now": parent.now}
        feature = register_feature(squad=squad, parent=parent.feature, **begun)  # beside it, within the same stint
        tweak = lives.Life(feature, by=alice, now=parent.now)
        set_ladder(feature=tweak.feature, steps=LADDER, by=alice, now=tweak.now)
        tweak.reach("ship_it", 99)
        tweak.advance()
        parent.now = tweak.now
        before = promises(parent).delivered
        parent.wait(10).measure(0.2)
        assert promises(parent).delivered == before

    def test_what_a_tweak_delivered_is_what_its_last_step_measured(self, squad, alice):
        tweak = lives.running_tweak(lives.tweaking(squad, alice))
        set_ladder(feature=tweak.feature, steps=LADDER, by=alice, now=tweak.now)
        tweak.reach("ship_it", 99)
        tweak.wait(8).measure(0.125)
        tweak.call()
        tweak.decide("advance")
        _, first, last = promises(tweak).promises
        assert first.delivered.at_last_step
        assert first.pair.delivered == pytest.approx(5)
        assert first.counts
        assert last.delivered.state is Delivery.UNKNOWN
        assert "nothing comes after" in last.delivered.why


class TestThePortfolio:
    def test_is_empty_at_first(self, now, db):
        found = report(now=now)
        assert (found.whole.count, found.features, found.waiting, found.by_squad) == (0, (), (), ())

    def test_counts_each_feature_once_by_squad_and_by_step(self, squad, other_squad, alice, mallory):
        late = [released(squad, alice, rate).now for rate in (0.12, 0.13)]
        late.append(released(other_squad, mallory, 0.11).now)
        released(squad, alice, None)
        found = report(now=max(late))
        assert (found.whole.count, len(found.waiting)) == (3, 1)
        assert found.whole.bias == pytest.approx((-2 + 0 - 4) / 3)
        assert {one.slug: one.result.count for one in found.by_squad} == {"checkout": 2, "playlists": 1}
        assert {one.slug: one.result.count for one in found.by_step} == {"25": 3, "99": 3}
        assert report(now=max(late), squad="playlists").whole.count == 1
        assert report(now=max(late), tribe="commerce").whole.count == 2
        assert report(now=max(late), squad="nobody").whole.count == 0

    def test_it_costs_the_same_with_one_feature_and_with_many(self, squad, alice):
        life = released(squad, alice, 0.12)
        with CaptureQueriesContext(connection) as one:
            report(now=life.now)
        for _ in range(3):
            life = released(squad, alice, 0.11)
        with CaptureQueriesContext(connection) as many:
            assert report(now=life.now).whole.count == 4
        assert len(one) == len(many) <= 4


def test_a_metric_that_was_defined_anew_is_another_metric(squad, alice):
    life = released(squad, alice, 0.12)
    kept = promises(life)
    evidence = life.feature.evidence.order_by("as_of").last()
    for row, digest in ((evidence, "new"), (life.feature.evidence.get(pk=kept.speaking.evidence), "old")):
        row.body["basis"]["definitions"] = {"reorder-rate": digest}
        row.save(update_fields=["body"])
    kept = promises(life)
    assert kept.speaking.pair is None
    assert "defined anew" in kept.speaking.delivered.why
    assert kept.promises[2].pair is not None


def test_another_metric_after_the_release_is_no_delivery(squad, alice):
    life = released(squad, alice, 0.12)
    row = life.feature.evidence.order_by("as_of").last()
    row.body["primary"]["metric"] = "basket-value"
    row.save(update_fields=["body"])
    assert "another metric" in promises(life).speaking.delivered.why
