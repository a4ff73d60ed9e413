"""What an entry of the ledger is, whether it went out (investment) or came back (return)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from features.models.constraints import above, not_blank, within
from features.models.feature import Feature
from features.models.stint import Stint


class LedgerEntry(models.Model):
    """One amount on one day for one feature. Amounts keep their own currency and the rate that was used.

    A changed upsert by (source, external_id) is a new row with the next `revision`; the earlier one stays, with
    `superseded_at` set. The current entries are those without it. `amount_base` is the amount in `CURRENCY`.
    `first_recorded_at` is when the first revision arrived; `stint` the stay the entry belongs to.
    """

    feature = models.ForeignKey(Feature, on_delete=models.PROTECT)
    stint = models.ForeignKey(Stint, on_delete=models.PROTECT, null=True)
    on = models.DateField()
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    currency = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=18, decimal_places=8, default=1)
    amount_base = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    source = models.CharField(max_length=80, blank=True)
    external_id = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=1)
    first_recorded_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=Q(superseded_at__isnull=True) & ~Q(external_id=""),
                name="%(class)s_current_once",
            ),
            models.UniqueConstraint(
                fields=["source", "external_id", "revision"],
                condition=~Q(external_id=""),
                name="%(class)s_revision_once",
            ),
            not_blank("currency", name="%(class)s_currency_given"),
            above("rate", 0, name="%(class)s_rate_above_zero"),
            within("revision", 1, name="%(class)s_revision_from_one"),
            models.CheckConstraint(
                condition=Q(amount__isnull=True, amount_base__isnull=True)
                | Q(amount__isnull=False, amount_base__isnull=False),
                name="%(class)s_amount_with_base",
            ),
            models.CheckConstraint(
                condition=Q(superseded_at__isnull=True) | Q(superseded_at__gte=models.F("recorded_at")),
                name="%(class)s_superseded_after_recorded",
            ),
        ]
        indexes = [
            # the curve of one feature: its current entries by day
            models.Index(
                fields=["feature", "on"],
                include=["amount_base"],
                condition=Q(superseded_at__isnull=True),
                name="%(class)s_curve",
            ),
            # what one stint has spent, for its budget
            models.Index(fields=["stint"], condition=Q(superseded_at__isnull=True), name="%(class)s_stint"),
        ]
