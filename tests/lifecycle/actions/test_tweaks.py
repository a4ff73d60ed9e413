"""A tweak is a small feature: it lands in its parent, and any end of it makes the parent's gate due."""

import pytest
from django.db import DatabaseError, transaction

from features.errors import BadInput, Conflict, Forbidden
from features.models import Feature
from hypotheses.models import Baseline
from lifecycle.actions.registering import register_feature
from lifecycle.models import Decision, Gate, Ladder
from lifecycle.phases import DEFAULT_LADDER
from tests.factories import lives

pytestmark = pytest.mark.django_db


@pytest.fixture
def parent(squad, alice):
    return lives.tweaking(squad, alice)


@pytest.fixture
def tweak(parent):
    return lives.running_tweak(parent)


class TestLanding:
    def test_its_last_advance_lands_it_and_moves_the_parents_baseline(self, parent, tweak):
        tweak.reach("ship_it", 99)
        tweak.advance()
        feature = tweak.feature
        assert (feature.phase, feature.status, feature.ended_on) == ("ship_it", "landed", tweak.now.date())
        assert feature.released_on == tweak.now.date()
        assert (feature.ceiling_percent, feature.exposure_percent) == (100, 100)
        moved = Baseline.objects.order_by("pk").last()
        assert (moved.feature, moved.tweak, moved.value) == (parent.feature, feature, lives.GOOD)
        assert Baseline.objects.filter(feature=parent.feature).count() == 2
        assert not Gate.objects.filter(feature=feature).exclude(state="decided").exists()
        assert Ladder.objects.get(feature=feature).holdback_ends_on is None
        assert tweak.decisions[-1].moved_to["status"] == "landed"

    def test_the_parents_gate_falls_due(self, parent, tweak):
        tweak.reach("ship_it", 99)
        assert parent.gate.state == "open"
        tweak.advance()
        cause = parent.gate.causes.get()
        assert (parent.gate.state, cause.cause, cause.at) == ("due", "tweak_ended", tweak.now)
        assert tweak.feature.name in cause.detail
        assert "landed" in cause.detail

    def test_a_tweak_goes_through_every_step(self, tweak):
        tweak.reach("ship_it", 99)
        steps = [decision.moved_to["step"] for decision in tweak.decisions]
        assert steps == [None, *(float(rung.percent) for rung in DEFAULT_LADDER)]


class TestWhatItIsMeasuredAgainst:
    """A tweak's relative minimum effect is a share of what its parent had reached."""

    RELATIVE = {"minimum_effect": 0.05, "effect_scale": "relative"}

    def started(self, parent, name, **stated):
        return lives.running_tweak(parent, name, **{**self.RELATIVE, **stated})

    def measured(self, tweak):
        tweak.reach("build_it").wait(1).measure(units=50)
        return tweak.feature.hypotheses.get()

    def test_it_is_the_baseline_of_the_release(self, parent):
        locked = self.measured(self.started(parent, "Bigger button"))
        assert (locked.baseline, locked.minimum_effect_absolute) == (lives.GOOD, pytest.approx(0.05 * lives.GOOD))

    def test_a_landed_tweak_moves_it_for_the_next_and_no_row_ever_changes(self, parent, tweak):
        first = Baseline.objects.get(feature=parent.feature)
        tweak.reach("ship_it", 99)
        tweak.wait(8).measure(0.14)
        tweak.call()
        tweak.decide("advance")
        parent.now = tweak.now
        locked = self.measured(self.started(parent, "Rounder button"))
        assert locked.baseline == 0.14
        assert Baseline.objects.get(pk=first.pk).value == lives.GOOD
        with pytest.raises(DatabaseError), transaction.atomic():
            Baseline.objects.filter(pk=first.pk).update(value=0.2)

    def test_a_metric_that_nobody_froze_has_its_own(self, parent):
        lives.metric("taps", baseline=0.4)
        locked = self.measured(self.started(parent, "Bigger button", metric="taps"))
        assert locked.baseline == 0.4


