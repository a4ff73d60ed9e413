"""Every end owes a retrospective: it opens by itself, is written together, and stays on record once it is published."""

import pytest
from django.db import DatabaseError, transaction

from features.enums import Status
from features.errors import BadInput, Conflict, Forbidden, LostRace
from features.models import AuditEntry
from lifecycle.actions.removing import confirm_removal_step
from lifecycle.actions.retrospecting import write_retrospective
from lifecycle.enums import RemovalWork
from lifecycle.models import Lesson, LessonEvidence, Retrospective, RetrospectiveRevision
from lifecycle.queries.retrospectives import latest_of, owed
from tests.factories import lives

pytestmark = pytest.mark.django_db

NEW = {"kind": "customers", "statement": "Paper beats clicks.", "detail": "Ask first.", "in_library": False}
TEXTS = {"went_well": "We stopped early.", "went_wrong": "We asked friends.", "could_go_better": "Ask sooner."}


@pytest.fixture
def killed(squad, alice):
    life = lives.thinking(squad, alice, name="Gift wrapping")
    life.call()
    life.decide("kill")
    return life


def write(life, **changed):
    given = {"by": life.by, "now": life.now, **TEXTS, "lessons": [NEW], **changed}
    return write_retrospective(feature=life.feature, **given)


class TestOpening:
    def test_a_kill_opens_it_in_the_decision_and_the_status_does_not_wait(self, killed):
        (found,) = owed()
        assert (found.feature, found.ending, found.since) == (killed.feature.key, "killed", killed.now.date())
        assert killed.feature.status == Status.ENDED
        assert latest_of(feature=killed.feature).decision.outcome == "kill"
        assert AuditEntry.objects.filter(act="retrospective.opened").count() == 1

    def test_moving_on_opens_it_and_keeping_does_not(self, squad, alice, bob):
        life = lives.thinking(squad, alice, name="Reorder").reach("tweak_it")
        assert not owed()
        life.reach("maintain_it")
        (found,) = owed()
        assert found.ending == "moved_on"
        write(life, publish=True)
        life.wait(1)
        life.call()
        life.decide("advance")
        assert not owed()

    def test_a_later_end_takes_over_what_is_owed_and_keeps_its_first_day(self, squad, alice):
        life = lives.thinking(squad, alice, name="Reorder").reach("maintain_it")
        since = owed()[0].since
        life.wait(40)
        life.call()
        life.decide("kill")
        (found,) = owed()
        assert (found.ending, found.since) == ("killed", since)

    def test_a_removal_that_is_done_owes_no_second_one(self, squad, alice):
        life = lives.shipping(squad, alice, 1)
        life.call()
        life.decide("kill")
        write(life, publish=True)
        for work in RemovalWork:
            confirm_removal_step(feature=life.feature, work=work, by=alice, now=life.now)
        assert not owed()
        assert Retrospective.objects.count() == 1

    def test_nothing_is_opened_when_the_decision_is_undone(self, squad, alice, monkeypatch):
        life = lives.thinking(squad, alice)
        life.call()
        monkeypatch.setattr("lifecycle.actions.deciding._kill_tweaks", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            life.decide("kill")
        assert not Retrospective.objects.exists()

    def test_a_feature_that_goes_on_has_none(self, squad, alice):
        with pytest.raises(Conflict, match="goes on"):
            write(lives.thinking(squad, alice))


class TestWriting:
    def test_a_draft_may_be_unfinished_and_two_people_do_not_overwrite_each_other(self, killed, bob):
        first = write(killed, went_wrong="", lessons=[{"kind": "team", "statement": "Half a thought"}], after=1)
        assert (first.version, first.published_at, Lesson.objects.count()) == (2, None, 0)
        with pytest.raises(LostRace):
            write(killed, by=bob, after=1)
        assert latest_of(feature=killed.feature).draft[0]["statement"] == "Half a thought"
        assert write(killed, by=bob, after=2).version == 3

    def test_the_same_draft_again_changes_nothing(self, killed):
        write(killed)
        entries = AuditEntry.objects.count()
        assert write(killed).version == 2
        assert AuditEntry.objects.count() == entries

    def test_published_it_is_no_longer_owed_and_its_lessons_are_in_the_library(self, killed):
        write(killed, publish=True)
        assert not owed()
        lesson = Lesson.objects.get()
        assert (lesson.kind, lesson.status, lesson.repeats) == ("customers", "emerging", None)
        assert lesson.about.startswith("Gift wrapping")

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"went_well": " "}, "went_well"),
            ({"went_wrong": ""}, "went_wrong"),
            ({"could_go_better": "\u200b"}, "could_go_better"),
            ({"lessons": []}, "lessons"),
            ({"lessons": [NEW | {"kind": "luck"}]}, "lessons.0.kind"),
            ({"lessons": [NEW | {"statement": ""}]}, "lessons.0.statement"),
            ({"lessons": [NEW | {"statement": "x" * 301}]}, "lessons.0.statement"),
            ({"lessons": [NEW | {"in_library": None}]}, "lessons.0.in_library"),
            ({"lessons": [NEW | {"in_library": True}]}, "lessons.0.repeats"),
            ({"lessons": [NEW | {"repeats": 999}]}, "lessons.0.repeats"),
            ({"lessons": [NEW] * 41}, "lessons"),
            ({"went_well": "x" * 20_001}, "went_well"),
        ],
    )
    def test_what_is_open_is_named_and_nothing_is_published(self, killed, changed, field):
        with pytest.raises(BadInput) as refused:
            write(killed, publish=True, **changed)
        assert field in {error.field for error in refused.value.errors}
        assert owed()
        assert not Lesson.objects.exists()

    def test_strangers_do_not_write(self, killed, mallory):
        with pytest.raises(Forbidden):
            write(killed, by=mallory)


