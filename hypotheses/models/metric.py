"""The catalogue of product metrics, and when each is pulled."""

from django.conf import settings
from django.db import models

from features.models.constraints import not_blank, one_of, within
from features.models.squad import SLUG
from hypotheses.enums import Better, MetricKind
from hypotheses.models.source import Source


class Metric(models.Model):
    """A product metric: what one unit contributes, its unit, the better direction, whose it is, where it comes from.

    `query` is what the source is asked (its form depends on the source). `definition_hash` changes when kind, query or
    source change; results carry the one they were pulled under. `baseline` is the metric's own long-run value, when
    known.
    """

    key = models.CharField(max_length=80, unique=True, validators=[SLUG])
    name = models.CharField(max_length=160)
    kind = models.CharField(max_length=12, choices=[(k.value, k.label) for k in MetricKind])
    unit = models.CharField(max_length=40, blank=True)
    better = models.CharField(max_length=4, choices=[(b.value, b.label) for b in Better], default=Better.UP)
    description = models.TextField(blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    source = models.ForeignKey(Source, on_delete=models.PROTECT, null=True, blank=True, related_name="metrics")
    query = models.TextField(blank=True)
    baseline = models.FloatField(null=True, blank=True)
    definition_hash = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        db_table = "metric"
        ordering = ("key",)
        constraints = [
            not_blank("key", name="metric_key_given"),
            one_of("kind", MetricKind, name="metric_kind_known"),
            one_of("better", Better, name="metric_better_known"),
        ]

    def __str__(self) -> str:
        return self.name


class Schedule(models.Model):
    """When a metric is pulled: every so many seconds, some delay after the window closed, with passes of restatement.

    `cursor` is the start of the first window that is not planned yet. `restate_after` lists seconds after the window's
    close at which it is read again.
    """

    metric = models.OneToOneField(Metric, on_delete=models.CASCADE, related_name="schedule")
    every_seconds = models.PositiveIntegerField(default=86_400)
    delay_seconds = models.PositiveIntegerField(default=0)
    restate_after = models.JSONField(default=list, blank=True)
    cursor = models.DateTimeField()
    enabled = models.BooleanField(default=True)

    class Meta:
        db_table = "schedule"
        constraints = [within("every_seconds", 1, name="schedule_every_at_least_a_second")]
        # the tick's planning: schedules whose next window may have closed
        indexes = [models.Index(fields=["cursor"], condition=models.Q(enabled=True), name="schedule_next")]

    def __str__(self) -> str:
        return f"{self.metric} every {self.every_seconds} s"
