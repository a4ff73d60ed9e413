"""What one unit of a metric is worth."""

from django.conf import settings
from django.db import models

from features.models.constraints import above, not_blank
from hypotheses.models.metric import Metric


class UnitValue(models.Model):
    """What it is worth when one unit (a user, an order) has one more of the metric, from a day on, until the next value
    begins. A metric without one is *unpriced*: its effects are no money.

    `amount` may be negative, where more is worse. It keeps its currency; `rate` turns it into `CURRENCY`. `owner` is
    who answers for the number, `note` where it comes from.
    """

    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="unit_values")
    from_on = models.DateField()
    amount = models.DecimalField(max_digits=16, decimal_places=4)
    currency = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=18, decimal_places=8, default=1)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.TextField(blank=True)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "unit_value"
        ordering = ("metric_id", "from_on")
        constraints = [
            models.UniqueConstraint(fields=["metric", "from_on"], name="unit_value_once_a_day"),
            not_blank("currency", name="unit_value_currency_given"),
            above("rate", 0, name="unit_value_rate_above_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.metric} from {self.from_on}: {self.amount} {self.currency}"
