"""What a squad believes, fixed before the data."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from features.models import Feature, Stint
from features.models.constraints import above, one_of, together, within
from hypotheses.enums import Better, EffectScale
from hypotheses.models.metric import Metric


class Hypothesis(models.Model):
    """“We believe that `change` for `audience` will move `metric` `direction` by at least `minimum_effect`,
    because `reason`.”

    Versioned per feature. It may be replaced by a new version while its stint has no result or finding; from then on
    it is locked: `locked_at`, the `baseline` it was locked with, and `minimum_effect_absolute` (for a relative minimum
    effect: effect × |baseline|) are written once. Before that, parts may be missing; the rule
    `hypothesis_complete` names them. `market` is where it is to be launched; empty: everywhere. `planned_units` is the
    most matured units that a trial may take, both compared arms together; empty: it has no end and no plan.
    """

    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="hypotheses")
    version = models.PositiveIntegerField()
    stint = models.ForeignKey(Stint, on_delete=models.PROTECT, related_name="hypotheses")
    change = models.TextField(blank=True)
    audience = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, null=True, related_name="hypotheses")
    direction = models.CharField(max_length=4, blank=True)
    minimum_effect = models.FloatField(null=True)
    effect_scale = models.CharField(max_length=8, default=EffectScale.ABSOLUTE)
    planned_units = models.PositiveIntegerField(null=True)
    mvp = models.TextField(blank=True)
    market = models.TextField(blank=True)
    locked_at = models.DateTimeField(null=True)
    baseline = models.FloatField(null=True)
    minimum_effect_absolute = models.FloatField(null=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "hypothesis"
        verbose_name_plural = "hypotheses"
        ordering = ("feature_id", "-version")
        constraints = [
            models.UniqueConstraint(fields=["feature", "version"], name="hypothesis_version_once"),
            within("version", 1, name="hypothesis_version_from_one"),
            one_of("direction", ["", *Better], name="hypothesis_direction_known"),
            one_of("effect_scale", EffectScale, name="hypothesis_scale_known"),
            above("minimum_effect", 0, name="hypothesis_minimum_effect_above_zero"),
            above("minimum_effect_absolute", 0, name="hypothesis_absolute_effect_above_zero"),
            above("planned_units", 0, name="hypothesis_planned_units_above_zero"),
            together("locked_at", "minimum_effect_absolute", name="hypothesis_locked_whole"),
        ]

    def __str__(self) -> str:
        return f"{self.feature}, version {self.version}"


class Guardrail(models.Model):
    """A metric that the change may not harm by more than `margin` (its unit, ≥ 0). With margin 0: not shown worse,
    and `minimum_effect` says how fine a harm must be seen.
    """

    hypothesis = models.ForeignKey(Hypothesis, on_delete=models.CASCADE, related_name="guardrails")
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="+")
    margin = models.FloatField(default=0)
    minimum_effect = models.FloatField(null=True)

    class Meta:
        db_table = "guardrail"
        ordering = ("hypothesis_id", "id")
        constraints = [
            models.UniqueConstraint(fields=["hypothesis", "metric"], name="guardrail_once"),
            within("margin", 0, name="guardrail_margin_not_negative"),
            above("minimum_effect", 0, name="guardrail_minimum_effect_above_zero"),
            models.CheckConstraint(
                condition=Q(margin__gt=0) | Q(minimum_effect__isnull=False),
                name="guardrail_margin_or_minimum_effect",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} within {self.margin}"


class SuccessMetric(models.Model):
    """A further metric that may validate the hypothesis, besides its own: it moves in `direction` by at least
    `minimum_effect`, which is in the metric's unit (a share of a baseline can be stated of the primary metric only).
    """

    hypothesis = models.ForeignKey(Hypothesis, on_delete=models.CASCADE, related_name="success_metrics")
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="+")
    direction = models.CharField(max_length=4)
    minimum_effect = models.FloatField()

    class Meta:
        db_table = "success_metric"
        ordering = ("hypothesis_id", "id")
        constraints = [
            models.UniqueConstraint(fields=["hypothesis", "metric"], name="success_metric_once"),
            one_of("direction", Better, name="success_metric_direction_known"),
            above("minimum_effect", 0, name="success_metric_minimum_effect_above_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.direction} by {self.minimum_effect}"


class Baseline(models.Model):
    """A metric's value at full release or after a landed tweak: what the next tweak is measured against.

    Never changed.
    """

    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="baselines")
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="+")
    value = models.FloatField()
    frozen_at = models.DateTimeField()
    tweak = models.ForeignKey(Feature, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "baseline"
        ordering = ("feature_id", "frozen_at", "id")
        constraints = [
            models.CheckConstraint(
                condition=Q(tweak__isnull=True) | ~Q(tweak=F("feature")), name="baseline_tweak_is_another"
            ),
            # one for each landed tweak
            models.UniqueConstraint(fields=["feature", "metric", "tweak"], name="baseline_once_a_tweak"),
        ]

    def __str__(self) -> str:
        return f"{self.feature}: {self.metric} = {self.value}"
