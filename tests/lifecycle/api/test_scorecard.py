"""Scoring over REST: the same laws, and hidden until the reveal."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lifecycle.models import Play, Round
from tests.answers import API
from tests.factories import lives

pytestmark = pytest.mark.django_db


@pytest.fixture
def life(squad, alice, bob):
    return lives.thinking(squad, alice, name="Gift receipts")


@pytest.fixture
def goals(api, carol):
    for name, weight in (("Reach", 60), ("Money", 40)):
        made = api(carol).post(f"{API}goals/", {"name": name, "why": "So.", "weight": weight, "owner": "carol"})
        assert made.status_code == 201, made.content


@pytest.fixture
def opened(api, bob, life, goals):
    made = api(bob).post(f"{API}features/{life.feature.key}/rounds/", {})
    assert made.status_code == 201
    assert api(bob).get(made["Location"]).json() == made.json()
    return made.json()["id"]


def play(api, who, pk, **plays):
    return api(who).post(f"{API}rounds/{pk}/plays/", {"plays": plays})


def test_goals_are_listed_changed_and_kept(api, carol, alice, goals):
    reach = api(alice).get(f"{API}goals/").json()["results"][0]
    assert (reach["key"], reach["weight"], reach["share_percent"], reach["state"]) == ("reach", 60, 60.0, "asked")
    shown = api(carol).get(f"{API}goals/reach/")
    changed = api(carol).patch(f"{API}goals/reach/", {"weight": 10}, headers={"If-Match": shown["ETag"]})
    assert (changed.status_code, changed.json()["weight"]) == (200, 10)
    assert api(carol).patch(f"{API}goals/reach/", {"weight": 5}, headers={"If-Match": shown["ETag"]}).status_code == 412
    assert api(alice).patch(f"{API}goals/reach/", {"weight": 5}).json()["code"] == "not_yours"
    assert api(carol).patch(f"{API}goals/nothing/", {"weight": 5}).status_code == 404
    unknown = api(carol).post(f"{API}goals/", {"name": "Calm", "why": "So.", "weight": 1, "owner": "nobody"})
    assert [error["field"] for error in unknown.json()["errors"]] == ["owner"]


def test_a_round_is_hidden_until_the_last_card(api, opened, alice, bob, carol, mallory):
    assert play(api, alice, opened, reach=8, money=None).json()["own"] == [
        {"goal": "reach", "points": 8}, {"goal": "money", "points": None},
    ]  # fmt: skip
    for person in (bob, carol, mallory):
        shown = api(person).get(f"{API}rounds/{opened}/").json()
        assert (shown["state"], shown["asked"], shown["played"], shown["own"]) == ("open", 2, 1, [])
        assert all(goal["plays"] == [] and goal["median"] is None for goal in shown["goals"])
    last = play(api, bob, opened, reach=1, money=3).json()
    assert (last["state"], last["revealed_by"], last["score"]) == ("revealed", "bob", 3.9)
    reach = last["goals"][0]
    assert (reach["median"], reach["middle_half"], reach["range"]) == (4.5, [2.75, 6.25], [1.0, 8.0])
    assert reach["far_apart"]
    assert {card["person"]: card["points"] for card in reach["plays"]} == {"alice": 8, "bob": 1}


def test_nothing_else_that_is_answered_names_a_hidden_card(api, opened, life, alice, root):
    assert play(api, alice, opened, reach=8, money=5).status_code == 200
    for path in (f"features/{life.feature.key}/rounds/", "backlog/", f"features/{life.feature.key}/story/"):
        told = api(root).get(f"{API}{path}").content.decode()
        assert '"points"' not in told
    history = api(root).get(f"{API}audit/", {"subject": f"feature:{life.feature.key}"}).json()["results"]
    assert "round.opened" in {one["act"] for one in history}
    assert not [one for one in history if one["by"] == "alice" and one["act"].startswith("round")]


def test_what_is_refused(api, opened, life, alice, bob, mallory):
    assert play(api, mallory, opened, reach=1).json()["code"] == "not_asked"
    wrong = play(api, alice, opened, reach=4, calm=1)
    assert {error["field"] for error in wrong.json()["errors"]} == {"plays.reach", "plays.calm"}
    assert api(alice).post(f"{API}rounds/{opened}/plays/", {"plays": {"reach": 9}}).status_code == 400
    assert api(alice).post(f"{API}rounds/{opened}/plays/", {"card": 1}).json()["errors"][0]["code"]
    assert api(bob).post(f"{API}features/{life.feature.key}/rounds/", {}).json()["code"] == "round_open"
    assert api(bob).post(f"{API}rounds/{opened}/reveal/", {"reason": "Now."}).json()["code"] == "nothing_played"
    assert api(bob).get(f"{API}rounds/999/").status_code == 404
    assert not Play.objects.exists()


def test_a_lead_reveals_and_repeats(api, opened, life, alice, bob):
    play(api, alice, opened, reach=5, money=5)
    assert api(bob).post(f"{API}rounds/{opened}/reveal/", {}).status_code == 400
    done = api(bob).post(f"{API}rounds/{opened}/reveal/", {"reason": "Bob abstains."}).json()
    assert (done["state"], done["played"], done["reveal_reason"]) == ("revealed", 1, "Bob abstains.")
    assert play(api, alice, opened, reach=1).json()["code"] == "round_revealed"
    rounds = f"{API}features/{life.feature.key}/rounds/"
    assert api(bob).post(rounds, {}).json()["errors"][0]["field"] == "why"
    assert api(bob).post(rounds, {"why": "Talked about guests."}).status_code == 201
    assert [one["number"] for one in api(alice).get(rounds).json()["results"]] == [2, 1]


def test_a_card_sent_twice_with_one_key_is_one_card(api, opened, alice):
    for _ in range(2):
        answer = api(alice).post(
            f"{API}rounds/{opened}/plays/", {"plays": {"reach": 5}}, headers={"Idempotency-Key": "a"}
        )
        assert answer.status_code == 200
    assert Play.objects.count() == 1


def test_the_backlog_is_ordered_by_score(api, squad, other_squad, alice, bob, mallory):
    for name, points in (("Low", 2), ("High", 8), ("Middle", 5)):
        lives.scored(lives.thinking(squad, alice, name=name), by=bob, plays=[points])
    lives.thinking(squad, alice, name="Fresh")
    lives.thinking(other_squad, mallory, name="Elsewhere")
    rows = api(alice).get(f"{API}backlog/").json()["results"]
    assert [(row["feature"], row["place"]) for row in rows] == [
        ("high", 1), ("middle", 2), ("low", 3), ("fresh", None), ("elsewhere", None),
    ]  # fmt: skip
    assert sum(part["adds"] for part in rows[0]["goals"]) == rows[0]["score"] == 8
    mine = api(alice).get(f"{API}backlog/", {"tribe": "music"}).json()["results"]
    assert [row["feature"] for row in mine] == ["elsewhere"]


def test_a_change_of_weights_is_told_and_reckoned(api, squad, alice, bob, carol, goals):
    found = lives.thinking(squad, alice, name="Gift receipts")
    pk = api(bob).post(f"{API}features/{found.feature.key}/rounds/", {}).json()["id"]
    for person in (alice, bob):
        play(api, person, pk, reach=8, money=0)
    api(carol).patch(f"{API}goals/reach/", {"weight": 10})
    [row] = api(alice).get(f"{API}backlog/").json()["results"]
    assert (row["score"], row["score_by_weights_of_today"], row["outdated"]) == (4.8, 1.6, True)
    assert float(Round.objects.get().score) == 4.8, "what was revealed stays"


@pytest.mark.parametrize("path", ["backlog/", "features/f-0/rounds/", "goals/"])
def test_a_list_costs_the_same_for_one_and_for_three(api, squad, alice, bob, carol, path, django_assert_num_queries):
    lives.scored(lives.thinking(squad, alice, name="F 0"), by=bob)
    with CaptureQueriesContext(
        connection,
    ) as one:
        assert len(api(alice).get(f"{API}{path}").json()["results"]) >= 1
    few = len(one)
    for number in (1, 2):
        lives.scored(lives.thinking(squad, alice, name=f"F {number}"), by=bob)
        first = lives.Life(lives.Feature.objects.select_related("squad").get(key="f-0"), alice)
        lives.scored(first, by=bob)
        api(carol).post(f"{API}goals/", {"name": f"G {number}", "why": "So.", "weight": 1})
    with django_assert_num_queries(few):
        assert len(api(alice).get(f"{API}{path}").json()["results"]) >= 3
