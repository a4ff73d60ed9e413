"""One stay of a feature in one phase."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from features.enums import Phase
from features.models.constraints import above, one_of, within
from features.models.feature import Feature


class Stint(models.Model):
    """One stay in one phase (in Ship It: on one step): iteration, from, to, time box, budget.

    *Iterate* closes a stint and opens the next of the same phase. Time box and budget are set at the start and never
    grow.
    `due_at` is when its gate fell due, a fact that the gate tells: what is spent from then on is undecided.
    `facts_version` counts what arrived for the stint (money, evidence, findings); `judged_version` is how far its gate
    has looked. Where they differ, there is something new to judge.
    """

    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="stints")
    number = models.PositiveIntegerField()
    phase = models.CharField(max_length=12, choices=[(p.value, p.label) for p in Phase])
    iteration = models.PositiveIntegerField(default=1)
    step_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    time_box_days = models.PositiveIntegerField(null=True)
    budget_amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    budget_days = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    treatment_version = models.PositiveIntegerField(default=1)
    imported = models.BooleanField(default=False)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    due_at = models.DateTimeField(null=True)
    facts_version = models.PositiveIntegerField(default=0)
    judged_version = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "stint"
        ordering = ("feature_id", "number")
        constraints = [
            models.UniqueConstraint(fields=["feature", "number"], name="stint_number_once"),
            models.UniqueConstraint(fields=["feature"], condition=Q(ended_at__isnull=True), name="stint_one_open"),
            one_of("phase", Phase, name="stint_phase_known"),
            within("iteration", 1, name="stint_iteration_from_one"),
            within("number", 1, name="stint_number_from_one"),
            above("step_percent", 0, name="stint_step_above_zero"),
            within("step_percent", None, 100, name="stint_step_up_to_hundred"),
            models.CheckConstraint(
                condition=Q(step_percent__isnull=True) | Q(phase=Phase.SHIP_IT), name="stint_step_in_ship_it"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="stint_ends_after_start",
            ),
            above("time_box_days", 0, name="stint_time_box_above_zero"),
            within("budget_amount", 0, name="stint_budget_amount_not_negative"),
            within("budget_days", 0, name="stint_budget_days_not_negative"),
            models.CheckConstraint(
                condition=Q(budget_amount__isnull=True) | Q(budget_days__isnull=True),
                name="stint_budget_money_or_days",
            ),
            models.CheckConstraint(
                condition=Q(judged_version__lte=F("facts_version")), name="stint_judged_what_exists"
            ),
        ]
        indexes = [
            # the gate sweep: open stints with facts that no judgement has seen
            models.Index(
                fields=["id"],
                condition=Q(ended_at__isnull=True, facts_version__gt=F("judged_version")),
                name="stint_unjudged",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.feature}: {Phase(self.phase).label} {self.iteration}"
