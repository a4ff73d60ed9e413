"""Sums of the ledger, kept in the transaction that writes its entries, so that pages stay as fast as entries grow.

They hold what current entries say, nothing of their own: `check_rollups` proves it. A row whose entries were all
superseded stays with zeros. Money is in `CURRENCY`. `person_days` are all of them, `unpriced_days` those that carry no
money, and `unpriced` how many entries carry none: they are summed apart, and never as zero money. What begins with
`undecided` is the part of it that was spent while the gate of its stint waited for its answer. What begins with `early`
is the part that was spent before the feature was released to all: up to and on that day, or at all while there is none.
A tweak is released with its parent.
"""

from typing import Final

from django.db import models
from django.db.models import F
from django.db.models.functions import Coalesce

from features.enums import Category, Phase
from features.models.constraints import one_of
from features.models.feature import Feature
from features.models.squad import Squad
from features.models.stint import Stint

COST_SUMS: Final = (
    "money", "person_days", "unpriced_days", "undecided", "undecided_days", "undecided_unpriced", "entries", "unpriced",
)  # fmt: skip
EARLY_SUMS: Final = ("early_money", "early_person_days", "early_unpriced_days", "early_entries", "early_unpriced")
RETURN_SUMS: Final = ("amount", "gained", "low", "high", "entries", "bounded")


class Costs(models.Model):
    """What every sum of investment holds."""

    category = models.CharField(max_length=16)
    money = models.DecimalField(max_digits=20, decimal_places=2)
    person_days = models.DecimalField(max_digits=18, decimal_places=3)
    unpriced_days = models.DecimalField(max_digits=18, decimal_places=3)
    undecided = models.DecimalField(max_digits=20, decimal_places=2)
    undecided_days = models.DecimalField(max_digits=18, decimal_places=3)
    undecided_unpriced = models.DecimalField(max_digits=18, decimal_places=3)
    entries = models.IntegerField()
    unpriced = models.IntegerField()

    class Meta:
        abstract = True
        constraints = [
            one_of("category", Category, name="%(class)s_category_known"),
        ]


class CellCost(Costs):
    """What one feature cost in one cell of time (`features.calendar`), apart by stint: its curve."""

    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="cell_costs")
    stint = models.ForeignKey(Stint, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    cell = models.DateField()

    class Meta(Costs.Meta):
        db_table = "cell_cost"
        constraints = [
            *Costs.Meta.constraints,
            # entries outside every stint count as those of stint 0, so that they too have one row
            models.UniqueConstraint(
                F("feature"), F("cell"), Coalesce("stint", 0), F("category"), name="cell_cost_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.feature} {self.cell} {self.category}: {self.money}"


class StintCost(Costs):
    """What one stint cost in all: budgets, undecided spend, cost by phase, spend before return."""

    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="stint_costs")
    stint = models.ForeignKey(Stint, on_delete=models.PROTECT, null=True, related_name="costs")
    early_money = models.DecimalField(max_digits=20, decimal_places=2, default=0)
    early_person_days = models.DecimalField(max_digits=18, decimal_places=3, default=0)
    early_unpriced_days = models.DecimalField(max_digits=18, decimal_places=3, default=0)
    early_entries = models.IntegerField(default=0)
    early_unpriced = models.IntegerField(default=0)

    class Meta(Costs.Meta):
        db_table = "stint_cost"
        constraints = [
            *Costs.Meta.constraints,
            models.UniqueConstraint(F("feature"), Coalesce("stint", 0), F("category"), name="stint_cost_once"),
        ]

    def __str__(self) -> str:
        return f"{self.feature} {self.stint} {self.category}: {self.money}"


class MonthCost(Costs):
    """What all features of a squad cost in one month, apart by the phase they were in: the portfolio.

    A feature that changes hands takes its past with it. `phase` is empty for entries outside every stint.
    """

    squad = models.ForeignKey(Squad, on_delete=models.PROTECT, related_name="+", db_index=False)
    month = models.DateField()
    phase = models.CharField(max_length=12, blank=True)

    class Meta(Costs.Meta):
        db_table = "month_cost"
        constraints = [
            *Costs.Meta.constraints,
            one_of("phase", ["", *Phase], name="month_cost_phase_known"),
            models.UniqueConstraint(fields=["month", "squad", "phase", "category"], name="month_cost_once"),
        ]

    def __str__(self) -> str:
        return f"{self.squad} {self.month} {self.phase} {self.category}: {self.money}"


class CellReturn(models.Model):
    """What one feature earned in one cell of time, before its release too.

    `gained` is the sum of what was above zero, the most that may have come in by any day of the cell. `low` and `high`
    bound the sum where entries are bounded (`bounded` of them; the others count with their amount).
    """

    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="cell_returns", db_index=False)
    cell = models.DateField()
    amount = models.DecimalField(max_digits=20, decimal_places=2)
    gained = models.DecimalField(max_digits=20, decimal_places=2)
    low = models.DecimalField(max_digits=20, decimal_places=2)
    high = models.DecimalField(max_digits=20, decimal_places=2)
    entries = models.IntegerField()
    bounded = models.IntegerField()

    class Meta:
        db_table = "cell_return"
        constraints = [
            models.UniqueConstraint(fields=["feature", "cell"], name="cell_return_once"),
        ]

    def __str__(self) -> str:
        return f"{self.feature} {self.cell}: {self.amount}"
