"""Trials that share units: those of other systems, and how many units were counted in both."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from features.models.constraints import not_blank, within
from features.models.squad import SLUG
from hypotheses.models.trial import Arm, Trial


class ExternalTrial(models.Model):
    """A comparison that another system runs (a flag service, an experiment tool): known for its overlap with ours."""

    key = models.CharField(max_length=80, unique=True, validators=[SLUG])
    name = models.CharField(max_length=160)
    system = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "external_trial"
        ordering = ("key",)
        constraints = [
            not_blank("key", name="external_trial_key_given"),
            not_blank("system", name="external_trial_system_given"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.system})"


class Overlap(models.Model):
    """What one treatment of a trial shares with another trial, as of one moment: counted, or declared by a person.

    `n_arms`: units of control and treatment. `cells`: those of them that are in the other trial too, rows by our arms,
    columns by the other's control and treatment. `means`, `variances` (ddof 1): of the hypothesis' metric in the cells.
    `declared`: a person says that it disturbs, with the reason in `note`, and nothing is counted. What is sent again
    with other numbers is the next `revision`; the earlier one stays, with `superseded_at` set.
    """

    trial = models.ForeignKey(Trial, on_delete=models.PROTECT, related_name="overlaps")
    treatment = models.ForeignKey(Arm, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(Trial, on_delete=models.PROTECT, null=True, related_name="+")
    external = models.ForeignKey(ExternalTrial, on_delete=models.PROTECT, null=True, related_name="overlaps")
    as_of = models.DateTimeField()
    n_arms = models.JSONField(null=True)
    cells = models.JSONField(null=True)
    means = models.JSONField(null=True)
    variances = models.JSONField(null=True)
    declared = models.BooleanField(default=False)
    note = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=1)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "overlap"
        ordering = ("trial_id", "as_of", "id")
        constraints = [
            models.CheckConstraint(
                condition=Q(other__isnull=True, external__isnull=False) | Q(other__isnull=False, external__isnull=True),
                name="overlap_with_one_other",
            ),
            models.CheckConstraint(condition=~Q(other=F("trial")), name="overlap_other_is_another"),
            models.CheckConstraint(
                condition=Q(declared=True, cells__isnull=True) & ~Q(note="")
                | Q(declared=False, cells__isnull=False, n_arms__isnull=False),
                name="overlap_counted_or_declared",
            ),
            models.UniqueConstraint(
                fields=["treatment", "other", "as_of"],
                condition=Q(superseded_at__isnull=True, other__isnull=False),
                name="overlap_current_once",
            ),
            models.UniqueConstraint(
                fields=["treatment", "external", "as_of"],
                condition=Q(superseded_at__isnull=True, external__isnull=False),
                name="overlap_external_current_once",
            ),
            within("revision", 1, name="overlap_revision_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.trial} with {self.other or self.external}"
