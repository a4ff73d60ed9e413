"""Killing is work: what is still to be taken out of the product."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from features.models import Feature
from features.models.constraints import one_of, together
from lifecycle.enums import RemovalWork


class Removal(models.Model):
    """How a feature is taken out, and who owns that: a plan before Ship It, work after a kill."""

    feature = models.OneToOneField(Feature, on_delete=models.PROTECT, related_name="removal")
    plan = models.TextField(blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="removals_owned"
    )
    started_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "removal"
        constraints = [
            models.CheckConstraint(
                condition=Q(completed_at__isnull=True)
                | Q(started_at__isnull=False, completed_at__gte=models.F("started_at")),
                name="removal_completed_after_started",
            )
        ]

    def __str__(self) -> str:
        return f"removal of {self.feature}"


class RemovalStep(models.Model):
    """One part of the work, and who confirmed that it is done."""

    removal = models.ForeignKey(Removal, on_delete=models.PROTECT, related_name="steps")
    work = models.CharField(max_length=20)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.TextField(blank=True)

    class Meta:
        db_table = "removal_step"
        ordering = ("removal_id", "id")
        constraints = [
            models.UniqueConstraint(fields=["removal", "work"], name="removal_step_once"),
            one_of("work", RemovalWork, name="removal_work_known"),
            together("done_at", "done_by", name="removal_step_done_by_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.work} of {self.removal}"
