"""A hypothesis as somebody states it: read, checked, filled up from the version before. Nothing is written here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hypotheses.enums import Better, EffectScale, MetricKind
from hypotheses.models import Hypothesis, Metric
from hypotheses.queries.checking import Complaints

TEXTS = ("change", "audience", "reason", "mvp", "market")
FIELDS = (
    *TEXTS,
    "metric",
    "direction",
    "minimum_effect",
    "effect_scale",
    "planned_units",
    "success_metrics",
    "guardrails",
)
SUCCESS_FIELDS = ("metric", "direction", "minimum_effect")
GUARDRAIL_FIELDS = ("metric", "margin", "minimum_effect")
LEAST, MOST = 1e-30, 1e30
"""Sizes whose squares, and what is divided by them, stay far within a float's range."""


@dataclass(frozen=True, slots=True)
class GuardrailStatement:
    """One guardrail: the harm it may do at most (`margin`, in its unit), or with 0 how fine a harm must be seen."""

    metric: Metric
    margin: float
    minimum_effect: float | None


@dataclass(frozen=True, slots=True)
class SuccessStatement:
    """One further success metric: which way it is to go, by how much at least (absolute, in its unit)."""

    metric: Metric
    direction: str
    minimum_effect: float


@dataclass(frozen=True, slots=True)
class Statement:
    """All that a version of a hypothesis says. Parts may be missing (empty text, None); the rule at the gate names
    them.
    """

    change: str
    audience: str
    reason: str
    mvp: str
    market: str
    metric: Metric | None
    direction: str
    minimum_effect: float | None
    effect_scale: str
    planned_units: int | None
    success_metrics: tuple[SuccessStatement, ...]
    guardrails: tuple[GuardrailStatement, ...]


def stated(hypothesis: Hypothesis | None) -> dict[str, Any]:
    """The fields of a version as `read_statement` takes them; those of an empty one for None."""
    if hypothesis is None:
        return {**dict.fromkeys(TEXTS, ""), "metric": None, "direction": "", "minimum_effect": None,
                "effect_scale": EffectScale.ABSOLUTE.value, "planned_units": None, "success_metrics": (),
                "guardrails": ()}  # fmt: skip
    successes = hypothesis.success_metrics.select_related("metric")
    guardrails = hypothesis.guardrails.select_related("metric")
    return {
        **{name: getattr(hypothesis, name) for name in TEXTS},
        "metric": hypothesis.metric,
        "direction": hypothesis.direction,
        "minimum_effect": hypothesis.minimum_effect,
        "effect_scale": hypothesis.effect_scale,
        "planned_units": hypothesis.planned_units,
        "success_metrics": [{name: getattr(success, name) for name in SUCCESS_FIELDS} for success in successes],
        "guardrails": [{name: getattr(guardrail, name) for name in GUARDRAIL_FIELDS} for guardrail in guardrails],
    }


def read_statement(*, fields: Mapping[str, Any], before: Hypothesis | None) -> Statement:
    """What the fields state; a field that is not given stays as it was in the version before.

    `metric` is a key (or a Metric), guardrails a list of `{metric, margin, minimum_effect}`, success_metrics one of
    `{metric, direction, minimum_effect}`.

    Raises:
        BadInput: with every wrong field.
    """
    wrong = Complaints()
    wrong.unknown(fields, FIELDS)
    given = {**stated(before), **{name: value for name, value in fields.items() if name in FIELDS}}
    metrics = _metrics(given)
    metric = _metric(given["metric"], "metric", metrics, wrong)
    statement = Statement(
        **{name: wrong.text(given[name], name) for name in TEXTS},
        metric=metric,
        direction=wrong.word(given["direction"], "direction", Better, blank=True),
        minimum_effect=_above_zero(given["minimum_effect"], "minimum_effect", wrong),
        effect_scale=(scale := wrong.word(given["effect_scale"], "effect_scale", EffectScale)),
        planned_units=_planned_units(given["planned_units"], wrong),
        success_metrics=(successes := _successes(given["success_metrics"], metric, metrics, wrong)),
        guardrails=_guardrails(given["guardrails"], metric, metrics, successes, wrong),
    )
    if scale != EffectScale.RELATIVE:
        _within_reach(statement.minimum_effect, metric, "minimum_effect", wrong)
    wrong.refuse("The hypothesis was not written")
    return statement


def _metrics(given: Mapping[str, Any]) -> dict[str, Metric]:
    """All metrics that are named, in one query."""
    lists = [given[name] for name in ("success_metrics", "guardrails") if isinstance(given[name], Sequence)]
    named = [given["metric"], *(row.get("metric") for rows in lists for row in rows if isinstance(row, Mapping))]
    keys = {name for name in named if isinstance(name, str) and name}
    return {metric.key: metric for metric in Metric.objects.filter(key__in=keys)} if keys else {}


def _metric(value: Any, name: str, metrics: Mapping[str, Metric], wrong: Complaints) -> Metric | None:
    if value in (None, "") or isinstance(value, Metric):
        return value or None
    found = metrics.get(value) if isinstance(value, str) else None
    if found is None:
        wrong.add(name, f"There is no metric {value!r} in the catalogue; add it there first.", code="unknown")
    return found


def _above_zero(value: Any, name: str, wrong: Complaints) -> float | None:
    number = wrong.number(value, name)
    if number is not None and number <= 0:
        wrong.add(name, "This must be above 0: it is a size; the direction says which way.", code="out_of_range")
    elif number is not None:
        _of_some_size(number, name, wrong)
    return number


