"""How much features are used: what is measured, what was never measured, and where that puts a feature."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from features.errors import BadInput
from features.models import AuditEntry, Feature
from hypotheses.actions.using import PREFIX, apart, land_use, name_use
from hypotheses.enums import Quadrant, UseKind, UseState
from hypotheses.models import Metric, Schedule, UseReading
from hypotheses.queries.use import quadrant_of, use_of
from hypotheses.sources.base import Row
from tests.factories.beliefs import metric_called
from tests.factories.rows import saved

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def search(squad):
    return saved(Feature, key="search", squad=squad)


@pytest.fixture
def metrics(db):
    return metric_called("weekly-users"), metric_called("uses-a-week", kind="mean", unit="uses")


def named(feature, metrics, now, **more):
    kinds = dict(zip((UseKind.ADOPTION, UseKind.FREQUENCY), metrics, strict=True))
    name_use(feature=feature, metrics=kinds, since=None, by=None, now=now, **more)


def reading(feature, metric, value, at, n=1_000):
    return Row(trial=f"{PREFIX}{feature.key}", metric=metric.key, arm="all", as_of=at, n=n, mean=value)


def use(feature, now):
    return use_of(features=[feature.pk], now=now)[feature.pk]


def test_many_or_few_often_or_rarely():
    assert quadrant_of(adoption=0.2, frequency=1) is Quadrant.CORE
    assert quadrant_of(adoption=0.19, frequency=1) is Quadrant.NICHE
    assert quadrant_of(adoption=0.2, frequency=0.9) is Quadrant.OCCASIONAL
    assert quadrant_of(adoption=0.1, frequency=0.1) is Quadrant.MARGINAL
    assert quadrant_of(adoption=None, frequency=3) is None


def test_the_newest_reading_of_each_kind_puts_it_into_its_quadrant(search, metrics, now):
    adoption, frequency = metrics
    named(search, metrics, now)
    rows = [reading(search, adoption, share, now - DAY * age) for share, age in ((0.1, 9), (0.4, 2), (0.2, 20))]
    land_use(rows=[*rows, reading(search, frequency, 2.5, now - DAY * 3)], now=now)
    found = use(search, now)
    assert (found.state, found.quadrant, found.adoption.value) == (UseState.USED, Quadrant.CORE, 0.4)
    assert found.as_of == now - DAY * 3
    assert found.told == "Core: many people, often."


def test_no_data_is_not_no_use(search, metrics, now):
    assert use(search, now).told.startswith("No data: no metric is named")
    named(search, metrics, now)
    assert use(search, now).told.startswith("No data: nothing has been measured yet")
    land_use(rows=[reading(search, metrics[0], 0.0, now - DAY)], now=now)
    found = use(search, now)
    assert (found.state, found.quadrant) == (UseState.NO_USE, None)


def test_an_old_reading_is_no_data_and_says_so(search, metrics, now):
    named(search, metrics, now)
    land_use(rows=[reading(search, metric, 0.0, now - DAY * 40) for metric in metrics], now=now)
    found = use(search, now)
    assert found.state is UseState.NO_DATA, "it was not used then; what of now?"
    assert (found.adoption.stale, found.adoption.value) == (True, 0)
    assert "too old" in found.told
    saved(Schedule, metric=metrics[0], every_seconds=90 * 86_400)
    assert use(search, now).state is UseState.NO_USE, "a quarterly metric is new for longer"


def test_one_of_two_is_use_without_a_place(search, metrics, now):
    named(search, metrics, now)
    land_use(rows=[reading(search, metrics[0], 0.3, now - DAY)], now=now)
    found = use(search, now)
    assert (found.state, found.quadrant) == (UseState.USED, None)
    assert "how often is not known" in found.told


def test_readings_from_before_the_day_they_count_from_do_not(search, metrics, now):
    kinds = {UseKind.ADOPTION: metrics[0]}
    land_use(rows=[reading(search, metrics[0], 0.3, now - DAY * 3)], now=now)
    name_use(feature=search, metrics=kinds, since=(now - DAY).date(), by=None, now=now)
    assert use(search, now).adoption.value is None


def test_a_metric_that_cannot_tell_it_is_refused_and_the_history_keeps_what_was_named(search, metrics, now, alice):
    with pytest.raises(BadInput, match="the share of its audience"):
        name_use(feature=search, metrics={UseKind.ADOPTION: metrics[1]}, since=None, by=alice, now=now)
    named(search, metrics, now)
    named(search, metrics, now)
    assert AuditEntry.objects.filter(act="use.named").count() == 1, "the same once more is no change"
    name_use(feature=search, metrics={UseKind.FREQUENCY: None}, since=None, by=alice, now=now)
    assert set(AuditEntry.objects.latest("number").body["after"]) == {"adoption"}


def test_a_restated_reading_is_a_revision_and_the_same_one_writes_nothing(search, metrics, now):
    one, at = metrics[0], now - DAY
    assert land_use(rows=[reading(search, one, 0.3, at)], now=now).new == 1
    assert land_use(rows=[reading(search, one, 0.3, at)], now=now).unchanged == 1
    assert land_use(rows=[reading(search, one, 0.4, at)], now=now).revised == 1
    kept = UseReading.objects.order_by("revision").values_list("value", "revision", "superseded_at")
    assert list(kept) == [(0.3, 1, now), (0.4, 2, None)]


def test_wrong_readings_are_refused_whole(search, metrics, now):
    good = reading(search, metrics[0], 0.3, now - DAY)
    for bad, told in (
        (reading(search, metrics[0], 1.3, now), "share"),
        (reading(search, metrics[1], -1.0, now), "never"),
        (reading(search, metrics[0], 0.0, now, n=0), "Nobody was looked at"),
        (reading(search, metrics[0], 0.3, now + DAY), "ahead of the clock"),
        (reading(search, metrics[0], 0.5, now - DAY), "something else"),
    ):
        with pytest.raises(BadInput, match=told):
            land_use(rows=[good, bad], now=now)
    assert not UseReading.objects.exists()


def test_rows_of_trials_and_of_use_come_by_the_same_pull(search, metrics, now):
    of_trial = Row(trial="checkout-test", metric="x", arm="new", as_of=now, n=1, mean=0.0)
    assert apart([of_trial, reading(search, metrics[0], 0.3, now)])[0] == [of_trial]


def test_one_query_however_many_features_there_are(squad, metrics, now):
    made = [saved(Feature, squad=squad) for _ in range(9)]
    for one in made:
        named(one, metrics, now)
        land_use(rows=[reading(one, metric, 0.5, now - DAY) for metric in metrics], now=now)
    for some in (made[:1], made):
        with CaptureQueriesContext(connection) as queries:
            found = use_of(features=[one.pk for one in some], now=now)
        assert (len(queries), len(found)) == (1, len(some))


def test_over_rest_a_squad_names_its_metrics_and_sends_readings(api, alice, mallory, search, metrics, now):
    client, at = api(alice), f"/api/v1/features/{search.key}/use/"
    assert client.get(at).json()["state"] == "no_data"
    body = {"adoption": "weekly-users", "frequency": "uses-a-week"}
    assert client.put(at, body).status_code == 200
    rows = [{"metric": key, "as_of": (now - DAY).isoformat(), "n": 900, "value": 0.3} for key in body.values()]
    assert client.post(f"{at}readings/", rows).json() == {"new": 2, "revised": 0, "unchanged": 0}
    assert client.post(f"{at}readings/", rows[0]).status_code == 200
    shown = client.get(at).json()
    assert (shown["quadrant"], shown["adoption"]["value"], shown["adoption"]["n"]) == ("occasional", 0.3, 900)
    assert len(client.get(f"{at}readings/").json()["results"]) == 2
    assert api(mallory).put(at, body).status_code == 403
    assert api(mallory).post(f"{at}readings/", rows).status_code == 403
    assert client.put(at, {"adoption": "nothing"}).json()["errors"][0]["field"] == "adoption"
    assert client.put(at, {"adoption": None}).json()["adoption"] is None
    assert Metric.objects.count() == 2
