"""What is read about gates: the page's view, who decides, what is owed and what was spent meanwhile."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from features.actions.investment import InvestmentRow, record_investments
from features.enums import Standing
from lifecycle.actions.judging import judge_all
from lifecycle.models import Gate, NarrowedDeciders
from lifecycle.queries.deciders import deciders_of, may_decide, standing_needed
from lifecycle.queries.gates import gate_view
from lifecycle.queries.owed import owed
from lifecycle.queries.spend import spent_in, undecided_spends
from tests.factories import lives

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def invest(life, *, on=None, at=None, **fields):
    numbers = {name: Decimal(fields.pop(name)) for name in ("amount", "person_days") if name in fields}
    row = InvestmentRow(
        feature=life.feature.key, category="people", on=on or timezone.localdate(life.now), **numbers, **fields
    )
    record_investments(entries=[row], by=life.by, now=at or life.now)


class TestTheView:
    def test_an_open_gate(self, squad, alice, bob, mallory):
        life = lives.thinking(squad, alice, budget={"days": "5"})
        view = gate_view(gate=life.gate, now=life.now, person=alice)
        assert (view.state, view.held, view.may_decide, view.decision) == ("open", False, True, None)
        assert view.recommendation["outcome"] is None
        assert {"code": "finding_from_customers", "level": "must", "met": False}.items() <= view.rules[1].items()
        assert view.deciders == ("alice", "bob")
        for stranger in (mallory, AnonymousUser(), None):
            assert not gate_view(gate=life.gate, now=life.now, person=stranger).may_decide

    def test_a_due_gate_says_why_since_when_and_for_how_long(self, squad, alice):
        life = lives.thinking(squad, alice)
        life.call("A competitor.")
        shown = gate_view(gate=life.gate, now=life.now + 2 * DAY).as_json()
        assert (shown["state"], shown["held"], shown["overdue_days"]) == ("due", True, 2)
        (cause,) = shown["due_because"]
        assert (cause["cause"], cause["detail"], cause["by"]) == ("called", "A competitor.", "alice")
        assert cause["at"] == shown["due_at"] == life.now.isoformat()

    def test_a_cause_that_was_corrected_is_said_to_hold_no_longer(self, squad, alice):
        life = lives.thinking(squad, alice, budget={"amount": "100"})
        invest(life, amount="150", source="books", external_id="1")
        judge_all(now=life.now)

        def cause():
            (only,) = gate_view(gate=life.gate, now=life.now).as_json()["due_because"]
            return only["detail"], only["still"], only["no_longer"]

        detail = "The budget of 100.00 EUR is spent (150.00)."
        assert cause() == (detail, True, "")
        invest(life, amount="10", source="books", external_id="1", at=life.now + DAY)
        assert cause() == (detail, False, "No longer so: 10.00 EUR are spent.")
        life.decide("iterate", questions=["mvp"])
        assert gate_view(gate=Gate.objects.first(), now=life.now).as_json()["due_because"][0]["still"] is None

    def test_money_and_days_are_shown_apart_as_texts(self, squad, alice):
        life = lives.thinking(squad, alice, budget={"amount": "100"})
        invest(life, amount="12.50")
        invest(life, person_days="3")
        shown = gate_view(gate=life.gate, now=life.now).as_json()
        assert (Decimal(shown["spent"]["amount"]), Decimal(shown["spent"]["person_days"])) == (Decimal("12.5"), 3)
        assert shown["budget"] == {"amount": "100.00", "days": None}
        assert gate_view(gate=lives.thinking(squad, alice).gate, now=life.now).as_json()["budget"] is None

    def test_consents_are_shown(self, squad, alice, bob):
        from lifecycle.actions.consenting import consent

        life = lives.thinking(squad, alice)
        consent(gate_id=life.gate.pk, by=bob, now=life.now, rules=["finding_from_customers"], reason="Known people.")
        (shown,) = gate_view(gate=life.gate, now=life.now).consents
        assert (shown["by"], shown["rules"], shown["reason"]) == ("bob", ["finding_from_customers"], "Known people.")

    def test_a_decided_gate_costs_no_rules_and_stays_as_it_was(self, squad, alice):
        life = lives.building(squad, alice)
        gate = Gate.objects.select_related("feature__squad", "stint").get(pk=life.decisions[0].gate_id)
        shown = gate_view(gate=gate, now=life.now + 900 * DAY)
        assert shown.decision.outcome == "advance"
        assert shown.evidence["verdict"] == "validated"
        assert shown.overdue_days is None


class TestWhoDecides:
    def test_by_standing(self, squad, alice, bob, carol, root, mallory):
        def names(standing):
            return [person.username for person in deciders_of(squad=squad, standing=standing)]

        assert names(Standing.MEMBER) == ["alice", "bob", "carol", "root"]
        assert names(Standing.LEAD) == ["bob", "carol", "root"]
        assert names(Standing.LEADER) == ["carol", "root"]
        assert names(Standing.ADMINISTRATOR) == ["root"]

    def test_a_step_is_closer_than_its_phase(self, squad, alice, bob):
        NarrowedDeciders.objects.create(phase="ship_it", standing="lead")
        NarrowedDeciders.objects.create(phase="ship_it", step_percent=99, standing="leader")
        assert standing_needed(phase="think_it", step_percent=None) == "member"
        assert standing_needed(phase="ship_it", step_percent=Decimal(25)) == "lead"
        assert standing_needed(phase="ship_it", step_percent=Decimal(99)) == "leader"
        feature = lives.thinking(squad, alice).feature
        assert may_decide(bob, feature=feature, phase="ship_it", step_percent=Decimal(1))
        assert not may_decide(alice, feature=feature, phase="ship_it", step_percent=Decimal(1))
        assert not may_decide(AnonymousUser(), feature=feature, phase="think_it", step_percent=None)


class TestWhatIsOwed:
    def test_the_longest_waiting_comes_first(self, squad, alice):
        now = lives.START
        for days in (2, 9, 5):
            life = lives.thinking(squad, alice, now=now)
            life.wait(30 - days).call(f"{days} days")
        rows = owed(now=now + 30 * DAY)
        assert [row.waiting_days for row in rows] == [9, 5, 2]
        assert [row.due_at for row in rows] == sorted(row.due_at for row in rows)
        assert rows[0].escalation == "leadership"

    def test_only_what_waits(self, squad, alice):
        lives.thinking(squad, alice)
        decided = lives.thinking(squad, alice)
        decided.call()
        decided.decide("iterate")
        assert owed(now=lives.START + DAY) == []

    def test_for_a_person_a_squad_or_a_tribe(self, squad, other_squad, alice, bob, carol, root, mallory):
        ours, theirs = lives.thinking(squad, alice), lives.thinking(other_squad, mallory)
        for life in (ours, theirs):
            life.call()
        for person, expected in [(alice, 1), (bob, 1), (carol, 1), (mallory, 1), (root, 2)]:
            assert len(owed(now=ours.now, person=person)) == expected, person
        assert [row.feature for row in owed(now=ours.now, squad="playlists")] == [theirs.feature.key]
        assert [row.feature for row in owed(now=ours.now, tribe="commerce")] == [ours.feature.key]
        assert len(owed(now=ours.now, limit=1)) == 1

    def test_many_cost_as_many_queries_as_one(self, squad, alice):
        def queries():
            with CaptureQueriesContext(connection) as caught:
                owed(now=lives.START + DAY)
            return len(caught)

        lives.thinking(squad, alice).call()
        one = queries()
        for _ in range(4):
            lives.thinking(squad, alice).call()
        assert queries() == one == 3


class TestSpend:
    def test_it_is_that_of_the_stint(self, squad, alice):
        life = lives.thinking(squad, alice)
        invest(life, amount="100", person_days="1")
        invest(life, person_days="2")
        spent = spent_in(stint_id=life.stint.pk)
        assert (spent.amount, spent.days, spent.unpriced) == (100, 3, 2)
        life.wait(2).call()
        life.decide("iterate")
        assert spent_in(stint_id=life.stint.pk).amount == 0

    def test_undecided_is_what_came_after_the_due_date(self, squad, alice):
        life = lives.thinking(squad, alice)
        today = timezone.localdate(life.now)
        invest(life, on=today - DAY, amount="1")
        invest(life, amount="2", source="books", external_id="a")
        life.wait(0.1).call()
        invest(life.wait(0.1), amount="4")
        invest(life, on=today - DAY, amount="8")
        invest(life, amount="16", source="books", external_id="a")
        invest(life, on=today + DAY, amount="32")
        assert undecided_spends(gate_ids=[life.gate.pk])[life.gate.pk].amount == 4 + 32

    def test_many_gates_are_one_query(self, squad, alice, django_assert_num_queries):
        gates = []
        for amount in ("5", "7"):
            life = lives.thinking(squad, alice)
            gates.append(life.call().pk)
            invest(life.wait(1), amount=amount)
        with django_assert_num_queries(1):
            found = undecided_spends(gate_ids=gates)
        assert [found[gate].amount for gate in gates] == [5, 7]
        with django_assert_num_queries(0):
            assert undecided_spends(gate_ids=[]) == {}

    @pytest.mark.parametrize(("zone", "undecided"), [("Europe/Stockholm", False), ("America/New_York", True)])
    def test_the_day_of_the_due_date_is_the_local_one(self, squad, alice, settings, zone, undecided):
        settings.TIME_ZONE = zone
        life = lives.thinking(squad, alice)
        life.now = life.now.replace(day=10, hour=2)
        life.call()
        assert timezone.localdate(life.now).day == (10 if zone.startswith("Europe") else 9)
        invest(life, on=life.now.date().replace(day=10), amount="3", at=life.now - timedelta(minutes=5))
        assert (life.gate.pk in undecided_spends(gate_ids=[life.gate.pk])) is undecided
