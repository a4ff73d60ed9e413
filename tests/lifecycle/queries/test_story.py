"""What a feature's story tells."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from features.models import Feature, Investment, Return, Stint
from hypotheses.models import Evidence, Finding, Hypothesis, Metric, Trial
from lifecycle.models import Consent, Decision, ExposureChange, Gate, GateCause, Removal, RemovalStep
from lifecycle.queries.story import story_of
from tests.factories.rows import booked, person, saved

pytestmark = pytest.mark.django_db
T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOW = T0 + timedelta(days=100)


def day(n):
    return T0 + timedelta(days=n)


@pytest.fixture
def stint() -> Stint:
    stint = saved(Stint, started_at=T0, phase="ship_it", step_percent=25)
    Feature.objects.filter(pk=stint.feature_id).update(created_at=T0, name="One tap")
    stint.feature.refresh_from_db()
    return stint


def lived(stint) -> None:
    feature = stint.feature
    metric = saved(Metric, name="Reorders")
    hypothesis = saved(
        Hypothesis, stint=stint, version=1, change="One tap.", metric=metric, direction="up", created_at=day(1)
    )
    saved(Finding, stint=stint, kind="prototype_test", successes=8, trials=10, at=day(2))
    saved(Trial, feature=feature, key="t", started_at=day(3), ended_at=day(30))
    for n, verdict in ((4, "inconclusive"), (5, "inconclusive"), (6, "validated"), (7, "inconclusive")):
        saved(Evidence, stint=stint, hypothesis=hypothesis, as_of=day(n), verdict=verdict)
    gate = saved(Gate, stint=stint, opened_at=T0, state="decided", due_at=day(8), decided_at=day(10))
    saved(GateCause, gate=gate, cause="time_box", at=day(8))
    saved(GateCause, gate=gate, cause="called", detail="We know enough.", by=person(), at=day(8))
    consent = saved(Consent, gate=gate, at=day(9), rules=["validated"], reason="The market closes.")
    saved(
        Decision, gate=gate, outcome="kill", at=day(10), phase="ship_it", step_percent=25, consent=consent,
        override_reason="Now or never.",
    )  # fmt: skip
    saved(ExposureChange, feature=feature, cause="lowered", from_percent=25, to_percent=5, reason="Errors.", at=day(7))
    saved(ExposureChange, feature=feature, cause="decided", to_percent=0, at=day(10))
    removal = saved(Removal, feature=feature, started_at=day(10))
    saved(RemovalStep, removal=removal, work="code_gone", done_at=day(12), done_by=person())
    tweak = saved(Feature, parent=feature, key="small", name="Small", status="landed", ended_on=date(2026, 4, 1))
    Feature.objects.filter(pk=tweak.pk).update(created_at=day(11))
    Feature.objects.filter(pk=feature.pk).update(released_on=date(2026, 3, 20))
    booked(Investment, feature=feature, stint=stint, on=date(2026, 3, 5))
    booked(Return, feature=feature, on=date(2026, 3, 25), amount=500, amount_base=500)
    feature.refresh_from_db()


def test_a_new_feature_has_a_beginning(stint):
    [event] = story_of(feature=stint.feature, now=NOW)
    assert (event.kind, event.at, event.as_json()["links"]) == ("registered", T0, {"feature": stint.feature.key})


def test_everything_that_happened_is_told_once_and_oldest_first(stint):
    lived(stint)
    told = story_of(feature=stint.feature, now=NOW)
    assert all(a.at <= b.at for a, b in pairwise(told))
    assert [event.kind for event in told] == [
        "registered", "money", "hypothesis", "finding", "trial", "evidence", "evidence", "evidence", "exposure",
        "gate_due", "gate_due", "consent", "decision", "tweak", "removal", "money", "money", "tweak", "trial",
    ]  # fmt: skip
    sentences = [event.what for event in told]
    assert "Hypothesis, version 1: One tap. It is meant to move Reorders up." in sentences
    assert "Exposure was lowered from 25 % to 5 %: Errors." in sentences
    [decision] = [event for event in told if event.kind == "decision"]
    assert decision.what.startswith("Kill, decided in Ship It at 25 %")
    assert "consent" in decision.what


def ended_tweak(stint, on, status="landed"):
    tweak = saved(Feature, parent=stint.feature, key="small", name="Small", status=status, ended_on=on)
    Feature.objects.filter(pk=tweak.pk).update(created_at=day(11))
    return tweak


def whats(stint, now=NOW):
    return [(event.at, event.what) for event in story_of(feature=stint.feature, now=now)]


def test_a_tweak_ends_at_the_moment_of_its_last_decision_and_before_what_that_causes(stint):
    tweak = ended_tweak(stint, date(2026, 3, 14))
    saved(Decision, feature=tweak, at=day(12))
    gate = saved(Gate, stint=stint, opened_at=T0, state="due", due_at=day(12))
    saved(GateCause, gate=gate, cause="tweak_ended", at=day(12), detail="The tweak small landed.")
    told = whats(stint)
    assert [at for at, _ in told] == [T0, day(11), day(12), day(12)]
    assert [what for _, what in told][2] == "The tweak “Small” landed."


def test_a_tweak_that_was_killed_ends_with_its_removal(stint):
    tweak = ended_tweak(stint, date(2026, 3, 15), status="ended")
    saved(Decision, feature=tweak, at=day(12))
    saved(Removal, feature=tweak, started_at=day(12), completed_at=day(13))
    assert (day(13), "The tweak “Small” ended without landing.") in whats(stint)


def test_of_an_imported_end_the_day_is_all_that_is_known(stint):
    ended_tweak(stint, date(2026, 3, 15))
    assert (datetime(2026, 3, 15, tzinfo=UTC), "The tweak “Small” landed.") in whats(stint)


def test_a_feature_ends_after_the_last_part_of_its_removal(stint):
    Feature.objects.filter(pk=stint.feature_id).update(status="ended", ended_on=date(2026, 3, 14))
    stint.feature.refresh_from_db()
    removal = saved(Removal, feature=stint.feature, started_at=day(10), completed_at=day(12))
    saved(RemovalStep, removal=removal, work="code_gone", done_at=day(12), done_by=person())
    assert [what for _, what in whats(stint)][-2:] == [
        "Removal: code gone confirmed.",
        "“One tap” is gone; it was in Think It.",
    ]


def test_what_lies_ahead_is_not_told(stint):
    lived(stint)
    assert [event.kind for event in story_of(feature=stint.feature, now=day(2))] == [
        "registered",
        "money",
        "hypothesis",
        "finding",
    ]


def test_an_imported_feature_says_where_it_comes_from(stint):
    Feature.objects.filter(pk=stint.feature_id).update(imported=True, native={"dataset": "kep"})
    stint.feature.refresh_from_db()
    assert "imported from kep" in story_of(feature=stint.feature, now=NOW)[0].what


def test_the_number_of_queries_does_not_grow(stint, django_assert_max_num_queries):
    lived(stint)
    with django_assert_max_num_queries(24):
        story_of(feature=stint.feature, now=NOW)
    for n in range(3):
        saved(GateCause, gate=stint.gate, cause="evidence", key=str(n))
        saved(Finding, stint=stint)
    with django_assert_max_num_queries(24):
        story_of(feature=stint.feature, now=NOW)
