"""Cases of evidence from a file: what the engine makes of each, for anybody to check against an own computation."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypotheses.importers.case_kinds import KINDS, Computed

ABOUT = {"schema", "about", "tolerance", "library_checks"}
"""What stands in a file beside its cases."""

KEYED = "group_sequential_boundaries"
"""The kind whose cases are known by a key that tells everything."""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What one case gave: its kind, its id (position, from 0, or key where it has none), and fields or an error."""

    kind: str
    id: str | int
    computed: Computed
    error: str = ""

    def line(self) -> str:
        """One line of strict JSON: {"kind", "id", …computed fields}."""
        return json.dumps({"kind": self.kind, "id": self.id, **self.computed}, allow_nan=False)


def read_cases(path: Path) -> dict[str, Any]:
    """The file's content. Raises ValueError, with a sentence, when it cannot be read or is not an object of kinds."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, RecursionError):
        raise ValueError(f"{path} is not a JSON text.") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"{path} is not JSON: {error.msg} in line {error.lineno}.") from None
    if not isinstance(content, dict):
        raise ValueError(f"{path} must be an object of kinds, each with its cases.")  # noqa: TRY004 - bad input
    return content


def weigh_cases(content: Mapping[str, Any]) -> Iterator[CaseResult]:
    """Computes every case of every kind, in the file's order; a bad one gives its error and does not stop the rest."""
    for kind, cases in content.items():
        if kind in ABOUT or (kind not in KINDS and not isinstance(cases, dict | list)):
            continue
        if kind not in KINDS:
            yield CaseResult(kind, "", {}, f"There is no kind of this name; known are {', '.join(KINDS)}.")
        elif not isinstance(cases, dict | list):
            yield CaseResult(kind, "", {}, "The cases must be a list, or an object by key.")
        else:
            yield from (weigh_case(kind, known_by, case) for known_by, case in identified(kind, cases))


def identified(kind: str, cases: Mapping[str, Any] | Sequence[Any]) -> Iterator[tuple[str | int, object]]:
    """Every case with what it is known by: its id, its key, or its position.

    Tables come as an object by name, as pairs of name and table, or as names alone: the name tells everything.
    """
    if isinstance(cases, Mapping):
        for key, case in cases.items():
            yield key, {"id": key} if kind == KEYED else case
        return
    for position, case in enumerate(cases):
        if kind == KEYED:
            name = named(case)
            yield (position if name is None else name), {"id": name}
        else:
            known_by = case.get("id") if isinstance(case, dict) else None
            yield (known_by if isinstance(known_by, str | int) else position), case


def named(table: object) -> str | None:
    """A table's name, wherever it stands."""
    told: object = table[0] if isinstance(table, list) and table else table
    if isinstance(told, dict):
        told = next((told[name] for name in ("id", "key", "name") if name in told), None)
    return told if isinstance(told, str) else None


def weigh_case(kind: str, known_by: str | int, case: object) -> CaseResult:
    """Computes one case; whatever is wrong with it becomes its error."""
    if not isinstance(case, dict):
        return CaseResult(kind, known_by, {}, "A case must be an object with its fields.")
    fields = {name: value for name, value in case.items() if not name.startswith("expected")}
    try:
        result = CaseResult(kind, known_by, KINDS[kind](fields))
        result.line()
    except (ValueError, OverflowError, ZeroDivisionError) as error:
        return CaseResult(kind, known_by, {}, str(error))
    return result
