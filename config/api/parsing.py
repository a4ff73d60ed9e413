"""Reading JSON bodies without surprises."""

import json
from collections import Counter
from collections.abc import Mapping
from math import isfinite
from typing import IO, Any, Final

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer

DEEPEST: Final = 32
LONGEST_NAME: Final = 100  # of a name in a sentence
MOST_DIGITS: Final = 1_000  # the fields say by name what is too large for them


class StrictJSON(BaseParser):
    """JSON in UTF-8, with what no database keeps refused by name.

    Refused are NaN, Infinity, numbers beyond a double, NUL characters, halves of surrogate pairs, nesting deeper than
    `DEEPEST`, and names that stand twice in one object.
    """

    media_type = "application/json"
    renderer_class = JSONRenderer

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The value that the body holds.

        Raises:
            ParseError: the body is not JSON, or holds what is refused; the sentence says which.
        """
        try:
            text = stream.read().decode("utf-8-sig")
            value = json.loads(
                text,
                parse_constant=_refuse_constant,
                parse_float=_finite,
                parse_int=_whole,
                object_pairs_hook=_each_name_once,
            )
        except UnicodeDecodeError as error:
            raise ParseError("The body is not UTF-8 text.", code="malformed_json") from error
        except RecursionError as error:
            raise ParseError(f"The body is nested deeper than {DEEPEST} levels.", code="malformed_json") from error
        except ValueError as error:
            raise ParseError(f"The body is not JSON: {error}.", code="malformed_json") from error
        _check_depth(value)
        if "\\u" in text or "\x00" in text:
            _check_texts(value)
        return value


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number of JSON")


def _whole(text: str) -> int:
    if len(text) > MOST_DIGITS:  # asked before it is read: reading takes the square of the digits
        raise ValueError(f"a number has more than {MOST_DIGITS:,} digits")
    return int(text)


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        told = twice[:LONGEST_NAME].encode(errors="replace").decode()
        raise ParseError(f"The name “{told}” stands twice in one object.", code="malformed_json")
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError("a number is too large")
    return number


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _inner(outer) if isinstance(inner, dict | list)]
        if not level:
            return
    raise ParseError(f"The body is nested deeper than {DEEPEST} levels.", code="malformed_json")


def _check_texts(value: Any) -> None:
    if isinstance(value, str):
        if "\x00" in value:
            raise ParseError("A text holds the NUL character, which cannot be kept.", code="malformed_json")
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise ParseError(
                "A text holds half of a surrogate pair, which cannot be kept.", code="malformed_json"
            ) from error
        return
    if isinstance(value, dict):
        _check_texts(list(value))
    for inner in _inner(value):
        _check_texts(inner)


def _inner(value: Any) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
