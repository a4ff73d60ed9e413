"""Looking back at an end: opened by itself, written together as a draft, published with every version kept."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from features.models import Feature
from features.models.constraints import one_of, together, within
from lifecycle.enums import Ending
from lifecycle.models.decision import Decision


class Retrospective(models.Model):
    """What one end of a feature has taught. Owed from `opened_at` until `published_at`; the feature waits for neither.

    A feature owes one at most: an end that comes while an earlier one is owed takes it over (`ending`, `decision`).
    `draft` holds the lessons as they are being written, a list of {kind, statement, detail, repeats}; publishing turns
    them into rows. `version` counts what was saved, so that two people do not overwrite each other.
    """

    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="retrospectives")
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, null=True, related_name="retrospective")
    ending = models.CharField(max_length=8)
    opened_at = models.DateTimeField()
    went_well = models.TextField(blank=True)
    went_wrong = models.TextField(blank=True)
    could_go_better = models.TextField(blank=True)
    draft = models.JSONField(default=list)
    written_at = models.DateTimeField(null=True)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "retrospective"
        ordering = ("-opened_at", "-id")
        constraints = [
            one_of("ending", Ending, name="retrospective_ending_known"),
            models.UniqueConstraint(
                fields=["feature"], condition=Q(published_at__isnull=True), name="retrospective_one_owed"
            ),
            together("written_at", "written_by", name="retrospective_written_whole"),
            together("published_at", "published_by", name="retrospective_published_whole"),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True)
                | (~Q(went_well="") & ~Q(went_wrong="") & ~Q(could_go_better="")),
                name="retrospective_published_says_all",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True) | Q(published_at__gte=F("opened_at")),
                name="retrospective_published_after_opened",
            ),
            within("version", 1, name="retrospective_version_from_one"),
        ]
        indexes = [
            # what is owed, the longest first
            models.Index(fields=["opened_at"], condition=Q(published_at__isnull=True), name="retrospective_owed"),
            # the page of a feature: its latest end
            models.Index(fields=["feature", "-opened_at"], name="retrospective_of_feature"),
        ]

    def __str__(self) -> str:
        return f"retrospective of {self.feature} ({self.ending})"


class RetrospectiveRevision(models.Model):
    """A retrospective as it was published, whole: its texts and its lessons. Append-only, kept by a database trigger.

    `number` 1 is what was published first; each later change is one more.
    """

    retrospective = models.ForeignKey(Retrospective, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    body = models.JSONField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "retrospective_revision"
        ordering = ("retrospective_id", "number")
        constraints = [
            models.UniqueConstraint(fields=["retrospective", "number"], name="retrospective_revision_once"),
            within("number", 1, name="retrospective_revision_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.retrospective}, revision {self.number}"


class KinReading(models.Model):
    """Somebody of a squad acknowledged that these lessons (ids) of the feature's kin were read, before work began."""

    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="kin_readings")
    lessons = models.JSONField()
    note = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "kin_reading"
        ordering = ("feature_id", "id")

    def __str__(self) -> str:
        return f"{self.by} read {len(self.lessons)} lessons for {self.feature}"
