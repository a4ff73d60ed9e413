"""Where metric results come from."""

from django.conf import settings
from django.db import models

from features.models.constraints import not_blank, one_of, within
from features.models.squad import SLUG
from hypotheses.enums import SourceKind
from hypotheses.models.secret import SecretField


class Source(models.Model):
    """A file, a SQL engine, an HTTP endpoint, or a push through our API.

    `config` holds the plug's own settings (its dataclass checks them); `secret` is write-only. `fail_streak` and
    `breaker_until` are the circuit breaker: after some failures in a row the source rests, then one probe is let
    through.
    """

    key = models.CharField(max_length=80, unique=True, validators=[SLUG])
    name = models.CharField(max_length=160)
    kind = models.CharField(max_length=12, choices=[(k.value, k.label) for k in SourceKind])
    config = models.JSONField(default=dict, blank=True)
    secret = SecretField(blank=True)
    max_concurrency = models.PositiveSmallIntegerField(default=2)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    fail_streak = models.PositiveIntegerField(default=0, editable=False)
    breaker_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        db_table = "source"
        ordering = ("key",)
        constraints = [
            not_blank("key", name="source_key_given"),
            one_of("kind", SourceKind, name="source_kind_known"),
            within("max_concurrency", 1, 100, name="source_concurrency_range"),
        ]

    def __str__(self) -> str:
        return self.name
