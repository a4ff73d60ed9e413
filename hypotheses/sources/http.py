"""Any HTTP service that answers with JSON; JSONPath (RFC 9535) tells its rows, its columns and its next page."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode, urljoin, urlsplit, urlunsplit

from jsonpath import JSONPathEnvironment, JSONPathError
from jsonpath.path import JSONPath

from hypotheses.sources.base import Definition, Limits, PermanentSourceError, Reading, Window, configured
from hypotheses.sources.rows import COLUMNS, reading_of
from hypotheses.sources.service import ACCEPT, ServiceConfig, parsed
from hypotheses.sources.wire import Wire, origin_of, shown

MOST_PAGES: Final = 1_000
PATHS: Final = JSONPathEnvironment(strict=True)


@dataclass(frozen=True, slots=True)
class Question:
    """A metric's query, as JSON.

    path: what follows the source's address. params: its parameters. rows: JSONPath of the rows in the answer. columns:
    for each column of ours a JSONPath within the row, `:window_end` or another bind, or a text that is the value; left
    out, the row's own names are taken. next: JSONPath of the next page, an address or a token; a token goes into
    `page_parameter`.
    """

    path: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    rows: str = "$[*]"
    columns: Mapping[str, Any] = field(default_factory=dict)
    next: str = ""
    page_parameter: str = ""


class HttpSource:
    """The plug for one HTTP service that answers with JSON."""

    def __init__(self, *, config: Mapping[str, Any], secret: str = "", limits: Limits) -> None:
        self.config = configured(ServiceConfig, config)
        self.secret = secret
        self.limits = limits

    def read(self, window: Window, definition: Definition) -> Reading:
        """The rows of all pages. `:window_start`, `:window_end`, `:metric` and `:stages` stand for their values in
        `path`, `params` and `columns`.
        """
        question = question_of(definition.query)
        binds = binds_of(window, definition)
        rows, columns = compiled(question.rows, "rows"), _columns(question, binds)
        found: list[Mapping[str, Any]] = []
        with Wire(self.limits) as wire:
            for page in self._pages(wire, question, binds):
                found += [_row(value, columns) for value in rows.findall(page)]
                if len(found) > self.limits.rows:
                    raise PermanentSourceError(
                        f"The answer holds more than {self.limits.rows:,} rows. Ask for one for each arm and moment."
                    )
        names = sorted({name for row in found for name in row}) or ["trial", "arm", "as_of", "n", "mean"]
        return reading_of(names, [[row.get(name) for name in names] for row in found], definition, size=wire.bytes)

    def check(self) -> str:
        """Ask for the service's address and say what came."""
        with Wire(self.limits) as wire:
            answer = wire.get(self.config.url, headers=ACCEPT, secret=self.config.secret_headers(self.secret))
        return f"{shown(answer.url)} answers, with {len(answer.body):,} bytes."

    def _pages(self, wire: Wire, question: Question, binds: Mapping[str, str]) -> Iterator[Any]:
        params = {name: filled(str(value), binds) for name, value in question.params.items()}
        first = self.config.address(filled(question.path, binds))
        following = compiled(question.next, "next") if question.next else None
        here, seen = _with(first, params), set()
        for _ in range(MOST_PAGES):
            if here in seen:
                raise PermanentSourceError(f"{shown(here)} is its own next page. Look at the query's next.")
            if origin_of(here) != origin_of(self.config.url):
                raise PermanentSourceError(f"The next page, {shown(here)}, is of another service. It is not asked.")
            seen.add(here)
            page = parsed(wire.get(here, headers=ACCEPT, secret=self.config.secret_headers(self.secret)).body, here)
            yield page
            token = _next(following, page)
            if token is None:
                return
            here = (
                _with(first, {**params, question.page_parameter: token})
                if question.page_parameter
                else urljoin(here, token)
            )
        raise PermanentSourceError(f"There are more than {MOST_PAGES:,} pages. Ask for less, or for larger pages.")


def question_of(text: str) -> Question:
    """The metric's query; blank for an answer that is a list of rows with our names.

    Raises:
        PermanentSourceError: it is not such an object.
    """
    try:
        given = json.loads(text) if text.strip() else {}
    except ValueError as error:
        raise PermanentSourceError(f"The metric's query is not JSON: {error}.") from None
    known = Question.__dataclass_fields__
    if not isinstance(given, dict):
        raise PermanentSourceError(f"The metric's query is an object with {', '.join(known)}.")
    for name, value in given.items():
        if name not in known:
            raise PermanentSourceError(f"“{name}” is not a part of a query. It has {', '.join(known)}.")
        kind = dict if name in ("params", "columns") else str
        if not isinstance(value, kind):
            raise PermanentSourceError(
                f"“{name}” in the metric's query has to be {'an object' if kind is dict else 'a text'}."
            )
    for name in given.get("columns", {}):
        if name not in (*COLUMNS, "metric"):
            raise PermanentSourceError(f"“{name}” is not a column. There are {', '.join(COLUMNS)}.")
    return Question(**given)


def compiled(path: str, name: str) -> JSONPath:
    """A JSONPath, ready to find.

    Raises:
        PermanentSourceError: it is none.
    """
    try:
        found = PATHS.compile(path)
    except JSONPathError as error:
        raise PermanentSourceError(f"“{path}”, the query's {name}, is not a JSONPath: {error.args[0]}.") from None
    if not isinstance(found, JSONPath):
        raise PermanentSourceError(f"“{path}”, the query's {name}, joins several paths. Use one.")
    return found


def binds_of(window: Window, definition: Definition) -> dict[str, str]:
    """What the binds of a query stand for, as texts; times in ISO 8601."""
    return {
        ":window_start": window.start.isoformat(),
        ":window_end": window.end.isoformat(),
        ":metric": definition.metric,
        ":stages": definition.stages,
    }


def filled(text: str, binds: Mapping[str, str]) -> str:
    """The text with each bind's value in its place."""
    return re.sub(r"(?<![:\w]):[a-z_]+\b", lambda found: binds.get(found[0], found[0]), text)


def _columns(question: Question, binds: Mapping[str, str]) -> dict[str, JSONPath | Any]:
    """For each column its JSONPath, or the value that all rows have."""
    found: dict[str, Any] = {}
    for name, told in question.columns.items():
        is_path = isinstance(told, str) and told.startswith("$")
        found[name] = compiled(told, f"columns.{name}") if is_path else filled(str(told), binds)
    return found


def _row(value: Any, columns: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(value, dict) and not columns:
        raise PermanentSourceError("A row of the answer is not an object. Let the query's rows lead to the objects.")
    given = value if not columns else {name: _found(told, value, name) for name, told in columns.items()}
    row = {name: each for name, each in given.items() if name in (*COLUMNS, "metric")}
    for name, each in row.items():
        if isinstance(each, dict | list):
            raise PermanentSourceError(
                f"The column {name} holds {'an object' if isinstance(each, dict) else 'a list'}, not a value."
            )
    return row


def _found(told: Any, value: Any, name: str) -> Any:
    if not isinstance(told, JSONPath):
        return told
    found = told.findall(value)
    if len(found) > 1:
        raise PermanentSourceError(
            f"The path of the column {name} finds {len(found)} values in one row. Let it find one."
        )
    return found[0] if found else None


def _next(following: JSONPath | None, page: Any) -> str | None:
    found = following.findall(page) if following else []
    return str(found[0]) if found and found[0] not in (None, "", False) else None


def _with(url: str, params: Mapping[str, str]) -> str:
    """The address with these parameters."""
    parts = urlsplit(url)
    query = "&".join(part for part in (parts.query, urlencode(params)) if part)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))
