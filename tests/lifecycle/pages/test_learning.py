"""The cost of learning: shown at the gate while something is being learned, and kept with the decision."""

from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from hypotheses.actions.pricing import price_unit
from hypotheses.actions.weighing import weigh_stint
from hypotheses.models import Metric
from lifecycle.models import Decision
from lifecycle.pages.learning_rows import learning_rows
from lifecycle.queries.gates import gate_view
from lifecycle.queries.ladders import ladder_of
from lifecycle.queries.learning import cost_of_learning
from tests.factories.lives import thinking

pytestmark = pytest.mark.django_db


@pytest.fixture
def life(squad, alice):
    """At 5 %, after a week of an effect that may be nothing."""
    found = thinking(squad, alice).reach("ship_it", 5)
    found.wait(7)
    found.measure(0.101, units=4_000)
    return found


def test_each_step_is_weighed_by_its_days_and_its_loss(life):
    view = gate_view(gate=life.gate, now=life.now)
    rows = view.cost_of_learning
    assert [row["percent"] for row in rows] == [1, 5, 10, 25, 50, 99]
    days = [row["days"] for row in rows]
    assert days[0] > days[1] > days[2] > days[3] > days[4]
    assert all(0 < row["expected_loss"] < row["worst_loss"] for row in rows)
    assert view.as_json()["cost_of_learning"] == rows


def test_what_is_decided_learns_nothing_more(squad, alice):
    life = thinking(squad, alice).reach("ship_it", 5)
    life.wait(7)
    life.measure(0.13)
    assert gate_view(gate=life.gate, now=life.now).cost_of_learning == []


@pytest.mark.parametrize(("units", "days"), [(16_000, [7] * 6), (8_000, [])])
def test_under_a_plan_each_step_takes_the_days_to_its_end(life, units, days):
    view = gate_view(gate=life.gate, now=life.now)
    body = deepcopy(dict(view.evidence))
    assert sum(body["primary"]["n"].values()) == 8_000, "in a week"
    body["primary"]["plan"] = {"units": units}
    found = cost_of_learning(body=body, ladder=ladder_of(feature=life.feature))
    assert [round(row["days"], 6) for row in found] == days


def test_at_the_split_of_the_trial_it_takes_the_days_that_the_evidence_tells(life):
    view = gate_view(gate=life.gate, now=life.now)
    [half] = [row for row in view.cost_of_learning if row["percent"] == 50]
    assert half["days"] == pytest.approx(view.evidence["days_left"])
    assert half["exposed"] == pytest.approx(half["days"] * 8_000 / 7 / 2)


def more_arms(body):
    """The same comparison beside a second treatment, and a holdback of a tenth."""
    stage = body["stages"][0]
    control, new = stage["arms"]
    stage["arms"] = [{**control, "arm": "kept out", "n": 800}, control, {**new, "arm": "newer"}, new]
    body["others"] = [{"arm": "newer"}]
    return body


def test_a_third_arm_and_a_holdback_are_not_compared(life):
    view = gate_view(gate=life.gate, now=life.now)
    found = cost_of_learning(body=more_arms(deepcopy(dict(view.evidence))), ladder=ladder_of(feature=life.feature))
    assert found == view.cost_of_learning


def test_another_treatment_is_no_control_however_many_units_it_has(life):
    """After an earlier trial the units of the pair are those of both, so they do not tell the later one's control."""
    body = deepcopy(dict(gate_view(gate=life.gate, now=life.now).evidence))
    [stage] = body["stages"]
    control, new = stage["arms"]
    later = [{**control, "n": 1_000}, {**new, "arm": "newer", "n": 3_000}, {**new, "n": 1_000}]
    body["stages"] = [{**stage, "to": body["as_of"]}, {**stage, "trial": "later", "arms": later}]
    body["others"] = [{"arm": "newer"}]
    body["primary"]["n"] = {"control": 5_000, "treatment": 5_000}
    rows = cost_of_learning(body=body, ladder=ladder_of(feature=life.feature))
    [half] = [row for row in rows if row["percent"] == 50]
    assert half["days"] == pytest.approx(body["days_left"])
    assert half["exposed"] == pytest.approx(half["days"] * 2_000 / 7 / 2)


@pytest.mark.parametrize("change", [{"days_left": None}, {"stages": []}, {"primary": None}])
def test_what_cannot_be_told_is_not_made_up(life, change):
    body = {**gate_view(gate=life.gate, now=life.now).evidence, **change}
    assert cost_of_learning(body=body, ladder=ladder_of(feature=life.feature)) == []


def test_without_a_trial_nothing_is_learned(squad, alice):
    assert gate_view(gate=thinking(squad, alice).gate, now=timezone.now()).cost_of_learning == []


def test_it_is_kept_with_the_decision(life, at, alice):
    shown = gate_view(gate=life.gate, now=life.now).cost_of_learning
    life.call()
    gate = life.gate
    life.decide("iterate", questions=["measurement"])
    gate.refresh_from_db()
    decision = Decision.objects.get(gate=gate)
    assert [row["percent"] for row in decision.cost_of_learning] == [row["percent"] for row in shown]
    weigh_stint(stint=gate.stint, now=life.now + timedelta(days=9))
    assert gate_view(gate=gate, now=life.now + timedelta(days=9)).cost_of_learning == decision.cost_of_learning
    page = at(alice).get(f"/gates/{gate.pk}/").content.decode()
    assert "What waiting costs" in page
    assert "At worst" in page


def test_a_price_turns_the_loss_into_money_also_in_the_decision(life):
    metric = Metric.objects.get(key="reorder-rate")
    assert gate_view(gate=life.gate, now=life.now).cost_of_learning[0]["expected_money"] is None
    price_unit(metric=metric, by=None, now=life.now, amount="40", from_on=date(2020, 1, 1))
    row = gate_view(gate=life.gate, now=life.now).cost_of_learning[0]
    assert Decimal(row["worst_money"]) == (40 * Decimal(str(row["worst_loss"]))).quantize(Decimal("0.01"))
    [shown, *_] = learning_rows([row])
    assert "€" in shown.worst
    life.call()
    assert life.decide("iterate").cost_of_learning[0]["worst_money"] == row["worst_money"]
