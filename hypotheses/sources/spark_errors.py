"""What an error of Spark Connect means: whether asking again may help, and a sentence for a person."""

import re
from typing import Any, Final

from hypotheses.sources.base import (
    PassingSourceError,
    PermanentSourceError,
    SourceError,
    first_line,
    without_secret,
)

REFUSED: Final = ("UNAUTHENTICATED", "PERMISSION_DENIED")
UNREACHABLE: Final = ("UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED")
QUESTION: Final = ("0A", "21", "22", "42", "P0")
"""Classes of SQLSTATE that are about the question: unsupported, cardinality, data, syntax or access, raised."""
_HEAD: Final = re.compile(r"^\s*(?:\([\w.$]+\)\s*)?(?:\[[A-Z0-9_.]+\]\s*)?")
_TAIL: Final = re.compile(r"\s*(?:SQLSTATE:|JVM stacktrace:|== SQL|\n)", re.DOTALL)


def too_slow(place: str, seconds: float, *, answered: bool) -> PassingSourceError:
    """The deadline has passed. answered: whether the cluster took our word to stop."""
    if not answered:
        return PassingSourceError(f"{place} did not answer within {seconds:g} seconds. It is asked again by itself.")
    return PassingSourceError(
        f"The query took longer than {seconds:g} seconds. Make it cheaper, or let it read a shorter window.",
        about_source=False,
    )


def what_went_wrong(error: Exception, *, place: str, secret: str) -> SourceError:
    """The error of the client, classified: by gRPC's status for the way there, by SQLSTATE for the question."""
    status, said = _status(error), without_secret(_said(error), secret)
    state = str(_asked(error, "getSqlState") or "")
    if status in REFUSED:
        return PermanentSourceError(
            f"{place} refuses the sign-in: {said}. Correct the address or enter the token again.", about_source=True
        )
    if not state and status in UNREACHABLE:
        return PassingSourceError(
            f"{place} cannot be reached: {said}. Check that it is up; it is asked again by itself."
        )
    if state == "42501":
        return PermanentSourceError(f"The account may not read this: {said}. Grant it SELECT, then retry.")
    if state[:2] in QUESTION:
        return PermanentSourceError(f"The query does not work: {said}. Correct it, then retry.")
    return PassingSourceError(f"Spark gave the query up: {said}. It is tried again by itself.", about_source=False)


def _status(error: Exception) -> str:
    """The status of gRPC, which the client keeps in the error itself or in the one that it was made from."""
    for each in (error, error.__cause__, error.__context__):
        code = _asked(each, "code")
        if code is not None:
            return str(getattr(code, "name", code))
    found = re.search(r"StatusCode\.([A-Z_]+)", str(error))
    return found[1] if found else ""


def _said(error: Exception) -> str:
    """What Spark said, without its code in front and without the plan and the Java trace behind."""
    details = re.search(r'details = "([^"]*)"', str(error))
    text = details[1] if details else str(error)
    return first_line(Exception(_TAIL.split(_HEAD.sub("", text), maxsplit=1)[0])).rstrip(";: ")


def _asked(error: object, name: str) -> Any:
    method = getattr(error, name, None)
    return method() if callable(method) else None
