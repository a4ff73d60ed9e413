"""What qualifies evidence: it keeps its verdict, but may not satisfy a must rule until a person clears the mark."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import inf, isclose
from typing import Any, Final, NamedTuple

from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from features.models import Stint
from hypotheses.enums import MarkCode
from hypotheses.models import Clearance, Hypothesis, Stage, SuccessMetric

Part = dict[str, Any]
NEAR: Final = 1e-9
SMALL: Final = 0.01
"""The share of units that may be of another market: a few strays move no estimate."""
TOGETHER: Final = timedelta(days=1)
"""Steps that are no further apart belong to one release."""


@dataclass(frozen=True, slots=True)
class Qualified:
    """One stint as its marks are found: the versions of its feature's hypothesis up to it (oldest first), its stages,
    and the stretch that its evidence covers (None: there is none). units: those that the evidence of each metric that
    may validate stands on, by trial; under the metric's key, the primary's under "". seen: the numbers of the feature's
    earlier stints that brought data.
    """

    stint: Stint
    versions: Sequence[Hypothesis]
    stages: Sequence[Stage]
    run_from: datetime | None
    as_of: datetime | None
    units: Mapping[str, Mapping[str, int]]
    seen: Collection[int]


class Told(NamedTuple):
    """A mark: what it is about, in a form that a rename does not change, and the sentence; both "" for none."""

    code: MarkCode
    facts: str = ""
    detail: str = ""


class _Step(NamedTuple):
    """A feature went up a step: whose child it is, when, and what it then had to move (metric ids), for whom."""

    feature: int
    parent: int | None
    key: str
    name: str
    at: datetime
    metrics: frozenset[int]
    audience: str


def marks_of(many: Collection[Qualified], clearances: Collection[Clearance]) -> dict[int, tuple[Part, ...]]:
    """The marks of each stint (id) besides those that its evidence carries. One query for all where something runs, two
    more where something stepped up.

    clearances: those of the features; goalposts that somebody cleared are where they are from then on.
    """
    steps = _steps_up(many)
    cleared_in: dict[int, int] = {}
    for row in clearances:
        if row.code == MarkCode.MOVED_GOALPOSTS:
            cleared_in[row.stint.feature_id] = max(row.stint.number, cleared_in.get(row.stint.feature_id, 0))
    found: dict[int, tuple[Part, ...]] = {}
    for each in many:
        since = cleared_in.get(each.stint.feature_id, 0)
        told = (_moved_goalposts(each, since=since), *_transfers(each), _bundled(each, steps))
        found[each.stint.pk] = tuple(_mark(one) for one in told if one.detail)
    return found


def with_clearances(marks: Iterable[Part], clearances: Iterable[Clearance], *, stint: int) -> tuple[Part, ...]:
    """The marks of a stint (id), with who cleared which and why."""
    known = {(row.code, row.facts): row for row in clearances if row.stint_id == stint}
    return tuple(_cleared(mark, known.get((mark["code"], facts_of(mark)))) for mark in marks)


def facts_of(mark: Part) -> str:
    """What a mark is about: those that evidence carries say it by their sentence."""
    return str(mark.get("facts") or mark["detail"])


def clearances_of(*, features: Collection[int], until: datetime) -> list[Clearance]:
    """What was cleared of these features (ids) up to a moment, oldest first. One query."""
    rows = Clearance.objects.filter(stint__feature__in=features, at__lte=until)
    return list(rows.select_related("by", "stint").order_by("at", "pk"))


def _mark(told: Told) -> Part:
    return {"code": str(told.code), "cleared_by": None, "reason": "", "detail": told.detail, "facts": told.facts}


def _cleared(mark: Part, by: Clearance | None) -> Part:
    if by is None:
        return mark
    return {**mark, "cleared_by": by.by.get_username(), "reason": by.reason, "cleared_at": by.at.isoformat()}


def _moved_goalposts(each: Qualified, *, since: int) -> Told:
    """Whether the version in force asks for something else than one under which data were seen: in any stint from
    `since` on, where the goalposts were cleared last.
    """
    for before in _seen_versions(each, since):
        now = each.versions[-1]
        if changed := _changed(now, before):
            words = " and the ".join(changed)
            detail = f"Version {now.version} changed the {words} after data of version {before.version}."
            return Told(MarkCode.MOVED_GOALPOSTS, f"{before.version}>{now.version}", detail)
    return Told(MarkCode.MOVED_GOALPOSTS)


def _seen_versions(each: Qualified, since: int) -> Iterator[Hypothesis]:
    """The earlier versions that were in force in a stint with data, oldest first."""
    ends = [version.stint.number for version in each.versions[1:]] + [each.stint.number]
    for version, end in zip(each.versions[:-1], ends, strict=False):
        if any(version.stint.number <= number < end and number >= since for number in each.seen):
            yield version


def _changed(now: Hypothesis, before: Hypothesis) -> list[str]:
    moved = (
        ("metric", now.metric_id != before.metric_id),
        ("direction", now.direction != before.direction),
        ("minimum effect", _of_another_size(now, before)),
        ("success metrics", _other_successes(now, before)),
        ("guardrails", _loosened(now, before)),
    )
    return [word for word, is_so in moved if is_so]


def _other_successes(now: Hypothesis, before: Hypothesis) -> bool:
    """Whether another further success metric may validate it, one is gone, which gave the others more of α, or one has
    to move by another amount.
    """
    asked = {(one.metric_id, one.direction): one.minimum_effect for one in now.success_metrics.all()}
    stood = {(one.metric_id, one.direction): one.minimum_effect for one in before.success_metrics.all()}
    return asked.keys() != stood.keys() or any(not isclose(asked[one], stood[one], rel_tol=NEAR) for one in stood)


def _loosened(now: Hypothesis, before: Hypothesis) -> bool:
    """Whether a guardrail is gone, or accepts more harm than it did. One that became the metric itself is not gone."""
    margins = {guardrail.metric_id: guardrail.margin for guardrail in now.guardrails.all()}
    return any(
        guardrail.metric_id != now.metric_id and margins.get(guardrail.metric_id, inf) > guardrail.margin * (1 + NEAR)
        for guardrail in before.guardrails.all()
    )


def _of_another_size(now: Hypothesis, before: Hypothesis) -> bool:
    """Whether the same metric has to move by another amount, also by more: the interval is tuned for it, and a larger
    one is refuted sooner. One that asked for nothing was not moved.
    """
    if now.metric_id != before.metric_id or now.minimum_effect is None or before.minimum_effect is None:
        return False
    wanted = now.minimum_effect if now.effect_scale == before.effect_scale else now.minimum_effect_absolute
    stood = before.minimum_effect if now.effect_scale == before.effect_scale else before.minimum_effect_absolute
    return wanted is not None and stood is not None and not isclose(wanted, stood, rel_tol=NEAR)


def _transfers(each: Qualified) -> Iterator[Told]:
    """The primary metric's mark, and those of the further success metrics of which something else is to be said."""
    further = each.versions[-1].success_metrics.all() if each.versions else ()
    names = {one.metric.key: one.metric.name for one in further}
    primary = _transfer(each, each.units.get("", {}))
    yield primary
    for key, units in each.units.items():
        told = _transfer(each, units)
        if key and told.detail and told != primary:
            yield Told(told.code, f"{told.facts}@{key}", f"{names.get(key, key)}: {told.detail}")


