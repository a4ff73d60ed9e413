"""What a body says of the results that it was read from: whose units they are, in which stages, up to when complete, by
which definition.
"""

from typing import Any

from hypotheses.enums import Population
from hypotheses.queries.cases import arm_stats
from hypotheses.queries.snapshots import Look, Snapshot
from hypotheses.queries.weighable import MetricFact, StageFact, Weighable, Yardstick

Body = dict[str, Any]
STRAYS = 0.01
"""The share of units that may be employees: a few strays move no estimate."""


def marks_within(facts: Weighable, yardstick: Yardstick, look: Look) -> list[Body]:
    """What qualifies the evidence, as far as this floor sees: a trial among employees does not speak of customers.

    Asked of each metric that may validate; one mark for all of which the same is to be said.
    """
    primary = _among_employees(facts, yardstick.metric, look) if yardstick.metric else ""
    others: dict[str, list[str]] = {}
    for success in yardstick.successes:
        told = _among_employees(facts, success.metric, look)
        if told not in ("", primary):
            others.setdefault(told, []).append(success.metric.name)
    details = [primary] if primary else []
    details += [f"{' and '.join(names)}: {told}" for told, names in others.items()]
    return [{"code": "transfer", "cleared_by": None, "reason": "", "detail": detail} for detail in details]


def _among_employees(facts: Weighable, metric: MetricFact, look: Look) -> str:
    """How many of a metric's units are employees, in words; "" where they are too few to matter."""
    units: dict[bool, int] = {True: 0, False: 0}
    for stage in facts.stages:
        snapshot = look.chosen.get((stage.pk, metric.pk), {})
        units[stage.population == Population.EMPLOYEES] += _units(snapshot)
    whole = sum(units.values())
    if not units[True] or units[True] <= STRAYS * whole:
        return ""
    if not units[False]:
        return "Only employees were in the trial."
    return f"{units[True] / whole:.0%} of the units are employees."


def units_read(facts: Weighable, yardstick: Yardstick, look: Look) -> Body:
    """Of each further success metric the units by trial, for what qualifies them; those of the primary are in its
    stages. No such part where there are none, so that a body without them is as it ever was.
    """
    found: dict[str, dict[str, int]] = {}
    for metric in (success.metric for success in yardstick.successes):
        by_trial = found.setdefault(metric.key, {})
        for stage in facts.stages:
            if snapshot := look.chosen.get((stage.pk, metric.pk)):
                by_trial[stage.trial] = by_trial.get(stage.trial, 0) + _units(snapshot)
    return {"units": found} if found else {}


def _units(snapshot: Snapshot) -> int:
    return sum(reading.n for reading in snapshot.values())


def watermarks(yardstick: Yardstick, look: Look) -> dict[str, str]:
    """Up to when the data of each metric are complete, by the metric's key."""
    found: dict[str, str] = {}
    for metric in yardstick.metrics:
        times = [reading.as_of for _, reading in _of(metric, look)]
        if times:
            found[metric.key] = max(times).isoformat()
    return found


def definitions_read(yardstick: Yardstick, look: Look) -> dict[str, str]:
    """The definition hash that each metric's newest results came with, by the metric's key."""
    found: dict[str, str] = {}
    for metric in yardstick.metrics:
        newest = sorted((reading.as_of, reading.definition_hash) for _, reading in _of(metric, look))
        if newest and newest[-1][1]:
            found[metric.key] = newest[-1][1]
    return found


def _of(metric: MetricFact, look: Look) -> list[tuple[int, Any]]:
    return [
        (stage, reading)
        for (stage, of), snapshot in look.chosen.items()
        if of == metric.pk
        for reading in snapshot.values()
    ]


def stages_read(facts: Weighable, yardstick: Yardstick, look: Look) -> list[Body]:
    """The stages that the primary metric's evidence combines, with their arms as of then."""
    metric = yardstick.metric
    if metric is None:
        return []
    rows = ((stage, look.chosen.get((stage.pk, metric.pk))) for stage in facts.stages)
    return [_stage(stage, metric, snapshot, look) for stage, snapshot in rows if snapshot]


def _stage(stage: StageFact, metric: MetricFact, snapshot: Snapshot, look: Look) -> Body:
    return {
        "trial": stage.trial,
        "label": stage.label,
        "percent": stage.percent,
        "from": stage.started_at.isoformat(),
        "to": None if stage.open_at(look.as_of) or stage.ended_at is None else stage.ended_at.isoformat(),
        "arms": [_arm(stage, arm.pk, metric, snapshot) for arm in stage.arms if arm.pk in snapshot],
    }


def _arm(stage: StageFact, arm_id: int, metric: MetricFact, snapshot: Snapshot) -> Body:
    name = next(arm.name for arm in stage.arms if arm.pk == arm_id)
    reading = snapshot[arm_id]
    try:
        stats = arm_stats(metric, reading)
        mean, var = stats.mean, stats.var
    except (ValueError, ArithmeticError):
        mean, var = reading.mean, reading.var
    return {"arm": name, "n": reading.n, "mean": mean, "var": var, "n_assigned": reading.n_assigned}
