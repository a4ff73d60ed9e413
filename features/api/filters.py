"""Filters of lists that several doors share."""

from typing import Any

import django_filters


class DayFilter(django_filters.DateFilter):
    """A day, `YYYY-MM-DD` and nothing else."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, input_formats=["%Y-%m-%d"], **options)
