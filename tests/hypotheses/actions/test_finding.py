"""Evidence without a trial: who was looked at is named, and counts are counts."""

import pytest

from features.errors import BadInput, Conflict, Forbidden
from features.models import AuditEntry
from hypotheses.actions.finding import add_finding
from hypotheses.models import Finding, Hypothesis
from tests.factories.beliefs import START, believing, feature_in, stint_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def feature(squad):
    return feature_in(squad, "think_it")


TEST = {"kind": "prototype_test", "cohort": {"population": "customers", "market": "SE"}, "successes": 8, "trials": 10}


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"kind": "guess"}, "kind"),
        ({"kind": None}, "kind"),
        ({"cohort": None}, "cohort.population"),
        ({"cohort": "customers"}, "cohort"),
        ({"cohort": {"population": "martians"}}, "cohort.population"),
        ({"cohort": {"population": "customers", "country": "SE"}}, "cohort.country"),
        ({"cohort": {"population": "customers", "market": "x" * 81}}, "cohort.market"),
        ({"successes": 11}, "successes"),
        ({"successes": None}, "successes"),
        ({"trials": None}, "trials"),
        ({"successes": None, "trials": None}, "trials"),
        ({"successes": 0, "trials": 0}, "trials"),
        ({"successes": -1}, "successes"),
        ({"successes": 1.5}, "successes"),
        ({"successes": True}, "successes"),
        ({"trials": 2**40}, "trials"),
        ({"target": 0}, "target"),
        ({"target": 1.2}, "target"),
        ({"target": 1}, "target"),
        ({"target": "half"}, "target"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "example"}, "url"),
        ({"note": 7}, "note"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_written(feature, fields, wrong):
    with pytest.raises(BadInput) as refusal:
        add_finding(feature=feature, by=None, now=START, **{**TEST, **fields})
    assert wrong in [error.field for error in refusal.value.errors]
    assert not Finding.objects.exists()


def test_somebody_of_another_squad_may_not_add_one(feature, mallory):
    with pytest.raises(Forbidden):
        add_finding(feature=feature, by=mallory, now=START, **TEST)


def test_a_feature_that_has_ended_takes_none(feature):
    feature.stints.update(ended_at=START)
    with pytest.raises(Conflict):
        add_finding(feature=feature, by=None, now=START, **TEST)
    assert not Finding.objects.exists()


def test_a_finding_is_kept_rings_and_locks(feature, alice):
    believing(feature)
    made = add_finding(feature=feature, by=alice, now=START, **TEST, url="https://example.org/notes", note=" eight ")
    kept = Finding.objects.get()
    assert (kept.stint, kept.market, kept.population, kept.target) == (stint_of(feature), "SE", "customers", 0.5)
    assert (kept.note, kept.by, kept.pk) == ("eight", alice, made.pk)
    assert stint_of(feature).facts_version == 1
    assert Hypothesis.objects.get().locked_at == START
    assert AuditEntry.objects.last().act == "finding.added"


def test_interviews_need_no_counts(feature):
    add_finding(
        feature=feature, by=None, now=START, kind="interviews", cohort={"population": "prospects"}, note="12 talks"
    )
    assert Finding.objects.get().trials is None
