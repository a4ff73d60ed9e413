"""Assignments and facts, joined and aggregated inside the engine: what comes back is one row for each stage and arm.

A unit is counted in the stage and the arm of its first exposure, and in no other; it has matured once `within_days`
have passed since. The variance is taken around the mean (two passes), so that it holds for large values.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hypotheses.sources.base import PermanentSourceError

MEASURES: Final = {
    "any": "CASE WHEN COUNT(fact.of_y) > 0 THEN 1.0 ELSE 0.0 END",
    "count": "COUNT(fact.of_y)",
    "sum": "COALESCE(SUM(CAST(fact.y AS {number})), 0)",
}
"""What a unit contributes: whether it has a fact (a proportion), how many, or their values' sum."""
PRODUCTS: Final = {"var": ("y", "y"), "var_x": ("x", "x"), "cov_xy": ("y", "x")}
"""The second moments, by the columns that they are called: of what is measured (y) and what it is divided by (x)."""
MOST_DAYS: Final = 366
NO_MOMENT: Final = "fourstroke_no_moment"
"""A function of our SQLite sessions that ends the query, given a part and a value of its column moment."""
DAY: Final = 86_400
EXAMPLE: Final = (
    '{"assignments": "SELECT trial, arm, unit, moment FROM exposures", '
    '"facts": "SELECT unit, moment, value FROM purchases", "measure": "sum"}'
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """What engines write differently: `stages`, a SELECT of trial, stage, started_at, ended_at (null while it is open)
    from the JSON text `:stages`; `moment`, a time that compares; `later`, a time some seconds later; `number`, its
    float of eight bytes; `read`, a time of theirs in the named part, where that says nothing by itself of one that it
    cannot read; `settle`, what ends the facts' SELECT so that each of their times is read once.
    """

    stages: str
    moment: Callable[[str], str]
    later: Callable[[str, int], str]
    number: str = "DOUBLE PRECISION"
    read: Callable[[str, str], str] | None = None
    settle: str = ""

    def moment_of(self, part: str) -> str:
        """The time of one of their rows, as one that compares."""
        return self.read("moment", part) if self.read else self.moment("moment")


DIALECTS: Final = {
    "postgresql": Dialect(
        "SELECT trial, stage, started_at, ended_at FROM json_to_recordset(CAST(:stages AS json)) "
        "AS told(trial text, stage text, started_at timestamptz, ended_at timestamptz)",
        lambda time: f"CAST({time} AS timestamptz)",
        lambda time, seconds: f"({time} + INTERVAL '{seconds} seconds')",
        settle=" OFFSET 0",
    ),
    "sqlite": Dialect(
        "SELECT json_extract(value, '$.trial') AS trial, json_extract(value, '$.stage') AS stage, "
        "datetime(json_extract(value, '$.started_at')) AS started_at, "
        "datetime(json_extract(value, '$.ended_at')) AS ended_at FROM json_each(:stages)",
        lambda time: f"datetime({time})",
        lambda time, seconds: f"datetime({time}, '+{seconds} seconds')",
        # NULL for what it cannot read, and the unit would be gone without a word. Called for such values only, so it
        # costs nothing otherwise.
        read=lambda time, part: (
            f"COALESCE(datetime({time}), CASE WHEN {time} IS NOT NULL THEN {NO_MOMENT}('{part}', {time}) END)"
        ),
    ),
    "duckdb": Dialect(
        "SELECT it.trial AS trial, it.stage AS stage, it.started_at AS started_at, it.ended_at AS ended_at FROM "
        "(SELECT unnest(from_json(CAST(:stages AS JSON), "
        """'[{"trial": "VARCHAR", "stage": "VARCHAR", "started_at": "TIMESTAMP", "ended_at": "TIMESTAMP"}]')) AS it)""",
        lambda time: f"CAST({time} AS TIMESTAMP)",
        lambda time, seconds: f"({time} + INTERVAL {seconds} SECONDS)",
    ),
    "spark": Dialect(
        "SELECT it.trial AS trial, it.stage AS stage, it.started_at AS started_at, it.ended_at AS ended_at FROM "
        "(SELECT explode(from_json(:stages, "
        "'ARRAY<STRUCT<trial: STRING, stage: STRING, started_at: TIMESTAMP, ended_at: TIMESTAMP>>')) AS it)",
        lambda time: f"CAST({time} AS TIMESTAMP)",
        lambda time, seconds: f"({time} + INTERVAL '{seconds}' SECOND)",
        number="DOUBLE",
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
    ratio = bool(question.divided_by.strip())
    products = PRODUCTS if ratio else {"var": PRODUCTS["var"]}
    parts = [
        f"told AS ({speech.stages})",
        _running(speech, within),
        _exposed(question.assignments, speech),
        _placed(speech, within),
        _facts(question, speech),
        _each_unit(question.measure, speech, ratio=ratio),
        _counted(),
        _moments(products),
    ]
    return "WITH " + ",\n".join(parts) + "\n" + _answer(products)


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
    moment, end = speech.moment_of("assignments"), speech.moment(":window_end")
    return (
        f"shown AS (SELECT trial, arm, unit, MIN({moment}) AS moment FROM (\n{_bare(assignments)}\n) AS given "
        f"WHERE {moment} <= {end} AND unit IS NOT NULL GROUP BY trial, arm, unit),\n"
        "ranked AS (SELECT trial, arm, unit, moment, COUNT(*) OVER (PARTITION BY unit, trial) AS arms, "
        "ROW_NUMBER() OVER (PARTITION BY unit, trial ORDER BY moment, arm) AS place FROM shown)"
    )


def _placed(speech: Dialect, within: int) -> str:
    """Each unit in the stage of its first exposure. `until`: the last moment of its facts; null for one that is not
    measured, because it was in several arms or has not matured.
    """
    matures = speech.later("ranked.moment", within)
    until = matures if within else "running.seen_at"
    return (
        "placed AS (SELECT running.trial, running.stage, running.seen_at, ranked.arm, ranked.unit, ranked.moment, "
        f"ranked.arms, CASE WHEN ranked.arms = 1 AND {matures} <= running.seen_at THEN {until} END AS until "
        "FROM ranked JOIN running ON running.trial = ranked.trial AND ranked.moment >= running.started_at "
        "AND ranked.moment < COALESCE(running.ended_at, running.seen_at) WHERE ranked.place = 1)"
    )


def _facts(question: Question, speech: Dialect) -> str:
    """The facts; of a ratio those of both its parts, each in columns of its own, so that units meet them once."""
    head, head_of_base = (f"SELECT unit, {speech.moment_of(part)} AS moment," for part in ("facts", "divided_by"))
    facts, base = f"(\n{_bare(question.facts)}\n) AS given", f"(\n{_bare(question.divided_by)}\n) AS given"
    if not question.divided_by.strip():
        return f"fact AS ({head} unit AS of_y, value AS y FROM {facts}{speech.settle})"
    return (
        f"fact AS ({head} unit AS of_y, value AS y, NULL AS x FROM {facts} "
        f"UNION ALL {head_of_base} NULL AS of_y, NULL AS y, value AS x FROM {base}{speech.settle})"
    )


def _each_unit(measure: str, speech: Dialect, *, ratio: bool) -> str:
    """What each unit contributes: its facts from its first exposure on."""
    measures = {"y": MEASURES[measure], **({"x": MEASURES["sum"].replace("fact.y", "fact.x")} if ratio else {})}
    amounts = ", ".join(
        f"CAST({each.format(number=speech.number)} AS {speech.number}) AS {name}" for name, each in measures.items()
    )
    keys = "placed.trial, placed.stage, placed.arm, placed.unit"
    return (
        f"each_unit AS (SELECT {keys}, {amounts} FROM placed LEFT JOIN fact ON fact.unit = placed.unit "
        "AND fact.moment >= placed.moment AND fact.moment <= placed.until "
        f"WHERE placed.until IS NOT NULL GROUP BY {keys})"
    )


def _counted() -> str:
    return (
        "counted AS (SELECT trial, stage, arm, MAX(seen_at) AS seen_at, COUNT(*) AS n_assigned, "
        "SUM(CASE WHEN arms > 1 THEN 1 ELSE 0 END) AS n_multi_arm FROM placed GROUP BY trial, stage, arm)"
    )


def _moments(products: Mapping[str, tuple[str, str]]) -> str:
    """The means of each arm, then what its units' distances from them multiply to."""
    means = ", ".join(f"AVG({one}) AS mean_{one}" for one, other in products.values() if one == other)
    sums = ", ".join(
        f"SUM(({one} - mean_{one}) * ({other} - mean_{other})) AS {name}" for name, (one, other) in products.items()
    )
    return (
        f"centre AS (SELECT trial, stage, arm, COUNT(*) AS n, {means} FROM each_unit GROUP BY trial, stage, arm),\n"
        f"spread AS (SELECT centre.trial, centre.stage, centre.arm, {sums} FROM each_unit "
        f"JOIN centre ON {_same_arm('each_unit', 'centre')} GROUP BY centre.trial, centre.stage, centre.arm)"
    )


def _answer(products: Mapping[str, tuple[str, str]]) -> str:
    """Mean and sample variance (ddof 1) of each arm; for a ratio those of what it is divided by, and the covariance."""
    means = ", ".join(
        f"centre.mean_{one} AS {name.replace('var', 'mean')}" for name, (one, other) in products.items() if one == other
    )
    shares = ", ".join(f"CASE WHEN n > 1 THEN spread.{name} / (n - 1) ELSE 0 END AS {name}" for name in products)
    return (
        "SELECT counted.trial AS trial, counted.stage AS stage, counted.arm AS arm, counted.seen_at AS as_of, "
        f"centre.n AS n, {means}, {shares}, counted.n_assigned AS n_assigned, counted.n_multi_arm AS n_multi_arm "
        f"FROM counted JOIN centre ON {_same_arm('counted', 'centre')} JOIN spread ON {_same_arm('counted', 'spread')} "
        "ORDER BY trial, stage, arm"
    )


def _same_arm(one: str, other: str) -> str:
    return " AND ".join(f"{one}.{name} = {other}.{name}" for name in ("trial", "stage", "arm"))


def _bare(select: str) -> str:
    return re.sub(r"[;\s]+$", "", select)
