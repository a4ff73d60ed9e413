"""Scoring as people see it: the order, a round of poker, the goals; each form by what a browser sends."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lifecycle.actions.scoring import open_round, play
from lifecycle.models import Goal, Play, Round
from tests.factories import lives

pytestmark = pytest.mark.django_db


@pytest.fixture
def scored(squad, alice, bob):
    """A feature whose last round is revealed, with opinions far apart."""
    life = lives.thinking(squad, alice, name="Gift receipts")
    life.round = lives.scored(life, by=bob, plays=[0, 8])
    return life


@pytest.fixture
def hidden(scored, squad, alice, bob):
    """An open round in which only alice has played: 8 and “cannot say”."""
    life = lives.thinking(squad, alice, name="Carbon label")
    life.round = open_round(feature=life.feature, by=bob, now=life.now)
    play(round_id=life.round.pk, plays={"reach": 8, "money": None}, by=alice, now=life.now)
    return life


def text(answer):
    return " ".join(answer.content.decode().split())


def test_the_backlog_tells_its_order_and_what_each_goal_adds(at, alice, scored, hidden):
    told = text(at(alice).get("/backlog/"))
    assert "Gift receipts comes first, with 4.0 of 8 points. 1 feature has no score." in told
    assert "Reach 2.4 + Money 1.6" in told
    assert "Talk about Reach, Money: far apart" in told
    assert "Reach 4 of 8 (60% of the weight), Money 4 of 8 (40% of the weight)" in told
    assert "1 of 2 have played" in told
    assert "Waits for your cards" not in told


def test_it_says_whose_cards_are_missing_to_that_person_alone(at, bob, carol, hidden):
    assert "Waits for your cards" in text(at(bob).get("/backlog/"))
    assert "Waits for your cards" not in text(at(carol).get("/backlog/"))


def test_an_empty_house_says_what_to_do_next(at, alice, root):
    assert "Tribe leaders and administrators say what the house is after" in text(at(alice).get("/backlog/"))
    assert "Set the first goal" in text(at(root).get("/backlog/"))
    assert "Nothing in Think It here" in text(at(root).get("/backlog/?squad=none"))
    assert at(root).get("/backlog/?squad=%00").status_code == 200


def test_the_backlog_costs_as_many_queries_for_many_as_for_few(at, squad, alice, bob, django_assert_num_queries):
    browser = at(alice)
    lives.scored(lives.thinking(squad, alice), by=bob)
    lives.thinking(squad, alice)
    browser.get("/backlog/")
    with CaptureQueriesContext(connection) as seen:
        browser.get("/backlog/")
    few = len(seen)
    for _ in range(4):
        lives.scored(lives.thinking(squad, alice), by=bob)
        lives.thinking(squad, alice)
    with django_assert_num_queries(few):
        browser.get("/backlog/")


def test_cards_are_put_down_with_radio_buttons_and_one_s_own_are_chosen(at, alice, bob, hidden):
    page = text(at(alice).get(f"/rounds/{hidden.round.pk}/"))
    assert "1 of 2 have played" in page
    assert page.count("checked") == 2
    assert "Change my cards" in page
    assert text(at(bob).get(f"/rounds/{hidden.round.pk}/")).count("checked") == 0


def test_nothing_of_a_hidden_card_stands_on_any_page(at, root, bob, hidden):
    page = text(at(root).get(f"/rounds/{hidden.round.pk}/"))
    assert "Alice" not in page
    assert "checked" not in page
    card = text(at(bob).get(f"/features/{hidden.feature.key}/"))
    assert "1 of 2</span> have played" in card


def test_the_last_hand_reveals(at, bob, hidden):
    path = f"/rounds/{hidden.round.pk}/"
    done = at(bob).post(path, {"reach": "5", "money": "none"}, follow=True)
    told = text(done)
    assert "Revealed: yours was the last." in told
    assert "Carbon label scores 6.5 of 8" in told
    assert "Reach: Alice Andersson 8" in told
    assert "Money: nobody could say, so the score leaves it out" in told


def test_half_a_hand_is_refused_with_what_was_chosen(at, bob, hidden):
    answer = at(bob).post(f"/rounds/{hidden.round.pk}/", {"reach": "5"})
    assert answer.status_code == 400
    assert "Choose a card, or “cannot say”." in text(answer)
    assert text(answer).count("checked") == 1
    assert at(bob).post(f"/rounds/{hidden.round.pk}/", {"reach": "4", "money": "1"}).status_code == 400
    assert Play.objects.filter(person=bob, round=hidden.round).count() == 0


def test_a_member_of_another_squad_neither_plays_nor_reveals(at, mallory, alice, hidden):
    path = f"/rounds/{hidden.round.pk}/"
    assert "Your cards" not in text(at(mallory).get(path))
    assert at(mallory).post(path, {"reach": "0", "money": "0"}).status_code == 403
    for person in (mallory, alice):
        assert at(person).post(f"{path}reveal/", {"reason": "I want to see."}).status_code == 403
    assert Round.objects.get(pk=hidden.round.pk).closed_at is None


def test_a_lead_reveals_early_and_says_why(at, bob, hidden):
    path = f"/rounds/{hidden.round.pk}/"
    assert at(bob).post(f"{path}reveal/", {"reason": ""}).status_code == 400
    told = text(at(bob).post(f"{path}reveal/", {"reason": "I abstain."}, follow=True))
    assert "revealed by Bob Bergman: I abstain." in told
    assert at(bob).get("/rounds/99999/").status_code == 404


def test_a_repeat_says_what_was_talked_about_and_every_round_stays(at, bob, alice, scored):
    path = f"/features/{scored.feature.key}/score/"
    assert at(alice).post(path, {"why": "Again."}).status_code == 403
    refused = at(bob).post(path, {"why": ""})
    assert refused.status_code == 400
    assert "Say what was talked about" in text(refused)
    told = text(at(bob).post(path, {"why": "Alice thought of guests."}, follow=True))
    assert "Scored again: Alice thought of guests." in told
    assert f'href="/rounds/{scored.round.pk}/">Round 1' in told


def test_a_feature_that_went_on_is_not_scored_with_hindsight(at, bob, hidden):
    hidden.reach("build_it")
    assert "It was never revealed" in text(at(bob).get(f"/rounds/{hidden.round.pk}/"))
    assert "It has left Think It" in text(at(bob).get(f"/features/{hidden.feature.key}/score/"))
    assert at(bob).post(f"/rounds/{hidden.round.pk}/", {"reach": "5", "money": "5"}).status_code == 409


def test_leaders_set_goals_and_members_read_them(at, carol, alice):
    given = {"name": "Reach", "why": "Markets.", "weight": "60", "owner": carol.pk}
    assert at(alice).post("/goals/", given).status_code == 403
    assert "Reach" in text(at(carol).post("/goals/", given, follow=True))
    wrong = at(carol).post("/goals/", {**given, "name": "Money", "weight": "0", "from_on": "2020-01-01"})
    assert wrong.status_code == 400
    assert at(carol).post("/goals/", {**given, "name": "Money", "from_on": "2020-01-01"}).status_code == 400
    assert at(carol).post("/goals/", given).status_code == 409
    at(carol).post("/goals/reach/", {**given, "weight": "30"})
    assert [one.weight for one in Goal.objects.get().weights.all()] == [30], "said again for the same day"
    assert "Set another goal" not in text(at(alice).get("/goals/"))
    assert at(carol).get("/goals/nothing/").status_code == 404


def test_the_calibration_page_says_too_few_to_tell(at, squad, alice, bob):
    life = lives.thinking(squad, alice, name="Gift receipts")
    lives.scored(life, by=bob)
    life.reach("tweak_it").wait(10).measure(0.12)
    told = text(at(alice).get("/calibration/"))
    assert "1 scored feature measured after release: too few to tell below 10." in told
    assert "too few to tell</td>" in told
