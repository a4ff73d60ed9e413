"""What qualifies evidence: it keeps its verdict, but may not satisfy a must rule until a person clears the mark."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from features.models import Stint
from hypotheses.enums import MarkCode
from hypotheses.models import Clearance, Hypothesis, Stage

Part = dict[str, Any]
NEAR: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Qualified:
    """One stint as its marks are found: the versions of its feature's hypothesis up to it (oldest first), its stages,
    and the stretch that its evidence covers (None: there is none).
    """

    stint: Stint
    versions: Sequence[Hypothesis]
    stages: Sequence[Stage]
    run_from: datetime | None
    as_of: datetime | None


class _Step(NamedTuple):
    """A feature went up a step: whose child it is, when, and what it then had to move, for whom."""

    feature: int
    parent: int | None
    name: str
    at: datetime
    metric: int | None
    audience: str


def marks_of(many: Collection[Qualified]) -> dict[int, list[Part]]:
    """The marks of each stint (id) besides those that its evidence carries. One query for all, where something runs."""
    steps = _steps_up(many)
    found: dict[int, list[Part]] = {}
    for each in many:
        told = (_moved_goalposts(each), _transfer(each), _bundled(each, steps))
        found[each.stint.pk] = [_mark(code, detail) for code, detail in told if detail]
    return found


def with_clearances(marks: Iterable[Part], clearances: Mapping[tuple[str, str], Clearance]) -> tuple[Part, ...]:
    """The marks, with who cleared which and why."""
    return tuple(_cleared(mark, clearances.get((mark["code"], mark["detail"]))) for mark in marks)


def clearances_of(*, stints: Collection[int], until: datetime) -> dict[int, dict[tuple[str, str], Clearance]]:
    """What was cleared of these stints (ids) up to a moment, by code and detail. One query."""
    found: dict[int, dict[tuple[str, str], Clearance]] = {}
    for row in Clearance.objects.filter(stint__in=stints, at__lte=until).select_related("by"):
        found.setdefault(row.stint_id, {})[row.code, row.detail] = row
    return found


def _mark(code: MarkCode, detail: str) -> Part:
    return {"code": str(code), "cleared_by": None, "reason": "", "detail": detail}


def _cleared(mark: Part, by: Clearance | None) -> Part:
    if by is None:
        return mark
    return {**mark, "cleared_by": by.by.get_username(), "reason": by.reason, "cleared_at": by.at.isoformat()}


def _moved_goalposts(each: Qualified) -> tuple[MarkCode, str]:
    """Whether the version in force asks for something else than one that data had been seen under."""
    code = MarkCode.MOVED_GOALPOSTS
    if not each.versions:
        return code, ""
    now = each.versions[-1]
    seen = [version for version in each.versions[:-1] if version.locked_at and version.stint_id != each.stint.pk]
    if not seen:
        return code, ""
    before = seen[-1]
    changed = [
        word
        for word, moved in (
            ("metric", now.metric_id != before.metric_id),
            ("direction", now.direction != before.direction),
            ("minimum effect", _eased(now, before)),
        )
        if moved
    ]
    if not changed:
        return code, ""
    return (
        code,
        f"Version {now.version} changed the {' and the '.join(changed)} after data of version {before.version}.",
    )


def _eased(now: Hypothesis, before: Hypothesis) -> bool:
    """Whether the same metric has to move less than it had to."""
    if now.metric_id != before.metric_id or now.minimum_effect is None or before.minimum_effect is None:
        return False
    wanted = now.minimum_effect if now.effect_scale == before.effect_scale else now.minimum_effect_absolute
    stood = before.minimum_effect if now.effect_scale == before.effect_scale else before.minimum_effect_absolute
    return wanted is not None and stood is not None and wanted < stood * (1 - NEAR)


def _transfer(each: Qualified) -> tuple[MarkCode, str]:
    """Whether the trials ran in other markets only than the one that the hypothesis is to be launched in."""
    code = MarkCode.TRANSFER
    wanted = _plain(each.versions[-1].market) if each.versions else ""
    tested = sorted({stage.trial.market for stage in each.stages if stage.landed and stage.trial.market})
    if not wanted or not tested or any(_plain(market) == wanted for market in tested):
        return code, ""
    return code, f"The trial ran in {' and '.join(tested)}; the launch is in {each.versions[-1].market}."


def _bundled(each: Qualified, steps: Sequence[_Step]) -> tuple[MarkCode, str]:
    """Whether another feature with the same metric and audience stepped up while this one was measured. Its own tweaks
    and its parent are its family.
    """
    code = MarkCode.BUNDLED
    if each.run_from is None or each.as_of is None or not each.versions:
        return code, ""
    mine, audience = each.versions[-1], _plain(each.versions[-1].audience)
    family = {each.stint.feature_id, each.stint.feature.parent_id} - {None}
    names = sorted({
        step.name
        for step in steps
        if each.run_from < step.at <= each.as_of
        and not family & {step.feature, step.parent}
        and (step.metric, step.audience) == (mine.metric_id, audience)
    })  # fmt: skip
    if not names:
        return code, ""
    return code, f"{' and '.join(names)} stepped up in the same time, for the same metric and audience."


def _steps_up(many: Collection[Qualified]) -> list[_Step]:
    """Where any feature stepped up within the stretches, by one of the metrics. One query, by a metric's hypotheses."""
    spans = [(each.run_from, each.as_of) for each in many if each.run_from and each.as_of]
    metrics = {each.versions[-1].metric_id for each in many if each.versions and each.versions[-1].metric_id}
    if not spans or not metrics:
        return []
    before = Stint.objects.filter(feature=OuterRef("feature"), number=OuterRef("number") - 1)
    in_force = Hypothesis.objects.filter(feature=OuterRef("feature"), stint__number__lte=OuterRef("number")).order_by(
        "-version"
    )
    stints = Stint.objects.filter(
        started_at__gt=min(low for low, _ in spans),
        started_at__lte=max(high for _, high in spans),
        step_percent__gt=Coalesce(Subquery(before.values("step_percent")[:1]), Decimal(0)),
        feature__in=Hypothesis.objects.filter(metric__in=metrics).values("feature"),
    )
    rows = stints.values_list(
        "feature", "feature__parent", "feature__name", "started_at",
        Subquery(in_force.values("metric")[:1]), Subquery(in_force.values("audience")[:1]),
    )  # fmt: skip
    return [_Step._make((*row[:5], _plain(row[5]))) for row in rows]


def _plain(text: str) -> str:
    """Without case and spaces, for comparing what people wrote."""
    return " ".join(text.casefold().split())
