"""Serializers that ignore nothing: what they do not know, they name."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

_AT_GATES: Final = "This changes through a decision on the feature's gate only."
_INVESTED: Final = "This is the sum of what was recorded: add or correct entries at investments/."
_UNDECIDED: Final = (
    "This is what was spent since the gate fell due: entries at investments/ and the gate's decision change it."
)
_RISES: Final = (
    "Lower it, or come back up to the decided ceiling, at the feature's exposure/; more is decided at its gate."
)

DECIDED: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("phase", "status", "iteration", "step", "step_percent", "ceiling_percent", "gate", "state", "decision"),
        _AT_GATES,
    ),
    "released_on": "This is the day of the decision at the gate that released it.",
    "ended_on": "This is the day when a decision at the gate, or the last part of the removal, ended it.",
    "exposure_percent": _RISES,
    "invested": _INVESTED,
    "invested_days": _INVESTED,
    "undecided_spend": _UNDECIDED,
    "undecided_days": _UNDECIDED,
    "verdict": "This follows from the evidence: results and findings change it, nothing else.",
    "imported": "This says that the feature came in by an import, which alone sets it.",
}
"""What nobody writes into a feature, each with what does change it; the code is always `decided_at_gates`."""


class Strict(serializers.Serializer[Any]):
    """A serializer that refuses unknown fields, and fields that are not written this way.

    `decided` fields are shown only, and each says what changes it; `fixed` ones never change once the row exists, and
    `instead` says of some what does.
    """

    decided: ClassVar[Mapping[str, str]] = {}
    fixed: ClassVar[frozenset[str]] = frozenset()
    instead: ClassVar[Mapping[str, str]] = {}

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
            return ErrorDetail(self.decided[name], "decided_at_gates")
        field = self.fields.get(name) if isinstance(name, str) else None
        if field is None:
            return ErrorDetail("There is no such field.", "unknown_field")
        if self.partial and name in self.fixed:
            return ErrorDetail(self.instead.get(name, "This never changes."), "immutable")
        if field.read_only:
            return ErrorDetail("This is shown only; it cannot be written.", "read_only")
        return None
