"""Which version of a hypothesis is in force, and whether the data have come already."""

from datetime import datetime

from features.models import Feature, Stint
from hypotheses.models import Finding, Hypothesis, Result


def current_hypothesis(*, feature: Feature) -> Hypothesis | None:
    """The latest version of a feature's hypothesis, None when none was written."""
    return feature.hypotheses.select_related("metric").order_by("-version").first()


def hypothesis_in_force(*, stint: Stint) -> Hypothesis | None:
    """The version that a stint is judged by: the latest that was written in it or before it.

    Late results of a closed stint are so weighed by what was believed then, never by what was believed afterwards.
    """
    written = Hypothesis.objects.filter(feature_id=stint.feature_id, stint__number__lte=stint.number)
    return written.select_related("metric").order_by("-version").first()


def data_since(*, stint: Stint) -> tuple[str, datetime] | None:
    """What came first in a stint, and when it was recorded: (“result” or “finding”, time); None while nothing has."""
    result = (
        Result.objects.filter(stage__stint=stint).order_by("recorded_at", "id").values_list("recorded_at", flat=True)
    )
    finding = Finding.objects.filter(stint=stint).order_by("at", "id").values_list("at", flat=True)
    found = [(at, word) for word, at in (("result", result.first()), ("finding", finding.first())) if at is not None]
    return (min(found)[1], min(found)[0]) if found else None
