"""The feature page and its small forms."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from features.models import Feature, Investment
from tests.factories import lives

pytestmark = pytest.mark.django_db


def page(at, person, life, more=""):
    return at(person).get(f"/features/{life.feature.key}/{more}").content.decode()


def post(at, person, life, act, given, **more):
    return at(person).post(f"/features/{life.feature.key}/{act}/", given, **more)


def test_there_is_no_such_feature(at, alice):
    assert at(alice).get("/features/nothing/").status_code == 404
    assert at(alice).get("/features/nothing/finding/").status_code == 404


def test_each_kind_of_person_reads_it(at, due, alice, bob, carol, root, mallory):
    for person in (alice, bob, carol, root, mallory):
        assert at(person).get(f"/features/{due.feature.key}/").status_code == 200


def test_the_next_step_is_the_one_prominent_button(at, alice, mallory, squad, due):
    assert "Decide at the gate" in page(at, alice, due)
    assert "See the gate" in page(at, mallory, due)
    bare = lives.thinking(squad, alice, name="Bare", hypothesis=None)
    assert "Write the hypothesis" in page(at, alice, bare)
    assert page(at, alice, due).count("button-main") == 1


def test_its_whole_life_stands_on_the_page(at, alice, squad):
    life = lives.maintaining(squad, alice, name="Gift receipts")
    shown = page(at, alice, life)
    for words in ("Investment over time", "Hypothesis", "Exposure ladder", "Gate history", "Story", "Reached 99%"):
        assert words in shown
    assert "Think It → Build It" in shown
    assert "Ship It at 99% → Tweak It" in shown


def test_the_curve_is_drawn_by_month_on_demand(at, alice, due):
    assert "Invested a month" in page(at, alice, due, "?by=month") or "month" in page(at, alice, due, "?by=month")
    assert at(alice).get(f"/features/{due.feature.key}/?by=century").status_code == 200


def test_undecided_spend_is_shown(at, alice, due):
    day = timezone.localdate()
    post(at, alice, due, "investment", {"on": day, "category": "people", "amount": "1200", "token": "a"})
    assert "undecided spend" in page(at, alice, due)


def test_a_feature_is_registered_with_its_hypothesis(at, alice, squad):
    lives.hypothesis()
    given = {
        "name": "One-tap reorder", "squad": "checkout", "budget": "5000", "budget_unit": "amount",
        "change": "one tap to order again", "audience": "returning customers", "metric": "reorder-rate",
        "direction": "up", "minimum_effect": "0.005", "effect_scale": "absolute", "reason": "habit",
        "guardrail_0": "basket-value", "margin_0": "0.5",
    }  # fmt: skip
    answer = at(alice).post("/features/new/", given, follow=True)
    assert answer.status_code == 200
    feature = Feature.objects.get(name="One-tap reorder")
    assert answer.redirect_chain[-1][0] == f"/features/{feature.key}/"
    assert feature.hypotheses.get().guardrails.get().margin == 0.5
    assert feature.stints.get().budget_amount == 5000


def test_the_form_keeps_how_fine_a_harm_a_guardrail_has_to_see(at, alice, squad, now):
    stated = lives.hypothesis()
    [guardrail] = stated["guardrails"]
    finer = {**stated, "guardrails": [{**guardrail, "minimum_effect": 0.25}]}
    idea = lives.thinking(squad, alice, hypothesis=finer, now=now)
    given = {"change": "two taps", "guardrail_0": guardrail["metric"], "margin_0": "0.5"}
    assert post(at, alice, idea, "hypothesis", given).status_code == 302
    kept = idea.feature.hypotheses.first()
    assert kept.change == "two taps"
    assert kept.guardrails.get().minimum_effect == 0.25


def test_registering_without_a_name_keeps_what_was_typed(at, alice):
    answer = at(alice).post("/features/new/", {"squad": "checkout", "change": "one tap"})
    assert answer.status_code == 400
    assert "Give the feature a name." in answer.content.decode()
    assert "one tap" in answer.content.decode()
    assert not Feature.objects.exists()


def test_a_wrong_guardrail_is_said_at_its_field_and_nothing_is_written(at, alice):
    lives.hypothesis()
    given = {"name": "X", "squad": "checkout", "guardrail_1": "basket-value", "margin_1": ""}
    answer = at(alice).post("/features/new/", given)
    assert answer.status_code == 400
    assert "Give the harm that is still accepted" in answer.content.decode()
    assert not Feature.objects.exists()


def test_only_own_squads_are_offered(at, alice, mallory, other_squad):
    answer = at(alice).post("/features/new/", {"name": "X", "squad": other_squad.slug})
    assert answer.status_code == 400
    assert not Feature.objects.exists()


def test_somebody_in_no_squad_is_told(at, db):
    from django.contrib.auth.models import User

    assert "You are in no squad" in at(User.objects.create(username="new")).get("/features/new/").content.decode()


def test_an_ended_feature_is_taken_up_by_a_successor(at, alice, due):
    due.decide("kill")
    assert f"?succeeds={due.feature.key}" in page(at, alice, due)
    shown = at(alice).get(f"/features/new/?succeeds={due.feature.key}").content.decode()
    assert "one tap to order again" in shown
    at(alice).post(f"/features/new/?succeeds={due.feature.key}", {"name": "Second try", "squad": "checkout"})
    assert Feature.objects.get(name="Second try").succeeds == due.feature


def test_the_hypothesis_is_written_until_the_first_data(at, alice, fresh):
    idea = fresh
    shown = page(at, alice, idea, "hypothesis/")
    assert "one tap to order again" in shown
    given = {"change": "two taps", "metric": "reorder-rate", "direction": "up", "minimum_effect": "0.01"}
    assert post(at, alice, idea, "hypothesis", given).status_code == 302
    assert idea.feature.hypotheses.first().change == "two taps"
    assert "Planned" not in page(at, alice, idea)
    planned = post(at, alice, idea, "hypothesis", given | {"planned_units": "40000"})
    assert planned.status_code == 302
    assert "40,000 units at most" in page(at, alice, idea)
    assert 'value="40000"' in page(at, alice, idea, "hypothesis/")
    assert "planned_units" in post(at, alice, idea, "hypothesis", given | {"planned_units": "0"}).content.decode()
    idea.find()
    refused = post(at, alice, idea, "hypothesis", {"change": "three taps"})
    assert refused.status_code == 409
    assert "locked" in refused.content.decode()
    assert "three taps" in refused.content.decode()


def test_a_hypothesis_is_not_written_over_another_that_nobody_read(at, alice, bob, fresh):
    assert 'name="base" value="1"' in page(at, alice, fresh, "hypothesis/")
    given = {"change": "two taps", "base": "1"}
    assert post(at, bob, fresh, "hypothesis", given).status_code == 302
    assert post(at, bob, fresh, "hypothesis", given).status_code == 302  # the same again: it stands
    stale = post(at, alice, fresh, "hypothesis", {"change": "three taps", "base": "1"})
    shown = stale.content.decode()
    assert stale.status_code == 412
    assert "bob wrote version 2 while you were writing" in shown
    assert "three taps" in shown
    assert [row.change for row in fresh.feature.hypotheses.order_by("version")][-1] == "two taps"
    assert 'name="base" value="2"' in shown
    assert post(at, alice, fresh, "hypothesis", {"change": "three taps", "base": "2"}).status_code == 302
    assert fresh.feature.hypotheses.count() == 3


@pytest.mark.parametrize(
    ("act", "given", "says"),
    [
        ("finding", {"kind": "prototype_test", "population": "customers"}, "A prototype test is counted"),
        ("finding", {"kind": "interviews", "population": "customers", "url": "nowhere"}, "not a web address"),
        ("finding", {"kind": "guess", "population": "customers"}, "Select a valid choice"),
        (
            "investment",
            {"on": "2026-03-02", "category": "people", "token": "x"},
            "Give an amount, person-days, or both",
        ),
        ("investment", {"on": "2199-01-01", "category": "people", "amount": "1", "token": "x"}, "31 days ahead"),
        ("exposure", {"percent": "50", "reason": "Careful."}, "It rises at gates only"),
        ("exposure", {"percent": "0", "reason": ""}, "Say why the exposure is lowered."),
        ("removal", {"plan": " "}, "Write how it is taken out again."),
    ],
)
def test_what_is_wrong_is_said_at_the_field(at, alice, idea, act, given, says):
    answer = post(at, alice, idea, act, given)
    assert answer.status_code == 400
    assert says in answer.content.decode()


@pytest.mark.parametrize("act", ["hypothesis", "finding", "investment", "exposure", "removal"])
def test_another_squad_neither_sees_the_form_nor_gets_through(at, mallory, idea, act):
    answer = at(mallory).get(f"/features/{idea.feature.key}/{act}/")
    assert answer.status_code == 403
    assert "Not yours to do" in answer.content.decode()
    given = {
        "change": "x", "kind": "interviews", "population": "customers", "on": "2026-03-02", "category": "people",
        "amount": "1", "token": "x", "percent": "0", "reason": "x", "plan": "x",
    }  # fmt: skip
    assert post(at, mallory, idea, act, given).status_code == 403


def test_a_finding_is_recorded_and_shown(at, alice, idea):
    given = {"kind": "prototype_test", "population": "customers", "successes": "8", "trials": "10", "market": "SE"}
    post(at, alice, idea, "finding", given)
    assert "8 of 10" in page(at, alice, idea)


def test_a_form_that_is_sent_twice_records_one_investment(at, alice, idea):
    given = {"on": timezone.localdate(), "category": "people", "amount": "100", "token": "once"}
    post(at, alice, idea, "investment", given)
    again = post(at, alice, idea, "investment", given, follow=True)
    assert "It was recorded already" in again.content.decode()
    assert Investment.objects.count() == 1


def test_exposure_goes_down_at_once(at, alice, squad):
    life = lives.shipping(squad, alice, step=5)
    answer = post(at, alice, life, "exposure", {"percent": "1", "reason": "Complaints."}, follow=True)
    assert "The exposure is 1% now." in answer.content.decode()
    assert life.refresh().exposure_percent == 1


def test_exposure_comes_back_up_to_what_was_decided(at, alice, squad, now):
    took = lives.shipping(squad, alice, step=5).now - lives.START
    life = lives.shipping(squad, alice, step=5, name="Gift receipts", now=now - took)  # its time box runs
    assert "Come back up" not in page(at, alice, life, "exposure/")
    post(at, alice, life, "exposure", {"percent": "0", "reason": "Complaints."})
    assert f"/features/{life.feature.key}/exposure/" in page(at, alice, life)
    shown = " ".join(page(at, alice, life, "exposure/").split())
    assert 'name="back_up" value="5"' in shown
    assert "Come back up to the decided 5%" in shown
    answer = post(at, alice, life, "exposure", {"percent": "", "reason": "", "back_up": "5"}, follow=True)
    assert "The exposure is 5% now." in answer.content.decode()
    assert life.refresh().exposure_percent == 5


def test_exposure_does_not_come_back_while_the_gate_is_due(at, alice, squad):
    life = lives.shipping(squad, alice, step=5)
    post(at, alice, life, "exposure", {"percent": "1", "reason": "Complaints."})
    life.call()
    shown = page(at, alice, life, "exposure/")
    assert 'name="back_up"' not in shown
    assert "5% is decided" in shown
    refused = post(at, alice, life, "exposure", {"back_up": "5", "reason": "Mended."})
    assert refused.status_code == 409
    assert "Mended." in refused.content.decode()
    assert life.refresh().exposure_percent == 1


def test_who_confirms_second_is_told_who_was_first_and_keeps_the_note(at, alice, bob, squad):
    life = lives.shipping(squad, alice, step=1)
    life.call()
    life.decide("kill")
    post(at, alice, life, "removed", {"work": "code_gone", "note": "a"})
    assert post(at, alice, life, "removed", {"work": "code_gone", "note": "a"}).status_code == 302
    late = post(at, bob, life, "removed", {"work": "code_gone", "note": "In commit 4711."})
    assert late.status_code == 409
    assert "alice confirmed this" in late.content.decode()
    assert "In commit 4711." in late.content.decode()


def test_a_removal_is_confirmed_step_by_step_until_it_ends(at, alice, mallory, squad):
    life = lives.shipping(squad, alice, step=1)
    life.call()
    life.decide("kill")
    assert "Take it out" in page(at, alice, life)
    refused = post(at, mallory, life, "removed", {"work": "code_gone"}, follow=True)
    assert "belongs to the squad" in refused.content.decode()
    assert "The work is one of" in post(at, alice, life, "removed", {"work": "all"}, follow=True).content.decode()
    long = "In the commit of today. " * 1000
    refused = post(at, alice, life, "removed", {"work": "code_gone", "note": long})
    assert refused.status_code == 400
    assert "20,000 fit" in refused.content.decode()
    assert long.strip() in refused.content.decode()
    for work in ("exposure_zero", "code_gone", "data_and_docs_gone"):
        post(at, alice, life, "removed", {"work": work, "note": "See the commit."})
    assert life.refresh().status == "ended"
    assert "Ended" in page(at, alice, life)


@pytest.mark.parametrize(
    ("act", "given", "field"),
    [
        ("hypothesis", {}, "change"),
        ("finding", {"kind": "interviews", "population": "customers"}, "note"),
        ("investment", {"on": "2026-01-05", "category": "people", "amount": "1", "token": "t"}, "note"),
        ("exposure", {"percent": "1"}, "reason"),
        ("removal", {}, "plan"),
    ],
)
def test_what_is_too_long_is_said_at_its_field_and_nothing_is_lost(at, alice, squad, act, given, field):
    life = lives.shipping(squad, alice, step=5)
    long = "A reason that never ends. " * 1000
    answer = post(at, alice, life, act, {**given, field: long})
    assert answer.status_code == 400
    shown = answer.content.decode()
    assert "This is 25999 characters long; 20,000 fit." in shown
    assert long.strip() in shown
    assert "maxlength" not in shown.partition(f'name="{field}"')[2].partition(">")[0]


def test_what_people_type_is_never_markup(at, alice, squad):
    evil = "<script>alert(1)</script>"
    life = lives.thinking(squad, alice, name=evil, summary=evil, hypothesis=lives.hypothesis(change=evil, mvp=evil))
    life.find(note=evil)
    life.call(evil)
    life.decide("kill", reason=evil)
    assert "<script>alert" not in page(at, alice, life)


def test_a_longer_life_costs_no_more_queries(at, alice, squad):
    young, old = lives.building(squad, alice, name="Young"), lives.building(squad, alice, name="Old")
    for life in (young, old):
        life.wait(1).measure()
    for _ in range(4):
        old.call()
        old.decide("iterate")
        old.wait(1).measure()
    client = at(alice)
    client.get("/")
    counts = []
    for life in (young, old):
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/features/{life.feature.key}/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("act", ["finding", "investment", "exposure", "hypothesis", "removal"])
def test_each_field_of_a_form_stands_on_its_page_once(at, alice, squad, act):
    feature = lives.thinking(squad, alice).feature
    page = at(alice).get(f"/features/{feature.key}/{act}/").content.decode()
    names = re.findall(r'<(?:input|textarea|select)[^>]* name="(\w+)"', page)
    visible = [name for name in names if name not in ("csrfmiddlewaretoken", "theme")]
    assert len(visible) == len(set(visible)), visible
