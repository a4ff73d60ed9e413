"""Pulling by hand: the same functions, safe to repeat, and an exit code that tells."""

from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from hypotheses.actions.pulling import Drained
from hypotheses.management.commands import pull_metrics
from hypotheses.models import Backfill, Pull, Result, Schedule
from tests.hypotheses.actions.conftest import *  # noqa: F403 (the same scene)
from tests.hypotheses.actions.conftest import DAY, day_rows, write


def test_what_is_due_is_planned_and_read(schedule, trial, warehouse, capsys):
    Schedule.objects.update(cursor=timezone.now() - timedelta(days=3, hours=1))
    call_command("pull_metrics")
    assert "reorder-rate: 3 pulled, 0 failed" in capsys.readouterr().out
    call_command("pull_metrics")
    assert "reorder-rate: 0 pulled, 0 failed" in capsys.readouterr().out


def test_a_past_range_is_read_once_more(schedule, trial, warehouse, capsys):
    start = timezone.now() - timedelta(days=4)
    Schedule.objects.update(cursor=start)
    call_command("pull_metrics", metric=["reorder-rate"])
    write(warehouse, *day_rows(start + timedelta(hours=30)))
    call_command("pull_metrics", metric=["reorder-rate"], since=(start + timedelta(days=1)).date().isoformat())
    assert Pull.objects.filter(pass_number=1, state="succeeded").exists()
    assert Result.objects.count() == 2


def test_a_range_that_was_interrupted_goes_on_with_the_same_command(schedule, trial, warehouse, capsys, monkeypatch):
    start = timezone.now() - timedelta(days=4)
    Schedule.objects.update(cursor=start)
    call_command("pull_metrics")
    since = {"since": start.isoformat()}

    with monkeypatch.context() as patched:
        patched.setattr(pull_metrics, "drain", Mock(side_effect=[Drained(), KeyboardInterrupt]))
        with pytest.raises(CommandError, match="The same command goes on"):
            call_command("pull_metrics", **since)
    stopped = Backfill.objects.get()
    assert stopped.state == "stopped"
    capsys.readouterr()
    call_command("pull_metrics", **since)
    assert "4 of 4 windows (100%)" in capsys.readouterr().out
    stopped.refresh_from_db()
    assert stopped.state == "done"
    assert Pull.objects.filter(pass_number=1).count() == 4, "none was read a third time"


def test_a_failure_is_told_and_is_the_exit_code(schedule, warehouse, capsys):
    Schedule.objects.update(cursor=timezone.now() - timedelta(days=1, hours=1))
    warehouse.write_text("junk\n1,2\n")
    with pytest.raises(CommandError, match="1 pulls failed"):
        call_command("pull_metrics")
    assert "Line: 2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "sentence"),
    [({"metric": ["nope"]}, "There are: reorder-rate"), ({"since": "yesterday"}, "write a day as")],
)
def test_wrong_options_are_explained(metric, options, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("pull_metrics", **options)


def test_a_range_that_is_too_long_is_refused(schedule):
    Schedule.objects.update(every_seconds=1, cursor=timezone.now())
    with pytest.raises(CommandError, match="at most 100,000"):
        call_command("pull_metrics", since=DAY.date().isoformat())
