"""How much features are used: naming the metrics that tell it, and recording what they say.

A source brings it in the rows that it brings results in: where these name a trial, a row of use names `use:` and the
feature's key. No trial can have such a key.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import transaction

from features.actions.recording import record
from features.errors import BadInput, FieldError
from features.models import Feature
from features.queries.people import require_may_act_for
from hypotheses.enums import MetricKind, UseKind
from hypotheses.models import Metric, Pull, Usage, UseReading
from hypotheses.queries.checking import Complaints
from hypotheses.queries.measured import measured
from hypotheses.sources.base import Row

PREFIX: Final = "use:"
AHEAD: Final = timedelta(minutes=5)
KINDS: Final[Mapping[UseKind, tuple[MetricKind, ...]]] = {
    UseKind.ADOPTION: (MetricKind.PROPORTION,),
    UseKind.FREQUENCY: (MetricKind.MEAN, MetricKind.VALUE),
}
"""What a metric has to be to tell it: a share of units, or a number for each of them."""
FIRST: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class LandedUse:
    """What a batch of readings came to. `unknown`: the `use:KEY` of rows whose feature is none of ours."""

    new: int = 0
    revised: int = 0
    unchanged: int = 0
    unknown: tuple[str, ...] = ()


@transaction.atomic
def name_use(
    *, feature: Feature, metrics: Mapping[UseKind, Metric | None], since: date | None, by: User | None, now: datetime
) -> None:
    """Say which metrics tell a feature's adoption and frequency; None takes one away, what is not given stays.

    `since`: the first day whose readings count, by default all of them. The readings are kept, whatever is named.

    Raises:
        BadInput: a metric cannot tell it. Forbidden: another squad's feature.
    """
    feature = hold_use(feature)
    require_may_act_for(by, feature.squad)
    complaints = Complaints()
    for kind, metric in metrics.items():
        if metric is not None and metric.kind not in KINDS[kind]:
            complaints.add(kind.value, _unfit(kind, metric))
    if since is not None and not FIRST <= since <= now.date() + timedelta(days=1):
        complaints.add("since", "The day lies between 1970 and today.")
    complaints.refuse("Nothing was changed")
    standing = {usage.kind: usage for usage in Usage.objects.select_related("metric").filter(feature=feature)}
    before = _told(standing.values())
    for kind, metric in metrics.items():
        fields = {"kind": kind, "since": since or FIRST, "set_at": now, "set_by": by}
        _put(standing.get(kind), Usage(feature=feature, metric=metric, **fields) if metric else None)
    after = _told(Usage.objects.select_related("metric").filter(feature=feature))
    if before != after:
        body = {"before": before, "after": after}
        record(act="use.named", subject=f"feature:{feature.key}", by=by, now=now, body=body)


def hold_use(feature: Feature) -> Feature:
    """The feature, locked until the caller's transaction ends: what is named of it cannot change meanwhile."""
    return Feature.objects.select_for_update(of=("self",)).select_related("squad").get(pk=feature.pk)


def _put(standing: Usage | None, wanted: Usage | None) -> None:
    if wanted is None:
        if standing:
            standing.delete()
    elif standing is None:
        wanted.save()
    elif (standing.metric_id, standing.since) != (wanted.metric_id, wanted.since):
        wanted.pk = standing.pk
        wanted.save(force_update=True)


def _unfit(kind: UseKind, metric: Metric) -> str:
    needs = " or ".join(KINDS[kind])
    what = "the share of its audience that uses it" if kind is UseKind.ADOPTION else "the uses of one user in a week"
    return f"{metric.name} is a {metric.kind}. {kind.label} is {what}: a metric of the kind {needs} tells it."


def _told(usages: Iterable[Usage]) -> dict[str, Any]:
    return {usage.kind: {"metric": usage.metric.key, "since": usage.since.isoformat()} for usage in usages}


