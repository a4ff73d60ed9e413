"""Integrity that the database itself keeps: the forms of CHECK constraint that the models share."""

from collections.abc import Iterable
from enum import StrEnum

from django.db.models import CheckConstraint, Q


def one_of(field: str, words: type[StrEnum] | Iterable[str], *, name: str) -> CheckConstraint:
    """The field holds one of the words."""
    return CheckConstraint(condition=Q(**{f"{field}__in": [str(word) for word in words]}), name=name)


def within(field: str, low: float | None = None, high: float | None = None, *, name: str) -> CheckConstraint:
    """The field lies between two bounds, both included; an empty field passes."""
    condition = Q(**{f"{field}__isnull": True})
    bounds = Q()
    if low is not None:
        bounds &= Q(**{f"{field}__gte": low})
    if high is not None:
        bounds &= Q(**{f"{field}__lte": high})
    return CheckConstraint(condition=condition | bounds, name=name)


def above(field: str, low: float, *, name: str) -> CheckConstraint:
    """The field is greater than a bound; an empty field passes."""
    return CheckConstraint(condition=Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gt": low}), name=name)


def together(*fields: str, name: str) -> CheckConstraint:
    """The fields are all empty or all given."""
    none = Q(**{f"{field}__isnull": True for field in fields})
    every = Q(**{f"{field}__isnull": False for field in fields})
    return CheckConstraint(condition=none | every, name=name)


def not_blank(field: str, *, name: str) -> CheckConstraint:
    """The text is not empty."""
    return CheckConstraint(condition=~Q(**{field: ""}), name=name)


def exactly_when(condition: Q, field: str, *, name: str) -> CheckConstraint:
    """The field is given when the condition holds, and only then."""
    given = Q(**{f"{field}__isnull": False})
    return CheckConstraint(condition=(condition & given) | (~condition & ~given), name=name)
