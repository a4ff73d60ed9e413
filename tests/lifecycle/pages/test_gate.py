"""The gate page: reading it, deciding on it, and what it says when it refuses."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from features.models import Membership, Stint
from lifecycle.models import Consent, Decision, GateCause
from lifecycle.phases import TABLE
from tests.factories import lives

pytestmark = pytest.mark.django_db
REASON = "Eight of ten could do it; that is enough to build on."


def address(life, more=""):
    return f"/gates/{life.last_gate.pk}/{more}"


def text(answer):
    return answer.content.decode()


def test_there_is_no_such_gate(at, alice):
    assert at(alice).get("/gates/4711/").status_code == 404


def test_each_kind_of_person_reads_it(at, due, alice, bob, carol, root, mallory):
    for person in (alice, bob, carol, root, mallory):
        page = at(person).get(address(due))
        assert page.status_code == 200
        assert "Is One-tap reorder worth building?" in text(page)


def test_those_who_decide_see_what_each_answer_will_do(at, alice, due):
    page = text(at(alice).get(address(due)))
    assert "Move to Build It." in page
    assert "Another permutation, still in Think It." in page
    assert "It ends here; nobody ever had it." in page


def test_those_who_do_not_decide_see_who_does(at, mallory, due):
    page = text(at(mallory).get(address(due)))
    assert "Waiting for a decision" in page
    assert "Alice Andersson" in page
    assert 'name="outcome"' not in page


def test_why_it_is_due_and_since_when(at, alice, due):
    page = text(at(alice).get(address(due)))
    assert "Somebody asked for it" in page
    assert "We know enough." in page


def test_a_cause_that_was_corrected_is_shown_as_holding_no_longer(at, alice, due):
    GateCause.objects.create(
        gate=due.gate, cause="budget", at=due.now, detail="The budget of 100.00 EUR is spent (150.00)."
    )
    Stint.objects.filter(pk=due.stint.pk).update(budget_amount=100)
    page = text(at(alice).get(address(due)))
    assert "The budget of 100.00 EUR is spent (150.00)." in page
    assert "No longer so: 0.00 EUR are spent." in page
    assert page.count("No longer so") == 1


def test_a_decision_moves_the_feature_and_says_so(at, alice, due):
    answer = at(alice).post(address(due), {"outcome": "advance", "reason": REASON}, follow=True)
    assert answer.redirect_chain == [(f"/features/{due.feature.key}/", 302)]
    assert "Advanced: One-tap reorder is in Build It now." in text(answer)
    assert due.refresh().phase == "build_it"


def test_next_time_box_and_budget_are_kept(at, alice, due):
    given = {"outcome": "advance", "reason": REASON, "time_box_days": "21", "budget": "5000", "budget_unit": "amount"}
    at(alice).post(address(due), given)
    assert (due.stint.time_box_days, due.stint.budget_amount) == (21, 5000)


def test_a_decided_gate_shows_it_as_it_was_seen(at, alice, due):
    gate = due.gate
    due.decide("advance", reason=REASON)
    page = text(at(alice).get(f"/gates/{gate.pk}/"))
    assert REASON in page
    assert "Evidence as it was seen" in page
    assert "The next gate" in page


def test_without_a_reason_nothing_is_decided_and_what_was_typed_stays(at, alice, due):
    answer = at(alice).post(address(due), {"outcome": "advance", "reason": " ", "time_box_days": "21"})
    assert answer.status_code == 400
    assert "Say why" in text(answer)
    assert 'value="21"' in text(answer)
    assert not Decision.objects.exists()


def test_to_iterate_without_a_question_is_refused_at_the_field(at, alice, due):
    answer = at(alice).post(address(due), {"outcome": "iterate", "reason": REASON})
    assert answer.status_code == 400
    assert "To iterate, say what you now question" in text(answer)
    assert REASON in text(answer)


@pytest.mark.parametrize("given", [{"outcome": "promote"}, {}, {"outcome": "advance", "time_box_days": "soon"}])
def test_what_is_not_an_answer_is_refused(at, alice, due, given):
    assert at(alice).post(address(due), {"reason": REASON, **given}).status_code == 400
    assert not Decision.objects.exists()


@pytest.mark.parametrize("field", ["reason", "override_reason"])
def test_a_reason_that_is_too_long_is_said_at_its_field_and_not_lost(at, alice, idea, field):
    idea.call()
    long = "A reason that never ends. " * 1000
    given = {"outcome": "kill", "reason": REASON, "time_box_days": "21", field: long}
    answer = at(alice).post(address(idea), given)
    assert answer.status_code == 400
    assert "20,000 fit" in text(answer)
    assert long.strip() in text(answer)
    assert 'value="21"' in text(answer)
    assert not Decision.objects.exists()


def test_a_reason_as_long_as_the_api_takes_it_is_taken(at, alice, due):
    at(alice).post(address(due), {"outcome": "kill", "reason": "x\r\n" * 9_999 + "xx"})
    assert len(Decision.objects.get().reason) == 20_000


def test_somebody_of_another_squad_is_refused(at, mallory, due):
    answer = at(mallory).post(address(due), {"outcome": "advance", "reason": REASON})
    assert answer.status_code == 403
    assert "decide here" in text(answer)
    assert not Decision.objects.exists()


def test_who_comes_second_is_told_what_was_decided_and_keeps_what_they_wrote(at, alice, bob, due):
    gate = due.gate
    due.decide("kill", by=bob, reason="Nobody wants it.")
    answer = at(alice).post(f"/gates/{gate.pk}/", {"outcome": "advance", "reason": REASON})
    assert answer.status_code == 409
    page = text(answer)
    assert "Somebody was first" in page
    assert "Bob Bergman decided to kill it" in page
    assert "Nobody wants it." in page
    assert REASON in page


@pytest.mark.parametrize("part", ["", "call/", "consents/"])
@pytest.mark.parametrize("reason", [REASON, ""])
def test_whatever_comes_after_the_decision_is_told_who_decided_what(at, alice, bob, due, part, reason):
    gate = due.gate
    due.decide("kill", by=bob, reason="Nobody wants it.")
    given = {"outcome": "advance", "reason": reason, "rules": ["validated"]}
    answer = at(alice).post(f"/gates/{gate.pk}/{part}", given)
    assert answer.status_code == 409
    page = text(answer)
    assert "Somebody was first" in page
    assert "Bob Bergman decided to kill it" in page
    assert reason in page


def test_a_gate_that_is_not_due_offers_to_call_it(at, alice, idea):
    page = text(at(alice).get(address(idea)))
    assert "Call it now" in page
    refused = at(alice).post(address(idea, "call/"), {"reason": ""})
    assert refused.status_code == 400
    called = at(alice).post(address(idea, "call/"), {"reason": "The market closes on Friday."}, follow=True)
    assert "The gate is due" in text(called)
    assert idea.gate.state == "due"


def test_others_cannot_call_it(at, mallory, idea):
    assert "Call it now" not in text(at(mallory).get(address(idea)))
    answer = at(mallory).post(address(idea, "call/"), {"reason": "Now."})
    assert answer.status_code == 403
    assert idea.gate.state == "open"


def test_deciding_before_it_is_due_says_how(at, alice, fresh):
    answer = at(alice).post(address(fresh), {"outcome": "kill", "reason": REASON})
    assert answer.status_code == 409
    assert "To decide now, call it first" in text(answer)
    assert fresh.gate.state == "open"


def test_unmet_rules_refuse_an_advance_with_how_to_mend_them(at, alice, idea):
    idea.call()
    answer = at(alice).post(address(idea), {"outcome": "advance", "reason": REASON})
    assert answer.status_code == 422
    assert "finding_from_customers" in text(answer)
    assert "Refused while" in text(answer)


def test_an_override_takes_two_people_and_stays_visible(at, alice, bob, idea):
    idea.call()
    gate = idea.gate
    page = text(at(bob).get(address(idea)))
    rules = ["finding_from_customers"]
    assert 'value="finding_from_customers"' in page
    consented = at(bob).post(
        address(idea, "consents/"), {"rules": rules, "reason": "We know this market."}, follow=True
    )
    assert "Your consent stands" in text(consented)
    given = {"outcome": "advance", "reason": REASON, "override_reason": "Time.", "consent": Consent.objects.get().pk}
    at(alice).post(f"/gates/{gate.pk}/", given)
    assert idea.refresh().phase == "build_it"
    assert "Against must rules" in text(at(alice).get(f"/gates/{gate.pk}/"))
    assert "Against must rules" in text(at(alice).get(f"/features/{idea.feature.key}/"))


def test_consent_to_other_rules_or_without_a_reason_is_refused(at, bob, idea):
    idea.call()
    assert at(bob).post(address(idea, "consents/"), {"rules": ["validated"], "reason": "Yes."}).status_code == 400
    assert at(bob).post(address(idea, "consents/"), {"rules": ["validated"], "reason": ""}).status_code == 400
    assert not Consent.objects.exists()


def test_the_next_tweak_is_named_where_iterating_starts_one(at, alice, squad):
    life = lives.tweaking(squad, alice, name="Gift receipts")
    life.call()
    refused = at(alice).post(address(life), {"outcome": "iterate", "reason": REASON, "questions": ["mvp"]})
    assert refused.status_code == 400
    given = {"outcome": "iterate", "reason": REASON, "questions": ["mvp"], "tweak_name": "Bigger button"}
    at(alice).post(address(life), given)
    assert life.feature.tweaks.get().name == "Bigger button"


def test_what_people_type_is_never_markup(at, alice, bob, due):
    evil = "<script>alert(1)</script>"
    refused = at(alice).post(address(due), {"outcome": "iterate", "reason": evil})
    assert evil not in text(refused)
    gate = due.gate
    due.decide("kill", reason=evil)
    assert evil not in text(at(bob).get(f"/gates/{gate.pk}/"))


def test_a_form_without_its_token_is_refused(due, alice):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    refused = client.post(address(due), {"outcome": "kill", "reason": REASON})
    assert refused.status_code == 403
    assert "Nothing was saved." in text(refused)
    assert "load the page again" in text(refused)


def test_more_people_and_more_history_cost_no_more_queries(at, root, squad, bob, alice, due):
    client = at(alice)
    client.get(address(due))
    with CaptureQueriesContext(connection) as few:
        client.get(address(due))
    from django.contrib.auth.models import User

    for number in range(20):
        Membership.objects.create(squad=squad, person=User.objects.create(username=f"p{number}"))
    for _ in range(5):
        due.find()
    with CaptureQueriesContext(connection) as many:
        client.get(address(due))
    assert len(few) == len(many)


def test_every_row_of_the_phase_table_has_its_words():
    from lifecycle.pages.gate_words import _does
    from lifecycle.queries.ladders import DEFAULT

    for move in TABLE:
        step = DEFAULT.rungs[0].percent if move.at == "ship_it" else None
        assert _does(move, step=step, ladder=DEFAULT, exposed=True).endswith(".")


def test_what_was_ticked_for_an_iterate_is_left_out_of_a_kill(at, alice, due):
    given = {"outcome": "kill", "reason": "Nobody wants it.", "questions": ["mvp"]}
    assert at(alice).post(f"/gates/{due.gate.pk}/", given).status_code == 302
    assert Decision.objects.get().questions == []
