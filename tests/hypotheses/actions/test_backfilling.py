"""A past range is read once more: a little at a time, stopped, resumed, by several people and workers at once."""

import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, connections
from django.utils import timezone

from features.errors import BadInput, Conflict, Forbidden
from features.models import AuditEntry
from hypotheses.actions import backfilling
from hypotheses.actions.backfilling import feed, resume_backfill, start_backfill, stop_backfill
from hypotheses.actions.claiming import claim_next
from hypotheses.actions.mending import retry_dead, retry_pull, skip_pull
from hypotheses.actions.metric import create_metric, edit_metric
from hypotheses.actions.planning import plan
from hypotheses.actions.pulling import drain, fail, finish, read
from hypotheses.models import Backfill, Pull, Result
from hypotheses.queries.backfills import backfills, progress
from hypotheses.sources.base import PassingSourceError
from tests.hypotheses.actions.conftest import DAY, day_rows, write

TEN_DAYS = DAY + timedelta(days=10)


@pytest.fixture
def ten_days(schedule, trial, warehouse):
    """Ten days that were read once, each with a row."""
    write(warehouse, *(row for day in range(1, 11) for row in day_rows(DAY + timedelta(days=day), n=100 * day)))
    plan(now=TEN_DAYS)
    assert drain(worker="w").succeeded == 10


@pytest.fixture
def fed(monkeypatch):
    """Only three at once."""
    monkeypatch.setattr(backfilling, "FED", 3)


def start(metric, **given) -> Backfill:
    return start_backfill(**{"metric": metric, "since": DAY, "by": None, "now": timezone.now(), **given})


def come(backfill) -> tuple[str, int, int]:
    found = progress(backfills().get(pk=backfill.pk))
    return found.state, found.read, found.windows


def test_it_is_fed_a_little_at_a_time_and_ends_by_itself(ten_days, metric, fed):
    backfill = start(metric)
    seen = [come(backfill)]
    while Backfill.objects.filter(state="running").exists():
        assert Pull.objects.filter(state="due").count() <= 3
        drain(worker="w")
        feed()
        seen.append(come(backfill))
    assert seen[0] == ("running", 0, 10)
    assert seen[-1] == ("done", 10, 10)
    assert [read for _, read, _ in seen] == sorted(read for _, read, _ in seen)
    assert Pull.objects.filter(pass_number=1, state="succeeded", backfill=backfill).count() == 10


def test_restated_days_become_revisions_and_the_others_write_nothing(ten_days, metric, warehouse):
    edited = [row for day in range(1, 11) for row in day_rows(DAY + timedelta(days=day), n=100 * day + (day == 4))]
    write(warehouse, *edited)
    start(metric, since=DAY + timedelta(days=2))
    drain(worker="w")
    assert list(Result.objects.filter(revision=2).values_list("n", flat=True)) == [401, 401]
    assert Result.objects.filter(superseded_at=None).count() == 20


def test_a_changed_definition_is_carried_into_the_past(ten_days, metric):
    edit_metric(metric=metric, by=None, now=TEN_DAYS, query="SELECT * FROM source")
    metric.refresh_from_db()
    start(metric)
    drain(worker="w")
    hashes = Result.objects.filter(superseded_at=None).values_list("definition_hash", flat=True)
    assert set(hashes) == {metric.definition_hash}


def test_it_is_stopped_and_resumed_where_it_was(ten_days, metric, fed, alice, bob):
    backfill = start(metric)
    claim = claim_next(worker="w")
    stopped = stop_backfill(backfill=backfill, by=bob, now=timezone.now())
    assert (stopped.state, stopped.stopped_by) == ("stopped", bob)
    assert drain(worker="w").pulls == 0, "what waits is held"
    fail(claim, error=PassingSourceError("away"), seconds=1)
    feed()
    assert Pull.objects.filter(state="held").count() == 3, "what was being read, and failed, is held too"
    with pytest.raises(Forbidden):
        resume_backfill(backfill=backfill, by=alice, now=timezone.now())

    resume_backfill(backfill=backfill, by=None, now=timezone.now())
    for _ in range(6):
        drain(worker="w")
        feed()
    assert come(backfill) == ("done", 10, 10)
    acts = AuditEntry.objects.filter(act__contains="backfill").order_by("number").values_list("act", flat=True)
    assert list(acts) == [f"metric.backfill_{word}" for word in ("started", "stopped", "resumed")]


