"""What a SQL engine's error means: whether asking again may help, and a sentence for a person."""

from typing import Final

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from hypotheses.sources.base import (
    PassingSourceError,
    PermanentSourceError,
    SourceError,
    first_line,
    without_secret,
)

TIMED_OUT: Final = ("57014", "interrupted", "statement timeout")
REFUSED: Final = (
    "password authentication failed",
    "no password supplied",
    "no pg_hba.conf entry",
    "authentication failed",
    "does not exist",
)
READ_ONLY: Final = ("25006", "not authorized", "prohibited", "readonly", "read-only")
IN_QUESTION: Final = ("no such", "syntax", "misuse", "ambiguous", "incomplete", "wrong number", "unable to use")
"""What SQLite says of a query that is wrong, with the same kind of error as for a file that it cannot open."""
PASSING: Final = ("08", "40", "53", "55", "57", "58")
"""Classes of SQLSTATE that pass: connection, rollback, resources, object in use, operator intervention, system."""


def too_slow(seconds: float) -> PassingSourceError:
    """The deadline has passed."""
    return PassingSourceError(
        f"The query took longer than {seconds:g} seconds. Make it cheaper, or let it read a shorter window.",
        about_source=False,
    )


def what_went_wrong(error: DBAPIError, *, url: URL, secret: str, seconds: float) -> SourceError:
    """The error of the driver, classified. PostgreSQL tells by SQLSTATE, others by their words."""
    code = str(getattr(error.orig, "sqlstate", None) or "")
    said = without_secret(first_line(error.orig or error), secret)
    hints = (code, said.lower())
    place = url.host or url.database or url.drivername
    if _any(TIMED_OUT, hints):
        return too_slow(seconds)
    if _any(READ_ONLY, hints):
        return PermanentSourceError(f"The query may only read ({said}). Let it be one SELECT over readable tables.")
    if code == "42501":
        return PermanentSourceError(f"The account may not read this: {said}. Grant it SELECT, then retry.")
    if code[:2] == "28" or (not code and _any(REFUSED, hints) and _connecting(error)):
        return PermanentSourceError(
            f"{place} refuses the sign-in: {said}. Correct the address or enter the secret again.", about_source=True
        )
    if code[:2] in PASSING or (not code and _connecting(error)):
        return PassingSourceError(
            f"{place} cannot be reached: {said}. Check that it is up; it is asked again by itself."
        )
    return PermanentSourceError(f"The query does not work: {said}. Correct it, then retry.")


def _any(words: tuple[str, ...], hints: tuple[str, str]) -> bool:
    return any(word == hints[0] or word in hints[1] for word in words)


def _connecting(error: DBAPIError) -> bool:
    """Whether the trouble is with the connection or the file, not with the question."""
    said = str(error.orig).lower()
    kinds = {kind.__name__ for kind in type(error.orig).__mro__}
    of_connection = kinds & {"OperationalError", "InterfaceError"} and "malformed" not in said
    return bool(of_connection) and not any(word in said for word in IN_QUESTION)