def _transfer(each: Qualified, by_trial: Mapping[str, int]) -> Told:
    """Whether more than a hundredth of a metric's units are of another market than the one that it is to be launched
    in.
    """
    wanted = _plain(each.versions[-1].market) if each.versions else ""
    market = {stage.trial.key: stage.trial.market for stage in each.stages}
    elsewhere: dict[str, int] = {}
    for trial, units in by_trial.items():
        where = market.get(trial, "")
        if wanted and where and _plain(where) != wanted:
            elsewhere[where] = elsewhere.get(where, 0) + units
    whole, strange = sum(by_trial.values()), sum(elsewhere.values())
    if not strange or strange <= SMALL * whole:
        return Told(MarkCode.TRANSFER)
    ran = " and ".join(sorted(elsewhere))
    launch = each.versions[-1].market
    part = "The trial ran" if strange == whole else f"{strange / whole:.0%} of the units are"
    facts = f"{'|'.join(sorted(map(_plain, elsewhere)))}>{wanted}"
    return Told(MarkCode.TRANSFER, facts, f"{part} in {ran}; the launch is in {launch}.")


def _bundled(each: Qualified, steps: Sequence[_Step]) -> Told:
    """Whether another feature for the same audience, with a success metric that is one of this one's, stepped up while
    this one was measured, or in the day before: what is released together is. Its tweaks and its parent are its family.
    """
    if each.run_from is None or each.as_of is None or not each.versions:
        return Told(MarkCode.BUNDLED)
    mine, audience = _may_validate(each.versions[-1]), _plain(each.versions[-1].audience)
    family = {each.stint.feature_id, each.stint.feature.parent_id} - {None}
    together = sorted({
        (step.key, step.at, step.name)
        for step in steps
        if each.run_from - TOGETHER <= step.at <= each.as_of
        and not family & {step.feature, step.parent}
        and step.audience == audience
        and step.metrics & mine
    })  # fmt: skip
    if not together:
        return Told(MarkCode.BUNDLED)
    facts = "|".join(f"{key}@{at.isoformat()}" for key, at, _ in together)
    names = " and ".join(sorted({name for *_, name in together}))
    return Told(MarkCode.BUNDLED, facts, f"{names} stepped up in the same time, for the same metric and audience.")


