"""What a feature has cost."""

from django.db import models
from django.db.models import Q

from features.enums import Category, Upkeep
from features.models.constraints import one_of, within
from features.models.ledger import LedgerEntry


class Investment(LedgerEntry):
    """People's time, material, equipment, infrastructure or opportunity cost of one day: money, person-days or both.

    `upkeep` says which kind of maintenance it was; empty: not told. It counts while the feature is in Tweak It or
    Maintain It; what is told of another phase is kept, and counts nowhere.
    """

    category = models.CharField(max_length=16, choices=[(c.value, c.label) for c in Category])
    upkeep = models.CharField(
        max_length=16, blank=True, default="", db_default="", choices=[(u.value, u.label) for u in Upkeep]
    )
    person_days = models.DecimalField(max_digits=9, decimal_places=3, null=True)

    class Meta(LedgerEntry.Meta):
        db_table = "investment"
        ordering = ("-on", "-id")
        constraints = [
            *LedgerEntry.Meta.constraints,
            one_of("category", Category, name="investment_category_known"),
            one_of("upkeep", ["", *Upkeep], name="investment_upkeep_known"),
            within("amount", 0, name="investment_amount_not_negative"),
            within("person_days", 0, name="investment_days_not_negative"),
            models.CheckConstraint(
                condition=Q(amount__isnull=False) | Q(person_days__isnull=False),
                name="investment_money_or_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.feature} {self.on} {self.category}"
