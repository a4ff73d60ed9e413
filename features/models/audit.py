"""The history that cannot be rewritten unseen."""

from django.conf import settings
from django.db import models

from features.models.constraints import not_blank, within


class AuditEntry(models.Model):
    """One act, chained to the one before it: `digest` = SHA-256 over the previous digest and this entry's content."""

    number = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=150)
    act = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    body = models.JSONField(default=dict)
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        db_table = "audit_entry"
        ordering = ("number",)
        constraints = [
            within("number", 1, name="audit_number_from_one"),
            not_blank("act", name="audit_act_given"),
            not_blank("digest", name="audit_digest_given"),
        ]
        # the story of one subject, oldest first
        indexes = [models.Index(fields=["subject", "number"], name="audit_subject")]

    def __str__(self) -> str:
        return f"{self.number} {self.act} {self.subject}"


class AuditHead(models.Model):
    """The end of the chain: one row, locked by whoever appends, so that entries stand in one order.

    It also makes a cut-off tail visible: its number and digest must be those of the last entry.
    """

    number = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        db_table = "audit_head"
        constraints = [within("id", 1, 1, name="audit_head_single_row")]

    def __str__(self) -> str:
        return f"audit up to {self.number}"
