"""What addresses ask of the portfolio, read from their parameters: days, a squad or a tribe, a period to compare."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from features.errors import wrong
from lifecycle.queries.portfolio.scope import FIRST_YEAR, LAST_YEAR, Period, Scope, everything, scope_of, whole_months

A_DAY: Final = "Give a day as YYYY-MM-DD, for example 2026-11-20."
LENGTH: Final = len("2026-11-20")


@dataclass(frozen=True, slots=True)
class Asked:
    """The months that are asked for (`given`: somebody named their start), those to compare, and whose features."""

    period: Period
    before: Period | None
    scope: Scope
    given: bool


def asked(parameters: Mapping[str, str], *, today: date) -> Asked:
    """`from`, `to`, `compare_from`, `compare_to`, `squad` and `tribe`. Without `from` all months are meant, and are
    held against nothing; with it, against as many months just before, unless others are named.

    Raises:
        BadInput: a day that is none, days in the wrong order, an unknown squad or tribe.
    """
    scope = scope_of(squad=parameters.get("squad", ""), tribe=parameters.get("tribe", ""))
    first, last = (_day(parameters, name) for name in ("from", "to"))
    whole = everything(today=today) if first is None or last is None else None
    if whole is not None:
        first, last = first or min(whole.first, last or whole.first), last or max(whole.last, first or whole.last)
    assert first is not None  # noqa: S101 (one of the two ways gave it)
    assert last is not None  # noqa: S101 (the same)
    period = whole_months(first, last)
    given = bool(parameters.get("from"))
    return Asked(period, _before(parameters, period, given=given), scope, given)


def _before(parameters: Mapping[str, str], period: Period, *, given: bool) -> Period | None:
    first, last = (_day(parameters, name) for name in ("compare_from", "compare_to"))
    if first is None and last is None:
        return period.before if given else None
    if first is None or last is None:
        missing = "compare_from" if first is None else "compare_to"
        raise wrong(missing, "Name both ends of the period to compare with.", code="required")
    if last < first:
        raise wrong("compare_to", f"The period ends on {last}, before it begins on {first}.")
    return whole_months(first, last)


def _day(parameters: Mapping[str, str], name: str) -> date | None:
    given = parameters.get(name, "").strip()
    if not given:
        return None
    try:
        found = date.fromisoformat(given) if len(given) == LENGTH and given.isascii() else None
    except ValueError:
        found = None
    if found is None:
        raise wrong(name, A_DAY)
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise wrong(name, "This lies before 1970 or after 2199.", code="out_of_range")
    return found
