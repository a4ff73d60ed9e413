"""What a source is asked for a metric: its query, and the stages of the trials, for queries that count by them."""

import json
from datetime import timedelta
from typing import Final

from django.db.models import Q

from hypotheses.models import Stage
from hypotheses.sources.base import Definition, PermanentSourceError, Window, asks_for
from hypotheses.sources.joining import is_joined, question_of

RECENT: Final = timedelta(days=30)
"""How long after its end a trial's stages are still told: late facts and restatements belong to them. A question of
assignments and facts tells when its last units mature, and they are told for so much longer.
"""


def definition_for(*, metric: str, query: str, window: Window) -> Definition:
    """The question for one window. One query, and none where the question does not use `:stages`.

    It tells the stages of all trials that ran in the window, or had ended a while before at most: which of them the
    metric is measured in, the source knows, and a trial may be measured by more metrics than its hypothesis names.
    """
    if not (asks_for(query, "stages") or is_joined(query)):
        return Definition(metric, query)
    told_since = window.start - _maturing(query) - RECENT
    running = Q(trial__ended_at__isnull=True) | Q(trial__ended_at__gt=told_since)
    rows = Stage.objects.filter(running).order_by("trial__key", "number")
    stages = [
        {
            "trial": trial,
            "stage": label,
            "started_at": started_at.isoformat(),
            "ended_at": ended_at.isoformat() if ended_at else None,
        }
        for trial, label, started_at, ended_at in rows.values_list("trial__key", "label", "started_at", "ended_at")
    ]
    return Definition(metric, query, json.dumps(stages))


def _maturing(query: str) -> timedelta:
    """How long after its exposure a unit is measured. Whether the query is right, its source says: some have JSON of
    another form.
    """
    try:
        return timedelta(days=question_of(query).within_days)
    except PermanentSourceError:
        return timedelta(0)
