"""What people are told: written with the act, delivered later."""

from django.db import models
from django.db.models import Q

from features.models.constraints import one_of
from lifecycle.enums import Escalation
from lifecycle.models.gate import Gate


class Notice(models.Model):
    """One message about one waiting gate to one level: squad when it falls due, then tribe, then leadership.

    It is at once the outbox (until `delivered_at`) and the record of who was told when.
    """

    gate = models.ForeignKey(Gate, on_delete=models.PROTECT, related_name="notices")
    level = models.CharField(max_length=12)
    at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        db_table = "notice"
        ordering = ("at", "id")
        constraints = [
            models.UniqueConstraint(fields=["gate", "level"], name="notice_once"),
            one_of("level", Escalation, name="notice_level_known"),
        ]
        # the outbox
        indexes = [models.Index(fields=["at"], condition=Q(delivered_at__isnull=True), name="notice_outbox")]

    def __str__(self) -> str:
        return f"{self.level}: {self.gate}"
