"""What a squad's people cost: how many of each role it has, and what a person-day of a role costs, by date."""

from django.conf import settings
from django.db import models
from django.db.models import F
from django.db.models.functions import Coalesce

from features.models.constraints import above, not_blank, within
from features.models.squad import Squad


class Rate(models.Model):
    """What one person-day of a role costs from a day on, until the next rate of the role begins.

    Without a squad it is the house's, which holds where the squad has none of its own. Amounts keep their currency;
    `rate` turns it into `CURRENCY`.
    """

    squad = models.ForeignKey(Squad, on_delete=models.PROTECT, null=True, related_name="rates")
    role = models.CharField(max_length=60)
    from_on = models.DateField()
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=18, decimal_places=8, default=1)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "rate"
        ordering = ("role", "from_on", "id")
        constraints = [
            models.UniqueConstraint(Coalesce("squad", 0), F("role"), F("from_on"), name="rate_once_a_day"),
            not_blank("role", name="rate_role_given"),
            not_blank("currency", name="rate_currency_given"),
            within("amount", 0, name="rate_amount_not_negative"),
            above("rate", 0, name="rate_rate_above_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.role} from {self.from_on}: {self.amount} {self.currency}"


class Seat(models.Model):
    """How many people of a role a squad has from a day on, until the next entry of the role begins; half a person is
    0.5, and 0 ends it.
    """

    squad = models.ForeignKey(Squad, on_delete=models.PROTECT, related_name="seats")
    role = models.CharField(max_length=60)
    from_on = models.DateField()
    people = models.DecimalField(max_digits=6, decimal_places=2)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "seat"
        ordering = ("squad_id", "role", "from_on")
        constraints = [
            models.UniqueConstraint(fields=["squad", "role", "from_on"], name="seat_once_a_day"),
            not_blank("role", name="seat_role_given"),
            within("people", 0, name="seat_people_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.squad}: {self.people} × {self.role} from {self.from_on}"
