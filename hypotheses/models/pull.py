"""The ledger of pulls: the truth about what was fetched, what is due and who holds it."""

from django.db import models
from django.db.models import F, Q

from features.models.constraints import not_blank, one_of, together, within
from hypotheses.enums import PullState
from hypotheses.models.backfill import Backfill
from hypotheses.models.metric import Schedule
from hypotheses.models.source import Source


class Pull(models.Model):
    """One fetch of one metric for one window (and one pass of restatement).

    A worker that claims it writes a lease (until, token, by whom); only the holder of the token may write the outcome.
    A `failed` pull is due again at `due_at`; a `dead` one waits for a person, a `held` one for its backfill to go on.
    All times are the database's clock.
    """

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="pulls", db_index=False)
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="pulls", db_index=False)
    window_start = models.DateTimeField()
    window_end = models.DateTimeField()
    pass_number = models.PositiveSmallIntegerField(default=0)
    backfill = models.ForeignKey(Backfill, on_delete=models.SET_NULL, null=True, related_name="pulls", db_index=False)
    state = models.CharField(max_length=10, default=PullState.DUE)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    leased_by = models.CharField(max_length=120, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    lost_leases = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    fetch_seconds = models.FloatField(null=True)
    rows = models.PositiveIntegerField(null=True)
    bytes = models.PositiveBigIntegerField(null=True)

    class Meta:
        db_table = "pull"
        ordering = ("-window_end", "-id")
        constraints = [
            models.UniqueConstraint(fields=["schedule", "window_start", "pass_number"], name="pull_window_once"),
            one_of("state", PullState, name="pull_state_known"),
            models.CheckConstraint(condition=Q(window_end__gt=F("window_start")), name="pull_window_ordered"),
            together("lease_until", "lease_token", name="pull_lease_whole"),
            models.CheckConstraint(
                condition=Q(state=PullState.RUNNING, lease_token__isnull=False)
                | (~Q(state=PullState.RUNNING) & Q(lease_token__isnull=True)),
                name="pull_lease_while_running",
            ),
            within("fetch_seconds", 0, name="pull_seconds_not_negative"),
        ]
        indexes = [
            # the worker's claim: what is due, oldest first, over all sources and per source
            models.Index(fields=["due_at", "id"], condition=Q(state__in=["due", "failed"]), name="pull_due"),
            models.Index(
                fields=["source", "due_at", "id"],
                condition=Q(state__in=["due", "failed"]),
                name="pull_due_by_source",
            ),
            # the source's concurrency limit
            models.Index(fields=["source"], condition=Q(state="running"), name="pull_running_by_source"),
            # the tick's sweep: leases that have run out
            models.Index(fields=["lease_until"], condition=Q(state="running"), name="pull_lease_expired"),
            # a metric's freshness: how its latest pull ended, and when its next one is due
            models.Index(
                fields=["schedule", "-finished_at"], condition=Q(finished_at__isnull=False), name="pull_finished"
            ),
            models.Index(
                fields=["schedule", "due_at"], condition=Q(state__in=["due", "failed"]), name="pull_next_of_schedule"
            ),
            # the lists of pulls, of a metric, of a source and of all: the latest windows first
            models.Index(fields=["schedule", "-window_end", "-id"], name="pull_latest_of_schedule"),
            models.Index(fields=["source", "-window_end", "-id"], name="pull_latest_of_source"),
            models.Index(fields=["-window_end", "-id"], name="pull_latest"),
            # a backfill's progress, and the feeding of it
            models.Index(fields=["backfill", "state"], condition=Q(backfill__isnull=False), name="pull_of_backfill"),
            # the list of what needs a person
            models.Index(fields=["due_at"], condition=Q(state="dead"), name="pull_dead"),
        ]

    def __str__(self) -> str:
        return f"pull {self.pk} ({self.state})"


class Clock(models.Model):
    """One row a clock, so that of many ticks at once only one acts; `at` also tells that the clock is alive."""

    name = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "clock"
        constraints = [not_blank("name", name="clock_name_given")]

    def __str__(self) -> str:
        return self.name
