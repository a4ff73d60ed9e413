"""Reading the terms of a stint: its time box and its budget."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from features.numbers import read_decimal
from hypotheses.queries.checking import Complaints
from lifecycle.gates.facts import Budget

LONGEST: Final = 3650
LARGEST: Final = {"amount": Decimal(10) ** 12, "days": Decimal(10) ** 7}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a stint may take: days (None: the phase's default) and a budget."""

    time_box_days: int | None = None
    budget: Budget = field(default_factory=Budget)


def read_terms(*, time_box_days: Any, budget: Any, wrong: Complaints, prefix: str = "") -> Terms:
    """The terms as somebody sends them; what is wrong goes to `wrong`.

    `budget` is `{"amount": "5000.00"}` in `CURRENCY` or `{"days": "12.5"}` in person-days, one of them; a plain number
    is money.
    """
    return Terms(
        time_box_days=_days(time_box_days, f"{prefix}time_box_days", wrong),
        budget=_budget(budget, f"{prefix}budget", wrong),
    )


def _days(value: Any, name: str, wrong: Complaints) -> int | None:
    days = wrong.count(value, name)
    if days is not None and not 1 <= days <= LONGEST:
        wrong.add(name, f"A time box has 1 to {LONGEST} days.", code="out_of_range")
        return None
    return days


def _budget(value: Any, name: str, wrong: Complaints) -> Budget:
    if value is None:
        return Budget()
    if not isinstance(value, Mapping):
        return Budget(amount=_decimal(value, name, "amount", wrong))
    given = {part: number for part, number in value.items() if number is not None}
    wrong.unknown(given, ("amount", "days"), prefix=f"{name}.")
    if len(given) > 1:
        wrong.add(name, "A budget is in money (amount) or in person-days (days), one of them.")
    return Budget(
        amount=_decimal(given.get("amount"), f"{name}.amount", "amount", wrong),
        days=_decimal(given.get("days"), f"{name}.days", "days", wrong),
    )


def _decimal(value: Any, name: str, part: str, wrong: Complaints) -> Decimal | None:
    """A decimal number of 0 or more with at most two places, from a text or a number."""
    if value is None:
        return None
    number = read_decimal(value)
    if number is None:
        wrong.add(name, "This must be a decimal number, for example “5000.00”.")
        return None
    if not 0 <= number < LARGEST[part] or number != round(number, 2):
        wrong.add(name, "This must be 0 or more, with at most two decimal places.", code="out_of_range")
        return None
    return number
