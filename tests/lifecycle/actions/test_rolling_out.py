"""Exposure goes down at once and up only by decision; the ladder is laid out ahead, never behind."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from features.actions.investment import InvestmentRow, record_investments
from features.errors import BadInput, Conflict, Forbidden
from features.models import AuditEntry
from hypotheses.models import Stage
from lifecycle.actions.rolling_out import lower_exposure, restore_exposure, set_ladder
from lifecycle.models import ExposureChange, Ladder
from lifecycle.queries.gates import may_rise
from lifecycle.queries.ladders import ladder_of
from tests.factories import lives

pytestmark = pytest.mark.django_db


@pytest.fixture
def life(squad, alice):
    return lives.shipping(squad, alice, 10)


def lower(life, percent, **changed):
    given = {"reason": "Errors rose.", "by": life.by, "now": life.now, **changed}
    change = lower_exposure(feature=life.feature, percent=percent, **given)
    life.refresh()
    return change


def restore(life, percent):
    change = restore_exposure(feature=life.feature, percent=percent, reason="Mended.", by=life.by, now=life.now)
    life.refresh()
    return change


class TestLowering:
    def test_it_is_immediate_on_record_and_leaves_the_ceiling(self, life):
        change = lower(life, "2.5")
        assert (life.feature.exposure_percent, life.feature.ceiling_percent) == (Decimal("2.5"), 10)
        assert (change.from_percent, change.to_percent, change.cause) == (10, Decimal("2.5"), "lowered")
        assert (change.reason, change.by, change.at) == ("Errors rose.", life.by, life.now)
        assert AuditEntry.objects.order_by("number").last().act == "exposure.changed"

    def test_it_opens_a_new_stage(self, life):
        life.wait(1).measure()
        lower(life, 5)
        stages = list(Stage.objects.filter(trial=life.trial).order_by("number"))
        assert (stages[-1].percent, stages[-1].started_at, stages[-1].ended_at) == (5, life.now, None)
        assert stages[-2].ended_at == life.now
        assert stages[-1].stint == stages[-2].stint == life.stint

    @pytest.mark.parametrize("reason", ["", " ", None, "\u200b", "\u2060\u00a0\u3164", "\u0301"])
    def test_a_reason_can_be_seen(self, life, reason):
        with pytest.raises(BadInput) as refused:
            lower(life, 1, reason=reason)
        assert refused.value.errors[0].field == "reason"

    def test_it_is_allowed_while_the_gate_is_due(self, life):
        life.call()
        lower(life, 0)
        assert life.feature.exposure_percent == 0

    def test_the_safety_policy_may_as_well(self, life):
        change = lower(life, 0, by=None, safety=True)
        assert (change.cause, change.by) == ("safety", None)
        assert AuditEntry.objects.order_by("number").last().by_name == "safety policy"

    @pytest.mark.parametrize("percent", [10, 11, 101, -1, "many", None, True, "2.555", float("nan")])
    def test_what_is_not_lower_is_refused(self, life, percent):
        with pytest.raises(BadInput) as refused:
            lower(life, percent)
        assert refused.value.errors[0].field == "percent"
        assert life.refresh().exposure_percent == 10

    def test_the_refusal_names_the_decided_ceiling(self, life):
        with pytest.raises(BadInput, match="The exposure is 10 %, the decided ceiling; give a lower one"):
            lower(life, 10)
        lower(life, 1)
        with pytest.raises(BadInput, match="It comes back up to the decided 10 % while the gate is not due"):
            lower(life, 1)

    def test_it_says_why(self, life):
        with pytest.raises(BadInput):
            lower(life, 1, reason=" ")

    def test_another_squad_may_not(self, life, mallory):
        with pytest.raises(Forbidden):
            lower(life, 1, by=mallory)


class TestRestoring:
    def test_up_to_the_ceiling(self, life):
        lower(life, 1)
        change = restore(life, 10)
        assert (change.cause, life.feature.exposure_percent) == ("restored", 10)

    def test_not_above_it(self, life):
        lower(life, 1)
        with pytest.raises(Conflict) as refused:
            restore(life, 25)
        assert refused.value.code == "decided_at_gates"

    def test_not_while_the_gate_is_due_and_again_after_the_decision(self, life):
        lower(life, 1)
        life.call()
        with pytest.raises(Conflict) as refused:
            restore(life, 10)
        assert refused.value.code == "gate_due"
        life.decide("iterate")
        assert life.feature.exposure_percent == 1
        restore(life, 10)

    def test_not_after_the_time_box_though_the_clock_stood_still(self, life):
        lower(life, 1)
        life.wait(40)
        with pytest.raises(Conflict) as refused:
            restore(life, 10)
        assert refused.value.code == "gate_due"
        assert life.refresh().exposure_percent == 1

    def test_not_when_the_budget_is_spent_though_nobody_judged_it_yet(self, squad, alice):
        life = lives.shipping(squad, alice, 1)
        life.call()
        life.decide("iterate", next={"budget": {"days": "5"}})
        lower(life, 0)
        spent = InvestmentRow(feature=life.feature.key, on=life.now.date(), category="people", person_days=Decimal(6))
        record_investments(entries=[spent], by=alice, now=life.now)
        with pytest.raises(Conflict) as refused:
            restore(life, 1)
        assert refused.value.code == "gate_due"

    def test_a_killed_feature_stays_at_zero(self, life):
        life.call()
        life.decide("kill")
        with pytest.raises(Conflict):
            restore(life, 1)

    def test_an_advance_raises_what_had_been_lowered(self, life):
        life.meet_rules()
        lower(life, 1)
        life.call()
        life.decide("advance")
        assert life.feature.exposure_percent == 25
        change = ExposureChange.objects.order_by("pk").last()
        assert (change.from_percent, change.to_percent, change.cause) == (1, 25, "decided")


STEPS = [{"percent": 2, "minimum_days": 1}, {"percent": 20, "minimum_days": 2, "purpose": "Look"}, {"percent": 95}]


class TestTheLadder:
    def set(self, life, steps, **more):
        return set_ladder(feature=life.feature, steps=steps, by=life.by, now=life.now, **more)

    def test_it_can_be_laid_out_before_the_first_step(self, squad, alice):
        life = lives.thinking(squad, alice)
        self.set(life, STEPS)
        ladder = ladder_of(feature=life.feature)
        assert [(rung.percent, rung.minimum_days) for rung in ladder.rungs] == [(2, 1), (20, 2), (95, 7)]
        assert ladder.holdback_percent == 1
        life.reach("ship_it", 2).reach("ship_it", 20).reach("ship_it", 95).reach("tweak_it")
        assert life.feature.exposure_percent == 99

    def test_what_is_ahead_can_still_change_and_what_was_reached_cannot(self, life):
        reached = [
            {name: getattr(rung, name) for name in ("percent", "purpose", "minimum_days", "full_course_days")}
            for rung in ladder_of(feature=life.feature).rungs[:3]
        ]
        self.set(life, [*reached, {"percent": 60}, {"percent": 99}])
        assert [rung.percent for rung in ladder_of(feature=life.feature).rungs] == [1, 5, 10, 60, 99]
        for changed in (reached[1:], [*reached, {"percent": 7}], [{**reached[0], "minimum_days": 0}, *reached[1:]]):
            with pytest.raises((Conflict, BadInput)):
                self.set(life, [*changed, {"percent": 99}])
        for name, value in (("purpose", "Look"), ("minimum_days", 2), ("full_course_days", 300)):
            with pytest.raises(Conflict) as refused:
                self.set(life, [*reached[:2], {**reached[2], name: value}, {"percent": 99}])
            assert refused.value.code == "step_reached", name
        with pytest.raises(Conflict) as refused:
            self.set(life, [{"percent": 1, "minimum_days": 3}, {"percent": 99}])
        assert refused.value.code == "step_reached"
        assert "10 %" in refused.value.detail

    def test_not_while_the_gate_is_due(self, life):
        life.call()
        with pytest.raises(Conflict) as refused:
            self.set(life, STEPS)
        assert refused.value.code == "gate_due"

    def test_not_after_the_end(self, life):
        life.call()
        life.decide("kill")
        with pytest.raises(Conflict) as refused:
            self.set(life, STEPS)
        assert refused.value.code == "feature_ended"

    @pytest.mark.parametrize(
        ("steps", "field"),
        [
            ([], "steps"),
            ("1, 5", "steps"),
            ([{"percent": 5}, {"percent": 5}], "steps.1.percent"),
            ([{"percent": 50}, {"percent": 5}], "steps.1.percent"),
            ([{"percent": 0}], "steps.0.percent"),
            ([{"percent": 101}], "steps.0.percent"),
            ([{"percent": None}], "steps.0.percent"),
            ([{"percent": 5, "minimum_days": -1}], "steps.0.minimum_days"),
            ([{"percent": 5, "minimum_days": 9, "full_course_days": 3}], "steps.0.full_course_days"),
            ([{"percent": 5, "colour": "red"}], "steps.0.colour"),
            ([5], "steps.0"),
        ],
    )
    def test_what_is_wrong_is_named(self, squad, alice, steps, field):
        life = lives.thinking(squad, alice)
        with pytest.raises(BadInput) as refused:
            self.set(life, steps)
        assert field in {error.field for error in refused.value.errors}
        assert not Ladder.objects.exists()

    @pytest.mark.parametrize("holdback", [6, -1, "lots"])
    def test_the_holdback_fits_above_the_last_step(self, squad, alice, holdback):
        life = lives.thinking(squad, alice)
        with pytest.raises(BadInput):
            self.set(life, STEPS, holdback_percent=holdback)
        self.set(life, STEPS, holdback_percent=2)
        assert ladder_of(feature=life.feature).holdback_percent == 2

    def test_a_holdback_that_is_not_said_stays_as_it_was_as_far_as_there_is_room(self, squad, alice):
        life = lives.thinking(squad, alice)
        assert self.set(life, [{"percent": 5}]).holdback_percent == 1, "not half of all people"
        assert self.set(life, STEPS, holdback_percent=3).holdback_percent == 3
        assert self.set(life, STEPS).holdback_percent == 3
        assert self.set(life, [{"percent": 98}]).holdback_percent == 2

    def test_without_a_holdback_everybody_gets_it_at_release(self, squad, alice):
        life = lives.thinking(squad, alice)
        self.set(life, [{"percent": 100, "minimum_days": 0}])
        life.reach("tweak_it")
        ladder = Ladder.objects.get()
        assert (life.feature.exposure_percent, ladder.holdback_closed_at, ladder.holdback_ends_on) == (
            100,
            life.now,
            None,
        )

    def test_another_squad_may_not(self, life, mallory):
        with pytest.raises(Forbidden):
            set_ladder(feature=life.feature, steps=STEPS, by=mallory, now=life.now)


class TestMayItRise:
    def allowed(self, life, percent):
        return may_rise(feature=life.refresh(), percent=Decimal(str(percent)), now=life.now)

    def test_up_to_what_is_decided(self, life):
        assert self.allowed(life, 10).allowed
        assert self.allowed(life, 0).allowed
        refused = self.allowed(life, 25)
        assert (refused.allowed, refused.gate_id) == (False, life.gate.pk)
        assert "10 % is decided" in refused.because

    def test_what_was_lowered_comes_back_only_while_the_gate_is_not_due(self, life):
        lower(life, 1)
        assert self.allowed(life, 10).allowed
        life.call()
        assert not self.allowed(life, 10).allowed
        assert self.allowed(life, 1).allowed
        assert "due" in self.allowed(life, 10).because

    def test_what_was_killed_may_only_go(self, life):
        life.call()
        life.decide("kill")
        assert self.allowed(life, 0).allowed
        assert not self.allowed(life, 1).allowed
        assert "Removing" in self.allowed(life, 1).because

    def test_not_after_the_time_box_though_the_clock_stood_still(self, life):
        lower(life, 1)
        life.wait(40)
        assert life.gate.state == "open"
        assert not self.allowed(life, 10).allowed
        assert "due since" in self.allowed(life, 10).because

    def test_a_pipeline_asks_by_command(self, life, monkeypatch):
        monkeypatch.setattr("lifecycle.management.commands.check_ladder.timezone.now", lambda: life.now)
        out = StringIO()
        call_command("check_ladder", life.feature.key, "10", stdout=out)
        assert out.getvalue().startswith("allowed: ")
        with pytest.raises(SystemExit) as exit_code:
            call_command("check_ladder", life.feature.key, "25", stdout=out)
        assert exit_code.value.code == 1
        for wrong in ((life.feature.key, "lots"), ("no-such-feature", "5")):
            with pytest.raises(CommandError) as refused:
                call_command("check_ladder", *wrong)
            assert refused.value.returncode == 2


def test_exposure_never_rises_while_the_days_pass(life):
    for _ in range(3):
        life.now += timedelta(days=30)
        assert life.refresh().exposure_percent == 10
