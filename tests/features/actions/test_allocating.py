"""What a squad works on: shares of its weeks, never over 100, nobody's overwritten."""

import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connections
from django.utils import timezone

from features.actions.allocating import AllocationRow, allocate, copy_last_week, record_allocations
from features.errors import BadInput, Conflict, Forbidden
from features.models import Allocation, AuditEntry, Feature
from features.queries.allocations import shares_in, state_of, week_of, week_view
from tests.factories.rows import saved

WEEK = date(2026, 3, 2)
LATER = WEEK + timedelta(days=7)


@pytest.fixture
def features(squad):
    return [saved(Feature, key=key, name=key.title(), squad=squad) for key in ("one-tap", "gifts", "search")]


@pytest.fixture
def say(squad, features, alice, now):
    """Alice says what the squad works on: `say(one_tap=40)`."""

    def act(week=WEEK, by=alice, expected=None, **shares):
        wanted = {key.replace("_", "-"): Decimal(str(share)) for key, share in shares.items()}
        return allocate(squad=squad, week=week, shares=wanted, by=by, now=now, expected=expected)

    return act


def row(week=WEEK, feature="one-tap", percent="40", squad="checkout"):
    return AllocationRow(squad=squad, week=week, feature=feature, percent=Decimal(percent))


def refused(error):
    return [(each.field, each.code) for each in error.value.errors]


@pytest.mark.django_db
def test_a_week_is_replaced_whole_and_the_history_tells_before_and_after(say, squad):
    assert say(one_tap=40, gifts="12.5").new == 2
    again = say(one_tap=50, search=30)
    assert (again.new, again.revised) == (1, 2)
    assert shares_in(squad=squad, week=WEEK) == {"one-tap": 50, "search": 30}
    assert Allocation.objects.get(feature__key="gifts").percent == 0, "it stays, so that the clock books that as well"
    body = AuditEntry.objects.order_by("number").last().body
    assert body["weeks"]["2026-03-02"] == {
        "before": {"one-tap": "40", "gifts": "12.5"},
        "after": {"one-tap": "50", "search": "30"},
    }


@pytest.mark.django_db
def test_said_again_it_writes_nothing(say):
    say(one_tap=40)
    before = Allocation.objects.get()
    assert say(one_tap="40.00", gifts=0).unchanged == 2
    assert (Allocation.objects.get().changed_at, AuditEntry.objects.count()) == (before.changed_at, 1)


@pytest.mark.django_db
def test_more_than_hundred_is_refused_with_how_much_more(say, squad):
    say(one_tap=40)
    with pytest.raises(BadInput) as error:
        say(one_tap=60, gifts="55.5")
    assert refused(error) == [("shares", "too_much")]
    assert "115.5 %: 15.5 more than 100" in error.value.detail
    assert shares_in(squad=squad, week=WEEK) == {"one-tap": 40}
    assert say(one_tap=60, gifts=40).revised == 1, "exactly 100 is fine"


@pytest.mark.django_db
@pytest.mark.parametrize("share", ["-1", "100.01", "12.345", "NaN", "Infinity"])
def test_a_share_is_a_percentage_with_two_decimals(say, share):
    with pytest.raises(BadInput) as error:
        say(one_tap=share)
    assert refused(error) == [("shares.one-tap", "invalid")]


@pytest.mark.django_db
def test_a_week_is_named_by_its_monday_at_most_a_year_ahead(say, now):
    for week, said in (
        (date(2026, 3, 4), "2026-03-04 is a Wednesday. A week is named by its Monday: 2026-03-02."),
        (week_of(timezone.localdate(now)) + timedelta(days=378), "more than a year ahead"),
        (date(1969, 12, 29), "before 1970"),
    ):
        with pytest.raises(BadInput) as error:
            say(week=week, one_tap=10)
        assert refused(error) == [("week", "invalid")]
        assert said in error.value.detail


@pytest.mark.django_db
def test_only_the_squads_own_features_and_none_after_its_end(say, squad, features, other_squad, now):
    saved(Feature, key="theirs", squad=other_squad)
    with pytest.raises(BadInput) as error:
        say(one_tap=10, theirs=10)
    assert refused(error) == [("shares.theirs", "not_yours")]
    Feature.objects.filter(key="gifts").update(status="ended", ended_on=WEEK + timedelta(days=1))
    assert say(gifts=10).new == 1, "it ended within this week"
    with pytest.raises(BadInput) as error:
        say(week=LATER, gifts=10)
    assert refused(error) == [("shares.gifts", "feature_ended")]
    with pytest.raises(BadInput) as error:
        say(nothing=10)
    assert refused(error) == [("shares.nothing", "unknown")]


@pytest.mark.django_db
def test_what_was_said_before_a_feature_was_handed_over_may_fall_and_never_rise(say, squad, features, other_squad):
    say(one_tap=40, gifts=20)
    Feature.objects.filter(key="gifts").update(squad=other_squad)
    assert say(one_tap=50, gifts=20).revised == 1
    with pytest.raises(BadInput):
        say(one_tap=50, gifts=21)
    say(one_tap=50, gifts=5)
    assert shares_in(squad=squad, week=WEEK) == {"one-tap": 50, "gifts": 5}