class TestEnds:
    def test_a_killed_tweak_tells_its_parent_which_stands(self, parent, tweak):
        tweak.call()
        tweak.decide("kill")
        assert tweak.feature.status == "ended"
        assert parent.gate.causes.get().cause == "tweak_ended"
        assert parent.refresh().status == "active"

    def test_two_tweaks_ring_each_for_itself(self, parent, tweak):
        other = lives.running_tweak(parent, "Smaller button")
        for life in (tweak, other):
            life.call()
            life.decide("kill")
        assert parent.gate.causes.count() == 2

    def test_killing_the_parent_kills_its_running_tweaks_on_record(self, parent, tweak):
        shipped = lives.running_tweak(parent, "Smaller button")
        shipped.reach("ship_it", 1)
        parent.now = shipped.now
        parent.call()
        parent.decide("kill", reason="Nobody reorders.")
        assert (tweak.refresh().status, shipped.refresh().status) == ("ended", "removing")
        decision = Decision.objects.get(feature=tweak.feature)
        assert (decision.outcome, decision.by, decision.policy) == ("kill", parent.by, "parent_killed")
        assert parent.feature.name in decision.reason
        assert [cause.cause for cause in decision.gate.causes.all()] == ["called"]
        assert not Gate.objects.filter(feature__in=[parent.feature, tweak.feature]).exclude(state="decided").exists()

    def test_ended_tweaks_are_left_alone_by_that(self, parent, tweak):
        tweak.call()
        tweak.decide("kill")
        parent.decide("kill")
        assert Decision.objects.filter(feature=tweak.feature).count() == 1

    def test_a_tweak_may_end_after_its_parent_moved_on(self, parent, tweak):
        parent.advance()
        tweak.call()
        tweak.decide("kill")
        assert parent.gate.causes.get().cause == "tweak_ended"
        assert parent.refresh().phase == "maintain_it"


class TestStarting:
    def start(self, parent, **changed):
        given = {"name": "Bigger", "squad": parent.feature.squad, "by": parent.by, "now": parent.now, **changed}
        return register_feature(parent=parent.feature, **given)

    def test_beside_a_decision_while_the_parents_gate_is_not_due(self, parent):
        assert self.start(parent).parent == parent.feature

    def test_not_while_it_is_due(self, parent):
        parent.call()
        with pytest.raises(Conflict) as refused:
            self.start(parent)
        assert refused.value.code == "gate_due"

    def test_only_from_tweak_it(self, squad, alice, tweak):
        building = lives.building(squad, alice)
        for parent in (building, tweak):
            with pytest.raises(Conflict) as refused:
                self.start(parent)
            assert refused.value.code == "not_in_tweak_it"

    def test_not_for_another_squads_feature(self, parent, other_squad, mallory):
        with pytest.raises(Forbidden):
            self.start(parent, by=mallory, squad=other_squad)

    def test_the_wish_is_read_field_by_field(self, parent):
        parent.call()
        for tweak, field in [
            ({"name": ""}, "next.tweak.name"),
            ({"name": "Bigger", "budget": {"days": "-1"}}, "next.tweak.budget.days"),
            ({"name": "Bigger", "owner": "nobody"}, "next.tweak.owner"),
            ({"name": "Bigger", "key": "No Key!"}, "next.tweak.key"),
            ({"name": "Bigger" * 40}, "next.tweak.name"),
            ({"name": "Bigger", "tags": "red"}, "next.tweak.tags"),
            ({"name": "Bigger", "colour": "red"}, "next.tweak.colour"),
        ]:
            with pytest.raises(BadInput) as refused:
                parent.decide("iterate", next={"tweak": tweak})
            assert field in {error.field for error in refused.value.errors}, tweak
        assert Feature.objects.count() == 1
        assert parent.gate.state == "due"

    def test_a_key_that_is_taken_starts_nothing(self, parent):
        parent.call()
        with pytest.raises(Conflict) as refused:
            parent.decide("iterate", next={"tweak": {"name": "Bigger", "key": parent.feature.key}})
        assert refused.value.code == "key_taken"
        assert parent.gate.state == "due"

    def test_the_wish_comes_true(self, parent, bob):
        parent.call()
        wish = {
            "name": "Bigger button", "key": "bigger", "summary": "For thumbs.", "owner": "bob", "tags": ["ux"],
            "time_box_days": 5, "budget": {"days": "3"},
        }  # fmt: skip
        parent.decide("iterate", next={"tweak": wish})
        tweak = Feature.objects.get(key="bigger")
        assert (tweak.name, tweak.summary, tweak.owner, tweak.parent) == (
            "Bigger button",
            "For thumbs.",
            bob,
            parent.feature,
        )
        assert [tag.name for tag in tweak.tags.all()] == ["ux"]
        assert (tweak.stints.get().time_box_days, tweak.stints.get().budget_days) == (5, 3)
