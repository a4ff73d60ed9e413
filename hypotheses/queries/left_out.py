"""Which rows of a pull were left out, and the sentence that says so."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The rows that a source gave of others than ours, each by its trial.

    `unregistered`: no such trial is registered. `ended`: they name a new stage of a trial whose feature has ended.
    `early`: they are from before their trial began.
    """

    unregistered: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    early: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows these are."""
        return len(self.unregistered) + len(self.ended) + len(self.early)

    def and_unregistered(self, trials: Sequence[str]) -> "LeftOut":
        """With more rows of trials that are not registered."""
        return replace(self, unregistered=(*self.unregistered, *trials)) if trials else self

    def sentence(self, *, of: int) -> str:
        """What was left out, with some of the trials, and what to do; "" for nothing. of: how many rows came."""
        if not self.rows:
            return ""
        parts = []
        if self.unregistered:
            parts.append(f"{len(self.unregistered)} of trials that are not registered ({_names(self.unregistered)})")
        if self.ended:
            parts.append(f"{len(self.ended)} for a new stage of a feature that has ended ({_names(self.ended)})")
        if self.early:
            parts.append(f"{len(self.early)} from before the trial began ({_names(self.early)})")
        much = f"All {of} rows were" if self.rows == of else f"{self.rows} of {of} rows {_was(self.rows)}"
        cure = "Leave such rows out of the query."
        if self.unregistered:
            cure = "Register a trial to have its rows read with the next window, or leave them out of the query."
        return f"{much} left out: {', '.join(parts)}. {cure}"


NOTHING: Final = LeftOut()


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def _names(trials: Sequence[str]) -> str:
    different = list(dict.fromkeys(trials))
    named = ", ".join(trial[:80] for trial in different[:NAMED])
    more = len(different) - NAMED
    return f"{named} and {more} more" if more > 0 else named
