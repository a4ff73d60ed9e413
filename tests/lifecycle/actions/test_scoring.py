"""A squad scores what is in Think It: hidden cards, one reveal, everything on record."""

import json
import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connections

from features.enums import Role
from features.errors import BadInput, Conflict, Forbidden, LostRace, Missing
from features.models import AuditEntry, Membership
from features.queries.audit import verify_chain
from lifecycle.actions.aiming import change_goal, set_goal
from lifecycle.actions.scoring import open_round, play, reveal
from lifecycle.models import Goal, Play, Round
from lifecycle.poker import score_of, tally
from lifecycle.queries.goals import asked_on, goals_on
from lifecycle.queries.rounds import round_at, round_seen, waiting_rounds
from tests.conftest import _person
from tests.factories import lives

pytestmark = pytest.mark.django_db
START = lives.START


@pytest.fixture
def dave(squad):
    person = _person("dave", first_name="Dave", last_name="Dahl")
    Membership.objects.create(squad=squad, person=person, role=Role.MEMBER)
    return person


@pytest.fixture
def goals(carol):
    """Reach weighs half as much again as money."""
    for name, weight in (("Reach", 60), ("Money", 40)):
        set_goal(name=name, why="The board says so.", weight=weight, by=carol, now=START)
    return list(Goal.objects.all())


@pytest.fixture
def life(squad, alice):
    return lives.thinking(squad, alice, name="Gift receipts")


@pytest.fixture
def scoring(life, goals, alice, bob, dave):
    """A round that waits for three people."""
    return open_round(feature=life.feature, by=bob, now=START)


def cards(reach, money):
    return {"reach": reach, "money": money}


def at(minutes):
    return START + timedelta(minutes=minutes)


class TestGoals:
    def test_weights_have_days_and_old_ones_stay(self, goals, carol):
        later = START + timedelta(days=10)
        goal = change_goal(key="reach", by=carol, now=later, changes={"weight": 20})
        assert asked_on(START.date()) == {goal.pk: 60, Goal.objects.get(key="money").pk: 40}
        assert asked_on(later.date())[goal.pk] == 20
        assert [one.weight for one in goal.weights.all()] == [60, 20]
        change_goal(key="reach", by=carol, now=later, changes={"weight": 20})
        assert AuditEntry.objects.filter(act="goal.changed").count() == 1, "the same said twice is said once"

    def test_a_goal_that_ended_is_asked_for_no_longer_and_one_ahead_not_yet(self, goals, carol):
        set_goal(name="Calm", why="Fewer calls.", weight=9, by=carol, now=START, from_on=date(2026, 4, 1))
        change_goal(key="money", by=carol, now=START, changes={"ended_on": date(2026, 3, 20)})
        states = {one.goal.key: one.state for one in goals_on(date(2026, 3, 20))}
        assert states == {"reach": "asked", "money": "ended", "calm": "ahead"}
        assert [one.goal.key for one in goals_on(date(2026, 4, 1)) if one.weight] == ["reach", "calm"]
        assert goals_on(date(2026, 3, 19))[0].share == 0.6

    def test_leaders_and_administrators_set_them(self, alice, bob, root):
        for person in (alice, bob):
            with pytest.raises(Forbidden, match="Tribe leaders"):
                set_goal(name="Reach", why="So.", weight=1, by=person, now=START)
        assert set_goal(name="Reach", why="So.", weight=1, by=root, now=START).key == "reach"

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"name": "\u200b"}, "name"),
            ({"why": " "}, "why"),
            ({"weight": 0}, "weight"),
            ({"weight": 101}, "weight"),
            ({"weight": 1.5}, "weight"),
            ({"weight": True}, "weight"),
            ({"from_on": date(2026, 3, 1)}, "from_on"),
            ({"ended_on": date(2026, 3, 1)}, "ended_on"),
        ],
    )
    def test_what_is_wrong_is_told_by_its_field(self, carol, given, field):
        with pytest.raises(BadInput) as refused:
            set_goal(**{"name": "Reach", "why": "So.", "weight": 1, "by": carol, "now": START, **given})
        assert [error.field for error in refused.value.errors] == [field]
        assert not Goal.objects.exists()

    def test_a_name_is_taken_once_and_a_stale_page_does_not_overwrite(self, goals, carol):
        with pytest.raises(Conflict) as refused:
            set_goal(name="reach", why="Again.", weight=1, by=carol, now=START)
        assert refused.value.code == "key_taken"
        change_goal(key="reach", by=carol, now=START, changes={"why": "More of them."}, version=1)
        with pytest.raises(LostRace):
            change_goal(key="reach", by=carol, now=START, changes={"why": "Fewer."}, version=1)
        with pytest.raises(Missing):
            change_goal(key="calm", by=carol, now=START, changes={})


