"""One source: where it points, whether it answers, what it feeds, its pulls, and trying again."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hypotheses.actions.metric import create_metric
from hypotheses.actions.source import create_source
from hypotheses.enums import PullState
from hypotheses.models import Pull, Source
from hypotheses.queries.pointing import shown_address

pytestmark = pytest.mark.django_db
PATH = "/pulls/sources/warehouse/"


@pytest.fixture
def file(settings, tmp_path):
    settings.VAR = tmp_path
    path = tmp_path / "warehouse.csv"
    path.write_text("metric,trial,arm,as_of,n,mean,var\n")
    return path


@pytest.fixture
def source(file, bob, now):
    return create_source(
        key="warehouse", name="Warehouse", kind="file", config={"path": "warehouse.csv"}, by=bob, now=now
    )


def metric(source, now, key="paid-orders"):
    return create_metric(key=key, name=key.replace("-", " "), kind="mean", source=source, by=source.owner, now=now)


def pull(of, now, state="succeeded", *, number=0, **fields):
    start = now - timedelta(days=number + 1)
    over = {} if state in ("due", "failed") else {"finished_at": now}
    return Pull.objects.create(
        schedule=of.schedule, source=of.source, window_start=start, window_end=start + timedelta(days=1),
        state=state, due_at=start, **over, **fields,
    )  # fmt: skip


def test_before_anything_came_it_says_what_to_do(at, alice, source):
    page = at(alice).get(PATH).content.decode()
    for words in ("Warehouse", "File", "warehouse.csv", "Bob Bergman", "No metric comes from it yet",
                  "Nothing was pulled from it yet", "Lets pulls through"):  # fmt: skip
        assert words in page, words
    assert "Try all dead again" not in page


def test_its_metrics_tell_their_age_their_last_pull_and_the_next(at, alice, source, now):
    fed, broken, waiting = metric(source, now), metric(source, now, "refunds"), metric(source, now, "visits")
    pull(fed, now, number=1, rows=4)
    pull(broken, now, PullState.DEAD, attempts=8, error="The file has no column “arm”.")
    pull(waiting, now, PullState.DUE, number=2)
    page = at(alice).get(PATH).content.decode()
    table = page[page.index('id="metrics"') : page.index('id="pulls"')]
    for words in ("/pulls/metrics/paid-orders/", "1 day ago", "Succeeded", "The file has no column “arm”.", "due 3"):
        assert words in table, words
    assert "the last pull of 1 failed" in page


def test_its_pulls_are_filtered_by_state(at, alice, source, now):
    fed = metric(source, now)
    pull(fed, now, rows=1234)
    dead = pull(fed, now, PullState.DEAD, number=1, error="The file is gone.", attempts=8)
    client = at(alice)
    assert "1,234" in client.get(PATH).content.decode()
    only = client.get(PATH + "?state=dead").content.decode()
    assert f"/pulls/{dead.pk}/retry/" in only
    assert "The file is gone." in only
    assert "1,234" not in only
    assert "No pull of this source is skipped." in client.get(PATH + "?state=skipped").content.decode()
    assert "1,234" in client.get(PATH + "?state=tired%00").content.decode()


def test_a_pull_is_tried_again_or_left_out_and_the_filter_stays(at, alice, source, now):
    fed = metric(source, now)
    dead, other = (pull(fed, now, PullState.DEAD, number=n, error="gone") for n in range(2))
    back = PATH + "?state=dead#pulls"
    assert back in at(alice).get(PATH + "?state=dead").content.decode()
    again = at(alice).post(f"/pulls/{dead.pk}/retry/", {"back": back})
    assert again["Location"] == back
    at(alice).post(f"/pulls/{other.pk}/skip/", {"back": back, "reason": "The export lost it."})
    assert sorted(Pull.objects.values_list("state", flat=True)) == ["due", "skipped"]


def test_all_that_gave_up_is_tried_again_at_once(at, alice, source, now):
    fed = metric(source, now)
    for number in range(3):
        pull(fed, now, PullState.DEAD, number=number, error="gone")
    Source.objects.update(fail_streak=6, breaker_until=now + timedelta(minutes=5))
    assert "Try all dead again" in at(alice).get(PATH).content.decode()
    page = at(alice).post(PATH + "retry/", {"back": PATH}, follow=True).content.decode()
    assert "3 pulls are due again" in page
    assert "Lets pulls through" in page
    assert set(Pull.objects.values_list("state", flat=True)) == {"due"}
    assert "No pull of this source has given up." in at(alice).post(PATH + "retry/", follow=True).content.decode()


@pytest.mark.parametrize(
    ("streak", "until", "words"),
    [
        (6, timedelta(hours=1), ("Rests", "then one pull is let through")),
        (6, -timedelta(hours=1), ("Tries one pull", "its success lets the others through")),
        (2, None, ("Lets pulls through", "2 failures in a row; after 5 it rests")),
    ],
)
def test_the_circuit_breaker_is_told_in_plain_words(at, alice, source, now, streak, until, words):
    Source.objects.update(fail_streak=streak, breaker_until=now + until if until else None)
    page = at(alice).get(PATH).content.decode()
    assert all(word in page for word in words)


def test_the_source_is_tried_by_its_keepers_and_nothing_is_recorded(at, alice, bob, source, file):
    assert "Try the source now" in at(bob).get(PATH).content.decode()
    page = at(bob).post(PATH + "try/").content.decode()
    assert "It answers" in page
    assert "nothing was recorded" in page
    file.unlink()
    page = at(bob).post(PATH + "try/").content.decode()
    assert "It does not answer as it should" in page
    assert "does not exist. Put it there, or correct the path" in page
    assert "Try the source now" not in at(alice).get(PATH).content.decode()
    refused = at(alice).post(PATH + "try/", follow=True).content.decode()
    assert "squad leads, tribe leaders and administrators try it" in refused
    assert not Pull.objects.exists()


def test_somebody_without_a_squad_only_reads(at, source, now):
    dead = pull(metric(source, now), now, PullState.DEAD, error="gone")
    client = at(User.objects.create(username="guest"))
    page = client.get(PATH).content.decode()
    assert "Try all dead again" not in page
    assert "Leave out" not in page
    assert "squads" in client.post(PATH + "retry/", {"back": PATH}, follow=True).content.decode()
    dead.refresh_from_db()
    assert dead.state == PullState.DEAD


def test_a_push_says_that_nothing_is_pulled(at, bob, now):
    create_source(key="warehouse", name="Our own", kind="push", by=bob, now=now)
    page = at(bob).get(PATH).content.decode()
    assert "results are pushed through the API" in page
    assert "Try the source now" not in page


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://reader@db:5432/shop?sslmode=require", "postgresql://reader@db:5432/shop"),
        ("postgresql://reader:hunter2@db/shop", "postgresql://reader@db/shop"),
        ("postgresql://reader:hunter2@x@db/shop", "postgresql://reader@db/shop"),
        ("postgresql://reader:12/hunter2@db/shop", "an address that cannot be shown"),
        ("postgresql://reader:12?hunter2@db/shop", "an address that cannot be shown"),
        ("postgresql://reader:hunter2#x@db/shop", "an address that cannot be shown"),
        ("postgresql://reader@db/shop?password=hunter2", "postgresql://reader@db/shop"),
        ("sqlite:////data/shop.db", "sqlite:////data/shop.db"),
        ("https://metrics.example.org/api?token=hunter2", "https://metrics.example.org/api"),
        ("https://[::1", "an address that cannot be shown"),
    ],
)
def test_no_secret_is_ever_in_an_address(address, shown):
    assert shown_address(address) == shown


def test_no_secret_is_on_the_page(at, bob, now):
    source = Source.objects.create(
        key="warehouse", name="Shop", kind="sql", secret="hunter2", owner=bob, created_at=now,
        config={"url": "postgresql://reader:hunter2@db/shop", "token": "hunter2"},
    )  # fmt: skip
    page = at(bob).get(PATH).content.decode()
    assert "postgresql://reader@db/shop" in page
    assert "hunter2" not in page
    Source.objects.filter(pk=source.pk).update(config=["hunter2"])
    assert "hunter2" not in at(bob).get(PATH).content.decode()


def test_an_error_is_never_markup(at, alice, source, now):
    pull(metric(source, now), now, PullState.DEAD, error="<script>alert(1)</script>")
    assert "<script>alert" not in at(alice).get(PATH).content.decode()


def test_what_is_not_there_is_said(at, alice):
    assert at(alice).get("/pulls/sources/nothing/").status_code == 404
    for act in ("try", "retry"):
        assert at(alice).post(f"/pulls/sources/nothing/{act}/").status_code == 404
        assert at(alice).get(f"{PATH}{act}/").status_code == 405


def test_metrics_and_the_list_of_pulls_lead_to_it(at, alice, source, now):
    metric(source, now)
    for path in ("/pulls/", "/pulls/metrics/paid-orders/"):
        assert f'href="{PATH}"' in at(alice).get(path).content.decode()


def test_as_many_queries_with_one_metric_and_pull_as_with_many(at, alice, source, now):
    client = at(alice)
    pull(metric(source, now), now)
    client.get(PATH)
    with CaptureQueriesContext(connection) as one:
        client.get(PATH)
    for key in ("a", "b", "c"):
        fed = metric(source, now, key)
        for number in range(3):
            pull(fed, now, "dead" if number else "succeeded", number=number, error="gone")
    with CaptureQueriesContext(connection) as many:
        client.get(PATH)
    assert len(many) == len(one)
