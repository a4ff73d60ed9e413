"""The question at the end of each stint, why it is due, and who consents to override its rules."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from features.enums import Phase, Standing
from features.models import Feature, Squad, Stint, Tribe
from features.models.constraints import exactly_when, not_blank, one_of, within
from lifecycle.enums import Cause, GateState, Level


class Gate(models.Model):
    """The question that stands at the end of a stint. An active feature has exactly one that is not decided.

    `due_on` is the day it will be due at the latest (end of the time box), a forecast; `due_at` the first of its
    causes, a fact that stays, also when the cause is corrected later. `look_at` is the next moment at which time alone
    changes something (a limit is reached, somebody else has to be told); until then only new facts are worth a look.
    """

    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="gates")
    stint = models.OneToOneField(Stint, on_delete=models.PROTECT, related_name="gate")
    state = models.CharField(max_length=8, default=GateState.OPEN)
    opened_at = models.DateTimeField()
    due_on = models.DateField(null=True)
    due_at = models.DateTimeField(null=True)
    look_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "gate"
        ordering = ("feature_id", "id")
        constraints = [
            models.UniqueConstraint(fields=["feature"], condition=~Q(state="decided"), name="gate_one_undecided"),
            one_of("state", GateState, name="gate_state_known"),
            models.CheckConstraint(
                condition=Q(state="open", due_at__isnull=True)
                | Q(state="due", due_at__isnull=False)
                | Q(state="decided"),
                name="gate_due_at_when_due",
            ),
            exactly_when(Q(state="decided"), "decided_at", name="gate_decided_at_when_decided"),
            models.CheckConstraint(
                condition=~Q(state="decided") | Q(look_at__isnull=True), name="gate_decided_is_not_looked_at"
            ),
            models.CheckConstraint(
                condition=Q(due_at__isnull=True) | Q(due_at__gte=F("opened_at")), name="gate_due_after_opened"
            ),
        ]
        indexes = [
            # the sweep: gates at which time alone changes something (decided ones have nothing left to look at)
            models.Index(fields=["look_at"], condition=Q(look_at__isnull=False), name="gate_look"),
            # what is owed, longest waiting first
            models.Index(fields=["due_at"], condition=Q(state="due"), name="gate_owed"),
        ]

    def __str__(self) -> str:
        return f"gate {self.pk} of {self.feature}"


class GateCause(models.Model):
    """One reason why a gate fell due, with its time. `key` tells causes of one kind apart (a verdict, a quarter)."""

    gate = models.ForeignKey(Gate, on_delete=models.PROTECT, related_name="causes")
    cause = models.CharField(max_length=16)
    key = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()
    detail = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "gate_cause"
        ordering = ("gate_id", "at", "id")
        constraints = [
            models.UniqueConstraint(fields=["gate", "cause", "key"], name="gate_cause_once"),
            one_of("cause", Cause, name="gate_cause_known"),
            models.CheckConstraint(
                condition=~Q(cause=Cause.CALLED) | (Q(by__isnull=False) & ~Q(detail="")),
                name="gate_called_by_somebody_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cause} at {self.at:%Y-%m-%d %H:%M}"


class Consent(models.Model):
    """A second person accepts that a gate's unmet must rules are overridden: these rules, no others.

    It is void when the unmet rules have changed, and is used by one decision at most.
    """

    gate = models.ForeignKey(Gate, on_delete=models.PROTECT, related_name="consents")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    rules = models.JSONField()
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "consent"
        ordering = ("gate_id", "id")
        constraints = [not_blank("reason", name="consent_reason_given")]

    def __str__(self) -> str:
        return f"consent of {self.by} at {self.gate}"


class StricterRule(models.Model):
    """A squad or a tribe turns a *should* rule into a *must* for its features (never the other way)."""

    squad = models.ForeignKey(Squad, on_delete=models.CASCADE, null=True, blank=True, related_name="stricter_rules")
    tribe = models.ForeignKey(Tribe, on_delete=models.CASCADE, null=True, blank=True, related_name="stricter_rules")
    rule = models.CharField(max_length=40)
    level = models.CharField(max_length=6, default=Level.MUST, editable=False)

    class Meta:
        db_table = "stricter_rule"
        constraints = [
            models.CheckConstraint(
                condition=Q(squad__isnull=False, tribe__isnull=True) | Q(squad__isnull=True, tribe__isnull=False),
                name="stricter_rule_of_squad_or_tribe",
            ),
            models.UniqueConstraint(
                fields=["squad", "rule"], condition=Q(squad__isnull=False), name="stricter_rule_once_a_squad"
            ),
            models.UniqueConstraint(
                fields=["tribe", "rule"], condition=Q(tribe__isnull=False), name="stricter_rule_once_a_tribe"
            ),
            models.CheckConstraint(condition=Q(level=Level.MUST), name="stricter_rule_only_must"),
            not_blank("rule", name="stricter_rule_named"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} is a must for {self.squad or self.tribe}"


class NarrowedDeciders(models.Model):
    """For one phase (and step) of the house, only people of this standing or higher decide: leaders at 99 %, say."""

    phase = models.CharField(max_length=12, choices=[(p.value, p.label) for p in Phase])
    step_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    standing = models.CharField(max_length=14, choices=[(s.value, s.label) for s in Standing])

    class Meta:
        db_table = "narrowed_deciders"
        verbose_name_plural = "narrowed deciders"
        constraints = [
            one_of("phase", Phase, name="narrowed_phase_known"),
            one_of("standing", Standing, name="narrowed_standing_known"),
            within("step_percent", 0, 100, name="narrowed_step_range"),
            models.UniqueConstraint(
                fields=["phase"], condition=Q(step_percent__isnull=True), name="narrowed_once_a_phase"
            ),
            models.UniqueConstraint(fields=["phase", "step_percent"], name="narrowed_once_a_step"),
        ]

    def __str__(self) -> str:
        return f"{self.phase} {self.step_percent or ''}: {self.standing}"