class TestOpening:
    def test_it_asks_the_squad_for_the_goals_of_the_day(self, scoring, alice, bob, dave, carol):
        assert {asked.person for asked in scoring.people.all()} == {alice, bob, dave}
        change_goal(key="reach", by=carol, now=at(1), changes={"weight": 1})
        assert {one.goal.key: one.weight for one in scoring.goals.all()} == {"reach": 60, "money": 40}

    def test_leads_open_members_do_not(self, life, goals, alice, mallory, carol):
        for person in (alice, mallory):
            with pytest.raises(Forbidden, match="Leads of Checkout"):
                open_round(feature=life.feature, by=person, now=START)
        assert open_round(feature=life.feature, by=carol, now=START).number == 1

    def test_one_at_a_time(self, scoring, life, bob):
        with pytest.raises(Conflict) as refused:
            open_round(feature=life.feature, by=bob, now=at(1))
        assert (refused.value.code, refused.value.extra) == ("round_open", {"round": scoring.pk})

    def test_only_in_think_it_and_only_for_goals(self, squad, alice, bob, carol):
        life = lives.thinking(squad, alice)
        with pytest.raises(Conflict) as refused:
            open_round(feature=life.feature, by=bob, now=START)
        assert refused.value.code == "no_goals"
        set_goal(name="Reach", why="So.", weight=1, by=carol, now=START)
        life.reach("build_it")
        with pytest.raises(Conflict, match="is in Build It"):
            open_round(feature=life.feature, by=bob, now=life.now)

    def test_somebody_has_to_be_there(self, life, goals, squad, carol):
        Membership.objects.filter(squad=squad).delete()
        with pytest.raises(Conflict) as refused:
            open_round(feature=life.feature, by=carol, now=START)
        assert refused.value.code == "nobody_to_ask"


