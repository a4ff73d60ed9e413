"""How the data arrive."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hypotheses.enums import PullState
from hypotheses.models import Metric, Pull, Schedule, Source

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(now):
    return Source.objects.create(key="warehouse", name="Warehouse", kind="file", created_at=now)


def pull(source, now, state="succeeded", *, number=0, error="", **fields):
    metric, _ = Metric.objects.get_or_create(
        key=f"{source.key}-rate", defaults={"name": "Rate", "kind": "proportion", "source": source, "created_at": now}
    )
    schedule, _ = Schedule.objects.get_or_create(metric=metric, defaults={"cursor": now})
    start = now - timedelta(days=number + 1)
    return Pull.objects.create(
        schedule=schedule, source=source, window_start=start, window_end=start + timedelta(days=1), state=state,
        due_at=start, finished_at=now, error=error, **fields,
    )  # fmt: skip


def test_no_source_yet(at, alice):
    assert "No source yet" in at(alice).get("/pulls/").content.decode()


def test_what_went_wrong_is_said_and_can_be_tried_again(at, alice, mallory, source, now):
    dead = pull(source, now, PullState.DEAD, error="orders.csv has no column “variant”.", attempts=5)
    page = at(alice).get("/pulls/").content.decode()
    assert "orders.csv has no column" in page
    assert "1 pull gave up" in page
    answer = at(alice).post(f"/pulls/{dead.pk}/retry/", follow=True)
    assert "It is due again" in answer.content.decode()
    dead.refresh_from_db()
    assert (dead.state, dead.attempts) == (PullState.DUE, 0)


def test_one_that_succeeded_is_not_read_again(at, alice, source, now):
    done = pull(source, now)
    answer = at(alice).post(f"/pulls/{done.pk}/retry/", follow=True)
    assert "succeeded already" in answer.content.decode()


def test_somebody_without_a_squad_cannot(at, source, now, db):
    from django.contrib.auth.models import User

    dead = pull(source, now, PullState.DEAD, error="gone")
    client = at(User.objects.create(username="new"))
    assert "Try again" not in client.get("/pulls/").content.decode()
    client.post(f"/pulls/{dead.pk}/retry/")
    dead.refresh_from_db()
    assert dead.state == PullState.DEAD


def test_there_is_no_such_pull(at, alice):
    assert at(alice).post("/pulls/4711/retry/").status_code == 404


def test_an_error_is_never_markup(at, alice, source, now):
    pull(source, now, PullState.DEAD, error="<script>alert(1)</script>")
    assert "<script>alert" not in at(alice).get("/pulls/").content.decode()


def test_many_sources_and_pulls_cost_no_more(at, alice, source, now):
    pull(source, now)
    client = at(alice)
    with CaptureQueriesContext(connection) as one:
        client.get("/pulls/")
    for place in range(8):
        more = Source.objects.create(key=f"s{place}", name=f"S{place}", kind="sql", created_at=now)
        for number in range(8):
            pull(more, now, number=number)
    with CaptureQueriesContext(connection) as many:
        client.get("/pulls/")
    assert len(one) == len(many)
