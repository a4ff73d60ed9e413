"""A squad's envelopes: what a stint may spend, what is usual, what is over now."""

import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from features.actions.enveloping import set_envelope
from features.actions.investment import InvestmentRow, record_investments
from features.models import Envelope
from tests.factories import lives

pytestmark = pytest.mark.django_db
HERE = "/squads/checkout/envelopes/"


def seen(answer):
    text = re.sub(r"<[^>]+>", " ", answer.content.decode()).replace("\xa0", " ")
    return re.sub(r"\s+([,.])", r"\1", re.sub(r"\s+", " ", text))


def spend(life, amount=None, days=None):
    row = InvestmentRow(
        feature=life.feature.key, on=life.now.date(), category="people",
        amount=amount and Decimal(amount), person_days=days and Decimal(days),
    )  # fmt: skip
    record_investments(entries=[row], by=None, now=life.now)


def test_a_lead_says_one_and_the_next_stint_gets_it(at, bob, alice, squad):
    client = at(bob)
    assert "No envelope yet" in seen(client.get(HERE))
    given = {"phase": "build_it", "amount": "9000", "note": "As long as the last three took."}
    shown = seen(client.post(HERE, given, follow=True))
    assert "Saved. Stints of Build It that begin from now on: €9,000." in shown
    assert "No envelope yet" not in shown
    assert re.search(r"Build It €9,000 \d+ \w+ \d{4}, Bob Bergman", shown)
    assert "no envelope €9,000 Bob Bergman As long as the last three took." in shown
    assert lives.building(squad, alice).stint.budget_amount == Decimal(9000)


def test_both_left_empty_it_is_taken_away(at, bob, squad):
    client = at(bob)
    client.post(HERE, {"phase": "ship_it", "days": "12.5"})
    assert "12.5 person-days" in seen(client.get(HERE))
    shown = seen(client.post(HERE, {"phase": "ship_it", "amount": "", "days": ""}, follow=True))
    assert "begin from now on: no envelope." in shown
    assert "12.5 person-days no envelope Bob Bergman no note" in shown
    assert not Envelope.objects.exists()


def test_change_fills_the_form_with_what_stands(at, bob, squad):
    set_envelope(squad=squad, phase="tweak_it", by=None, now=lives.START, amount=Decimal(700))
    page = at(bob).get(f"{HERE}?phase=tweak_it").content.decode()
    assert re.search(r'value="tweak_it"\s+selected', page)
    assert 'value="700.00"' in page
    assert at(bob).get(f"{HERE}?phase=dream_it").status_code == 200


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"amount": "1", "days": "1"}, "An envelope is in money or in person-days, one of them."),
        ({"amount": "-1"}, "An envelope is 0 or more, with 2 decimals at most."),
        ({"days": "0.001"}, "Person-days are 0 or more, with 2 decimals at most."),
        ({"amount": "many"}, "Enter a number."),
        ({"phase": "dream_it", "amount": "1"}, "Select a valid choice."),
    ],
)
def test_what_cannot_be_meant_is_said_at_its_field_and_kept(at, bob, squad, given, said):
    answer = at(bob).post(HERE, {"phase": "build_it", "note": "Keep me.", **given})
    assert answer.status_code == 400
    assert said in seen(answer)
    page = answer.content.decode()
    assert 'aria-invalid="true"' in page
    assert "Keep me." in page
    assert not Envelope.objects.exists()


def test_others_read_and_do_not_write(at, alice, mallory, carol, squad):
    for person in (alice, mallory):
        assert "Save the envelope" not in seen(at(person).get(HERE))
        refused = at(person).post(HERE, {"phase": "build_it", "amount": "1"})
        assert refused.status_code == 403
        assert "Leads of Checkout, leaders of its tribe and administrators set its envelopes." in seen(refused)
    assert at(carol).post(HERE, {"phase": "build_it", "amount": "1"}).status_code == 302
    assert at().get(HERE).status_code == 302
    assert at(alice).get("/squads/nobody/envelopes/").status_code == 404


def test_what_is_usual_stands_beside_it(at, alice, squad):
    for number, amount in enumerate(("10", "20", "30", "100")):
        life = lives.thinking(squad, alice, name=f"Feature {number}")
        spend(life, amount)
        life.reach("build_it")
    set_envelope(squad=squad, phase="think_it", by=None, now=lives.START, amount=Decimal(20))
    assert "€25 median of 4, above the envelope €47.50" in seen(at(alice).get(HERE))


def test_what_is_over_its_budget_now_stands_on_top(at, alice, squad, other_squad):
    over = lives.thinking(squad, alice, name="Gift notes", budget={"amount": "100"})
    spend(over, "140")
    days = lives.thinking(squad, alice, name="Photo search", budget={"days": "2"})
    spend(days, days="6.5")
    spend(lives.thinking(squad, alice, name="In its bounds", budget={"amount": "100"}), "100")
    shown = seen(at(alice).get(HERE))
    assert "Over budget now 2 running stints" in shown
    assert "Photo search Think It 2 person-days 6.5 person-days 4.5 person-days" in shown
    assert "Gift notes Think It €100 €140 €40" in shown
    assert shown.index("Photo search") < shown.index("Gift notes"), "the furthest over comes first"
    assert "In its bounds" not in shown
    assert "is over its budget" in seen(at(alice).get("/squads/playlists/envelopes/"))


def test_week_and_rates_lead_there(at, alice, squad):
    for path in ("week", "rates"):
        assert f'href="{HERE}"' in at(alice).get(f"/squads/checkout/{path}/").content.decode()


def test_many_stints_cost_as_many_queries_as_few(at, alice, squad):
    client = at(alice)
    spend(lives.thinking(squad, alice, name="First", budget={"amount": "1"}), "5")
    client.get(HERE)
    with CaptureQueriesContext(connection) as few:
        client.get(HERE)
    for number in range(6):
        spend(lives.thinking(squad, alice, name=f"Feature {number}", budget={"amount": "1"}), "5")
        set_envelope(squad=squad, phase="think_it", by=None, now=lives.START, amount=Decimal(number + 1))
    with CaptureQueriesContext(connection) as many:
        client.get(HERE)
    assert len(few) == len(many)
