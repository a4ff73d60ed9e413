"""What the data say of a stint, as lists read it."""

from django.db import models

from features.models import Stint
from features.models.constraints import one_of
from hypotheses.enums import Readiness, Verdict


class Standing(models.Model):
    """The verdict of one stint after the last thing that was learned: from its evidence, else from its findings.

    Derived: `evidence_of` says the same at length. It is written in the transaction that changes what it follows from,
    so that a list of many features can show and filter verdicts in SQL. A stint without one knows nothing: `missing`.
    `stale_at`: from then on the data are too old to be read, unless results arrive; None while no trial of the stint
    is meant to bring any. `run_from`, `as_of`: the stretch that the evidence covers, for the minimum run.
    """

    stint = models.OneToOneField(Stint, on_delete=models.PROTECT, primary_key=True, related_name="standing")
    verdict = models.CharField(max_length=12)
    reason = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=16)
    run_from = models.DateTimeField(null=True)
    as_of = models.DateTimeField(null=True)
    stale_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "standing"
        constraints = [
            one_of("verdict", Verdict, name="standing_verdict_known"),
            one_of("state", Readiness, name="standing_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.stint}: {self.verdict}"
