"""Answering a gate: what is refused and in which order, what is frozen, and that exactly one answer stands."""

import threading
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.contrib.auth.models import User
from django.db import close_old_connections, connection, transaction

from features.actions.investment import InvestmentRow, record_investments
from features.enums import Phase
from features.errors import BadInput, Conflict, Forbidden, Missing, Refusal, RulesUnmet
from features.models import AuditEntry
from hypotheses.actions.landing import land_results
from hypotheses.actions.trial import register_trial
from hypotheses.actions.weighing import weigh_stint
from hypotheses.models import Evidence
from hypotheses.sources.base import Row
from lifecycle.actions.consenting import consent
from lifecycle.actions.deciding import decide
from lifecycle.models import Consent, Decision, Gate, NarrowedDeciders, StricterRule
from lifecycle.queries.gates import gate_view
from tests.factories import lives

DAY = timedelta(days=1)


@pytest.fixture
def life(squad, alice):
    return lives.thinking(squad, alice)


@pytest.fixture
def due(life):
    life.call()
    return life


def answer(life, **changed):
    given = {"outcome": "kill", "reason": "It does not pay.", "by": life.by, "now": life.now, **changed}
    if "gate_id" not in given:
        given["gate_id"] = life.gate.pk
    return decide(**given)


@pytest.mark.django_db
class TestForm:
    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"outcome": "postpone"}, "outcome"),
            ({"outcome": None}, "outcome"),
            ({"reason": ""}, "reason"),
            ({"reason": "  "}, "reason"),
            ({"reason": None}, "reason"),
            ({"outcome": "iterate"}, "questions"),
            ({"outcome": "iterate", "questions": ["colour"]}, "questions.0"),
            ({"outcome": "iterate", "questions": "mvp"}, "questions"),
            ({"outcome": "kill", "next": {"time_box_days": 3}}, "next"),
            ({"outcome": "advance", "next": {"colour": "red"}}, "next.colour"),
            ({"outcome": "advance", "next": []}, "next"),
            ({"outcome": "advance", "next": {"time_box_days": 0}}, "next.time_box_days"),
            ({"outcome": "advance", "next": {"time_box_days": 1.5}}, "next.time_box_days"),
            ({"outcome": "advance", "next": {"budget": {"amount": "1", "days": "1"}}}, "next.budget"),
            ({"outcome": "advance", "next": {"budget": {"amount": "-1"}}}, "next.budget.amount"),
            ({"outcome": "advance", "next": {"budget": {"days": "many"}}}, "next.budget.days"),
            ({"outcome": "advance", "next": {"budget": {"hours": 3}}}, "next.budget.hours"),
            ({"outcome": "advance", "next": {"hypothesis": "It works"}}, "next.hypothesis"),
            ({"outcome": "advance", "next": {"tweak": {"name": "Bigger"}}}, "next.tweak"),
            ({"outcome": "advance", "override": {"reason": "Trust me."}}, "override.consent"),
            ({"outcome": "advance", "override": {"consent": 1}}, "override.reason"),
        ],
    )  # fmt: skip
    def test_a_body_of_another_form_is_refused_field_by_field(self, due, changed, field):
        with pytest.raises(BadInput) as refused:
            answer(due, **changed)
        assert field in {error.field for error in refused.value.errors}
        assert due.gate.state == "due"
        assert not Decision.objects.exists()

    def test_what_is_wrong_with_the_next_hypothesis_undoes_everything(self, due):
        entries = AuditEntry.objects.count()
        with pytest.raises(BadInput):
            answer(due, outcome="iterate", questions=["mvp"], next={"hypothesis": {"metric": "no-such-metric"}})
        assert due.gate.state == "due"
        assert due.refresh().iteration == 1
        assert AuditEntry.objects.count() == entries

    def test_the_form_comes_before_the_person_and_the_person_before_the_state(self, life, mallory):
        with pytest.raises(BadInput):
            answer(life, by=mallory, reason="")
        with pytest.raises(Forbidden):
            answer(life, by=mallory)
        with pytest.raises(Conflict):
            answer(life)

    def test_a_gate_that_does_not_exist_is_missing(self, life):
        with pytest.raises(Missing):
            answer(life, gate_id=10**9)

    def test_nobody_decides_without_a_name(self, due):
        with pytest.raises(ValueError, match="policy"):
            answer(due, by=None)