def test_what_is_due_today_goes_before_the_past(ten_days, metric, due):
    start(metric)
    today = due(day=10)
    assert claim_next(worker="w").pull == today


def test_what_waits_already_is_not_read_twice_and_what_is_dead_gets_its_attempts_back(ten_days, metric, due):
    Pull.objects.filter(window_start__day=5).update(state="dead", attempts=8, error="gone")
    waiting = due(day=5, pass_number=1)
    backfill = start(metric, since=DAY + timedelta(days=2), until=DAY + timedelta(days=6))
    assert list(backfill.pulls.order_by("window_start").values_list("window_start__day", "pass_number", "state")) == [
        (4, 1, "due"), (5, 0, "due"), (6, 1, "due"), (7, 1, "due"),
    ]  # fmt: skip
    assert backfill.pulls.get(window_start__day=7) == waiting, "it is the backfill's now, so that its end is its end"


def test_windows_from_before_the_first_one_are_read_for_the_first_time(ten_days, metric):
    backfill = start(metric, since=DAY - timedelta(days=2), until=DAY)
    assert list(backfill.pulls.order_by("window_start").values_list("window_start", "pass_number")) == [
        (DAY - timedelta(days=2), 0), (DAY - timedelta(days=1), 0),
    ]  # fmt: skip


def test_the_same_range_twice_is_one_backfill_and_another_one_waits_its_turn(ten_days, metric):
    first = start(metric)
    assert start(metric) == first
    with pytest.raises(Conflict) as caught:
        start(metric, since=DAY + timedelta(days=3))
    assert caught.value.code == "backfill_open"
    assert "2026-03-02 00:00 to 2026-03-12 00:00" in caught.value.detail


def test_what_is_over_is_neither_stopped_nor_resumed(ten_days, metric):
    backfill = start(metric)
    drain(worker="w")
    feed()
    for act in (stop_backfill, resume_backfill):
        with pytest.raises(Conflict) as caught:
            act(backfill=backfill, by=None, now=timezone.now())
        assert caught.value.code == "backfill_over"
    assert start(metric).pk != backfill.pk, "the same range may be wanted again later"


@pytest.mark.parametrize(
    ("since", "until", "sentence"),
    [
        (TEN_DAYS, None, "No window has closed"),
        (DAY + timedelta(days=5), DAY + timedelta(days=5), "No window has closed"),
        (DAY - timedelta(days=366 * 300), None, "at most 100,000"),
    ],
)
def test_a_range_that_makes_no_sense_is_refused(ten_days, metric, since, until, sentence):
    with pytest.raises(BadInput, match=sentence):
        start(metric, since=since, until=until)
    assert not Backfill.objects.exists()


def test_a_held_pull_is_not_retried_by_hand_but_may_be_left_out(ten_days, metric, alice, now):
    backfill = start(metric)
    stop_backfill(backfill=backfill, by=None, now=now)
    held = backfill.pulls.first()
    with pytest.raises(Conflict) as caught:
        retry_pull(pull=held, by=alice, now=now)
    assert caught.value.code == "pull_held"
    assert skip_pull(pull=held, by=alice, now=now, reason="It is known.").state == "skipped"


def test_without_a_source_it_ends(ten_days, metric, now):
    backfill = start(metric)
    stop_backfill(backfill=backfill, by=None, now=now)
    edit_metric(metric=metric, by=None, now=now, source=None)
    assert come(backfill) == ("done", 10, 10)
    assert set(backfill.pulls.values_list("state", flat=True)) == {"skipped"}
    with pytest.raises(Conflict) as caught:
        start(metric)
    assert caught.value.code == "not_pulled"


