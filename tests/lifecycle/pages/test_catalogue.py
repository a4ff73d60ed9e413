"""The catalogue: every metric, how fresh it is, and whether anybody decides on it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hypotheses.actions.hypothesis import write_hypothesis
from hypotheses.actions.metric import create_metric
from hypotheses.actions.source import create_source
from hypotheses.enums import PullState
from hypotheses.models import Metric, Pull, Schedule, Source
from hypotheses.queries.catalogue import counts_using, features_using, is_unused
from tests.factories import lives

pytestmark = pytest.mark.django_db
PATH = "/pulls/metrics/"


@pytest.fixture
def source(settings, tmp_path, bob, now):
    settings.VAR = tmp_path
    (tmp_path / "warehouse.csv").write_text("metric,trial,arm,as_of,n,mean,var\n")
    return create_source(
        key="warehouse", name="Warehouse", kind="file", config={"path": "warehouse.csv"}, by=bob, now=now
    )


def metric(source, now, key="paid-orders", **fields):
    fields = {"name": key.replace("-", " ").capitalize(), "kind": "mean", "source": source} | fields
    return create_metric(key=key, by=fields.pop("by", source.owner), now=now, **fields)


def pull(of, now, state="succeeded", *, number=0, **fields):
    start = now - timedelta(days=number + 1)
    over = {} if state in ("due", "failed") else {"finished_at": start + timedelta(days=1)}
    return Pull.objects.create(
        schedule=of.schedule, source=of.source, window_start=start, window_end=start + timedelta(days=1),
        state=state, due_at=start, **over, **fields,
    )  # fmt: skip


def row(page, name):
    """The table's row of a metric, as text."""
    start = page.index(f">{name}</a>")
    return page[start : page.index("</tr>", start)]


def names(page):
    return [name for name in Metric.objects.values_list("name", flat=True) if f">{name}</a>" in page]


def test_an_empty_catalogue_says_how_to_add_the_first(at, alice, admin_user):
    page = at(alice).get(PATH).content.decode()
    for words in ("No metric yet", "POST /api/v1/metrics/", "docs/reference/pulls.md"):
        assert words in page, words
    assert "Add one in the admin" not in page
    assert "Add one in the admin" in at(admin_user).get(PATH).content.decode()


def test_a_metric_tells_what_it_is_whose_and_how_fresh(at, alice, source, now):
    found = metric(source, now, unit="EUR", better="down")
    pull(found, now, number=1)
    pull(found, now, PullState.DEAD, error="The file has no column “arm”.")
    told = row(at(alice).get(PATH).content.decode(), "Paid orders")
    for words in ("Mean, EUR, ", "less is better", "Warehouse", "Bob Bergman", "1 day ago", "Dead"):
        assert words in told, words
    assert "/pulls/sources/warehouse/" in told


def test_before_its_first_pull_nothing_is_made_up(at, alice, source, now):
    metric(source, now)
    told = row(at(alice).get(PATH).content.decode(), "Paid orders")
    assert "never read yet" in told
    assert "never</span>" in told


def test_one_without_a_source_or_an_owner_is_pushed_and_nobodys(at, alice, now):
    Metric.objects.create(key="nps", name="NPS", kind="value", created_at=now)
    Metric.objects.create(
        key="till", name="Till", kind="mean", created_at=now,
        source=Source.objects.create(key="pos", name="Point of sale", kind="push", created_at=now),
    )  # fmt: skip
    page = at(alice).get(PATH).content.decode()
    for name in ("NPS", "Till"):
        assert "pushed" in row(page, name)
        assert "nobody owns it" in row(page, name)
        assert "never" not in row(page, name)


def test_a_number_that_nobody_decides_on_is_called_a_vanity(at, alice, squad, source, now):
    vain = metric(source, now, "page-views")
    life = lives.thinking(squad, alice)
    page = at(alice).get(PATH).content.decode()
    used = Metric.objects.exclude(pk=vain.pk).filter(hypotheses__feature=life.feature).first()
    assert "Nobody decides on it" in row(page, vain.name)
    assert "1 feature" in row(page, used.name)
    assert "1 is a vanity" in page
    assert names(at(alice).get(f"{PATH}?unused=1").content.decode()) == [vain.name]


def test_a_feature_counts_once_for_all_its_versions_and_not_after_its_end(squad, alice, source, now):
    first, second = lives.shipping(squad, alice), lives.thinking(squad, alice)
    write_hypothesis(feature=second.feature, by=alice, now=second.now, change="Another wording")
    metrics = list(Metric.objects.all())

    def counted():
        counts = counts_using(metrics=metrics)
        assert [counts[each.pk] for each in metrics] == [len(features_using(metric=each)) for each in metrics]
        return max(counts.values())

    assert counted() == 2
    first.call()
    first.decide("kill")
    assert counted() == 1
    second.call()
    second.decide("kill")
    assert not counts_using(metrics=metrics)
    assert Metric.objects.filter(is_unused()).count() == len(metrics)