@pytest.mark.django_db
class TestWhoDecides:
    def test_members_leads_leaders_and_administrators(self, squad, alice, bob, carol, root):
        for person in (alice, bob, carol, root):
            life = lives.thinking(squad, alice)
            life.call()
            assert answer(life, by=person).by == person

    def test_nobody_else(self, due, mallory):
        with pytest.raises(Forbidden) as refused:
            answer(due, by=mallory)
        assert refused.value.code == "not_a_decider"
        assert "Checkout" in refused.value.detail

    def test_somebody_who_left_does_not_decide(self, due, alice):
        alice.is_active = False
        alice.save()
        with pytest.raises(Forbidden):
            answer(due, by=alice)

    def test_a_step_can_be_narrowed_to_leaders(self, squad, alice, bob, carol):
        NarrowedDeciders.objects.create(phase="ship_it", standing="lead")
        NarrowedDeciders.objects.create(phase="ship_it", step_percent=5, standing="leader")
        life = lives.shipping(squad, bob, 1)
        life.call()
        with pytest.raises(Forbidden):
            answer(life, by=alice)
        life = lives.shipping(squad, bob, 5, hypothesis=lives.hypothesis(audience="newcomers"))
        life.call()
        with pytest.raises(Forbidden) as refused:
            answer(life, by=bob)
        assert "Leaders" in refused.value.detail
        assert answer(life, by=carol).outcome == "kill"


@pytest.mark.django_db
class TestState:
    def test_a_gate_that_is_not_due_is_refused_with_how_to_make_it_due(self, life):
        with pytest.raises(Conflict) as refused:
            answer(life)
        assert refused.value.code == "gate_not_due"
        assert "2026-03-16" in refused.value.detail
        assert "call" in refused.value.detail

    def test_a_time_box_that_has_just_ended_counts_though_no_clock_has_rung(self, life):
        life.wait(14)
        assert life.gate.state == "open"
        assert answer(life).outcome == "kill"
        assert Gate.objects.get().causes.get().cause == "time_box"

    def test_the_second_answer_is_told_the_first(self, due, bob):
        gate = due.gate.pk
        first = answer(due, reason="Nobody wants it.")
        with pytest.raises(Conflict) as refused:
            answer(due, gate_id=gate, outcome="iterate", questions=["mvp"], by=bob)
        assert refused.value.code == "already_decided"
        told = refused.value.extra["decision"]
        assert (told["id"], told["by"], told["outcome"]) == (first.pk, "alice", "kill")
        assert told["reason"] == "Nobody wants it."
        assert "alice" in refused.value.detail

    def test_a_clock_that_was_set_back_does_no_harm(self, due):
        due.now -= 30 * DAY
        decision = answer(due)
        assert decision.at == decision.gate.due_at