def _steps_up(many: Collection[Qualified]) -> list[_Step]:
    """Where any feature stepped up within the stretches, by one of the metrics. One query, by a metric's hypotheses,
    and two for what those that it finds believed.
    """
    spans = [(each.run_from, each.as_of) for each in many if each.run_from and each.as_of]
    metrics = {metric for each in many if each.versions for metric in _may_validate(each.versions[-1])}
    if not spans or not metrics:
        return []
    before = Stint.objects.filter(feature=OuterRef("feature"), number=OuterRef("number") - 1)
    in_force = Hypothesis.objects.filter(feature=OuterRef("feature"), stint__number__lte=OuterRef("number")).order_by(
        "-version"
    )
    stints = Stint.objects.filter(
        started_at__gte=min(low for low, _ in spans) - TOGETHER,
        started_at__lte=max(high for _, high in spans),
        step_percent__gt=Coalesce(Subquery(before.values("step_percent")[:1]), Decimal(0)),
        feature__in=Hypothesis.objects.filter(
            Q(metric__in=metrics) | Q(pk__in=SuccessMetric.objects.filter(metric__in=metrics).values("hypothesis"))
        ).values("feature"),
    )
    stepped = list(stints.select_related("feature").annotate(version=Subquery(in_force.values("pk")[:1])))
    versions = Hypothesis.objects.prefetch_related("success_metrics").in_bulk({stint.version for stint in stepped})
    return [_step(stint, versions[stint.version]) for stint in stepped if stint.version in versions]


def _step(stint: Stint, version: Hypothesis) -> _Step:
    own = stint.feature
    metrics, audience = _may_validate(version), _plain(version.audience)
    return _Step(own.pk, own.parent_id, own.key, own.name, stint.started_at, metrics, audience)


def _may_validate(version: Hypothesis) -> frozenset[int]:
    """The success metrics (ids) of a version, its primary one too."""
    further = {one.metric_id for one in version.success_metrics.all()}
    return frozenset(further | ({version.metric_id} if version.metric_id else set()))


def _plain(text: str) -> str:
    """Without case and spaces, for comparing what people wrote."""
    return " ".join(text.casefold().split())
