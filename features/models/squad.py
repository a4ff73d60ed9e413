"""Tribes, squads, and what people are in them."""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models

from features.enums import Role
from features.models.constraints import not_blank, one_of

SLUG = RegexValidator(
    r"^[a-z0-9]+(-[a-z0-9]+)*$",
    "Use lower-case letters, digits and single hyphens, for example “one-tap-reorder”.",
)


class Tribe(models.Model):
    """Squads that work towards one mission, with one or more leaders."""

    slug = models.CharField(max_length=60, unique=True, validators=[SLUG])
    name = models.CharField(max_length=120)
    leaders = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="tribes_led", blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        db_table = "tribe"
        ordering = ("slug",)
        constraints = [not_blank("slug", name="tribe_slug_given")]

    def __str__(self) -> str:
        return self.name


class Squad(models.Model):
    """A small team that owns features."""

    slug = models.CharField(max_length=60, unique=True, validators=[SLUG])
    name = models.CharField(max_length=120)
    tribe = models.ForeignKey(Tribe, on_delete=models.PROTECT, related_name="squads")
    people = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Membership", related_name="squads")
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        db_table = "squad"
        ordering = ("slug",)
        constraints = [not_blank("slug", name="squad_slug_given")]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One person's role in one squad."""

    squad = models.ForeignKey(Squad, on_delete=models.CASCADE, related_name="memberships")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=[(role.value, role.label) for role in Role], default=Role.MEMBER)

    class Meta:
        db_table = "membership"
        ordering = ("squad_id", "id")
        constraints = [
            models.UniqueConstraint(fields=["squad", "person"], name="membership_once"),
            one_of("role", Role, name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.person} in {self.squad}"
