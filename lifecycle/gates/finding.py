"""What a rule found."""

from dataclasses import dataclass
from typing import Any

from lifecycle.enums import Level


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a rule is met, and a sentence: what was seen; when it is not met, how to mend it."""

    met: bool
    detail: str


def met(detail: str) -> Answer:
    """The rule is met; `detail` says what was seen."""
    return Answer(met=True, detail=detail)


def unmet(detail: str) -> Answer:
    """The rule is not met; `detail` says what is missing and how to mend it."""
    return Answer(met=False, detail=detail)


@dataclass(frozen=True, slots=True)
class RuleFinding:
    """One rule's answer at one gate, with the weight it has there."""

    code: str
    level: Level
    met: bool
    detail: str

    @property
    def refuses(self) -> bool:
        """Whether this refuses an advance."""
        return self.level is Level.MUST and not self.met

    def as_json(self) -> dict[str, Any]:
        """As the API shows it and a decision keeps it."""
        return {"code": self.code, "level": self.level.value, "met": self.met, "detail": self.detail}
