"""Writing what a squad believes, and fixing it before the data."""

from datetime import datetime
from math import isfinite
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from features.actions.recording import record
from features.errors import Conflict
from features.models import Feature, Stint
from features.queries.people import require_may_act_for
from hypotheses.enums import EffectScale
from hypotheses.models import Guardrail, Hypothesis, SuccessMetric
from hypotheses.queries.baseline import baseline_of
from hypotheses.queries.hypotheses import current_hypothesis, data_since, hypothesis_in_force
from hypotheses.queries.statement import Statement, read_statement, stated


def current_stint(*, feature: Feature) -> Stint:
    """The stint that a feature is in.

    Raises:
        Conflict: `feature_ended`, when it is in none.
    """
    stint = feature.stints.filter(ended_at__isnull=True).first()
    if stint is None:
        detail = f"{feature.name} is in no phase any more. Create a successor to take its idea further."
        raise Conflict(code="feature_ended", detail=detail)
    return stint


@transaction.atomic
def write_hypothesis(*, feature: Feature, by: User | None, now: datetime, **fields: Any) -> Hypothesis:
    """Write the next version of a feature's hypothesis. Fields that are not given stay as they were; parts may be
    missing.

    Writing what stands already gives the version that stands. The act is recorded, so within a larger transaction this
    is among the last steps. The gate's own refusal (a due gate) is not asked here: it belongs to the floor above.

    Raises:
        BadInput: with every wrong field. Forbidden: not of the squad.
        Conflict: `hypothesis_locked` once the current stint has results or findings; `feature_ended`.
    """
    require_may_act_for(by, feature.squad)
    stint = current_stint(feature=feature)
    list(feature.hypotheses.select_for_update(no_key=True).order_by("id").values_list("id"))
    before = current_hypothesis(feature=feature)
    statement = read_statement(fields=fields, before=before)
    _refuse_when_locked(stint=stint)
    if before is not None and before.stint_id == stint.pk and statement == read_statement(fields={}, before=before):
        return before
    written = _next_version(feature=feature, stint=stint, before=before, statement=statement, by=by, now=now)
    body = {**stated(written), "version": written.version, "metric": written.metric.key if written.metric else None}
    for name in ("success_metrics", "guardrails"):
        body[name] = [{**row, "metric": row["metric"].key} for row in body[name]]
    record(act="hypothesis.written", subject=f"feature:{feature.key}", by=by, now=now, body=body)
    return written


def _refuse_when_locked(*, stint: Stint) -> None:
    since = data_since(stint=stint)
    if since is None:
        return
    word, at = since
    detail = (
        f"The hypothesis is locked: the first {word} of this stint was recorded at {at:%Y-%m-%d %H:%M %Z}, "
        "and a hypothesis comes before its data. Decide to iterate at the gate and give the next version there."
    )
    raise Conflict(code="hypothesis_locked", detail=detail, extra={"locked_since": at.isoformat()})


def _next_version(
    *, feature: Feature, stint: Stint, before: Hypothesis | None, statement: Statement, by: User | None, now: datetime
) -> Hypothesis:
    written = Hypothesis.objects.create(
        feature=feature,
        stint=stint,
        version=before.version + 1 if before else 1,
        change=statement.change,
        audience=statement.audience,
        reason=statement.reason,
        mvp=statement.mvp,
        market=statement.market,
        metric=statement.metric,
        direction=statement.direction,
        minimum_effect=statement.minimum_effect,
        effect_scale=statement.effect_scale,
        planned_units=statement.planned_units,
        created_at=now,
        created_by=by,
    )
    SuccessMetric.objects.bulk_create(
        SuccessMetric(hypothesis=written, metric=row.metric, direction=row.direction, minimum_effect=row.minimum_effect)
        for row in statement.success_metrics
    )
    Guardrail.objects.bulk_create(
        Guardrail(hypothesis=written, metric=row.metric, margin=row.margin, minimum_effect=row.minimum_effect)
        for row in statement.guardrails
    )
    return written


@transaction.atomic
def lock_hypothesis(*, stint: Stint, now: datetime, baseline: float | None = None) -> Hypothesis | None:
    """Fix the version in force for a stint, at its first result or finding: once, however often it is asked.

    baseline: the metric's value that a relative minimum effect is a share of, where the caller knows it better; left
    out, it is the metric's stated baseline, else the control mean of the stint's first snapshot. Gives the version
    (None when none was written). It stays unlocked, and its `locked_at` empty, while there is nothing to fix: no
    minimum effect, or a relative one without a baseline or with a baseline of 0. The evidence then says so, and the
    next result asks again.
    """
    newest = Hypothesis.objects.filter(feature_id=stint.feature_id, stint__number__lte=stint.number)
    # Locked first, read after: a version that was just written is then seen, and none can be written meanwhile.
    list(newest.select_for_update(of=("self",), no_key=True).order_by("id").values_list("id"))
    hypothesis = hypothesis_in_force(stint=stint)
    if hypothesis is None or hypothesis.locked_at is not None:
        return hypothesis
    if hypothesis.metric is not None and (hypothesis.metric.baseline is not None or baseline is None):
        baseline = baseline_of(hypothesis=hypothesis, stint=stint)
    effect = absolute_effect(hypothesis=hypothesis, baseline=baseline)
    if effect is None:
        return hypothesis
    hypothesis.locked_at, hypothesis.baseline, hypothesis.minimum_effect_absolute = now, baseline, effect
    hypothesis.save(update_fields=["locked_at", "baseline", "minimum_effect_absolute"])
    return hypothesis


def absolute_effect(*, hypothesis: Hypothesis, baseline: float | None) -> float | None:
    """The minimum effect in the metric's unit: effect × |baseline| for a relative one. None where not above 0."""
    if hypothesis.minimum_effect is None:
        return None
    if hypothesis.effect_scale == EffectScale.ABSOLUTE:
        return hypothesis.minimum_effect
    effect = hypothesis.minimum_effect * abs(baseline) if baseline is not None else 0.0
    return effect if effect > 0 and isfinite(effect) else None