def test_search_source_and_owner_narrow_it(at, alice, bob, source, now):
    other = create_source(key="second", name="Second", kind="file", config={"path": "warehouse.csv"}, by=alice, now=now)
    metric(source, now, "paid-orders"), metric(source, now, "refunds", by=alice), metric(other, now, "paid-visits")
    client = at(alice)

    def shown(query):
        return names(client.get(PATH + query).content.decode())

    assert shown("?search=PAID") == ["Paid orders", "Paid visits"]
    assert shown("?search=refu") == ["Refunds"]
    assert shown("?source=warehouse") == ["Paid orders", "Refunds"]
    assert shown(f"?source=warehouse&owner={bob.username}") == ["Paid orders"]
    assert shown("?search=paid&unused=1&source=second") == ["Paid visits"]
    kept = client.get(f"{PATH}?search=paid&source=second&unused=1").content.decode()
    assert 'href="/pulls/metrics/?search=paid&amp;source=second&amp;late=1"' in kept
    assert 'name="unused" value="1"' in kept


def test_what_is_late_or_dead_is_found_by_its_waiting_pull(at, alice, source, now):
    dead, late, well = metric(source, now, "dead-one"), metric(source, now, "late-one"), metric(source, now, "well-one")
    pull(dead, now, PullState.DEAD, error="gone")
    pull(dead, now, PullState.DEAD, error="gone", number=1)
    pull(late, now, PullState.DUE, number=3)
    pull(well, now)
    page = at(alice).get(f"{PATH}?late=1").content.decode()
    assert names(page) == ["Dead one", "Late one"]
    assert "3 metrics" in page
    assert "2 are late or dead" in page


def test_what_fits_nothing_says_what_to_do_next(at, alice, squad, source, now):
    client = at(alice)
    metric(source, now)
    assert "No metric fits" in client.get(f"{PATH}?search=zebra").content.decode()
    assert "No metric fits" in client.get(f"{PATH}?source=gone").content.decode()
    assert "No metric fits" in client.get(f"{PATH}?owner=%00nobody").content.decode()
    assert "None is late or dead" in client.get(f"{PATH}?late=1").content.decode()
    Metric.objects.all().delete()
    lives.thinking(squad, alice)
    assert "Somebody decides on each" in client.get(f"{PATH}?unused=1").content.decode()


def test_a_hundred_stand_on_a_page_by_name_whatever_their_case(at, alice, source, now):
    for place in range(205):
        Metric.objects.create(key=f"k{place:03}", name=f"Metric {place:03}", kind="mean", created_at=now)
    Metric.objects.create(key="small", name="a small one", kind="mean", created_at=now)
    client = at(alice)
    first, last = client.get(f"{PATH}?search=m").content.decode(), client.get(f"{PATH}?page=99").content.decode()
    assert first.index("a small one") < first.index("Metric 000") < first.index("Metric 098")
    assert "Metric 099<" not in first
    assert 'href="/pulls/metrics/?search=m&amp;page=2"' in first
    assert names(last) == [f"Metric {place}" for place in range(199, 205)]
    assert 'rel="next"' not in last
    assert "Metric 000" in client.get(f"{PATH}?page=nonsense").content.decode()


def test_it_is_reached_from_the_pulls_and_from_its_metrics(at, alice, source, now):
    metric(source, now)
    for path in ("/pulls/", f"{PATH}paid-orders/"):
        assert f'href="{PATH}"' in at(alice).get(path).content.decode(), path


def test_names_are_never_markup(at, alice, source, now):
    metric(source, now, name="<script>alert(1)</script>")
    assert "<script>alert" not in at(alice).get(f"{PATH}?search=<script>").content.decode()


def test_strangers_sign_in_first(at):
    assert at().get(PATH).status_code == 302


def test_thirty_metrics_cost_no_more_than_one(at, alice, squad, source, now):
    pull(metric(source, now), now)
    client = at(alice)
    with CaptureQueriesContext(connection) as one:
        client.get(PATH)
    for place in range(29):
        owner = User.objects.create(username=f"owner-{place}")
        found = metric(source, now, f"more-{place}", owner=owner)
        pull(found, now, PullState.DEAD)
        pull(found, now, number=1)
    lives.thinking(squad, alice)
    assert Schedule.objects.count() >= 30
    with CaptureQueriesContext(connection) as many:
        client.get(PATH)
    assert len(one) == len(many)