@pytest.mark.django_db
class TestRules:
    def test_an_advance_against_musts_is_refused_with_each_and_how_to_mend_it(self, squad, alice):
        life = lives.thinking(squad, alice, hypothesis=None)
        life.call()
        with pytest.raises(RulesUnmet) as refused:
            answer(life, outcome="advance")
        rules = refused.value.extra["rules"]
        assert [rule["code"] for rule in rules] == ["hypothesis_complete", "finding_from_customers", "mvp_stated"]
        assert all(rule["level"] == "must" and not rule["met"] and rule["detail"] for rule in rules)
        assert refused.value.code == "rules_unmet"
        assert life.gate.state == "due"

    @pytest.mark.parametrize("outcome", ["kill", "iterate"])
    def test_kill_and_iterate_are_never_refused_for_lack_of_evidence(self, squad, alice, outcome):
        life = lives.thinking(squad, alice, hypothesis=None)
        life.call()
        answer(life, outcome=outcome, questions=["mvp"] if outcome == "iterate" else [])

    def test_mending_what_is_missing_opens_the_way(self, due):
        with pytest.raises(RulesUnmet):
            answer(due, outcome="advance")
        due.find()
        assert answer(due, outcome="advance").moved_to["phase"] == "build_it"

    def test_build_it_asks_for_source_ladder_and_removal_plan(self, squad, alice):
        life = lives.building(squad, alice)
        life.call()
        with pytest.raises(RulesUnmet) as refused:
            answer(life, outcome="advance")
        assert {rule["code"] for rule in refused.value.extra["rules"]} == {"metric_has_source", "removal_plan"}

    def test_a_step_needs_evidence_and_time(self, squad, alice):
        life = lives.shipping(squad, alice, 25)
        life.call()
        with pytest.raises(RulesUnmet) as refused:
            answer(life, outcome="advance")
        assert {rule["code"] for rule in refused.value.extra["rules"]} == {
            "minimum_run", "evidence_trusted", "not_harmful", "validated",
        }  # fmt: skip

    def test_harm_is_not_advanced(self, squad, alice):
        life = lives.shipping(squad, alice, 1)
        life.wait(3).measure(lives.BAD)
        assert life.judge().state == "due"
        with pytest.raises(RulesUnmet) as refused:
            answer(life, outcome="advance")
        assert "not_harmful" in {rule["code"] for rule in refused.value.extra["rules"]}

    def test_a_squads_stricter_rule_refuses(self, squad, alice):
        life = lives.shipping(squad, alice, 1)
        StricterRule.objects.create(squad=squad, rule="validated")
        life.wait(3).measure(lives.FLAT, units=1_000)
        life.call()
        with pytest.raises(RulesUnmet) as refused:
            answer(life, outcome="advance")
        assert [rule["code"] for rule in refused.value.extra["rules"]] == ["validated"]

    def test_a_tribes_stricter_rule_counts_as_well(self, squad, alice, tribe):
        life = lives.shipping(squad, alice, 1)
        StricterRule.objects.create(tribe=tribe, rule="validated")
        life.wait(3).measure(lives.FLAT, units=1_000)
        life.call()
        with pytest.raises(RulesUnmet):
            answer(life, outcome="advance")


@pytest.mark.django_db
class TestOverride:
    UNMET = ("finding_from_customers",)

    def agreed(self, life, by, rules=UNMET):
        return consent(gate_id=life.gate.pk, by=by, now=life.now, rules=rules, reason="We know these customers.")

    def advance(self, life, given: Consent, **changed):
        override = {"reason": "The board asked.", "consent": given.pk}
        return answer(life, outcome="advance", override=override, **changed)

    def test_two_people_can_and_it_stays_visible(self, due, bob):
        given = self.agreed(due, bob)
        decision = self.advance(due, given)
        assert decision.consent == given
        assert decision.override_reason == "The board asked."
        unmet = [rule["code"] for rule in decision.rules if rule["level"] == "must" and not rule["met"]]
        assert unmet == ["finding_from_customers"]
        body = AuditEntry.objects.get(act="gate.decided").body
        assert body["override"] == given.pk

    def test_the_same_person_cannot(self, due, bob):
        given = self.agreed(due, bob)
        with pytest.raises(Forbidden) as refused:
            self.advance(due, given, by=bob)
        assert refused.value.code == "second_person_needed"

    def test_one_of_the_two_is_a_lead_at_least(self, due, squad, alice):
        dora = User.objects.create_user("dora")
        squad.memberships.create(person=dora, role="member")
        given = self.agreed(due, dora)
        with pytest.raises(Forbidden) as refused:
            self.advance(due, given)
        assert refused.value.code == "override_needs_lead"

    def test_a_consent_is_void_when_the_unmet_rules_have_changed(self, squad, alice, bob):
        life = lives.thinking(squad, alice, hypothesis=lives.hypothesis(mvp=""))
        life.call()
        given = self.agreed(life, bob, ["finding_from_customers", "mvp_stated"])
        life.find()
        with pytest.raises(Conflict) as refused:
            self.advance(life, given)
        assert refused.value.code == "consent_void"
        assert refused.value.extra["unmet"] == ["mvp_stated"]

    def test_a_consent_is_void_when_its_giver_may_not_decide_here_any_more(self, due, squad, bob):
        given = self.agreed(due, bob)
        squad.memberships.filter(person=bob).delete()
        with pytest.raises(Conflict, match="may not decide here any more") as refused:
            self.advance(due, given)
        assert refused.value.code == "consent_void"

    def test_a_consent_is_void_when_its_giver_has_left(self, due, bob):
        given = self.agreed(due, bob)
        bob.is_active = False
        bob.save()
        with pytest.raises(Conflict) as refused:
            self.advance(due, given)
        assert refused.value.code == "consent_void"

    @pytest.mark.parametrize(
        "rules", [[], ["mvp_stated"], ["finding_from_customers", "mvp_stated"], "mvp_stated", None]
    )
    def test_consent_is_to_all_unmet_rules_and_no_others(self, due, bob, rules):
        with pytest.raises(BadInput) as refused:
            self.agreed(due, bob, rules)
        assert refused.value.extra["unmet"] == ["finding_from_customers"]

    def test_there_is_nothing_to_consent_to_when_all_is_met(self, due, bob):
        due.find()
        with pytest.raises(BadInput):
            self.agreed(due, bob)

    def test_consent_has_a_reason_and_comes_from_a_decider(self, due, bob, mallory):
        with pytest.raises(BadInput):
            consent(gate_id=due.gate.pk, by=bob, now=due.now, rules=self.UNMET, reason=" ")
        with pytest.raises(Forbidden):
            self.agreed(due, mallory)

    def test_a_consent_of_another_gate_does_not_count(self, due, squad, alice, bob):
        other = lives.thinking(squad, alice)
        other.call()
        with pytest.raises(BadInput) as refused:
            self.advance(due, self.agreed(other, bob))
        assert refused.value.errors[0].field == "override.consent"

    def test_a_decided_gate_takes_no_consent(self, due, bob):
        gate = due.gate.pk
        answer(due)
        with pytest.raises(Conflict):
            consent(gate_id=gate, by=bob, now=due.now, rules=self.UNMET, reason="Late.")

    def test_an_installation_with_one_person_cannot_and_says_so(self, due, alice):
        User.objects.exclude(pk=alice.pk).delete()
        with pytest.raises(RulesUnmet, match="only one active person"):
            answer(due, outcome="advance")
        given = self.agreed(due, alice)
        with pytest.raises(Forbidden, match="only one active person"):
            self.advance(due, given)

    def test_an_override_that_is_not_needed_is_not_kept(self, due, bob):
        given = self.agreed(due, bob)
        due.find()
        decision = self.advance(due, given)
        assert decision.consent is None
        assert decision.override_reason == ""


