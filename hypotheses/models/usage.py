"""How much features are used, by metrics of the catalogue."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from features.models import Feature
from features.models.constraints import one_of, within
from hypotheses.enums import UseKind
from hypotheses.models.metric import Metric


class Usage(models.Model):
    """Which metric tells a feature's adoption or frequency, and the first day whose readings count.

    What was named before stands in the history.
    """

    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="usages", db_index=False)
    kind = models.CharField(max_length=10, choices=[(k.value, k.label) for k in UseKind])
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="usages")
    since = models.DateField()
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "usage"
        ordering = ("feature_id", "kind")
        constraints = [
            models.UniqueConstraint(fields=["feature", "kind"], name="usage_once_a_kind"),
            one_of("kind", UseKind, name="usage_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.feature}: {self.kind} by {self.metric}"


class UseReading(models.Model):
    """What a metric said of a feature's whole audience at one moment: `n` units that were looked at, and the `value`,
    the share of them that used it, or the uses of one user in a week.

    A changed value is a new row with the next `revision`; the earlier one stays, with `superseded_at` set.
    """

    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="use_readings", db_index=False)
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="use_readings", db_index=False)
    as_of = models.DateTimeField()
    n = models.PositiveBigIntegerField()
    value = models.FloatField()
    pull = models.ForeignKey("hypotheses.Pull", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    source = models.CharField(max_length=80, blank=True)
    revision = models.PositiveIntegerField(default=1)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "use_reading"
        ordering = ("-as_of", "-id")
        constraints = [
            # also the newest reading of a feature and metric
            models.UniqueConstraint(
                fields=["feature", "metric", "as_of"],
                condition=Q(superseded_at__isnull=True),
                name="use_reading_current_once",
            ),
            models.UniqueConstraint(
                fields=["feature", "metric", "as_of", "revision"], name="use_reading_revision_once"
            ),
            within("value", 0, name="use_reading_value_not_negative"),
            within("revision", 1, name="use_reading_revision_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.feature} {self.metric} as of {self.as_of:%Y-%m-%d}: {self.value}"