@pytest.mark.django_db
def test_who_may_say_it(say, bob, carol, root, mallory):
    for person in (bob, carol, root, None):
        say(by=person, one_tap=40)
    for shares in ({"one_tap": 50}, {}):
        with pytest.raises(Forbidden):
            say(by=mallory, **shares)


@pytest.mark.django_db
def test_who_comes_second_is_told_what_stands_and_overwrites_nothing(say, squad, bob):
    read = state_of({})
    say(by=bob, expected=read, one_tap=70)
    with pytest.raises(Conflict) as error:
        say(expected=read, gifts=30)
    assert error.value.code == "week_changed"
    assert "Bob Bergman changed this week since you read it. It now says: one-tap 70 %." in error.value.detail
    assert shares_in(squad=squad, week=WEEK) == {"one-tap": 70}
    say(expected=error.value.extra["state"], gifts=30)
    assert shares_in(squad=squad, week=WEEK) == {"gifts": 30}


@pytest.mark.django_db
def test_the_last_week_with_shares_is_copied_without_what_has_ended(say, squad, alice, now):
    say(one_tap=40, gifts=20)
    Feature.objects.filter(key="gifts").update(status="ended", ended_on=WEEK + timedelta(days=2))
    after_a_holiday = WEEK + timedelta(days=21)
    copied = copy_last_week(squad=squad, week=after_a_holiday, by=alice, now=now)
    assert shares_in(squad=squad, week=after_a_holiday) == {"one-tap": 40}
    assert copied.left_out == ("Gifts",)
    with pytest.raises(Conflict) as error:
        copy_last_week(squad=squad, week=WEEK, by=alice, now=now)
    assert error.value.code == "nothing_to_copy"


@pytest.mark.django_db
def test_rows_of_many_weeks_are_written_whole_or_not_at_all(say, squad, features, other_squad, alice, now):
    say(search=30)
    saved(Feature, key="theirs", squad=other_squad)

    def send(*rows):
        return record_allocations(rows=rows, by=alice, now=now)

    with pytest.raises(BadInput) as error:
        send(row(week=LATER), row(percent="50"), row(feature="gifts", percent="20.01"))
    assert refused(error) == [("rows.2.percent", "too_much")]
    with pytest.raises(BadInput) as error:
        send(row(), row(percent="41"))
    assert refused(error) == [("rows.1.feature", "duplicate")]
    with pytest.raises(BadInput) as error:
        send(row(squad="nobody"), row(feature="nothing"))
    assert refused(error) == [("rows.0.squad", "unknown"), ("rows.1.feature", "unknown")]
    with pytest.raises(Forbidden) as error:
        send(row(), row(squad="playlists", feature="theirs"))
    assert refused(error) == [("rows.1.squad", "not_yours")]
    assert Allocation.objects.count() == 1
    done = send(row(), row(week=LATER), row(), row(feature="gifts", percent="0"))
    assert (done.new, done.revised, done.unchanged) == (2, 0, 2)
    assert done.ids[0] == done.ids[2]
    assert done.ids[3] is None
    assert shares_in(squad=squad, week=WEEK) == {"one-tap": 40, "search": 30}, "other shares of the week stay"
    assert send(row(percent="100"), row(feature="search", percent="0")).revised == 2, "the sum is that of afterwards"


@pytest.mark.django_db
def test_the_view_of_a_week(say, squad, features, now, other_squad):
    say(one_tap=40, gifts=20)
    say(week=LATER, search="30.5")
    Feature.objects.filter(key="gifts").update(squad=other_squad)
    view = week_view(squad=squad, week=LATER, now=now)
    assert [(one.feature.key, one.percent, one.before, one.takes_more) for one in view.shares] == [
        ("search", Decimal("30.5"), 0, True),
        ("gifts", 0, 20, False),
        ("one-tap", 0, 40, True),
    ]
    assert (view.total, view.rest, view.before, view.is_over) == (Decimal("30.5"), Decimal("69.5"), WEEK, True)
    assert (view.by, view.booked_at) == ("Alice Andersson", None)


@pytest.mark.django_db(transaction=True)
def test_four_people_at_once_never_come_to_more_than_hundred(squad, features, alice, now):
    start, outcomes = threading.Barrier(4), []

    def send(number):
        start.wait()
        rows = [row(feature=("one-tap", "gifts", "search", "one-tap")[number], percent=str(35 + number))]
        try:
            record_allocations(rows=rows, by=alice, now=now)
            outcomes.append("written")
        except BadInput:
            outcomes.append("refused")
        connections.close_all()

    threads = [threading.Thread(target=send, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = sum(shares_in(squad=squad, week=WEEK).values())
    assert total <= 100
    assert outcomes.count("written") >= 2
    assert outcomes.count("refused") >= 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_read_the_same_week_one_is_written(squad, features, alice, bob, now):
    start, outcomes, refusals, read = threading.Barrier(2), [], [], state_of({})

    def send(person, share):
        start.wait()
        try:
            allocate(squad=squad, week=WEEK, shares={"one-tap": Decimal(share)}, by=person, now=now, expected=read)
            outcomes.append(share)
        except Conflict:
            refusals.append(person)
        connections.close_all()

    threads = [threading.Thread(target=send, args=pair) for pair in ((alice, 10), (bob, 20))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(outcomes), len(refusals)) == (1, 1)
    assert shares_in(squad=squad, week=WEEK) == {"one-tap": outcomes[0]}
