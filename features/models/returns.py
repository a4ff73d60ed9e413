"""What a feature has earned."""

from django.db import models
from django.db.models import F, Q

from features.models.ledger import LedgerEntry


class Return(LedgerEntry):
    """What a feature earned on one day, measured or entered; a loss is negative.

    `low_base` and `high_base` bound a measured one.
    """

    low_base = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    high_base = models.DecimalField(max_digits=14, decimal_places=2, null=True)

    class Meta(LedgerEntry.Meta):
        db_table = "return_entry"
        ordering = ("-on", "-id")
        constraints = [
            *LedgerEntry.Meta.constraints,
            models.CheckConstraint(condition=Q(amount__isnull=False), name="return_amount_given"),
            models.CheckConstraint(
                condition=Q(low_base__isnull=True, high_base__isnull=True) | Q(low_base__lte=F("high_base")),
                name="return_bounds_ordered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.feature} {self.on}"
