"""Assignments and facts, joined and aggregated inside the engine: what comes back is one row for each stage and arm.

A unit is counted in the stage and the arm of its first exposure, and in no other; it has matured once `within_days`
have passed since. The variance is taken around the mean (two passes), so that it holds for large values.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from hypotheses.sources.base import PermanentSourceError

MEASURES: Final = {
    "any": "CASE WHEN COUNT(fact.unit) > 0 THEN 1.0 ELSE 0.0 END",
    "count": "COUNT(fact.unit)",
    "sum": "COALESCE(SUM(fact.value), 0)",
}
"""What a unit contributes: whether it has a fact (a proportion), how many, or their values' sum."""
MOST_DAYS: Final = 366
DAY: Final = 86_400
EXAMPLE: Final = (
    '{"assignments": "SELECT trial, arm, unit, moment FROM exposures", '
    '"facts": "SELECT unit, moment, value FROM purchases", "measure": "sum"}'
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """What engines write differently: `stages`, a SELECT of trial, stage, started_at, ended_at (null while it is open)
    from the JSON text `:stages`; `moment`, a time that compares; `later`, a time some seconds later.
    """

    stages: str
    moment: Callable[[str], str]
    later: Callable[[str, int], str]


DIALECTS: Final = {
    "postgresql": Dialect(
        "SELECT trial, stage, started_at, ended_at FROM json_to_recordset(CAST(:stages AS json)) "
        "AS told(trial text, stage text, started_at timestamptz, ended_at timestamptz)",
        lambda time: f"CAST({time} AS timestamptz)",
        lambda time, seconds: f"({time} + INTERVAL '{seconds} seconds')",
    ),
    "sqlite": Dialect(
        "SELECT json_extract(value, '$.trial') AS trial, json_extract(value, '$.stage') AS stage, "
        "datetime(json_extract(value, '$.started_at')) AS started_at, "
        "datetime(json_extract(value, '$.ended_at')) AS ended_at FROM json_each(:stages)",
        lambda time: f"datetime({time})",
        lambda time, seconds: f"datetime({time}, '+{seconds} seconds')",
    ),
    "duckdb": Dialect(
        "SELECT it.trial AS trial, it.stage AS stage, it.started_at AS started_at, it.ended_at AS ended_at FROM "
        "(SELECT unnest(from_json(CAST(:stages AS JSON), "
        """'[{"trial": "VARCHAR", "stage": "VARCHAR", "started_at": "TIMESTAMP", "ended_at": "TIMESTAMP"}]')) AS it)""",
        lambda time: f"CAST({time} AS TIMESTAMP)",
        lambda time, seconds: f"({time} + INTERVAL {seconds} SECONDS)",
    ),
}


@dataclass(frozen=True, slots=True)
class Question:
    """A metric's query in two parts, as JSON.

    assignments: a SELECT of trial, arm, unit and moment (of an exposure, as often as it happened). facts: a SELECT of
    unit, moment and value. measure: `any`, `count` or `sum`. within_days: only facts so long after the unit's first
    exposure count, and only units that have had so long; 0: all facts so far, of all units. divided_by: a second SELECT
    of facts, whose sums the ratio is divided by.
    """

    assignments: str
    facts: str
    measure: str = "sum"
    within_days: int = 0
    divided_by: str = ""


def is_joined(query: str) -> bool:
    """Whether a query is of two parts; others are one SELECT that returns the statistics."""
    return query.lstrip().startswith("{")


def question_of(query: str) -> Question:
    """The parts of a query.

    Raises:
        PermanentSourceError: it is not such an object.
    """
    try:
        given: Any = json.loads(query)
        question = Question(**given)
    except (ValueError, TypeError) as error:
        raise PermanentSourceError(f"The metric's query has to be JSON like {EXAMPLE}: {error}.") from None
    for name in ("assignments", "facts", "divided_by"):
        part = getattr(question, name)
        if not isinstance(part, str) or (not part.strip() and name != "divided_by"):
            raise PermanentSourceError(f"“{name}” has to be a SELECT, in JSON like {EXAMPLE}.")
    if question.measure not in MEASURES:
        raise PermanentSourceError(f"“{question.measure}” is not a measure. Use one of {', '.join(MEASURES)}.")
    days = question.within_days
    if isinstance(days, bool) or not isinstance(days, int) or not 0 <= days <= MOST_DAYS:
        raise PermanentSourceError(f"“within_days” has to be a whole number of days from 0 to {MOST_DAYS}.")
    return question


def joined(query: str, *, dialect: str) -> str:
    """One SELECT in the engine's dialect, with the binds `:window_end` and `:stages`, and those of its parts.

    Raises:
        PermanentSourceError: a wrong query, or an engine for which the parts cannot be joined yet.
    """
    question, speech = question_of(query), DIALECTS.get(dialect)
    if speech is None:
        raise PermanentSourceError(
            f"Assignments and facts are joined in {', '.join(DIALECTS)}. For {dialect} write one SELECT that returns "
            "the statistics."
        )
    within = question.within_days * DAY
    measures = {"y": (question.facts, MEASURES[question.measure])}
    if question.divided_by.strip():
        measures["x"] = (question.divided_by, MEASURES["sum"])
    contributed = [_contributed(name, facts, each, speech, within) for name, (facts, each) in measures.items()]
    parts = [
        f"told AS ({speech.stages})",
        _running(speech, within),
        _exposed(question.assignments, speech),
        _placed(),
        _matured(speech, within),
        *contributed,
        _unit(list(measures)),
        _centre(list(measures)),
    ]
    return "WITH " + ",\n".join(parts) + "\n" + _answer(list(measures))


def _running(speech: Dialect, within: int) -> str:
    """The stages that have begun, each with the moment it is seen at: now, or the last at which its units mature."""
    end, closed = speech.moment(":window_end"), speech.later("ended_at", within)
    return (
        "running AS (SELECT trial, stage, started_at, ended_at, "
        f"CASE WHEN ended_at IS NULL OR {closed} > {end} THEN {end} ELSE {closed} END AS seen_at "
        f"FROM told WHERE started_at < {end})"
    )


def _exposed(assignments: str, speech: Dialect) -> str:
    """Each unit with its first exposure, and with the number of arms that it was ever in."""
    moment, end = speech.moment("moment"), speech.moment(":window_end")
    return (
        f"shown AS (SELECT trial, arm, unit, MIN({moment}) AS moment FROM (\n{_bare(assignments)}\n) AS given "
        f"WHERE {moment} <= {end} AND unit IS NOT NULL GROUP BY trial, arm, unit),\n"
        "ranked AS (SELECT trial, arm, unit, moment, COUNT(*) OVER (PARTITION BY trial, unit) AS arms, "
        "ROW_NUMBER() OVER (PARTITION BY trial, unit ORDER BY moment, arm) AS place FROM shown)"
    )


def _placed() -> str:
    """Each unit in the stage of its first exposure."""
    return (
        "placed AS (SELECT running.trial, running.stage, running.seen_at, "
        "ranked.arm, ranked.unit, ranked.moment, ranked.arms FROM ranked "
        "JOIN running ON running.trial = ranked.trial AND ranked.moment >= running.started_at "
        "AND ranked.moment < COALESCE(running.ended_at, running.seen_at) WHERE ranked.place = 1)"
    )


def _matured(speech: Dialect, within: int) -> str:
    return (
        "matured AS (SELECT trial, stage, seen_at, arm, unit, moment FROM placed "
        f"WHERE arms = 1 AND {speech.later('moment', within)} <= seen_at)"
    )


def _contributed(name: str, facts: str, each: str, speech: Dialect, within: int) -> str:
    """What each unit contributes: its facts from its first exposure on."""
    until = f"AND fact.moment <= {speech.later('matured.moment', within)}" if within else ""
    moment = speech.moment("moment")
    return (
        f"fact_{name} AS (SELECT unit, {moment} AS moment, value FROM (\n{_bare(facts)}\n) AS given),\n"
        f"sum_{name} AS (SELECT matured.trial, matured.unit, CAST({each} AS DOUBLE PRECISION) AS amount FROM matured "
        f"LEFT JOIN fact_{name} AS fact ON fact.unit = matured.unit AND fact.moment >= matured.moment "
        f"AND fact.moment <= matured.seen_at {until} GROUP BY matured.trial, matured.unit)"
    )


def _unit(names: list[str]) -> str:
    amounts = ", ".join(f"sum_{name}.amount AS {name}" for name in names)
    joins = " ".join(
        f"JOIN sum_{name} ON sum_{name}.trial = matured.trial AND sum_{name}.unit = matured.unit" for name in names
    )
    return f"each_unit AS (SELECT matured.trial, matured.stage, matured.arm, {amounts} FROM matured {joins})"


def _centre(names: list[str]) -> str:
    means = ", ".join(f"AVG({name}) AS mean_{name}" for name in names)
    return (
        f"centre AS (SELECT trial, stage, arm, COUNT(*) AS n, {means} FROM each_unit GROUP BY trial, stage, arm),\n"
        "counted AS (SELECT trial, stage, arm, MAX(seen_at) AS seen_at, COUNT(*) AS n_assigned, "
        "SUM(CASE WHEN arms > 1 THEN 1 ELSE 0 END) AS n_multi_arm FROM placed GROUP BY trial, stage, arm)"
    )


def _answer(names: list[str]) -> str:
    """Mean and sample variance (ddof 1) of each arm; for a ratio those of what it is divided by, and the covariance."""
    columns = ["AVG(centre.mean_y) AS mean", f"{_moment('y', 'y')} AS var"]
    if "x" in names:
        columns += ["AVG(centre.mean_x) AS mean_x", f"{_moment('x', 'x')} AS var_x", f"{_moment('y', 'x')} AS cov_xy"]
    return (
        "SELECT counted.trial AS trial, counted.stage AS stage, counted.arm AS arm, MAX(counted.seen_at) AS as_of, "
        f"MAX(centre.n) AS n, {', '.join(columns)}, MAX(counted.n_assigned) AS n_assigned, "
        "MAX(counted.n_multi_arm) AS n_multi_arm FROM counted "
        "JOIN centre ON centre.trial = counted.trial AND centre.stage = counted.stage AND centre.arm = counted.arm "
        "JOIN each_unit ON each_unit.trial = counted.trial AND each_unit.stage = counted.stage "
        "AND each_unit.arm = counted.arm GROUP BY counted.trial, counted.stage, counted.arm "
        "ORDER BY trial, stage, arm"
    )


def _moment(one: str, other: str) -> str:
    around = f"SUM((each_unit.{one} - centre.mean_{one}) * (each_unit.{other} - centre.mean_{other}))"
    return f"CASE WHEN MAX(centre.n) > 1 THEN {around} / (MAX(centre.n) - 1) ELSE 0 END"


def _bare(select: str) -> str:
    return re.sub(r"[;\s]+$", "", select)
