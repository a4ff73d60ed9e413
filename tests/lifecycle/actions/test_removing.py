"""Killing is work: planned before it ships, done step by step, and ended when all of it is confirmed."""

import pytest

from features.errors import BadInput, Conflict, Forbidden
from features.models import AuditEntry
from lifecycle.actions.removing import confirm_removal_step, plan_removal
from lifecycle.enums import RemovalWork
from tests.factories import lives

pytestmark = pytest.mark.django_db


@pytest.fixture
def killed(squad, alice):
    life = lives.shipping(squad, alice, 1)
    life.call()
    life.decide("kill")
    return life


def confirm(life, work, **changed):
    given = {"by": life.by, "now": life.now, **changed}
    removal = confirm_removal_step(feature=life.feature, work=work, **given)
    life.refresh()
    return removal


class TestPlanning:
    def test_a_plan_can_be_written_and_rewritten(self, squad, alice, bob):
        life = lives.thinking(squad, alice)
        plan_removal(feature=life.feature, plan="Turn it off.", owner=None, by=alice, now=life.now)
        removal = plan_removal(feature=life.feature, plan="Delete it.", owner=bob, by=alice, now=life.now)
        assert (removal.plan, removal.owner, removal.started_at) == ("Delete it.", bob, None)

    def test_its_gate_is_judged_again(self, squad, alice, bob):
        life = lives.thinking(squad, alice)
        before = life.stint.facts_version
        plan_removal(feature=life.feature, plan="Delete it.", owner=bob, by=alice, now=life.now)
        assert life.stint.facts_version > before

    def test_bad_input(self, squad, alice, bob, mallory):
        life = lives.thinking(squad, alice)
        with pytest.raises(BadInput):
            plan_removal(feature=life.feature, plan=" ", owner=bob, by=alice, now=life.now)
        with pytest.raises(Forbidden):
            plan_removal(feature=life.feature, plan="Mine.", owner=bob, by=mallory, now=life.now)
        bob.is_active = False
        with pytest.raises(BadInput):
            plan_removal(feature=life.feature, plan="Delete it.", owner=bob, by=alice, now=life.now)


class TestTheWork:
    def test_it_starts_with_the_kill_and_the_planned_owner(self, killed, alice):
        removal = killed.feature.removal
        assert (removal.started_at, removal.owner, removal.completed_at) == (killed.now, alice, None)
        assert {step.done_at for step in removal.steps.all()} == {None}

    def test_it_keeps_its_owner_until_another_is_named(self, killed, alice, bob):
        plan = {"feature": killed.feature, "plan": "Delete it.", "by": alice, "now": killed.now}
        assert plan_removal(owner=None, **plan).owner == alice
        assert plan_removal(owner=bob, **plan).owner == bob

    def test_each_step_is_confirmed_by_somebody_and_the_last_ends_it(self, killed, bob):
        works = list(RemovalWork)
        for work in works[:-1]:
            confirm(killed.wait(1), work)
            assert killed.feature.status == "removing"
        removal = confirm(killed.wait(1), works[-1], by=bob, note="Docs too.")
        assert (killed.feature.status, killed.feature.ended_on) == ("ended", killed.now.date())
        assert removal.completed_at == killed.now
        last = removal.steps.get(work=works[-1])
        assert (last.done_by, last.done_at, last.note) == (bob, killed.now, "Docs too.")

    def test_the_same_again_changes_nothing(self, killed, alice):
        confirm(killed, RemovalWork.CODE_GONE, note="See the commit.")
        entries, at = AuditEntry.objects.count(), killed.now
        confirm(killed.wait(5), RemovalWork.CODE_GONE, note="See the commit.")
        step = killed.feature.removal.steps.get(work=RemovalWork.CODE_GONE)
        assert (step.done_by, step.done_at) == (alice, at)
        assert AuditEntry.objects.count() == entries

    @pytest.mark.parametrize(("by", "note"), [("bob", "a"), ("alice", "b")])
    def test_who_comes_second_is_told_who_was_first(self, killed, alice, bob, by, note):
        confirm(killed, RemovalWork.CODE_GONE, note="a")
        with pytest.raises(Conflict) as refused:
            confirm(killed.wait(5), RemovalWork.CODE_GONE, by={"alice": alice, "bob": bob}[by], note=note)
        assert refused.value.code == "already_confirmed"
        assert refused.value.extra["done_by"] == "alice"
        assert "alice confirmed this" in refused.value.detail
        assert killed.feature.removal.steps.get(work=RemovalWork.CODE_GONE).note == "a"

    def test_what_was_not_killed_has_nothing_to_confirm(self, squad, alice, bob):
        life = lives.thinking(squad, alice)
        plan_removal(feature=life.feature, plan="Delete it.", owner=bob, by=alice, now=life.now)
        with pytest.raises(Conflict) as refused:
            confirm(life, RemovalWork.CODE_GONE)
        assert refused.value.code == "not_removing"

    def test_bad_input(self, killed, mallory):
        with pytest.raises(BadInput):
            confirm(killed, "flowers")
        with pytest.raises(Forbidden):
            confirm(killed, RemovalWork.CODE_GONE, by=mallory)

    def test_a_feature_that_is_gone_is_planned_no_more(self, killed, alice):
        for work in RemovalWork:
            confirm(killed, work)
        with pytest.raises(Conflict):
            plan_removal(feature=killed.feature, plan="Again.", owner=alice, by=alice, now=killed.now)
