"""Controlled comparisons, and the stretches of constant allocation within them."""

from django.db import models
from django.db.models import F, Q

from features.models import Feature, Stint
from features.models.constraints import above, not_blank, one_of, within
from features.models.squad import SLUG
from hypotheses.enums import ArmRole, Population
from hypotheses.models.hypothesis import Hypothesis


class Trial(models.Model):
    """One controlled comparison of arms for a hypothesis: unit, audience, market, population, dates.

    `exclusive` declares that no unit may be in another trial at the same time.
    """

    key = models.CharField(max_length=80, unique=True, validators=[SLUG])
    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="trials")
    hypothesis = models.ForeignKey(Hypothesis, on_delete=models.PROTECT, null=True, related_name="trials")
    name = models.CharField(max_length=160, blank=True)
    unit = models.CharField(max_length=60, default="user")
    audience = models.TextField(blank=True)
    market = models.CharField(max_length=80, blank=True)
    population = models.CharField(max_length=12, default=Population.CUSTOMERS)
    exclusive = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "trial"
        ordering = ("key",)
        constraints = [
            not_blank("key", name="trial_key_given"),
            one_of("population", Population, name="trial_population_known"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="trial_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.key


class Arm(models.Model):
    """One arm of a trial, with the share of the trial's units it is meant to get (any positive weight)."""

    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="arms")
    name = models.CharField(max_length=60)
    role = models.CharField(max_length=10)
    share = models.FloatField()

    class Meta:
        db_table = "arm"
        ordering = ("trial_id", "id")
        constraints = [
            models.UniqueConstraint(fields=["trial", "name"], name="arm_name_once"),
            models.UniqueConstraint(fields=["trial"], condition=Q(role=ArmRole.CONTROL), name="arm_one_control"),
            one_of("role", ArmRole, name="arm_role_known"),
            above("share", 0, name="arm_share_above_zero"),
            not_blank("name", name="arm_name_given"),
        ]

    def __str__(self) -> str:
        return self.name


class Stage(models.Model):
    """A stretch of constant allocation within a trial; a unit belongs to the stage of its first exposure.

    It belongs to the stint in which it began: evidence of a step combines the stages of its stint, and of no other.
    `landed` counts changed results that arrived, `weighed` how far the evidence has looked.
    """

    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="stages")
    stint = models.ForeignKey(Stint, on_delete=models.PROTECT, related_name="stages")
    label = models.CharField(max_length=40)
    number = models.PositiveIntegerField()
    percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    shares = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    landed = models.PositiveIntegerField(default=0)
    weighed = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "stage"
        ordering = ("trial_id", "number")
        constraints = [
            models.UniqueConstraint(fields=["trial", "label"], name="stage_label_once"),
            models.UniqueConstraint(fields=["trial", "number"], name="stage_number_once"),
            models.UniqueConstraint(fields=["trial"], condition=Q(ended_at__isnull=True), name="stage_one_open"),
            within("percent", 0, 100, name="stage_percent_range"),
            not_blank("label", name="stage_label_given"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="stage_ends_after_start",
            ),
            models.CheckConstraint(condition=Q(weighed__lte=F("landed")), name="stage_weighed_what_landed"),
        ]
        # the weighing: stages with results newer than their evidence
        indexes = [models.Index(fields=["stint"], condition=Q(landed__gt=F("weighed")), name="stage_unweighed")]

    def __str__(self) -> str:
        return f"{self.trial}, stage {self.label}"


class Result(models.Model):
    """The sufficient statistics of one arm, for one metric, cumulative within its stage, as of one moment.

    `n` matured units, `mean`, `var` (sample variance, ddof 1); for a ratio or a covariate also the denominator's
    `mean_x`, `var_x` and `cov_xy`; `n_assigned` for the sample ratio; `n_multi_arm` units seen in several arms. Never
    raw user rows. A changed value is a new row with the next `revision`; the earlier one stays, with
    `superseded_at` set.
    """

    # Only what is asked for has an index, for millions of these rows are written: a stage by `result_revision_once`.
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="results", db_index=False)
    metric = models.ForeignKey("hypotheses.Metric", on_delete=models.PROTECT, related_name="results")
    arm = models.ForeignKey(Arm, on_delete=models.PROTECT, related_name="results", db_index=False)
    as_of = models.DateTimeField()
    window_start = models.DateTimeField(null=True)
    n = models.PositiveBigIntegerField()
    mean = models.FloatField()
    var = models.FloatField()
    mean_x = models.FloatField(null=True)
    var_x = models.FloatField(null=True)
    cov_xy = models.FloatField(null=True)
    n_assigned = models.PositiveBigIntegerField(null=True)
    n_multi_arm = models.PositiveBigIntegerField(null=True)
    design_weight = models.FloatField(null=True)
    definition_hash = models.CharField(max_length=64, blank=True)
    pull = models.ForeignKey(
        "hypotheses.Pull", on_delete=models.PROTECT, null=True, related_name="results", db_index=False
    )
    pass_number = models.PositiveSmallIntegerField(default=0)
    source = models.CharField(max_length=80, blank=True)
    revision = models.PositiveIntegerField(default=1)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "result"
        ordering = ("stage_id", "metric_id", "arm_id", "as_of", "revision")
        constraints = [
            models.UniqueConstraint(
                fields=["stage", "metric", "arm", "as_of"],
                condition=Q(superseded_at__isnull=True),
                name="result_current_once",
            ),
            models.UniqueConstraint(
                fields=["stage", "metric", "arm", "as_of", "revision"], name="result_revision_once"
            ),
            within("n", 0, name="result_n_not_negative"),
            within("var", 0, name="result_var_not_negative"),
            within("var_x", 0, name="result_var_x_not_negative"),
            above("design_weight", 0, name="result_design_weight_above_zero"),
            within("revision", 1, name="result_revision_from_one"),
            models.CheckConstraint(
                condition=Q(n_assigned__isnull=True) | Q(n_assigned__gte=F("n")),
                name="result_assigned_at_least_matured",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stage} {self.metric} {self.arm} as of {self.as_of:%Y-%m-%d}"
