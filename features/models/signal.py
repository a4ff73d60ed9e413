"""What tells of a feature's upkeep without costing anything to collect."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from features.enums import SignalKind
from features.models.constraints import one_of, within
from features.models.feature import Feature


class Signal(models.Model):
    """One count as it was on a day: commits, fixes, lines of code, owners who have left, open bugs, and so on.

    One stands for each feature and kind; `on` is the day of the last look. A changed value is a new row with the next
    `revision`; the earlier one stays, with `superseded_at` set. A kind without a row was never looked at, which is not
    zero.
    """

    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="signals", db_index=False)
    kind = models.CharField(max_length=16, choices=[(k.value, k.label) for k in SignalKind])
    on = models.DateField()
    value = models.PositiveBigIntegerField()
    detail = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=80, blank=True)
    revision = models.PositiveIntegerField(default=1)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "signal"
        ordering = ("feature_id", "kind", "-revision")
        constraints = [
            # also the signals of one feature, on its page
            models.UniqueConstraint(
                fields=["feature", "kind"], condition=Q(superseded_at__isnull=True), name="signal_current_once"
            ),
            models.UniqueConstraint(fields=["feature", "kind", "revision"], name="signal_revision_once"),
            one_of("kind", SignalKind, name="signal_kind_known"),
            within("revision", 1, name="signal_revision_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.feature} {self.kind} on {self.on}: {self.value}"
