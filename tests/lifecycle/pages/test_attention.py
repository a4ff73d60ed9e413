"""All that is late or dead, and the clock that stands still."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hypotheses.enums import PullState
from hypotheses.models import Clock, Metric, Pull, Schedule, Source

pytestmark = pytest.mark.django_db
PATH = "/pulls/attention/"


@pytest.fixture
def ticks(db):
    """The clock ticked a moment ago."""
    return Clock.objects.create(name="tick", at=timezone.now() - timedelta(seconds=3))


def fed(now, key="warehouse") -> Schedule:
    source = Source.objects.create(key=key, name=key.capitalize(), kind="file", created_at=now)
    metric = Metric.objects.create(
        key=f"{key}-rate", name=f"Rate of {key}", kind="proportion", source=source, created_at=now
    )
    return Schedule.objects.create(metric=metric, cursor=now)


def pull(schedule, now, state=PullState.DEAD, *, number=0, due=timedelta(hours=2), **fields) -> Pull:
    start = now - timedelta(days=number + 2)
    over = {"finished_at": now - timedelta(hours=3)} if state == PullState.DEAD else {}
    return Pull(
        schedule=schedule, source=schedule.metric.source, window_start=start, window_end=start + timedelta(days=1),
        state=state, due_at=now - due, **over, **fields,
    )  # fmt: skip


def kept(*args, **fields) -> Pull:
    made = pull(*args, **fields)
    made.save()
    return made


def test_all_is_well(at, alice, ticks):
    page = at(alice).get(PATH).content.decode()
    assert "All is well" in page
    assert re.search("The clock ticked ([3-9]|[1-5][0-9]) seconds ago.", page)  # a slow machine looks later
    assert "stands still" not in page


@pytest.mark.parametrize("path", [PATH, "/pulls/"])
def test_a_clock_that_stands_still_is_said_first(at, alice, path, ticks):
    Clock.objects.update(at=timezone.now() - timedelta(minutes=7))
    page = at(alice).get(path).content.decode()
    for words in ("The clock stands still", "It ticked last 7 minutes ago", "manage.py up"):
        assert words in page, words
    assert "All is well" not in page
    Clock.objects.update(at=timezone.now() - timedelta(seconds=50))
    assert "stands still" not in at(alice).get(path).content.decode()
    Clock.objects.all().delete()
    assert "It has never ticked" in at(alice).get(path).content.decode()


def test_what_gave_up_is_listed_with_its_error_and_what_to_do(at, alice, now, ticks):
    dead = kept(fed(now), now, error="orders.csv has no column “variant”.", attempts=8)
    page = at(alice).get(PATH).content.decode()
    for words in ("1 pull gave up and waits for a person.", "orders.csv has no column “variant”.", "3 hours ago",
                  "8 attempts", "/pulls/metrics/warehouse-rate/", "/pulls/sources/warehouse/",
                  f"/pulls/{dead.pk}/retry/", f"/pulls/{dead.pk}/skip/"):  # fmt: skip
        assert words in page, words
    done = at(alice).post(f"/pulls/{dead.pk}/skip/", {"back": PATH, "reason": "Lost."}, follow=True)
    assert done.redirect_chain == [(PATH, 302)]
    assert "All is well" in done.content.decode()


def test_what_is_late_says_by_how_much_and_why(at, alice, now, ticks):
    schedule, resting = fed(now), fed(now, "lake")
    Source.objects.filter(key="lake").update(breaker_until=now + timedelta(hours=1))
    waits = kept(schedule, now, PullState.DUE, due=timedelta(hours=5))
    again = kept(
        schedule, now, PullState.FAILED, number=1, due=timedelta(minutes=20), error="It timed out.", attempts=2
    )
    kept(resting, now, PullState.DUE)
    kept(schedule, now, PullState.DUE, number=2, due=timedelta(minutes=1))
    page = at(alice).get(PATH).content.decode()
    for words in ("3 pulls are late.", "5 hours", "No worker has taken it up. Start one more, or let Warehouse",
                  "20 minutes", "It timed out.", "2 attempts", "Lake rests until",
                  f"/pulls/{waits.pk}/skip/", f"/pulls/{again.pk}/retry/"):  # fmt: skip
        assert words in page, words
    assert f"/pulls/{waits.pk}/retry/" not in page, "it is due already"
    assert page.index("Rate of warehouse") < page.index("Rate of lake"), "the longest waiting first"


def test_both_are_counted_in_a_sentence(at, alice, now, ticks):
    schedule = fed(now)
    for number in range(2):
        kept(schedule, now, number=number)
    kept(schedule, now, PullState.DUE, number=5)
    assert "2 pulls gave up and wait for a person, 1 is late." in at(alice).get(PATH).content.decode()


def test_a_thousand_are_counted_and_narrowed_by_source(at, alice, now, ticks):
    for key, many in (("warehouse", 1_000), ("lake", 150)):
        schedule = fed(now, key)
        Pull.objects.bulk_create(pull(schedule, now, number=number) for number in range(many))
        Pull.objects.bulk_create(
            pull(schedule, now, PullState.DUE, number=number) for number in range(2_000, 2_000 + many)
        )
    page = at(alice).get(PATH).content.decode()
    for words in ("1,150 pulls gave up", "1,150 are late", "the newest 100 of 1,150",
                  "the 100 that wait longest, of 1,150", "Warehouse (1,000 dead, 1,000 late)"):  # fmt: skip
        assert words in page, words
    assert page.count("<tr>") == 202
    lake = at(alice).get(PATH + "?source=lake").content.decode()
    for words in ("Of Lake: 150 pulls gave up", "the newest 100 of 150", "Rate of lake", "All sources (2,300)"):
        assert words in lake, words
    assert "Rate of warehouse" not in lake
    assert 'value="/pulls/attention/?source=lake"' in lake, "the act leads back to the same list"


def test_a_source_without_any_says_so(at, alice, now, ticks):
    kept(fed(now), now)
    for asked in ("nothing", "%00", "%27"):
        page = at(alice).get(f"{PATH}?source={asked}")
        assert page.status_code == 200
    assert "Nothing of this source waits" in at(alice).get(PATH + "?source=nothing").content.decode()


def test_the_list_of_pulls_leads_here_with_the_count(at, alice, now, ticks):
    schedule = fed(now)
    kept(schedule, now)
    kept(schedule, now, PullState.DUE, number=1)
    page = at(alice).get("/pulls/").content.decode()
    assert f'href="{PATH}">Late or dead <span class="button-note num">2</span>' in page


def test_somebody_without_a_squad_only_reads(at, now, ticks):
    kept(fed(now), now, error="gone")
    page = at(User.objects.create(username="guest")).get(PATH).content.decode()
    assert "gone" in page
    assert "Try again" not in page


def test_an_error_is_never_markup(at, alice, now, ticks):
    kept(fed(now), now, error="<script>alert(1)</script>")
    assert "<script>alert" not in at(alice).get(PATH).content.decode()


@pytest.mark.parametrize("path", [PATH, "/pulls/"])
def test_as_many_queries_with_one_as_with_many(at, alice, now, ticks, path):
    client, schedule = at(alice), fed(now)
    kept(schedule, now)
    client.get(path)
    with CaptureQueriesContext(connection) as one:
        client.get(path)
    for key in ("lake", "pond"):
        more = fed(now, key)
        for number in range(3):
            kept(more, now, PullState.DUE if number else PullState.DEAD, number=number)
    with CaptureQueriesContext(connection) as many:
        client.get(path)
    assert len(many) == len(one)
