"""Evidence without a trial."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from features.models import Feature, Stint
from features.models.constraints import above, one_of, together, within
from hypotheses.enums import FindingKind, Population


class Finding(models.Model):
    """A prototype test (`successes` of `trials` against a `target` rate), interviews, an analysis, a beta report.

    Weaker than a trial, and said so. Its cohort (market and population) is named; findings from employees only never
    satisfy a must rule.
    """

    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="findings")
    stint = models.ForeignKey(Stint, on_delete=models.PROTECT, related_name="findings")
    kind = models.CharField(max_length=16)
    market = models.CharField(max_length=80, blank=True)
    population = models.CharField(max_length=12)
    successes = models.PositiveIntegerField(null=True)
    trials = models.PositiveIntegerField(null=True)
    target = models.FloatField(default=0.5)
    note = models.TextField(blank=True)
    url = models.URLField(blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "finding"
        ordering = ("feature_id", "id")
        constraints = [
            one_of("kind", FindingKind, name="finding_kind_known"),
            one_of("population", Population, name="finding_population_known"),
            together("successes", "trials", name="finding_counts_together"),
            within("trials", 1, name="finding_trials_from_one"),
            models.CheckConstraint(
                condition=Q(successes__isnull=True) | Q(successes__lte=F("trials")),
                name="finding_successes_within_trials",
            ),
            above("target", 0, name="finding_target_above_zero"),
            within("target", None, 1, name="finding_target_up_to_one"),
            models.CheckConstraint(
                condition=~Q(kind=FindingKind.PROTOTYPE_TEST) | Q(trials__isnull=False),
                name="finding_prototype_test_counted",
            ),
        ]

    def __str__(self) -> str:
        return f"{FindingKind(self.kind).label} for {self.feature}"
