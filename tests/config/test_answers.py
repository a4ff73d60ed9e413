"""What is answered is what the OpenAPI schema says; the client of all these tests holds each answer against it."""

import pytest
from django.utils import timezone

from features.models import Allocation, Investment, Rate, Return, Seat, Signal, Tribe
from hypotheses.models import Backfill, Metric, Overlap, Pull, Schedule, Source, Trial, UnitValue, UseReading
from lifecycle.models import Decision, Lesson, LessonEvidence, Retrospective, Review, ReviewItem
from tests.answers import API, Faithful, document, operation
from tests.factories.lives import START, scored, thinking
from tests.factories.rows import booked, saved

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(api, squad, alice, bob, root):
    """One feature that was killed after its release, one that is due, and at least one row of everything else."""
    ended = thinking(squad, alice, name="Gone").reach("ship_it", 5)
    ended.call()
    ended.decide("kill")
    due = thinking(squad, alice, name="Waits", owner=alice)
    due.find()
    due.call()
    saved(Decision, imported=True, by=None, feature=due.feature)
    booked(Investment, feature=due.feature, amount=None, amount_base=None, person_days=2)
    saved(Allocation, squad=squad, feature=due.feature, changed_by=alice)
    saved(Seat, squad=squad, set_by=alice)
    for whose in (None, squad):
        saved(Rate, squad=whose, set_by=alice)
    saved(Signal, feature=due.feature, recorded_by=alice)
    saved(UseReading, feature=due.feature, metric=Metric.objects.get(key="reorder-rate"))
    saved(UnitValue, metric=Metric.objects.get(key="reorder-rate"), owner=alice, set_by=alice)
    booked(Return, feature=due.feature, recorded_by=alice)
    schedule = saved(Schedule, metric=Metric.objects.get(key="reorder-rate"))
    saved(Pull, schedule=schedule)
    saved(Backfill, schedule=schedule)
    review = saved(Review, quarter="2026-Q1")
    saved(ReviewItem, review=review, feature=due.feature, gate=due.gate, squad=squad)
    found = scored(due, by=bob)
    saved(Overlap, trial=Trial.objects.filter(feature=ended.feature).get())
    published = saved(Retrospective, feature=due.feature)
    saved(LessonEvidence, lesson=saved(Lesson, retrospective=published))
    return {
        "key": due.feature.key, "gone": ended.feature.key, "gate": due.gate.pk,
        "trial": Trial.objects.filter(feature=ended.feature).get().key, "round": found.pk,
    }  # fmt: skip


def test_every_address_answers_as_the_schema_says(house, api, alice):
    reading = {
        "features": house["key"], "gates": house["gate"], "metrics": "reorder-rate", "trials": house["trial"],
        "sources": Source.objects.get().key, "squads": "checkout", "tribes": "commerce",
        "decisions": Decision.objects.filter(imported=True).get().pk, "lessons": Lesson.objects.get().pk,
        "backfills": Backfill.objects.get().pk,
        "goals": "reach", "rounds": house["round"],
    }  # fmt: skip
    client, paths = api(alice), [path for path, methods in document()["paths"].items() if "get" in methods]
    for path in paths:
        kind = path.removeprefix(API).split("/")[0]
        own = path.format(key=reading.get(kind), id=reading.get(kind), slug=reading.get(kind), quarter="2026-Q1")
        answer = client.get(own, {"percent": 5} if path.endswith("check/") else {})
        assert answer.status_code == 200, (own, answer.content)
        if "results" in (shown := answer.json()):
            assert shown["results"], f"{own} shows no row, so nothing was compared"


def test_what_has_ended_answers_as_the_schema_says(house, api, alice):
    client = api(alice)
    for part in (
        "",
        "exposure/",
        "removal/",
        "retrospective/",
        "kin/",
        "ladder/",
        "evidence/",
        "curve/?interval=month",
    ):
        assert client.get(f"{API}features/{house['gone']}/{part}").status_code == 200
    for row in client.get(f"{API}gates/").json()["results"]:
        assert client.get(f"{API}gates/{row['id']}/").status_code == 200


def test_each_thing_that_is_changed_has_an_etag_and_refuses_a_stale_one(house, api, root):
    of = {"metrics": "reorder-rate", "trials": house["trial"], "sources": Source.objects.get().key}
    of |= {"features": house["key"], "squads": "checkout", "tribes": "commerce", "goals": "reach"}
    bodies = {"trials": {"ended_at": timezone.now().isoformat()}, "ladder": {"steps": [{"percent": 50}]}}
    bodies |= {"removal": {"plan": "Drop the flag."}, "retrospective": {"went_well": "Much."}}
    bodies |= {"use": {"adoption": "reorder-rate"}}
    client, tried = api(root), 0
    for path, methods in document()["paths"].items():
        for method in {"put", "patch"} & set(methods):
            kind = path.removeprefix(API).split("/")[0]
            own = path.format(key=of[kind], slug=of[kind])
            body = bodies.get(path.split("/")[-2], bodies.get(kind)) or {"name": "Else"}
            assert client.get(own)["ETag"], own
            stale = getattr(client, method)(own, body, headers={"If-Match": '"9999.0"'})
            assert (stale.status_code, stale.json()["code"]) == (412, "changed_meanwhile"), own
            tried += 1
    assert tried >= 8


@pytest.mark.parametrize("kind", ["investments", "returns"])
def test_one_entry_answers_with_itself_and_a_list_with_its_counts(house, api, alice, kind):
    row = {"feature": house["key"], "on": START.date().isoformat(), "amount": "5.00"}
    row |= {"category": "people"} if kind == "investments" else {}
    for is_list, shown in ((False, "revision"), (True, "unchanged")):
        sent = {**row, "external_id": f"list {is_list}"}
        for status in (201, 200):
            answer = api(alice).post(f"{API}{kind}/", [sent] if is_list else sent)
            assert (answer.status_code, shown in answer.json()) == (status, True), answer.content


def test_an_answer_that_the_schema_does_not_know_fails_a_test(api, alice, monkeypatch):
    """The guard itself: a null where none is declared, a member too many, a member too few."""
    tribe = saved(Tribe)
    for fault in ({"name": None}, {"colour": "red"}):
        shown = "features.api.squads.TribeSerializer.to_representation"
        monkeypatch.setattr(shown, lambda self, row, f=fault: {"slug": tribe.slug, "name": "T", "leaders": [], **f})
        with pytest.raises(AssertionError, match="tribes/"):
            api(alice).get(f"{API}tribes/")
    assert isinstance(api(alice), Faithful)
    assert operation(f"{API}audit/verify/", "get")["operationId"] != operation(f"{API}audit/", "get")["operationId"]
