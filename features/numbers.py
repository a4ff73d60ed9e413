"""Numbers as they are written: in the digits 0 to 9."""

import re
from decimal import Decimal
from typing import Any, Final

PLAIN: Final = re.compile(r"\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,9})?\s*")


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
