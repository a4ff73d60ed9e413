"""What was learnt, and what speaks for and against it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from features.models import Feature
from features.models.constraints import not_blank, one_of
from lifecycle.enums import LessonKind, LessonStatus, Side
from lifecycle.models.decision import Decision
from lifecycle.models.retrospective import Retrospective


class Lesson(models.Model):
    """One lesson of a published retrospective. It is never deleted: what turns out wrong is rejected by evidence.

    `about` repeats the feature's name, summary and tags for the search. `repeats` is the lesson that was in the library
    already when this one was learnt again; None: it was new. `status` follows from the evidence alone.
    """

    retrospective = models.ForeignKey(Retrospective, on_delete=models.PROTECT, related_name="lessons")
    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="lessons")
    kind = models.CharField(max_length=9)
    statement = models.CharField(max_length=300)
    detail = models.TextField(blank=True)
    about = models.TextField(blank=True)
    repeats = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="repeated_by")
    status = models.CharField(max_length=9, default=LessonStatus.EMERGING)
    learnt_at = models.DateTimeField()

    class Meta:
        db_table = "lesson"
        ordering = ("-id",)
        constraints = [
            one_of("kind", LessonKind, name="lesson_kind_known"),
            one_of("status", LessonStatus, name="lesson_status_known"),
            not_blank("statement", name="lesson_statement_given"),
            models.CheckConstraint(
                condition=Q(repeats__isnull=True) | ~Q(repeats=F("id")), name="lesson_repeats_another"
            ),
        ]
        indexes = [
            # the library, narrowed to a kind or a status, newest first
            models.Index(fields=["kind", "-id"], name="lesson_by_kind"),
            models.Index(fields=["status", "-id"], name="lesson_by_status"),
            # how often what was known is learnt again, in a period
            models.Index(fields=["learnt_at"], name="lesson_learnt"),
        ]

    def __str__(self) -> str:
        return self.statement


class LessonEvidence(models.Model):
    """One thing that speaks for a lesson or against it: a feature, a decision or a link. Append-only.

    `feature` is also given where a decision is: the one it was made on.
    """

    lesson = models.ForeignKey(Lesson, on_delete=models.PROTECT, related_name="evidence")
    side = models.CharField(max_length=7)
    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, null=True, related_name="+")
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, null=True, related_name="+")
    url = models.URLField(max_length=500, blank=True)
    note = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "lesson_evidence"
        ordering = ("lesson_id", "id")
        verbose_name_plural = "lesson evidence"
        constraints = [
            one_of("side", Side, name="lesson_evidence_side_known"),
            not_blank("note", name="lesson_evidence_note_given"),
            models.CheckConstraint(
                condition=Q(feature__isnull=False) | ~Q(url=""), name="lesson_evidence_points_somewhere"
            ),
            models.CheckConstraint(
                condition=Q(decision__isnull=True) | Q(feature__isnull=False),
                name="lesson_evidence_decision_of_feature",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.side} “{self.lesson}”"
