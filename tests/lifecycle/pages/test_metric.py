"""One metric: how fresh it is, who looks at it, its pulls, a try of its query."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hypotheses.actions.metric import create_metric, edit_metric
from hypotheses.actions.source import create_source
from hypotheses.enums import PullState
from hypotheses.models import Pull
from tests.factories import lives

pytestmark = pytest.mark.django_db
PATH = "/pulls/metrics/paid-orders/"
HEADER = "metric,trial,arm,as_of,n,mean,var\n"


@pytest.fixture
def file(settings, tmp_path):
    settings.VAR = tmp_path
    path = tmp_path / "warehouse.csv"
    path.write_text(HEADER)
    return path


@pytest.fixture
def metric(file, alice, now):
    source = create_source(
        key="warehouse", name="Warehouse", kind="file", config={"path": "warehouse.csv"}, by=alice, now=now
    )
    return create_metric(key="paid-orders", name="Paid orders", kind="mean", source=source, by=alice, now=now)


def pull(metric, now, state="succeeded", *, number=0, **fields):
    start = now - timedelta(days=number + 1)
    return Pull.objects.create(
        schedule=metric.schedule, source=metric.source, window_start=start, window_end=start + timedelta(days=1),
        state=state, due_at=start, finished_at=now, **fields,
    )  # fmt: skip


def test_before_its_first_pull_it_says_when_that_is(at, alice, metric):
    page = at(alice).get(PATH).content.decode()
    assert "never read yet" in page
    assert "None yet; the first is planned when its window closes." in page
    assert "A number that nobody decides on is a vanity" in page


def test_its_age_cost_and_errors_stand_on_it(at, alice, metric, now):
    pull(metric, now, number=1, fetch_seconds=0.5, rows=4, bytes=2048)
    pull(metric, now, PullState.DEAD, error="The file has no column “arm”.", attempts=8)
    page = at(alice).get(PATH).content.decode()
    for words in ("1 day ago", "0.50 s", "4 rows, 2.0", "Dead", "The file has no column “arm”.", "attempt 8"):
        assert words in page, words


def test_the_features_that_look_at_it_are_named(at, alice, squad, metric):
    life = lives.thinking(squad, alice)
    page = at(alice).get("/pulls/metrics/reorder-rate/").content.decode()
    assert f"/features/{life.feature.key}/" in page
    assert "vanity" not in page
    guard = at(alice).get("/pulls/metrics/basket-value/").content.decode()
    assert life.feature.name in guard


def test_a_preview_shows_what_comes_and_records_nothing(at, alice, metric, file, now):
    moment = (now - timedelta(hours=1)).isoformat()
    file.write_text(HEADER + f"paid-orders,reorder,control,{moment},1200,3.5,1.25\n")
    page = at(alice).post(PATH + "preview/").content.decode()
    for words in ("1 row came.", "nothing was recorded", "reorder", "1,200", "3.5", "1.25"):
        assert words in page, words
    assert not Pull.objects.exists()
    file.write_text("metric,trial\n")
    assert "Missing column" in at(alice).post(PATH + "preview/").content.decode()


def test_it_is_read_when_somebody_asks_and_once_however_often_they_press(at, alice, metric):
    for _ in range(2):
        answer = at(alice).post(PATH + "now/", {"back": PATH}, follow=True)
        assert answer.redirect_chain == [(PATH, 302)]
        assert "It is due now" in answer.content.decode()
    assert Pull.objects.get().state == "due"


def test_a_window_is_left_out_with_a_reason_and_never_without(at, alice, metric, now):
    dead = pull(metric, now, PullState.DEAD, error="gone")
    refused = at(alice).post(f"/pulls/{dead.pk}/skip/", {"back": PATH, "reason": " "}, follow=True)
    assert "Say why this window is left out." in refused.content.decode()
    done = at(alice).post(f"/pulls/{dead.pk}/skip/", {"back": PATH, "reason": "The export lost it."}, follow=True)
    assert "The export lost it." in done.content.decode()
    dead.refresh_from_db()
    assert dead.state == PullState.SKIPPED


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "abc", "feature", ""]
)
def test_it_goes_back_to_pages_of_ours_only(at, alice, metric, back):
    assert at(alice).post(PATH + "now/", {"back": back})["Location"] == "/pulls/"


def test_somebody_without_a_squad_only_reads(at, metric, now, django_user_model):
    pull(metric, now, PullState.DEAD, error="gone")
    client = at(django_user_model.objects.create(username="guest"))
    page = client.get(PATH).content.decode()
    assert "Pull now" not in page
    assert "Leave out" not in page
    for act in ("now", "preview"):
        client.post(f"{PATH}{act}/")
    assert Pull.objects.get().state == PullState.DEAD


def test_what_is_not_there_is_said(at, alice):
    for path in ("/pulls/metrics/nothing/", "/pulls/99999/skip/", "/pulls/metrics/nothing/now/"):
        answer = at(alice).get(path) if path.endswith("nothing/") else at(alice).post(path)
        assert answer.status_code == 404


def test_as_many_queries_with_one_pull_as_with_many(at, alice, metric, now):
    client = at(alice)
    pull(metric, now)
    client.get(PATH)
    with CaptureQueriesContext(connection) as one:
        client.get(PATH)
    for number in range(1, 30):
        pull(metric, now, number=number)
    with CaptureQueriesContext(connection) as many:
        client.get(PATH)
    assert len(many) == len(one)


def test_who_changed_its_definition_stands_on_it(at, alice, bob, metric, now):
    edit_metric(metric=metric, by=bob, now=now, query="orders <b>")
    edit_metric(metric=metric, by=bob, now=now, unit="EUR")
    page = at(alice).get(PATH).content.decode()
    section = page[page.index('id="definition"') : page.index('id="pulls"')]
    for words in ("Alice Andersson added it.", "Kind: mean", "Source: warehouse",
                  "<strong>Bob Bergman</strong> changed its query.", "+ orders &lt;b&gt;"):  # fmt: skip
        assert words in section, words
    assert section.count("<li>") == 2


def test_changes_of_its_definition_cost_no_more_queries(at, alice, bob, metric, now):
    client = at(alice)
    client.get(PATH)
    with CaptureQueriesContext(connection) as one:
        client.get(PATH)
    for query in ("a", "b", "c"):
        edit_metric(metric=metric, by=bob, now=now, query=query)
    with CaptureQueriesContext(connection) as many:
        client.get(PATH)
    assert len(many) == len(one)
