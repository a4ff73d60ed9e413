"""Prometheus: one expression for each column, evaluated at the window's end or along the window, joined by labels."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from hypotheses.sources.base import Definition, Limits, PermanentSourceError, Reading, Window, configured
from hypotheses.sources.rows import COLUMNS, reading_of
from hypotheses.sources.service import ACCEPT, ServiceConfig, parsed
from hypotheses.sources.wire import Wire, shown

LABELED: Final = ("trial", "arm", "stage")
"""Columns that are labels of a series; all others are its value."""
MEASURED: Final = tuple(name for name in COLUMNS if name not in (*LABELED, "as_of"))

Key = tuple[str, str, str | None, datetime]


@dataclass(frozen=True, slots=True)
class Question:
    """A metric's query, as JSON.

    columns: for each of `n`, `mean`, `var`, `sum`, … a PromQL expression whose series carry the labels. labels: what
    the labels are called, by default `{"trial": "trial", "arm": "arm"}`. step: evaluate along the window, for example
    `1h`; left out, once at its end.
    """

    columns: Mapping[str, str]
    labels: Mapping[str, str] = field(default_factory=dict)
    step: str = ""


class PrometheusSource:
    """The plug for one Prometheus server, or whatever speaks its HTTP API (Mimir, Thanos, VictoriaMetrics)."""

    def __init__(self, *, config: Mapping[str, Any], secret: str = "", limits: Limits) -> None:
        self.config = configured(ServiceConfig, config)
        self.secret = secret
        self.limits = limits

    def read(self, window: Window, definition: Definition) -> Reading:
        """The rows of all series. In an expression `:window_start` and `:window_end` stand for Unix seconds, and
        `:window` for its length, as in `increase(orders_total[:window])`.
        """
        question = question_of(definition.query)
        found: dict[Key, dict[str, Any]] = {}
        with Wire(self.limits) as wire:
            for column, expression in question.columns.items():
                for key, value in self._series(wire, question, _filled(expression, window), window):
                    row = found.setdefault(key, {})
                    if column in row:
                        raise PermanentSourceError(
                            f"Column {column}: several series are of the trial {key[0]}, arm {key[1]}. "
                            "Aggregate them: sum by (trial, arm) (…)."
                        )
                    row[column] = value
                    _require_few(found, self.limits)
        names = ["trial", "arm", "stage", "as_of", *question.columns]
        records = [
            [*key, *(row.get(name) for name in question.columns)] for key, row in sorted(found.items(), key=_order)
        ]
        return reading_of(names, records, definition, size=wire.bytes)

    def check(self) -> str:
        """Ask the server for the number one."""
        with Wire(self.limits) as wire:
            self._asked(wire, "query", {"query": "vector(1)"})
        return f"{shown(self.config.url)} answers PromQL."

    def _series(self, wire: Wire, question: Question, expression: str, window: Window) -> list[tuple[Key, Any]]:
        if question.step:
            asked = {"start": window.start.timestamp(), "end": window.end.timestamp(), "step": question.step}
            data = self._asked(wire, "query_range", {"query": expression, **asked})
        else:
            data = self._asked(wire, "query", {"query": expression, "time": window.end.timestamp()})
        if data.get("resultType") not in ("vector", "matrix"):
            raise PermanentSourceError(
                f"“{expression}” gives one {data.get('resultType')}, without labels. Let it give a series for each arm."
            )
        points = []
        for series in data["result"]:
            names = _names(series["metric"], question)
            for moment, value in series.get("values") or [series["value"]]:
                as_of = datetime.fromtimestamp(float(moment), UTC)
                if not question.step or as_of > window.start:
                    points.append(((*names, as_of), _number(value)))
        return points

    def _asked(self, wire: Wire, door: str, params: Mapping[str, Any]) -> dict[str, Any]:
        url = self.config.address(f"api/v1/{door}") + "?" + urlencode(params)
        answer = parsed(wire.get(url, headers=ACCEPT, secret=self.config.secret_headers(self.secret)).body, url)
        if not isinstance(answer, dict) or not isinstance(answer.get("data"), dict):
            raise PermanentSourceError(
                f"{shown(url)} does not answer as Prometheus does. Look at the source's address."
            )
        return dict(answer["data"])


def question_of(text: str) -> Question:
    """The metric's query.

    Raises:
        PermanentSourceError: it is not such an object.
    """
    example = '{"columns": {"n": "sum by (trial, arm) (users)", "sum": "sum by (trial, arm) (buyers)"}}'
    try:
        given = json.loads(text)
        question = Question(**given)
        told = [*question.columns.values(), *question.labels.values(), question.step]
    except (ValueError, TypeError, AttributeError):
        raise PermanentSourceError(f"The metric's query has to be JSON like {example}.") from None
    wrong = [name for name in question.columns if name not in MEASURED]
    wrong += [name for name in question.labels if name not in LABELED]
    if wrong or not question.columns or not all(isinstance(each, str) for each in told):
        detail = f" “{wrong[0]}” is not one of {', '.join(MEASURED)}." if wrong else ""
        raise PermanentSourceError(f"The metric's query has to be JSON like {example}.{detail}")
    return question


def _filled(expression: str, window: Window) -> str:
    values = {
        ":window_start": f"{window.start.timestamp():.3f}",
        ":window_end": f"{window.end.timestamp():.3f}",
        ":window": f"{(window.end - window.start).total_seconds():.0f}s",
    }
    return re.sub(r"(?<![:\w]):window(?:_start|_end)?\b", lambda found: values[found[0]], expression)


def _names(labels: Mapping[str, str], question: Question) -> tuple[str, str, str | None]:
    called = {name: question.labels.get(name, name) for name in LABELED}
    missing = [called[name] for name in ("trial", "arm") if not labels.get(called[name])]
    if missing:
        raise PermanentSourceError(
            f"A series has no label “{missing[0]}”. Keep it: sum by ({', '.join(called[n] for n in LABELED[:2])}) (…)."
        )
    return labels[called["trial"]], labels[called["arm"]], labels.get(called["stage"]) or None


def _number(text: str) -> Any:
    """Exact where it is a number; what is none is told by the column that holds it."""
    number = Decimal(text)
    return number if number.is_finite() else float(number)


def _order(found: tuple[Key, Any]) -> tuple[datetime, str, str]:
    (trial, arm, _, as_of), _ = found
    return as_of, trial, arm


def _require_few(found: Mapping[Key, Any], limits: Limits) -> None:
    if len(found) > limits.rows:
        raise PermanentSourceError(f"There are more than {limits.rows:,} series. Aggregate them by trial and arm.")