class TestPlaying:
    def test_the_last_card_reveals_and_the_score_is_frozen(self, scoring, alice, bob, dave):
        for minute, (person, reach, money) in enumerate(((alice, 5, 1), (bob, 8, 1), (dave, 3, 2))):
            play(round_id=scoring.pk, plays=cards(reach, money), by=person, now=at(minute))
        found = Round.objects.get()
        assert (found.closed_at, found.closed_by, found.reveal_reason) == (at(2), dave, "")
        assert (found.score, found.score_low, found.score_high) == tuple(map(Decimal, ("3.40", "2.80", "4.50")))
        entry = AuditEntry.objects.get(act="round.revealed")
        assert entry.body["plays"]["reach"] == {"alice": 5, "bob": 8, "dave": 3}
        assert verify_chain().unbroken

    def test_it_can_be_computed_again_from_what_is_stored(self, scoring, alice, bob, dave, carol):
        for person, reach, money in ((alice, 5, None), (bob, 8, 0), (dave, None, 2)):
            play(round_id=scoring.pk, plays=cards(reach, money), by=person, now=at(1))
        change_goal(key="reach", by=carol, now=at(2), changes={"weight": 1})
        found = Round.objects.get()
        again = []
        for asked in found.goals.all():
            told = tally([one.points for one in found.plays.filter(goal=asked.goal) if one.points is not None])
            again.append((asked.weight, told.median, told.low, told.high))
        score = score_of(again)
        assert (found.score, found.score_low, found.score_high) == (score.value, score.low, score.high)

    def test_before_the_reveal_nobody_sees_a_card_but_their_own(self, scoring, alice, bob, dave, root):
        play(round_id=scoring.pk, plays=cards(8, 0), by=alice, now=at(1))
        own, others = round_seen(round_at(scoring.pk), alice), round_seen(round_at(scoring.pk), root)
        assert [(goal.own, goal.cards) for goal in own.goals] == [(8, ()), (0, ())]
        assert own.has_played
        assert [(goal.played, goal.own, goal.median, goal.cards) for goal in others.goals] == [
            (False, None, None, ())
        ] * 2
        assert (others.asked, others.played) == (3, 1)

    def test_the_history_says_nothing_of_it_before_the_reveal(self, scoring, alice):
        before = AuditEntry.objects.count()
        play(round_id=scoring.pk, plays=cards(8, 0), by=alice, now=at(1))
        assert AuditEntry.objects.count() == before, "not even who has played, or when"

    def test_half_a_hand_is_not_played_and_a_card_can_be_put_down_anew(self, scoring, alice, bob, dave):
        play(round_id=scoring.pk, plays={"reach": 1}, by=alice, now=at(1))
        assert round_seen(round_at(scoring.pk), bob).played == 0
        assert [one[0] for one in waiting_rounds(person=alice)] == [scoring]
        play(round_id=scoring.pk, plays=cards(5, None), by=alice, now=at(2))
        assert round_seen(round_at(scoring.pk), bob).played == 1
        assert waiting_rounds(person=alice) == []
        assert waiting_rounds(person=bob) == [(scoring, 3, 1)]
        assert Play.objects.filter(person=alice).count() == 2

    def test_nobody_could_say_and_there_is_no_score(self, scoring, alice, bob, dave):
        for person in (alice, bob, dave):
            play(round_id=scoring.pk, plays=cards(None, None), by=person, now=at(1))
        found = Round.objects.get()
        assert (found.closed_at, found.score) == (at(1), None)
        assert [goal.key for goal in round_seen(round_at(found.pk), alice).unknown] == ["reach", "money"]

    def test_a_revealed_card_never_changes_but_may_arrive_twice(self, scoring, alice, bob, dave):
        for person in (alice, bob, dave):
            play(round_id=scoring.pk, plays=cards(5, 5), by=person, now=at(1))
        play(round_id=scoring.pk, plays=cards(5, 5), by=dave, now=at(2))
        with pytest.raises(Conflict) as refused:
            play(round_id=scoring.pk, plays=cards(8, 5), by=dave, now=at(2))
        assert refused.value.code == "round_revealed"
        assert AuditEntry.objects.filter(act="round.revealed").count() == 1
        assert set(Play.objects.values_list("points", flat=True)) == {5}

    @pytest.mark.parametrize(
        ("plays", "fields"),
        [
            ({}, ["plays"]),
            (None, ["plays"]),
            ([5], ["plays"]),
            ({"reach": 4}, ["plays.reach"]),
            ({"reach": "5"}, ["plays.reach"]),
            ({"reach": True}, ["plays.reach"]),
            ({"reach": [1]}, ["plays.reach"]),
            ({"reach": -1, "calm": 5}, ["plays.calm", "plays.reach"]),
        ],
    )
    def test_what_is_no_card_is_refused_whole(self, scoring, alice, plays, fields):
        with pytest.raises(BadInput) as refused:
            play(round_id=scoring.pk, plays=plays, by=alice, now=at(1))
        assert [error.field for error in refused.value.errors] == fields
        assert not Play.objects.exists()

    def test_who_was_not_asked_does_not_play(self, scoring, squad, carol, mallory, root):
        late = _person("late")
        Membership.objects.create(squad=squad, person=late, role=Role.MEMBER)
        for person in (carol, mallory, root, late):
            with pytest.raises(Forbidden) as refused:
                play(round_id=scoring.pk, plays=cards(1, 1), by=person, now=at(1))
            assert refused.value.code == "not_asked"
        with pytest.raises(Missing):
            play(round_id=10**9, plays=cards(1, 1), by=carol, now=at(1))

    def test_nobody_plays_with_hindsight(self, scoring, life, alice):
        life.reach("build_it")
        with pytest.raises(Conflict) as refused:
            play(round_id=scoring.pk, plays=cards(8, 8), by=alice, now=life.now)
        assert refused.value.code == "not_in_think_it"
        assert waiting_rounds(person=alice) == []


