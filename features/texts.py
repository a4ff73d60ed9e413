"""Texts that people give: what in them can be seen."""

from typing import Any, Final
from unicodedata import category

from features.errors import wrong

LONGEST: Final = 20_000
"""Characters that a reason, a note or a plan has at most, at every door."""
SEEN: Final = frozenset("LNPS")
"""Letters, numbers, punctuation and symbols; marks, controls, formats and blanks show nothing by themselves."""
UNSEEN: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Fillers that Unicode counts among letters and symbols, though they show nothing."""


def storable(text: str) -> str:
    """The text without what no database keeps: NUL, and halves of surrogate pairs; each becomes U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\x00", "\ufffd")


def visible(text: str) -> str:
    """The text without blanks around it; the empty one when no character of it can be seen."""
    shows = any(category(character)[0] in SEEN and character not in UNSEEN for character in text)
    return text.strip() if shows else ""


def needed_text(value: Any, name: str, detail: str) -> str:
    """A text in which something can be seen, without blanks around it; `detail` says what it is needed for.

    Raises:
        BadInput: `required`, there is none.
    """
    text = visible(value) if isinstance(value, str) else ""
    if not text:
        raise wrong(name, detail, code="required")
    return text
