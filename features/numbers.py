"""Numbers as they are written (in the digits 0 to 9), and as they are shown in JSON: one form for each kind."""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

PLAIN: Final = re.compile(r"\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,9})?\s*")
CENT: Final = Decimal("0.01")
THOUSANDTH: Final = Decimal("0.001")


def is_plain(text: str) -> bool:
    """Whether a text is a decimal number in the digits 0 to 9: no other digits, no `1_000`, no NaN, no infinity."""
    return PLAIN.fullmatch(text) is not None


def read_decimal(value: Any) -> Decimal | None:
    """The finite number that a text or a number is, exactly as it is written; None when it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    try:
        text = str(value)
    except ValueError:  # more digits than Python writes
        return None
    return Decimal(text.strip()) if is_plain(text) else None


def money(amount: Decimal) -> str:
    """An amount with its two decimals: `0.00`, `4800.00`."""
    return str(amount.quantize(CENT, ROUND_HALF_UP))


def person_days(days: Decimal) -> str:
    """Person-days with their three decimals: `1.500`."""
    return str(days.quantize(THOUSANDTH, ROUND_HALF_UP))


def percentage(value: Decimal | None) -> float | None:
    """A percentage as a number of JSON, whole where it is whole: 5, 2.5."""
    if value is None:
        return None
    return int(value) if value == int(value) else float(value)


def exact(number: Decimal, below: Decimal, *, places: int, low: Decimal) -> bool:
    """Whether a number lies in [low, below) and fits the number of decimals that the database keeps."""
    if not number.is_finite() or not low <= number < below:
        return False
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and (exponent >= -places or number == round(number, places))
