"""A past range of a metric that is read once more, a little at a time."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from features.models.constraints import exactly_when, one_of, within
from hypotheses.enums import BackfillState
from hypotheses.models.metric import Schedule


class Backfill(models.Model):
    """The windows of one schedule from `since` to `until`, read once more: who wants it, and how far it has come.

    `every_seconds` is the width of its windows, the schedule's own when it began. `cursor` is the start of the first
    window that it has not planned yet; its pulls name it. While it is `stopped`, those of them that wait are `held`.
    Whoever changes one holds the lock of its schedule.
    """

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="backfills")
    since = models.DateTimeField()
    until = models.DateTimeField()
    every_seconds = models.PositiveIntegerField()
    cursor = models.DateTimeField()
    state = models.CharField(max_length=10, default=BackfillState.RUNNING)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    stopped_at = models.DateTimeField(null=True)
    stopped_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "backfill"
        ordering = ("-id",)
        constraints = [
            one_of("state", BackfillState, name="backfill_state_known"),
            within("every_seconds", 1, name="backfill_every_at_least_a_second"),
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="backfill_range_ordered"),
            models.CheckConstraint(
                condition=Q(cursor__gte=F("since"), cursor__lte=F("until")), name="backfill_cursor_in_range"
            ),
            exactly_when(Q(state=BackfillState.STOPPED), "stopped_at", name="backfill_stopped_has_a_moment"),
            exactly_when(Q(state=BackfillState.DONE), "finished_at", name="backfill_done_has_a_moment"),
            # two at once of one metric would read the same windows twice
            models.UniqueConstraint(
                fields=["schedule"], condition=~Q(state=BackfillState.DONE), name="backfill_one_open"
            ),
        ]
        # the tick's feeding: those that run
        indexes = [models.Index(fields=["id"], condition=Q(state="running"), name="backfill_running")]

    def __str__(self) -> str:
        return f"backfill {self.pk} ({self.state})"
