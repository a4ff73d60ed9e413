"""The tick: missed windows, restatements, expired leases, and only one of many clocks that acts."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections
from django.utils import timezone

from hypotheses.actions import planning
from hypotheses.actions.backfilling import start_backfill
from hypotheses.actions.claiming import claim_next
from hypotheses.actions.planning import first_window, plan, tick
from hypotheses.models import Clock, Pull, Schedule
from hypotheses.queries.clock import database_now
from tests.hypotheses.actions.conftest import DAY


def test_all_windows_that_were_missed_are_planned_oldest_first_and_once(schedule):
    now = DAY + timedelta(days=5, hours=3)
    assert plan(now=now) == 5
    assert plan(now=now) == 0
    starts = list(Pull.objects.order_by("window_start").values_list("window_start", "window_end", "due_at"))
    assert starts == [
        (DAY + timedelta(days=n), DAY + timedelta(days=n + 1), DAY + timedelta(days=n + 1)) for n in range(5)
    ]
    schedule.refresh_from_db()
    assert schedule.cursor == DAY + timedelta(days=5)


def test_a_window_waits_for_its_delay_and_is_read_again_later(schedule):
    Schedule.objects.update(delay_seconds=600, restate_after=[3600, 86_400])
    plan(now=DAY + timedelta(days=1))
    end = DAY + timedelta(days=1)
    assert list(Pull.objects.order_by("pass_number").values_list("pass_number", "due_at")) == [
        (0, end + timedelta(minutes=10)),
        (1, end + timedelta(hours=1)),
        (2, end + timedelta(days=1)),
    ]


def test_a_window_that_is_still_open_is_not_planned(schedule):
    assert plan(now=DAY + timedelta(hours=23, minutes=59)) == 0
    assert plan(now=DAY + timedelta(days=1)) == 1


def test_a_long_absence_is_planned_in_portions(schedule, monkeypatch):
    monkeypatch.setattr(planning, "PLANNED_FOR_ONE", 3)
    now = DAY + timedelta(days=7)
    assert [plan(now=now) for _ in range(4)] == [3, 3, 1, 0]


def test_a_schedule_that_is_off_or_has_no_source_is_not_planned(schedule, metric):
    Schedule.objects.update(enabled=False)
    assert plan(now=DAY + timedelta(days=9)) == 0
    Schedule.objects.update(enabled=True)
    type(metric).objects.update(source=None)
    assert plan(now=DAY + timedelta(days=9)) == 0


def test_a_clock_that_is_set_back_plans_nothing_twice(schedule):
    plan(now=DAY + timedelta(days=5))
    assert plan(now=DAY - timedelta(days=5)) == 0
    assert plan(now=DAY + timedelta(days=6)) == 1
    assert Pull.objects.count() == 6


def test_of_two_ticks_one_acts(schedule):
    Schedule.objects.update(cursor=timezone.now() - timedelta(days=2, hours=1))
    first, second = tick(now=database_now()), tick(now=database_now())
    assert (first.acted, first.planned, first.doorbells) == (True, 2, 2)
    assert (second.acted, second.planned, second.doorbells) == (False, 0, 0)
    Clock.objects.update(at=timezone.now() - timedelta(seconds=5))
    assert tick(now=database_now()).acted


def test_a_tick_frees_what_a_lost_worker_held(due, trial):
    due()
    Schedule.objects.update(cursor=timezone.now())
    claim_next(worker="lost")
    Pull.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert tick(now=database_now()).freed == 1
    assert Pull.objects.get().state == "due"


def test_a_tick_with_nothing_due_rings_nobody(schedule):
    Schedule.objects.update(cursor=timezone.now())
    assert tick(now=database_now()).doorbells == 0


@pytest.mark.django_db(transaction=True)
def test_planners_at_once_plan_each_window_once(schedule):
    now, counts, gate = DAY + timedelta(days=60), [], threading.Barrier(4)

    def planner() -> None:
        gate.wait()
        counts.extend(plan(now=now) for _ in range(3))
        connections.close_all()

    threads = [threading.Thread(target=planner) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 60
    assert Pull.objects.values("window_start").distinct().count() == Pull.objects.count() == 60


@pytest.mark.django_db(transaction=True)
def test_ticks_at_once_act_once(schedule):
    acted, gate = [], threading.Barrier(6)

    def clock() -> None:
        gate.wait()
        acted.append(tick(now=database_now()).acted)
        connections.close_all()

    threads = [threading.Thread(target=clock) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(acted) == 1


def test_the_tick_feeds_the_backfills(schedule, metric):
    start_backfill(metric=metric, since=DAY - timedelta(days=60), by=None, now=DAY)
    Pull.objects.update(state="succeeded")
    assert tick(now=DAY).planned == 10
    assert Pull.objects.filter(state="due").count() == 10


def test_days_begin_at_midnight_utc():
    now = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # the night of a clock change
    assert first_window(now=now, every_seconds=86_400) == datetime(2026, 3, 29, tzinfo=UTC)
    assert first_window(now=now, every_seconds=3600) == datetime(2026, 3, 29, 1, tzinfo=UTC)
