"""What people did about evidence that is qualified or too early. Both tables only grow."""

from django.conf import settings
from django.db import models

from features.models import Stint
from features.models.constraints import not_blank, one_of
from hypotheses.enums import MarkCode


class Clearance(models.Model):
    """A person looked into a mark and says why the evidence may be used all the same.

    It holds for what the mark is about (`facts`: which steps of which features, which versions): another bundle,
    another change of the goalposts, is another mark. `detail` is how it was told.
    """

    stint = models.ForeignKey(Stint, on_delete=models.PROTECT, related_name="clearances")
    code = models.CharField(max_length=20)
    facts = models.TextField()
    detail = models.TextField()
    reason = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "clearance"
        ordering = ("stint_id", "at", "id")
        constraints = [
            one_of("code", MarkCode, name="clearance_code_known"),
            not_blank("reason", name="clearance_reason_given"),
            models.UniqueConstraint(fields=["stint", "code", "facts"], name="clearance_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code} cleared for {self.stint}"


class Unfolding(models.Model):
    """A person looked at numbers that were too early to decide on: of which stint, as of when."""

    stint = models.ForeignKey(Stint, on_delete=models.PROTECT, related_name="unfoldings")
    as_of = models.DateTimeField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "unfolding"
        ordering = ("stint_id", "at", "id")
        constraints = [models.UniqueConstraint(fields=["stint", "as_of", "by"], name="unfolding_once")]

    def __str__(self) -> str:
        return f"{self.by} looked at {self.stint} as of {self.as_of:%Y-%m-%d}"