@pytest.mark.django_db
class TestWhatIsFrozen:
    def test_a_decision_keeps_what_it_saw(self, squad, alice):
        life = lives.shipping(squad, alice, 25)
        day = life.now.date()
        record_investments(entries=[spent(life, on=day, amount="300.00")], by=alice, now=life.now)
        life.meet_rules()
        life.call()
        record_investments(entries=[spent(life, on=life.now.date(), amount="40.00")], by=alice, now=life.now)
        seen = gate_view(gate=life.gate, now=life.now)
        decision = life.decide("advance")
        assert decision.evidence == seen.evidence
        assert decision.evidence["verdict"] == "validated"
        assert decision.rules == list(seen.rules)
        assert decision.recommendation == seen.recommendation
        assert decision.followed is True
        assert (decision.invested, decision.undecided_spend) == (Decimal(340), Decimal(40))
        assert (decision.phase, decision.iteration, decision.step_percent) == ("ship_it", 1, 25)

    def test_its_page_shows_the_same_numbers_after_results_are_restated(self, squad, alice):
        life = lives.shipping(squad, alice, 1)
        life.meet_rules()
        gate = life.call()
        before = life.decide("advance").evidence
        Evidence.objects.update(verdict="harmful", body={})
        shown = gate_view(gate=Gate.objects.get(pk=gate.pk), now=life.now + 400 * DAY)
        assert shown.evidence == before
        assert shown.decision.outcome == "advance"
        assert not shown.held

    def test_going_against_the_recommendation_is_seen(self, due):
        due.find()
        decision = answer(due, reason="The market is gone.")
        assert decision.recommendation["outcome"] == "advance"
        assert decision.followed is False

    def test_person_days_without_a_rate_are_kept_apart(self, due):
        rows = [spent(due, on=due.now.date(), person_days="2.5")]
        record_investments(entries=rows, by=due.by, now=due.now)
        decision = answer(due)
        assert (decision.invested, decision.invested_days) == (0, Decimal("2.5"))

    def test_decisions_cannot_be_changed_or_deleted(self, due):
        decision = answer(due)
        decision.reason = "Something else."
        attempts = [
            decision.save,
            decision.delete,
            lambda: Decision.objects.update(outcome="advance"),
            lambda: Decision.objects.all().delete(),
            lambda: Decision.objects.all()._raw_delete(using="default"),
        ]
        for attempt in attempts:
            with pytest.raises(Exception, match=r"append-only|protected foreign keys"), transaction.atomic():
                attempt()
        assert Decision.objects.get().reason == "It does not pay."

    def test_the_act_stands_in_the_audit(self, due):
        decision = answer(due)
        entry = AuditEntry.objects.order_by("number").last()
        assert (entry.act, entry.by, entry.subject) == ("gate.decided", due.by, f"feature:{due.feature.key}")
        assert entry.body["decision"] == decision.pk


