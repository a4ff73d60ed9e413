"""What the data said, weighed once for each as-of time."""

from django.db import models
from django.db.models import Q

from features.models import Feature, Stint
from features.models.constraints import one_of, together, within
from hypotheses.enums import Readiness, Verdict
from hypotheses.models.hypothesis import Hypothesis


class Evidence(models.Model):
    """The weighed evidence of one stint as of one moment: the shape of `body` is in docs/reference/evidence.md.

    Restated results give a new row with the next `revision`; the earlier one stays, with `superseded_at` set.
    `estimate`, `low` and `high` are the primary metric's effect (absolute units) and its interval, for charts
    and lists.
    """

    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="evidence")
    stint = models.ForeignKey(Stint, on_delete=models.PROTECT, related_name="evidence")
    hypothesis = models.ForeignKey(Hypothesis, on_delete=models.PROTECT, related_name="evidence")
    as_of = models.DateTimeField()
    weighed_at = models.DateTimeField()
    verdict = models.CharField(max_length=12)
    reason = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=16)
    estimate = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    days_left = models.FloatField(null=True)
    body = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=1)
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "evidence"
        verbose_name_plural = "evidence"
        ordering = ("feature_id", "as_of", "revision")
        constraints = [
            models.UniqueConstraint(
                fields=["stint", "as_of"],
                condition=Q(superseded_at__isnull=True),
                name="evidence_current_once",
            ),
            models.UniqueConstraint(fields=["stint", "as_of", "revision"], name="evidence_revision_once"),
            one_of("verdict", Verdict, name="evidence_verdict_known"),
            one_of("state", Readiness, name="evidence_state_known"),
            together("low", "high", name="evidence_interval_whole"),
            within("revision", 1, name="evidence_revision_from_one"),
        ]
        indexes = [
            # the latest evidence of a stint; its course over time
            models.Index(fields=["stint", "-as_of"], condition=Q(superseded_at__isnull=True), name="evidence_latest"),
            models.Index(fields=["feature", "as_of"], condition=Q(superseded_at__isnull=True), name="evidence_course"),
        ]

    def __str__(self) -> str:
        return f"{self.feature} as of {self.as_of:%Y-%m-%d}: {self.verdict}"
