"""Serializers that ignore nothing: what they do not know, they name."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

DECIDED: Final = frozenset(
    {
        "phase", "status", "iteration", "step", "step_percent", "exposure_percent", "ceiling_percent", "gate",
        "verdict", "invested", "invested_days", "undecided_spend", "undecided_days", "released_on", "ended_on",
        "state", "decision", "imported",
    }
)  # fmt: skip


class Strict(serializers.Serializer[Any]):
    """A serializer that refuses unknown fields, and fields that are not written this way.

    `decided` fields change through a decision on a gate only; `fixed` ones never change once the row exists.
    """

    decided: ClassVar[frozenset[str]] = frozenset()
    fixed: ClassVar[frozenset[str]] = frozenset()

    def to_internal_value(self, data: Any) -> Any:
        """The values of a body.

        Raises:
            ValidationError: all that is wrong with it, the unknown fields included.
        """
        errors: dict[str, Any] = {}
        if isinstance(data, Mapping):
            errors = {str(name): [fault] for name in data if (fault := self._fault(name))}
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if not isinstance(error.detail, dict):
                raise
            raise serializers.ValidationError({**error.detail, **errors}) from error
        if errors:
            raise serializers.ValidationError(errors)
        return value

    def _fault(self, name: Any) -> ErrorDetail | None:
        if name in self.decided:
            return ErrorDetail("This changes through a decision on the feature's gate only.", "decided_at_gates")
        field = self.fields.get(name) if isinstance(name, str) else None
        if field is None:
            return ErrorDetail("There is no such field.", "unknown_field")
        if self.partial and name in self.fixed:
            return ErrorDetail("This never changes.", "immutable")
        if field.read_only:
            return ErrorDetail("This is shown only; it cannot be written.", "read_only")
        return None
