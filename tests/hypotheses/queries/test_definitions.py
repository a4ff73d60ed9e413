"""Who changed what a metric's numbers mean, and when."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hypotheses.actions.metric import create_metric, edit_metric
from hypotheses.actions.source import create_source
from hypotheses.actions.weighing import weigh_all
from hypotheses.queries.definitions import Change, last_redefinitions, redefinitions
from hypotheses.queries.evidence import evidence_of, verdicts_for
from tests.factories.beliefs import DAY, START, believing, feature_in, land, trial_of

pytestmark = pytest.mark.django_db
GOOD = {"control": (20_000, 0.10), "new": (20_000, 0.13)}
LATER = START + 8 * DAY


@pytest.fixture
def metric(alice):
    return create_metric(key="reorder-rate", name="Reorder rate", kind="proportion", by=alice, now=START)


def test_each_change_is_told_with_who_and_what_and_others_are_not(metric, alice, bob):
    source = create_source(key="ours", name="Ours", kind="push", by=bob, now=START)
    edit_metric(metric=metric, by=alice, now=START + DAY, name="Orders again", better="down")
    edit_metric(metric=metric, by=bob, now=START + 2 * DAY, query="a\nb", source=source)
    edit_metric(metric=metric, by=None, now=START + 3 * DAY, query="a\nc\n", kind="mean", unit="EUR")
    edit_metric(metric=metric, by=alice, now=START + 4 * DAY, query=" a\nc ", source=source)
    newest, before, began = redefinitions(metric=metric)
    assert (newest.by, newest.at, newest.parts) == ("the system", START + 3 * DAY, "kind and query")
    assert newest.changes[1].lines == ("  a", "- b", "+ c")
    assert (before.by, before.parts) == ("Bob Bergman", "query and source")
    assert before.changes == (Change("query", "", "a\nb"), Change("source", "", "ours"))
    assert (began.first, began.by, began.changes) == (True, "Alice Andersson", (Change("kind", "", "proportion"),))


def test_three_parts_are_told_in_words(metric, bob):
    source = create_source(key="ours", name="Ours", kind="push", by=bob, now=START)
    edit_metric(metric=metric, by=bob, now=START + DAY, query="a", source=source, kind="mean")
    assert redefinitions(metric=metric)[0].parts == "kind, query and source"


def test_the_last_change_of_many_metrics_up_to_a_moment_in_one_query(metric, alice, django_assert_num_queries):
    other = create_metric(key="other", kind="mean", by=alice, now=START)
    for day, query in enumerate(("a", "b", "c"), start=1):
        edit_metric(metric=metric, by=alice, now=START + day * DAY, query=query)
    edit_metric(metric=other, by=alice, now=START + DAY, unit="EUR")
    with django_assert_num_queries(1):
        found = last_redefinitions(metrics=["reorder-rate", "other"], until=START + 2 * DAY)
    assert {key: change.changes[0].after for key, change in found.items()} == {"reorder-rate": "b"}
    with django_assert_num_queries(0):
        assert last_redefinitions(metrics=[], until=START) == {}


@pytest.fixture
def weighed(squad, metric):
    feature = feature_in(squad)
    believing(feature, guardrails=[])
    trial = trial_of(feature)
    land(trial, at=LATER, **GOOD)
    weigh_all(now=LATER)
    return feature, trial


def test_evidence_names_who_changed_the_definition_under_it(weighed, metric, bob):
    feature, _ = weighed
    edit_metric(metric=metric, by=bob, now=LATER + timedelta(hours=1), query="orders")
    view = evidence_of(feature=feature, now=LATER + timedelta(hours=2))
    said = "Reorder rate: the metric's definition changed since the trial began (Bob Bergman changed its query on "
    assert (view.reason, said in view.explanation) == ("stale", True)
    assert "10 March 2026" in view.explanation
    assert said in next(check["detail"] for check in view.checks if check["code"] == "stale")
    before = evidence_of(feature=feature, now=LATER, as_of=LATER)
    assert "Bob Bergman" not in before.explanation, "at that moment nobody had"


def test_evidence_goes_on_naming_them_once_new_results_came_in(weighed, metric, bob):
    feature, trial = weighed
    edit_metric(metric=metric, by=bob, now=LATER + timedelta(hours=1), query="orders")
    land(trial, at=LATER + DAY, control=(21_000, 0.10), new=(21_000, 0.13))
    weigh_all(now=LATER + DAY)
    view = evidence_of(feature=feature, now=LATER + DAY)
    assert (view.reason, view.stored_verdict) == ("stale", "invalid")
    assert "definition changed since the trial began" in view.explanation
    assert "Reorder rate: Bob Bergman changed its query on 10 March 2026" in view.explanation


def test_evidence_under_one_definition_names_nobody(weighed, metric, bob):
    feature, _ = weighed
    edit_metric(metric=metric, by=bob, now=LATER, unit="orders")
    view = evidence_of(feature=feature, now=LATER)
    assert (view.verdict, "Bob" in view.explanation) == ("validated", False)


def test_a_list_costs_the_same_for_one_redefined_metric_and_for_many_features(squad, metric, bob):
    counts = []
    for count in (1, 3):
        features = [feature_in(squad) for _ in range(count)]
        for feature in features:
            believing(feature, guardrails=[])
            land(trial_of(feature), at=LATER, **GOOD)
        weigh_all(now=LATER)
        edit_metric(metric=metric, by=bob, now=LATER, query=f"orders {count}")
        with CaptureQueriesContext(connection) as queries:
            views = verdicts_for(feature_ids=[feature.pk for feature in features], now=LATER)
        counts.append(len(queries))
        assert all("Bob Bergman" in view.explanation for view in views.values())
    assert counts[0] == counts[1]