@pytest.mark.django_db
class TestIterate:
    def test_two_mvps_in_a_row_put_the_hypothesis_on_the_table_and_refuse_nothing(self, squad, alice):
        life = lives.thinking(squad, alice)
        for _ in range(2):
            life.call()
            assert gate_view(gate=life.gate, now=life.now).recommendation["questions"] != ["hypothesis"]
            life.decide("iterate", questions=["mvp"])
            life.wait(1)
        life.call()
        shown = gate_view(gate=life.gate, now=life.now).recommendation
        assert (shown["outcome"], shown["questions"]) == ("iterate", ["hypothesis"])
        assert life.decide("iterate", questions=["mvp"]).questions == ["mvp"]

    def test_an_mvp_among_other_questions_breaks_the_row(self, squad, alice):
        life = lives.thinking(squad, alice)
        for questions in (["mvp"], ["mvp", "measurement"]):
            life.call()
            life.decide("iterate", questions=questions)
        life.call()
        assert gate_view(gate=life.gate, now=life.now).recommendation["questions"] != ["hypothesis"]

    def test_harm_twice_at_one_step_is_recommended_to_end(self, squad, alice):
        life = lives.shipping(squad, alice, 1)
        life.wait(1).measure(lives.BAD)
        life.judge()
        assert gate_view(gate=life.gate, now=life.now).recommendation["outcome"] == "iterate"
        life.decide("iterate")
        life.wait(1).measure(lives.BAD)
        life.judge()
        assert gate_view(gate=life.gate, now=life.now).recommendation["outcome"] == "kill"


@pytest.mark.django_db
class TestWhatComesNext:
    @pytest.mark.parametrize(
        ("wish", "field"),
        [
            ({"hypothesis": {"metric": "no-such-metric"}}, "next.hypothesis.metric"),
            ({"tweak": {"name": "Bigger", "owner": "nobody"}}, "next.tweak.owner"),
            ({"tweak": {"name": "Bigger", "key": "new"}}, "next.tweak.key"),
            ({"tweak": {"name": "B", "hypothesis": {"metric": "no-such"}}}, "next.tweak.hypothesis.metric"),
        ],
    )
    def test_what_is_wrong_in_it_is_named_by_where_it_stands(self, squad, alice, wish, field):
        life = lives.tweaking(squad, alice)
        life.call()
        with pytest.raises(BadInput) as refused:
            life.decide("iterate", next={"tweak": {"name": "Bigger"}, **wish})
        assert field in [error.field for error in refused.value.errors]


@pytest.mark.django_db
class TestSeveralTreatments:
    ARMS = (
        {"name": "control", "role": "control"},
        {"name": "a", "role": "treatment"},
        {"name": "b", "role": "treatment"},
    )

    def measured(self, squad, alice, **rates):
        """A life on 25 % with two treatments: control reorders at 10 %, the others at these rates."""
        life = lives.shipping(squad, alice, 25)
        trial = register_trial(key="ab", feature=life.feature, arms=self.ARMS, by=alice, now=life.now)
        life.wait(8)
        rows = []
        for arm, rate in {"control": 0.1, **rates}.items():
            given = {"trial": trial.key, "arm": arm, "as_of": life.now, "n": 40_000}
            rows.append(Row(metric="reorder-rate", mean=rate, var=rate * (1 - rate), **given))
            rows.append(Row(metric="basket-value", mean=20.0, var=4.0, **given))
        land_results(rows=rows, now=life.now)
        weigh_stint(stint=life.stint, now=life.now)
        return life

    def test_harm_by_the_second_one_rings_and_holds_back_what_the_first_has_won(self, squad, alice):
        life = self.measured(squad, alice, a=0.13, b=0.05)
        gate = life.judge()
        assert [(cause.cause, cause.key) for cause in gate.causes.all()] == [("evidence", "harmful")]
        shown = gate_view(gate=gate, now=life.now).recommendation
        assert shown["outcome"] == "iterate"
        assert shown["because"].startswith("The treatment b does harm")
        with pytest.raises(RulesUnmet) as refused:
            life.decide("advance")
        assert "not_harmful" in {rule["code"] for rule in refused.value.extra["rules"]}

    def test_the_one_that_wins_is_named_and_goes_on(self, squad, alice):
        life = self.measured(squad, alice, a=0.1, b=0.13)
        life.judge()
        decision = life.decide("advance")
        assert "validated by b" in decision.recommendation["because"]
        assert decision.evidence["primary"]["arm"] == "b"


