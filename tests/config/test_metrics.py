"""What Prometheus reads of the ledger: the figures that operators alert on."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from config.metrics import Ledger, show_the_ledger
from hypotheses.actions.claiming import claim_next
from hypotheses.actions.planning import tick
from hypotheses.models import Pull, Source
from hypotheses.queries.clock import database_now
from tests.hypotheses.actions.conftest import *  # noqa: F403 (the same scene)

GUIDE = Path(__file__).parents[2] / "docs/how-to/run-in-production.md"


@pytest.fixture
def read(client):
    """All figures of ours in `/metrics`, by name and labels."""

    def scrape():
        text = client.get("/metrics").content.decode()
        return {name: float(value) for name, value in re.findall(r"^(fourstroke_\S+) (\S+)$", text, re.MULTILINE)}

    return scrape


@pytest.mark.django_db
def test_before_the_first_tick_there_is_no_age_of_one(read):
    assert read() == {
        "fourstroke_ledger_up": 1,
        "fourstroke_pull_oldest_due_seconds": 0,
        'fourstroke_pulls{state="due"}': 0,
        'fourstroke_pulls{state="running"}': 0,
        'fourstroke_pulls{state="dead"}': 0,
        "fourstroke_sources_resting": 0,
    }


def test_the_ledger_is_counted_as_it_is_when_asked(due, read, schedule):
    schedule.enabled = False
    schedule.save()
    tick(now=database_now())
    for day in range(4):
        due(day=day)
    claim_next(worker="w")
    Pull.objects.filter(pk=Pull.objects.filter(state="due").first().pk).update(state="dead")
    found = read()
    assert [found[f'fourstroke_pulls{{state="{state}"}}'] for state in ("due", "running", "dead")] == [2, 1, 1]
    assert 3600 <= found["fourstroke_pull_oldest_due_seconds"] < 3660
    assert 0 <= found["fourstroke_tick_age_seconds"] < 60
    Source.objects.update(breaker_until=timezone.now() + timedelta(minutes=1))
    assert read()["fourstroke_sources_resting"] == 1


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [OperationalError, InterfaceError])
def test_a_database_that_is_away_is_told_and_breaks_nothing_else(client, read, monkeypatch, kind):
    def gone(**_):
        raise kind("password=hunter2")

    monkeypatch.setattr("config.metrics.heartbeat", gone)
    assert read() == {"fourstroke_ledger_up": 0}
    assert b"django_http_requests" in client.get("/metrics").content


def test_the_ledger_is_shown_once_however_often_it_is_asked_for():
    show_the_ledger()
    show_the_ledger()
    assert Ledger().describe() == ()


@pytest.mark.django_db
def test_each_figure_stands_in_the_guide(read, due):
    tick(now=database_now())
    names = {name.partition("{")[0] for name in read()}
    assert len(names) == 5
    assert not [name for name in names if f"`{name}" not in GUIDE.read_text()]