def apart(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """The rows of trials, and those of use."""
    of_use = [row for row in rows if row.trial.startswith(PREFIX)]
    return ([row for row in rows if not row.trial.startswith(PREFIX)] if of_use else list(rows)), of_use


@transaction.atomic
def land_use(
    *, rows: Sequence[Row], now: datetime, by: User | None = None, pull: Pull | None = None, source: str = "api"
) -> LandedUse:
    """Record readings, all of them or none. Known by (feature, metric, as_of): an unchanged one writes nothing, a
    changed one is the next revision. What a pull brings of features that are not there is left out and named.

    Raises:
        BadInput: every wrong field, as `rows.3.mean`. Forbidden: another squad's feature.
    """
    if not rows:
        return LandedUse()
    keys = {row.trial.removeprefix(PREFIX) for row in rows}
    of_these = Feature.objects.filter(key__in=keys).order_by("pk")
    features = {one.key: one for one in of_these.select_for_update(no_key=True, of=("self",)).select_related("squad")}
    metrics = Metric.objects.in_bulk({row.metric for row in rows}, field_name="key")
    values = _checked(rows, features, metrics, now, leave_out=pull is not None)
    for feature in features.values() if by is not None else ():
        require_may_act_for(by, feature.squad)
    counts = _write(values, now=now, pull=pull, source=source)
    unknown = tuple(row.trial for row in rows if row.trial.removeprefix(PREFIX) not in features)
    return LandedUse(*counts, unknown=unknown)


Values = dict[tuple[int, int, datetime], tuple[int, float]]
"""The units and the value by feature, metric (ids) and moment."""


def _checked(
    rows: Sequence[Row],
    features: Mapping[str, Feature],
    metrics: Mapping[str, Metric],
    now: datetime,
    *,
    leave_out: bool,
) -> Values:
    found: Values = {}
    errors: list[FieldError] = []
    for place, row in enumerate(rows):

        def say(name: str, detail: str, code: str = "invalid", place: int = place) -> None:
            errors.append(FieldError(f"rows.{place}.{name}", code, detail))

        feature, metric = features.get(row.trial.removeprefix(PREFIX)), metrics.get(row.metric)
        if feature is None and leave_out:
            continue
        _check_names(row, feature, metric, say)
        if row.as_of.tzinfo is None or row.as_of > now + AHEAD:
            say("as_of", "Give a time with its offset that is not ahead of the clock.")
        value = _value(row, metric, say) if feature and metric else None
        if feature is None or metric is None or value is None:
            continue
        if found.setdefault((feature.pk, metric.pk, row.as_of), value) != value:
            say("as_of", "Another row says something else of the same feature, metric and moment.", "duplicate")
    _refuse(errors)
    return found


def _check_names(row: Row, feature: Feature | None, metric: Metric | None, say: Any) -> None:
    if feature is None:
        say("feature", f"There is no feature “{row.trial.removeprefix(PREFIX)[:80]}”.", "unknown")
    if metric is None:
        say("metric", f"No metric with the key “{row.metric[:80]}” is in the catalogue. Add it first.", "unknown")


def _refuse(errors: Sequence[FieldError]) -> None:
    if errors:
        _, place, name = errors[0].field.split(".", 2)
        detail = f"Nothing was recorded. Row {int(place) + 1}, {name}: {errors[0].detail}"
        raise BadInput(code="invalid", detail=detail, errors=tuple(errors[:50]))


def _value(row: Row, metric: Metric, say: Any) -> tuple[int, float] | None:
    """The units and the value. How much the units differ is not asked of use: the variance may be left out."""
    if metric.kind == MetricKind.RATIO:
        say("metric", f"{metric.name} is a ratio. Use is told by a proportion, a mean or a value.")
        return None
    if metric.kind != MetricKind.PROPORTION and row.mean is not None and row.var is None:
        row = replace(row, var=0.0)
    stats = measured(row, kind=metric.kind, complain=say)
    if stats is None:
        return None
    if not stats.n:
        say("n", "Nobody was looked at (n is 0), so nothing is known. Leave it out.")
    elif stats.mean < 0:
        say("mean", "Nobody uses it less than never: give 0 or more.")
    else:
        return stats.n, stats.mean
    return None


def _write(values: Values, *, now: datetime, pull: Pull | None, source: str) -> tuple[int, int, int]:
    """How many were new, revised, unchanged."""
    features = {feature for feature, _, _ in values}
    moments = {moment for _, _, moment in values}
    standing = {
        (one.feature_id, one.metric_id, one.as_of.astimezone(UTC)): one
        for one in UseReading.objects.filter(feature__in=features, as_of__in=moments, superseded_at__isnull=True)
    }
    made, gone, same = [], [], 0
    for (feature, metric, as_of), (n, value) in values.items():
        earlier = standing.get((feature, metric, as_of.astimezone(UTC)))
        if earlier is not None and (earlier.n, earlier.value) == (n, value):
            same += 1
            continue
        if earlier is not None:
            gone.append(earlier.pk)
        revision = earlier.revision + 1 if earlier else 1
        made.append(
            UseReading(
                feature_id=feature, metric_id=metric, as_of=as_of, n=n, value=value, pull=pull, source=source,
                revision=revision, recorded_at=now,
            )
        )  # fmt: skip
    UseReading.objects.filter(pk__in=gone).update(superseded_at=now)
    UseReading.objects.bulk_create(made, batch_size=500)
    return len(made) - len(gone), len(gone), same
