"""Gates fall due by themselves, each for its reason, once; and a sweep without news costs next to nothing."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from features.actions.investment import InvestmentRow, record_investments
from features.models import Stint
from lifecycle.actions import judging
from lifecycle.actions.judging import judge_all, judge_gate
from lifecycle.models import Gate, GateCause, Notice
from tests.factories import lives

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def causes(gate: Gate):
    return [(cause.cause, cause.key) for cause in gate.causes.all()]


def invest(life, **fields):
    numbers = {name: Decimal(value) for name, value in fields.items()}
    row = InvestmentRow(feature=life.feature.key, category="people", on=life.now.date(), **numbers)
    record_investments(entries=[row], by=life.by, now=life.now)


class TestTheTimeBox:
    def test_it_ends_on_the_day_that_was_forecast(self, squad, alice):
        life = lives.thinking(squad, alice, time_box_days=10)
        assert life.gate.due_on == (life.now + 10 * DAY).date()
        assert judge_all(now=life.now + 10 * DAY - timedelta(seconds=1)) == 0
        assert judge_all(now=life.now + 10 * DAY) == 1
        assert (life.gate.state, life.gate.due_at) == ("due", life.now + 10 * DAY)
        assert causes(life.gate) == [("time_box", "")]

    def test_a_system_that_slept_records_when_it_ended_and_not_when_it_woke(self, squad, alice):
        life = lives.thinking(squad, alice, time_box_days=10)
        judge_all(now=life.now + 40 * DAY)
        assert life.gate.due_at == life.now + 10 * DAY

    def test_a_due_gate_is_rung_once(self, squad, alice):
        life = lives.thinking(squad, alice)
        for day in range(14, 40):
            judge_all(now=life.now + day * DAY)
        assert GateCause.objects.count() == 1
        assert life.gate.due_at == life.now + 14 * DAY


class TestTheBudget:
    def test_in_money(self, squad, alice):
        life = lives.thinking(squad, alice, budget={"amount": "1000.00"})
        invest(life, amount="999.99", person_days="400")
        assert judge_all(now=life.now) == 0
        invest(life.wait(1), amount="0.01")
        assert judge_all(now=life.now) == 1
        assert causes(life.gate) == [("budget", "")]
        assert life.gate.due_at == life.now
        assert "1,000.00" in life.gate.causes.get().detail

    def test_in_person_days(self, squad, alice):
        life = lives.thinking(squad, alice, budget={"days": "5"})
        invest(life, person_days="4.5", amount="90000")
        assert judge_all(now=life.now) == 0
        invest(life, person_days="0.5")
        assert judge_all(now=life.now) == 1

    def test_a_correction_afterwards_does_not_take_it_back(self, squad, alice):
        life = lives.thinking(squad, alice, budget={"amount": "100"})
        row = InvestmentRow(
            feature=life.feature.key, category="people", on=life.now.date(), amount=Decimal(100),
            source="books", external_id="1",
        )  # fmt: skip
        record_investments(entries=[row], by=alice, now=life.now)
        judge_all(now=life.now)
        smaller = InvestmentRow(
            feature=life.feature.key, category="people", on=life.now.date(), amount=Decimal(1),
            source="books", external_id="1",
        )  # fmt: skip
        record_investments(entries=[smaller], by=alice, now=life.now + DAY)
        judge_all(now=life.now + DAY)
        assert life.gate.state == "due"
        assert causes(life.gate) == [("budget", "")]


class TestEvidence:
    def test_harm_rings_at_once(self, squad, alice):
        life = lives.shipping(squad, alice, 10)
        life.wait(0.5).measure(lives.BAD)
        assert judge_all(now=life.now) == 1
        assert causes(life.gate) == [("evidence", "harmful")]

    def test_a_broken_guardrail_rings_at_once(self, squad, alice):
        life = lives.shipping(squad, alice, 10)
        life.wait(0.5).measure(lives.GOOD, basket=15.0)
        assert judge_all(now=life.now) == 1
        assert "basket-value" in life.gate.causes.get().detail

    def test_validation_rings_after_the_minimum_run_though_nothing_new_arrives(self, squad, alice):
        life = lives.shipping(squad, alice, 25)
        started = life.now
        life.wait(6.5).measure()
        assert judge_all(now=life.now) == 0
        assert judge_all(now=started + 7 * DAY) == 1
        assert causes(life.gate) == [("evidence", "validated")]

    def test_a_refutation_rings(self, squad, alice):
        life = lives.shipping(squad, alice, 25)
        life.wait(7).measure(lives.FLAT, units=2_000_000)
        assert judge_all(now=life.now) == 1
        assert causes(life.gate) == [("evidence", "refuted")]

    def test_inconclusive_waits_for_the_full_course(self, squad, alice):
        life = lives.shipping(squad, alice, 25)
        started = life.now
        life.wait(8).measure(0.101, units=2_000)
        assert judge_all(now=life.now) == 0
        assert judge_all(now=started + 28 * DAY) == 1
        assert ("step_complete", "") in causes(life.gate)

    def test_findings_ring_in_think_it(self, squad, alice):
        life = lives.thinking(squad, alice)
        life.wait(1).find(successes=10)
        assert judge_all(now=life.now) == 1
        assert causes(life.gate) == [("evidence", "validated")]

    def test_old_news_does_not_ring_the_next_stint(self, squad, alice):
        life = lives.shipping(squad, alice, 10)
        life.wait(1).measure(lives.BAD)
        judge_all(now=life.now)
        life.decide("iterate")
        life.wait(0.1)
        assert judge_all(now=life.now) == 0
        life.measure(lives.BAD)
        assert judge_all(now=life.now) == 1

    def test_results_that_are_restated_after_the_decision_do_not_ring(self, squad, alice):
        life = lives.shipping(squad, alice, 10)
        life.wait(1).measure(lives.BAD)
        judge_all(now=life.now)
        old, life_now = life.stint, life.now
        life.decide("iterate")
        life.measure(0.06, weigh=False)
        from hypotheses.actions.weighing import weigh_stint

        weigh_stint(stint=old, now=life_now)
        assert judge_all(now=life.now) == 0


class TestSeveralCauses:
    def test_all_are_kept_and_the_first_is_the_due_date(self, squad, alice):
        life = lives.shipping(squad, alice, 25)
        life.wait(7).measure()
        judge_all(now=life.now)
        first = life.gate.due_at
        judge_all(now=life.now + 30 * DAY)
        assert {cause for cause, _ in causes(life.gate)} == {"evidence", "step_complete", "time_box"}
        assert life.gate.due_at == first

    def test_a_call_beside_them_counts_once(self, squad, alice, bob):
        life = lives.thinking(squad, alice)
        life.call("We have a new competitor.")
        life.by = bob
        life.call("So we do.")
        called = life.gate.causes.get()
        assert (called.cause, called.by, called.detail) == ("called", alice, "We have a new competitor.")


class TestTheHoldback:
    def test_its_end_rings_whatever_gate_is_open_then_and_the_decision_closes_it(self, squad, alice):
        life = lives.tweaking(squad, alice)
        life.advance()
        ladder = life.feature.ladder
        life.now = life.now + 90 * DAY
        assert judge_all(now=life.now) == 1
        assert ("holdback_ends", "") in causes(life.gate)
        life.decide("advance")
        ladder.refresh_from_db()
        assert ladder.holdback_closed_at == life.now
        assert (life.feature.ceiling_percent, life.feature.exposure_percent) == (100, 100)
        assert judge_all(now=life.now + DAY) == 0


class TestTheSweep:
    def test_it_asks_a_constant_number_of_queries_when_there_is_nothing_to_do(self, squad, alice):
        def queries():
            with CaptureQueriesContext(connection) as caught:
                assert judge_all(now=lives.START + DAY) == 0
            return len(caught)

        lives.thinking(squad, alice)
        one = queries()
        for _ in range(5):
            lives.thinking(squad, alice)
        assert queries() == one == 2

    def test_it_goes_by_index(self, squad, alice):
        lives.thinking(squad, alice)
        with CaptureQueriesContext(connection) as caught:
            judge_all(now=lives.START)
        explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
        plans = []
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET LOCAL enable_seqscan = off")
            for query in caught:
                cursor.execute(f"{explain} {query['sql']}")
                plans.append(str(cursor.fetchall()))
        assert "gate_look" in plans[0]
        assert "stint_unjudged" in plans[1]

    def test_a_judgement_is_not_repeated_until_something_is_new(self, squad, alice, monkeypatch):
        judged = []
        monkeypatch.setattr(judging, "judge_gate", lambda gate_id, now: judged.append(gate_id) or False)
        life = lives.thinking(squad, alice)
        judge_all(now=life.now)
        assert judged == []
        life.find()
        judge_all(now=life.now)
        assert judged == [life.gate.pk]

    def test_facts_that_arrive_while_it_judges_are_judged_next(self, squad, alice, monkeypatch):
        life = lives.thinking(squad, alice, budget={"amount": "10"})
        load = judging.load_facts

        def slowly(**given):
            facts = load(**given)
            monkeypatch.setattr(judging, "load_facts", load)
            invest(life, amount="10")
            return facts

        monkeypatch.setattr(judging, "load_facts", slowly)
        judge_gate(gate_id=life.gate.pk, now=life.now)
        assert life.gate.state == "open"
        assert judge_all(now=life.now) == 1

    def test_one_broken_gate_does_not_hold_up_the_others(self, squad, alice, monkeypatch, caplog):
        first, second = lives.thinking(squad, alice), lives.thinking(squad, alice)
        judge = judging.judge_gate

        def breaking(*, gate_id, now):
            if gate_id == first.gate.pk:
                raise RuntimeError("broken")
            return judge(gate_id=gate_id, now=now)

        monkeypatch.setattr(judging, "judge_gate", breaking)
        assert judge_all(now=lives.START + 20 * DAY) == 1
        assert (first.gate.state, second.gate.state) == ("open", "due")
        assert f"gate {first.gate.pk} could not be judged" in caplog.text

    def test_judging_again_changes_nothing(self, squad, alice):
        life = lives.thinking(squad, alice)
        now = life.now + 20 * DAY
        assert judge_gate(gate_id=life.gate.pk, now=now)
        before = list(Gate.objects.values()), list(GateCause.objects.values()), list(Notice.objects.values())
        assert not judge_gate(gate_id=life.gate.pk, now=now)
        assert before == (list(Gate.objects.values()), list(GateCause.objects.values()), list(Notice.objects.values()))

    def test_a_decided_gate_is_left_alone(self, squad, alice):
        life = lives.thinking(squad, alice)
        gate = life.call().pk
        life.decide("kill")
        assert not judge_gate(gate_id=gate, now=life.now + 90 * DAY)
        assert judge_all(now=life.now + 90 * DAY) == 0
        assert Gate.objects.get().causes.count() == 1

    def test_a_stint_is_judged_up_to_what_was_read(self, squad, alice):
        life = lives.thinking(squad, alice)
        life.find()
        judge_all(now=life.now)
        stint = Stint.objects.get()
        assert stint.judged_version == stint.facts_version > 0

    def test_each_gate_is_judged_in_a_number_of_queries_that_does_not_grow(self, squad, alice):
        def queries(life):
            with CaptureQueriesContext(connection) as caught:
                judge_gate(gate_id=life.gate.pk, now=life.now)
            return len(caught)

        young = lives.shipping(squad, alice, 1)
        old = lives.shipping(squad, alice, 1)
        for _ in range(4):
            old.call()
            old.decide("iterate", questions=["mvp"])
        assert queries(old) <= queries(young) + 1
