"""What the board shows."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from features.errors import BadInput
from features.models import Feature, Investment, Squad, Stint
from hypotheses.actions.standing import restate_standing
from hypotheses.models import Evidence, Finding, Hypothesis, Metric
from lifecycle.models import Gate
from lifecycle.queries.board import SPARK_POINTS, board
from tests.factories.rows import booked, saved

pytestmark = pytest.mark.django_db
T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOW = T0 + timedelta(days=20)


def feature(key, *, phase="think_it", due=None, due_on=None, budget=None, **fields) -> Stint:
    """An active feature with its open stint and gate, everything that a card shows."""
    one = saved(Feature, key=key, name=key.replace("-", " ").title(), phase=phase, **fields)
    stint = saved(Stint, feature=one, phase=phase, started_at=T0, budget_amount=budget)
    saved(Gate, stint=stint, opened_at=T0, state="due" if due else "open", due_at=due, due_on=due_on)
    return stint


def test_an_empty_board_has_its_five_columns():
    empty = board(now=NOW)
    assert [(c.phase, c.count, c.invested, c.cards) for c in empty.columns] == [
        (phase, 0, 0, ()) for phase in ("think_it", "build_it", "ship_it", "tweak_it", "maintain_it")
    ]
    assert (empty.removing, empty.gone, empty.count) == ((), (), 0)


def test_a_card_shows_what_is_believed_what_the_data_say_and_what_it_costs():
    owner = User.objects.create(username="ada", first_name="Ada", last_name="Almquist")
    stint = feature("one-tap", phase="build_it", budget=100, owner=owner)
    metric = saved(Metric, key="reorders", name="Reorders", unit="share")
    hypothesis = saved(
        Hypothesis, stint=stint, version=1, metric=metric, reason="People forget what they bought.",
        locked_at=T0, minimum_effect_absolute=0.005,
    )  # fmt: skip
    for n in range(3):
        saved(
            Evidence, stint=stint, hypothesis=hypothesis, as_of=T0 + timedelta(days=n), estimate=n / 100, low=-0.01,
            high=0.03, verdict="inconclusive", reason="primary_pending",
        )  # fmt: skip
    earlier = saved(Stint, feature=stint.feature, number=99_000, started_at=T0, ended_at=T0)
    for where, amount in ((stint, 120), (earlier, 30)):
        booked(Investment, feature=stint.feature, stint=where, amount=amount, amount_base=amount)
    restate_standing(stints=[stint.pk], now=NOW)
    [card] = board(now=NOW).columns[1].cards
    assert (card.hypothesis, card.owner_name, card.initials) == (
        "People forget what they bought.",
        "Ada Almquist",
        "AA",
    )
    assert (card.verdict, card.reason) == ("inconclusive", "primary_pending")
    assert (card.reading.metric_name, card.reading.estimate, card.reading.low) == ("Reorders", 0.02, -0.01)
    assert (card.reading.spark, card.reading.current) == ((0.0, 0.01, 0.02), True)
    assert (card.purse.spent, card.purse.invested, card.purse.share, card.purse.over) == (120, 150, 1.2, True)


def test_no_evidence_is_missing_and_findings_speak_where_there_is_no_trial():
    bare, found = feature("bare"), feature("found")
    saved(Finding, stint=found, kind="prototype_test", successes=10, trials=10)
    restate_standing(stints=[found.pk], now=NOW)
    cards = {card.key: card for card in board(now=NOW).columns[0].cards}
    assert (cards[bare.feature.key].verdict, cards[bare.feature.key].reading) == ("missing", None)
    assert cards["found"].verdict == "validated"


def test_person_days_without_a_rate_never_stand_as_no_money():
    stint = feature("days")
    booked(Investment, feature=stint.feature, stint=stint, amount=None, amount_base=None, person_days=Decimal("2.5"))
    column = board(now=NOW).columns[0]
    assert (column.invested, column.invested_days, column.cards[0].purse.invested_days) == (
        0,
        Decimal("2.5"),
        Decimal("2.5"),
    )


def test_the_most_urgent_card_stands_first():
    feature("later", due_on=date(2026, 6, 1))
    feature("soon", due_on=date(2026, 3, 25))
    feature("due", due=NOW - timedelta(hours=2))
    feature("late", due=NOW - timedelta(days=5))
    shown = board(now=NOW)
    assert [card.key for card in shown.columns[0].cards] == ["late", "due", "soon", "later"]
    assert [(c.gate.state, c.gate.overdue, c.gate.days) for c in shown.columns[0].cards] == [
        ("due", True, 5), ("due", False, 0), ("open", False, 3), ("open", False, 71),
    ]  # fmt: skip
    assert (shown.gates_due, shown.gates_overdue) == (2, 1)


def test_what_waits_for_removal_and_what_is_gone_stand_apart():
    feature("alive")
    saved(Feature, key="leaving", status="removing")
    saved(Feature, key="gone", status="ended", ended_on=date(2026, 1, 1))
    saved(Feature, key="landed", status="landed", ended_on=date(2026, 2, 1), parent=saved(Feature))
    shown = board(now=NOW)
    assert [card.key for card in shown.removing] == ["leaving"]
    assert [card.key for card in shown.gone] == ["landed", "gone"]


def test_filters_narrow_everything():
    squad = saved(Squad, slug="search")
    one = feature("typo-search", squad=squad, due=NOW - timedelta(days=3))
    saved(Hypothesis, stint=one, change="Forgive typing errors")
    feature("other", due_on=date(2026, 3, 24))

    def keys(**filters):
        return [card.key for card in board(now=NOW, **filters).columns[0].cards]

    assert keys(squad="search") == keys(tribe=squad.tribe.slug) == keys(search="TYPING") == ["typo-search"]
    assert keys(search="oTHer") == ["other"]
    assert keys(gate_state="overdue") == keys(gate_state="due") == ["typo-search"]
    assert keys(gate_state="open") == ["other"]
    assert set(keys(gate_state="soon")) == {"other", "typo-search"}
    assert keys(squad="nobody") == []
    with pytest.raises(BadInput, match="one of"):
        board(now=NOW, gate_state="late")


def test_a_long_column_says_how_many_are_left_out():
    for n in range(4):
        feature(f"f-{n}")
    column = board(now=NOW, per_column=3).columns[0]
    assert (column.count, len(column.cards), column.more) == (4, 3, 1)


def test_the_sparkline_is_of_the_last_days_and_the_queries_stay_six(django_assert_num_queries):
    for n in range(3):
        stint = feature(f"f-{n}")
        hypothesis = saved(Hypothesis, stint=stint, version=1, metric=saved(Metric))
        saved(Finding, stint=stint)
        for day in range(SPARK_POINTS + 5):
            saved(Evidence, stint=stint, hypothesis=hypothesis, as_of=T0 + timedelta(days=day), estimate=day)
        with django_assert_num_queries(6):
            shown = board(now=NOW)
    spark = shown.columns[0].cards[0].reading.spark
    assert (len(spark), spark[0], spark[-1]) == (SPARK_POINTS, 5, SPARK_POINTS + 4)
