"""The quarterly session in which every shipped feature is decided on its value against its maintenance cost."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from features.models import Feature, Squad
from features.models.constraints import one_of, together, within
from lifecycle.enums import Outcome
from lifecycle.models.gate import Gate

QUARTER_FORM = r"^[0-9]{4}-Q[1-4]$"


class Review(models.Model):
    """One quarter's pruning review: prepared (facts are frozen, squads propose), open (gates are due), closed for good.

    The clock acts with `…_by` empty; a review is closed by a person.
    """

    quarter = models.CharField(max_length=7, unique=True)
    prepared_at = models.DateTimeField()
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField(null=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "review"
        ordering = ("-quarter",)
        constraints = [
            models.CheckConstraint(condition=Q(quarter__regex=QUARTER_FORM), name="review_quarter_form"),
            models.CheckConstraint(
                condition=Q(opened_at__isnull=True) | Q(opened_at__gte=F("prepared_at")), name="review_opened_in_order"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(opened_at__isnull=False, closed_at__gte=F("opened_at")),
                name="review_closed_in_order",
            ),
            together("closed_at", "closed_by", name="review_closed_by_somebody"),
        ]

    def __str__(self) -> str:
        return f"review {self.quarter}"


class ReviewItem(models.Model):
    """One feature in one review, with the facts as they were frozen and what its squad proposes.

    Its answer is the decision on `gate`, made like every other. Money is in `CURRENCY`, of the twelve months before;
    None is unknown. `value_…` is what the feature returned with its bounds; `cost` what is known of its upkeep and
    `cost_most` the same with an estimate for months that nobody accounted for; `days` are person-days of upkeep without
    a rate. `doubts`: how many reviews in a row kept it against their recommendation. `rank`: worst first, from 1.
    `version` grows with each proposal, so that nobody overwrites one that was not seen.
    """

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="items")
    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="review_items")
    gate = models.ForeignKey(Gate, on_delete=models.PROTECT, related_name="review_items")
    squad = models.ForeignKey(Squad, on_delete=models.PROTECT, related_name="+")
    rank = models.PositiveIntegerField()
    recommended = models.CharField(max_length=8)
    because = models.TextField()
    value = models.DecimalField(max_digits=20, decimal_places=2, null=True)
    value_low = models.DecimalField(max_digits=20, decimal_places=2, null=True)
    value_high = models.DecimalField(max_digits=20, decimal_places=2, null=True)
    cost = models.DecimalField(max_digits=20, decimal_places=2, null=True)
    cost_most = models.DecimalField(max_digits=20, decimal_places=2, null=True)
    days = models.DecimalField(max_digits=18, decimal_places=3, default=0)
    doubts = models.PositiveSmallIntegerField(default=0)
    facts = models.JSONField(default=dict)
    proposed = models.CharField(max_length=8, blank=True)
    proposed_reason = models.TextField(blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField(null=True)
    critical_reason = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "review_item"
        ordering = ("review_id", "rank")
        constraints = [
            models.UniqueConstraint(fields=["review", "feature"], name="review_item_once"),
            one_of("recommended", Outcome, name="review_item_recommended_known"),
            one_of("proposed", ["", *Outcome], name="review_item_proposed_known"),
            together("proposed_at", "proposed_by", name="review_item_proposed_by_somebody"),
            models.CheckConstraint(
                condition=Q(proposed="", proposed_at__isnull=True)
                | (~Q(proposed="") & Q(proposed_at__isnull=False) & ~Q(proposed_reason="")),
                name="review_item_proposed_for_a_reason",
            ),
            within("cost", 0, name="review_item_cost_not_negative"),
        ]
        # the page of a review, worst first
        indexes = [models.Index(fields=["review", "rank", "id"], name="review_item_rank")]

    def __str__(self) -> str:
        return f"{self.feature} in {self.review}"


class SignOff(models.Model):
    """Somebody answers for a review: everything in it is decided."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="signoffs")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    note = models.TextField(blank=True)

    class Meta:
        db_table = "sign_off"
        ordering = ("at", "id")
        constraints = [models.UniqueConstraint(fields=["review", "by"], name="sign_off_once_a_person")]

    def __str__(self) -> str:
        return f"{self.by} signed {self.review}"
