"""Reading what people send, field by field, so that everything that is wrong is told at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import isfinite
from typing import Any

from features.errors import BadInput, FieldError
from features.numbers import is_plain
from features.texts import visible


@dataclass(slots=True)
class Complaints:
    """What is wrong so far. `refuse` raises all of it as one refusal; nothing is written before that."""

    errors: list[FieldError] = field(default_factory=list)

    def add(self, name: str, detail: str, *, code: str = "invalid") -> None:
        """Remember one wrong field; `name` is dotted, with list positions (`guardrails.0.margin`)."""
        self.errors.append(FieldError(name, code, detail))

    def refuse(self, detail: str) -> None:
        """Raise BadInput when anything is wrong; `detail` says what was being read."""
        if self.errors:
            raise BadInput(code="invalid", detail=f"{detail}: {self.errors[0].detail}", errors=tuple(self.errors))

    def unknown(self, given: Iterable[str], known: Iterable[str], *, prefix: str = "") -> None:
        """Every field that is not known is wrong: a slip of the pen must not vanish."""
        expected = sorted(known)
        for name in sorted(set(given) - set(expected)):
            self.add(
                f"{prefix}{name}", f"There is no such field; expected {', '.join(expected)}.", code="unknown_field"
            )

    def text(self, value: Any, name: str, *, most: int | None = None) -> str:
        """A text without spaces around it; None, and one in which nothing can be seen, is the empty text."""
        if value is None:
            return ""
        if not isinstance(value, str):
            self.add(name, "This must be a text.")
            return ""
        if most is not None and len(value) > most:
            self.add(name, f"This is {len(value):,} characters long; at most {most} fit.", code="too_long")
        if "\x00" in value:
            self.add(name, "This must not contain the character NUL.")
        return visible(value)

    def number(self, value: Any, name: str) -> float | None:
        """A finite number (also as a decimal text); None stays None."""
        if value is None:
            return None
        try:
            is_number = is_plain(value) if isinstance(value, str) else not isinstance(value, bool)
            number = float(value) if is_number else float("nan")
        except (TypeError, ValueError, OverflowError):
            number = float("nan")
        if not isfinite(number):
            self.add(name, "This must be a finite number.")
            return None
        return number

    def count(self, value: Any, name: str) -> int | None:
        """A whole number of 0 or more; None stays None."""
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 2**31 - 1:
            self.add(name, "This must be a whole number of 0 or more.")
            return None
        return value

    def word(self, value: Any, name: str, words: type[StrEnum], *, blank: bool = False) -> str:
        """One of the words; the empty text only where `blank` allows it."""
        if value in (None, "") and blank:
            return ""
        known = [str(word) for word in words]
        if not isinstance(value, str) or value not in known:
            self.add(name, f"This must be one of {', '.join(known)}.", code="unknown_word")
            return ""
        return value

    def mapping(self, value: Any, name: str) -> Mapping[str, Any]:
        """An object with named fields."""
        if isinstance(value, Mapping):
            return value
        self.add(name, "This must be an object with named fields.")
        return {}
