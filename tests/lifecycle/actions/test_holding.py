"""Due means held: exposure cannot rise, no tweak starts, the hypothesis stays. Facts are never refused."""

from datetime import timedelta
from decimal import Decimal

import pytest

from features.actions.investment import InvestmentRow, record_investments
from features.errors import BadInput, Conflict, Forbidden, Missing, RulesUnmet
from features.queries.sums import differences
from lifecycle.actions.calling import call_gate
from lifecycle.actions.revising import revise_hypothesis
from lifecycle.actions.rolling_out import lower_exposure, restore_exposure
from lifecycle.queries.gates import gate_view
from lifecycle.queries.spend import undecided_spend
from tests.factories import lives

pytestmark = pytest.mark.django_db


@pytest.fixture
def life(squad, alice):
    return lives.thinking(squad, alice)


def revise(life, **fields):
    return revise_hypothesis(feature=life.feature, by=life.by, now=life.now, **fields)


class TestTheHypothesis:
    def test_it_is_revised_while_nothing_is_known_and_nothing_is_due(self, life):
        assert revise(life, audience="everybody").version == 2

    def test_not_while_the_gate_is_due(self, life):
        life.call()
        with pytest.raises(Conflict) as refused:
            revise(life, audience="everybody")
        assert refused.value.code == "hypothesis_locked"
        assert "due" in refused.value.detail

    def test_not_after_the_time_box_though_the_clock_stood_still(self, life):
        life.wait(15)
        assert life.gate.state == "open"
        with pytest.raises(Conflict) as refused:
            revise(life, audience="everybody")
        assert refused.value.code == "hypothesis_locked"

    def test_not_after_the_first_finding_until_an_iterate(self, life):
        life.find()
        with pytest.raises(Conflict) as refused:
            revise(life, audience="everybody")
        assert refused.value.code == "hypothesis_locked"
        life.call()
        life.decide("iterate", questions=["hypothesis"])
        assert revise(life, audience="everybody").version == 2

    def test_another_squad_may_not(self, life, mallory):
        with pytest.raises(Forbidden):
            revise_hypothesis(feature=life.feature, by=mallory, now=life.now, audience="everybody")

    def test_what_it_needs_is_judged_again(self, life):
        before = life.stint.facts_version
        revise(life, mvp="")
        assert life.stint.facts_version > before


class TestFactsAreNeverRefused:
    def test_what_is_spent_after_the_due_date_is_undecided_until_somebody_decides(self, squad, alice):
        life = lives.thinking(squad, alice)
        self.spend(life, "10")
        life.wait(0.1).call()
        assert undecided_spend(gate=life.gate).amount == 0
        self.spend(life, "20")
        self.spend(life.wait(3), "5", days="2")
        spend = undecided_spend(gate=life.gate)
        assert (spend.amount, spend.days, spend.unpriced) == (25, 2, 0)
        assert gate_view(gate=life.gate, now=life.now).undecided == spend
        decision = life.decide("iterate")
        assert decision.undecided_spend == 25
        assert undecided_spend(gate=life.gate).amount == 0

    def test_what_was_booked_for_days_to_come_becomes_undecided_as_the_gate_falls_due(self, squad, alice):
        life = lives.thinking(squad, alice)
        self.spend(life, "10", days="1", ahead=2)
        self.spend(life, "7")
        life.wait(0.1).call()
        spend = undecided_spend(gate=life.gate)
        assert (spend.amount, spend.days, spend.unpriced) == (10, 1, 0)
        assert list(differences()) == []

    def test_days_without_a_rate_are_counted_apart(self, life):
        life.call()
        self.spend(life.wait(1), None, days="2")
        spend = undecided_spend(gate=life.gate)
        assert (spend.amount, spend.unpriced) == (0, 2)

    def test_results_and_findings_arrive(self, squad, alice):
        life = lives.shipping(squad, alice, 1)
        life.call()
        life.wait(1).measure()
        life.find(kind="beta")
        assert life.feature.findings.filter(kind="beta").count() == 1

    @staticmethod
    def spend(life, amount, days=None, ahead=0):
        numbers = {"amount": amount and Decimal(amount), "person_days": days and Decimal(days)}
        row = InvestmentRow(
            feature=life.feature.key, category="people", on=(life.now + timedelta(ahead)).date(), **numbers
        )
        record_investments(entries=[row], by=life.by, now=life.now)


class TestCalling:
    def test_members_leads_leaders_and_administrators_may(self, squad, alice, bob, carol, root):
        for person in (alice, bob, carol, root):
            life = lives.thinking(squad, alice)
            gate = call_gate(gate_id=life.gate.pk, by=person, now=life.now, reason="A competitor.")
            assert (gate.state, gate.due_at, gate.causes.get().by) == ("due", life.now, person)

    def test_others_may_not_and_nobody_without_a_reason(self, life, alice, mallory):
        with pytest.raises(Forbidden):
            call_gate(gate_id=life.gate.pk, by=mallory, now=life.now, reason="Why not?")
        for reason in ("", "  ", None):
            with pytest.raises(BadInput):
                call_gate(gate_id=life.gate.pk, by=alice, now=life.now, reason=reason)
        with pytest.raises(Missing):
            call_gate(gate_id=10**9, by=alice, now=life.now, reason="Now.")
        assert life.gate.state == "open"

    def test_a_decided_gate_is_not_called(self, life, alice):
        gate = life.call().pk
        life.decide("iterate")
        with pytest.raises(Conflict) as refused:
            call_gate(gate_id=gate, by=alice, now=life.now, reason="Again.")
        assert refused.value.code == "already_decided"

    def test_it_is_not_bound_by_the_minimum_run(self, squad, alice):
        life = lives.shipping(squad, alice, 25)
        life.call()
        assert life.decide("kill").outcome == "kill"


class TestFresh:
    """What has landed counts when somebody acts, also while the clock has not come round or stands still."""

    def test_an_advance_sees_the_harm_that_nobody_has_weighed_yet(self, squad, alice):
        life = lives.building(squad, alice)
        life.meet_rules()
        life.wait(1).measure(0.14)
        life.call()
        life.wait(0.1).measure(0.02, weigh=False)
        with pytest.raises(RulesUnmet) as refused:
            life.decide("advance")
        assert "not_harmful" in [rule["code"] for rule in refused.value.extra["rules"]]

    def test_exposure_does_not_come_back_over_harm_that_nobody_has_weighed_yet(self, squad, alice):
        life = lives.shipping(squad, alice, 5)
        lower_exposure(feature=life.feature, percent=1, reason="Errors rose.", by=alice, now=life.now)
        life.refresh()
        life.wait(0.1).measure(0.02, weigh=False)
        with pytest.raises(Conflict) as refused:
            restore_exposure(feature=life.feature, percent=5, by=alice, now=life.now)
        assert refused.value.code == "gate_due"
