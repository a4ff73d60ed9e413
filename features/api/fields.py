"""The fields that the doors read and show: each refuses what the database cannot keep, with a sentence."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any, ClassVar, Final

from django.utils.dateparse import parse_datetime
from rest_framework import serializers

from features.enums import Word
from features.models.squad import SLUG
from features.numbers import is_plain, percentage
from features.texts import LONGEST, visible

LARGEST_INTEGER: Final = 2**31 - 1
LARGEST_BIG_INTEGER: Final = 2**63 - 1
DAY: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
A_DAY: Final = "Give a day as YYYY-MM-DD, for example 2026-11-20."
A_MOMENT: Final = "Give a time with its offset, for example 2026-11-20T06:00:00Z."


class Text(serializers.CharField):
    """A text; numbers are not taken for one."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", LONGEST)
        super().__init__(**options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """The text; one in which nothing can be seen is blank."""
        return super().run_validation("" if isinstance(data, str) and not visible(data) else data)

    def to_internal_value(self, data: Any) -> str:
        """The text, without blanks around it."""
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class Key(Text):
    """A key or slug: lower-case letters, digits and single hyphens."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 80)
        super().__init__(validators=[SLUG], **options)


class Ref(Text):
    """A relation, shown and given by one of its own columns: `Ref("slug")`, `Ref("username")`."""

    def __init__(self, column: str, **options: Any) -> None:
        self.column = column
        options.setdefault("max_length", 150)
        super().__init__(**options)

    def to_representation(self, value: Any) -> str:
        """The column of the related row."""
        return str(getattr(value, self.column))


class Refs(serializers.ListField):
    """Relations, shown and given by one of their own columns: `Refs("username")`."""

    def __init__(self, column: str, **options: Any) -> None:
        self.column = column
        super().__init__(child=Text(max_length=150), **options)

    def to_representation(self, data: Any) -> list[str]:
        """The column of the related rows, in their order."""
        return [str(getattr(row, self.column)) for row in data.all()]


class OneOf(serializers.ChoiceField):
    """A word of the design."""

    def __init__(self, words: type[Word], **options: Any) -> None:
        self.words = words
        super().__init__(choices=[(str(word), word.label) for word in words], **options)

    def to_internal_value(self, data: Any) -> Word | str:
        """The word; empty where that is allowed."""
        word = super().to_internal_value(data)
        return self.words(word) if word else word

    def to_representation(self, value: Any) -> str:
        """The word as text."""
        return str(value)


class _Plain(serializers.Field):  # type: ignore[type-arg]  # not generic at run time
    """A number; given as a text, it is written in the digits 0 to 9."""

    default_error_messages: ClassVar = {"invalid": "Write a number in the digits 0 to 9, for example 1250.00."}

    def to_internal_value(self, data: Any) -> Any:
        """The number."""
        if isinstance(data, str) and not is_plain(data):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(_Plain, serializers.IntegerField):
    """A whole number that fits a column."""

    default_error_messages: ClassVar = {"invalid": "Write a whole number in the digits 0 to 9, for example 14."}

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_value", LARGEST_INTEGER)
        options.setdefault("min_value", 0)
        super().__init__(**options)


class Number(_Plain, serializers.FloatField):
    """A finite number."""

    def to_internal_value(self, data: Any) -> float:
        """The number."""
        if isinstance(data, bool):
            self.fail("invalid")
        try:
            number = float(super().to_internal_value(data))
        except OverflowError:
            self.fail("invalid")
        if not isfinite(number):
            self.fail("invalid")
        return number


class Exact(_Plain, serializers.DecimalField):
    """A decimal number, kept and shown exactly."""


class Money(Exact):
    """An amount of money, shown as a decimal string."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=14, decimal_places=2, **options)


class PersonDays(Exact):
    """Person-days, shown as a decimal string."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=9, decimal_places=options.pop("decimal_places", 3), **options)


class Percent(Exact):
    """0 to 100 with two decimals at most, shown as a number."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_digits=5,
            decimal_places=2,
            min_value=Decimal(0),
            max_value=Decimal(100),
            coerce_to_string=False,
            **options,
        )

    def to_representation(self, value: Any) -> float:
        """The number."""
        return percentage(value) or 0


class Day(serializers.DateField):
    """A day, `YYYY-MM-DD` and nothing else."""

    default_error_messages: ClassVar = dict.fromkeys(("invalid", "datetime"), A_DAY)

    def to_internal_value(self, value: Any) -> date:
        """The day."""
        if not isinstance(value, str) or not DAY.fullmatch(value):
            self.fail("invalid")
        return super().to_internal_value(value)


class Moment(serializers.DateTimeField):
    """A time with its offset from UTC."""

    default_error_messages: ClassVar = dict.fromkeys(("invalid", "date", "make_aware", "overflow"), A_MOMENT)

    def to_internal_value(self, value: Any) -> datetime:
        """The time.

        Raises:
            ValidationError: `offset_missing` when the text leaves its zone open; `out_of_range` in another century.
        """
        super().to_internal_value(value)
        moment = moment_of(value) if isinstance(value, str) else None
        if moment is None:
            raise serializers.ValidationError(f"Say which zone is meant. {A_MOMENT}", code="offset_missing")
        if not FIRST_MOMENT <= moment <= LAST_MOMENT:
            raise serializers.ValidationError("This lies before 1970 or after 2199.", code="out_of_range")
        return moment


FIRST_MOMENT: Final = datetime(1970, 1, 1, tzinfo=UTC)
LAST_MOMENT: Final = datetime(2199, 12, 31, tzinfo=UTC)


def moment_of(text: str) -> datetime | None:
    """The moment that a text in ISO 8601 names, in UTC; None when it names none, or leaves its zone open."""
    try:
        moment = parse_datetime(text) if text.isascii() else None
        return moment.astimezone(UTC) if moment is not None and moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
