"""Looking back on a page: the story is there, drafts do not overwrite each other, blame is shown, nothing is lost."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lifecycle.models import Lesson, LessonEvidence, Retrospective
from tests.factories import lives
from tests.factories.rows import saved

pytestmark = pytest.mark.django_db

FORM = {
    "went_well": "We stopped early.", "went_wrong": "We asked friends.", "could_go_better": "Ask sooner.",
    "statement_0": "Paper beats clicks.", "kind_0": "customers", "library_0": "new", "detail_0": "",
}  # fmt: skip


@pytest.fixture
def killed(idea):
    idea.call()
    idea.decide("kill", reason="Nobody wanted it.")
    return idea


@pytest.fixture
def path(killed):
    return f"/features/{killed.feature.key}/retrospective/"


class TestTheStory:
    def test_it_is_filled_in_and_names_nobody(self, at, alice, path):
        alice.first_name, alice.last_name = "Alicia", "Keen"
        alice.save()
        shown = at(alice).get(path).content.decode()
        story = shown.split("The story")[1].split("</section>")[0]
        assert "Nobody wanted it." in story
        assert "Alicia" not in story

    def test_a_feature_that_goes_on_says_when_one_opens(self, at, alice, squad):
        going = lives.thinking(squad, alice, name="Goes on")
        answer = at(alice).get(f"/features/{going.feature.key}/retrospective/")
        assert (answer.status_code, "opens by itself" in answer.content.decode()) == (404, True)

    def test_everybody_reads_and_only_the_squad_writes(self, at, mallory, path):
        assert "Save the draft" not in at(mallory).get(path).content.decode()
        refused = at(mallory).post(path, FORM | {"act": "save", "after": 1})
        assert refused.status_code == 403
        assert Retrospective.objects.get().written_at is None


class TestWriting:
    def test_a_draft_is_kept_and_shown_again(self, at, alice, path):
        assert at(alice).post(path, {"went_well": "Half a thought", "act": "save", "after": 1}).status_code == 302
        assert "Half a thought" in at(alice).get(path).content.decode()
        assert "begun" in at(alice).get("/owed/").content.decode()

    def test_two_people_at_once_lose_nothing(self, at, alice, bob, path):
        at(alice).post(path, FORM | {"act": "save", "after": 1})
        lost = at(bob).post(path, FORM | {"went_well": "Bob’s own words", "act": "save", "after": 1})
        shown = lost.content.decode()
        assert lost.status_code == 412
        assert "Bob’s own words" in shown
        assert "What stands now" in shown
        assert 'name="after" value="2"' in shown
        assert Retrospective.objects.get().went_well == "We stopped early."
        assert at(bob).post(path, FORM | {"went_well": "Both", "act": "save", "after": 2}).status_code == 302

    def test_what_is_missing_is_named_where_it_is_and_kept(self, at, alice, path):
        sent = FORM | {"act": "publish", "after": 1, "went_wrong": "", "library_0": ""}
        answer = at(alice).post(path, sent)
        shown = answer.content.decode()
        assert answer.status_code == 400
        assert "Say what went wrong" in shown
        assert "Was this already in the library?" in shown
        assert "Paper beats clicks." in shown
        assert not Lesson.objects.exists()

    def test_published_it_shows_its_lessons_and_a_revision_keeps_the_first(self, at, alice, path):
        assert at(alice).post(path, FORM | {"act": "publish", "after": 1}).status_code == 302
        lesson = Lesson.objects.get()
        assert f"/lessons/{lesson.pk}/" in at(alice).get(path).content.decode()
        again = FORM | {"id_0": lesson.pk, "went_well": "We stopped in time.", "act": "publish", "after": 2}
        assert at(alice).post(f"{path}?write=1", again).status_code == 302
        shown = at(alice).get(path).content.decode()
        assert "We stopped early." in shown
        assert "We stopped in time." in shown


class TestBlame:
    def test_it_is_shown_once_with_the_draft_saved_and_then_published_as_it_stands(self, at, alice, path):
        sent = FORM | {"went_wrong": "Alice forgot the warehouse.", "act": "publish", "after": 1}
        asked = at(alice).post(path, sent).content.decode()
        assert "once more" in asked
        assert "What made it likely" in asked
        found = Retrospective.objects.get()
        assert (found.published_at, found.went_wrong) == (None, "Alice forgot the warehouse.")
        mark = asked.split('name="read_again" value="')[1].split('"')[0]
        at(alice).post(path, sent | {"after": found.version, "read_again": mark})
        assert Retrospective.objects.get().published_at is not None

    def test_a_name_without_blame_and_blame_without_a_name_pass(self, at, alice, path):
        kind = {"went_well": "Alice asked the warehouse.", "went_wrong": "We forgot the warehouse."}
        assert at(alice).post(path, FORM | kind | {"act": "publish", "after": 1}).status_code == 302


class TestLibrary:
    @pytest.fixture
    def lessons(self, killed):
        of = saved(Retrospective, feature=killed.feature)
        return [saved(Lesson, retrospective=of, statement=f"Lesson number {n} about paper.") for n in range(70)]

    def test_pages_are_found_by_id_and_keep_what_was_asked(self, at, alice, lessons):
        first = at(alice).get("/lessons/?search=papers&kind=team").content.decode()
        assert "Lesson number 69 " in first
        older = f"before={lessons[40].pk}"
        assert older in first
        assert "kind=team" in first.split(older)[0].rsplit('href="', 1)[1]
        last = at(alice).get(f"/lessons/?before={lessons[10].pk}").content.decode()
        assert "Lesson number 0 " in last
        assert "The oldest" in last
        newer = at(alice).get(f"/lessons/?after={lessons[39].pk}").content.decode()
        assert "Lesson number 69 " in newer
        assert "The newest" in newer

    def test_it_may_be_empty_or_nothing_may_fit(self, at, alice, squad):
        assert "No lesson yet" in at(alice).get("/lessons/").content.decode()

    def test_odd_questions_are_answered(self, at, alice, lessons):
        for odd in ("search=%00", "kind=luck", "before=x", "after=99999999999", 'search="*(', "search=zebra"):
            assert at(alice).get(f"/lessons/?{odd}").status_code == 200
        assert "No lesson fits" in at(alice).get("/lessons/?search=zebra").content.decode()

    def test_more_lessons_cost_no_more_queries(self, at, alice, killed):
        def queries(path):
            browser = at(alice)
            with CaptureQueriesContext(connection) as seen:
                browser.get(path)
            return len(seen)

        of = saved(Retrospective, feature=killed.feature)
        saved(Lesson, retrospective=of)
        few = [queries("/lessons/"), queries("/lessons/wall/"), queries("/owed/")]
        for _ in range(3):
            saved(Lesson, retrospective=saved(Retrospective))
            saved(Retrospective, published_at=None)
        assert [queries("/lessons/"), queries("/lessons/wall/"), queries("/owed/")] == few

    def test_evidence_is_added_once_and_bad_evidence_keeps_what_was_typed(self, at, alice, lessons):
        path = f"/lessons/{lessons[0].pk}/"
        refused = at(alice).post(path, {"side": "for", "note": "Seen at the fair."})
        assert (refused.status_code, "Seen at the fair." in refused.content.decode()) == (400, True)
        sent = {"side": "against", "note": "Not at the fair.", "url": "https://example.org/", "token": "a"}
        assert [at(alice).post(path, sent).status_code for _ in range(2)] == [302, 302]
        assert LessonEvidence.objects.count() == 1
        assert "Not at the fair." in at(alice).get(path).content.decode()
        assert at(alice).get("/lessons/99999/").status_code == 404


class TestTheWall:
    def test_it_turns_by_itself_only_when_asked_and_names_nobody(self, at, alice, killed):
        for number in range(7):
            saved(Lesson, feature=killed.feature, statement=f"Lesson {number}.")
        still = at(alice).get("/lessons/wall/")
        assert "Refresh" not in still
        turning = at(alice).get("/lessons/wall/?every=20&page=2")
        assert turning["Refresh"] == "20; url=/lessons/wall/?every=20"
        assert at(alice).get("/lessons/wall/?every=1")["Refresh"].startswith("10;")
        assert "alice" not in still.content.decode().lower()

    def test_rejected_and_repeated_lessons_are_not_on_it(self, at, alice):
        first = saved(Lesson, statement="Stands.")
        saved(Lesson, statement="Again.", repeats=first)
        saved(Lesson, statement="Was wrong.", status="rejected")
        shown = at(alice).get("/lessons/wall/").content.decode()
        assert ("Stands." in shown, "Again." in shown, "Was wrong." in shown) == (True, False, False)


class TestKin:
    def test_a_new_feature_shows_them_until_they_are_read(self, at, alice, mallory, killed, squad):
        saved(Lesson, feature=killed.feature, statement="Paper beats clicks.", about="One-tap reorder")
        new = lives.thinking(squad, alice, name="Two-tap reorder")
        path = f"/features/{new.feature.key}/"
        assert "We have read it" in at(alice).get(path).content.decode()
        assert "We have read it" not in at(mallory).get(path).content.decode()
        refused = at(mallory).post(f"{path}kin/", follow=True).content.decode()
        assert "belongs to the squad" in refused
        assert "Read by" in at(alice).post(f"{path}kin/", follow=True).content.decode()

    def test_a_successor_is_registered_with_what_its_predecessor_taught(self, at, alice, killed):
        saved(Lesson, feature=killed.feature, statement="Paper beats clicks.")
        shown = at(alice).get(f"/features/new/?succeeds={killed.feature.key}").content.decode()
        assert "Paper beats clicks." in shown
