"""Looking back over REST: the retrospective of an end, the library, its evidence, and the kin."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lifecycle.models import Lesson
from tests.factories.rows import saved

pytestmark = pytest.mark.django_db

LESSON = {"kind": "customers", "statement": "Paper tests beat polished clickdummies.", "in_library": False}
BODY = {
    "went_well": "We stopped after four weeks.",
    "went_wrong": "Bob forgot to ask the warehouse.",
    "could_go_better": "Ask sooner.",
    "lessons": [LESSON],
}


@pytest.fixture
def killed(life):
    life.decide("kill")
    return life


@pytest.fixture
def published(killed):
    assert killed.alice.put(f"{killed.path}retrospective/", BODY | {"publish": True}).status_code == 200
    return killed


class TestRetrospective:
    def test_it_is_there_with_its_story_once_the_feature_has_ended(self, life):
        assert life.alice.get(f"{life.path}retrospective/").status_code == 404
        life.decide("kill", reason="Nobody wanted it.")
        shown = life.alice.get(f"{life.path}retrospective/").json()
        assert (shown["owed"], shown["ending"]) == (True, "killed")
        (chapter,) = shown["story"]
        assert (chapter["outcome"], chapter["reason"]) == ("kill", "Nobody wanted it.")
        assert chapter["came_out"]["fate"] == "ended"
        assert "alice" not in str(chapter)

    def test_a_draft_a_lost_race_and_a_warning_that_refuses_nothing(self, killed):
        read = killed.alice.get(f"{killed.path}retrospective/")
        saved_ = killed.alice.put(f"{killed.path}retrospective/", BODY, headers={"If-Match": read["ETag"]})
        assert saved_.status_code == 200
        (warning,) = saved_.json()["warnings"]
        assert (warning["field"], warning["name"]) == ("went_wrong", "Bob")
        lost = killed.bob.put(f"{killed.path}retrospective/", BODY, headers={"If-Match": read["ETag"]})
        assert (lost.status_code, lost.json()["code"]) == (412, "changed_meanwhile")

    def test_publishing_refuses_what_is_open_and_names_it(self, killed):
        body = BODY | {"publish": True, "went_well": "", "lessons": [{"kind": "luck", "statement": "Hm."}]}
        refused = killed.alice.put(f"{killed.path}retrospective/", body)
        fields = {error["field"] for error in refused.json()["errors"]}
        assert refused.status_code == 400
        assert fields == {"went_well", "lessons.0.kind", "lessons.0.in_library"}

    def test_published_it_keeps_its_revisions(self, published):
        lesson = Lesson.objects.get().pk
        body = BODY | {"went_wrong": "Nobody asked the warehouse.", "lessons": [LESSON | {"id": lesson}]}
        shown = published.alice.put(f"{published.path}retrospective/", body).json()
        assert [revision["body"]["went_wrong"] for revision in shown["revisions"]] == [
            "Bob forgot to ask the warehouse.",
            "Nobody asked the warehouse.",
        ]
        assert (shown["owed"], shown["warnings"]) == (False, [])

    def test_what_is_owed_is_listed(self, killed):
        (row,) = killed.alice.get("/api/v1/owed/retrospectives/").json()["results"]
        assert (row["feature"], row["begun"]) == ("one-tap", False)
        killed.alice.put(f"{killed.path}retrospective/", BODY | {"publish": True})
        assert killed.alice.get("/api/v1/owed/retrospectives/").json()["results"] == []


class TestLibrary:
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("search=polish", 1),
            ("search=tested papers", 1),
            ("search=the paper, of course", 0),
            ("search=one-tap", 1),
            ("search=" + "%22 OR * NEAR(", 0),
            ("search=!!!", 0),
            ("kind=customers&status=emerging&outcome=killed", 1),
            ("kind=team", 0),
            ("squad=checkout&tribe=commerce&feature=one-tap", 1),
            ("metric=reorder-rate", 0),
            ("tag=none", 0),
        ],
    )
    def test_it_is_searched_and_narrowed(self, published, query, found):
        answer = published.alice.get(f"/api/v1/lessons/?{query}")
        assert (answer.status_code, len(answer.json()["results"])) == (200, found)

    def test_a_reworded_lesson_is_found_by_its_new_words_only(self, published):
        Lesson.objects.update(statement="Waiting lists are not demand.")
        assert len(published.alice.get("/api/v1/lessons/?search=waiting").json()["results"]) == 1
        assert published.alice.get("/api/v1/lessons/?search=polished").json()["results"] == []

    def test_unknown_filters_are_refused(self, published):
        assert published.alice.get("/api/v1/lessons/?kind=luck").status_code == 400
        assert published.alice.get("/api/v1/lessons/?colour=red").status_code == 400
        assert published.alice.get("/api/v1/lessons/999/").status_code == 404

    def test_one_row_and_many_cost_the_same_queries(self, published):
        def queries():
            with CaptureQueriesContext(
                connection,
            ) as seen:
                assert published.alice.get("/api/v1/lessons/?search=paper&metric=x").status_code == 200
                assert published.alice.get("/api/v1/lessons/").status_code == 200
            return len(seen)

        one = queries()
        for _ in range(3):
            saved(Lesson, statement="Paper again.")
        assert queries() == one


class TestEvidence:
    def test_the_status_follows_from_it(self, published):
        lesson = f"/api/v1/lessons/{Lesson.objects.get().pk}/"
        for number in (1, 2, 3):
            body = {"side": "for", "url": f"https://example.org/{number}", "note": "Seen there too."}
            assert published.bob.post(f"{lesson}evidence/", body).status_code == 201
        assert published.alice.get(lesson).json()["status"] == "confirmed"
        own = {"side": "against", "feature": "one-tap", "note": "Here it was the other way."}
        shown = published.alice.post(f"{lesson}evidence/", own).json()
        assert (shown["feature"], shown["by"], shown["url"]) == ("one-tap", "alice", "")
        assert published.alice.get(lesson).json()["status"] == "confirmed"

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"side": "maybe", "note": "x", "url": "https://example.org"}, "side"),
            ({"side": "for", "note": " ", "url": "https://example.org"}, "note"),
            ({"side": "for", "note": "x"}, "feature"),
            ({"side": "for", "note": "x", "feature": "nothing"}, "feature"),
            ({"side": "for", "note": "x", "decision": 999}, "decision"),
            ({"side": "for", "note": "x", "url": "javascript:alert(1)"}, "url"),
        ],
    )
    def test_bad_evidence_is_refused(self, published, body, field):
        path = f"/api/v1/lessons/{Lesson.objects.get().pk}/evidence/"
        refused = published.alice.post(path, body)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, field)
        assert published.alice.get(path).json()["results"] == []


class TestKin:
    def test_a_new_feature_shows_them_and_its_squad_acknowledges(self, published):
        body = {"key": "two-tap", "name": "Two-tap reorder", "squad": "checkout"}
        assert published.alice.post("/api/v1/features/", body).status_code == 201
        path, gate = "/api/v1/features/two-tap/kin/", "/api/v1/features/two-tap/"
        shown = published.alice.get(path).json()
        assert [(row["because"], row["read"]) for row in shown["lessons"]] == [(["speaks of the same"], False)]
        rules = f"/api/v1/gates/{published.alice.get(gate).json()['gate']['id']}/"

        def rule():
            found = published.alice.get(rules).json()["rules"]
            return next((one["level"], one["met"]) for one in found if one["code"] == "kin_lessons_read")

        assert rule() == ("should", False)
        assert [published.alice.post(path, {}).status_code for _ in range(2)] == [201, 200]
        assert rule() == ("should", True)
        assert published.alice.get(path).json()["read_by"] == "alice"

    def test_there_may_be_none_and_it_may_be_none_of_yours(self, published, api, mallory):
        published.alice.post("/api/v1/features/", {"key": "other", "name": "Zebra", "squad": "checkout"})
        nothing = published.alice.post("/api/v1/features/other/kin/", {})
        assert (nothing.status_code, nothing.json()["code"]) == (409, "no_kin")
        assert api(mallory).post("/api/v1/features/other/kin/", {}).status_code == 403
        assert published.alice.post(f"{published.path}kin/", {}).json()["code"] == "feature_ended"


def test_the_repeat_rate_counts_what_the_library_had_already(published):
    figures = published.alice.get("/api/v1/portfolio/learning/?from=2020-01-01&to=2100-01-01").json()
    assert (figures["lessons"], figures["repeated"], figures["repeat_rate"], figures["owed"]) == (1, 0, 0.0, 0)
    body = {"key": "two-tap", "name": "Two-tap reorder", "squad": "checkout"}
    published.alice.post("/api/v1/features/", body)
    published.alice.post("/api/v1/features/two-tap/kin/", {})
    gate = published.alice.get("/api/v1/features/two-tap/").json()["gate"]["id"]
    published.alice.post(f"/api/v1/gates/{gate}/call/", {"reason": "Enough."})
    published.alice.post(f"/api/v1/gates/{gate}/decision/", {"outcome": "kill", "reason": "No."})
    again = [LESSON | {"in_library": True, "repeats": Lesson.objects.get().pk}]
    written = published.alice.put("/api/v1/features/two-tap/retrospective/", BODY | {"lessons": again, "publish": True})
    assert written.status_code == 200, written.content
    figures = published.alice.get("/api/v1/portfolio/learning/?from=2020-01-01&to=2100-01-01").json()
    assert (figures["lessons"], figures["repeated"], figures["read_before"], figures["repeat_rate"]) == (2, 1, 1, 0.5)
