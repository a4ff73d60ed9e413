"""What was answered to a write that carried an `Idempotency-Key`."""

from django.conf import settings
from django.db import models

from features.models.constraints import not_blank


class Reply(models.Model):
    """One answer, kept so that the same request sent again is answered again and not done again.

    `fingerprint` is the SHA-256 of method, path and body: the same key with another request is an error.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.TextField(blank=True)
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "reply"
        constraints = [
            models.UniqueConstraint(fields=["person", "key"], name="reply_once"),
            not_blank("key", name="reply_key_given"),
        ]

    def __str__(self) -> str:
        return f"{self.status} to {self.key}"
