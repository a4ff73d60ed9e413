"""A file that somebody has uploaded and looked at, before it is written into the ledger."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from features.models.constraints import not_blank


class Draft(models.Model):
    """An uploaded file with its preview, until it is recorded or forgotten. It is recorded once.

    `kind` names the importer that reads it, `options` what was chosen with it, `outcome` what recording it came to.
    """

    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    text = models.TextField()
    options = models.JSONField(default=dict)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(null=True)
    outcome = models.JSONField(default=dict)

    class Meta:
        db_table = "draft"
        ordering = ("-uploaded_at", "-id")
        constraints = [
            not_blank("kind", name="draft_kind_given"),
            models.CheckConstraint(
                condition=Q(recorded_at__isnull=True) | Q(recorded_at__gte=F("uploaded_at")),
                name="draft_recorded_after_upload",
            ),
        ]

    def __str__(self) -> str:
        return self.name