def _of_some_size(number: float, name: str, wrong: Complaints) -> None:
    """What is refused here would be locked with the first result, and could then be compared with none."""
    if not LEAST <= number <= MOST:
        detail = f"No trial can show {number:g}. Give a size between {LEAST:g} and {MOST:g}."
        wrong.add(name, detail, code="out_of_range")


def _planned_units(value: Any, wrong: Complaints) -> int | None:
    units = wrong.count(value, "planned_units")
    if units == 0:
        detail = "Say how many units the trial may take, from 1 on, or leave it out: then it is not planned."
        wrong.add("planned_units", detail, code="out_of_range")
    return units


def _within_reach(number: float | None, metric: Metric | None, name: str, wrong: Complaints) -> None:
    """A share lies between 0 and 1, so nothing moves it by more than that."""
    if number is not None and number > 1 and metric is not None and metric.kind == MetricKind.PROPORTION:
        detail = f"{metric.name} is a share and can move by 1 at most. Half a percentage point is 0.005."
        wrong.add(name, detail, code="out_of_range")


def _successes(
    value: Any, primary: Metric | None, metrics: Mapping[str, Metric], wrong: Complaints
) -> tuple[SuccessStatement, ...]:
    if value is None:
        return ()
    if isinstance(value, str | Mapping) or not isinstance(value, Sequence):
        wrong.add("success_metrics", "This must be a list of success metrics.")
        return ()
    read = [_success(row, f"success_metrics.{at}", metrics, wrong) for at, row in enumerate(value)]
    seen = {primary.pk: "the hypothesis itself is about it"} if primary else {}
    for at, success in enumerate(read):
        if success is not None and success.metric.pk in seen:
            detail = f"{success.metric.name} cannot be a further success metric: {seen[success.metric.pk]}."
            wrong.add(f"success_metrics.{at}.metric", detail, code="duplicate")
        if success is not None:
            seen.setdefault(success.metric.pk, "it is one already")
    return tuple(success for success in read if success is not None)


def _success(value: Any, name: str, metrics: Mapping[str, Metric], wrong: Complaints) -> SuccessStatement | None:
    row = wrong.mapping(value, name)
    wrong.unknown(row, SUCCESS_FIELDS, prefix=f"{name}.")
    direction = wrong.word(row.get("direction") or "", f"{name}.direction", Better)
    minimum_effect = _above_zero(row.get("minimum_effect"), f"{name}.minimum_effect", wrong)
    if row.get("minimum_effect") in (None, ""):
        detail = "Give the least that would be a success, in the metric's unit; not as a share of its value."
        wrong.add(f"{name}.minimum_effect", detail, code="required")
    metric = _metric(row.get("metric"), f"{name}.metric", metrics, wrong)
    if metric is None and not row.get("metric"):
        wrong.add(f"{name}.metric", "Name the success metric by its key.", code="required")
    _within_reach(minimum_effect, metric, f"{name}.minimum_effect", wrong)
    return SuccessStatement(metric, direction, minimum_effect or 0.0) if metric else None


def _guardrails(
    value: Any,
    primary: Metric | None,
    metrics: Mapping[str, Metric],
    successes: Sequence[SuccessStatement],
    wrong: Complaints,
) -> tuple[GuardrailStatement, ...]:
    if value is None:
        return ()
    if isinstance(value, str | Mapping) or not isinstance(value, Sequence):
        wrong.add("guardrails", "This must be a list of guardrails.")
        return ()
    read = [_guardrail(row, f"guardrails.{at}", metrics, wrong) for at, row in enumerate(value)]
    seen = {success.metric.pk: "it is a success metric" for success in successes}
    seen |= {primary.pk: "the hypothesis itself is about it"} if primary else {}
    for at, guardrail in enumerate(read):
        if guardrail is None:
            continue
        if guardrail.metric.pk in seen:
            detail = f"{guardrail.metric.name} cannot be a guardrail here: {seen[guardrail.metric.pk]}."
            wrong.add(f"guardrails.{at}.metric", detail, code="duplicate")
        seen.setdefault(guardrail.metric.pk, "it is one already")
    return tuple(guardrail for guardrail in read if guardrail is not None)


def _guardrail(value: Any, name: str, metrics: Mapping[str, Metric], wrong: Complaints) -> GuardrailStatement | None:
    row = wrong.mapping(value, name)
    wrong.unknown(row, GUARDRAIL_FIELDS, prefix=f"{name}.")
    margin = wrong.number(row.get("margin"), f"{name}.margin") or 0.0
    minimum_effect = _above_zero(row.get("minimum_effect"), f"{name}.minimum_effect", wrong)
    if margin < 0:
        wrong.add(f"{name}.margin", "A margin is 0 or more: the harm that is still accepted.", code="out_of_range")
    elif margin:
        _of_some_size(margin, f"{name}.margin", wrong)
    elif minimum_effect is None:
        detail = "Give the harm that is still accepted, or 0 together with minimum_effect, the harm that must be seen."
        wrong.add(f"{name}.margin", detail, code="required")
    metric = _metric(row.get("metric"), f"{name}.metric", metrics, wrong)
    if metric is None and not row.get("metric"):
        wrong.add(f"{name}.metric", "Name the guardrail's metric by its key.", code="required")
    _within_reach(margin, metric, f"{name}.margin", wrong)
    _within_reach(minimum_effect, metric, f"{name}.minimum_effect", wrong)
    return GuardrailStatement(metric, margin, minimum_effect) if metric else None
