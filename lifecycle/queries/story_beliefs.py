"""What was believed of a feature and what the data said, as its story tells it."""

from collections.abc import Iterator

from features.models import Feature
from hypotheses.enums import FindingKind
from hypotheses.models import Evidence, Finding, Hypothesis, Trial
from lifecycle.queries.events import Event, name_of


def beliefs(feature: Feature) -> Iterator[Event]:
    """Versions of the hypothesis, findings, trials, and each change of the verdict."""
    yield from _hypotheses(feature)
    yield from _findings(feature)
    yield from _trials(feature)
    yield from _verdicts(feature)


def _hypotheses(feature: Feature) -> Iterator[Event]:
    versions = Hypothesis.objects.filter(feature=feature).select_related("metric", "created_by")
    for one in versions.order_by("version"):
        aim = f" It is meant to move {one.metric.name} {one.direction}." if one.metric else ""
        change = one.change or "not written yet"
        what = f"Hypothesis, version {one.version}: {change.rstrip('.')}.{aim}"
        yield Event(one.created_at, "hypothesis", what, name_of(one.created_by), {"hypothesis": one.version})


def _findings(feature: Feature) -> Iterator[Event]:
    for one in Finding.objects.filter(feature=feature).select_related("by").order_by("at", "pk"):
        counts = f": {one.successes} of {one.trials} succeeded" if one.trials else ""
        note = f" {one.note}" if one.note else ""
        what = f"{FindingKind(one.kind).label.capitalize()} with {one.population}{counts}.{note}"
        yield Event(one.at, "finding", what, name_of(one.by), {"finding": one.pk})


def _trials(feature: Feature) -> Iterator[Event]:
    for trial in Trial.objects.filter(feature=feature).order_by("started_at", "pk"):
        links = {"trial": trial.key}
        yield Event(trial.started_at, "trial", f"The trial “{trial}” started.", "", links)
        if trial.ended_at is not None:
            yield Event(trial.ended_at, "trial", f"The trial “{trial}” ended.", "", links)


def _verdicts(feature: Feature) -> Iterator[Event]:
    """The evidence whenever its verdict, or the reason for it, differs from the one before in the same stint."""
    rows = Evidence.objects.filter(feature=feature, superseded_at__isnull=True).order_by("as_of", "pk")
    before: dict[int, tuple[str, str]] = {}
    for pk, stint, as_of, verdict, reason in rows.values_list("pk", "stint_id", "as_of", "verdict", "reason"):
        if before.get(stint) != (verdict, reason):
            why = f" ({reason.replace('_', ' ')})" if reason not in ("", "ok") else ""
            yield Event(as_of, "evidence", f"The data say: {verdict}{why}.", "", {"evidence": pk, "verdict": verdict})
        before[stint] = (verdict, reason)
