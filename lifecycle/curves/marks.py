"""What is laid under and over the curve: the stints as bands, the decisions as marks, the steps of exposure."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from features.numbers import percentage


@dataclass(frozen=True, slots=True)
class Band:
    """One stint: its phase, iteration (from 1) and step, its first day, and the day it ended (None while it runs)."""

    phase: str
    iteration: int
    start: date
    end: date | None = None
    step_percent: Decimal | None = None
    imported: bool = False

    def as_json(self) -> dict[str, Any]:
        """The band as the API gives it."""
        return {
            "phase": self.phase,
            "iteration": self.iteration,
            "step": percentage(self.step_percent),
            "from": self.start.isoformat(),
            "to": self.end.isoformat() if self.end else None,
            "imported": self.imported,
        }


@dataclass(frozen=True, slots=True)
class Mark:
    """One decision on its day: the answer, where it was given, and by whom (a name, a policy, or an import)."""

    id: int
    on: date
    outcome: str
    phase: str
    iteration: int
    step_percent: Decimal | None = None
    by: str = ""
    reason: str = ""
    gate: int | None = None
    imported: bool = False

    def as_json(self) -> dict[str, Any]:
        """The decision as the API gives it on a curve; the whole of it stands under `decisions/{id}/`."""
        return {
            "id": self.id,
            "on": self.on.isoformat(),
            "outcome": self.outcome,
            "phase": self.phase,
            "iteration": self.iteration,
            "step": percentage(self.step_percent),
            "by": self.by,
            "reason": self.reason,
            "gate": self.gate,
            "imported": self.imported,
        }


@dataclass(frozen=True, slots=True)
class Exposure:
    """From `on` on, so many percent of the users have it, because of `cause`."""

    on: date
    percent: Decimal
    cause: str = ""

    def as_json(self) -> dict[str, Any]:
        """The step as the API gives it."""
        return {"on": self.on.isoformat(), "percent": percentage(self.percent), "cause": self.cause}
