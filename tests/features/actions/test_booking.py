"""Weeks that are over become investments, once, and again as revisions when what they say changes."""

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connections

from config.clock import CLOCK
from features import tasks
from features.actions import booking
from features.actions.allocating import allocate
from features.actions.booking import book_weeks
from features.actions.rate_card import set_rate, set_role, set_seat
from features.models import Allocation, Feature, Investment, Stint
from features.queries.sums import differences
from tests.factories.rows import saved

WEEK = date(2026, 3, 2)
SUNDAY = datetime(2026, 3, 8, 23, 0, tzinfo=UTC)
MONDAY = datetime(2026, 3, 9, 0, 5, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def feature(squad):
    made = saved(Feature, key="one-tap", squad=squad)
    saved(Stint, feature=made, number=1, started_at=MONDAY - 90 * DAY)
    return made


@pytest.fixture
def staffed(squad):
    """Two developers at 600 a day, half a designer without a rate."""
    since = {"from_on": date(2026, 1, 1), "by": None, "now": MONDAY}
    set_role(squad=squad, role="developer", people=Decimal(2), amount=Decimal(600), **since)
    set_seat(squad=squad, role="designer", people=Decimal("0.5"), **since)
    return squad


def say(squad, week=WEEK, now=MONDAY, **shares):
    wanted = {key.replace("_", "-"): Decimal(str(share)) for key, share in shares.items()}
    return allocate(squad=squad, week=week, shares=wanted, by=None, now=now)


def standing():
    rows = Investment.objects.filter(superseded_at=None).order_by("external_id")
    return {row.external_id: (row.on, row.person_days, row.amount) for row in rows}


@pytest.mark.django_db
def test_a_week_is_booked_by_role_once_it_is_over(staffed, feature, now):
    say(staffed, one_tap=40)
    assert book_weeks(now=SUNDAY) == booking.Booked(), "Sunday still belongs to it"
    assert book_weeks(now=MONDAY) == booking.Booked(weeks=1, new=2)
    assert standing() == {
        "checkout:2026-03-02:one-tap:designer": (WEEK, Decimal("1.000"), None),
        "checkout:2026-03-02:one-tap:developer": (WEEK, Decimal("4.000"), Decimal("2400.00")),
    }, "40 % of 2 × 5 and of 0.5 × 5 days; days without a rate stay days"
    kept = Investment.objects.get(external_id__endswith="developer")
    assert (kept.category, kept.source, kept.recorded_by) == ("people", "allocation", None)
    assert kept.note == "40 % of 2 developer, 5 days"
    assert kept.stint == feature.stints.get()
    assert Allocation.objects.get().booked_at == MONDAY
    assert not list(differences())


@pytest.mark.django_db
def test_booked_again_it_writes_nothing(staffed, feature):
    say(staffed, one_tap=40)
    book_weeks(now=MONDAY)
    assert book_weeks(now=MONDAY + DAY) == booking.Booked()
    Allocation.objects.update(booked_at=None)
    assert book_weeks(now=MONDAY + DAY) == booking.Booked(weeks=1)
    assert Investment.objects.count() == 2


@pytest.mark.django_db
def test_a_later_change_is_a_revision_and_what_is_taken_out_falls_to_nothing(staffed, feature):
    saved(Feature, key="gifts", squad=staffed)
    say(staffed, one_tap=40)
    book_weeks(now=MONDAY)
    say(staffed, now=MONDAY + DAY, gifts=10)
    assert book_weeks(now=MONDAY + DAY) == booking.Booked(weeks=1, new=2, revised=2)
    assert standing()["checkout:2026-03-02:one-tap:developer"] == (WEEK, Decimal(0), Decimal(0))
    assert standing()["checkout:2026-03-02:one-tap:designer"] == (WEEK, Decimal(0), None)
    assert standing()["checkout:2026-03-02:gifts:developer"][2] == 600
    earlier = Investment.objects.get(external_id="checkout:2026-03-02:one-tap:developer", revision=1)
    assert (earlier.amount, earlier.superseded_at) == (2400, MONDAY + DAY)
    say(staffed, now=MONDAY + 2 * DAY, one_tap=20)
    book_weeks(now=MONDAY + 2 * DAY)
    assert Investment.objects.get(external_id="checkout:2026-03-02:one-tap:developer", revision=3).amount == 1200
    assert not list(differences())


@pytest.mark.django_db
def test_a_change_that_a_late_clock_dates_before_the_booking_is_booked(staffed, feature):
    say(staffed, one_tap=40)
    book_weeks(now=MONDAY)
    say(staffed, now=MONDAY - DAY, one_tap=50)
    assert book_weeks(now=MONDAY + DAY).revised == 2
    say(staffed, now=MONDAY + 5 * DAY, one_tap=60)
    assert book_weeks(now=MONDAY + 2 * DAY).revised == 2
    assert book_weeks(now=MONDAY + 2 * DAY) == booking.Booked(), "and it is not booked again and again meanwhile"


@pytest.mark.django_db
def test_a_rate_of_later_leaves_booked_weeks_alone(staffed, feature):
    say(staffed, one_tap=40)
    book_weeks(now=MONDAY)
    done = set_rate(squad=staffed, role="developer", from_on=date(2026, 3, 7), amount=Decimal(700), by=None, now=MONDAY)
    assert done.rebooked == 0, "Saturday is no working day"
    assert book_weeks(now=MONDAY + DAY) == booking.Booked()


@pytest.mark.django_db
def test_a_rate_of_the_past_books_the_weeks_that_it_is_about_again(staffed, feature):
    for week in (WEEK - 7 * DAY, WEEK):
        say(staffed, week=week, one_tap=40)
    book_weeks(now=MONDAY)
    done = set_rate(
        squad=staffed, role="developer", from_on=date(2026, 3, 4), amount=Decimal(700), by=None, now=MONDAY + DAY
    )
    assert done.rebooked == 1
    book_weeks(now=MONDAY + DAY)
    found = {key: (days, amount) for key, (_, days, amount) in standing().items() if key.endswith("developer")}
    assert found == {
        "checkout:2026-02-23:one-tap:developer": (4, 2400),
        "checkout:2026-03-02:one-tap:developer": (Decimal("1.6"), 960),
        "checkout:2026-03-04:one-tap:developer": (Decimal("2.4"), 1680),
    }, "the week is cut at the day from which the rate holds"
    set_rate(squad=staffed, role="developer", from_on=date(2026, 3, 4), amount=Decimal(600), by=None, now=MONDAY)
    book_weeks(now=MONDAY + 2 * DAY)
    again = standing()
    assert again["checkout:2026-03-02:one-tap:developer"][1:] == (4, 2400)
    assert again["checkout:2026-03-04:one-tap:developer"][1:] == (0, 0), "the cut that is gone counts nothing"
    assert not list(differences())


@pytest.mark.django_db
def test_a_seat_that_ends_in_the_past_takes_its_days_back(staffed, feature):
    say(staffed, one_tap=40)
    book_weeks(now=MONDAY)
    set_seat(squad=staffed, role="designer", from_on=WEEK, people=Decimal(0), by=None, now=MONDAY)
    book_weeks(now=MONDAY + DAY)
    assert standing()["checkout:2026-03-02:one-tap:designer"][1] == 0


@pytest.mark.django_db
def test_a_foreign_rate_keeps_its_currency(squad, feature):
    since = {"role": "developer", "from_on": date(2026, 1, 1), "by": None, "now": MONDAY}
    set_seat(squad=squad, people=Decimal(1), **since)
    set_rate(squad=None, amount=Decimal(6000), currency="SEK", rate=Decimal("0.0872"), **since)
    say(squad, one_tap=50)
    book_weeks(now=MONDAY)
    kept = Investment.objects.get()
    assert (kept.amount, kept.currency, kept.rate, kept.amount_base) == (15000, "SEK", Decimal("0.0872"), 1308)
    say(squad, now=MONDAY + DAY)
    book_weeks(now=MONDAY + DAY)
    assert Investment.objects.get(superseded_at=None).amount_base == 0


@pytest.mark.django_db
def test_a_week_is_cut_where_the_stint_and_the_month_change(staffed, feature):
    first = feature.stints.get()
    first.ended_at = datetime(2026, 4, 2, 10, tzinfo=UTC)
    first.save()
    second = saved(Stint, feature=feature, number=2, phase="build_it", started_at=first.ended_at)
    say(staffed, week=date(2026, 3, 30), one_tap=100)
    book_weeks(now=MONDAY + 60 * DAY)
    rows = Investment.objects.filter(external_id__endswith="developer").order_by("on")
    assert [(row.on.isoformat(), row.person_days, row.stint) for row in rows] == [
        ("2026-03-30", 4, first),
        ("2026-04-01", 2, first),
        ("2026-04-02", 4, second),
    ]


@pytest.mark.django_db
def test_the_week_of_a_first_or_a_last_day_counts_to_it(staffed, feature):
    young = saved(Feature, key="young", squad=staffed)
    born = saved(Stint, feature=young, number=1, started_at=datetime(2026, 3, 4, 9, tzinfo=UTC))
    gone = feature.stints.get()
    gone.ended_at = datetime(2026, 3, 3, 9, tzinfo=UTC)
    gone.save()
    Feature.objects.filter(pk=feature.pk).update(status="ended", ended_on=date(2026, 3, 3))
    set_seat(squad=staffed, role="developer", from_on=date(2026, 3, 3), people=Decimal(3), by=None, now=MONDAY)
    say(staffed, one_tap=20, young=50)
    book_weeks(now=MONDAY)
    rows = Investment.objects.exclude(external_id__endswith="designer").order_by("external_id")
    assert {row.external_id: (row.on, row.person_days, row.stint) for row in rows} == {
        "checkout:2026-03-02:one-tap:developer": (date(2026, 3, 2), Decimal("0.4"), gone),
        "checkout:2026-03-03:one-tap:developer": (date(2026, 3, 3), Decimal("2.4"), gone),
        "checkout:2026-03-02:young:developer": (date(2026, 3, 4), 1, born),
        "checkout:2026-03-03:young:developer": (date(2026, 3, 4), 6, born),
    }
    assert not list(differences())


@pytest.mark.django_db
def test_after_a_pause_all_weeks_are_caught_up_in_batches(staffed, feature):
    for number in range(5):
        say(staffed, week=WEEK + number * 7 * DAY, one_tap=40)
    later = MONDAY + 60 * DAY
    assert [book_weeks(now=later, limit=2).weeks for _ in range(4)] == [2, 2, 1, 0]
    assert Investment.objects.count() == 12, "five weeks of two roles; one week is cut where April begins"


@pytest.mark.django_db
def test_a_squad_that_cannot_be_booked_does_not_hold_up_the_others(staffed, feature, other_squad, monkeypatch, caplog):
    theirs = saved(Feature, key="theirs", squad=other_squad)
    saved(Stint, feature=theirs, number=1, started_at=MONDAY - 90 * DAY)
    set_seat(squad=other_squad, role="developer", from_on=WEEK, people=Decimal(1), by=None, now=MONDAY)
    say(staffed, one_tap=40)
    say(other_squad, theirs=40)
    record = booking.record_investments

    def fails_for_checkout(*, entries, by, now):
        if entries[0].feature == "one-tap":
            raise booking.Refusal(code="ledger_busy", detail="Another batch writes.")
        return record(entries=entries, by=by, now=now)

    monkeypatch.setattr(booking, "record_investments", fails_for_checkout)
    assert book_weeks(now=MONDAY) == booking.Booked(weeks=1, new=1)
    assert "Another batch writes." in caplog.text
    monkeypatch.undo()
    assert book_weeks(now=MONDAY).new == 2


@pytest.mark.django_db
def test_a_worker_that_dies_between_entries_and_mark_leaves_neither(staffed, feature, monkeypatch):
    say(staffed, one_tap=40)

    def die(*_, **__):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(booking, "Greatest", die)
        with pytest.raises(SystemExit):
            book_weeks(now=MONDAY)
    assert not Investment.objects.exists()
    assert book_weeks(now=MONDAY).new == 2


@pytest.mark.django_db(transaction=True)
def test_two_workers_book_each_week_once(staffed, feature):
    for number in range(4):
        say(staffed, week=WEEK + number * 7 * DAY, one_tap=40)
    start, done = threading.Barrier(2), []

    def work():
        start.wait()
        done.append(book_weeks(now=MONDAY + 60 * DAY))
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(one.new for one in done) == 8
    assert Investment.objects.count() == 8
    assert not list(differences())


@pytest.mark.django_db
def test_the_clock_rings_and_by_hand_it_is_the_same(staffed, feature):
    assert tasks.book.name in {entry["task"] for entry in CLOCK.values()}
    say(staffed, one_tap=40)
    tasks.book()
    assert Investment.objects.count() == 2
    say(staffed, one_tap=50)
    for expected in ("1 weeks were booked: 0 new entries, 2 revised.", "0 weeks were booked: 0 new"):
        out = StringIO()
        call_command("book_allocations", stdout=out)
        assert expected in out.getvalue()


@pytest.mark.django_db
def test_many_features_cost_as_many_queries_as_few(staffed, feature, django_assert_max_num_queries):
    for number in range(20):
        made = saved(Feature, key=f"f{number}", squad=staffed)
        saved(Stint, feature=made, number=1, started_at=MONDAY - 90 * DAY)
    say(staffed, **{f"f{number}": 5 for number in range(20)})
    with django_assert_max_num_queries(45):
        assert book_weeks(now=MONDAY).new == 40
