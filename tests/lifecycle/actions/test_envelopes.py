"""Envelopes: what one stint of a phase may spend in a squad, beside what its stints have cost so far."""

from decimal import Decimal

import pytest

from features.actions.enveloping import set_envelope
from features.actions.investment import InvestmentRow, record_investments
from features.errors import BadInput, Forbidden
from features.models import AuditEntry, Envelope
from features.queries.envelopes import envelopes_of
from tests.factories import lives

pytestmark = pytest.mark.django_db
D = Decimal


def given(squad, phase="build_it", **fields):
    return set_envelope(squad=squad, phase=phase, by=None, now=lives.START, **fields)


def spend(life, amount, days=None):
    row = InvestmentRow(
        feature=life.feature.key, on=life.now.date(), category="people", amount=amount and D(amount),
        person_days=days and D(days),
    )  # fmt: skip
    record_investments(entries=[row], by=None, now=life.now)


def of(squad, phase):
    return next(row for row in envelopes_of(squad=squad) if row.phase == phase)


class TestTheNextStint:
    def test_gets_the_envelope_of_its_phase_and_falls_due_when_it_is_spent(self, squad, alice):
        given(squad, amount=D(1000))
        life = lives.building(squad, alice)
        assert life.stint.budget_amount == D(1000)
        spend(life.wait(1), "1000")
        assert life.judge().state == "due"

    def test_a_budget_that_is_named_comes_first(self, squad, alice):
        given(squad, "think_it", days=D(5))
        named = lives.thinking(squad, alice, budget={"amount": "70.00"})
        assert (named.stint.budget_amount, named.stint.budget_days) == (D(70), None)
        assert lives.thinking(squad, alice, name="Other").stint.budget_days == D(5)

    def test_what_has_begun_keeps_what_it_was_given(self, squad, alice):
        life = lives.thinking(squad, alice)
        given(squad, "think_it", amount=D(9))
        assert life.stint.budget_amount is None


class TestSaidBySquads:
    def test_said_again_it_writes_nothing_and_taken_away_it_is_gone(self, squad):
        given(squad, amount=D(9))
        given(squad, amount=D("9.00"))
        assert given(squad) is None
        assert not Envelope.objects.exists()
        assert AuditEntry.objects.filter(act="squad.envelope_set").count() == 2

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"amount": D(1), "days": D(1)}, "one of them"),
            ({"amount": D(-1)}, "0 or more"),
            ({"amount": D("1.001")}, "2 decimals"),
            ({"days": D("Infinity")}, "0 or more"),
            ({"phase": "dream_it", "amount": D(1)}, "one of think_it"),
        ],
    )
    def test_what_cannot_be_meant_is_refused(self, squad, fields, said):
        with pytest.raises(BadInput, match=said):
            given(squad, **fields)

    def test_a_member_does_not_set_them(self, squad, alice):
        with pytest.raises(Forbidden, match="Leads of"):
            set_envelope(squad=squad, phase="build_it", by=alice, now=lives.START, amount=D(1))


def test_what_is_usual_are_the_ended_stints_whose_cost_is_known(squad, alice):
    for number, amount in enumerate(("10", "20", "30", "100")):
        life = lives.thinking(squad, alice, name=f"Feature {number}")
        spend(life, amount)
        life.reach("build_it")
    unpriced = lives.thinking(squad, alice, name="In days")
    spend(unpriced, None, days="3")
    unpriced.reach("build_it")
    usual = of(squad, "think_it").usual
    assert (usual.stints, usual.median, usual.upper) == (4, D("25.00"), D("47.50"))
    assert of(squad, "build_it").usual.median is None


def test_rest_tells_and_takes_them(api, squad, bob):
    path = f"/api/v1/squads/{squad.slug}/envelopes/"
    client = api(bob)
    assert [row["phase"] for row in client.get(path).json()["phases"]][:2] == ["think_it", "build_it"]
    answer = client.post(path, {"phase": "build_it", "amount": "5000.00"}, format="json")
    assert answer.status_code == 200
    assert answer.json()["phases"][1]["amount"] == "5000.00"
    assert client.post(path, {"phase": "build_it", "amount": "-1"}, format="json").status_code == 400
    assert client.get("/api/v1/squads/nowhere/envelopes/").status_code == 404
