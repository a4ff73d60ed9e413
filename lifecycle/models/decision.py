"""The answers. The table is append-only: a database trigger refuses to change or delete a row."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from features.enums import Phase
from features.models import Feature
from features.models.constraints import not_blank, one_of
from lifecycle.enums import Outcome
from lifecycle.models.gate import Consent, Gate


class Decision(models.Model):
    """One answer to one gate: outcome, reason, who, when, and what was seen (evidence, rules, recommendation, spend).

    `by` is empty when a phase's policy decided (`policy` then names it) or when history was imported. `moved_to` is the
    phase and step after it. What is frozen here shows the same numbers years later. `invested` is what the stint spent
    in money, `invested_days` its person-days without a rate (empty where nobody counted); `undecided_…` the part of
    them that was spent after the gate fell due. `criteria` are those that an imported decision was assessed by
    elsewhere, each with `number`, `result` and `met`; `overridden_elsewhere`: it advanced against one that was not met,
    and nobody here knows who consented or why.
    """

    gate = models.OneToOneField(Gate, on_delete=models.PROTECT, related_name="decision")
    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=8)
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    policy = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()
    phase = models.CharField(max_length=12)
    iteration = models.PositiveIntegerField()
    step_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    moved_to = models.JSONField(default=dict)
    questions = models.JSONField(default=list)
    next = models.JSONField(default=dict)
    evidence = models.JSONField(default=dict)
    rules = models.JSONField(default=list)
    recommendation = models.JSONField(default=dict)
    cost_of_learning = models.JSONField(default=list)
    followed = models.BooleanField(null=True)
    invested = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    undecided_spend = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    invested_days = models.DecimalField(max_digits=9, decimal_places=3, null=True)
    undecided_days = models.DecimalField(max_digits=9, decimal_places=3, null=True)
    override_reason = models.TextField(blank=True)
    consent = models.OneToOneField(Consent, on_delete=models.PROTECT, null=True, related_name="decision")
    criteria = models.JSONField(default=list)
    overridden_elsewhere = models.BooleanField(default=False)
    imported = models.BooleanField(default=False)
    native = models.JSONField(default=dict)

    class Meta:
        db_table = "decision"
        ordering = ("-at", "-id")
        constraints = [
            one_of("outcome", Outcome, name="decision_outcome_known"),
            one_of("phase", Phase, name="decision_phase_known"),
            not_blank("reason", name="decision_reason_given"),
            models.CheckConstraint(
                condition=Q(by__isnull=False) | ~Q(policy="") | Q(imported=True),
                name="decision_by_person_policy_or_import",
            ),
            models.CheckConstraint(
                condition=Q(consent__isnull=True, override_reason="")
                | (Q(consent__isnull=False) & ~Q(override_reason="")),
                name="decision_override_has_consent_and_reason",
            ),
            models.CheckConstraint(
                condition=Q(overridden_elsewhere=False) | Q(imported=True, outcome=Outcome.ADVANCE),
                name="decision_overridden_elsewhere_is_imported",
            ),
        ]
        indexes = [
            models.Index(fields=["feature", "at"], name="decision_story"),
            models.Index(fields=["-at"], name="decision_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.feature}"