@pytest.mark.django_db(transaction=True)
def test_feeders_at_once_plan_each_window_once(ten_days, metric, fed):
    backfill = start(metric)
    Pull.objects.filter(state="due").update(state="succeeded")
    gate, planned = threading.Barrier(6), []

    def feeder():
        gate.wait()
        planned.append(feed())
        connections.close_all()

    threads = [threading.Thread(target=feeder) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(planned) == 3
    assert backfill.pulls.count() == 6


def test_one_that_is_being_read_takes_the_place_of_no_window(schedule, trial, metric, warehouse):
    write(warehouse, *day_rows(DAY + timedelta(days=1), n=100))
    plan(now=DAY + timedelta(days=1))
    claim = claim_next(worker="slow")
    before = read(claim)
    write(warehouse, *day_rows(DAY + timedelta(days=1), n=999))
    backfill = start(metric)
    finish(claim, reading=before, seconds=1)
    drain(worker="w")
    assert come(backfill) == ("done", 1, 1)
    assert set(Result.objects.filter(superseded_at=None).values_list("n", flat=True)) == {999}


def test_what_merely_waits_is_not_read_yet(schedule, trial, metric):
    plan(now=TEN_DAYS)
    backfill = start(metric)
    feed()
    assert come(backfill) == ("running", 0, 10)
    drain(worker="w")
    assert come(backfill) == ("done", 10, 10)
    assert Pull.objects.filter(state="succeeded").count() == 10


def test_a_dead_pull_of_another_width_takes_the_place_of_no_window(ten_days, metric, due):
    due(window_end=DAY + timedelta(hours=1), pass_number=1, state="dead")
    backfill = start(metric, until=DAY + timedelta(days=1))
    assert backfill.pulls.get().window_end == DAY + timedelta(days=1)


def test_windows_that_have_not_closed_are_not_read(source, trial):
    soon = timezone.now() + timedelta(days=10)
    metric = create_metric(key="soon", kind="mean", source=source, by=None, now=DAY, schedule={"start": soon})
    backfill = start(metric, since=timezone.now() - timedelta(days=2))
    assert backfill.until <= timezone.now()


def test_what_was_held_too_late_is_let_go_again(ten_days, metric):
    backfill = start(metric)
    backfill.pulls.update(state="held")  # by somebody who had not seen that it goes on
    feed()
    assert set(backfill.pulls.values_list("state", flat=True)) == {"due"}


def test_a_dead_pull_of_a_stopped_one_that_is_retried_leaves_it(ten_days, metric, source, now):
    backfill = start(metric)
    dead = backfill.pulls.first()
    Pull.objects.filter(pk=dead.pk).update(state="dead")
    stop_backfill(backfill=backfill, by=None, now=now)
    assert retry_dead(source=source, by=None, now=now) == 1
    feed()
    dead.refresh_from_db()
    assert (dead.state, dead.backfill) == ("due", None)


def test_asking_again_for_the_range_of_a_stopped_one_goes_on_with_it(ten_days, metric, now):
    backfill = start(metric)
    stop_backfill(backfill=backfill, by=None, now=now)
    assert start(metric) == backfill
    assert come(backfill)[0] == "running"


@pytest.mark.django_db(transaction=True)
def test_stopping_and_retrying_at_once_do_not_wait_for_each_other(ten_days, metric, source):
    """Both lock pulls and append to the history: in the same order."""
    backfill = start(metric)
    Pull.objects.filter(pk=backfill.pulls.first().pk).update(state="dead")
    gate, failed = threading.Barrier(2), []

    def person(act):
        try:
            gate.wait()
            for _ in range(10):
                act()
        except DatabaseError as error:
            failed.append(error)
        finally:
            connections.close_all()

    def stop_and_go():
        stop_backfill(backfill=backfill, by=None, now=timezone.now())
        resume_backfill(backfill=backfill, by=None, now=timezone.now())

    def retry():
        retry_dead(source=source, by=None, now=timezone.now())
        Pull.objects.filter(backfill=backfill, state="due").update(state="dead")

    threads = [threading.Thread(target=person, args=[act]) for act in (stop_and_go, retry)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
