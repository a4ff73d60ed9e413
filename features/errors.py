"""Why an act is refused, in a form that people and programs can act on.

Actions raise these; the doors turn them into problem+json (config/api.py) or into messages on a page. `status` is the
HTTP status that the API answers with.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field: its name (dotted, with list positions), a code, and a sentence."""

    field: str
    code: str
    detail: str


@dataclass(slots=True)
class Refusal(Exception):  # noqa: N818 (it is an answer, not a fault)
    """An act that was refused; nothing was written.

    `code` is stable, for programs; `detail` is a sentence for people that says how to mend it; `errors` name fields;
    `extra` are further members of the problem document (for example the decision that stands already).
    """

    status: ClassVar[int] = 400
    title: ClassVar[str] = "The request cannot be carried out"

    code: str
    detail: str
    errors: Sequence[FieldError] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.detail


class BadInput(Refusal):
    """The input is not of the form that is asked for."""

    status = 400
    title = "The input is not valid"


class Forbidden(Refusal):
    """The person may not do this."""

    status = 403
    title = "Not yours to do"


class Missing(Refusal):
    """What is named does not exist."""

    status = 404
    title = "Not found"


class Conflict(Refusal):
    """What is asked does not fit the state that things are in."""

    status = 409
    title = "Not in this state"


class LostRace(Refusal):
    """Somebody else changed the row since it was read."""

    status = 412
    title = "It has changed meanwhile"


class RulesUnmet(Refusal):
    """Must rules of the gate refuse the advance."""

    status = 422
    title = "Rules are not met"


def wrong(name: str, detail: str, *, code: str = "invalid") -> BadInput:
    """One field is wrong: the short way to say so."""
    return BadInput(code="invalid", detail=detail, errors=[FieldError(name, code, detail)])


@contextmanager
def inside(path: str) -> Iterator[None]:
    """Name the fields of what is refused within by where they stand in the whole (`metric` → `hypothesis.metric`)."""
    try:
        yield
    except BadInput as error:
        errors = [replace(each, field=f"{path}.{each.field}") for each in error.errors]
        raise replace(error, errors=errors) from error
