"""Filters of lists that several doors share."""

from datetime import date
from typing import Any, ClassVar

import django_filters
from django import forms

from features.api.fields import A_DAY, DAY


class DayField(forms.DateField):
    """A day of a parameter."""

    default_error_messages: ClassVar = {"invalid": A_DAY}

    def to_python(self, value: Any) -> date | None:
        """The day; None for none.

        Raises:
            ValidationError: it is not written as `YYYY-MM-DD`.
        """
        if value and not (isinstance(value, str) and DAY.fullmatch(value.strip())):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class DayFilter(django_filters.DateFilter):
    """A day, `YYYY-MM-DD` and nothing else."""

    field_class = DayField

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, input_formats=["%Y-%m-%d"], **options)
