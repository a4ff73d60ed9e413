"""Each answer in each phase, decided for real: where the feature goes, and what opens next."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from features.enums import Phase
from features.errors import BadInput
from features.models import AuditEntry, Feature
from hypotheses.models import Baseline, Stage
from lifecycle.models import ExposureChange, Gate, Ladder, Removal
from tests.factories import lives

pytestmark = pytest.mark.django_db


def where(feature: Feature):
    return feature.phase, feature.status, feature.iteration, feature.step_percent


def undecided(feature: Feature):
    return list(Gate.objects.filter(feature=feature).exclude(state="decided"))


def assert_goes_on(life):
    """One open stint and one open gate that repeat the feature; nothing is due."""
    feature, stint, gate = life.refresh(), life.stint, life.gate
    assert (stint.phase, stint.iteration, stint.step_percent) == (
        feature.phase,
        feature.iteration,
        feature.step_percent,
    )
    assert (gate.stint_id, gate.state, gate.due_at) == (stint.pk, "open", None)
    assert gate.due_on > life.now.date()


def assert_over(life):
    assert undecided(life.refresh()) == []
    assert not life.feature.stints.filter(ended_at__isnull=True).exists()


class TestThinkIt:
    def test_iterate_starts_the_next_stint_with_new_terms(self, squad, alice):
        life = lives.thinking(squad, alice, time_box_days=5)
        life.call()
        decision = life.decide(
            "iterate", questions=["hypothesis"], next={"time_box_days": 3, "budget": {"amount": "500.00"}}
        )
        assert where(life.feature) == ("think_it", "active", 2, None)
        assert_goes_on(life)
        assert (life.stint.time_box_days, life.stint.budget_amount) == (3, Decimal(500))
        assert life.gate.due_on == life.now.date() + timedelta(days=3)
        assert decision.questions == ["hypothesis"]
        assert decision.moved_to["iteration"] == 2

    def test_iterate_may_bring_the_next_version_of_the_hypothesis(self, squad, alice):
        life = lives.thinking(squad, alice)
        life.wait(1).find()
        life.call()
        life.decide("iterate", next={"hypothesis": {"audience": "new customers"}})
        newest = life.feature.hypotheses.order_by("-version").first()
        assert (newest.version, newest.audience, newest.stint_id) == (2, "new customers", life.stint.pk)
        assert newest.metric.key == "reorder-rate"

    def test_kill_ends_it(self, squad, alice):
        life = lives.thinking(squad, alice)
        life.call()
        life.decide("kill")
        assert where(life.feature) == ("think_it", "ended", 1, None)
        assert life.feature.ended_on == life.now.date()
        assert not Removal.objects.exists()
        assert_over(life)

    def test_advance_builds_it(self, squad, alice):
        life = lives.thinking(squad, alice)
        life.advance()
        assert where(life.feature) == ("build_it", "active", 1, None)
        assert life.stint.time_box_days == 28
        assert_goes_on(life)


class TestBuildIt:
    def test_iterate_counts_on(self, squad, alice):
        life = lives.building(squad, alice)
        life.call()
        life.decide("iterate", questions=["mvp"])
        assert where(life.feature) == ("build_it", "active", 2, None)
        assert life.stint.treatment_version == 2
        assert_goes_on(life)

    def test_questioning_the_measurement_alone_keeps_the_treatment(self, squad, alice):
        life = lives.building(squad, alice)
        life.call()
        life.decide("iterate", questions=["measurement"])
        assert life.stint.treatment_version == 1

    def test_kill_ends_what_nobody_had(self, squad, alice):
        life = lives.building(squad, alice)
        life.call()
        life.decide("kill")
        assert where(life.feature) == ("build_it", "ended", 1, None)
        assert_over(life)

    @pytest.mark.parametrize("kind", ["beta", "internal_release"])
    def test_kill_starts_a_removal_when_somebody_had_it(self, squad, alice, kind):
        life = lives.building(squad, alice)
        life.find(kind=kind)
        life.call()
        life.decide("kill")
        assert where(life.feature) == ("build_it", "removing", 1, None)
        assert [step.work for step in life.feature.removal.steps.all()] == [
            "exposure_zero", "code_gone", "data_and_docs_gone",
        ]  # fmt: skip
        assert life.feature.ended_on is None
        assert_over(life)

    def test_advance_goes_to_the_first_step_of_the_ladder(self, squad, alice):
        life = lives.building(squad, alice)
        decision = life.advance()
        assert where(life.feature) == ("ship_it", "active", 1, 1)
        assert (life.feature.ceiling_percent, life.feature.exposure_percent) == (1, 1)
        change = ExposureChange.objects.get()
        assert (change.from_percent, change.to_percent, change.cause, change.decision) == (0, 1, "decided", decision)
        assert [step.percent for step in Ladder.objects.get().steps.all()] == [1, 5, 10, 25, 50, 99]
        assert_goes_on(life)


class TestShipIt:
    def test_iterate_stays_at_the_same_percentage(self, squad, alice):
        life = lives.shipping(squad, alice, 5)
        life.call()
        life.decide("iterate")
        assert where(life.feature) == ("ship_it", "active", 2, 5)
        assert (life.feature.ceiling_percent, life.feature.exposure_percent) == (5, 5)
        assert_goes_on(life)

    def test_a_new_permutation_begins_its_own_stage(self, squad, alice):
        life = lives.shipping(squad, alice, 5)
        life.measure(lives.BAD)
        before = Stage.objects.get(trial=life.trial, ended_at__isnull=True)
        life.wait(0.5)
        life.call()
        life.decide("iterate")
        after = Stage.objects.get(trial=life.trial, ended_at__isnull=True)
        assert after.pk != before.pk
        assert (after.stint_id, after.percent) == (life.stint.pk, 5)

    def test_advance_raises_exposure_to_the_next_step(self, squad, alice):
        life = lives.shipping(squad, alice, 1)
        life.advance()
        assert where(life.feature) == ("ship_it", "active", 1, 5)
        assert (life.feature.ceiling_percent, life.feature.exposure_percent) == (5, 5)
        assert_goes_on(life)

    def test_kill_takes_exposure_to_zero_and_is_work(self, squad, alice):
        life = lives.shipping(squad, alice, 5)
        life.call()
        life.decide("kill")
        assert where(life.feature) == ("ship_it", "removing", 1, 5)
        assert (life.feature.ceiling_percent, life.feature.exposure_percent) == (0, 0)
        assert life.feature.removal.started_at == life.now
        life.trial.refresh_from_db()
        assert life.trial.ended_at == life.now
        assert_over(life)

    def test_the_last_advance_releases_it(self, squad, alice, bob):
        life = lives.shipping(squad, alice, 99, owner=bob)
        life.advance()
        feature, ladder = life.feature, Ladder.objects.get()
        assert where(feature) == ("tweak_it", "active", 1, None)
        assert (feature.ceiling_percent, feature.exposure_percent) == (99, 99)
        assert feature.released_on == life.now.date()
        assert ladder.holdback_owner == bob
        assert ladder.holdback_ends_on == life.now.date() + timedelta(days=90)
        assert life.gate.due_on == ladder.holdback_ends_on
        baseline = Baseline.objects.get()
        assert (baseline.feature, baseline.tweak, baseline.value) == (feature, None, lives.GOOD)
        assert_goes_on(life)


class TestTweakIt:
    def test_iterate_starts_a_tweak(self, squad, alice):
        life = lives.tweaking(squad, alice)
        tweak = lives.running_tweak(life)
        assert where(life.feature) == ("tweak_it", "active", 2, None)
        assert where(tweak.feature) == ("think_it", "active", 1, None)
        assert tweak.feature.parent == life.feature
        assert tweak.feature.hypotheses.count() == 1
        assert_goes_on(life)
        assert_goes_on(tweak)

    def test_iterate_without_a_tweak_is_refused_and_nothing_is_written(self, squad, alice):
        life = lives.tweaking(squad, alice)
        life.call()
        entries = AuditEntry.objects.count()
        with pytest.raises(BadInput) as refused:
            life.decide("iterate")
        assert refused.value.errors[0].field == "next.tweak"
        assert life.gate.state == "due"
        assert AuditEntry.objects.count() == entries

    def test_kill_is_work(self, squad, alice):
        life = lives.tweaking(squad, alice)
        life.call()
        life.decide("kill")
        assert where(life.feature) == ("tweak_it", "removing", 1, None)
        assert life.feature.exposure_percent == 0
        assert Ladder.objects.get().holdback_closed_at == life.now
        assert_over(life)

    def test_advance_moves_on(self, squad, alice):
        life = lives.tweaking(squad, alice)
        life.advance()
        assert where(life.feature) == ("maintain_it", "active", 1, None)
        assert_goes_on(life)


class TestMaintainIt:
    def test_iterate_reinvests_with_or_without_a_tweak(self, squad, alice):
        life = lives.maintaining(squad, alice)
        life.call()
        life.decide("iterate")
        assert where(life.feature) == ("tweak_it", "active", 1, None)
        assert_goes_on(life)
        life.advance()
        life.call()
        decision = life.decide("iterate", next={"tweak": {"name": "Faster list"}})
        assert Feature.objects.get(key=decision.moved_to["tweak"]).parent == life.feature

    def test_kill_prunes_it(self, squad, alice):
        life = lives.maintaining(squad, alice)
        life.call()
        life.decide("kill")
        assert where(life.feature) == ("maintain_it", "removing", 1, None)
        assert_over(life)

    def test_advance_keeps_it_until_the_next_quarter_ends(self, squad, alice):
        life = lives.maintaining(squad, alice)
        life.wait(20).call()
        life.decide("advance")
        assert where(life.feature) == ("maintain_it", "active", 1, None)
        ends = life.stint.started_at.date() + timedelta(days=life.stint.time_box_days)
        assert (ends + timedelta(days=1)).day == 1
        assert (ends + timedelta(days=1)).month in {1, 4, 7, 10}
        assert 90 <= life.stint.time_box_days <= 184
        assert_goes_on(life)


def test_a_whole_life_leaves_one_decision_a_gate_and_an_unbroken_audit(squad, alice):
    life = lives.thinking(squad, alice).reach(Phase.MAINTAIN_IT)
    assert [decision.moved_to["step"] for decision in life.decisions] == [None, 1, 5, 10, 25, 50, 99, None, None]
    assert life.feature.phase == Phase.MAINTAIN_IT
    decided = AuditEntry.objects.filter(act="gate.decided", subject=f"feature:{life.feature.key}")
    assert decided.count() == len(life.decisions) == 9
    assert life.feature.stints.filter(ended_at__isnull=True).count() == 1
    assert life.feature.released_on > date(2026, 3, 2)