class TestRevealing:
    def test_a_lead_reveals_early_for_a_reason(self, scoring, alice, bob):
        with pytest.raises(Conflict) as refused:
            reveal(round_id=scoring.pk, reason="Nobody comes.", by=bob, now=at(1))
        assert refused.value.code == "nothing_played"
        play(round_id=scoring.pk, plays=cards(5, 1), by=alice, now=at(1))
        with pytest.raises(Forbidden):
            reveal(round_id=scoring.pk, reason="I want to see.", by=alice, now=at(2))
        with pytest.raises(BadInput):
            reveal(round_id=scoring.pk, reason=" ", by=bob, now=at(2))
        reveal(round_id=scoring.pk, reason="Dave is ill.", by=bob, now=at(3))
        reveal(round_id=scoring.pk, reason="Once more.", by=bob, now=at(4))
        found = Round.objects.get()
        assert (found.closed_by, found.reveal_reason, found.closed_at) == (bob, "Dave is ill.", at(3))
        assert found.score == Decimal("3.40")

    def test_far_apart_is_named_and_a_repeat_says_what_was_talked_about(self, scoring, life, alice, bob, dave):
        for person, reach in ((alice, 0), (bob, 8), (dave, 8)):
            play(round_id=scoring.pk, plays=cards(reach, 3), by=person, now=at(1))
        assert [goal.key for goal in round_seen(round_at(scoring.pk), alice).apart] == ["reach"]
        with pytest.raises(BadInput) as refused:
            open_round(feature=life.feature, by=bob, now=at(2))
        assert [error.field for error in refused.value.errors] == ["why"]
        second = open_round(feature=life.feature, by=bob, now=at(2), why="Alice had thought of guests only.")
        assert (second.number, Round.objects.count()) == (2, 2)
        assert Round.objects.get(number=1).score is not None


class TestTwoAtTheSameTime:
    pytestmark = pytest.mark.django_db(transaction=True)

    def test_the_last_two_players_reveal_once(self, scoring, alice, bob, dave):
        play(round_id=scoring.pk, plays=cards(5, 5), by=alice, now=at(1))
        at_once([lambda p=p: play(round_id=scoring.pk, plays=cards(3, 3), by=p, now=at(2)) for p in (bob, dave)])
        assert Round.objects.get().score == Decimal("3.00")
        assert AuditEntry.objects.filter(act="round.revealed").count() == 1
        assert Play.objects.count() == 6
        assert json.dumps(AuditEntry.objects.get(act="round.revealed").body).count("dave") == 2

    def test_one_hand_sent_by_two_tabs_is_one_hand(self, scoring, alice):
        at_once([lambda n=n: play(round_id=scoring.pk, plays=cards(n, n), by=alice, now=at(1)) for n in (3, 5, 8)])
        stand = list(Play.objects.values_list("points", flat=True))
        assert len(stand) == 2
        assert len(set(stand)) == 1, "both cards of one hand"

    def test_two_leads_open_one_round(self, life, goals, alice, bob, carol):
        refused = at_once([lambda p=p: open_round(feature=life.feature, by=p, now=START) for p in (bob, carol)])
        assert [error.code for error in refused] == ["round_open"]
        assert Round.objects.count() == 1


def at_once(acts):
    """Start all of them together; what was refused."""
    gate, refused = threading.Barrier(len(acts)), []

    def run(act):
        try:
            gate.wait()
            act()
        except Exception as error:  # noqa: BLE001 (the test looks at it)
            refused.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused
