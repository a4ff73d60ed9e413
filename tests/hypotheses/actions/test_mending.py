"""What people do about pulls: try again, leave one out, read now."""

from datetime import timedelta

import pytest
from django.utils import timezone

from features.errors import BadInput, Conflict
from features.models import AuditEntry
from hypotheses.actions.claiming import claim_next
from hypotheses.actions.mending import pull_now, retry_dead, retry_pull, skip_pull
from hypotheses.actions.metric import create_metric
from hypotheses.actions.pulling import drain
from hypotheses.models import Pull, Source
from tests.hypotheses.actions.conftest import DAY, day_rows, write


def test_a_dead_pull_is_retried_and_succeeds_once_the_source_is_mended(due, trial, warehouse, alice, now):
    warehouse.write_text("junk\n1,2\n")
    pull = due()
    drain(worker="w")
    write(warehouse, *day_rows(DAY + timedelta(days=1)))
    assert drain(worker="w").pulls == 0, "a dead one waits for a person"
    retried = retry_pull(pull=pull, by=alice, now=now)
    assert (retried.state, retried.attempts, retried.error) == ("due", 0, "")
    assert drain(worker="w").succeeded == 1
    entry = AuditEntry.objects.latest("number")
    assert (entry.act, entry.subject, entry.by) == ("pull.retried", "metric:reorder-rate", alice)


def test_retrying_what_waits_or_runs_changes_nothing(due, trial, alice, now):
    pull = due()
    retry_pull(pull=pull, by=alice, now=now)
    claim = claim_next(worker="w")
    assert retry_pull(pull=pull, by=alice, now=now).lease_token == claim.token


@pytest.mark.parametrize("state", ["succeeded", "skipped"])
def test_what_is_over_is_not_retried(due, alice, now, state):
    with pytest.raises(Conflict) as caught:
        retry_pull(pull=due(state=state), by=alice, now=now)
    assert caught.value.code == "pull_over"


def test_all_dead_pulls_of_a_source_at_once(due, source, alice, now):
    for day in range(3):
        due(day=day, state="dead")
    due(day=4, state="succeeded")
    Source.objects.update(fail_streak=9, breaker_until=timezone.now() + timedelta(minutes=9))
    assert retry_dead(source=source, by=alice, now=now) == 3
    source.refresh_from_db()
    assert (source.fail_streak, source.breaker_until) == (0, None)


def test_a_window_is_left_out_with_a_reason(due, alice, now):
    with pytest.raises(BadInput):
        skip_pull(pull=due(), by=alice, now=now, reason=" ")
    pull = skip_pull(pull=Pull.objects.get(), by=alice, now=now, reason="The warehouse lost that day.")
    assert (pull.state, pull.error) == ("skipped", "The warehouse lost that day.")
    assert drain(worker="w").pulls == 0
    with pytest.raises(Conflict):
        skip_pull(pull=pull, by=alice, now=now, reason="again")


def test_a_pull_that_runs_cannot_be_left_out(due, trial, alice, now):
    pull = due()
    claim_next(worker="w")
    with pytest.raises(Conflict, match="running"):
        skip_pull(pull=pull, by=alice, now=now, reason="x")


def test_pull_now_reads_up_to_this_moment_and_is_one_pull_for_two_clicks(metric, trial, warehouse, alice, bob, now):
    schedule = metric.schedule
    type(schedule).objects.update(cursor=timezone.now() - timedelta(hours=5))
    moment = timezone.now() - timedelta(minutes=1)
    write(warehouse, *day_rows(moment))
    first, second = pull_now(metric=metric, by=alice, now=now), pull_now(metric=metric, by=bob, now=now)
    assert first == second
    assert drain(worker="w", first=first.pk).succeeded == 1
    first.refresh_from_db()
    assert first.rows == 2
    third = pull_now(metric=metric, by=alice, now=now)
    assert (third.window_start, third.pass_number) == (first.window_start, 1)


def test_a_metric_that_is_pushed_cannot_be_pulled(db, alice, now):
    metric = create_metric(key="pushed", kind="mean", by=None, now=now)
    with pytest.raises(Conflict, match="no source"):
        pull_now(metric=metric, by=alice, now=now)
