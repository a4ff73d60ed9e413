"""The pruning review: frozen facts, every shipped feature decided, signed by two, closed for good."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from features.actions.investment import InvestmentRow, record_investments
from features.actions.returns import ReturnRow, record_returns
from features.errors import BadInput, Conflict, Forbidden, LostRace, Missing
from features.models import AuditEntry, Feature, Stint
from lifecycle.actions.reviewing import (
    close_review,
    decide_item,
    keep_the_calendar,
    open_review,
    prepare_review,
    propose,
    sign_review,
)
from lifecycle.enums import Cause, GateState
from lifecycle.models import Gate, Notice, Retrospective, Review, ReviewItem
from lifecycle.queries.portfolio.scope import quarter_at, quarter_name
from lifecycle.queries.reviews import progress_of, promises_of
from tests.factories import lives
from tests.factories.rows import person, saved

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(squad, alice):
    """A feature in Maintain It."""
    return lives.maintaining(squad, alice)


@pytest.fixture
def leaders():
    return [User.objects.create_superuser("lena"), User.objects.create_superuser("leo")]


def at_rest(squad, key, since):
    """A feature in Maintain It, with nothing but its open gate."""
    released = since.date()
    feature = saved(Feature, key=key, squad=squad, phase="maintain_it", released_on=released, created_at=since)
    stint = saved(Stint, feature=feature, number=1, phase="maintain_it", started_at=since)
    return saved(Gate, feature=feature, stint=stint, opened_at=since)


def quarter(life):
    return quarter_name(timezone.localdate(life.now))


def opened(life):
    return open_review(quarter=quarter(life), by=None, now=life.now)


def cost(life, amount, days_ago=40):
    row = InvestmentRow(
        feature=life.feature.key, on=(life.now - timedelta(days=days_ago)).date(), category="people",
        amount=Decimal(amount),
    )  # fmt: skip
    record_investments(entries=[row], by=None, now=life.now)


def earn(life, amount, days_ago=40, **bounds):
    row = ReturnRow(
        feature=life.feature.key, on=(life.now - timedelta(days=days_ago)).date(), amount=Decimal(amount), **bounds
    )
    record_returns(entries=[row], by=None, now=life.now)


def look_back(by, now):
    """Every retrospective that is owed is published."""
    said = dict.fromkeys(("went_well", "went_wrong", "could_go_better"), "Much.")
    Retrospective.objects.filter(published_at__isnull=True).update(**said, published_at=now, published_by=by)


def item_of(life):
    return ReviewItem.objects.select_related("gate", "review").get(feature=life.feature)


class TestOpening:
    def test_preparing_freezes_the_facts_and_makes_nothing_due(self, kept):
        kept.wait(80)
        cost(kept, 900)
        earn(kept, 500)
        review = prepare_review(quarter=quarter(kept), by=None, now=kept.now)
        item = item_of(kept)
        assert (item.value, item.cost, item.recommended) == (500, 900, "kill")
        assert "at most, and cost 900" in item.because
        assert kept.gate.state == GateState.OPEN
        assert review.opened_at is None
        cost(kept, 10_000, days_ago=35)
        item.refresh_from_db()
        assert item.cost == 900

    def test_opening_makes_each_gate_due_once_because_of_the_review(self, kept):
        review = opened(kept)
        assert kept.gate.state == GateState.DUE
        assert [(c.cause, c.key) for c in kept.gate.causes.all()] == [(Cause.REVIEW, quarter(kept))]
        assert kept.stint.due_at == kept.gate.due_at == kept.now
        assert Notice.objects.filter(gate=kept.gate).count() == 1
        again = open_review(quarter=quarter(kept), by=None, now=kept.now + timedelta(hours=1))
        assert again.opened_at == review.opened_at
        assert AuditEntry.objects.filter(act="review.opened").count() == 1

    def test_what_is_not_shipped_is_not_asked(self, squad, alice, kept):
        lives.building(squad, alice)
        assert opened(kept).items.count() == 1

    def test_one_that_was_decided_since_it_was_prepared_counts_and_is_not_rung_again(self, kept):
        prepare_review(quarter=quarter(kept), by=None, now=kept.now)
        kept.wait(1).call()
        kept.decide("advance")
        review = opened(kept.wait(1))
        assert progress_of(review).left == 0
        assert kept.gate.state == GateState.OPEN

    def test_one_that_shipped_since_then_is_taken_in(self, squad, alice, kept):
        prepare_review(quarter=quarter(kept), by=None, now=kept.now)
        late = lives.tweaking(squad, alice, now=kept.now)
        review = open_review(quarter=quarter(kept), by=None, now=late.now)
        assert [item.rank for item in review.items.order_by("rank")] == [1, 2]

    def test_the_clock_prepares_and_opens_by_the_calendar(self, kept, settings):
        settings.REVIEW_PREPARED_DAYS, settings.REVIEW_OPENED_DAYS = 28, 14
        end = quarter_at(quarter(kept)).last
        noon = timezone.make_aware(timezone.datetime(end.year, end.month, end.day, 12))
        assert keep_the_calendar(now=noon - timedelta(days=28)) is None
        assert keep_the_calendar(now=noon - timedelta(days=27)).opened_at is None
        assert keep_the_calendar(now=noon - timedelta(days=20)) is None
        assert keep_the_calendar(now=noon - timedelta(days=13)).opened_at is not None
        assert keep_the_calendar(now=noon - timedelta(days=12)) is None
        assert Review.objects.count() == 1

    def test_a_quarter_that_has_not_begun_cannot_be_reviewed(self, kept):
        with pytest.raises(BadInput, match="has not begun"):
            prepare_review(quarter="2199-Q1", by=None, now=kept.now)
        with pytest.raises(Missing):
            prepare_review(quarter="summer", by=None, now=kept.now)

    def test_only_leadership_opens_by_hand(self, kept, alice):
        with pytest.raises(Forbidden):
            open_review(quarter=quarter(kept), by=alice, now=kept.now)

    def test_opening_many_asks_no_more_queries_than_opening_one(self, squad, kept):
        with CaptureQueriesContext(connection) as one:
            open_review(quarter="2026-Q1", by=None, now=kept.now)
        kept.now += timedelta(days=40)
        for number in range(3):
            at_rest(squad, f"more-{number}", kept.now)
        with CaptureQueriesContext(connection) as many:
            assert opened(kept).items.count() == 4
        assert len(many) <= len(one) + 2  # the review before it is asked for doubts


class TestWorth:
    def test_unknown_value_is_no_value_of_nothing(self, kept):
        cost(kept.wait(80), 900)
        opened(kept)
        item = item_of(kept)
        assert (item.value, item.recommended) == (None, "iterate")
        assert "what it is worth" in item.because

    def test_unknown_months_are_estimated_and_told_apart(self, kept):
        kept.wait(150)
        cost(kept, 100, days_ago=45)
        earn(kept, 350, low=Decimal(300), high=Decimal(400))
        opened(kept)
        item = item_of(kept)
        assert item.cost == 100
        assert item.cost_most == 100 * (1 + item.facts["months_unknown"])
        assert item.facts["months_known"] == 1

    def test_the_worst_stands_first(self, squad, alice, kept):
        other = lives.maintaining(squad, alice, name="Mood lights", now=kept.now + timedelta(days=1))
        for life, value in ((kept, 2_000), (other, 10)):
            life.now = max(kept.now, other.now) + timedelta(days=80)
            cost(life, 900)
            earn(life, value)
        review = opened(kept)
        assert [item.feature.name for item in review.items.order_by("rank")] == ["Mood lights", kept.feature.name]


class TestDeciding:
    def test_an_item_is_answered_through_its_gate(self, kept, alice):
        review = opened(kept)
        item = item_of(kept)
        decision = decide_item(
            item_id=item.pk, outcome="advance", reason="It pays.", by=alice, now=kept.now,
            critical_reason="Every refund runs through it.",
        )  # fmt: skip
        assert decision.gate_id == item.gate_id
        assert item_of(kept).critical_reason == "Every refund runs through it."
        assert (progress_of(review).kept, progress_of(review).left) == (1, 0)
        with pytest.raises(Conflict) as refused:
            decide_item(item_id=item.pk, outcome="kill", reason="No.", by=alice, now=kept.now)
        assert refused.value.code == "already_decided"

    def test_rare_but_critical_is_a_reason_to_keep_only(self, kept, alice):
        opened(kept)
        with pytest.raises(BadInput, match="Rare but critical"):
            decide_item(
                item_id=item_of(kept).pk, outcome="kill", reason="Old.", by=alice, now=kept.now, critical_reason="x"
            )
        assert item_of(kept).gate.state == GateState.DUE

    def test_nothing_is_decided_before_it_opens(self, kept, alice):
        prepare_review(quarter=quarter(kept), by=None, now=kept.now)
        with pytest.raises(Conflict) as refused:
            decide_item(item_id=item_of(kept).pk, outcome="kill", reason="Old.", by=alice, now=kept.now)
        assert refused.value.code == "review_not_open"

    def test_two_of_a_squad_do_not_overwrite_each_others_proposal(self, kept, alice):
        prepare_review(quarter=quarter(kept), by=None, now=kept.now)
        item = item_of(kept)
        seen = item.version
        propose(item_id=item.pk, outcome="kill", reason="Nobody opens it.", version=seen, by=alice, now=kept.now)
        with pytest.raises(LostRace, match="alice has changed"):
            propose(item_id=item.pk, outcome="advance", reason="I do.", version=seen, by=alice, now=kept.now)
        item = item_of(kept)
        assert (item.proposed, item.proposed_reason) == ("kill", "Nobody opens it.")
        with pytest.raises(Forbidden):
            propose(item_id=item.pk, outcome="kill", reason="Mine?", version=None, by=person(), now=kept.now)


class TestClosing:
    def test_it_needs_every_item_and_two_people(self, kept, alice, leaders):
        review = opened(kept)
        name, (lena, leo) = review.quarter, leaders
        with pytest.raises(Conflict) as refused:
            sign_review(quarter=name, by=lena, now=kept.now)
        assert refused.value.code == "undecided_items"
        assert refused.value.extra["items"] == [kept.feature.key]
        decide_item(item_id=item_of(kept).pk, outcome="advance", reason="It pays.", by=alice, now=kept.now)
        look_back(alice, kept.now)
        for _ in range(2):
            sign_review(quarter=name, by=lena, now=kept.now)
        with pytest.raises(Conflict) as refused:
            close_review(quarter=name, by=lena, now=kept.now)
        assert refused.value.code == "signoffs_missing"
        with pytest.raises(Forbidden):
            sign_review(quarter=name, by=alice, now=kept.now)
        sign_review(quarter=name, by=leo, now=kept.now)
        closed = close_review(quarter=name, by=leo, now=kept.now)
        assert closed.closed_at == kept.now
        assert close_review(quarter=name, by=lena, now=kept.now + timedelta(days=1)).closed_at == kept.now
        with pytest.raises(Conflict) as refused:
            propose(item_id=item_of(kept).pk, outcome="kill", reason="Late.", version=None, by=alice, now=kept.now)
        assert refused.value.code == "review_closed"

    def test_the_next_review_looks_back_at_promises_and_counts_doubts(self, kept, squad, alice, leaders):
        gone = lives.maintaining(squad, alice, name="Mood lights", now=kept.now + timedelta(days=1))
        kept.now = gone.now = max(kept.now, gone.now)
        review = opened(kept)
        decide_item(item_id=item_of(kept).pk, outcome="advance", reason="We like it.", by=alice, now=kept.now)
        decide_item(item_id=item_of(gone).pk, outcome="kill", reason="Nobody uses it.", by=alice, now=kept.now)
        for leader in leaders:
            sign_review(quarter=review.quarter, by=leader, now=kept.now)
        with pytest.raises(Conflict) as refused:
            close_review(quarter=review.quarter, by=leaders[0], now=kept.now)
        assert refused.value.code == "owed_retrospectives"
        assert gone.feature.key in refused.value.extra["features"]
        look_back(alice, kept.now)
        close_review(quarter=review.quarter, by=leaders[0], now=kept.now)
        kept.wait(100)
        later = opened(kept)
        [promise] = promises_of(later, now=kept.now)
        assert (promise.item.feature.name, promise.outcome, promise.kept) == ("Mood lights", "kill", False)
        assert promise.told == "Its removal is not done."
        assert later.items.get(feature=kept.feature).doubts == 1
