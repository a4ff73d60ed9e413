"""Keeping what lists say of a stint in step with what its page says."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q

from features.models import Stint
from hypotheses.models import Hypothesis, Metric, Standing
from hypotheses.queries.evidence import standings


def restate_standing(*, stints: Collection[int], now: datetime) -> None:
    """Write what the data say of these stints (ids) after evidence, findings, or a trial's end.

    Inside the caller's transaction, after what it writes. The stints' rows are locked first, in the order of their ids,
    so that of two who learn something at once the later one reads what the earlier one wrote.
    """
    list(Stint.objects.select_for_update(no_key=True).filter(pk__in=stints).order_by("pk").values_list("pk"))
    fields = ("verdict", "reason", "state", "run_from", "as_of", "stale_at")
    Standing.objects.bulk_create(
        standings(stints=stints, now=now), update_conflicts=True, unique_fields=["stint"], update_fields=fields
    )


def restate_standings_on(*, metric: Metric, now: datetime) -> None:
    """The same for every running stint that is weighed by a metric whose definition or schedule changed, whatever the
    hypothesis asks of it.
    """
    by_it = Q(metric=metric) | Q(guardrails__metric=metric) | Q(success_metrics__metric=metric)
    beliefs = Hypothesis.objects.filter(by_it)
    features = beliefs.values("feature")
    running = Stint.objects.filter(ended_at__isnull=True, standing__isnull=False, feature__in=features)
    restate_standing(stints=list(running.values_list("pk", flat=True)), now=now)