class TestWhatWasPublishedStays:
    def test_a_change_is_a_revision_and_both_are_kept(self, killed, bob):
        write(killed, publish=True)
        lesson = Lesson.objects.get()
        more = [{"id": lesson.pk, **NEW, "statement": "Ask on paper first."}, {**NEW, "kind": "team"}]
        write(killed, by=bob, went_well="We stopped after four weeks.", lessons=more)
        first, second = RetrospectiveRevision.objects.order_by("number")
        assert (first.body["went_well"], second.body["went_well"]) == (
            "We stopped early.",
            "We stopped after four weeks.",
        )
        assert first.body["lessons"][0]["statement"] == "Paper beats clicks."
        assert [one["statement"] for one in second.body["lessons"]] == ["Ask on paper first.", "Paper beats clicks."]
        assert (second.by, Lesson.objects.count()) == (bob, 2)

    def test_the_same_again_is_no_revision(self, killed):
        write(killed, publish=True)
        same = [{"id": Lesson.objects.get().pk, **NEW}]
        write(killed, lessons=same)
        assert RetrospectiveRevision.objects.count() == 1

    def test_a_published_lesson_is_not_taken_away(self, killed):
        write(killed, publish=True)
        with pytest.raises(BadInput, match="was published and stays"):
            write(killed, lessons=[NEW])
        with pytest.raises(BadInput, match="no lesson"):
            write(killed, lessons=[{**NEW, "id": 999}])
        assert Lesson.objects.count() == 1

    def test_the_database_refuses_to_rewrite_a_revision(self, killed):
        write(killed, publish=True)
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            RetrospectiveRevision.objects.update(body={})


class TestWasItInTheLibrary:
    def test_a_repetition_is_evidence_for_the_lesson_it_repeats(self, killed, squad, alice):
        write(killed, publish=True)
        first = Lesson.objects.get()
        again = lives.thinking(squad, alice, name="Gift cards")
        again.call()
        again.decide("kill")
        write(again, publish=True, lessons=[NEW | {"in_library": None, "repeats": first.pk}])
        second = Lesson.objects.exclude(pk=first.pk).get()
        evidence = LessonEvidence.objects.get()
        first.refresh_from_db()
        assert (second.repeats, evidence.lesson, evidence.side, evidence.feature) == (
            first,
            first,
            "for",
            again.feature,
        )
        assert first.status == "supported"

    def test_what_repeats_a_repetition_repeats_the_first(self, killed, squad, alice):
        write(killed, publish=True)
        first = Lesson.objects.get()
        for name in ("Two", "Three"):
            life = lives.thinking(squad, alice, name=name)
            life.call()
            life.decide("kill")
            write(life, publish=True, lessons=[NEW | {"repeats": Lesson.objects.latest("pk").pk}])
        assert set(Lesson.objects.exclude(pk=first.pk).values_list("repeats", flat=True)) == {first.pk}