def spent(life, **fields) -> InvestmentRow:
    return InvestmentRow(feature=life.feature.key, category="people", **{**fields, **_decimals(fields)})


def _decimals(fields):
    return {name: Decimal(fields[name]) for name in ("amount", "person_days") if name in fields}


def race(acts):
    """Let all acts begin at the same moment, each with a connection of its own; gives what each came to."""
    ready, came = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place, act):
        close_old_connections()
        ready.wait()
        try:
            came[place] = act()
        except Refusal as refusal:
            came[place] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_decide_at_the_same_moment_exactly_one_wins(squad, alice, bob):
    for _ in range(5):
        life = lives.thinking(squad, alice)
        gate = life.call().pk
        asked = {"gate_id": gate, "now": life.now, "reason": "Because."}
        came = race(
            [
                partial(decide, by=alice, outcome="kill", **asked),
                partial(decide, by=bob, outcome="iterate", questions=["mvp"], **asked),
            ]
        )
        won = [each for each in came if isinstance(each, Decision)]
        lost = [each for each in came if isinstance(each, Conflict)]
        assert (len(won), len(lost)) == (1, 1), came
        assert lost[0].code == "already_decided"
        assert lost[0].extra["decision"]["id"] == won[0].pk
        assert lost[0].extra["decision"]["outcome"] == won[0].outcome
        assert Decision.objects.filter(gate=gate).count() == 1
        assert life.refresh().stints.filter(ended_at__isnull=True).count() == (won[0].outcome == "iterate")


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_ten_people_and_two_clocks_at_once_leave_one_decision(squad, alice):
    from lifecycle.actions.judging import judge_all

    life = lives.thinking(squad, alice)
    life.wait(14)
    gate, now = life.gate.pk, life.now
    acts = [lambda: decide(gate_id=gate, by=alice, now=now, outcome="kill", reason="No.") for _ in range(10)]
    came = race([*acts, lambda: judge_all(now=now), lambda: judge_all(now=now)])
    assert sum(isinstance(each, Decision) for each in came) == 1
    assert Gate.objects.get(pk=gate).causes.count() == 1
    assert life.refresh().status == "ended"


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_parent_and_its_tweak_decided_at_once_do_not_wait_for_each_other(squad, alice, bob):
    life = lives.tweaking(squad, alice)
    tweak = lives.running_tweak(life)
    tweak.call()
    life.wait(1).call()
    parent, child, now = life.gate.pk, tweak.gate.pk, life.now
    came = race(
        [
            lambda: decide(gate_id=parent, by=alice, now=now, outcome="kill", reason="Both go."),
            lambda: decide(gate_id=child, by=bob, now=now, outcome="kill", reason="This goes."),
        ]
    )
    assert isinstance(came[0], Decision)
    assert isinstance(came[1], Decision | Conflict)
    assert life.refresh().status == "removing"
    assert tweak.refresh().status == "ended"
    assert Decision.objects.filter(gate=child).count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_loser_of_a_race_is_told_on_every_database(squad, alice, bob):
    life = lives.thinking(squad, alice)
    gate, now = life.call().pk, life.now
    came = race(
        [lambda who=who: decide(gate_id=gate, by=who, now=now, outcome="kill", reason="No.") for who in (alice, bob)]
    )
    assert sorted(type(each).__name__ for each in came) == ["Conflict", "Decision"]
    assert Phase(life.refresh().phase) is Phase.THINK_IT
