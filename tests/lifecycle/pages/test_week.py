"""A squad's week on its page: written, copied, refused, and by two people at once; its rate card."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from features.actions.allocating import allocate
from features.actions.booking import book_weeks
from features.actions.rate_card import set_rate, set_role
from features.models import Allocation, Investment, Rate, Seat
from features.queries.allocations import shares_in, week_of
from tests.factories import lives

pytestmark = pytest.mark.django_db
WEEK = date(2026, 3, 9)
HERE = "/squads/checkout/week/?week=2026-03-11"
RATES = "/squads/checkout/rates/"


@pytest.fixture
def gifts(squad, alice):
    return lives.thinking(squad, alice, name="Gift receipts").feature


@pytest.fixture
def reorder(squad, alice):
    return lives.thinking(squad, alice, name="One-tap reorder").feature


@pytest.fixture
def staffed(squad, now):
    set_role(
        squad=squad,
        role="developer",
        from_on=date(2026, 1, 1),
        people=Decimal(2),
        amount=Decimal(600),
        by=None,
        now=now,
    )
    return squad


def say(squad, week=WEEK, by=None, **shares):
    wanted = {key.replace("_", "-"): Decimal(share) for key, share in shares.items()}
    return allocate(squad=squad, week=week, shares=wanted, by=by, now=timezone.now())


def seen(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def field(client, name, address=HERE):
    found = re.search(rf'name="{name}" value="([^"]*)"', seen(client.get(address)))
    return found[1] if found else None


def test_a_member_writes_the_week_and_sees_what_it_books(at, alice, staffed, gifts, reorder):
    client = at(alice)
    given = {"state": field(client, "state"), "share_gift-receipts": "12,5 %", "share_one-tap-reorder": "40"}
    answer = client.post(HERE, given, follow=True)
    assert answer.redirect_chain == [("/squads/checkout/week/?week=2026-03-09", 302)], "any day leads to its Monday"
    assert shares_in(squad=staffed, week=WEEK) == {"gift-receipts": Decimal("12.5"), "one-tap-reorder": 40}
    shown = seen(answer)
    assert "52.5% allocated, 47.5% left" in shown
    assert "It will come to 5.3 person-days, €3,150" in shown
    assert "Last changed by Alice Andersson" in shown
    assert "The week is over: the clock books it within a minute." in shown
    book_weeks(now=timezone.now())
    shown = seen(client.get(HERE))
    assert "It came to 5.3 person-days" in shown
    assert "Booked on " in shown


def test_without_a_rate_days_stay_days_and_the_page_says_so(at, alice, squad, now, reorder):
    set_role(squad=squad, role="designer", from_on=WEEK, people=Decimal(1), by=None, now=now)
    say(squad, one_tap_reorder=50)
    shown = seen(at(alice).get(HERE))
    assert "It will come to 2.5 person-days" in shown
    assert "2.5 person-days have no rate, and stay days." in shown


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(at, alice, staffed, gifts, reorder):
    client = at(alice)
    state = field(client, "state")
    for typed, said in (
        ({"share_gift-receipts": "60", "share_one-tap-reorder": "55"}, "115 %: 15 more than 100"),
        ({"share_gift-receipts": "half", "share_one-tap-reorder": "55"}, "A share is a percentage from 0 to 100"),
        ({"share_gift-receipts": "1.005", "share_one-tap-reorder": "55"}, "A share is a percentage from 0 to 100"),
        ({"share_gift-receipts": "٤٠", "share_one-tap-reorder": "55"}, "A share is a percentage from 0 to 100"),
    ):
        answer = client.post(HERE, {"state": state, **typed})
        assert answer.status_code == 400
        shown = seen(answer)
        assert said in shown
        assert all(f'value="{share}"' in shown for share in typed.values())
    assert not Allocation.objects.exists()
    over = {"state": state, "share_gift-receipts": "60", "share_one-tap-reorder": "55"}
    assert "115%: 15% too much" in seen(client.post(HERE, over))


def test_who_comes_second_sees_both_and_decides(at, alice, bob, staffed, gifts, reorder):
    first, second = at(alice), at(bob)
    state = field(second, "state")
    first.post(HERE, {"state": state, "share_one-tap-reorder": "70"})
    answer = second.post(HERE, {"state": state, "share_gift-receipts": "30"})
    assert answer.status_code == 409
    shown = seen(answer)
    assert "Alice Andersson saved this week at" in shown
    assert "It now says: One-tap reorder 70%. Nothing of yours was saved." in shown
    assert "Stands now" in shown
    assert 'value="30"' in shown
    assert "30% allocated, 70% left" in shown, "the sum is that of what is typed"
    assert "As it was saved, it will come to 7 person-days" in shown
    assert shares_in(squad=staffed, week=WEEK) == {"one-tap-reorder": 70}
    again = re.search(r'name="state" value="([^"]*)"', shown)[1]
    assert second.post(HERE, {"state": again, "share_gift-receipts": "30"}).status_code == 302
    assert shares_in(squad=staffed, week=WEEK) == {"gift-receipts": 30}


def test_a_form_without_its_state_overwrites_nothing(at, alice, staffed, reorder):
    say(staffed, one_tap_reorder=40)
    assert at(alice).post(HERE, {"share_one-tap-reorder": "10"}).status_code == 409


def test_one_press_copies_last_week(at, alice, staffed, gifts, reorder):
    say(staffed, week=WEEK - timedelta(days=7), one_tap_reorder=40, gift_receipts=10)
    client = at(alice)
    shown = seen(client.get(HERE))
    assert "Copy the week before" in shown
    assert re.search(r'name="copy" value="1" data-key="c" data-press', shown)
    empty = {"state": field(client, "state"), "share_gift-receipts": "", "share_one-tap-reorder": ""}
    assert "Copied and saved." in seen(client.post(HERE, {**empty, "copy": "1"}, follow=True))
    assert shares_in(squad=staffed, week=WEEK) == {"gift-receipts": 10, "one-tap-reorder": 40}


def test_who_has_typed_and_then_copies_loses_nothing(at, alice, staffed, gifts, reorder):
    say(staffed, week=WEEK - timedelta(days=21), one_tap_reorder=40, gift_receipts=10)
    client = at(alice)
    assert "Copy the week of 16 Feb 2026" in seen(client.get(HERE))
    typed = {"state": field(client, "state"), "share_gift-receipts": "25", "share_one-tap-reorder": "", "copy": "1"}
    shown = seen(client.post(HERE, typed))
    assert "Nothing is saved yet" in shown
    assert re.search(r'name="share_gift-receipts" value="25"', shown)
    assert re.search(r'name="share_one-tap-reorder" value="40"', shown)
    assert shares_in(squad=staffed, week=WEEK) == {}


def test_others_read_and_do_not_write(at, mallory, staffed, reorder):
    say(staffed, one_tap_reorder=40)
    client = at(mallory)
    shown = seen(client.get(HERE))
    assert "40%" in shown
    assert "data-share" not in shown.replace("data-shares", "")
    assert "Checkout says itself what it works on" in shown
    state = field(client, "state")
    assert client.post(HERE, {"state": state, "share_one-tap-reorder": "10"}).status_code == 403
    assert shares_in(squad=staffed, week=WEEK) == {"one-tap-reorder": 40}


def test_an_empty_week_says_what_to_do_next(at, alice, bob, squad):
    shown = seen(at(alice).get(HERE))
    assert "No features yet" in shown
    assert "A lead of Checkout, a leader of its tribe or an administrator says that" in shown
    assert 'action="/squads/checkout/rates/"' in seen(at(bob).get(HERE)), "a lead finds the form there"
    assert at(bob).get("/squads/nobody/week/").status_code == 404


@pytest.mark.parametrize("asked", ["", "soon", "2026-02-30", "0001-01-01", "9999-12-31", "2026-03-11\x00"])
def test_whatever_week_is_asked_for_there_is_a_page(at, alice, squad, reorder, asked):
    assert at(alice).get("/squads/checkout/week/", {"week": asked}).status_code == 200


def test_my_week_leads_to_my_squad(at, alice, carol, root, mallory, squad):
    assert at(alice).get("/week/")["Location"] == "/squads/checkout/week/"
    assert at(carol).get("/week/")["Location"] == "/squads/checkout/week/"
    assert at(mallory).get("/week/")["Location"] == "/squads/playlists/week/"
    assert at(mallory).get("/week/?squad=checkout")["Location"] == "/squads/checkout/week/"
    assert at(root).get("/week/?squad=nothing").status_code == 302


def test_without_any_squad_the_page_says_so(at, root):
    assert "There is no squad yet" in seen(at(root).get("/week/"))


def test_a_lead_sets_seats_and_rates_and_corrects_the_past(at, bob, alice, squad, reorder):
    client = at(bob)
    assert "Nobody has a seat yet" in seen(client.get(RATES))
    given = {"role": "Developer", "from_on": "2026-01-01", "people": "2", "amount": "600", "currency": "EUR"}
    shown = seen(client.post(RATES, given, follow=True))
    assert "Saved, from 1 January 2026 on." in shown
    assert "€600 a day" in shown
    say(squad, one_tap_reorder=50)
    book_weeks(now=timezone.now())
    given |= {"people": "", "amount": "650", "from_on": "2026-02-01"}
    assert "1 booked week is booked again within a minute" in seen(client.post(RATES, given, follow=True))
    book_weeks(now=timezone.now())
    assert Investment.objects.get(superseded_at=None).amount == 3250
    assert "Nothing has changed" in seen(client.post(RATES, given, follow=True))
    assert (Seat.objects.count(), Rate.objects.count()) == (1, 2)


def test_the_rate_card_refuses_in_words_and_keeps_what_was_typed(at, bob, alice, squad):
    given = {"role": "developer", "from_on": "2026-01-01", "people": "2", "amount": "600", "currency": "SEK"}
    answer = at(bob).post(RATES, given)
    assert answer.status_code == 400
    assert "Give the rate that turns SEK into EUR." in seen(answer)
    assert 'value="600"' in seen(answer)
    nothing = at(bob).post(RATES, {"role": "developer", "from_on": "2026-01-01"})
    assert "Say how many people there are, what a day of theirs costs, or both." in seen(nothing)
    refused = at(alice).post(RATES, given | {"currency": "EUR"})
    assert refused.status_code == 403
    assert "Leads of Checkout" in seen(refused)
    assert not Seat.objects.exists()


def test_the_rate_of_the_house_is_told_apart(at, alice, squad, now):
    since = {"role": "developer", "from_on": date(2026, 1, 1), "by": None, "now": now}
    set_role(squad=squad, people=Decimal("1.5"), **since)
    set_rate(squad=None, amount=Decimal(500), **since)
    shown = seen(at(alice).get(RATES))
    assert "the house" in shown
    assert "€500 a day" in shown
    assert ">1.5<" in shown


def test_the_form_for_seats_goes_back_to_the_week(at, bob, squad, reorder):
    here = f"/squads/checkout/week/?week={week_of(timezone.localdate())}"
    given = {"role": "developer", "from_on": "2026-01-01", "people": "2", "currency": "EUR", "back": here}
    assert at(bob).post(RATES, given)["Location"] == here


def test_many_features_cost_as_many_queries_as_few(at, alice, staffed, gifts, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    say(staffed, gift_receipts=5)
    client = at(alice)
    client.get(HERE)
    with CaptureQueriesContext(connection) as few:
        client.get(HERE)
    for number in range(12):
        made = lives.thinking(staffed, alice, name=f"Idea {number}").feature
        say(staffed, week=WEEK + timedelta(days=7 * (number + 1)), **{made.key.replace("-", "_"): 5})
    with django_assert_num_queries(len(few)):
        client.get(HERE)
