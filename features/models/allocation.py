"""What a squad works on."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from features.models.constraints import within
from features.models.feature import Feature
from features.models.squad import Squad


class Allocation(models.Model):
    """The share of a squad's week that goes into one feature, in percent; `week` is its Monday.

    A squad's week never exceeds 100 in all, which the action keeps under the squad's lock. `booked_at` is when the
    clock last turned it into investments; what was changed since then (`changed_at`) is booked again.
    """

    squad = models.ForeignKey(Squad, on_delete=models.PROTECT, related_name="allocations")
    week = models.DateField()
    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="allocations")
    percent = models.DecimalField(max_digits=5, decimal_places=2)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    booked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "allocation"
        ordering = ("squad_id", "week", "id")
        constraints = [
            models.UniqueConstraint(fields=["squad", "week", "feature"], name="allocation_once"),
            within("percent", 0, 100, name="allocation_percent_range"),
        ]
        indexes = [
            # the clock: what has not been booked as it stands
            models.Index(
                fields=["week"],
                condition=Q(booked_at__isnull=True) | Q(booked_at__lt=models.F("changed_at")),
                name="allocation_unbooked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.squad} {self.week}: {self.percent} % {self.feature}"
