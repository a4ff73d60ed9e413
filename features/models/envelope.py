"""What a squad may spend on one stint of a phase, where it says nothing else."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from features.enums import Phase
from features.models.constraints import one_of, within
from features.models.squad import Squad


class Envelope(models.Model):
    """The budget that a new stint of a phase gets when nobody names one: money in `CURRENCY` or person-days, one of
    them. What a stint has been given never changes with it.
    """

    squad = models.ForeignKey(Squad, on_delete=models.PROTECT, related_name="envelopes")
    phase = models.CharField(max_length=12)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    days = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "envelope"
        ordering = ("squad_id", "phase")
        constraints = [
            models.UniqueConstraint(fields=["squad", "phase"], name="envelope_once"),
            one_of("phase", Phase, name="envelope_phase_known"),
            within("amount", 0, name="envelope_amount_not_negative"),
            within("days", 0, name="envelope_days_not_negative"),
            models.CheckConstraint(
                condition=Q(amount__isnull=False, days__isnull=True) | Q(amount__isnull=True, days__isnull=False),
                name="envelope_money_or_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.squad}, {Phase(self.phase).label}"
