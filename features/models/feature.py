"""A product capability, owned by one squad."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q

from features.enums import Phase, Status
from features.models.constraints import exactly_when, not_blank, one_of, within
from features.models.squad import SLUG, Squad


class Tag(models.Model):
    """A word that squads put on features to find them again."""

    name = models.CharField(max_length=40, unique=True)

    class Meta:
        db_table = "tag"
        ordering = ("name",)
        constraints = [not_blank("name", name="tag_name_given")]

    def __str__(self) -> str:
        return self.name


class Feature(models.Model):
    """A product capability. Its key never changes; it outlives its flag, its experiment and its tickets.

    `phase`, `status`, `iteration`, `step_percent`, `ceiling_percent` and `released_on` are written by decisions only
    (law 1), `exposure_percent` by decisions and by lowering it. They repeat the open stint, so that lists stay flat.
    """

    key = models.CharField(max_length=80, unique=True, validators=[SLUG])
    name = models.CharField(max_length=160)
    summary = models.TextField(blank=True)
    squad = models.ForeignKey(Squad, on_delete=models.PROTECT, related_name="features")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="features_owned",
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="features")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="tweaks")
    succeeds = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="successors")

    phase = models.CharField(
        max_length=12, choices=[(p.value, p.label) for p in Phase], default=Phase.THINK_IT, editable=False
    )
    status = models.CharField(
        max_length=10, choices=[(s.value, s.label) for s in Status], default=Status.ACTIVE, editable=False
    )
    iteration = models.PositiveIntegerField(default=1, editable=False)
    step_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True, editable=False)
    ceiling_percent = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal(0), editable=False)
    exposure_percent = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal(0), editable=False)
    released_on = models.DateField(null=True, editable=False)
    ended_on = models.DateField(null=True, editable=False)
    imported = models.BooleanField(default=False, editable=False)
    native = models.JSONField(default=dict, blank=True, editable=False)

    created_at = models.DateTimeField(editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        db_table = "feature"
        ordering = ("key",)
        constraints = [
            not_blank("key", name="feature_key_given"),
            not_blank("name", name="feature_name_given"),
            one_of("phase", Phase, name="feature_phase_known"),
            one_of("status", Status, name="feature_status_known"),
            within("iteration", 1, name="feature_iteration_from_one"),
            within("exposure_percent", 0, 100, name="feature_exposure_percent_range"),
            within("ceiling_percent", 0, 100, name="feature_ceiling_percent_range"),
            models.CheckConstraint(
                condition=Q(exposure_percent__lte=models.F("ceiling_percent")),
                name="feature_exposure_below_ceiling",
            ),
            models.CheckConstraint(
                condition=Q(step_percent__isnull=True) | Q(phase=Phase.SHIP_IT),
                name="feature_step_in_ship_it",
            ),
            exactly_when(Q(status__in=[Status.ENDED, Status.LANDED]), "ended_on", name="feature_ended_on_when_ended"),
            models.CheckConstraint(
                condition=~Q(status=Status.LANDED) | Q(parent__isnull=False), name="feature_only_tweaks_land"
            ),
            models.CheckConstraint(condition=~Q(parent=models.F("id")), name="feature_not_its_own_parent"),
        ]
        indexes = [
            # the board: one column of one phase, newest first
            models.Index(fields=["status", "phase", "key"], name="feature_board"),
            # the list of a squad
            models.Index(fields=["squad", "status", "phase"], name="feature_squad_list"),
        ]

    def __str__(self) -> str:
        return self.name
