"""The exposure steps of Ship It, the holdback they leave, and how exposure moved."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from features.models import Feature
from features.models.constraints import above, one_of, within
from lifecycle.enums import ExposureCause
from lifecycle.models.decision import Decision


class Ladder(models.Model):
    """A feature's steps and its holdback; after the last step the holdback has an owner and an end date."""

    feature = models.OneToOneField(Feature, on_delete=models.PROTECT, related_name="ladder")
    holdback_percent = models.DecimalField(max_digits=5, decimal_places=2, default=1)
    holdback_owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    holdback_ends_on = models.DateField(null=True)
    holdback_closed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "ladder"
        constraints = [within("holdback_percent", 0, 50, name="ladder_holdback_range")]
        # the sweep: holdbacks that end
        indexes = [
            models.Index(
                fields=["holdback_ends_on"],
                condition=Q(holdback_ends_on__isnull=False, holdback_closed_at__isnull=True),
                name="ladder_holdback_ends",
            )
        ]

    def __str__(self) -> str:
        return f"ladder of {self.feature}"


class LadderStep(models.Model):
    """One step: so many percent, what it is for, and how many days it is served at least."""

    ladder = models.ForeignKey(Ladder, on_delete=models.CASCADE, related_name="steps")
    percent = models.DecimalField(max_digits=5, decimal_places=2)
    purpose = models.CharField(max_length=200, blank=True)
    minimum_days = models.PositiveIntegerField(default=7)
    full_course_days = models.PositiveIntegerField(null=True)

    class Meta:
        db_table = "ladder_step"
        ordering = ("ladder_id", "percent")
        constraints = [
            models.UniqueConstraint(fields=["ladder", "percent"], name="ladder_step_once"),
            above("percent", 0, name="ladder_step_above_zero"),
            within("percent", None, 100, name="ladder_step_up_to_hundred"),
            models.CheckConstraint(
                condition=Q(full_course_days__isnull=True) | Q(full_course_days__gte=models.F("minimum_days")),
                name="ladder_step_course_at_least_minimum",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.percent} %"


class ExposureChange(models.Model):
    """One move of a feature's actual exposure: from, to, why, who, when."""

    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="exposure_changes")
    from_percent = models.DecimalField(max_digits=5, decimal_places=2)
    to_percent = models.DecimalField(max_digits=5, decimal_places=2)
    cause = models.CharField(max_length=10)
    reason = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, null=True, related_name="exposure_changes")

    class Meta:
        db_table = "exposure_change"
        ordering = ("feature_id", "at", "id")
        constraints = [
            one_of("cause", ExposureCause, name="exposure_cause_known"),
            within("from_percent", 0, 100, name="exposure_from_range"),
            within("to_percent", 0, 100, name="exposure_to_range"),
            models.CheckConstraint(
                condition=~Q(cause="lowered") | Q(to_percent__lt=models.F("from_percent")),
                name="exposure_lowered_is_lower",
            ),
            models.CheckConstraint(condition=~Q(cause="lowered") | ~Q(reason=""), name="exposure_lowered_for_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.feature}: {self.from_percent} → {self.to_percent} %"
