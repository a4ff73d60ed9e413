"""Why a gate is due: every cause that holds now, with its time.

What people or other gates cause (`called`, `tweak_ended`, `review`) is written by their acts. A cause that was written
stays: a gate that is due is answered. Whether it still holds is said beside it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from features.enums import Phase
from hypotheses.enums import Verdict
from lifecycle.enums import Cause
from lifecycle.gates.facts import GateFacts
from lifecycle.phases import plain


@dataclass(frozen=True, slots=True)
class CauseFound:
    """One reason why a gate is due; `key` tells causes of one kind apart (a verdict), `at` is when it came true."""

    cause: Cause
    at: datetime
    detail: str
    key: str = ""


DECIDES: Final = frozenset({Verdict.VALIDATED, Verdict.REFUTED})
AFTER_RELEASE: Final = frozenset({Phase.TWEAK_IT, Phase.MAINTAIN_IT})
"""Here a validated hypothesis is no news: the feature was released because it is. Only what turned bad rings."""

_HAPPENED: Final = frozenset({Cause.CALLED, Cause.TWEAK_ENDED, Cause.REVIEW})


def causes(facts: GateFacts) -> tuple[CauseFound, ...]:
    """All causes that hold now, the earliest first. Asked again later, it gives them again under the same keys."""
    found = [*_limits(facts), *_evidence(facts)]
    return tuple(sorted(found, key=lambda cause: cause.at))


def no_longer(facts: GateFacts, *, cause: str, key: str) -> str:
    """Why a written cause no longer holds, for example after a correction; "" while it does.

    What people or other gates cause has happened, and holds.
    """
    if cause in _HAPPENED or any((found.cause, found.key) == (cause, key) for found in causes(facts)):
        return ""
    if cause == Cause.BUDGET and not facts.budget.is_spent(facts.spent):
        return f"No longer so: {_spent_now(facts)}."
    word = str(Verdict.HARMFUL if facts.evidence.is_harmful else facts.evidence.verdict)
    if cause == Cause.EVIDENCE and word != key:
        return f"No longer so: the evidence{_of_arm(facts)} is {word} now."
    return "No longer so."


def _spent_now(facts: GateFacts) -> str:
    if facts.budget.amount is not None:
        return f"{facts.spent.amount:,.2f} {facts.currency} are spent"
    return f"{plain(facts.spent.days)} person-days are spent"


def _limits(facts: GateFacts) -> Iterator[CauseFound]:
    if facts.limits.time_box_ends is not None and facts.now >= facts.limits.time_box_ends:
        yield CauseFound(Cause.TIME_BOX, facts.limits.time_box_ends, "The time box has ended.")
    if facts.limits.full_course_ends is not None and facts.now >= facts.limits.full_course_ends:
        step = f" of {plain(facts.step_percent)} %" if facts.step_percent is not None else ""
        detail = f"The step{step} has run its full course."
        yield CauseFound(Cause.STEP_COMPLETE, facts.limits.full_course_ends, detail)
    if facts.limits.holdback_ends is not None and facts.now >= facts.limits.holdback_ends:
        yield CauseFound(Cause.HOLDBACK_ENDS, facts.limits.holdback_ends, "The holdback ends; this decision closes it.")
    if facts.budget.is_spent(facts.spent):
        yield CauseFound(Cause.BUDGET, facts.now, _spent(facts))


def _spent(facts: GateFacts) -> str:
    if facts.budget.amount is not None:
        return f"The budget of {facts.budget.amount:,.2f} {facts.currency} is spent ({facts.spent.amount:,.2f})."
    days = facts.budget.days or Decimal(0)
    return f"The budget of {plain(days)} person-days is spent ({plain(facts.spent.days)})."


def _evidence(facts: GateFacts) -> Iterator[CauseFound]:
    """Decisive news, as of later than the stint's start: harm at once, the rest after the minimum run."""
    evidence = facts.evidence
    if evidence.as_of is None or evidence.as_of <= facts.started_at:
        return
    if evidence.is_harmful:
        harmed = f": {', '.join(evidence.harmed)} gave way" if evidence.harmed else ""
        detail = f"The evidence{_of_arm(facts)} is harmful{harmed}."
        yield CauseFound(Cause.EVIDENCE, facts.now, detail, key=Verdict.HARMFUL)
    elif evidence.verdict in _deciding(facts) and (
        facts.limits.minimum_run_ends is None or facts.now >= facts.limits.minimum_run_ends
    ):
        detail = f"The evidence{_of_arm(facts)} is {evidence.verdict}."
        yield CauseFound(Cause.EVIDENCE, facts.now, detail, key=evidence.verdict)


def _of_arm(facts: GateFacts) -> str:
    return f" of {facts.evidence.arm}" if facts.evidence.arm else ""


def _deciding(facts: GateFacts) -> frozenset[Verdict]:
    return DECIDES - {Verdict.VALIDATED} if facts.phase in AFTER_RELEASE else DECIDES
